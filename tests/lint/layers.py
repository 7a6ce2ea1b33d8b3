#!/usr/bin/env python3
"""Who may include whom: the dependency rules of ARCHITECTURE.md. Prints each offence, exits 1 on any."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else '.').resolve()
# An area is a folder whose headers only it and those listed may include (the first match counts).
ALLOWED = [
    ('lib/base', []),
    ('lib/wire', ['lib/base']), ('lib/qrexec', ['lib/base']), ('lib/formats', ['lib/base']),
    ('lib/os', ['lib/base']),
    ('lib/transport', ['lib/base', 'lib/os', 'lib/wire']),
    ('lib/call', ['lib/base', 'lib/os', 'lib/qrexec', 'lib/transport']),
    ('lib/qube', ['lib/base', 'lib/os', 'lib/qrexec']),
    ('lib/paint', ['lib/base']),
    ('lib/ui', ['lib']),
    ('compositor', ['lib']), ('guid', ['lib']), ('panel', ['lib']), ('launcher', ['lib']),
    ('clipboard', ['lib']), ('images', ['lib']), ('audio', ['lib']),
    (r'agents/\w+', ['lib']), (r'services/\w+', ['lib']), (r'tools/\w+', ['lib']),
    ('tests', ['lib', 'compositor', 'guid', 'panel', 'launcher', 'agents/gui', 'clipboard', 'images', 'services', 'tools']),
]
# System headers that stand in few places.
CONFINED = [
    (r'wlr/', r'(compositor|agents/gui)/wlr\.hpp'),
    (r'(xen|libxen|libxl|xenstore)', r'lib/transport/.*|services/qubesd/xen_.*'),
    (r'(png|jpeglib|webp/decode)\.h', r'images/.*|tests/.*'),
    (r'(pipewire|spa)/', r'(audio|agents/audio)/.*'),
    (r'(gtk|gtkmm|gtk4-layer-shell|gdk|glibmm)\b', r'(lib/ui|panel|launcher|tools/(prompt|settings|manager))/.*'),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def area(path):
    return next((m.group(0), may) for pattern, may in ALLOWED
                if (m := re.match(pattern + r'(?=/)', path)))


offences = 0
for file in sorted(p for e in ('cpp', 'hpp', 'c', 'h') for p in ROOT.rglob('*.' + e)):
    name = file.relative_to(ROOT).as_posix()
    if re.match(r'(build|\.)', name):
        continue
    own, may = area(name)
    for quote, target in INCLUDE.findall(file.read_text()):
        if quote == '"' and '/' in target:
            if not any(target.startswith(folder + '/') for folder in [own, *may]):
                print(f'{name}: {own} may not include "{target}"')
                offences += 1
        for pattern, places in CONFINED:
            if quote == '<' and re.match(pattern, target) and not re.fullmatch(places, name):
                print(f'{name}: <{target}> stands only in {places}')
                offences += 1
sys.exit(offences > 0)
