"""An independent client of the Qubes Admin API, written from the fact sheet alone."""
import socket


class AdminError(Exception):
    def __init__(self, kind, message):
        super().__init__(f'{kind}: {message}')
        self.kind = kind


def raw(path, request):
    """The bytes of a call, the bytes of its answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b''.join(iter(lambda: connection.recv(65536), b''))


def call(path, destination, method, argument='', payload=b'', source='dom0'):
    target = 'keyword adminvm' if destination == 'dom0' else f'name {destination}'
    name = f'{method}+{argument}' if argument else method
    reply = raw(path, f'{name} {source} {target}\0'.encode() + payload)
    if reply.startswith(b'0\0'):
        return reply[2:].decode()
    if reply.startswith(b'2\0'):
        kind, _, text, *arguments = reply[2:].split(b'\0')[:-1]
        raise AdminError(kind.decode(), text.decode() % tuple(a.decode() for a in arguments))
    raise AdminError('PermissionDenied', 'no answer' if not reply else repr(reply))
