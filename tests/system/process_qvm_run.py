#!/usr/bin/env python3
"""Qubes that run: the qvm commands that start, use and end them, on a real vitrail-qubesd with real sandboxes.

usage: process_qvm_run.py BUILD
"""
import os
import pathlib
import pty
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402
import stories  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402


def made(stage, *names):
    for name in names:
        stage.does('qvm-create', name, '--label', 'blue')
    return names[0]


def a_qube_is_started_and_shut_down(stage):
    made(stage, 'work')
    assert stage.does('qvm-start', 'work') == ''
    assert stage.does('qvm-ls', '--raw-data', '-O', 'name,state', 'work') == 'work|Running\n'
    assert int(stage.does('qvm-ls', '--raw-data', '-O', 'xid', 'work')) > 0
    ended = stage.run('qvm-start', 'work')
    assert ended.status == 1 and 'already running' in ended.err, ended
    stage.does('qvm-start', '--skip-if-running', 'work')
    assert stage.run('qvm-check', '--running', 'work').status == 0
    assert stage.does('qvm-shutdown', '--dry-run', '--all') == 'work\n'
    stage.does('qvm-shutdown', '--wait', 'work')
    assert stage.state_of('work') == 'Halted'
    assert stage.run('qvm-shutdown', 'work').status == 1
    assert stage.run('qvm-start', 'nobody').status == 2


def several_are_ended_each_after_those_that_use_it(stage):
    made(stage, 'net', 'work', 'bank')
    stage.does('qvm-prefs', 'net', 'provides_network', 'True')
    for name in ('work', 'bank'):
        stage.does('qvm-prefs', name, 'netvm', 'net')
    stage.does('qvm-start', 'work', 'bank')
    assert stage.state_of('net') == 'Running', 'a netvm is started with its qubes'
    assert stage.run('qvm-shutdown', 'net').status == 1
    assert stage.run('qvm-shutdown', '--wait', 'net').status == 1
    stage.does('qvm-shutdown', '--wait', 'net', 'work', 'bank')
    assert [stage.state_of(name) for name in ('net', 'work', 'bank')] == ['Halted'] * 3
    stage.does('qvm-start', 'net', 'work')
    stage.does('qvm-shutdown', '--wait', '--all', '--exclude', 'work', '--exclude', 'bank')
    assert stage.state_of('net') == 'Halted', '--all means even those in use'


def a_qube_is_killed_paused_and_woken(stage):
    made(stage, 'work')
    assert stage.run('qvm-kill', 'work').status == 1
    assert stage.run('qvm-pause', 'work').status == 1
    stage.does('qvm-start', 'work')
    stage.does('qvm-pause', 'work')
    assert stage.run('qvm-check', '--paused', 'work').status == 0
    assert stage.does('qvm-ls', '--raw-list', '--paused') == 'work\n'
    stage.does('qvm-unpause', '--all')
    assert stage.state_of('work') == 'Running'
    stage.does('qvm-suspend', 'work')
    assert stage.state_of('work') in ('Suspended', 'Paused')
    stage.does('qvm-resume', 'work')
    assert stage.state_of('work') == 'Running'
    stage.does('qvm-kill', 'work')
    assert stage.state_of('work') == 'Halted'


def a_program_is_run_with_its_streams_and_its_exit_code(stage):
    made(stage, 'work')
    ended = stage.run('qvm-run', '--pass-io', '--no-gui', 'work', 'cat; echo out; echo err >&2; exit 7', stdin=b'in\n')
    assert (ended.status, ended.out, ended.err) == (7, 'in\nout\n', 'err\n'), ended
    assert stage.state_of('work') == 'Running', 'it was started for it'
    assert stage.run('qvm-run', '-p', '--no-gui', 'work', 'kill -9 $$').status == 137
    assert stage.run('qvm-run', '-p', '--no-gui', 'work', 'no-such-program').status == 127
    assert stage.run('qvm-run', '-q', '--no-gui', 'work', 'exit 5').status == 5
    ended = stage.run('qvm-run', '-p', '--no-gui', '--no-shell', 'work', 'no-such-program')
    assert ended.status == 127 and 'no-such-program' in ended.err, ended
    told = stage.run('qvm-run', '--no-gui', 'work', 'true')
    assert told.status == 0 and told.err == "Running 'true' on work\n", told


