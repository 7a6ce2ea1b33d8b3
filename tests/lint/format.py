#!/usr/bin/env python3
"""clang-format over the tree: format.py [--write]. Prints each file that differs; exits 1 on any without --write."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
files = [str(p) for e in ('cpp', 'hpp') for p in sorted(ROOT.rglob('*.' + e))
         if not re.match(r'(build|\.)', p.relative_to(ROOT).as_posix())]
if '--write' in sys.argv:
    subprocess.run(['clang-format-19', '-i', *files], check=True)
    sys.exit(0)
done = subprocess.run(['clang-format-19', '--dry-run', '-Werror', *files], capture_output=True, text=True)
offenders = sorted({line.split(':')[0] for line in done.stderr.splitlines() if ': error:' in line})
for name in offenders:
    print(pathlib.Path(name).relative_to(ROOT).as_posix() + ': not as clang-format has it (./dev format)')
sys.exit(bool(offenders))
