#!/usr/bin/env python3
"""Calls between qubes of the local host and to the GUI domain: a real vitrail-qubesd with real sandboxes, its daemons and policy.

usage: process_calls.py BUILD
"""
import json
import os
import pathlib
import socket
import stat
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402
import stories  # noqa: E402
from answering_socket import AnsweringSocket  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402

TREE = r'''
mkdir -p dir/sub dir/empty && cd dir
head -c 3000000 /dev/urandom >sub/large; printf 'hello\n' >small; : >none
ln -s sub/large link; chmod 640 small; chmod 751 sub; touch -d '2020-02-02 03:04:05.678' small; touch -d '2021-01-01' sub
'''
SUMMARY = "cd {} && find . -printf '%P %y %m %s %l %T@\\n' | sed 's/^\\([^ ]* d [0-9]*\\) [0-9]*/\\1/' | sort && find . -type f | sort | xargs sha256sum"


class Prompt(AnsweringSocket):
    """Who is asked: takes policy.Ask as the original's agent does, and answers what a story says."""

    def __init__(self, stage):
        path = str(stage.runtime / 'prompt.sock')
        self.told = []
        super().__init__(path)
        os.chown(path, qubesd_stage.USER, qubesd_stage.USER)

    def answer(self, one):
        text = b''.join(iter(lambda: one.recv(4096), b''))
        who, question = text.split(b'\0', 1)
        question = json.loads(question)
        if who == b'policy.Notify dom0 name dom0':
            return self.told.append(question)
        assert who == b'policy.Ask dom0 name dom0', who
        self.asked.append(question)
        one.sendall(self.answers.get(question['source'], '').encode())


class Stage(qubesd_stage.Stage):
    """With a policy of its own."""

    def __init__(self, build, *policy):
        super().__init__(build)
        self.rules = policy

    def environment(self):
        return super().environment() | {'VITRAIL_POLICY_PATH': str(self.folder / 'policy')}

    def start_qubesd(self):
        (self.folder / 'policy').mkdir(exist_ok=True)
        super().start_qubesd()

    def allow(self, *rules):
        """The whole policy from now on."""
        (self.folder / 'policy' / '30-user.policy').write_text(''.join(rule + '\n' for rule in rules))

    def within(self, qube, command, stdin=b''):
        return self.run('qvm-run', '-p', '--no-gui', qube, command, stdin=stdin)

    def gives(self, qube, command):
        done = self.within(qube, command)
        assert done.status == 0, (command, done)
        return done.out


def two_qubes(stage, names=('work', 'personal')):
    for name in names:
        stage.does('qvm-create', name, '--label', 'blue')
    stage.does('qvm-start', *names)


def a_folder_arrives_with_the_same_bytes_modes_and_times(stage):
    two_qubes(stage)
    stage.allow('qubes.Filecopy * work personal allow')
    stage.gives('work', TREE)
    assert stage.gives('work', 'qvm-copy-to-vm personal dir') == ''
    assert stage.gives('personal', SUMMARY.format('QubesIncoming/work/dir')) == stage.gives('work', SUMMARY.format('dir'))
    again = stage.within('work', 'qvm-copy-to-vm personal dir')
    assert again.status == 17 and 'already in the incoming folder' in again.err, again
    assert stage.gives('work', 'qvm-move-to-vm personal dir/sub/large && ls dir/sub') == '', 'it is there and no more here'
    assert stage.gives('personal', 'ls QubesIncoming/work') == 'dir\nlarge\n'
    assert stage.gives('work', "touch $'odd\\001name' && qvm-copy-to-vm personal odd*name; ls -b") == 'dir\nodd\\001name\n'


