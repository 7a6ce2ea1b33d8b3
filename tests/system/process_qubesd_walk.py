#!/usr/bin/env python3
"""vitrail-qubesd killed at every point of what it does: nothing is lost, nothing is left over, nothing runs unknown.

A point is a call that changes something outside of the process (tests/support/kill_points.cpp). Every point of every
operation is taken; at one inside of a job the operation is done twice: the job dies with qubesd, or goes on a while.

usage: process_qubesd_walk.py BUILD
"""
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import admin_api  # noqa: E402
import kill_points  # noqa: E402
import stories  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402

IMAGE_SIZE = 65536  # of a volume that is an image


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
        taken = jobs = 0
        for point in range(1, count + 1):
            _, killed = self.step(point)
            taken += 1
            if killed == 2:  # the same with a job that qubesd leaves behind
                jobs += 1
                self.step(point, job_stays=True)
        print(f'     {self.what}: {taken} of {count} points, {jobs} of them in a job, '
              f'in {time.monotonic() - started:.1f} s', flush=True)


class Folders:
    """Volumes of the driver dir."""
    name = 'dir'
    pools = ''  # Create puts them there by itself

    def __init__(self, stage):
        self.stage = stage

    def fill(self, qube, text):
        """A new state of a private volume: one file, `letter`."""
        stage = self.stage
        folder = stage.home / 'filling'
        folder.mkdir(exist_ok=True)
        (folder / 'letter').write_text(text)
        subprocess.run(['tar', '-C', folder, '-cf', stage.home / 'filling.tar', '.'], check=True)
        stage.does('qvm-volume', 'import', f'{qube}:private', stage.home / 'filling.tar')

    def letter(self, qube):
        """What the committed state of a qube's home says, read from the disk; an empty text: it has no such file."""
        pool = self.stage.folder / 'state/volumes'
        text = ''
        for layer in (pool / f'appvms/{qube}/private/current').read_text().split():
            file = pool / 'layers' / layer / 'tree/letter'
            text = file.read_text() if file.exists() else text
        return text


class Images:
    """Volumes of the driver file-reflink, in a pool of their own."""
    name = 'file-reflink'
    pools = ' pool=images'

    def __init__(self, stage):
        self.stage = stage
        stage.call('dom0', 'admin.pool.Add', 'file-reflink', f'name=images\ndir_path={stage.folder}/state/images\n')

    def fill(self, qube, text):
        image = self.stage.home / 'filling.img'
        image.write_bytes(text.encode().ljust(IMAGE_SIZE, b'\0'))
        self.stage.does('qvm-volume', 'import', '--size', str(IMAGE_SIZE), f'{qube}:private', image)

    def letter(self, qube):
        with open(self.stage.folder / f'state/images/appvms/{qube}/private.img', 'rb') as image:
            return image.read(64).rstrip(b'\0').decode()


def make_work(stage, volumes, name='work'):
    create = 'admin.vm.CreateInPool.AppVM' if volumes.pools else 'admin.vm.Create.AppVM'
    stage.call('dom0', create, 'host', f'name={name} label=red{volumes.pools}')
    volumes.fill(name, 'kept')


class Create(Walk):
    def __init__(self, stage, volumes):
        super().__init__(stage, f'create, {volumes.name}')
        self.volumes = volumes

    def begin(self):
        if 'work' in self.stage.states():
            self.stage.call('work', 'admin.vm.Remove')

    def operate(self):
        method = 'admin.vm.CreateInPool.AppVM' if self.volumes.pools else 'admin.vm.Create.AppVM'
        self.attempt('dom0', method, 'host', f'name=work label=red{self.volumes.pools}')


class Clone(Walk):
    def __init__(self, stage, volumes):
        super().__init__(stage, f'clone, {volumes.name}')
        self.volumes = volumes
        make_work(stage, volumes)

    def begin(self):
        if 'twin' in self.stage.states():
            self.stage.call('twin', 'admin.vm.Remove')

    def operate(self):
        self.ended = self.stage.run('qvm-clone', 'work', 'twin')

    def check(self):
        assert self.volumes.letter('work') == 'kept'
        if 'twin' in self.stage.states():
            letter = self.volumes.letter('twin')
            assert letter in ('kept', ''), letter
            assert letter == 'kept' or self.ended.status != 0
        else:
            assert self.ended.status != 0, self.ended


class Remove(Walk):
    def __init__(self, stage, volumes):
        super().__init__(stage, f'remove, {volumes.name}')
        self.volumes = volumes

    def begin(self):
        if 'work' not in self.stage.states():
            make_work(self.stage, self.volumes)

    def operate(self):
        self.answer = self.attempt('work', 'admin.vm.Remove')

    def check(self):
        if 'work' in self.stage.states():
            assert self.answer is None and self.volumes.letter('work') == 'kept'


class Revert(Walk):
    def __init__(self, stage, volumes):
        super().__init__(stage, f'revert, {volumes.name}')
        self.volumes = volumes
        make_work(stage, volumes)
        stage.call('work', 'admin.vm.volume.Set.revisions_to_keep', 'private', '2')

    def begin(self):
        for text in ('first', 'second', 'third'):
            self.volumes.fill('work', text)
        revisions = self.stage.call('work', 'admin.vm.volume.ListSnapshots', 'private').split()
        self.chosen = revisions[-2]

    def operate(self):
        self.answer = self.attempt('work', 'admin.vm.volume.Revert', 'private', self.chosen)

    def check(self):
        now = self.volumes.letter('work')
        assert now == 'first' or (now == 'third' and self.answer is None), now


