#!/usr/bin/env python3
"""Our qrexec daemon against agents and clients in Python that share nothing with it, and with our own agents around it.

usage: process_qrexec_daemon.py BUILD
"""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qrexec_peer as qrexec  # noqa: E402
import stories  # noqa: E402
from answering_socket import AnsweringSocket  # noqa: E402

DENY = 'result=deny\n'


def allow(target, requested='x', user='DEFAULT', more=''):
    return f'user={user}\nresult=allow\ntarget={target}\nautostart=False\nrequested_target={requested}\n{more}'


class Policy(AnsweringSocket):
    """A policy process that answers what a story says, and remembers what it was asked."""

    def answer(self, one):
        text = b''
        while b'\n\n' not in text:
            part = one.recv(4096)
            if not part:
                break
            text += part
        question = dict(line.split('=', 1) for line in text.decode().split('\n') if line)
        self.asked.append(question)
        one.sendall(self.answers.get(question['service_and_arg'], DENY).encode())


class Stage:
    """Folders for qubes that share a folder of vchan sockets, and a policy."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='vd-'))
        for name in ('vchan', 'run', 'services'):
            (self.folder / name).mkdir()
        self.vchan, self.run = self.folder / 'vchan', self.folder / 'run'
        self.policy = Policy(str(self.folder / 'policy.sock'))
        self.processes = []
        return self

    def __exit__(self, *ignored):
        for one in self.processes:
            one.kill()
            one.wait()
        self.policy.end()
        self.said = ''.join(f'-- {one.name}\n{one.read_text(errors="replace")}' for one in sorted(self.folder.glob('*.log')))
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        return self.said

    def environment(self, domain, **more):
        return {'PATH': os.environ['PATH'], 'LANG': 'C.UTF-8', 'HOME': str(self.folder), 'USER': 'user', 'SHELL': '/bin/bash',
                'VCHAN_DOMAIN': str(domain), 'VCHAN_SOCKET_DIR': str(self.vchan), 'QREXEC_POLICY_SOCKET': str(self.folder / 'policy.sock'),
                'QREXEC_AGENT_SOCKET': str(self.folder / f'agent-{domain}.sock'), 'QREXEC_SERVICE_PATH': str(self.folder / 'services'),
                'QUBES_RPC_CONFIG_PATH': str(self.folder / 'config'), **more}

    def start(self, name, words, domain, **more):
        with open(self.folder / f'{name}.log', 'ab') as log:
            one = subprocess.Popen(words, env=self.environment(domain, **more), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(one)
        return one

    def daemon(self, domain, name, *options, **more):
        return self.start(f'daemon-{name}', [self.build / 'services/qrexecd/vitrail-qrexecd', f'--socket-dir={self.run}', *options, '--',
                                             str(domain), name, 'person'], domain, **more)

    def agent(self, domain):
        return self.start(f'agent-{domain}', [self.build / 'agents/qrexec/vitrail-agent-qrexec'], domain)

    def socket_of(self, name):
        path = self.run / f'qrexec.{name}'
        return qrexec.until(lambda: path if path.exists() else None, f'the daemon of {name} listens')

    def client(self, name, version=3):
        return qrexec.DaemonClient(self.socket_of(name), version)

    def call(self, domain, *words, stdin=b''):
        path = self.folder / f'agent-{domain}.sock'
        qrexec.until(lambda: path.exists() or None, 'the agent listens')
        return subprocess.run([self.build / 'agents/qrexec/qrexec-client-vm', *words], env=self.environment(domain), input=stdin,
                              capture_output=True, timeout=100, check=False)


def served(stage, domain=5, name='work', version=4):
    """A daemon with a Python agent behind it."""
    daemon = stage.daemon(domain, name)
    return daemon, qrexec.Agent(stage.vchan, domain, version).accept()


def the_daemon_answers_with_the_lower_version(stage):
    for domain, version, agreed in ((5, 4, 4), (6, 3, 3), (7, 2, 2), (8, 9, 4)):
        _, agent = served(stage, domain, f'qube{domain}', version)
        assert agent.agreed == agreed, (version, agent.agreed)


def its_socket_is_there_under_its_number_and_name_while_the_agent_is(stage):
    uuid = '12345678-1234-1234-1234-123456789abc'
    stage.daemon(5, 'work', '-u', uuid)
    assert not (stage.run / 'qrexec.5').exists()
    agent = qrexec.Agent(stage.vchan, 5).accept()
    for name in ('work', '5', 'uuid:' + uuid):
        stage.socket_of(name)
    assert os.readlink(stage.run / 'qrexec.work') == 'qrexec.5'
    agent.link.close()
    qrexec.until(lambda: not os.path.lexists(stage.run / 'qrexec.work') or None, 'the sockets go')
    agent = qrexec.Agent(stage.vchan, 5).accept()
    stage.socket_of('work')


def an_order_is_handed_on_with_a_port_and_ends_with_its_call(stage):
    _, agent = served(stage)
    client = stage.client('work')
    assert client.version == 3
    assert client.order('DEFAULT:echo a b', caller=0) == (5, 513)
    assert agent.expect_order() == (qrexec.EXEC, 0, 513, 'person:echo a b')
    second = stage.client('work')
    assert second.order('root:QUBESRPC a.B+ dom0', kind=qrexec.JUST_EXEC) == (5, 514)
    assert agent.expect_order() == (qrexec.JUST_EXEC, 0, 514, 'root:QUBESRPC a.B+ dom0')
    agent.terminated(0, 513)
    assert client.link.ended()
    third = stage.client('work')
    assert third.order('user:again') == (5, 513), 'a port that was given back is the first again'
    agent.expect_order()
    agent.terminated(9, 514)  # of another peer: not this one's port
    agent.terminated(0, 514)
    assert second.link.ended()


def ports_between_two_qubes_are_every_other_one(stage):
    _, agent = served(stage)
    for caller, ports in ((9, (514, 516, 518)), (3, (513, 515, 517))):
        for port in ports:
            assert stage.client('work').order('user:x', caller=caller) == (5, port), (caller, port)
            agent.expect_order()


def two_hundred_and_fifty_six_ports_are_all(stage):
    _, agent = served(stage)
    clients = [stage.client('work') for _ in range(256)]
    assert {client.order('user:x')[1] for client in clients} == set(range(513, 769))
    for _ in clients:
        agent.expect_order()
    clients[7].link.close()  # does not give its port back: the call goes on
    extra = qrexec.until(lambda: extra_client(stage), 'a free place')
    extra.link.send(qrexec.EXEC, struct.pack('<II', 0, 0) + b'user:x\0')
    assert extra.link.ended()


def extra_client(stage, name='work'):
    try:
        return stage.client(name)
    except qrexec.Broken:
        return None


def a_client_that_breaks_the_protocol_is_closed_and_no_other(stage):
    _, agent = served(stage)
    good = stage.client('work')
    exec_header = struct.pack('<II', qrexec.EXEC, 13)
    for bad in (struct.pack('<II', 7, 0), struct.pack('<III', qrexec.HELLO, 4, 3), struct.pack('<II', qrexec.EXEC, 8) + bytes(8),
                struct.pack('<II', qrexec.EXEC, 65536), exec_header + bytes(8) + b'usr:x', exec_header + bytes(8) + b'u\0s:\0',
                exec_header + struct.pack('<II', 0, 512) + b'us:x\0', struct.pack('<II', qrexec.TERMINATED, 8) + bytes(8),
                struct.pack('<II', qrexec.CONNECT, 40) + struct.pack('<II', 9, 513) + b'SOCKET1'.ljust(32, b'\0')):
        client = stage.client('work')
        client.link.socket.sendall(bad)
        assert client.link.ended(), bad
    twice = stage.client('work')
    twice.order('user:x')
    agent.expect_order()
    twice.link.socket.sendall(exec_header + bytes(8) + b'us:x\0')
    assert twice.link.ended()
    old = stage.client('work', version=2)
    assert old.link.ended()
    assert good.order('user:fine')[0] == 5


def an_agent_that_breaks_the_protocol_ends_its_own_daemon_only(stage):
    _, other = served(stage, 9, 'vault')
    for number, bad in enumerate((struct.pack('<II', 7, 0), struct.pack('<III', qrexec.HELLO, 4, 4), struct.pack('<II', qrexec.TRIGGER4, 160),
                                  struct.pack('<II', qrexec.TRIGGER4, 160 + 65001), struct.pack('<II', qrexec.TRIGGER2, 128),
                                  struct.pack('<II', qrexec.TERMINATED, 7), struct.pack('<II', qrexec.TERMINATED, 8) + struct.pack('<II', 0, 512),
                                  struct.pack('<II', qrexec.EXEC, 10), struct.pack('<II', qrexec.STDIN, 0))):
        daemon, agent = served(stage, 20 + number, f'bad{number}')
        agent.link.socket.sendall(bad)
        assert agent.link.ended(), bad
        assert daemon.wait(60) == 1, bad
        assert not os.path.lexists(stage.run / f'qrexec.bad{number}')
    for version, kind in ((3, qrexec.TRIGGER4), (2, qrexec.TRIGGER3), (3, qrexec.TRIGGER2)):
        daemon, agent = served(stage, 40 + version + (kind & 15) * 4, f'old{version}-{kind}', version)
        agent.link.send(kind, qrexec.build_trigger({qrexec.TRIGGER4: 4, qrexec.TRIGGER3: 3, qrexec.TRIGGER2: 2}[kind], 'x', qrexec.fixed('S', 32), 'a.B')[1])
        assert agent.link.ended() and daemon.wait(60) == 1, (version, kind)
    assert stage.client('vault').order('user:fine') == (9, 513)
    other.expect_order()


def an_agent_below_version_2_is_not_served(stage):
    daemon = stage.daemon(5, 'work')
    agent = qrexec.Agent(stage.vchan, 5, 1)
    agent.link = qrexec.accept(agent.waiting)
    agent.link.greet(1)
    assert agent.link.ended() and daemon.wait(60) == 1


def a_missing_agent_is_waited_for_as_long_as_it_was_said(stage):
    assert stage.daemon(5, 'work', QREXEC_STARTUP_TIMEOUT='1').wait(60) == 3


def a_request_is_put_to_policy_with_cleaned_names(stage):
    _, agent = served(stage)
    agent.request('per;sonal', 'a.B+x y', source='')
    assert agent.expect_answer() is None
    assert stage.policy.asked == [{'source': 'work', 'intended_target': 'per_sonal', 'service_and_arg': 'a.B+x_y'}]
    agent.request('', 'a.B', source='far')
    assert agent.expect_answer() is None
    assert stage.policy.asked[1] == {'source': 'work', 'intended_target': '', 'service_and_arg': 'a.B+', 'requested_source': 'far'}


def a_bad_request_is_refused_and_policy_does_not_hear_of_it(stage):
    _, agent = served(stage)
    ident = qrexec.fixed('SOCKET9', 32)
    for body in (bytes(64) + qrexec.fixed('x', 64) + ident + b'a.B', bytes(64) + qrexec.fixed('x', 64) + ident + b'a\0b\0',
                 bytes(64) + qrexec.fixed('x', 64) + ident + b'\0', bytes(64) + qrexec.fixed('x', 64) + ident + b'+b\0',
                 bytes(64) + b'x' * 64 + ident + b'a.B\0', bytes(64) + qrexec.fixed('x', 64) + bytes(32) + b'a.B\0',
                 bytes(64) + qrexec.fixed('x', 64) + b'a/b'.ljust(32, b'\0') + b'a.B\0', bytes(64) + qrexec.fixed('x', 64) + b'a' * 32 + b'a.B\0'):
        agent.link.send(qrexec.TRIGGER4, body)
        kind, told = agent.link.receive()
        assert (kind, told) == (qrexec.REFUSED, body[128:160]), body
    assert stage.policy.asked == []


def an_answer_of_policy_that_makes_no_sense_is_a_refusal(stage):
    _, agent = served(stage)
    for number, answer in enumerate(('', 'result=maybe\n', 'result=allow\n', DENY + 'user=x\n', allow('no/name'), allow('dom0'), allow('nobody'),
                                     allow('work', more='target=x\n'), 'x' * 5000)):
        stage.policy.answers[f'a.B+{number}'] = answer
        agent.request('x', f'a.B+{number}')
        assert agent.expect_answer() is None, answer


def without_a_policy_process_its_program_is_asked(stage):
    program = stage.folder / 'policy-program'
    program.write_text('#!/bin/sh\necho "$@" >>"$HOME/asked"\n[ "$4" = good.Service+ ] || exit 1\ncat "$HOME/answer"\n')
    program.chmod(0o755)
    (stage.folder / 'answer').write_text(allow('vault'))
    stage.daemon(5, 'work', '-p', str(program), QREXEC_POLICY_SOCKET=str(stage.folder / 'none'))
    agent = qrexec.Agent(stage.vchan, 5).accept()
    _, vault = served(stage, 9, 'vault')
    stage.socket_of('vault')
    agent.request('vault', 'bad.Service')
    assert agent.expect_answer() is None
    agent.request('vault', 'good.Service')
    order = vault.expect_order()
    assert order[1] == 5 and order[3] == 'person:QUBESRPC good.Service+ work', order
    assert agent.expect_answer() == (9, order[2])
    assert (stage.folder / 'asked').read_text() == '-- work vault bad.Service+\n-- work vault good.Service+\n'


def two_qubes_call_each_other_through_two_daemons(stage):
    _, work = served(stage, 5, 'work')
    _, vault = served(stage, 9, 'vault')
    stage.socket_of('vault')
    stage.policy.answers['a.B+c'] = allow('vault', user='root', more='service=z.Y+far+a.B+c\npolicy_source=far\n')
    work.request('vault', 'a.B+c')
    kind, caller, port, command = vault.expect_order()
    assert (kind, caller, command) == (qrexec.EXEC, 5, 'root:QUBESRPC z.Y+far+a.B+c far')
    assert work.expect_answer() == (9, port)
    vault.terminated(5, port)
    work.terminated(9, port)  # chosen by the other daemon: nothing to give back, and no violation
    assert stage.client('work').order('user:fine') == (5, 513)


# --- with our own agents: everything but the machine below is real

def a_service(stage, name, text):
    file = stage.folder / 'services' / name
    file.write_text('#!/bin/bash\n' + text)
    file.chmod(0o755)


def with_qubes(story):
    def run(stage):
        for domain, name in ((5, 'work'), (9, 'vault')):
            with open(stage.folder / f'daemon-{name}.log', 'ab') as log:
                stage.processes.append(subprocess.Popen(
                    [stage.build / 'services/qrexecd/vitrail-qrexecd', f'--socket-dir={stage.run}', '--', str(domain), name, 'user'],
                    env=stage.environment(domain), stdin=subprocess.DEVNULL, stdout=log, stderr=log))
            stage.agent(domain)
            stage.socket_of(name)
        story(stage)
    run.__name__ = story.__name__
    return run


@with_qubes
def a_call_carries_bytes_errors_and_exit_code_from_qube_to_qube(stage):
    a_service(stage, 'a.B', 'cat; echo "from $QREXEC_REMOTE_DOMAIN" >&2; exit 9')
    stage.policy.answers['a.B+'] = allow('vault')
    for size in (0, 1, 65536, 5_000_000):
        data = os.urandom(size)
        done = stage.call(5, 'vault', 'a.B', stdin=data)
        assert (done.stdout, done.stderr, done.returncode) == (data, b'from work\n', 9), (size, len(done.stdout), done.stderr, done.returncode)


@with_qubes
def a_denied_call_starts_nothing(stage):
    a_service(stage, 'a.B', f'touch {stage.folder}/started')
    done = stage.call(5, 'vault', 'a.B')
    assert (done.returncode, done.stderr) == (126, b'Request refused\n')
    assert not (stage.folder / 'started').exists()


@with_qubes
def sixty_calls_at_once_all_come_to_their_end(stage):
    a_service(stage, 'a.B', 'echo fine')
    stage.policy.answers['a.B+'] = allow('vault')
    calls = [subprocess.Popen([stage.build / 'agents/qrexec/qrexec-client-vm', 'vault', 'a.B'], env=stage.environment(5), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(60)]
    ends = [(*call.communicate(timeout=100), call.returncode) for call in calls]
    assert set(ends) == {(b'fine\n', b'', 0)}, ends


@with_qubes
def files_are_copied_from_qube_to_qube(stage):
    os.symlink(stage.build / 'agents/files/qfile-unpacker', stage.folder / 'services/qubes.Filecopy')
    stage.policy.answers['qubes.Filecopy+'] = allow('vault')
    tree = stage.folder / 'tree'
    (tree / 'sub').mkdir(parents=True)
    (tree / 'sub/file').write_bytes(os.urandom(1_000_000))
    done = stage.call(5, 'vault', 'qubes.Filecopy', stage.build / 'agents/files/qfile-agent', tree)
    assert done.returncode == 0, done
    assert (stage.folder / 'QubesIncoming/work/tree/sub/file').read_bytes() == (tree / 'sub/file').read_bytes()
    again = stage.call(5, 'vault', 'qubes.Filecopy', stage.build / 'agents/files/qfile-agent', tree)
    assert again.returncode != 0 and b'already in the incoming folder' in again.stderr, again
    stage.policy.answers['qubes.Filecopy+'] = DENY
    denied = stage.call(5, 'vault', 'qubes.Filecopy', stage.build / 'agents/files/qfile-agent', stage.folder / 'agent-5.log')
    assert (denied.returncode, denied.stderr) == (126, b'Request refused\n'), denied
    assert not (stage.folder / 'QubesIncoming/work/agent-5.log').exists()


@with_qubes
def a_killed_agent_comes_back_and_is_served_again(stage):
    a_service(stage, 'a.B', 'echo fine')
    stage.policy.answers['a.B+'] = allow('vault')
    old = next(one for one in stage.processes if one.args == [stage.build / 'agents/qrexec/vitrail-agent-qrexec'])
    old.kill()
    old.wait()
    stage.agent(5)
    qrexec.until(lambda: stage.call(5, 'vault', 'a.B').stdout == b'fine\n' or None, 'calls go on')


if __name__ == '__main__':
    sys.exit(stories.run('ProcessQrexecDaemon', sys.modules[__name__], lambda: Stage(sys.argv[1])))
