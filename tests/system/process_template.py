#!/usr/bin/env python3
"""vitrail template: with a mmdebstrap in its place that takes this machine's files instead of an archive's.

usage: process_template.py BUILD
"""
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402
import small_root  # noqa: E402
import stories  # noqa: E402

MAKES_IT = '''
echo "I: running apt-get update..." >&2
echo "I: installing essential packages..." >&2
cp -a "$SMALL/." "$target" && mkdir -p "$target/closed" && chmod 0 "$target/closed" && chown 33:33 "$target/etc/group" || exit 1
mkdir -p "$TMPDIR/left" && echo "I: success in 1 seconds" >&2
'''


class Ground:
    """Where vitrail template works: programs before those of the machine, and what it wrote."""

    def __init__(self, stage, mmdebstrap=MAKES_IT):
        self.stage = stage
        self.programs = stage.home / 'programs'
        self.programs.mkdir(exist_ok=True)
        small = stage.home / 'small'
        if not small.exists():
            small_root.make(stage.build, small)
        self.told = stage.home / 'told'
        script = self.programs / 'mmdebstrap'
        script.write_text(f'#!/bin/sh\nSMALL={small}\nprintf "%s\\n" "$@" >{self.told}\n'
                          'for word; do case $word in /*) target=$word; mkdir -p "$target" ;; esac; done\n' + mmdebstrap)
        script.chmod(0o755)
        self.path = f'{self.programs}:{os.environ["PATH"]}'

    def start(self, *words):
        environment = {**self.stage.environment(), 'PATH': self.path}
        return subprocess.Popen([self.stage.build / 'tools/ctl/vitrail', 'template', *words], env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.stage.home, **qubesd_stage.as_user())

    def run(self, *words):
        """Its exit status and what it said."""
        running = self.start(*words)
        out, err = running.communicate(timeout=100)
        return running.returncode, out + err

    def leaves_nothing(self):
        left = [str(path) for path in (self.stage.home / '.local').rglob('*') if path.is_file() or 'templates' in path.name]
        names = self.stage.does('qvm-ls', '--raw-list').split()
        assert not left and names == ['dom0', 'host'], (left, names)


def a_template_is_made_and_its_qubes_run(stage):
    ground = Ground(stage)
    status, said = ground.run('create', 'debian-13', '--with', 'foot,firefox-esr', '--with', 'git', '--mirror', 'http://near/debian')
    assert status == 0, said
    assert [line for line in said.splitlines() if 'fetching' in line or 'setting it up' in line or 'volume' in line] == [
        'vitrail: fetching the lists of packages', 'vitrail: setting it up', 'vitrail: putting it into its volume'], said
    words = ground.told.read_text().splitlines()
    include = next(word for word in words if word.startswith('--include=')).removeprefix('--include=').split(',')
    assert {'libwlroots-0.18', 'foot', 'firefox-esr', 'git'} <= set(include), include
    assert words[-3:] == ['deb http://near/debian trixie main', 'deb http://near/debian trixie-updates main',
                          'deb http://deb.debian.org/debian-security trixie-security main'], words
    assert stage.does('qvm-ls', '--raw-data', '-O', 'class,state,label', 'debian-13') == 'TemplateVM|Halted|black\n'
    stage.does('qvm-create', 'work', '--label', 'blue', '--template', 'debian-13')
    assert stage.does('qvm-run', '-p', '--no-gui', 'work', 'id -un; ls -d /closed') == 'user\n/closed\n'
    assert not list((stage.home / '.local').rglob('new-templates'))
    status, said = ground.run('create', 'debian-13')
    assert status == 1 and "there is a qube 'debian-13' already; --name" in said, said
    status, said = ground.run('create', 'debian-13', '--name', 'other', '--label', 'red')
    assert status == 0 and stage.does('qvm-ls', '--raw-data', '-O', 'label', 'other') == 'red\n', said


def what_can_be_made_is_listed(stage):
    ground = Ground(stage)
    assert ground.run('list') == (0, 'debian-13\n')
    assert ground.run('create', 'debian-3') == (1, "vitrail: there is no template 'debian-3' to be made; there is: debian-13\n")
    assert ground.run('create', '../config/vitrail')[0] == 1
    assert ground.run()[0] == 2


