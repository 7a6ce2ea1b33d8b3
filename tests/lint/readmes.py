#!/usr/bin/env python3
"""Each folder of the map opens with a README.md of at most 15 lines under four heads."""
import pathlib
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else '.').resolve()
HEADS = ['Does', 'Trusts', 'Talks to', 'Must never']
PLACES = ['lib/*', 'compositor', 'guid', 'agents/*', 'services/*', 'tools/*', 'panel', 'launcher',
          'clipboard', 'images', 'audio', 'tests']

offences = 0
for folder in sorted(f for place in PLACES for f in ROOT.glob(place) if (f / 'meson.build').exists()):
    readme = folder / 'README.md'
    name = readme.relative_to(ROOT).as_posix()
    if not readme.exists():
        print(f'{name}: missing')
        offences += 1
        continue
    lines = readme.read_text().splitlines()
    if len(lines) > 15:
        print(f'{name}: {len(lines)} lines, at most 15')
        offences += 1
    for head in HEADS:
        if not any(line.strip('#*: ').startswith(head) for line in lines):
            print(f'{name}: says nothing under "{head}"')
            offences += 1
sys.exit(offences > 0)