def the_words_of_a_command_are_its_own(stage):
    made(stage, 'work')
    assert stage.does('qvm-run', '-p', '--no-gui', 'work', 'printf', '%s\n', '-n', '--help', 'a b', '[x]') == '-n\n--help\na b\n[x]\n'
    assert stage.does('qvm-run', '-p', '--no-gui', '--', 'work', 'echo', '-p') == '-p\n'
    assert stage.does('qvm-run', '--no-gui', 'work', '-p', 'echo $HOSTNAME; id -u') == 'work\n1000\n'


def much_is_passed_both_ways_without_a_byte_lost(stage):
    made(stage, 'work')
    data = os.urandom(1 << 16) * 96  # 6 MiB, more than any pipe holds
    ended = subprocess.run([stage.build / 'tools/qvm/qvm-run', '-p', '--no-gui', 'work', 'cat'], input=data, capture_output=True,
                           env=stage.environment(), timeout=120, **qubesd_stage.as_user())
    assert ended.returncode == 0 and ended.stdout == data, (ended.returncode, len(ended.stdout), ended.stderr)


def a_gigabyte_and_nothing_come_back_as_they_went(stage):
    made(stage, 'work')
    file = stage.home / 'gigabyte'
    with file.open('wb') as out:  # with holes: only the disk is spared by that
        for at in range(0, 1 << 30, 1 << 26):
            out.seek(at)
            out.write(os.urandom(1 << 16))
        out.truncate(1 << 30)
    os.chown(file, qubesd_stage.USER, qubesd_stage.USER)
    run = f'{stage.build}/tools/qvm/qvm-run'
    whole = f'{run} -p --no-gui work cat <{file} | cmp - {file} && {run} -p --no-gui work "cat; exit 9" </dev/null | wc -c; exit ${{PIPESTATUS[0]}}'
    ended = subprocess.run(['bash', '-c', whole], capture_output=True, text=True, env=stage.environment(), timeout=200, **qubesd_stage.as_user())
    assert (ended.returncode, ended.stdout, ended.stderr) == (9, '0\n', ''), ended


def what_is_read_slowly_or_in_odd_pieces_is_whole(stage):
    """Large pieces are moved from pipe to pipe, small ones are copied: every mixture is the same bytes."""
    made(stage, 'work')
    pieces = "import os, sys, time\nfor n, one in enumerate([1, 70000, 3, 16383, 16384, 65536, 200000, 5, 131072, 1] * 8):\n"
    pieces += "    os.write(1, bytes([n % 256]) * one)\n    time.sleep(0.001 * (n % 3))\n"
    slow = "import sys, time\nwhile one := sys.stdin.buffer.read1(9973):\n    sys.stdout.buffer.write(one)\n    time.sleep(0.0005)\n"
    expected = b''.join(bytes([n % 256]) * one for n, one in enumerate([1, 70000, 3, 16383, 16384, 65536, 200000, 5, 131072, 1] * 8))
    run = [stage.build / 'tools/qvm/qvm-run', '-p', '--no-gui', 'work', '--no-shell', '--']
    sender = subprocess.Popen(['python3', '-c', pieces], stdout=subprocess.PIPE)
    ended = subprocess.Popen([*run, 'python3', '-c', slow], stdin=sender.stdout, stdout=subprocess.PIPE, env=stage.environment(), **qubesd_stage.as_user())
    sender.stdout.close()
    got = ended.communicate(timeout=100)[0]
    assert (ended.returncode, got == expected) == (0, True), (ended.returncode, len(got), len(expected))
    # Who stops reading in the middle of it ends the call, and nothing hangs.
    stopped = subprocess.run(['bash', '-c', f'{run[0]} -p --no-gui work "yes | head -c 50000000" | head -c 100000 | wc -c'],
                             capture_output=True, text=True, env=stage.environment(), timeout=100, **qubesd_stage.as_user())
    assert stopped.stdout == '100000\n', stopped