def what_cannot_be_is_said_before_anything_is_fetched(stage):
    ground = Ground(stage)
    for words, reason in [(['--name', '-x'], None), (['--name', 'a/b'], "'a/b' is no name of a qube"),
                          (['--name', 'none'], "'none' is no name of a qube"),
                          (['--name', 'host'], "there is a qube 'host' already"),
                          (['--with', 'foot,--x'], "'--x' is no package's name"), (['--with', ''], "'' is no package's name")]:
        status, said = ground.run('create', 'debian-13', *words)
        assert status in (1, 2) and (reason or '') in said, (words, said)
    ground.path = str(stage.home)
    status, said = ground.run('create', 'debian-13')
    assert status == 1 and 'apt-get install mmdebstrap' in said, said
    ground = Ground(stage)
    stage.stop_qubesd()
    status, said = ground.run('create', 'debian-13')
    assert status == 1 and 'qubesd.sock' in said, said
    assert not ground.told.exists()
    stage.start_qubesd()
    ground.leaves_nothing()


def a_failure_is_explained_and_leaves_nothing(stage):
    for said_by_it, reason in [
            ('dpkg: error: failed to write: No space left on device', 'the disk is full ('),
            ("W: Temporary failure resolving 'deb.debian.org'\nE: Failed to fetch x", 'there is no network'),
            ('E: Unable to locate package no-such-thing', 'there is no such package\n(Unable to locate package no-such-thing)'),
            ('W: NO_PUBKEY 0123\nE: The repository is not signed.', 'install debian-archive-keyring'),
            ('E: something else', 'unforeseen\n(something else)')]:
        ground = Ground(stage, f'mkdir -p "$target/usr"; echo x >"$target/usr/x"; cat >&2 <<"END"\n{said_by_it}\nE: mmdebstrap failed to run\nEND\nexit 1\n')
        status, said = ground.run('create', 'debian-13')
        assert status == 1 and reason in said, said
        ground.leaves_nothing()


def a_disk_that_is_full_is_told_and_loses_nothing(stage):
    place = stage.home / '.local'
    place.mkdir(exist_ok=True)
    if os.geteuid() != 0:
        raise stories.Skipped('only root mounts a small file system')
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size=16m,uid={qubesd_stage.USER},gid={qubesd_stage.USER}', 'none', place], check=True)
    try:
        ground = Ground(stage)
        status, said = ground.run('create', 'debian-13')
        assert status == 1 and 'the disk is full (' in said and 'MiB are free in' in said, said
        ground.leaves_nothing()
    finally:
        subprocess.run(['umount', place], check=True)


def an_interrupt_ends_it_and_leaves_nothing(stage):
    ground = Ground(stage, 'echo "I: running apt-get update..." >&2; echo x >"$target/x"; sleep 1000\n')
    running = ground.start('create', 'debian-13')
    for line in running.stderr:
        if 'fetching' in line:
            break
    second = ground.run('create', 'debian-13')
    assert second[0] == 1 and 'is being made already' in second[1], second
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 1 and 'interrupted' in running.stderr.read()
    ground.leaves_nothing()

    ground = Ground(stage, f'echo $$ >{stage.home}/it; echo "I: running apt-get update..." >&2; echo x >"$target/x"; exec sleep 1000\n')
    # And what one left that was killed goes with the next.
    running = ground.start('create', 'debian-13')
    for line in running.stderr:
        if 'fetching' in line:
            break
    running.kill()
    running.wait(60)
    it = pathlib.Path('/proc', (stage.home / 'it').read_text().strip())
    qubesd_stage.wait_until(lambda: not it.exists() or ') Z ' in (it / 'stat').read_text(), 'nobody goes on making it')
    assert list((stage.home / '.local').rglob('new-templates/debian-13/root'))
    ground = Ground(stage)
    status, said = ground.run('create', 'debian-13')
    assert status == 0, said
    stage.does('qvm-remove', '--force', 'debian-13')
    ground.leaves_nothing()


if __name__ == '__main__':
    sys.exit(stories.run('ProcessTemplate', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
