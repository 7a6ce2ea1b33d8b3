#!/usr/bin/env python3
"""The scenario `between`: calls and copies between two running qubes of the local host. Samples as JSON lines.

usage: between.py BUILD [BLOCKS]
"""
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402

SCRIPT = (pathlib.Path(__file__).parent / 'between_in_qube.py').read_bytes()
LARGE = 1 << 30
FILES = 10000


class Stage(qubesd_stage.Stage):
    def environment(self):
        return super().environment() | {'VITRAIL_POLICY_PATH': str(self.folder / 'policy')}

    def start_qubesd(self):
        (self.folder / 'policy').mkdir(exist_ok=True)
        (self.folder / 'policy/30-user.policy').write_text('* * @anyvm @anyvm allow\n')
        super().start_qubesd()

    def command(self, qube, *words):
        return [self.build / 'tools/qvm/qvm-run', '-p', '--no-gui', '-q', qube, *map(str, words)]

    def measure(self, qube, *words):
        done = subprocess.run(self.command(qube, 'python3', '-', *words), input=SCRIPT, env=self.environment(), capture_output=True, check=False,
                              **qubesd_stage.as_user())
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    def timed(self, qube, command):
        """Seconds, and what all processes that have ended used of the processors."""
        started = time.monotonic()
        done = self.run('qvm-run', '-p', '--no-gui', '-q', qube, command)
        assert done.status == 0, (command, done)
        return time.monotonic() - started


def record(block, samples, **tags):
    print(json.dumps({'block': block, **tags, 'samples': samples}), flush=True)


def measure_calls(stage, block):
    record(block, stage.measure('work', 'spawn', '-', 200), metric='between_us', what='spawn')
    record(block, stage.measure('work', 'wake', '-', 2000), metric='between_us', what='wake')
    record(block, stage.measure('work', 'call', 'personal', 200), metric='between_us', what='call')
    record(block, stage.measure('work', 'rate', 'personal', 1000), metric='between_rate')


def measure_fairness(stage, block):
    alone = stage.measure('work', 'call', 'personal', 200)
    flood = subprocess.Popen(stage.command('untrusted', 'python3', '-', 'flood', 'vault', 0), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             env=stage.environment(), **qubesd_stage.as_user())
    flood.stdin.write(SCRIPT)
    flood.stdin.close()
    time.sleep(0.5)  # it is under way
    beside = stage.measure('work', 'call', 'personal', 200)
    flood.kill()
    flood.wait()
    stage.within_kill('untrusted')
    record(block, alone, metric='between_flood', beside='nobody')
    record(block, beside, metric='between_flood', beside='a flood')


def measure_copies(stage, block):
    # The same bytes through one Unix socket inside of a qube, from file to file.
    through_socket = ('python3 -c "import socket, subprocess as s; a, b = socket.socketpair(); '
                      'one = s.Popen([\'cat\', \'large\'], stdout=a); two = s.Popen([\'cat\'], stdin=b, stdout=open(\'copy\', \'wb\')); '
                      'a.close(); b.close(); one.wait(); two.wait()"')
    seconds = stage.timed('work', through_socket)
    record(block, [LARGE / seconds / 1e6], metric='between_copy', peer='cat')
    stage.timed('work', 'rm copy')
    seconds = stage.timed('work', 'qvm-copy-to-vm personal large')
    record(block, [LARGE / seconds / 1e6], metric='between_copy', peer='ours')
    stage.timed('personal', 'rm -r QubesIncoming')
    seconds = stage.timed('work', 'qvm-copy-to-vm personal many')
    record(block, [FILES / seconds], metric='between_files')
    stage.timed('personal', 'rm -r QubesIncoming')


def main():
    blocks = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with Stage(sys.argv[1]) as stage:
        names = ('work', 'personal', 'untrusted', 'vault')
        for name in names:
            stage.does('qvm-create', name, '--label', 'blue')
        stage.does('qvm-start', *names)
        stage.within_kill = lambda qube: stage.run('qvm-run', '-p', '--no-gui', '-q', qube, 'pkill python3')
        stage.timed('work', f'head -c {LARGE} /dev/zero >large; mkdir many; cd many; seq {FILES} | split -l 1 -a 4 -d - f')
        for block in range(blocks):
            measure_calls(stage, block)
            measure_fairness(stage, block)
            measure_copies(stage, block)


if __name__ == '__main__':
    main()
