"""A VNC viewer: what the screen shows, and keys (RFB 3.8, RFC 6143)."""
import socket
import struct


class Viewer:
    """Connected to 127.0.0.1:port without a password; pixels come raw, 32 bits, blue first."""

    def __init__(self, port):
        self._socket = socket.create_connection(('127.0.0.1', port), timeout=30)
        assert self._take(12) == b'RFB 003.008\n'
        self._socket.sendall(b'RFB 003.008\n')
        kinds = self._take(self._take(1)[0])
        assert 1 in kinds, f'no way in without a password: {list(kinds)}'
        self._socket.sendall(b'\1')
        assert self._take(4) == bytes(4)
        self._socket.sendall(b'\1')
        self.width, self.height = struct.unpack('>HH', self._take(4))
        self._take(16)
        self.name = self._take(struct.unpack('>I', self._take(4))[0]).decode()
        self._socket.sendall(struct.pack('>BxxxBBBBHHHBBBxxx', 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
        self._socket.sendall(struct.pack('>BxHi', 2, 1, 0))

    def _take(self, count):
        data = b''
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            assert more, 'the server closed the connection'
            data += more
        return data

    def picture(self):
        """The whole screen now, as rows of 4 bytes a pixel: blue, green, red, unused."""
        self._socket.sendall(struct.pack('>BBHHHH', 3, 0, 0, 0, self.width, self.height))
        screen = bytearray(self.width * self.height * 4)
        seen = 0
        while seen < self.width * self.height:
            kind = self._take(1)[0]
            if kind == 2:
                continue  # a bell
            if kind == 3:
                self._take(3)
                self._take(struct.unpack('>I', self._take(4))[0])
                continue
            assert kind == 0, kind
            self._take(1)
            for _ in range(struct.unpack('>H', self._take(2))[0]):
                x, y, width, height, encoding = struct.unpack('>HHHHi', self._take(12))
                assert encoding == 0, encoding
                for row in range(y, y + height):
                    at = (row * self.width + x) * 4
                    screen[at:at + width * 4] = self._take(width * 4)
                seen += width * height
        return bytes(screen)

    def count(self, red, green, blue):
        """How many pixels have exactly this colour now."""
        want = bytes((blue, green, red))
        screen = self.picture()
        return sum(screen[at:at + 3] == want for at in range(0, len(screen), 4))

    def type(self, text):
        """Presses and releases a key for each character."""
        for character in text:
            symbol = 0xff0d if character == '\n' else ord(character)
            for down in (1, 0):
                self._socket.sendall(struct.pack('>BBxxI', 4, down, symbol))
