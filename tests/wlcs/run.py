#!/usr/bin/env python3
"""The Wayland conformance suite against our compositor: run.py BUILD [PATTERN]

Runs every test of wlcs with the module BUILD/tests/wlcs/libvitrail-wlcs.so. A test that ends the whole program counts as
failed, and the suite goes on behind it. tests/wlcs/expected-failures.txt says which may fail and why; a listed test
that passes is an error too, so that the list stays true. With --write the list is made anew (causes are kept).
"""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIST = HERE / 'expected-failures.txt'
LINE = re.compile(r'\[\s+(OK|FAILED|SKIPPED|RUN)\s+\]\s(\S+?)(,|\s|$)')
write = '--write' in sys.argv
words = [w for w in sys.argv[1:] if w != '--write']
build = pathlib.Path(words[0]).resolve()
pattern = '*%s*' % words[1] if len(words) > 1 else '*'
runner = subprocess.run(['pkg-config', '--variable=test_runner', 'wlcs'], check=True, capture_output=True,
                        text=True).stdout.strip()
command = [runner, str(build / 'tests/wlcs/libvitrail-wlcs.so')]
environment = dict(os.environ, WLR_BACKENDS='headless', WLR_RENDERER='pixman', WLR_HEADLESS_OUTPUTS='1')
environment.setdefault('XDG_RUNTIME_DIR', '/tmp')


def expected():
    """Test -> cause. A line is a test, or `# cause` for those that follow it."""
    cause, tests = '', {}
    for line in LIST.read_text().splitlines() if LIST.exists() else []:
        if line.startswith('#'):
            cause = line.lstrip('# ').strip()
        elif line.strip():
            tests[line.strip()] = cause
    return tests


def all_tests():
    out = subprocess.run(command + ['--gtest_list_tests', '--gtest_filter=' + pattern], env=environment,
                         capture_output=True, text=True).stdout
    suite, names = '', []
    for line in out.splitlines():
        if line and not line.startswith(' ') and line.split('#')[0].strip().endswith('.'):
            suite = line.split('#')[0].strip()
        elif line.startswith('  ') and suite:
            names.append(suite + line.split('#')[0].strip())
    return names


def run(tests):
    """Test -> 'OK', 'FAILED' or 'SKIPPED'."""
    results = {}
    while tests:
        some = tests[:150]
        try:
            out = subprocess.run(command + ['--gtest_filter=' + ':'.join(some)], env=environment, timeout=300,
                                 capture_output=True, errors='replace', text=True).stdout
        except subprocess.TimeoutExpired as late:
            out = (late.stdout or b'').decode(errors='replace')
        started = None
        for line in out.splitlines():
            found = LINE.search(line)
            if not found or found.group(2) not in some:
                continue
            if found.group(1) == 'RUN':
                started = found.group(2)
            else:
                results[found.group(2)] = found.group(1)
                started = None
        if started and started not in results:
            results[started] = 'FAILED'  # it ended or hung the program
        done = [t for t in some if t in results]
        if not done:
            results[some[0]] = 'FAILED'
        tests = [t for t in tests if t not in results]
        print('wlcs: %d done, %d to go' % (len(results), len(tests)), file=sys.stderr, flush=True)
    return results


known = expected()
tests = all_tests()
results = run(tests)
passed = [t for t in tests if results[t] == 'OK']
failed = [t for t in tests if results[t] == 'FAILED']
skipped = [t for t in tests if results[t] == 'SKIPPED']
if write:
    causes = {}
    for test in failed:
        causes.setdefault(known.get(test, 'not looked at yet'), []).append(test)
    LIST.write_text('\n'.join('# %s\n%s\n' % (cause, '\n'.join(sorted(group))) for cause, group in sorted(causes.items())))
surprises = [t for t in failed if t not in known] + [t for t in passed if t in known]
for test in failed:
    if test not in known:
        print('failed: ' + test)
for test in passed:
    if test in known:
        print('passes, but is listed: ' + test)
print('wlcs: %d passed, %d failed as expected, %d skipped of %d' % (
    len(passed), len([t for t in failed if t in known]), len(skipped), len(tests)))
print('%d passed, %d failed' % (len(tests) - len(skipped) - len(surprises), len(surprises)))
sys.exit(1 if surprises else 0)
