#!/usr/bin/env python3
"""Runs the tests of a build folder: one line a program, and at the end `N passed, N failed`.

usage: run.py [--build] BUILD [PATTERN…]   a PATTERN is a part of a program's name or suite, or of a test's name;
--build: first compile the programs of the tests that are chosen, and no others
Counts single tests, not programs: a gtest program says them in its XML, every other counts as one.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as tree


def count(report, status):
    """Passed, failed, skipped and the names of what failed, from gtest's XML."""
    try:
        root = tree.parse(report).getroot()
    except (OSError, tree.ParseError):
        return (1, 0, 0, []) if status == 0 else (0, 1, 0, ['ended with status %d' % status])
    passed, failed, skipped, names = 0, 0, 0, []
    for case in root.iter('testcase'):
        if case.find('failure') is not None or case.find('error') is not None:
            failed += 1
            names.append('%s.%s' % (case.get('classname'), case.get('name')))
        elif case.get('result') == 'skipped' or case.find('skipped') is not None:
            skipped += 1
        elif case.get('result') == 'completed':
            passed += 1
    if status != 0 and failed == 0:  # it crashed after its report, or a leak was found
        failed, names = 1, ['ended with status %d' % status]
    return passed, failed, skipped, names


def main():
    words = [word for word in sys.argv[1:] if word != '--build']
    build = pathlib.Path(words[0]).resolve()
    patterns = words[1:]
    listed = json.loads(subprocess.run(['meson', 'introspect', '--tests', str(build)], check=True,
                                       capture_output=True, text=True).stdout)
    chosen, filters = [], {}
    for test in listed:
        if not patterns or any(p in test['name'] or p in ' '.join(test['suite']) for p in patterns):
            chosen.append(test)
    if patterns and not chosen:  # the name of single tests then
        for test in listed:
            if 'lint' not in ' '.join(test['suite']):
                chosen.append(test)
                filters[test['name']] = ':'.join('*%s*' % p for p in patterns)
    if '--build' in sys.argv:
        programs = {os.path.relpath(test['cmd'][0], build) for test in chosen}
        subprocess.run(['ninja', '--quiet', '-C', str(build), *sorted(p for p in programs if not p.startswith('..'))],
                       check=True, stdout=sys.stderr)
    total = [0, 0, 0]
    for test in sorted(chosen, key=lambda t: (t['priority'] * -1, t['suite'], t['name'])):
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, 'report.xml')
            environment = dict(os.environ, GTEST_OUTPUT='xml:' + report, **test['env'])
            if test['name'] in filters:
                environment['GTEST_FILTER'] = filters[test['name']]
            started = time.monotonic()
            try:
                done = subprocess.run(test['cmd'], env=environment, cwd=test['workdir'] or build,
                                      capture_output=True, timeout=test['timeout'] * 4 or None,
                                      stdin=subprocess.DEVNULL)
                status, output = done.returncode, done.stdout + done.stderr
            except subprocess.TimeoutExpired as late:
                status, output = 124, (late.stdout or b'') + (late.stderr or b'')
            passed, failed, skipped, names = count(report, status)
        if test['name'] in filters and passed + failed + skipped == 0:
            continue
        for i, n in enumerate((passed, failed, skipped)):
            total[i] += n
        print('%-4s %-28s %4d passed%s%s  %.1f s' % (
            'FAIL' if failed else 'ok', test['name'], passed,
            ', %d failed' % failed if failed else '', ', %d skipped' % skipped if skipped else '',
            time.monotonic() - started), flush=True)
        if failed:
            sys.stdout.write(output[-20000:].decode(errors='replace'))
            print('\n'.join('     failed: ' + name for name in names), flush=True)
    if sum(total) == 0:
        print('no test is called so', file=sys.stderr)
        print('0 passed, 1 failed')
        return 1
    print('%d passed, %d failed%s' % (total[0], total[1], ', %d skipped' % total[2] if total[2] else ''))
    return 1 if total[1] else 0


sys.exit(main())
