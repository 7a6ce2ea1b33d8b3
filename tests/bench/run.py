#!/usr/bin/env python3
"""The benchmark suite: run.py BUILD [NAME…] [--noisy] [--blocks N] [--again] [--write-docs]

NAME: a metric (P5), a scenario (small) or a group of them (qubesd); without one, everything. Runs the scenarios, prints
the table of metrics, writes their samples and the table as JSON to BUILD/bench/. A scenario that met a busy machine is
measured again, up to three times, and then left out, unless --noisy, which marks the table. --again: the scenarios that are
not named stay as they were measured last. --write-docs puts the tables that were measured into docs/performance.md.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import metrics  # noqa: E402

# Order: what needs a quiet machine most comes first.
SCENARIOS = ['small', 'input', '1080p', '4k', 'updates', 'windows', 'create', 'hidden', 'start', 'clipboard', 'policy', 'between', 'launcher-search', 'idle',
             'calls', 'qube-start']
GROUPS = {'launcher': ['launcher-search'], 'qubesd': ['calls', 'qube-start'], 'qrexec': ['policy', 'between']}
ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where docs/performance.md has the table of the metrics whose names begin with a letter.
TABLES = {letter: (f'<!-- table {letter}: begin -->', f'<!-- table {letter}: end -->') for letter in 'PQR'}


def parse(words):
    flags, names, noisy, docs, again, skip = [], [], False, False, False, False
    for i, word in enumerate(words):
        if skip:
            skip = False
        elif word == '--blocks':
            flags, skip = flags + words[i:i + 2], True
        elif word == '--noisy':
            noisy = True
        elif word == '--write-docs':
            docs = True
        elif word == '--again':
            again = True
        elif word.startswith('-'):
            sys.exit(__doc__)
        else:
            names.append(word)
    return flags + (['--noisy'] if noisy else []), names, noisy, docs, again


def scenarios_of(names):
    if not names:
        return SCENARIOS
    chosen = []
    for name in names:
        if name in SCENARIOS:
            chosen.append(name)
        elif name in GROUPS:
            chosen += GROUPS[name]
        elif name.upper() in metrics.NEEDS:
            chosen += metrics.NEEDS[name.upper()]
        else:
            sys.exit(f'bench: no {name}; metrics: {" ".join(metrics.NEEDS)}; scenarios: {" ".join(SCENARIOS)}; '
                     f'groups: {" ".join(GROUPS)}')
    return [s for s in SCENARIOS if s in chosen]


def run(program, scenario, flags, out):
    started = time.monotonic()
    disk = tempfile.mkdtemp(prefix='disk-', dir=out)  # what a scenario keeps is to reach a disk, as it does for a user
    try:
        command = [program, *flags, scenario]
        if scenario == 'between':
            command = [sys.executable, str(pathlib.Path(__file__).with_name('between.py')), str(out.parent)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                              env=dict(os.environ, VITRAIL_BENCH_DISK=disk))
    finally:
        shutil.rmtree(disk, ignore_errors=True)
    records = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')]
    print(f'bench: {scenario}: {time.monotonic() - started:.0f} s', file=sys.stderr)
    return done.returncode, records


def machine():
    info = pathlib.Path('/proc/cpuinfo').read_text()
    kind = 'virtual machine' if ' hypervisor' in info else 'machine'
    return f'{os.cpu_count()}-core {kind}, ' + ('a GPU that is not used' if os.path.exists('/dev/dri') else 'no GPU')


def write_docs(head, rows):
    page = ROOT / 'docs/performance.md'
    text = page.read_text()
    for letter, (begin, end) in TABLES.items():
        own = [row for row in rows if row['id'].startswith(letter)]
        if own:
            before, rest = text.split(begin)
            text = before + begin + '\n\n' + head + '.\n\n' + metrics.as_markdown(own) + '\n' + end + rest.split(end)[1]
    page.write_text(text)
    print(f'written to {page.relative_to(ROOT)}')


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    flags, names, noisy, docs, again = parse(sys.argv[2:])
    out = build / 'bench'
    out.mkdir(exist_ok=True)
    program = str(build / 'tests/bench/vitrail-bench')
    series, failed = metrics.Samples(), []
    chosen = scenarios_of(names)
    for file in [out / f'{scenario}.json' for scenario in SCENARIOS if again and scenario not in chosen]:
        if file.exists():
            series.add([json.loads(line) for line in file.read_text().splitlines()])
    for scenario in chosen:
        status, records = run(program, scenario, flags, out)
        for _ in range(3):  # something else woke up: its blocks count for nothing, and are measured again
            if status != 75:
                break
            time.sleep(5)
            status, records = run(program, scenario, flags, out)
        if status != 0:
            failed.append(scenario)
            continue
        (out / f'{scenario}.json').write_text('\n'.join(json.dumps(r) for r in records) + '\n')
        series.add(records)
    rows = metrics.table(series)
    if names and names[0].upper() in metrics.NEEDS and not again:
        rows = [row for row in rows if row['id'] in [n.upper() for n in names]]
    idle, moved = series.quietness()
    head = (f'{machine()}; {idle:.0f} % of the CPUs idle before the blocks (median), memcpy control within '
            f'{moved:.0f} % of its first' + ('; NOISY: the machine was not checked' if noisy else ''))
    (out / 'table.json').write_text(json.dumps({'machine': head, 'rows': rows}, indent=1))
    print(head)
    print(metrics.as_text(rows))
    for scenario in failed:
        print(f'bench: {scenario} failed; its rows are missing', file=sys.stderr)
    if docs:
        write_docs(head, rows)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
