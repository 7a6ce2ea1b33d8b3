"""qrexec and qfile in Python: a second implementation that shares nothing with ours, for tests of both directions.

Written from the facts on the wire alone: messages of protocols 2 to 4 over the socket vchan, and the stream of copied files.
"""
import os
import pathlib
import socket
import struct
import time
import zlib

CONTROL, FIRST_PORT, LAST_PORT = 512, 513, 768
STDIN, STDOUT, STDERR, EXIT = 0x190, 0x191, 0x192, 0x193
EXEC, JUST_EXEC, CONNECT, REFUSED = 0x200, 0x201, 0x202, 0x203
TRIGGER2, TERMINATED, TRIGGER3, TRIGGER4, HELLO = 0x210, 0x211, 0x212, 0x213, 0x300
SECONDS = 60  # until a peer that says nothing is a failure


class Broken(Exception):
    """The peer ended the connection, or said what it may not."""


def until(attempt, what):
    """Calls until it gives something; for what another process is about to make."""
    deadline = time.monotonic() + SECONDS
    while (found := attempt()) is None:
        if time.monotonic() > deadline:
            raise AssertionError('it never came to that: ' + what)
        time.sleep(0.002)
    return found


class Link:
    """A stream of messages over a connected socket."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(SECONDS)

    def close(self):
        self.socket.close()

    def read(self, count):
        parts = b''
        while len(parts) < count:
            try:
                part = self.socket.recv(count - len(parts))
            except ConnectionResetError:
                part = b''
            if not part:
                raise Broken(f'the end after {len(parts)} of {count} bytes')
            parts += part
        return parts

    def send(self, kind, body=b''):
        self.socket.sendall(struct.pack('<II', kind, len(body)) + body)

    def receive(self):
        kind, length = struct.unpack('<II', self.read(8))
        assert length <= 65536, length
        return kind, self.read(length)

    def greet(self, version):
        self.send(HELLO, struct.pack('<I', version))

    def expect_hello(self):
        kind, body = self.receive()
        assert kind == HELLO and len(body) == 4, (kind, body)
        return struct.unpack('<I', body)[0]

    def ended(self):
        """Whether the peer has closed and said nothing more."""
        try:
            return self.socket.recv(1) == b''
        except ConnectionResetError:
            return True


def path_of(folder, server, client, port):
    return str(pathlib.Path(folder) / f'vchan.{server}.{client}.{port}.sock')


def listen(folder, server, client, port):
    path = path_of(folder, server, client, port)
    pathlib.Path(path).unlink(missing_ok=True)
    waiting = socket.socket(socket.AF_UNIX)
    waiting.bind(path)
    waiting.listen(1)
    waiting.settimeout(SECONDS)
    return waiting


def accept(waiting):
    connection, _ = waiting.accept()
    name = waiting.getsockname()
    waiting.close()
    pathlib.Path(name).unlink(missing_ok=True)
    return Link(connection)


def connect(folder, server, client, port):
    """As a vchan client: tries until the server is there."""
    path = path_of(folder, server, client, port)

    def attempt():
        one = socket.socket(socket.AF_UNIX)
        try:
            one.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            one.close()
            return None
        return Link(one)
    return until(attempt, 'a server at ' + path)


def fixed(text, size):
    raw = text.encode()
    assert len(raw) < size, text
    return raw.ljust(size, b'\0')


def c_string(field):
    return field[:field.index(b'\0')].decode()


def parse_trigger(kind, body):
    """Source, target, ident and service of a request in any of its forms."""
    if kind == TRIGGER2:
        assert len(body) == 128, len(body)
        return '', c_string(body[64:96]), body[96:128], c_string(body[:64])
    if kind == TRIGGER3:
        assert body[-1:] == b'\0' and body.count(b'\0', 96) == 1
        return '', c_string(body[:64]), body[64:96], body[96:-1].decode()
    assert kind == TRIGGER4 and body[-1:] == b'\0' and body.count(b'\0', 160) == 1, kind
    return c_string(body[:64]), c_string(body[64:128]), body[128:160], body[160:-1].decode()


def build_trigger(version, target, ident, service, source=''):
    if version == 2:
        return TRIGGER2, fixed(service, 64) + fixed(target, 32) + ident
    if version == 3:
        return TRIGGER3, fixed(target, 64) + ident + service.encode() + b'\0'
    return TRIGGER4, fixed(source, 64) + fixed(target, 64) + ident + service.encode() + b'\0'


class Result:
    """What a call came to."""

    def __init__(self):
        self.out, self.err, self.code = b'', b'', None
        self.order = []  # of ends


class CallerEnd:
    """The caller's end of one call: serves its channel."""

    def __init__(self, folder, own, peer, port, version=4):
        self.version = version
        self.chunk = 4096 if version < 3 else 65536
        self.waiting = listen(folder, own, peer, port)
        self.link = None

    def begin(self):
        self.link = accept(self.waiting)
        self.link.greet(self.version)
        self.peer_version = self.link.expect_hello()
        return self

    def give(self, data):
        for at in range(0, len(data), self.chunk):
            self.link.send(STDIN, data[at:at + self.chunk])

    def end_input(self):
        self.link.send(STDIN)

    def collect(self, result=None):
        """Reads to the exit code."""
        result = result or Result()
        while result.code is None:
            kind, body = self.link.receive()
            if kind in (STDOUT, STDERR):
                assert len(body) <= self.chunk, len(body)
                if not body:
                    result.order.append(kind)
                elif kind == STDOUT:
                    assert STDOUT not in result.order
                    result.out += body
                else:
                    result.err += body
            else:
                assert kind == EXIT and len(body) == 4, (kind, body)
                result.code = struct.unpack('<i', body)[0]
                result.order.append(kind)
        return result

    def call(self, data=b''):
        """The whole call; input is given from another process so that neither side waits for the other."""
        self.begin()
        giver = os.fork()
        if giver == 0:
            try:
                self.give(data)
                self.end_input()
            except OSError:
                pass  # a service need not read its input
            os._exit(0)
        result = self.collect()
        os.waitpid(giver, 0)
        self.link.close()
        return result


