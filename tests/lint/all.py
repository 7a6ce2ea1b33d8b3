#!/usr/bin/env python3
"""Every lint rule of the tree, in one go; exits 1 when any of them finds something."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
rules = ['format', 'layers', 'banned', 'readmes', 'commands']
bad = [rule for rule in rules
       if subprocess.run([sys.executable, str(HERE / (rule + '.py')), *([] if rule == 'format' else [str(HERE.parent.parent)])]).returncode]
print('lint: %d rules, %s' % (len(rules), 'offences in ' + ', '.join(bad) if bad else 'nothing found'))
sys.exit(bool(bad))
