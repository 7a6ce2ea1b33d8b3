#!/usr/bin/env python3
"""vitrail-qubesd killed at every point of what it does: nothing is lost, nothing is left over, nothing runs unknown.

A point is a call that changes something outside of the process (tests/support/kill_points.cpp). There are more points than
fit the time: then those that are taken are spread evenly. WALK_SECONDS: the time for all, 50 when it is not set.

usage: process_qubesd_walk.py BUILD
"""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import admin_api  # noqa: E402
import kill_points  # noqa: E402
import stories  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402

SECONDS = float(os.environ.get('WALK_SECONDS', '50')) / 6  # there are six walks


def spread(count):
    """1 to count, so that the first of them are spread evenly at any time: each halves the largest gap."""
    bits = count.bit_length()
    order = (int(format(number, f'0{bits}b')[::-1], 2) for number in range(1 << bits))
    return [number for number in order if 1 <= number <= count]


class Walk:
    """One operation, from the same beginning each time."""

    def __init__(self, stage, what):
        self.stage = stage
        self.what = what

    def begin(self):
        """Makes it as it is to be before."""

    def operate(self):
        """The operation: may end in any way when qubesd dies."""

    def check(self):
        """What has to be so when qubesd has come back."""

    def attempt(self, destination, method, argument='', payload=b''):
        try:
            return self.stage.call(destination, method, argument, payload)
        except (admin_api.AdminError, OSError) as ended:
            assert not isinstance(ended, admin_api.AdminError) or ended.kind == '', ended
            return None

    def step(self, point, job_stays=False):
        stage = self.stage
        self.begin()
        count, killed = stage.runs_until(point, self.operate, job_stays)
        try:
            if killed:
                stage.check_store()
                stage.start_qubesd()
                stage.let_job_go_on()
            stage.check_store()
            stage.check_qubes()
            self.check()
            stage.check_volumes()
        except Exception as problem:
            where = f'{self.what}: killed before call {point} of {count}, {stage.counter.call.decode()}'
            raise AssertionError(f'{where} {"of a job" if killed == 2 else ""}: {problem}') from problem
        return count, killed

    def go(self):
        started = time.monotonic()
        count, killed = self.step(0)
        assert count > 5 and not killed
        taken, jobs = 0, 0
        for point in spread(count):
            if taken >= 16 and time.monotonic() - started > SECONDS:
                break
            _, killed = self.step(point)
            taken += 1
            if killed == 2:  # the same with a job that qubesd leaves behind
                jobs += 1
                self.step(point, job_stays=True)
        print(f'     {self.what}: {taken} of {count} points, {jobs} of them in a job, '
              f'in {time.monotonic() - started:.1f} s', flush=True)


def fill(stage, volume, text):
    """A new state of a private volume: one file, `letter`."""
    folder = stage.home / 'filling'
    folder.mkdir(exist_ok=True)
    (folder / 'letter').write_text(text)
    subprocess.run(['tar', '-C', folder, '-cf', stage.home / 'filling.tar', '.'], check=True)
    stage.does('qvm-volume', 'import', volume, stage.home / 'filling.tar')


def letter(stage, qube):
    """What the committed state of a qube's home says, read from the disk; an empty text: it has no such file."""
    pool = stage.folder / 'state/volumes'
    text = ''
    for layer in (pool / f'appvms/{qube}/private/current').read_text().split():
        file = pool / 'layers' / layer / 'tree/letter'
        text = file.read_text() if file.exists() else text
    return text


def make_work(stage, name='work'):
    stage.call('dom0', 'admin.vm.Create.AppVM', 'host', f'name={name} label=red')
    fill(stage, f'{name}:private', 'kept')


def a_qube_is_made_whole_or_not_at_all(stage):
    class Create(Walk):
        def begin(self):
            if 'work' in stage.states():
                stage.call('work', 'admin.vm.Remove')

        def operate(self):
            self.attempt('dom0', 'admin.vm.Create.AppVM', 'host', 'name=work label=red')
    Create(stage, 'create').go()


