#!/usr/bin/env python3
"""The life of a template and its qubes by the qvm commands alone.

usage: process_qvm_life.py BUILD
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402
import small_root  # noqa: E402
import stories  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402


def says(stage, qube, command):
    """What a command in the qube prints; it has to succeed."""
    return stage.does('qvm-run', '--pass-io', '--no-gui', qube, command)


def state(stage, qube):
    return stage.does('qvm-ls', '--raw-data', '-O', 'state', qube).strip()


def states(stage, *qubes):
    return [state(stage, one) for one in qubes]


def make_template(stage, name):
    """One whose root can be changed: the machine's is read-only."""
    small_root.make(stage.build, stage.home / 'root')
    archive = stage.home / 'root.tar'
    subprocess.run(['tar', '-C', stage.home / 'root', '-cf', archive, '.'], check=True)
    stage.does('qvm-create', '--class', 'TemplateVM', '--label', 'black', '--root-copy-from', archive, name)
    assert stage.does('qvm-ls', '--raw-data', '-O', 'class,state,label', name) == 'TemplateVM|Halted|black\n'


def revisions(stage, volume):
    return stage.does('qvm-volume', 'info', volume, 'revisions').split()


def a_template_and_its_qubes_live_as_they_should(stage):
    first = on_disk(stage)
    make_template(stage, 'base')
    for name in ('one', 'two'):
        stage.does('qvm-create', name, '--label', 'blue', '--template', 'base')
    assert states(stage, 'one', 'two') == ['Halted', 'Halted']
    stage.does('qvm-start', 'one', 'two')
    assert states(stage, 'one', 'two', 'base') == ['Running', 'Running', 'Halted']
    for name in ('one', 'two'):
        says(stage, name, f'echo of {name} > mine-{name}')
    assert says(stage, 'one', 'ls') == 'mine-one\n' and says(stage, 'two', 'ls') == 'mine-two\n'

    change_and_see_it(stage, 'base')

    says(stage, 'one', 'echo worse > mine-one')
    stage.does('qvm-shutdown', '--wait', 'one', 'two')
    assert states(stage, 'one', 'two') == ['Halted', 'Halted']
    assert stage.run('qvm-volume', 'revert', 'one:nothing').status != 0
    assert len(revisions(stage, 'one:private')) == 1
    stage.does('qvm-volume', 'revert', 'one:private', *revisions(stage, 'one:private'))
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
    left = {path for path in on_disk(stage) - first if not path.endswith(('/volumes/appvms', '/volumes/vm-templates'))}
    assert not left, left


def change_and_see_it(stage, template):
    """What is changed in the template of two running qubes, they have at their next start."""
    places = '/usr/of-template /etc/of-template'
    stage.does('qvm-start', template)
    assert state(stage, template) == 'Running'
    says(stage, template, 'echo changed > $HOME/of-it; cat of-it')
    says(stage, template, f'for one in {places}; do echo new >$one; done')
    stage.does('qvm-shutdown', '--wait', template)
    assert states(stage, template, 'one', 'two') == ['Halted', 'Running', 'Running']
    for name in ('one', 'two'):
        assert stage.does('qvm-volume', 'info', f'{name}:root', 'is_outdated') == 'True\n'
        assert stage.run('qvm-run', '-p', '--no-gui', name, f'cat {places}').status != 0, 'not before its restart'
    stage.does('qvm-shutdown', '--wait', 'one', 'two')
    assert states(stage, 'one', 'two') == ['Halted', 'Halted']
    stage.does('qvm-start', 'one', 'two')
    for name in ('one', 'two'):
        assert says(stage, name, f'cat {places}') == 'new\nnew\n'
        assert says(stage, name, 'ls; cat *') == f'mine-{name}\nof {name}\n', 'neither the other\'s file nor the template\'s'
        says(stage, name, 'echo its own >/usr/of-template')
    stage.does('qvm-shutdown', '--wait', 'one', 'two')
    stage.does('qvm-start', 'one', 'two')
    assert says(stage, 'one', 'cat /usr/of-template') == 'new\n', 'what a qube does to its root lasts as long as it runs'


def what_is_installed_in_a_template_its_qubes_have(stage):
    make_template(stage, 'base')
    stage.does('qvm-create', 'work', '--label', 'blue', '--template', 'base')
    small_root.make_package(stage.home / 'sample.deb', stage.home)
    assert says(stage, 'base', 'id -un') == 'user\n'
    as_root = ('qvm-run', '-u', 'root', '--pass-io', '--no-gui')
    assert stage.does(*as_root, 'base', 'echo $(id -u) $HOME $USER') == '0 /root root\n'
    ended = stage.run(*as_root, 'base', 'cat >/var/sample.deb && dpkg --install /var/sample.deb',
                      stdin=(stage.home / 'sample.deb').read_bytes())
    assert ended.status == 0, ended
    stage.does('qvm-shutdown', '--wait', 'base')
    assert says(stage, 'work', 'cat /usr/share/of-package /usr/share/by-script; id -un; id -un 300') == 'installed\nmade\nuser\nsample\n'
    assert stage.does(*as_root, 'work', 'dpkg --remove sample >&2; [ -e /usr/share/of-package ] || echo gone') == 'gone\n'
    stage.does('qvm-shutdown', '--wait', 'work')
    assert says(stage, 'work', 'cat /usr/share/of-package') == 'installed\n', 'root in a qube changes what is its own'
    stage.does('qvm-shutdown', '--wait', 'work')

    # Back to before it was installed.
    stage.does('qvm-volume', 'revert', 'base:root')
    assert stage.run('qvm-run', '-p', '--no-gui', 'work', 'cat /usr/share/of-package').status != 0
    assert stage.run('qvm-run', '-p', '--no-gui', 'base', 'cat /usr/share/of-package').status != 0


def root_of_a_qube_is_root_of_nothing_else(stage):
    stage.does('qvm-create', 'work', '--label', 'blue')
    as_root = ('qvm-run', '-u', 'root', '--pass-io', '--no-gui')
    assert stage.does(*as_root, 'work', 'id -u; id -g; cat /proc/self/uid_map | tr -s " "') == '0\n0\n 0 1000 1\n'
    for command in ('echo x >/usr/bin/of-root', 'echo 1 >/proc/sys/kernel/panic'):
        assert stage.run(*as_root, 'work', command).status != 0, command
    stage.run(*as_root, 'work', 'kill -9 1')
    assert state(stage, 'work') == 'Running'
    ended = stage.run('qvm-run', '-u', 'nobody', '-p', 'work', 'true')
    assert ended.status == 1 and "as its user 'user', or as root" in ended.err, ended


def on_disk(qubesd):
    """What the volumes and the running qubes have on the disk; logs stay, for whoever wants to know."""
    found = set()
    for place in (qubesd.folder / 'state/volumes', qubesd.runtime / 'qubes'):
        found |= {str(path) for path in place.rglob('*')}
    return found


if __name__ == '__main__':
    sys.exit(stories.run('ProcessQvmLife', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