def a_program_that_reads_nothing_ends_all_the_same(stage):
    made(stage, 'work')
    assert stage.run('qvm-run', '-p', '--no-gui', 'work', 'exit 3', stdin=b'x' * 3000000).status == 3


def a_program_in_a_qube_has_no_descriptor_of_ours(stage):
    made(stage, 'work')
    secret = stage.home / 'secret'
    secret.write_text('only to be read once')
    os.chown(secret, qubesd_stage.USER, qubesd_stage.USER)
    with open(secret, 'rb') as given:
        ended = subprocess.run(
            [stage.build / 'tools/qvm/qvm-run', '-p', '--no-gui', 'work',
             'for n in 0 1 2; do readlink /proc/self/fd/$n; done; ls -l /proc/self/fd | wc -l; echo gone >/proc/self/fd/0'],
            stdin=given, capture_output=True, env=stage.environment(), timeout=60, **qubesd_stage.as_user())
    lines = ended.stdout.decode().splitlines()
    assert all(line.startswith(('pipe:', 'socket:')) for line in lines[:3]), ended
    assert lines[3] == '5', ended  # total, 0, 1, 2 and the folder itself
    assert secret.read_text() == 'only to be read once'


def control_characters_do_not_reach_a_terminal(stage):
    made(stage, 'work')
    ours, theirs = pty.openpty()
    done = subprocess.Popen([stage.build / 'tools/qvm/qvm-run', '-p', '--no-gui', 'work', r"printf 'a\033]0;evil\007b\n'"],
                            stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=stage.environment(), **qubesd_stage.as_user())
    os.close(theirs)
    shown = b''
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert done.wait(60) == 0
    assert b'a_]0;evil\x07b' in shown and shown.count(b'\033[0;31m') == 1 and shown.endswith(b'\033[0m'), shown
    plain = stage.does('qvm-run', '-p', '--no-gui', 'work', r"printf '\033'")
    assert plain == '\033', 'what goes to a program goes as it is'


def a_halted_qube_is_not_started_when_that_is_not_wanted(stage):
    made(stage, 'work')
    ended = stage.run('qvm-run', '--no-autostart', 'work', 'true')
    assert ended.status == 1 and 'not running' in ended.err and stage.state_of('work') == 'Halted', ended
    stage.does('qvm-features', 'work', 'prohibit-start', 'it is haunted')
    ended = stage.run('qvm-run', 'work', 'true')
    assert ended.status == 255 and 'it is haunted' in ended.err, ended
    assert stage.run('qvm-run', 'work').status == 2 and stage.run('qvm-run', 'nobody', 'true').status == 2
    stage.does('qvm-features', '-D', 'work', 'prohibit-start')
    assert stage.run('qvm-run', '-u', 'nobody', 'work', 'true').status == 1


def a_disposable_lasts_as_long_as_its_program(stage):
    made(stage, 'dvm')
    stage.does('qvm-prefs', 'dvm', 'template_for_dispvms', 'True')
    ended = stage.run('qvm-run', '-p', '--no-gui', '--dispvm=dvm', 'echo $HOSTNAME; exit 4')
    assert ended.status == 4 and ended.out.startswith('disp'), ended
    stage.does('qubes-prefs', 'default_dispvm', 'dvm')
    ended = stage.run('qvm-run', '-p', '--no-gui', '--dispvm', 'echo $HOSTNAME')
    assert ended.status == 0 and ended.out.startswith('disp'), ended
    wait_until(lambda: 'disp' not in stage.does('qvm-ls', '--raw-list'), 'the disposables are gone')


