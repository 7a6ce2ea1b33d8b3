#!/usr/bin/env python3
"""What a qube's keeper does for those who run programs in it: its protocol, spoken without any of our tools.

usage: process_keeper.py BUILD
"""
import json
import os
import pathlib
import signal
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402
import stories  # noqa: E402


class Caller:
    """A connection to the keeper of a qube."""

    def __init__(self, stage, qube):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(stage.runtime / 'qubes' / qube / 'keeper.sock'))
        self.text = b''

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()

    def say(self, what, descriptors=()):
        line = (what if isinstance(what, str) else json.dumps(what)).encode() + b'\n'
        if descriptors:
            socket.send_fds(self.socket, [line], list(descriptors))
        else:
            self.socket.sendall(line)

    def hear(self):
        while b'\n' not in self.text:
            part = self.socket.recv(65536)
            if not part:
                return None
            self.text += part
        line, self.text = self.text.split(b'\n', 1)
        return json.loads(line)


class Streams:
    """Three pipes: the far ends to give away, and ours."""

    def __init__(self):
        (self.input_far, self.input), (self.output, self.output_far), (self.errors, self.errors_far) = (os.pipe() for _ in range(3))

    def far(self):
        return self.input_far, self.output_far, self.errors_far

    def forget_far(self):
        for one in self.far():
            os.close(one)

    def read(self, fd):
        return b''.join(iter(lambda: os.read(fd, 65536), b''))


def started(stage, name='work'):
    stage.call('dom0', 'admin.vm.Create.AppVM', 'host', f'name={name} label=blue')
    stage.call(name, 'admin.vm.Start')
    return name


def run(caller, argv, **more):
    caller.say({'op': 'run', 'argv': argv, **more})
    return caller.hear()


def a_program_has_the_callers_pipes_and_its_status_is_told(stage):
    started(stage)
    with Caller(stage, 'work') as caller:
        streams = Streams()
        caller.say({'op': 'run', 'argv': ['sh', '-c', 'read line; echo "$line"; echo no >&2; exit 6']}, streams.far())
        streams.forget_far()
        assert caller.hear() == {'started': True}
        os.write(streams.input, b'yes\n')
        os.close(streams.input)
        assert streams.read(streams.output) == b'yes\n' and streams.read(streams.errors) == b'no\n'
        assert caller.hear() == {'ended': True, 'status': 6}


def without_pipes_it_writes_into_the_qubes_log(stage):
    started(stage)
    with Caller(stage, 'work') as caller:
        assert run(caller, ['sh', '-c', 'echo written-by-it; cat; kill -TERM $$']) == {'started': True}
        assert caller.hear() == {'ended': True, 'status': 143}
    log = stage.folder / 'state/logs/work/qube.log'
    qubesd_stage.wait_until(lambda: 'written-by-it' in log.read_text(), 'the log holds it')


def only_pipes_go_into_a_qube(stage):
    started(stage)
    ours, theirs = socket.socketpair()
    with Caller(stage, 'work') as caller, open('/etc/passwd', 'rb') as file:
        streams = Streams()
        far = streams.far()
        for given in [(file.fileno(), far[1], far[2]), (far[0], theirs.fileno(), far[2]), far[:2], far + far]:
            caller.say({'op': 'run', 'argv': ['true']}, given)
            assert caller.hear() == {'error': 'a program gets no streams, or three pipes'}, given
        caller.say({'op': 'run', 'argv': ['true']}, far)
        assert caller.hear() == {'started': True} and caller.hear() == {'ended': True, 'status': 0}
    ours.close()
    theirs.close()


def what_makes_no_sense_is_refused(stage):
    started(stage)
    with Caller(stage, 'work') as caller:
        for argv in [None, [], 'true', [1], [['true']]]:
            assert 'error' in run(caller, argv), argv
        assert 'error' in run(caller, ['no-such-program'])
        assert 'error' in run(caller, ['/'])
        caller.say('no JSON')
        assert 'error' in caller.hear()
        assert run(caller, ['true']) == {'started': True}


def callers_come_and_go(stage):
    started(stage)
    with Caller(stage, 'work') as first, Caller(stage, 'work') as second:
        assert run(first, ['sleep', '1000']) == {'started': True}
        assert run(second, ['sh', '-c', 'exit 1']) == {'started': True}
        assert second.hear() == {'ended': True, 'status': 1}
        first.__exit__()
        assert run(second, ['sh', '-c', 'exit 2']) == {'started': True}
        assert second.hear() == {'ended': True, 'status': 2}
    with Caller(stage, 'work') as third:
        third.say({'op': 'state'})
        assert third.hear()['state'] == 'running'


def many_programs_run_at_once(stage):
    started(stage)
    callers = [Caller(stage, 'work') for _ in range(40)]
    for number, caller in enumerate(callers):
        caller.say({'op': 'run', 'argv': ['sh', '-c', f'exit {number}']})
    for number, caller in enumerate(callers):
        assert caller.hear() == {'started': True} and caller.hear() == {'ended': True, 'status': number}
        caller.__exit__()


def a_shutdown_ends_programs_and_starts_no_more(stage):
    started(stage)
    with Caller(stage, 'work') as caller, Caller(stage, 'work') as other:
        assert run(caller, ['sleep', '1000']) == {'started': True}
        stage.call('work', 'admin.vm.Shutdown', 'wait')
        heard = []
        while (said := caller.hear()) is not None:
            heard.append(said)
        assert {'ended': True, 'status': 143} in heard or heard[-1].get('event') == 'ended', heard
        assert other.hear().get('event') == 'ended'


def one_that_does_not_answer_is_found_again_all_the_same(stage):
    started(stage)
    keeper = qubesd_stage.keeper_says(stage, 'work', 'state')['keeper']
    os.kill(keeper, signal.SIGSTOP)
    try:
        stage.service.kill()
        stage.service.wait(60)
        stage.start_qubesd()
        assert stage.state_of('work') == 'Running', 'it would be started a second time'
        assert stage.attempt('work', 'admin.vm.Remove') == 'QubesVMNotHaltedError'
    finally:
        os.kill(keeper, signal.SIGCONT)
    assert stage.does('qvm-run', '--pass-io', '--no-gui', 'work', 'echo here') == 'here\n'
    stage.call('work', 'admin.vm.Kill')
    qubesd_stage.wait_until(lambda: stage.state_of('work') == 'Halted', 'it is ended')


if __name__ == '__main__':
    sys.exit(stories.run('ProcessKeeper', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