def what_is_opened_elsewhere_comes_back_changed(stage):
    two_qubes(stage)
    stage.allow('qubes.OpenInVM * work personal allow', 'qubes.OpenURL * work personal allow')
    opens = """mkdir -p .local/share/applications .config && cat >editor <<'END'
#!/bin/sh
echo "$1" >>~/opened; case $1 in *letter*) [ -w "$1" ] && echo more >>"$1" ;; esac
END
chmod +x editor && printf '[Desktop Entry]\\nType=Application\\nName=E\\nExec=%s/editor %%u\\nMimeType=text/plain;x-scheme-handler/https;\\n' ~ \
    >.local/share/applications/editor.desktop
printf '[Default Applications]\\ntext/plain=editor.desktop\\nx-scheme-handler/https=editor.desktop\\n' >.config/mimeapps.list"""
    stage.gives('personal', opens)
    assert stage.gives('work', 'echo text >letter.txt; chmod 640 letter.txt; qvm-open-in-vm personal letter.txt; cat letter.txt; stat -c %a letter.txt') \
        == 'text\nmore\n640\n'
    assert stage.gives('work', 'qvm-open-in-vm --view-only personal letter.txt; cat letter.txt') == 'text\nmore\n', 'it is only shown'
    assert stage.gives('work', 'qvm-open-in-vm personal "https://example.org/?a=1&b=2"') == ''
    opened = stage.gives('personal', 'cat opened; ls -d /tmp/work-* 2>/dev/null || true').splitlines()
    assert len(opened) == 3 and opened[0].endswith('/letter.txt') and opened[2] == 'https://example.org/?a=1&b=2', opened
    assert stage.within('work', 'qvm-open-in-vm personal file:///etc/passwd').status != 0
    assert stage.within('work', 'head -c 100 /dev/urandom >odd.bin; qvm-open-in-vm personal odd.bin').status != 0, 'no program opens it'


def a_denied_copy_leaves_nothing_and_says_so_in_one_line(stage):
    two_qubes(stage)
    stage.allow('qubes.Filecopy * work personal deny')
    denied = stage.within('work', 'echo text >file; qvm-move-to-vm personal file; echo $?; cat file')
    assert (denied.out, denied.err) == ('126\ntext\n', 'Request refused\n'), denied
    assert stage.gives('personal', 'ls') == ''
    nowhere = stage.within('work', 'qvm-copy file')
    assert (nowhere.status, nowhere.err) == (126, 'Request refused\n'), nowhere
    assert stage.within('work', 'qvm-copy-to-vm personal no-such-file').status == 1
    assert stage.within('work', 'qvm-copy').status == 2


def a_halted_target_is_started_by_the_call_where_policy_lets_it(stage):
    two_qubes(stage)
    stage.does('qvm-shutdown', '--wait', 'personal')
    stage.allow('qubes.VMExec +id work personal allow autostart=no', 'qubes.VMExec * work personal allow')
    assert stage.within('work', 'qrexec-client-vm personal qubes.VMExec+id').status == 126
    assert stage.state_of('personal') == 'Halted'
    assert stage.gives('work', 'qrexec-client-vm personal qubes.VMExec+hostname') == 'personal\n'
    assert stage.state_of('personal') == 'Running'


def a_call_into_a_new_disposable_leaves_nothing_behind(stage):
    two_qubes(stage)
    stage.does('qvm-create', 'dvm', '--label', 'red')
    stage.does('qvm-prefs', 'dvm', 'template_for_dispvms', 'True')
    stage.does('qvm-prefs', 'work', 'default_dispvm', 'dvm')
    stage.allow('qubes.VMShell * work @dispvm allow')
    assert stage.gives('work', 'echo hostname | qrexec-client-vm @dispvm qubes.VMShell').startswith('disp')
    wait_until(lambda: 'disp' not in stage.does('qvm-ls', '--raw-list'), 'the disposable is gone')


def the_gui_domain_answers_what_policy_lets_it(stage):
    two_qubes(stage)
    stage.allow('qubes.GetDate * work @anyvm allow target=dom0', 'no.Such * work dom0 allow', 'admin.vm.List * work * allow target=dom0',
                'admin.vm.feature.Set * work personal allow target=dom0', 'admin.vm.property.Get * work @tag:mine allow target=dom0')
    assert len(stage.gives('work', 'qrexec-client-vm @default qubes.GetDate')) == len('YYYY-MM-DDTHH:MM:SS+00:00\n')
    assert len(stage.gives('work', 'qrexec-client-vm @default qubes.GetDate+nanoseconds </dev/null')) == 36
    assert stage.within('work', 'qrexec-client-vm dom0 no.Such').status == 126
    assert stage.within('personal', 'qrexec-client-vm @default qubes.GetDate').status == 126
    listed = stage.gives('work', "qrexec-client-vm dom0 admin.vm.List </dev/null | tr '\\0' '|'")
    assert listed.startswith('0|') and 'personal class=AppVM state=Running' in listed, listed
    assert stage.gives('work', "printf told | qrexec-client-vm personal admin.vm.feature.Set+word | tr '\\0' '|'") == '0|'
    assert stage.does('qvm-features', 'personal', 'word') == 'told\n'
    assert stage.within('work', 'printf told | qrexec-client-vm work admin.vm.feature.Set+word').status == 126
    assert stage.within('work', 'qrexec-client-vm personal admin.vm.property.Get+label').status == 126
    stage.does('qvm-tags', 'personal', 'add', 'mine')
    assert 'blue' in stage.gives('work', 'qrexec-client-vm personal admin.vm.property.Get+label')