def a_clone_has_its_sources_state_or_none(stage):
    class Clone(Walk):
        def begin(self):
            if 'twin' in stage.states():
                stage.call('twin', 'admin.vm.Remove')

        def operate(self):
            self.ended = stage.run('qvm-clone', 'work', 'twin')

        def check(self):
            assert letter(stage, 'work') == 'kept'
            if 'twin' in stage.states():
                assert letter(stage, 'twin') in ('kept', ''), letter(stage, 'twin')
                assert letter(stage, 'twin') == 'kept' or self.ended.status != 0
            else:
                assert self.ended.status != 0, self.ended
    make_work(stage)
    Clone(stage, 'clone').go()


def a_qube_is_removed_whole_or_not_at_all(stage):
    class Remove(Walk):
        def begin(self):
            if 'work' not in stage.states():
                make_work(stage)

        def operate(self):
            self.answer = self.attempt('work', 'admin.vm.Remove')

        def check(self):
            if 'work' in stage.states():
                assert self.answer is None and letter(stage, 'work') == 'kept'
    Remove(stage, 'remove').go()


def a_qube_that_was_being_started_runs_or_does_not(stage):
    class Start(Walk):
        def begin(self):
            if stage.state_of('work') != 'Halted':
                stage.call('work', 'admin.vm.Kill')

        def operate(self):
            self.attempt('work', 'admin.vm.Start')

        def check(self):
            assert letter(stage, 'work') == 'kept'
            if stage.state_of('work') == 'Halted':  # and can be started
                stage.call('work', 'admin.vm.Start')
            ended = stage.run('qvm-run', '--pass-io', '--no-gui', 'work', 'cat letter')
            assert ended.out == 'kept', ended
            self.begin()
    make_work(stage)
    Start(stage, 'start').go()


def a_qube_that_was_being_shut_down_has_all_it_wrote(stage):
    class Shutdown(Walk):
        def begin(self):
            if stage.state_of('work') == 'Halted':
                stage.call('work', 'admin.vm.Start')
            self.text = str(time.monotonic())
            stage.does('qvm-run', '--pass-io', '--no-gui', 'work', f'echo -n {self.text} > letter')

        def operate(self):
            self.attempt('work', 'admin.vm.Shutdown', 'wait')

        def check(self):
            if stage.state_of('work') != 'Halted':
                self.attempt('work', 'admin.vm.Kill')  # if it has not ended by itself by then
            wait_until(lambda: stage.state_of('work') == 'Halted', 'it ends')
            assert letter(stage, 'work') == self.text, (letter(stage, 'work'), self.text)
            revisions = stage.call('work', 'admin.vm.volume.ListSnapshots', 'private').split()
            assert len(revisions) == 1, revisions
    make_work(stage)
    Shutdown(stage, 'shutdown').go()


def a_revert_goes_to_the_state_that_was_chosen_or_stays(stage):
    class Revert(Walk):
        def begin(self):
            for text in ('first', 'second', 'third'):
                fill(stage, 'work:private', text)
            revisions = stage.call('work', 'admin.vm.volume.ListSnapshots', 'private').split()
            self.chosen = revisions[-2]

        def operate(self):
            self.answer = self.attempt('work', 'admin.vm.volume.Revert', 'private', self.chosen)

        def check(self):
            now = letter(stage, 'work')
            assert now == 'first' or (now == 'third' and self.answer is None), now
    make_work(stage)
    stage.call('work', 'admin.vm.volume.Set.revisions_to_keep', 'private', '2')
    Revert(stage, 'revert').go()


if __name__ == '__main__':
    sys.exit(stories.run('ProcessQubesdWalk', sys.modules[__name__], lambda: kill_points.Stage(sys.argv[1])))