class ServiceEnd:
    """The service's end of one call: connects to the caller's channel."""

    def __init__(self, folder, caller, own, port, version=4):
        self.link = connect(folder, caller, own, port)
        self.chunk = 4096 if version < 3 else 65536
        self.link.greet(version)
        self.peer_version = self.link.expect_hello()

    def read_input(self):
        data = []
        while True:
            kind, body = self.link.receive()
            assert kind == STDIN, kind
            if not body:
                return b''.join(data)
            assert len(body) <= self.chunk
            data.append(body)

    def answer(self, out=b'', err=b'', code=0):
        for kind, text in ((STDERR, err), (STDOUT, out)):
            for at in range(0, len(text), self.chunk):
                self.link.send(kind, text[at:at + self.chunk])
            self.link.send(kind)
        self.link.send(EXIT, struct.pack('<i', code))


class Daemon:
    """The daemon of one qube: talks to its agent. Calls of the GUI domain come from here too."""

    def __init__(self, folder, domain, version=4):
        self.folder, self.domain = folder, domain
        self.next_port = FIRST_PORT
        self.version = version
        self.link = connect(folder, domain, 0, CONTROL)
        self.agent_version = self.link.expect_hello()
        self.link.greet(version)

    def order(self, command, kind=EXEC, caller=0, port=None):
        """Tells the agent to run a command for a caller that serves this port."""
        self.link.send(kind, struct.pack('<II', caller, port) + command.encode() + b'\0')

    def port(self):
        self.next_port += 1
        return self.next_port - 1

    def run(self, command, data=b'', kind=EXEC):
        port = self.port()
        end = CallerEnd(self.folder, 0, self.domain, port, self.version)
        self.order(command, kind, 0, port)
        result = end.call(data)
        self.expect_terminated(0, port)
        return result

    def expect_terminated(self, caller, port):
        kind, body = self.link.receive()
        assert (kind, body) == (TERMINATED, struct.pack('<II', caller, port)), (kind, body)

    def expect_request(self):
        return parse_trigger(*self.link.receive())

    def refuse(self, ident):
        self.link.send(REFUSED, ident)

    def allow(self, ident, domain, port):
        self.link.send(CONNECT, struct.pack('<II', domain, port) + ident)