def a_disposable_that_is_kept_ready_is_handed_out_and_leaves_nothing(stage):
    made(stage, 'dvm')
    stage.does('qvm-prefs', 'dvm', 'template_for_dispvms', 'True')

    def ready():
        names = stage.run('qvm-features', 'dvm', 'preload-dispvm').out.split()
        return [name for name in names if stage.run('qvm-features', name, 'preload-dispvm-completed').out == '1\n'
                and stage.state_of(name) == 'Paused']

    def on_disk():
        return {str(path) for place in (stage.folder / 'state/volumes', stage.runtime / 'qubes') for path in place.rglob('*')}
    stage.does('qvm-run', '--no-gui', '-p', 'dvm', 'echo of dvm >mine')
    stage.does('qvm-shutdown', '--wait', 'dvm')
    before = on_disk()
    stage.does('qvm-features', 'dvm', 'preload-dispvm-delay', '0')
    stage.does('qvm-features', 'dvm', 'preload-dispvm-max', '1')
    first, = wait_until(ready, 'one is ready')
    assert stage.does('qvm-run', '-p', '--no-gui', '--dispvm=dvm', 'echo $HOSTNAME; cat mine') == f'{first}\nof dvm\n'
    second, = wait_until(lambda: [name for name in ready() if name != first], 'another one is ready')
    wait_until(lambda: first not in stage.does('qvm-ls', '--raw-list').split(), 'the first has gone')

    stage.service.kill()
    stage.service.wait()
    stage.start_qubesd()
    assert ready() == [second], 'it was paused, and qubesd knows that again'
    assert stage.does('qvm-run', '-p', '--no-gui', '--dispvm=dvm', 'echo $HOSTNAME') == f'{second}\n'

    # What is changed in its template it has not: it is made anew.
    third, = wait_until(lambda: [name for name in ready() if name != second], 'the next is ready')
    stage.does('qvm-run', '--no-gui', '-p', 'dvm', 'echo changed >mine')
    stage.does('qvm-shutdown', '--wait', 'dvm')
    wait_until(lambda: [name for name in ready() if name != third], 'one that is new is ready')
    assert stage.does('qvm-run', '-p', '--no-gui', '--dispvm=dvm', 'cat mine') == 'changed\n'

    stage.does('qvm-features', 'dvm', 'preload-dispvm-max', '0')
    wait_until(lambda: stage.does('qvm-ls', '--raw-list', '--class', 'DispVM') == '', 'all are gone')
    wait_until(lambda: not [path for path in on_disk() - before if '/layers/' not in path and '/dvm/' not in path],
               'nothing of them is left')


def one_command_runs_in_many(stage):
    made(stage, 'work', 'bank', 'idle')
    stage.does('qvm-start', 'work', 'bank')
    ended = stage.run('qvm-run', '-p', '--no-gui', '--all', 'echo $HOSTNAME; [ $HOSTNAME = bank ] && exit 9; exit 0')
    assert ended.status == 9 and sorted(ended.out.split()) == ['bank', 'work'], ended
    ended = stage.run('qvm-run', '-p', '--no-gui', '--all', '--exclude', 'bank', 'echo $HOSTNAME')
    assert ended.out == 'work\n', ended


def a_local_command_talks_with_the_one_in_the_qube(stage):
    made(stage, 'work')
    ended = stage.run('qvm-run', '--no-gui', '-q', '--localcmd', 'echo to-qube; exec >&-; cat >from-qube', 'work', 'cat; echo from $HOSTNAME')
    assert ended.status == 0, ended
    assert (stage.home / 'from-qube').read_text() == 'to-qube\nfrom work\n'


def a_service_of_the_qube_is_called_by_its_name(stage):
    made(stage, 'work')
    assert stage.run('qvm-run', '-p', '--no-gui', '--service', 'work', 'no.Such+thing').status == 127
    assert stage.run('qvm-run', '--service', 'work', 'no service').status == 2
    ended = stage.run('qvm-run', '-p', '--service', 'work', 'qubes.VMShell', stdin=b'echo $QREXEC_REMOTE_DOMAIN; exit 3')
    assert (ended.status, ended.out) == (3, 'dom0\n'), ended
    assert stage.run('qvm-run', '-p', 'work', 'true ' + '\'"$-' * 20000 + '\'').status != 0, 'longer than any name of a service'
    assert stage.does('qvm-run', '-p', 'work', 'echo', '"$\'' * 20000) == '"$\'' * 20000 + '\n'


