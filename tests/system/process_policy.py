#!/usr/bin/env python3
"""`vitrail ctl policy` against a real vitrail-qubesd: which rule of which file decides, and what is wrong with files.

usage: process_policy.py BUILD
"""
import json
import pathlib
import socket
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


# --- the process that daemons ask

class Answering:
    """A policy process on a socket of its own."""

    def __init__(self, stage):
        self.stage, self.path = stage, stage.folder / 'policy.sock'

    def __enter__(self):
        with open(self.stage.folder / 'policy.log', 'ab') as log:
            self.process = subprocess.Popen([self.stage.build / 'services/qrexecd/vitrail-qrexec-policy', '--socket', self.path],
                                            env=self.stage.environment(), stderr=log, **qubesd_stage.as_user())
        qubesd_stage.wait_until(self.path.exists, 'the policy process listens')
        return self

    def __exit__(self, *ignored):
        self.process.terminate()
        assert self.process.wait(60) == 0

    def ask(self, text):
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(60)
        one.connect(str(self.path))
        one.sendall(text.encode())
        answer = b''
        while part := one.recv(4096):
            answer += part
        one.close()
        return answer.decode()

    def decision(self, source, target, service, *more):
        answer = self.ask(''.join(line + '\n' for line in (f'source={source}', f'intended_target={target}', f'service_and_arg={service}', *more, '')))
        return dict(line.split('=', 1) for line in answer.splitlines())


def daemons_are_answered_and_changes_seen_at_once(stage):
    two_qubes(stage)
    uuid = stage.call('vault', 'admin.vm.property.Get', 'uuid').split()[-1]
    with Answering(stage) as policy_process:
        assert policy_process.decision('work', 'vault', 'my.Service+x') == {'result': 'deny'}
        file = write_user_policy(stage, 'my.Service +x work vault allow user=root autostart=no\n')
        answer = policy_process.decision('work', 'vault', 'my.Service+x')
        assert answer == {'result': 'deny'}, 'vault does not run, and the rule does not start it'
        file.write_text('my.Service +x work vault allow user=root\n')
        answer = policy_process.decision('work', 'vault', 'my.Service+x')
        assert answer == {'result': 'allow', 'user': 'root', 'target': 'vault', 'target_uuid': 'uuid:' + uuid, 'autostart': 'True',
                          'requested_target': 'vault'}, answer
        file.unlink()
        assert policy_process.decision('work', 'vault', 'my.Service+x') == {'result': 'deny'}


def a_question_that_waits_for_the_user_is_denied_but_can_be_weighed(stage):
    two_qubes(stage)
    with Answering(stage) as policy_process:
        assert policy_process.decision('work', 'vault', 'qubes.Filecopy+') == {'result': 'deny'}
        assert policy_process.decision('work', 'vault', 'qubes.ClipboardPaste+', 'just_evaluate=yes') == {'result': 'deny'}
        assert policy_process.decision('work', 'vault', 'qubes.ClipboardPaste+', 'just_evaluate=yes', 'assume_yes_for_ask=yes') == {'result': 'allow'}


def a_question_that_makes_no_sense_has_no_answer_and_others_do(stage):
    two_qubes(stage)
    with Answering(stage) as policy_process:
        for bad in ('\n\n', 'source=work\n\n', 'rubbish\n\n', 'source=work\nsource=work\nintended_target=x\nservice_and_arg=a+\n\n', 'x' * 200_000):
            try:
                assert policy_process.ask(bad) == '', bad[:40]
            except (ConnectionResetError, BrokenPipeError):
                pass
        assert policy_process.decision('work', 'vault', 'a.B+') == {'result': 'deny'}


def one_question_can_be_asked_on_the_command_line(stage):
    two_qubes(stage)
    write_user_policy(stage, 'my.Service * work vault allow\n')
    program = stage.build / 'services/qrexecd/vitrail-qrexec-policy'

    def ask(*words):
        return qubesd_stage.Ended(subprocess.run([program, *words], env=stage.environment(), capture_output=True, check=False, **qubesd_stage.as_user()))
    ended = ask('--', 'work', 'vault', 'my.Service+')
    assert ended.status == 0 and 'result=allow\ntarget=vault\n' in ended.out, ended
    ended = ask('--', 'vault', 'work', 'my.Service+')
    assert ended.status == 1 and ended.out == 'result=deny\n' and 'no rule matches' in ended.err, ended
    assert ask('--just-evaluate', '--assume-yes-for-ask', '--', 'work', 'vault', 'qubes.ClipboardPaste+').out == 'result=allow\n'
    assert ask('work').status == 2


def without_qubesd_it_says_so(stage):
    stage.stop_qubesd()
    ended = policy(stage, 'explain', 'work', 'qubes.Filecopy', 'vault')
    assert ended.status == 1 and 'asking qubesd what qubes there are' in ended.err, ended


if __name__ == '__main__':
    sys.exit(stories.run('ProcessPolicy', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