def root_of_a_qube_runs_what_it_is_told(stage):
    two_qubes(stage)
    assert stage.does('qvm-run', '-p', '--no-gui', '-u', 'root', 'work', 'id -u; echo $HOME; touch mine && stat -c %U mine') == '0\n/root\nroot\n'
    stage.allow('qubes.VMExec * work personal allow user=root')
    assert stage.gives('work', 'qrexec-client-vm personal qubes.VMExec+id+--u') == '0\n'


def the_person_at_the_screen_decides_about_what_is_asked(stage):
    two_qubes(stage)
    call = 'qrexec-client-vm {} qubes.VMExec+hostname'
    stage.allow('qubes.VMExec * work @anyvm ask default_target=personal', 'qubes.VMExec * personal work ask')
    assert stage.within('work', call.format('personal')).status == 126, 'nobody can be asked'
    prompt = Prompt(stage)
    try:
        for answer in ('deny', '', 'allow:', 'allow:nobody', 'allow:dom0', 'allow:work', 'yes', 'x' * 5000):
            prompt.answers['work'] = answer
            assert stage.within('work', call.format('@default')).status == 126, answer
        assert [one['target'] for one in prompt.told] == ['@default'] * 3, 'a target that was no choice'
        prompt.answers['work'] = 'allow:personal\n'
        assert stage.gives('work', call.format('@default')) == 'personal\n'
        assert prompt.asked[-1] == {'source': 'work', 'service': 'qubes.VMExec', 'argument': '+hostname', 'targets': ['host', 'personal'],
                                    'default_target': 'personal', 'icons': {}}, prompt.asked[-1]
        prompt.answers['personal'] = 'allow:work'
        assert stage.gives('personal', call.format('work')) == 'work\n'
        assert prompt.asked[-1]['default_target'] == '' and prompt.asked[-1]['targets'] == ['work']
        prompt.told.clear()
        stage.allow('qubes.VMExec * work personal allow notify=yes', 'qubes.VMExec * personal work deny notify=no')
        assert stage.gives('work', call.format('personal')) == 'personal\n'
        assert stage.within('personal', call.format('work')).status == 126
        assert stage.within('work', 'qrexec-client-vm dom0 qubes.VMExec+id').status == 126
        wait_until(lambda: len(prompt.told) == 2, 'what was allowed with notify=yes, and what no rule allows')
        assert prompt.told[0] == {'resolution': 'allow', 'source': 'work', 'service': 'qubes.VMExec', 'argument': '+hostname', 'target': 'personal'}
        assert prompt.told[1]['resolution'] == 'deny' and prompt.told[1]['argument'] == '+id' and prompt.told[1]['target'] == '@adminvm', prompt.told
    finally:
        prompt.end()


