#!/usr/bin/env python3
"""Lines, branches and functions of lib/wire that its tests and the fuzz corpus reach: cover.py

Builds with clang's source-based coverage in build-cover, runs the unit tests of wire and base, and the corpus of the
protocol's fuzz targets, and prints a table, a line a file.
"""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / 'build-cover'
PROGRAMS = ['tests/unit/wire/test-wire', 'tests/unit/guid/test-guid', 'tests/fuzz/corpus-wire-agent',
            'tests/fuzz/corpus-wire-daemon', 'tests/fuzz/corpus-guid-session']
FLAGS = '-fprofile-instr-generate -fcoverage-mapping -O1'


def run(*words, **more):
    return subprocess.run(words, cwd=ROOT, check=True, **more)


if not (BUILD / 'build.ninja').exists():
    run('meson', 'setup', str(BUILD), '-Dbuildtype=debug', '-Dcpp_args=' + FLAGS, '-Dcpp_link_args=-fprofile-instr-generate',
        env=dict(os.environ, CC='clang-19', CXX='clang++-19'), stdout=sys.stderr)
run('ninja', '--quiet', '-C', str(BUILD), *PROGRAMS, stdout=sys.stderr)
raw = []
for number, program in enumerate(PROGRAMS):
    file = BUILD / ('cover-%d.profraw' % number)
    subprocess.run([str(BUILD / program), '--gtest_brief=1'], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, LLVM_PROFILE_FILE=str(file)))
    raw.append(str(file))
data = BUILD / 'cover.profdata'
run('llvm-profdata-19', 'merge', '-o', str(data), *raw)
first, *others = [str(BUILD / program) for program in PROGRAMS]
objects = [first] + [word for program in others for word in ('-object', program)]
out = run('llvm-cov-19', 'export', '-summary-only', '-instr-profile', str(data), *objects,
          str(ROOT / 'lib/wire'), capture_output=True, text=True).stdout
report = json.loads(out)['data'][0]
print('%-44s %10s %10s %10s' % ('lib/wire', 'functions', 'lines', 'branches'))


def row(name, summary):
    cells = ['%6.2f %%' % summary[what]['percent'] for what in ('functions', 'lines', 'branches')]
    print('%-44s %10s %10s %10s' % (name, *cells))


for file in sorted(report['files'], key=lambda f: f['filename']):
    if '/lib/wire/' in file['filename']:
        row(file['filename'].split('/lib/wire/')[1], file['summary'])
row('all', report['totals'])
