"""An independent client of the Qubes Admin API, written from the fact sheet alone: it shares nothing with lib/qube."""
import re
import socket


class AdminError(Exception):
    def __init__(self, kind, message):
        super().__init__(f'{kind}: {message}')
        self.kind = kind
        self.message = message


def request(destination, method, argument='', payload=b'', source='dom0'):
    """METHOD[+ARG] SRC DESTTYPE DEST NUL PAYLOAD."""
    target = 'keyword adminvm' if destination == 'dom0' else f'name {destination}'
    name = f'{method}+{argument}' if argument else method
    data = payload.encode() if isinstance(payload, str) else payload
    return f'{name} {source} {target}\0'.encode() + data


def connect(path, data, timeout=60):
    """A connection on which the request has been sent; the payload ends where our half does."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(path)
    try:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # dropped: the reply, or that there is none, says so
    return connection


def raw(path, data):
    """The bytes of a call, the bytes of its answer."""
    with connect(path, data) as connection:
        reply = b''
        try:
            while part := connection.recv(65536):
                reply += part
        except ConnectionResetError:
            pass
        return reply


def parse(reply):
    """The content of a reply; an AdminError for the exception in it. Empty: access was refused, or it failed inside."""
    if reply.startswith(b'0\0'):
        return reply[2:].decode()
    if reply.startswith(b'2\0') and reply.endswith(b'\0'):
        kind, traceback, text, *arguments = reply[2:-1].split(b'\0')
        if traceback:
            raise ValueError('a traceback without debugging')
        text = text.decode() % tuple(a.decode() for a in arguments) if arguments else text.decode()
        raise AdminError(kind.decode(), text)
    if not reply:
        raise AdminError('', 'no answer')
    raise ValueError('no reply of the API: %r' % reply[:80])


def call(path, destination, method, argument='', payload=b'', source='dom0'):
    return parse(raw(path, request(destination, method, argument, payload, source)))


def pairs(text):
    """key=value lines."""
    return dict(line.split('=', 1) for line in text.splitlines())


def prop(text):
    """default=… type=… VALUE as (is default, type, value)."""
    found = re.fullmatch(r'default=(True|False) type=(str|int|bool|vm|label) (.*)', text, re.S)
    if not found:
        raise ValueError('no property: %r' % text)
    return found[1] == 'True', found[2], found[3]


class Events:
    """A stream of events as (subject, name, {key: value})."""

    def __init__(self, path, destination, method='admin.Events'):
        self.connection = connect(path, request(destination, method))
        self.bytes = b''

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def next(self):
        """Waits for one whole event: 1 NUL SUBJECT NUL NAME NUL (KEY NUL VALUE NUL)* NUL."""
        while True:
            event = self._take()
            if event:
                return event
            part = self.connection.recv(65536)
            if not part:
                raise EOFError('the stream has ended')
            self.bytes += part

    def until(self, name, subject=None):
        """The next event of this name (and about this subject)."""
        while True:
            event = self.next()
            if event[1] == name and (subject is None or event[0] == subject):
                return event

    def _take(self):
        if len(self.bytes) < 2:
            return None
        if not self.bytes.startswith(b'1\0'):
            parse(self.bytes)
            raise ValueError('no event: %r' % self.bytes[:80])
        words, at = [], 2
        while True:
            end = self.bytes.find(b'\0', at)
            if end < 0:
                return None
            word, at = self.bytes[at:end].decode(), end + 1
            if len(words) >= 2 and len(words) % 2 == 0 and not word:
                break
            words.append(word)
        self.bytes = self.bytes[at:]
        return words[0], words[1], dict(zip(words[2::2], words[3::2]))
