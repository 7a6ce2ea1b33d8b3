"""A qubesd that is killed before a chosen one of its calls that change something (kill_points.cpp), and what has to be so then."""
import ctypes
import mmap
import os
import pathlib
import select
import signal
import subprocess

import qubesd_stage

MARKS = {'commit', 'started'}  # files of a volume that say what is going on


class Counter(ctypes.Structure):
    """As kill_points.cpp has it."""
    _fields_ = [('armed', ctypes.c_uint32), ('count', ctypes.c_uint32), ('kill_at', ctypes.c_uint32),
                ('job_stays', ctypes.c_uint32), ('killed', ctypes.c_uint32), ('job', ctypes.c_int32), ('call', ctypes.c_char * 60)]


class Stage(qubesd_stage.Stage):
    """A qubesd that can be killed at a point."""

    def __init__(self, build):
        super().__init__(build)
        self.library = self.build / 'tests/support/libvitrail-kill-points.so'
        self.counter = None

    def service_environment(self):
        path = self.folder / 'points'
        if self.counter is None:
            path.write_bytes(bytes(4096))
            os.chown(path, qubesd_stage.USER, qubesd_stage.USER)
            with open(path, 'r+b') as file:
                self.memory = mmap.mmap(file.fileno(), 4096)
            self.counter = Counter.from_buffer(self.memory)
        return dict(self.environment(), LD_PRELOAD=str(self.library), KILL_POINTS=str(path))

    def runs_until(self, point, operation, job_stays=False):
        """Does it with a qubesd that dies at this point of it. The points there were, and whether it died: 0, or 1 at a call
        of its own, or 2 at one of a job. A job that stays is stopped, and goes on when let_job_go_on() says so."""
        counter = self.counter
        counter.count, counter.kill_at, counter.killed, counter.job_stays, counter.call = 0, point, 0, job_stays, b''
        counter.armed = 1
        try:
            operation()
        finally:
            counter.armed = 0
        if counter.killed:
            self.service.wait(60)
        return counter.count, counter.killed

    def let_job_go_on(self):
        """One that stayed, if it lives: until it has ended."""
        job = self.counter.job
        if not job:
            return
        try:
            descriptor = os.pidfd_open(job)
        except ProcessLookupError:
            return
        with os.fdopen(descriptor):
            signal.pidfd_send_signal(descriptor, signal.SIGCONT)
            select.select([descriptor], [], [], 60)

    # --- what has to be so, seen from outside

    def check_store(self):
        done = subprocess.run([self.build / 'services/qubesd/vitrail-qubesd', '--check', '--state', self.folder / 'state'],
                              env=self.environment(), capture_output=True, text=True, **qubesd_stage.as_user())
        assert (done.returncode, done.stdout) == (0, 'the store is in order\n'), done

    def keepers(self):
        """Names of the qubes whose keeper runs, from the list of all processes."""
        names = set()
        logs = f'{self.folder}/state/logs/'.encode()
        for entry in pathlib.Path('/proc').iterdir():
            try:
                words = (entry / 'cmdline').read_bytes().split(b'\0') if entry.name.isdigit() else []
            except OSError:
                continue  # it has ended
            if words[0:1] and words[0].endswith(b'vitrail-qube-keeper') and any(word.startswith(logs) for word in words):
                names.add(words[words.index(b'--name') + 1].decode())
        return names

    def states(self):
        lines = self.call('dom0', 'admin.vm.List').splitlines()
        return {line.split()[0]: line.split(' state=')[1].split()[0] for line in lines}

    def check_qubes(self):
        """Every keeper's qube is known as one that is not off, and only those: a qube that is just ending may be either."""
        def agrees():
            known = {name for name, state in self.states().items() if state not in ('Halted', 'NA') and name != 'dom0'}
            return known == self.keepers()
        qubesd_stage.wait_until(agrees, f'those that run are those that are known: {self.states()} {self.keepers()}', 10)

    def check_volumes(self):
        """On the disk is what the store says, and nothing else."""
        states = self.states()
        volumes = {}
        for name in states:
            for volume in self.call(name, 'admin.vm.volume.List').split():
                info = dict(line.split('=', 1) for line in
                            self.call(name, 'admin.vm.volume.Info', volume).splitlines())
                if info['vid'] and volume != 'kernel':
                    volumes.setdefault(info['pool'], {})[info['vid']] = (states[name], info['save_on_stop'] == 'True')
        problems = self._folder_problems(self.folder / 'state/volumes', volumes.get('varlibqubes', {}))
        problems += self._image_problems(self.folder / 'state/images', volumes.get('images', {}))
        assert not problems, problems

    @staticmethod
    def _image_problems(pool, vids):
        """A pool of the driver file-reflink: an image for each saved volume, and its revisions."""
        wanted = {f'{vid}.img' for vid, (_, is_saved) in vids.items() if is_saved}
        found = {str(entry.relative_to(pool)) for entry in pool.rglob('*') if entry.is_file()} if pool.exists() else set()
        revisions = {name for name in found if '.img.' in name and '@' in name and name[:name.index('.img.') + 4] in wanted}
        running = {f'{vid}{end}' for vid, (state, _) in vids.items() if state != 'Halted' for end in ('.img', '-dirty.img')}
        return [f'{name} is lost' for name in wanted - found] + \
               [f'{name} is of no volume' for name in found - wanted - revisions - running]

    @staticmethod
    def _folder_problems(pool, vids):
        """A pool of the driver dir."""
        used, problems = set(), []
        found = {str(entry.relative_to(pool)) for group in ('appvms', 'vm-templates') if (pool / group).exists()
                 for qube in (pool / group).iterdir() for entry in qube.iterdir()}
        problems += [f'{vid} is of no qube' for vid in found - set(vids)]
        problems += [f'{vid} is lost' for vid in set(vids) - found]
        for vid in found & set(vids):
            state, is_saved = vids[vid]
            names = {entry.name for entry in (pool / vid).iterdir()}
            if is_saved and 'current' not in names:
                problems.append(f'{vid} has no state')
            if state == 'Halted':
                problems += [f'{vid} is halted and has {mark}' for mark in names & MARKS]
                live = pool / vid / 'live'
                problems += [f'{vid} is halted and has {left}' for left in (live.iterdir() if live.exists() else [])]
            problems += [f'{vid} has {name}' for name in names if name.endswith(('.new', '.tar'))]
            manifests = [pool / vid / name for name in names & {'current', 'started'}]
            if 'revisions' in names:
                manifests += (pool / vid / 'revisions').iterdir()
            for manifest in manifests:
                layers = manifest.read_text().split()
                problems += [f'{manifest} is empty'] if not layers else []
                problems += [f'{manifest} names {layer}, which is lost' for layer in layers
                             if layer != '/' and not (pool / 'layers' / layer / 'tree').is_dir()]
                used.update(layers)
        problems += [f'the layer {layer.name} is of no volume' for layer in (pool / 'layers').iterdir()
                     if layer.name not in used]
        return problems
