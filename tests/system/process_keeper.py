#!/usr/bin/env python3
"""What a qube's keeper does for those who manage it: its protocol, spoken without any of our tools.

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


def started(stage, name='work'):
    stage.call('dom0', 'admin.vm.Create.AppVM', 'host', f'name={name} label=blue')
    stage.call(name, 'admin.vm.Start')
    return name


def what_makes_no_sense_is_refused(stage):
    started(stage)
    with Caller(stage, 'work') as caller:
        for line in ['no JSON', '[]', '{}', '{"op": 1}', '{"op": "launch"}', '{"op": "run", "argv": ["true"]}']:
            caller.say(line)
            assert 'error' in caller.hear(), line
        caller.say({'op': 'launch', 'argv': ['no-such-program']})
        assert 'error' in caller.hear()
        caller.say({'op': 'launch', 'argv': ['true']})
        assert caller.hear() == {'launched': True}


def no_descriptor_goes_into_a_qube(stage):
    started(stage)
    with Caller(stage, 'work') as caller, open('/etc/passwd', 'rb') as file:
        caller.say({'op': 'launch', 'argv': ['true']}, [file.fileno()])
        assert caller.hear() == {'launched': True}


def callers_come_and_go(stage):
    started(stage)
    with Caller(stage, 'work') as first, Caller(stage, 'work') as second:
        first.say({'op': 'launch', 'argv': ['sleep', '1000']})
        first.__exit__()
        second.say({'op': 'launch', 'argv': ['true']})
        assert second.hear() == {'launched': True}
    with Caller(stage, 'work') as third:
        third.say({'op': 'state'})
        assert third.hear()['state'] == 'running'


def a_shutdown_is_told_to_who_listens(stage):
    started(stage)
    with Caller(stage, 'work') as caller:
        stage.call('work', 'admin.vm.Shutdown', 'wait')
        assert caller.hear().get('event') == 'ended'


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
