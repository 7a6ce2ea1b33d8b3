#!/usr/bin/env python3
"""Lines of code (without blanks and comments) per level of trust."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEVELS = [
    ('reads a qube\'s bytes, before they are checked', ['lib/wire/framing', 'lib/wire/parse', 'lib/base', 'lib/qrexec', 'lib/formats']),
    ('reads a qube\'s bytes, sandboxed (guid)', ['guid', 'lib/wire/build', 'lib/wire/types', 'lib/wire/message', 'lib/wire/trace', 'lib/wire/violation']),
    ('reads a qube\'s pictures, sandboxed, a process a picture', ['images']),
    ('holds what is copied between qubes, sandboxed', ['clipboard']),
    ('trusted: draws frames, routes input', ['compositor', 'lib/paint']),
    ('shows and acts on qubes, in the user\'s name', ['panel', 'launcher', 'tools/prompt', 'lib/ui']),
    ('trusted: decides who is who', ['services/sessiond', 'lib/os', 'lib/transport']),
    ('root, where root starts it', ['services/root_launcher']),
    ('calls between qubes: policy, daemons, sandboxed readers', ['services/qrexecd', 'services/notifications', 'lib/call']),
    ('keeps and starts the qubes', ['services/qubesd', 'lib/qube']),
    ('owns the network of the local host\'s qubes', ['services/network']),
    ('outside every qube, one per qube', ['services/keeper']),
    ('in the qube: not trusted', ['agents']),
    ('the user\'s own tools', ['tools/ctl', 'tools/qvm']),
    ('tests', ['tests']),
]


def lines(path):
    text = re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.S)
    return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith('//'))


total = 0
for what, starts in LEVELS:
    count = sum(lines(p) for e in ('cpp', 'hpp') for p in ROOT.rglob('*.' + e)
                if any(p.relative_to(ROOT).as_posix().startswith(s) for s in starts))
    total += count
    print('%6d  %s' % (count, what))
print('%6d  in all' % total)
