#!/usr/bin/env python3
"""The benchmark suite: run.py BUILD [SCENARIO] [--noisy] [--blocks N]

Runs vitrail-bench's scenarios, prints a row a series (median of the blocks' medians, and the 99th percentile of all
samples), and writes the same as JSON to BUILD/bench/. What the metrics P1 to P27 need beyond it, ratios and targets, is
read off the rows of one run; the rows of a busy machine say so (--noisy).
"""
import json
import pathlib
import statistics
import subprocess
import sys

SCENARIOS = ['small-frames', 'full-frames', 'input', 'updates', 'windows', 'hidden', 'bytes', 'start', 'idle']
words = sys.argv[1:]
build = pathlib.Path(words.pop(0)).resolve()
program = str(build / 'tests/bench/vitrail-bench')
listed = subprocess.run([program], capture_output=True, text=True).stderr
known = listed.split('scenarios:')[-1].split() if 'scenarios:' in listed else SCENARIOS
flags, chosen, skip = [], [], False
for i, word in enumerate(words):
    if skip:
        skip = False
    elif word == '--blocks':
        flags, skip = flags + words[i:i + 2], True
    elif word.startswith('--'):
        flags.append(word)
    else:
        chosen.append(word)
series, failed = {}, []
for scenario in chosen or known:
    done = subprocess.run([program, *flags, scenario], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        failed.append(scenario)
    for line in done.stdout.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        key = ' '.join(str(v) for k, v in record.items() if k not in ('block', 'samples'))
        series.setdefault((scenario, key), []).append(record['samples'])
rows = []
for (scenario, key), blocks in series.items():
    blocks = [b for b in blocks if b]
    if not blocks:
        continue
    samples = sorted(s for b in blocks for s in b)
    rows.append({'scenario': scenario, 'series': key, 'median': statistics.median(statistics.median(b) for b in blocks),
                 'p99': samples[min(len(samples) - 1, int(len(samples) * 0.99))], 'samples': len(samples), 'blocks': len(blocks)})
print('%-14s %-70s %12s %12s %8s' % ('scenario', 'series', 'median', 'p99', 'samples'))
for row in rows:
    print('%(scenario)-14s %(series)-70s %(median)12.4g %(p99)12.4g %(samples)8d' % row)
(build / 'bench').mkdir(exist_ok=True)
(build / 'bench' / 'bench.json').write_text(json.dumps(rows, indent=1))
for scenario in failed:
    print('bench: %s ended before its time' % scenario, file=sys.stderr)
sys.exit(bool(failed))
