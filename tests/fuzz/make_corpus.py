#!/usr/bin/env python3
"""Makes the seed corpus of the protocol's fuzz targets from the recordings: make_corpus.py CAPTURES CORPUS

Each file is a stream from its version on, with a slice of the recording's messages; no file is over 16 KiB.
"""
import lzma
import pathlib
import struct
import sys

captures, corpus = map(pathlib.Path, sys.argv[1:3])
LONGEST = 16384


def messages(stream, skip):
    head, rest, cut = stream[:skip], stream[skip:], []
    while len(rest) >= 12:
        length = struct.unpack_from('<III', rest)[2]
        if len(rest) < 12 + length:
            break
        cut.append(rest[:12 + length])
        rest = rest[12 + length:]
    return head, cut


for file in sorted(captures.glob('*.qpcap.xz')):
    data, at, streams = lzma.open(file).read(), 7, {0: b'', 1: b''}
    while at + 13 <= len(data):
        _, kind, length = struct.unpack_from('<QBI', data, at)
        if kind in streams:
            streams[kind] += data[at + 13:at + 13 + length]
        at += 13 + length
    for kind, target, skip in ((0, 'wire-agent', 4), (1, 'wire-daemon', 20), (0, 'guid-session', 4)):
        head, all_messages = messages(streams[kind], skip)
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for part, start in enumerate(range(0, max(len(all_messages), 1), 25)):
            body = b''.join(m for m in all_messages[start:start + 25] if len(m) < 4096)[:LONGEST]
            if target == 'guid-session':
                # The windows have to be there: every CREATE and MAP so far comes first.
                before = b''.join(m for m in all_messages[:start] if struct.unpack_from('<I', m)[0] in (130, 131, 132))
                body = (before + body)[:LONGEST]
            first = b'\x3f' if target == 'guid-session' else b''
            (folder / ('%s-%02d' % (file.name.split('.')[0], part))).write_bytes(first + head + body)
