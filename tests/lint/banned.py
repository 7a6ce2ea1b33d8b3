#!/usr/bin/env python3
"""Words that have no place in this code (HACKING.md, style). Comments and strings do not count."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else '.').resolve()
EVERYWHERE = r'.*'
NOT_GTK = r'(?!lib/ui/|panel/|launcher/|tools/).*'
BANNED = [  # what, where, why
    (r'\b(strcpy|strcat|sprintf|vsprintf|gets|strncpy|strtok|alloca|tmpnam|mktemp)\s*\(', EVERYWHERE, 'unbounded'),
    (r'\b(atoi|atol|atof)\s*\(', EVERYWHERE, 'reports no error: std::from_chars'),
    (r'\bstd::(mutex|thread|jthread|recursive_mutex|condition_variable|shared_mutex)\b', r'(?!audio/|agents/audio/|tests/bench/|tests/wlcs/).*', 'one thread a process'),
    # CLI11 keeps callbacks and their options beyond the function that makes them: tools/ctl may share.
    (r'\bstd::(async|shared_ptr|make_shared)\b', r'(?!tools/ctl/).*', 'needs a decision record'),
    (r'\bdynamic_cast\b|\btypeid\b', NOT_GTK, 'no RTTI'),
    (r'\b(throw|catch)\b|\btry\s*\{', NOT_GTK, 'no exceptions'),
    (r'\b(u?sleep|nanosleep|sleep_for|sleep_until)\s*\(', r'(?!tests/bench/).*', 'wait for a condition'),
    (r'(?<![\w.>_:])(std::|::)?exit\s*\(', r'(?!.*main\.cpp$|tests/).*', 'exit() only in main'),
    (r'\breinterpret_cast\b', r'(lib/wire|lib/base/(?!untrusted))/?.*', 'only in load()'),
    (r'\bconst_cast\b', r'(?!.*wlr\.hpp$|tests/).*', 'says one thing and does another'),
    (r'(?<!System )\b(system|popen)\s*\(', EVERYWHERE, 'no shell: spawn with an argument list'),
    (r'\busing\s+namespace\b', r'.*\.hpp', 'not in headers'),
    (r'\bNULL\b', EVERYWHERE, 'nullptr'),
    (r'\brand\s*\(', EVERYWHERE, 'getrandom, or a seeded generator in tests'),
]
BLANKED = re.compile(r'R"\((?:.|\n)*?\)"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'')
PRIVATE = re.compile(r'\b(TODO|FIXME|XXX|HACK)\b')

offences = 0
for file in sorted(p for e in ('cpp', 'hpp', 'c', 'h') for p in ROOT.rglob('*.' + e)):
    name = file.relative_to(ROOT).as_posix()
    if re.match(r'(build|\.)', name):
        continue
    text = file.read_text()
    code = BLANKED.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text)
    for pattern, where, why in BANNED:
        if not re.fullmatch(where, name):
            continue
        for found in re.finditer(pattern, code):
            line = code.count('\n', 0, found.start()) + 1
            if 'lint: allow' in text.splitlines()[line - 1]:
                continue  # with the reason beside it
            print(f'{name}:{line}: {found.group(0).strip()} ({why})')
            offences += 1
    for found in PRIVATE.finditer(text):
        print(f'{name}:{text.count(chr(10), 0, found.start()) + 1}: {found.group(0)}: do it or write it in the issue')
        offences += 1
sys.exit(offences > 0)
