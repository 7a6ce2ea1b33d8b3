#!/usr/bin/env python3
"""Our qrexec agent and qrexec-client-vm against a daemon in Python that shares nothing with them.

usage: process_qrexec_agent.py BUILD
"""
import os
import pathlib
import resource
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qrexec_peer as qrexec  # noqa: E402
import stories  # noqa: E402

DOMAIN = 5


class Stage:
    """One agent with folders of its own."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='vr-'))
        for name in ('vchan', 'services', 'more', 'config'):
            (self.folder / name).mkdir()
        self.vchan = self.folder / 'vchan'
        self.socket = str(self.folder / 'agent.sock')
        with open(self.folder / 'log', 'wb') as log:
            self.agent = subprocess.Popen([self.build / 'agents/qrexec/vitrail-agent-qrexec'], env=self.environment(),
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def __exit__(self, *ignored):
        self.agent.kill()
        self.agent.wait()
        self.said = (self.folder / 'log').read_text(errors='replace')
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        return self.said

    def environment(self):
        return {'PATH': os.environ['PATH'], 'LANG': 'C.UTF-8', 'HOME': str(self.folder), 'USER': 'user', 'SHELL': '/bin/bash',
                'VCHAN_DOMAIN': str(DOMAIN), 'VCHAN_SOCKET_DIR': str(self.vchan), 'QREXEC_AGENT_SOCKET': self.socket,
                'QREXEC_SERVICE_PATH': f'{self.folder}/services:{self.folder}/more', 'QUBES_RPC_CONFIG_PATH': f'{self.folder}/config'}

    def daemon(self, version=4):
        return qrexec.Daemon(self.vchan, DOMAIN, version)

    def service(self, name, text, folder='services'):
        file = self.folder / folder / name
        file.write_text('#!/bin/bash\n' + text)
        file.chmod(0o755)

    def client(self, *words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE):
        qrexec.until(lambda: os.path.exists(self.socket) or None, 'the agent listens')
        return subprocess.Popen([self.build / 'agents/qrexec/qrexec-client-vm', *words], env=self.environment(),
                                stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)


def a_command_runs_with_its_streams_and_exit_code(stage):
    daemon = stage.daemon()
    assert daemon.agent_version == 4
    for size in (0, 1, 4096, 65536, 65537, 3_000_000):
        data = os.urandom(size)
        result = daemon.run('user:cat; echo failed >&2; exit 7', data)
        assert (result.out, result.err, result.code) == (data, b'failed\n', 7), (size, len(result.out), result.err, result.code)
        assert result.order[-1] == qrexec.EXIT and sorted(result.order) == [qrexec.STDOUT, qrexec.STDERR, qrexec.EXIT], result.order


def a_program_that_a_signal_ends_has_128_and_its_number(stage):
    assert stage.daemon().run('user:kill -9 $$').code == 137


def a_program_need_not_read_its_input(stage):
    result = stage.daemon().run('user:echo done', os.urandom(2_000_000))
    assert (result.out, result.code) == (b'done\n', 0)


def an_old_daemon_gets_small_pieces(stage):
    daemon = stage.daemon(version=2)
    result = daemon.run('user:head -c 100000 /dev/zero; cat', b'x' * 9000)
    assert result.out == bytes(100000) + b'x' * 9000 and result.code == 0


def a_service_is_found_by_its_argument_first_and_knows_who_calls(stage):
    show = 'echo "$0|$#|$1|$QREXEC_SERVICE_FULL_NAME|$QREXEC_SERVICE_ARGUMENT|$QREXEC_REMOTE_DOMAIN|$QREXEC_REQUESTED_TARGET_TYPE|$QREXEC_REQUESTED_TARGET$QREXEC_REQUESTED_TARGET_KEYWORD"'
    for name, folder in (('a.B', 'services'), ('a.B+x', 'more'), ('a.B+', 'services'), ('c.D', 'more')):
        stage.service(name, show, folder)
    daemon = stage.daemon()

    def ran(line):
        result = daemon.run('user:QUBESRPC ' + line)
        assert result.code == 0, (result.code, result.err)
        return result.out.decode().strip().replace(str(stage.folder), '')
    assert ran('a.B+x work') == '/more/a.B+x|1|x|a.B+x|x|work||'
    assert ran('a.B+y work') == '/services/a.B|1|y|a.B+y|y|work||'
    assert ran('a.B+ work') == '/services/a.B+|0||a.B+||work||'
    assert ran('c.D work keyword dispvm') == '/more/c.D|0||c.D+||work|keyword|dispvm'
    assert ran('c.D+z dom0 name work') == '/more/c.D|1|z|c.D+z|z|dom0|name|work'


def what_cannot_run_is_said_with_its_code(stage):
    (stage.folder / 'services/no.Program').write_text('text')
    stage.service('bad.Config', 'true')
    (stage.folder / 'config/bad.Config').write_text('wait-for-session = maybe\n')
    daemon = stage.daemon()
    for line, code in (('user:QUBESRPC no.Service work', 127), ('user:QUBESRPC no.Program work', 125), ('user:QUBESRPC bad.Config work', 125),
                       ('root:true', 125), ('nonsense', 125), ('user:QUBESRPC a/b work', 125), ('user:no-such-command-at-all', 127)):
        result = daemon.run(line)
        assert (result.code, result.out) == (code, b''), (line, result.code, result.err)


def the_shipped_services_run_what_they_are_told(stage):
    shutil.copy(pathlib.Path(__file__).resolve().parents[2] / 'agents/qrexec/rpc/qubes.VMShell', stage.folder / 'services')
    os.symlink('/dev/exec', stage.folder / 'services/qubes.VMExec')
    os.symlink(stage.build / 'agents/files/qfile-unpacker', stage.folder / 'services/qubes.Filecopy')
    daemon = stage.daemon()
    result = daemon.run('user:QUBESRPC qubes.VMShell+ dom0', b'read line; echo "<$line>"; exit 4\nthe rest\n')
    assert (result.out, result.code) == (b'<the rest>\n', 4)
    result = daemon.run('user:QUBESRPC qubes.VMExec+printf+-25s.-25s-0A+a-20b+--c dom0')
    assert (result.out, result.code) == (b'a b.-c\n', 0), result.out
    result = daemon.run('user:QUBESRPC qubes.VMExec+no-2Fsuch dom0')
    assert (result.code, result.err) == (127, b'no/such: No such file or directory\n'), result.err
    (stage.folder / 'services/plain').write_text('no program')
    plain = str(stage.folder / 'services/plain').replace('-', '--').replace('/', '-2F')
    assert daemon.run(f'user:QUBESRPC qubes.VMExec+{plain} dom0').code == 126
    assert daemon.run('user:QUBESRPC qubes.VMExec+bad-escape dom0').code == 1
    assert daemon.run('user:QUBESRPC qubes.VMExec+ dom0').code == 1
    stream = qrexec.entry('letter', 0o100600, b'hello') + qrexec.END
    result = daemon.run('user:QUBESRPC qubes.Filecopy+ work', stream)
    assert qrexec.parse_result(result.out)[0] == 0 and result.code == 0
    assert (stage.folder / 'QubesIncoming/work/letter').read_text() == 'hello'


def a_program_that_nobody_waits_for_runs_on(stage):
    daemon = stage.daemon()
    result = daemon.run(f'user:echo now; sleep 1; echo later > {stage.folder}/made', kind=qrexec.JUST_EXEC)
    assert (result.code, result.out) == (0, b'')
    qrexec.until(lambda: (stage.folder / 'made').exists() or None, 'the program went on')


def a_socket_is_told_who_calls_and_gets_the_streams(stage):
    path = stage.folder / 'services/to.Socket'
    waiting = socket.socket(socket.AF_UNIX)
    waiting.bind(str(path))
    waiting.listen(4)
    waiting.settimeout(qrexec.SECONDS)
    daemon = stage.daemon()
    for config, told in (('', b'to.Socket+x work\0'), ('skip-service-descriptor = true\n', b'')):
        (stage.folder / 'config/to.Socket').write_text(config)
        port = daemon.port()
        end = qrexec.CallerEnd(stage.vchan, 0, DOMAIN, port)
        daemon.order('user:QUBESRPC to.Socket+x work', port=port)
        end.begin()
        end.give(b'question')
        end.end_input()
        service = qrexec.Link(waiting.accept()[0])
        assert service.read(len(told) + 8) == told + b'question' and service.ended()
        service.socket.sendall(b'answer')
        service.close()
        result = end.collect()
        assert (result.out, result.code) == (b'answer', 0)
        end.link.close()
        daemon.expect_terminated(0, port)


def a_service_waits_for_the_session_where_its_file_says_so(stage):
    session = stage.folder / 'session'
    os.mkfifo(session)
    stage.service('qubes.WaitForSession', f'read line < {session}; echo "$line" > {stage.folder}/came')
    stage.service('a.Window', f'cat {stage.folder}/came')
    (stage.folder / 'config/a.Window').write_text('wait-for-session = 1\n')
    daemon = stage.daemon()
    port = daemon.port()
    end = qrexec.CallerEnd(stage.vchan, 0, DOMAIN, port)
    daemon.order('user:QUBESRPC a.Window work', port=port)
    assert daemon.run('user:echo meanwhile').out == b'meanwhile\n'
    session.write_text('after\n')
    end.begin()
    assert end.collect().out == b'after\n'


def many_calls_go_on_at_once(stage):
    daemon = stage.daemon()
    ends = []
    for i in range(150):
        end = qrexec.CallerEnd(stage.vchan, 0, DOMAIN, 513 + i)
        daemon.order('user:nogui:cat', port=513 + i)
        ends.append(end)
    for end in ends:
        end.begin()
    for i, end in reversed(list(enumerate(ends))):
        end.give(f'number {i}\n'.encode())
        end.end_input()
    for i, end in enumerate(ends):
        result = end.collect()
        assert (result.out, result.code) == (f'number {i}\n'.encode(), 0), i
        end.link.close()


def a_caller_that_does_not_read_costs_no_memory(stage):
    daemon = stage.daemon()
    port = daemon.port()
    end = qrexec.CallerEnd(stage.vchan, 0, DOMAIN, port)
    daemon.order('user:head -c 300000000 /dev/zero', port=port)
    end.begin()
    assert daemon.run('user:echo still here').out == b'still here\n'
    assert peak_kib(stage.agent.pid) < 50_000
    end.end_input()
    got = 0
    while True:
        kind, body = end.link.receive()
        if kind == qrexec.EXIT:
            break
        got += len(body)
    assert got == 300_000_000 and peak_kib(stage.agent.pid) < 50_000


def peak_kib(pid):
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmHWM'):
            return int(line.split()[1])
    raise AssertionError('no VmHWM')


def a_call_that_breaks_the_protocol_ends_and_no_other(stage):
    daemon = stage.daemon()
    for bad in (struct.pack('<II', 0x190, 65537), struct.pack('<II', 7, 0), struct.pack('<III', qrexec.HELLO, 4, 4),
                struct.pack('<II', qrexec.EXEC, 9), struct.pack('<II', 0xffffffff, 0xffffffff)):
        port = daemon.port()
        end = qrexec.CallerEnd(stage.vchan, 0, DOMAIN, port)
        daemon.order('user:cat', port=port)
        end.begin()
        end.link.socket.sendall(bad)
        while True:
            try:
                end.link.receive()
            except qrexec.Broken:
                break
        daemon.expect_terminated(0, port)
    assert daemon.run('user:echo fine').out == b'fine\n'


def a_daemon_that_breaks_the_protocol_is_left_and_a_new_one_taken(stage):
    for bad in (b'', struct.pack('<II', 7, 0), struct.pack('<III', qrexec.HELLO, 4, 1), struct.pack('<II', qrexec.EXEC, 8) + bytes(8),
                struct.pack('<II', qrexec.EXEC, 70000), struct.pack('<II', qrexec.CONNECT, 8) + bytes(8), struct.pack('<II', qrexec.TRIGGER4, 162)):
        daemon = stage.daemon()
        daemon.link.socket.sendall(bad)
        if bad:
            assert daemon.link.ended(), bad
        daemon.link.close()
    assert stage.daemon().run('user:echo fine').out == b'fine\n'


def calls_outlive_their_daemon(stage):
    daemon = stage.daemon()
    end = qrexec.CallerEnd(stage.vchan, 0, DOMAIN, 700)
    daemon.order('user:cat', port=700)
    end.begin()
    daemon.link.close()
    assert stage.daemon().run('user:echo fine').out == b'fine\n'
    end.give(b'still')
    end.end_input()
    assert end.collect().out == b'still'


# --- calls from inside

def serve_request(stage, daemon, answer=b'', err=b'', code=0, peer=9):
    """Allows the next request, serves it as domain 9; the request and what it was given."""
    source, target, ident, service = daemon.expect_request()
    daemon.allow(ident, peer, 600)
    end = qrexec.ServiceEnd(stage.vchan, DOMAIN, peer, 600)
    given = end.read_input()
    end.answer(answer, err, code)
    return (source, target, service), given


def a_request_is_handed_on_and_its_call_carried(stage):
    daemon = stage.daemon()
    data = os.urandom(500_000)
    (stage.folder / 'input').write_bytes(data)
    with open(stage.folder / 'input', 'rb') as given_in:
        client = stage.client('personal', 'a.B+c', stdin=given_in)
    request, given = serve_request(stage, daemon, b'answer', b'complaint', 3)
    out, err = client.communicate(timeout=60)
    assert (request, given) == (('', 'personal', 'a.B+c'), data)
    assert (out, err, client.returncode) == (b'answer', b'complaint', 3)
    daemon.expect_terminated(9, 600)


def a_request_has_the_form_of_the_daemons_version(stage):
    for version in (2, 3, 4):
        daemon = stage.daemon(version)
        client = stage.client('', 'a.B')
        request, _ = serve_request(stage, daemon)
        assert request == ('', '@default', 'a.B'), (version, request)
        assert client.wait(60) == 0
        daemon.link.close()


def a_refused_request_ends_with_126(stage):
    daemon = stage.daemon()
    client = stage.client('$dispvm', 'a.B')
    _, target, ident, _ = daemon.expect_request()
    assert target == '@dispvm'
    daemon.refuse(ident)
    _, err = client.communicate(timeout=60)
    assert (client.returncode, err) == (126, b'Request refused\n')


def a_request_waits_for_the_daemon(stage):
    client = stage.client('personal', 'a.B')
    request, _ = serve_request(stage, stage.daemon(), b'at last')
    assert request[1] == 'personal' and client.communicate(timeout=60)[0] == b'at last'


def a_program_of_ours_gets_the_connection(stage):
    daemon = stage.daemon()
    client = stage.client('personal', 'a.B', '/bin/bash', '-c', 'echo question; exec >&-; read answer; echo "$answer" >&$SAVED_FD_1')
    _, given = serve_request(stage, daemon, b'forty-two\n')
    out, _ = client.communicate(timeout=60)
    assert (given, out) == (b'question\n', b'forty-two\n')


def prefix_filter_and_relayed_source_are_as_asked(stage):
    daemon = stage.daemon()
    client = stage.client('-t', '-p', 'first ', '-s', 'far', 'personal', 'a.B', stdin=subprocess.DEVNULL)
    request, given = serve_request(stage, daemon, b'\x1b[31mred\xff\n')
    out, _ = client.communicate(timeout=60)
    assert request[0] == 'far' and given == b'first ' and out == b'_[31mred_\n', (request, given, out)


def a_connection_lost_without_an_exit_code_is_an_error(stage):
    daemon = stage.daemon()
    client = stage.client('personal', 'a.B')
    _, _, ident, _ = daemon.expect_request()
    daemon.allow(ident, 9, 601)
    end = qrexec.ServiceEnd(stage.vchan, DOMAIN, 9, 601)
    end.link.send(qrexec.STDOUT, b'half')
    end.link.close()
    out, _ = client.communicate(timeout=60)
    assert (out, client.returncode) == (b'half', 125)


def rubbish_on_the_agents_socket_ends_that_connection_only(stage):
    daemon = stage.daemon()
    qrexec.until(lambda: os.path.exists(stage.socket) or None, 'the agent listens')
    for bad in (struct.pack('<II', qrexec.HELLO, 4) + bytes(4), struct.pack('<II', qrexec.TRIGGER4, 10), struct.pack('<II', qrexec.TRIGGER3, 98) + bytes(98),
                struct.pack('<II', qrexec.TRIGGER4, 70000)):
        one = socket.socket(socket.AF_UNIX)
        one.connect(stage.socket)
        link = qrexec.Link(one)
        one.sendall(bad)
        assert link.ended(), bad
    assert daemon.run('user:echo fine').out == b'fine\n'


if __name__ == '__main__':
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    sys.exit(stories.run('ProcessQrexecAgent', sys.modules[__name__], lambda: Stage(sys.argv[1])))
