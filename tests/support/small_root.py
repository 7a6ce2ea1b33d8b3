"""The root of a small template, made of this machine's own files, so that no archive is needed for it."""
import re
import shutil
import subprocess

# What its qubes can do, and a package manager that installs in it.
PROGRAMS = ['bash', 'sh', 'true', 'cat', 'ls', 'id', 'rm', 'mkdir', 'chown', 'stat', 'sleep', 'tar', 'diff',
            'dpkg', 'dpkg-deb', 'dpkg-split', 'start-stop-daemon', 'ldconfig']


def make(build, root):
    """Makes it in a folder that is not there yet."""
    for folder in ('etc', 'home/user', 'opt', 'proc', 'dev', 'root', 'run', 'tmp', 'usr/bin', 'usr/lib', 'var/lib/dpkg/info',
                   'var/lib/dpkg/updates'):
        (root / folder).mkdir(parents=True)
    for link in ('bin', 'lib', 'lib64', 'sbin'):
        (root / link).symlink_to('usr/lib' if link.startswith('lib') else 'usr/bin')
    (root / 'var/run').symlink_to('/run')
    (root / 'etc/passwd').write_text('root:x:0:0:root:/root:/bin/bash\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n')
    (root / 'etc/group').write_text('root:x:0:\nmail:x:8:\n')
    for name in ('hostname', 'hosts', 'machine-id', 'resolv.conf', '../var/lib/dpkg/status'):
        (root / 'etc' / name).touch()
    ours = ['agents/init/vitrail-qube-init', 'agents/gui/vitrail-agent-gui']
    programs = [shutil.which(name, path='/usr/bin:/bin:/usr/sbin:/sbin') for name in PROGRAMS]
    for program in [*programs, *(build / one for one in ours)]:
        if program in programs:
            shutil.copy(program, root / 'usr/bin')
        libraries = subprocess.run(['ldd', program], check=False, capture_output=True, text=True).stdout
        for library in re.findall(r'(/\S+) \(', libraries):
            to = root / library.lstrip('/')
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, to)


def make_package(file, scratch):
    """A Debian package with a file that belongs to another user, and a script that gives one away."""
    tree = scratch / 'package'
    (tree / 'DEBIAN').mkdir(parents=True)
    (tree / 'usr/share').mkdir(parents=True)
    (tree / 'usr/share/of-package').write_text('installed\n')
    (tree / 'DEBIAN/control').write_text('Package: sample\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\n'
                                         'Description: a sample\n')
    script = tree / 'DEBIAN/postinst'
    script.write_text('#!/bin/sh\nset -e\necho made >/usr/share/by-script\nchown mail:mail /usr/share/by-script\n'
                      'echo "sample:x:300:300::/:/bin/sh" >>/etc/passwd\n')
    script.chmod(0o755)
    subprocess.run(['chown', '8:8', tree / 'usr/share/of-package'], check=False)  # as root it does; else it is root's
    subprocess.run(['dpkg-deb', '--build', tree, file], check=True, capture_output=True)