def the_menu_is_made_of_what_the_qube_names(stage):
    made(stage, 'work')
    stage.does('qvm-sync-appmenus', 'work')
    assert stage.state_of('work') == 'Halted' or wait_until(lambda: stage.state_of('work') == 'Halted', 'it is off as before')
    assert 'foot.desktop - Foot' in stage.does('qvm-appmenus', '--get-available', 'work')
    assert 'qubes.StartApp+foot\n' in (stage.home / '.local/share/applications/org.qubes-os.vm._work.foot.desktop').read_text()
    ended = stage.run('qvm-run', '-p', '--no-gui', '--service', 'work', 'qubes.StartApp+no-such-program')
    assert ended.status == 1 and 'no program' in ended.err, ended
    folder = 'mkdir -p .local/share/applications && cd .local/share/applications && '
    stage.does('qvm-run', '-p', '--no-gui', 'work', folder + 'printf "[Desktop Entry]\\nName=Own\\nExec=echo started %%u\\n[Other]\\nExec=no\\n" >own.desktop')
    assert stage.does('qvm-run', '-p', '--no-gui', '--service', 'work', 'qubes.StartApp+own') == 'started\n'
    told = lambda: stage.does('qvm-run', '-p', '--no-gui', '--service', 'work', 'qubes.GetAppmenus')
    assert 'own.desktop:Name=Own\nown.desktop:Exec=qubes-desktop-run own.desktop\n\n' in told() and 'Other' not in told()
    # A file of the user hides the machine's of the same name, and may hide itself.
    stage.does('qvm-run', '-p', '--no-gui', 'work', folder + 'printf "[Desktop Entry]\\nName=Foot\\nNoDisplay=true\\n" >foot.desktop; mkdir -p a; mv own.desktop a/b.desktop')
    assert not any(line.startswith('foot.desktop:') for line in told().splitlines()) and 'a-b.desktop:Name=Own' in told()
    assert stage.does('qvm-run', '-p', '--no-gui', '--service', 'work', 'qubes.StartApp+a-b') == 'started\n'
    stage.does('qvm-run', '-p', '--no-gui', 'work', folder + 'printf "[Desktop Entry]\\nName=Gone\\nTryExec=no-such\\nExec=no-such\\n" >gone.desktop')
    assert 'gone.desktop' not in told()
    ended = stage.run('qvm-run', '-p', '--no-gui', '--service', 'work', 'qubes.StartApp+gone')
    assert ended.status == 1 and 'no-such' in ended.err, ended


def a_window_program_finds_its_display(stage):
    made(stage, 'work')
    assert stage.does('qvm-run', '-p', 'work', 'echo $WAYLAND_DISPLAY').startswith('wayland-')
    # The agent dies; init starts it again; what shows windows waits for that.
    stage.does('qvm-run', '-p', '--no-gui', 'work', "kill -9 $(cat /proc/[0-9]*/stat | grep '(vitrail-agent-g' | cut -d' ' -f1)")
    assert stage.does('qvm-run', '-p', 'work', 'echo $WAYLAND_DISPLAY').startswith('wayland-')


def a_qube_that_ends_under_a_program_ends_its_run(stage):
    made(stage, 'work')
    stage.does('qvm-start', 'work')
    running = subprocess.Popen([stage.build / 'tools/qvm/qvm-run', '-p', '--no-gui', 'work', 'echo up; sleep 1000'],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=stage.environment(), **qubesd_stage.as_user())
    assert running.stdout.readline() == b'up\n'
    stage.does('qvm-kill', 'work')
    assert running.wait(60) == 255
    running.stdin.close()
    running.stdout.close()


if __name__ == '__main__':
    sys.exit(stories.run('ProcessQvmRun', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
