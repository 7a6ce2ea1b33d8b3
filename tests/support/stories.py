"""Runs stories: functions whose names are sentences, each on a stage of its own.

Says how each ended in gtest's XML when GTEST_OUTPUT asks for it, and leaves out what GTEST_FILTER does not name, so that
tests/run.py counts and chooses single stories.
"""
import fnmatch
import inspect
import os
import sys
import time
import traceback
import xml.etree.ElementTree as tree


class Skipped(Exception):
    """This machine cannot do what the story is about; says why."""


def run(suite, module, make_stage):
    """Every function of the module whose one parameter is `stage`; a stage is a context manager with a log()."""
    stories = [(name, one) for name, one in vars(module).items()
               if inspect.isfunction(one) and list(inspect.signature(one).parameters) == ['stage']]
    patterns = os.environ.get('GTEST_FILTER', '*').split('-')[0].split(':')
    root = tree.Element('testsuites')
    cases = tree.SubElement(root, 'testsuite', name=suite)
    failed = 0
    for name, story in stories:
        if not any(fnmatch.fnmatchcase(f'{suite}.{name}', pattern) for pattern in patterns):
            continue
        case = tree.SubElement(cases, 'testcase', name=name, classname=suite, status='run', result='completed')
        started = time.monotonic()
        stage = None
        try:
            with make_stage() as stage:
                story(stage)
            outcome = 'OK'
        except Skipped as why:
            case.set('result', 'skipped')
            outcome = f'SKIPPED: {why}'
        except Exception as problem:  # whatever it is, the other stories are told
            failed += 1
            tree.SubElement(case, 'failure', message=str(problem)[:500])
            outcome = 'FAILED'
            traceback.print_exc(file=sys.stdout)
            print(stage.log() if stage else '', flush=True)
        print(f'[ {outcome} ] {suite}.{name} ({time.monotonic() - started:.2f} s)', flush=True)
    output = os.environ.get('GTEST_OUTPUT', '')
    if output.startswith('xml:'):
        tree.ElementTree(root).write(output[4:])
    return 1 if failed else 0