def say_yes(stage, line):
    """What the policy process answers to the GUI domain's word that its user agreed."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(60)
        door.connect(str(stage.runtime / 'grants.sock'))
        door.sendall(line.encode() + b'\n')
        return door.recv(100)


def a_yes_said_beforehand_counts_once_and_for_that_call_alone(stage):
    two_qubes(stage)
    stage.allow('qubes.Filecopy * work @anyvm ask', 'qubes.Filecopy * personal work deny', 'qubes.VMExec * work personal ask')
    assert stat.S_IMODE((stage.runtime / 'grants.sock').stat().st_mode) == 0o600
    for nonsense in ('work personal', 'work personal qubes.Filecopy more', '@anyvm personal qubes.Filecopy'):
        assert say_yes(stage, nonsense) == b'', nonsense
    assert say_yes(stage, 'work personal qubes.Filecopy') == b'granted\n'
    assert stage.within('work', 'qrexec-client-vm personal qubes.VMExec+hostname').status == 126, 'another service'
    assert stage.within('work', 'echo hello >one; echo other >two; qvm-copy-to-vm personal one').status == 0
    assert stage.gives('personal', 'cat QubesIncoming/work/one') == 'hello\n'
    assert stage.within('work', 'qvm-copy-to-vm personal two').status == 126, 'a second time: nobody is there to be asked'
    assert say_yes(stage, 'personal work qubes.Filecopy') == b'granted\n'
    assert stage.within('personal', 'echo x >x; qvm-copy-to-vm work x').status == 126, 'a rule that denies goes on denying'


def files_that_were_marked_are_sent_at_the_word_of_the_gui_domain(stage):
    two_qubes(stage)
    stage.allow('qubes.Filecopy * work personal ask')
    send = ('qvm-run', '-p', '--no-gui', '--service', 'work', 'vitrail.SendFiles+personal')
    assert stage.run(*send).status == 1, 'nothing was marked'
    stage.gives('work', "echo hello >'my file'; echo other >other; "
                        'printf "cut\\nfile://$HOME/my%%20file\\nfile://$HOME/other\\n" >$XDG_RUNTIME_DIR/vitrail-copied-files')
    assert stage.run(*send).status == 126, 'policy asks, and nobody is there'
    assert say_yes(stage, 'work personal qubes.Filecopy') == b'granted\n'
    sent = stage.run(*send)
    assert sent.status == 0, sent
    assert stage.gives('personal', 'cd QubesIncoming/work; cat "my file" other') == 'hello\nother\n'
    assert stage.gives('work', 'cat "my file"') == 'hello\n', 'what is cut is copied'
    assert stage.within('personal', 'qrexec-client-vm work vitrail.SendFiles+personal').status == 126, 'no qube may say so'


def daemons_and_policy_that_die_are_there_again_and_calls_under_way_go_on(stage):
    two_qubes(stage)
    stage.allow('qubes.VMExec * work personal allow')
    stage.gives('work', 'mkfifo go; (cat go; echo done) </dev/null 2>/dev/null | qrexec-client-vm personal qubes.VMExec+cat >out 2>/dev/null &')
    wait_until(lambda: 'cat' in stage.gives('personal', 'cat /proc/[0-9]*/comm'), 'the call is there')
    for pid in qubesd_stage.descendants(stage.service.pid):
        try:
            name = pathlib.Path(f'/proc/{pid}/comm').read_text()
        except OSError:
            continue
        if name.startswith('vitrail-qrexec'):
            os.kill(pid, 9)
    wait_until(lambda: stage.within('work', 'qrexec-client-vm personal qubes.VMExec+hostname').out == 'personal\n', 'calls are taken again')
    stage.gives('work', 'echo late >go')
    wait_until(lambda: stage.gives('work', 'cat out') == 'late\ndone\n', 'the old call came to its end')
    stage.service.kill()
    stage.service.wait()
    stage.start_qubesd()
    wait_until(lambda: stage.within('work', 'qrexec-client-vm personal qubes.VMExec+hostname').out == 'personal\n', 'and with a new qubesd')


def an_agent_that_dies_is_there_again(stage):
    two_qubes(stage)
    stage.within('work', "kill -9 $(cat /proc/[0-9]*/stat | grep '(vitrail-agent-q' | cut -d' ' -f1)")
    wait_until(lambda: stage.within('work', 'echo again').out == 'again\n', 'it takes calls')


def a_qube_reads_no_socket_of_another(stage):
    two_qubes(stage)
    assert stage.gives('work', 'ls /run/vchan /run/qubes').count('personal') == 0
    assert stage.gives('work', 'ls /opt/vitrail').split() == ['demo', 'qube', 'vitrail-agent-gui', 'vitrail-qube-init']


if __name__ == '__main__':
    sys.exit(stories.run('ProcessCalls', sys.modules[__name__], lambda: Stage(sys.argv[1])))