class Start(Walk):
    """Of a qube alone, or with the netvm that it needs."""

    def __init__(self, stage, netvm=''):
        super().__init__(stage, 'start, with a netvm' if netvm else 'start')
        self.volumes = Folders(stage)
        self.netvm = netvm
        make_work(stage, self.volumes)
        if netvm:
            give_netvm(stage, netvm)

    def begin(self):
        for name in ('work', self.netvm):
            if name and self.stage.state_of(name) != 'Halted':
                self.stage.call(name, 'admin.vm.Kill')

    def operate(self):
        self.attempt('work', 'admin.vm.Start')

    def check(self):
        stage = self.stage
        assert self.volumes.letter('work') == 'kept'
        if stage.state_of('work') == 'Halted':  # and can be started
            stage.call('work', 'admin.vm.Start')
        ended = stage.run('qvm-run', '--pass-io', '--no-gui', 'work', 'cat letter')
        assert ended.out == 'kept', ended
        if self.netvm:
            check_link(stage, self.netvm)
        self.begin()


class Shutdown(Walk):
    def __init__(self, stage, netvm=''):
        super().__init__(stage, 'shutdown, with a netvm' if netvm else 'shutdown')
        self.volumes = Folders(stage)
        self.netvm = netvm
        make_work(stage, self.volumes)
        if netvm:
            give_netvm(stage, netvm)

    def begin(self):
        if self.stage.state_of('work') == 'Halted':
            self.stage.call('work', 'admin.vm.Start')
        self.text = str(time.monotonic())
        self.stage.does('qvm-run', '--pass-io', '--no-gui', 'work', f'echo -n {self.text} > letter')

    def operate(self):
        self.attempt('work', 'admin.vm.Shutdown', 'wait')

    def check(self):
        stage = self.stage
        if self.netvm:
            assert stage.state_of(self.netvm) == 'Running'
        if stage.state_of('work') != 'Halted':
            self.attempt('work', 'admin.vm.Kill')  # if it has not ended by itself by then
        wait_until(lambda: stage.state_of('work') == 'Halted', 'it ends')
        assert self.volumes.letter('work') == self.text, (self.volumes.letter('work'), self.text)
        revisions = stage.call('work', 'admin.vm.volume.ListSnapshots', 'private').split()
        assert len(revisions) == 1, revisions


def give_netvm(stage, netvm):
    stage.call('dom0', 'admin.vm.Create.AppVM', 'host', f'name={netvm} label=green')
    stage.call(netvm, 'admin.vm.property.Set', 'netvm', '')
    stage.call(netvm, 'admin.vm.property.Set', 'provides_network', 'True')
    stage.call('work', 'admin.vm.property.Set', 'netvm', netvm)


def interfaces(stage, qube):
    text = stage.does('qvm-run', '--pass-io', '--no-gui', qube, 'cat /proc/net/dev')
    return {line.split(':')[0].strip() for line in text.splitlines() if ':' in line}


def check_link(stage, netvm):
    """The pair of interfaces between the two is there."""
    number = stage.value_of('work', 'qid')
    wait_until(lambda: interfaces(stage, 'work') == {'lo', 'eth0'} and interfaces(stage, netvm) == {'lo', f'vif{number}'},
               'work and its netvm are linked')


def a_qube_is_made_whole_or_not_at_all(stage):
    Create(stage, Folders(stage)).go()


def a_qube_whose_volumes_are_images_is_made_whole_or_not_at_all(stage):
    Create(stage, Images(stage)).go()


def a_clone_has_its_sources_state_or_none(stage):
    Clone(stage, Folders(stage)).go()


def a_clone_of_images_has_their_state_or_none(stage):
    Clone(stage, Images(stage)).go()


def a_qube_is_removed_whole_or_not_at_all(stage):
    Remove(stage, Folders(stage)).go()


def a_qube_whose_volumes_are_images_is_removed_whole_or_not_at_all(stage):
    Remove(stage, Images(stage)).go()


def a_qube_that_was_being_started_runs_or_does_not(stage):
    Start(stage).go()


def a_qube_that_was_being_started_with_its_netvm_is_linked_to_it(stage):
    Start(stage, 'net').go()


def a_qube_that_was_being_shut_down_has_all_it_wrote(stage):
    Shutdown(stage).go()


def a_qube_that_was_being_shut_down_leaves_its_netvm_running(stage):
    Shutdown(stage, 'net').go()


def a_revert_goes_to_the_state_that_was_chosen_or_stays(stage):
    Revert(stage, Folders(stage)).go()


def a_revert_of_images_goes_to_the_state_that_was_chosen_or_stays(stage):
    Revert(stage, Images(stage)).go()


if __name__ == '__main__':
    sys.exit(stories.run('ProcessQubesdWalk', sys.modules[__name__], lambda: kill_points.Stage(sys.argv[1])))
