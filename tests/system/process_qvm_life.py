#!/usr/bin/env python3
"""The life of a template and its qubes by the qvm commands alone.

usage: process_qvm_life.py BUILD
"""
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402
import stories  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402


def says(stage, qube, command):
    """What a command in the qube prints; it has to succeed."""
    return stage.does('qvm-run', '--pass-io', '--no-gui', qube, command)


def state(stage, qube):
    return stage.does('qvm-ls', '--raw-data', '-O', 'state', qube).strip()


def fill_root(stage, template):
    """Gives a template a root of its own, with a shell and what a qube's own programs need: the machine's is read-only."""
    root = stage.home / 'root'
    for folder in ('etc', 'home/user', 'opt', 'proc', 'dev', 'run', 'tmp', 'usr/bin', 'usr/lib'):
        (root / folder).mkdir(parents=True)
    for link in ('bin', 'lib', 'lib64', 'sbin'):
        (root / link).symlink_to('usr/lib' if link.startswith('lib') else 'usr/bin')
    for name in ('passwd', 'group', 'hostname', 'hosts', 'machine-id', 'resolv.conf'):
        (root / 'etc' / name).touch()
    ours = ['agents/init/vitrail-qube-init', 'agents/gui/vitrail-agent-gui']
    programs = [shutil.which(name) for name in ('bash', 'sh', 'true', 'cat', 'ls')]
    for program in [*programs, *(stage.build / one for one in ours)]:
        if program in programs:
            shutil.copy(program, root / 'usr/bin')
        libraries = subprocess.run(['ldd', program], check=True, capture_output=True, text=True).stdout
        for library in re.findall(r'(/\S+) \(', libraries):
            to = root / library.lstrip('/')
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, to)
    subprocess.run(['tar', '-C', root, '-cf', stage.home / 'root.tar', '.'], check=True)
    stage.does('qvm-volume', 'import', f'{template}:root', stage.home / 'root.tar')


def a_template_and_its_qubes_live_as_they_should(stage):
    first = on_disk(stage)
    stage.does('qvm-clone', 'host', 'base')
    fill_root(stage, 'base')
    assert stage.does('qvm-ls', '--raw-data', '-O', 'class', 'base') == 'TemplateVM\n'
    for name in ('one', 'two'):
        stage.does('qvm-create', name, '--label', 'blue', '--template', 'base')
    stage.does('qvm-start', 'one', 'two')
    for name in ('one', 'two'):
        assert state(stage, name) == 'Running'
        says(stage, name, f'echo of {name} > mine-{name}')
    assert says(stage, 'one', 'ls') == 'mine-one\n' and says(stage, 'two', 'ls') == 'mine-two\n'

    stage.does('qvm-start', 'base')
    says(stage, 'base', 'echo changed > $HOME/of-base; cat of-base')
    place = '/usr/of-template'
    says(stage, 'base', f'echo new > {place}')
    stage.does('qvm-shutdown', '--wait', 'base')
    assert state(stage, 'base') == 'Halted'
    for name in ('one', 'two'):
        assert stage.run('qvm-run', '-p', '--no-gui', name, f'cat {place}').status != 0, 'not before its restart'
    stage.does('qvm-shutdown', '--wait', 'one', 'two')
    assert [state(stage, name) for name in ('one', 'two')] == ['Halted', 'Halted']
    stage.does('qvm-start', 'one', 'two')
    for name in ('one', 'two'):
        assert says(stage, name, f'cat {place}') == 'new\n'
        assert says(stage, name, 'ls; cat *') == f'mine-{name}\nof {name}\n'

    says(stage, 'one', 'echo worse > mine-one')
    stage.does('qvm-shutdown', '--wait', 'one', 'two')
    assert stage.run('qvm-volume', 'revert', 'one:nothing').status != 0
    stage.does('qvm-volume', 'revert', 'one:private')
    stage.does('qvm-start', 'one')
    assert says(stage, 'one', 'cat mine-one') == 'of one\n'
    stage.does('qvm-shutdown', '--wait', 'one')

    stage.does('qvm-clone', 'one', 'three')
    assert says(stage, 'three', 'cat mine-one; echo of three > mine-one; cat mine-one') == 'of one\nof three\n'
    assert state(stage, 'three') == 'Running'
    stage.does('qvm-shutdown', '--wait', 'three')
    assert says(stage, 'one', 'cat mine-one') == 'of one\n'
    stage.does('qvm-shutdown', '--wait', 'one')

    stage.does('qvm-prefs', 'one', 'template_for_dispvms', 'True')
    before = on_disk(stage)
    assert says(stage, '--dispvm=one', 'cat mine-one; echo x > left; echo $HOME') == 'of one\n/home/user\n'
    wait_until(lambda: stage.does('qvm-ls', '--raw-list', '--class', 'DispVM') == '', 'the disposable goes')
    assert on_disk(stage) == before, on_disk(stage) ^ before

    assert stage.run('qvm-remove', '--force', 'base').status == 1, 'others are made from it'
    stage.does('qvm-remove', '--force', 'one', 'two', 'three')
    stage.does('qvm-remove', '--force', 'base')
    assert stage.does('qvm-ls', '--raw-list') == 'dom0\nhost\n'
    left = {path for path in on_disk(stage) - first if not path.endswith('/volumes/appvms')}
    assert not left, left


def on_disk(qubesd):
    """What the volumes and the running qubes have on the disk; logs stay, for whoever wants to know."""
    found = set()
    for place in (qubesd.folder / 'state/volumes', qubesd.runtime / 'qubes'):
        found |= {str(path) for path in place.rglob('*')}
    return found


if __name__ == '__main__':
    sys.exit(stories.run('ProcessQvmLife', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
