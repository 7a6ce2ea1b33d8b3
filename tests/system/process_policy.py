#!/usr/bin/env python3
"""`vitrail ctl policy` against a real vitrail-qubesd: which rule of which file decides, and what is wrong with files.

usage: process_policy.py BUILD
"""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402
import stories  # noqa: E402

SHIPPED = pathlib.Path(__file__).resolve().parents[2] / 'data/policy.d'


def policy(stage, *words):
    return qubesd_stage.Ended(subprocess.run([stage.build / 'tools/ctl/vitrail', 'ctl', 'policy', *words], env=stage.environment(),
                                             capture_output=True, check=False, **qubesd_stage.as_user()))


def explained(stage, *words):
    ended = policy(stage, 'explain', '--json', *words)
    assert ended.status == 0, ended
    return json.loads(ended.out)


def write_user_policy(stage, text):
    file = stage.home / '.config/vitrail/policy.d/30-user.policy'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def two_qubes(stage, names=('work', 'vault')):
    for name in names:
        stage.does('qvm-create', name, '--label', 'blue')


def line_of(file, rule):
    """The number of a rule's line, however it is spaced."""
    lines = [' '.join(line.split()) for line in file.read_text().splitlines()]
    return lines.index(rule) + 1


def a_decision_is_told_with_its_file_line_and_reason(stage):
    two_qubes(stage)
    rule = 'qubes.Filecopy * @anyvm @anyvm ask'
    default = SHIPPED / '90-default.policy'
    ended = policy(stage, 'explain', 'work', 'qubes.Filecopy', 'vault')
    assert ended.status == 0, ended
    assert ended.out.splitlines()[0] == 'ask: the user chooses one of 2 targets in dom0', ended
    told = explained(stage, 'work', 'qubes.Filecopy', 'vault')
    assert pathlib.Path(told['file']).samefile(default) and told['line'] == line_of(default, rule) and told['rule'] == rule, told
    assert f'{told["file"]}:{told["line"]}: {rule}' in ended.out, ended
    assert told['candidates'] == ['host', 'vault'], told


def the_users_rule_comes_first(stage):
    two_qubes(stage)
    file = write_user_policy(stage, '# mine\nqubes.Filecopy * work vault deny\nqubes.OpenURL * work @default allow target=vault user=root\n')
    told = explained(stage, 'work', 'qubes.Filecopy', 'vault')
    assert (told['decision'], told['file'], told['line']) == ('deny', str(file), 2), told
    told = explained(stage, 'work', 'qubes.OpenURL+x', 'nobody')
    assert (told['decision'], told['target'], told['user']) == ('allow', 'vault', 'root'), told
    assert told['notes'] == ['the qube nobody does not exist: taken as @default'], told


def what_no_rule_names_is_denied(stage):
    two_qubes(stage)
    told = explained(stage, 'work', 'other.Service', 'vault')
    assert told['decision'] == 'deny' and told['reason'] == 'no rule matches' and 'file' not in told, told


def the_shipped_rules_let_no_program_run_elsewhere_but_in_a_disposable(stage):
    two_qubes(stage)
    for service in ('qubes.VMShell', 'qubes.VMExec+ls', 'qubes.VMExecGUI', 'qubes.VMRootShell', 'qubes.VMRootExec'):
        for target in ('vault', 'dom0', '@adminvm', ''):
            assert explained(stage, 'work', service, target)['decision'] == 'deny', (service, target)
    assert explained(stage, 'work', 'qubes.GetDate')['target'] == 'dom0'
    assert explained(stage, 'work', 'admin.vm.List', 'dom0')['decision'] == 'deny'
    assert policy(stage, 'check').status == 0


def a_wrong_file_denies_what_comes_to_it_and_is_named(stage):
    two_qubes(stage)
    file = write_user_policy(stage, 'qubes.Filecopy * work vault permit\n')
    told = explained(stage, 'work', 'qubes.Filecopy', 'vault')
    problem = f"{file}:1: 'permit' is no action: allow, ask or deny"
    assert told['decision'] == 'deny' and problem in told['reason'], told
    ended = policy(stage, 'check')
    assert ended.status == 1 and ended.out == problem + '\n', ended


def folders_can_be_named_instead_of_the_systems(stage):
    two_qubes(stage)
    folder = stage.folder / 'other'
    folder.mkdir()
    (folder / '10-x.policy').write_text('* * * * allow\n')
    told = explained(stage, 'work', 'any.Service', 'vault', '--policy-dir', str(folder))
    assert (told['decision'], told['target']) == ('allow', 'vault'), told
    (folder / '20-X.policy').write_text('')
    assert explained(stage, 'work', 'any.Service', 'vault', '--policy-dir', str(folder))['decision'] == 'deny'


def without_qubesd_it_says_so(stage):
    stage.stop_qubesd()
    ended = policy(stage, 'explain', 'work', 'qubes.Filecopy', 'vault')
    assert ended.status == 1 and 'asking qubesd what qubes there are' in ended.err, ended


if __name__ == '__main__':
    sys.exit(stories.run('ProcessPolicy', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
