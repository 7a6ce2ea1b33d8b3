#!/usr/bin/env python3
"""Runs the Wayland conformance suite against the compositor of a build folder.

usage: run.py BUILD [PATTERN] [--sanitizer asan|ubsan|tsan] [--jobs N] [--log FILE]

PATTERN is a part of tests' names, or a pattern of GoogleTest's with * and ?.
Exit status 0: every test passed or failed as expected-failures.txt says, and no listed one passed.
"""

import argparse
import fnmatch
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading

here = pathlib.Path(__file__).resolve().parent
result_line = re.compile(r"^\[\s*(OK|FAILED|SKIP)\s*\] (\S+?)(?:, where .*)? \(\d+ ?ms")
run_line = re.compile(r"^\[ RUN      \] (\S+)")
chunk_size = 24
silence_limit = 90  # seconds; a condition that does not come true makes the suite give up after 10


def runner_path(sanitizer):
    path = subprocess.run(["pkg-config", "--variable=test_runner", "wlcs"],
                          check=True, capture_output=True, text=True).stdout.strip()
    return path + ("." + sanitizer if sanitizer else "")


def list_tests(command):
    listing = subprocess.run(command + ["--gtest_list_tests"], check=True, capture_output=True,
                             text=True).stdout
    tests, suite = [], ""
    for line in listing.splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith("  "):
            tests.append(suite + name.strip())
        elif name:
            suite = name
    return tests


def read_expected(path):
    """Test name to cause. A line `# cause` holds for the lines below it that give none."""
    expected, cause = {}, ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        name, _, comment = line.partition("#")
        name, comment = name.strip(), comment.strip()
        if not name:
            cause = comment or ""
        elif name in expected:
            sys.exit(f"{path}:{number}: {name} is listed twice")
        elif not (comment or cause):
            sys.exit(f"{path}:{number}: {name} is listed without its cause")
        else:
            expected[name] = comment or cause
    return expected


def sanitizer_verdict(text):
    found = re.search(r"^(==\d+==ERROR: .*|SUMMARY: .*|.*: runtime error: .*)$", text, re.M)
    return found.group(1) if found else None


class Run:
    """Processes of the suite, each with a few tests; one that dies is resumed after the test."""

    def __init__(self, command, tests, log):
        self.command = command
        self.log = log
        self.results = {}  # name to passed, failed, skipped or how its process ended
        self.complaints = []  # what a sanitizer says after the last test of a process
        self.lock = threading.Lock()
        self.chunks = queue.SimpleQueue()
        for start in range(0, len(tests), chunk_size):
            self.chunks.put(tests[start:start + chunk_size])

    def work(self):
        while True:
            try:
                chunk = self.chunks.get_nowait()
            except queue.Empty:
                return
            while chunk:
                chunk = self.run_process(chunk)

    def run_process(self, tests):
        """Runs these in one process and returns those that it did not get to."""
        with tempfile.TemporaryDirectory() as runtime:
            environment = dict(os.environ, XDG_RUNTIME_DIR=runtime, GTEST_COLOR="no")
            process = subprocess.Popen(self.command + ["--gtest_filter=" + ":".join(tests)],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, env=environment, text=True,
                                       errors="replace", bufsize=1)
            lines, current, hung = [], None, False

            def give_up():
                nonlocal hung
                hung = True
                process.kill()

            done = set()
            watchdog = threading.Timer(silence_limit, give_up)
            watchdog.start()
            for line in process.stdout:
                watchdog.cancel()
                lines.append(line)
                if started := run_line.match(line):
                    current = started.group(1)
                elif (ended := result_line.match(line)) and ended.group(2) == current:
                    done.add(current)
                    self.record(current, ended.group(1))
                    current = None
                watchdog = threading.Timer(silence_limit, give_up)
                watchdog.start()
            watchdog.cancel()
            status = process.wait()
        text = "".join(lines)
        with self.lock:
            self.log.write(text)
            self.log.flush()
        if current:
            how = "hung" if hung else died(status)
            verdict = sanitizer_verdict(text)
            self.record(current, how + (f" ({verdict})" if verdict else ""))
            done.add(current)
        elif len(done) == len(tests) and (verdict := sanitizer_verdict(text)):
            with self.lock:
                self.complaints.append(f"{tests[0]} and the next {len(tests) - 1}: {verdict}")
        left = [test for test in tests if test not in done]
        if left and not done:  # the runner cannot start, or does not know them
            for test in left:
                self.record(test, f"never ran: {died(status)}: {text.strip()[-200:]}")
            return []
        return left

    def record(self, test, what):
        words = {"OK": "passed", "FAILED": "failed", "SKIP": "skipped"}
        with self.lock:
            self.results[test] = words.get(what, what)
            if sys.stderr.isatty():
                print(f"\r{len(self.results)} tests", end="", file=sys.stderr)


def died(status):
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exited with {status}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("pattern", nargs="?", default="*")
    arguments.add_argument("--sanitizer", choices=["asan", "ubsan", "tsan"], default="")
    arguments.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    arguments.add_argument("--log", type=pathlib.Path)
    options = arguments.parse_args()

    module = options.build / "tests/wlcs/libvitrail-wlcs.so"
    if not module.exists():
        sys.exit(f"{module} is not there: was the build made with the package wlcs installed?")
    command = [runner_path(options.sanitizer), str(module)]
    tests = list_tests(command)
    # Those called DISABLED_ run nowhere and are not counted: their authors say they prove nothing.
    tests = [test for test in tests if "DISABLED_" not in test]
    pattern = options.pattern if re.search(r"[*?]", options.pattern) else f"*{options.pattern}*"
    chosen = [test for test in tests if fnmatch.fnmatchcase(test, pattern)]
    if not chosen:
        sys.exit(f"no test's name matches {options.pattern}")
    expected = read_expected(here / "expected-failures.txt")
    for name in expected:
        if name not in tests:
            sys.exit(f"expected-failures.txt: the suite has no test {name}")

    log_path = options.log or options.build / "wlcs.log"
    with log_path.open("w") as log:
        run = Run(command, chosen, log)
        workers = [threading.Thread(target=run.work) for _ in range(options.jobs)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)

    outcome = run.results
    passed = [test for test, what in outcome.items() if what == "passed"]
    skipped = [test for test, what in outcome.items() if what == "skipped"]
    failed = [test for test in outcome if test not in passed and test not in skipped]
    # A crash is never what is expected: it would take the other clients with it.
    as_expected = [test for test in failed if test in expected and outcome[test] == "failed"]
    wrong = 0
    for test in failed:
        if test not in as_expected:
            wrong += 1
            print(f"FAILED {test}: {outcome[test]}")
    for test in passed:
        if test in expected:
            wrong += 1
            print(f"PASSED {test}: take it from expected-failures.txt ({expected[test]})")
    for complaint in run.complaints:
        wrong += 1
        print(f"FAILED {complaint}")
    if wrong:
        print(f"what the tests said: {log_path}")
    print(f"wlcs: {len(passed)} passed, {len(as_expected)} failed as expected, "
          f"{len(skipped)} skipped of {len(tests)}")
    right = len(passed) + len(as_expected) - sum(test in expected for test in passed)
    print(f"{right} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
