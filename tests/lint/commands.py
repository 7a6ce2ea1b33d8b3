#!/usr/bin/env python3
"""The documents name only commands of ./dev that there are, and only files of the tree that there are."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else '.').resolve()
script = (ROOT / 'dev').read_text()
commands = set(re.findall(r'^#   ([a-z]+)', script, re.M))
offences = 0
for document in [*ROOT.glob('*.md'), *(ROOT / 'docs').rglob('*.md')]:
    name, text = document.relative_to(ROOT).as_posix(), document.read_text()
    for word in re.findall(r'\./dev ([a-z]+)', text):
        if word not in commands:
            print(f'{name}: there is no ./dev {word}')
            offences += 1
    for path in re.findall(r'`((?:docs|tests|data|lib|compositor|guid|agents|services|tools)/[\w./-]+)`', text):
        if not (ROOT / path.rstrip('/')).exists() and not list(ROOT.glob(path.rstrip('/') + '.*')):
            print(f'{name}: there is no {path}')
            offences += 1
sys.exit(offences > 0)