class Agent:
    """The agent of one qube: its daemon connects here."""

    def __init__(self, folder, domain, version=4):
        self.folder, self.domain, self.version = folder, domain, version
        self.waiting = listen(folder, domain, 0, CONTROL)
        self.link = None

    def accept(self):
        self.link = accept(self.waiting)
        self.link.greet(self.version)
        self.agreed = self.link.expect_hello()
        return self

    def expect_order(self):
        """Kind, domain, port and command of the next order."""
        kind, body = self.link.receive()
        assert kind in (EXEC, JUST_EXEC) and body[-1:] == b'\0', (kind, body)
        return (kind, *struct.unpack('<II', body[:8]), body[8:-1].decode())

    def serve(self, caller, port):
        return ServiceEnd(self.folder, caller, self.domain, port, self.version)

    def terminated(self, caller, port):
        self.link.send(TERMINATED, struct.pack('<II', caller, port))

    def request(self, target, service, ident='SOCKET9', source=''):
        self.link.send(*build_trigger(min(self.version, 4), target, fixed(ident, 32), service, source))

    def expect_answer(self):
        """Domain and port of a request that was allowed; None for one that was refused."""
        kind, body = self.link.receive()
        if kind == REFUSED:
            assert len(body) == 32
            return None
        assert kind == CONNECT and len(body) == 40, (kind, body)
        return struct.unpack('<II', body[:8])


class DaemonClient:
    """A client of the GUI domain on a daemon's socket."""

    def __init__(self, path, version=3):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(path))
        self.link = Link(connection)
        self.version = self.link.expect_hello()
        self.link.greet(version)

    def order(self, command, kind=EXEC, caller=0, port=0):
        self.link.send(kind, struct.pack('<II', caller, port) + command.encode() + b'\0')
        answer, body = self.link.receive()
        assert answer == kind and len(body) == 8, (answer, body)
        return struct.unpack('<II', body)


# --- qfile

def entry(name, mode, content=b'', times=(1, 0, 2, 0), length=None):
    raw = name if isinstance(name, bytes) else name.encode()
    return struct.pack('<IIQIIII', len(raw) + 1, mode, len(content) if length is None else length, *times) + raw + b'\0' + content


END = bytes(32)


def pack_tree(root):
    """The stream of a file or folder and its checksum."""
    root = pathlib.Path(root)
    parts = []

    def add(path):
        status = path.lstat()
        times = (int(status.st_atime), status.st_atime_ns % 10**9, int(status.st_mtime), status.st_mtime_ns % 10**9)
        name = str(path.relative_to(root.parent))
        if path.is_symlink():
            parts.append(entry(name, status.st_mode, os.fsencode(os.readlink(path)), times))
        elif path.is_dir():
            parts.append(entry(name, status.st_mode, b'', times))
            for one in sorted(path.iterdir()):
                add(one)
            parts.append(entry(name, status.st_mode, b'', times))
        else:
            parts.append(entry(name, status.st_mode, path.read_bytes(), times))
    add(root)
    stream = b''.join(parts) + END
    return stream, zlib.crc32(stream)


def unpack(stream):
    """Every entry of a stream as (name, mode, content, mtime), and its checksum. Refuses rubbish."""
    entries, at = [], 0
    while True:
        length, mode, size, _, _, mtime, mtime_ns = struct.unpack_from('<IIQIIII', stream, at)
        at += 32
        if length == 0:
            assert at == len(stream), 'something after the end'
            return entries, zlib.crc32(stream)
        raw = stream[at:at + length]
        assert raw[-1:] == b'\0' and b'\0' not in raw[:-1], raw
        at += length
        entries.append((raw[:-1].decode(), mode, stream[at:at + size], mtime * 10**9 + mtime_ns))
        at += size


def parse_result(answer):
    """Code, checksum and last name of a receiver's answer."""
    code, pad, crc = struct.unpack_from('<iIQ', answer)
    assert pad == 0 and crc < 2**32
    if len(answer) == 16:
        return code, crc, None
    length, = struct.unpack_from('<I', answer, 16)
    assert len(answer) == 20 + length
    return code, crc, answer[20:]
