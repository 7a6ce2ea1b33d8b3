"""A vitrail-qubesd of its own in a scratch folder, as an ordinary user, and our tools beside it."""
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import admin_api

# As root qubesd runs under an id that no account has: no qube is started as root.
USER = 1900000000 if os.geteuid() == 0 else os.geteuid()


def as_user():
    """Keywords for subprocess that make it run as the ordinary user."""
    return {'user': USER, 'group': USER, 'extra_groups': []} if os.geteuid() == 0 else {}


def uncover_proc():
    """As root inside a bubblewrap: its covers on parts of /proc keep the kernel from giving a qube a /proc of its own."""
    if os.geteuid() != 0:
        return
    os.unshare(os.CLONE_NEWNS)
    subprocess.run(['mount', '--make-rslave', '/'], check=True)
    for cover in ('/proc/irq', '/proc/bus', '/proc/sys', '/proc/sysrq-trigger'):
        subprocess.run(['umount', '-l', cover], stderr=subprocess.DEVNULL, check=False)  # those that are there


uncover_proc()


def wait_until(condition, what, seconds=60):
    """Waits for a condition; the value it then has."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError('it never came to that: ' + what)
        time.sleep(0.005)
    return value


def descendants(pid):
    """Children of a process and theirs."""
    found = []
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        for child in (task / 'children').read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def keeper_says(stage, qube, op):
    """The answer of a running qube's keeper."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(stage.runtime / 'qubes' / qube / 'keeper.sock'))
        connection.sendall(json.dumps({'op': op}).encode() + b'\n')
        text = b''
        while not text.endswith(b'\n'):
            text += connection.recv(65536)
        return json.loads(text)


class Ended:
    """How a command ended."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    def __repr__(self):
        return f'status {self.status}\n{self.out}{self.err}'


class Stage:
    """One qubesd; ends with everything it started."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='vq-'))
        os.chown(self.folder, USER, USER)
        self.runtime = self.folder / 'run'
        self.home = self.folder / 'home'
        self.home.mkdir()
        os.chown(self.home, USER, USER)
        self.socket = str(self.runtime / 'qubesd.sock')
        self.internal = str(self.runtime / 'qubesd.internal.sock')
        self.misc = str(self.runtime / 'qubesd.misc.sock')
        self.service = None
        self.start_qubesd()
        self._remove_usual_set()
        return self

    def _remove_usual_set(self):
        """What a first start offers goes, but for the template: each story says which qubes it has."""
        for setting in ('default_netvm', 'default_dispvm'):
            self.call('dom0', 'admin.property.Set', setting)
        for name in ('personal', 'work', 'untrusted', 'banking', 'vault', 'default-dvm', 'sys-usb', 'sys-firewall', 'sys-net'):
            self.call(name, 'admin.vm.Remove')

    def __exit__(self, *ignored):
        try:
            if self.service and self.service.poll() is None:
                for line in self.call('dom0', 'admin.vm.List').splitlines():
                    name = line.split()[0]
                    if name != 'dom0' and ' state=Halted ' not in line and ' state=NA ' not in line:
                        self.attempt(name, 'admin.vm.Kill')
        finally:
            self.stop_qubesd()
            shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self):
        return {'PATH': os.environ['PATH'], 'LANG': 'C.UTF-8', 'HOME': str(self.home),
                'XDG_RUNTIME_DIR': str(self.folder), 'XDG_DATA_HOME': str(self.home / '.local/share'),
                'QUBESD_SOCKET': self.socket}

    def service_environment(self):
        """What qubesd gets."""
        return self.environment()

    def start_qubesd(self):
        with open(self.folder / 'qubesd.log', 'ab') as log:
            self.service = subprocess.Popen(
                [self.build / 'services/qubesd/vitrail-qubesd', '--state', self.folder / 'state',
                 '--runtime-dir', self.runtime], env=self.service_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **as_user())
        wait_until(lambda: self.service.poll() is not None or self._answers(), 'qubesd answers')
        if self.service.poll() is not None:
            raise AssertionError('qubesd ended at once\n' + self.log())

    def stop_qubesd(self):
        if self.service and self.service.poll() is None:
            self.service.send_signal(signal.SIGTERM)
            self.service.wait(60)

    def _answers(self):
        try:
            return admin_api.call(self.socket, 'dom0', 'admin.vm.List')
        except OSError:
            return None

    def log(self):
        logs = [self.folder / 'qubesd.log', *sorted(self.runtime.glob('qubes/*/*log')),
                *sorted(self.folder.glob('state/logs/*/qube.log')), self.folder / 'state/logs/qrexec.log']
        return '\n'.join(f'--- {log}\n{log.read_text(errors="replace")[-4000:]}' for log in logs if log.exists())

    # --- the API, as the independent client speaks it

    def call(self, destination, method, argument='', payload=b''):
        return admin_api.call(self.socket, destination, method, argument, payload)

    def attempt(self, destination, method, argument='', payload=b'', socket=None, source='dom0'):
        """The kind of exception that a call ends with; None: it was done."""
        try:
            admin_api.call(socket or self.socket, destination, method, argument, payload, source)
        except admin_api.AdminError as refused:
            return refused.kind
        return None

    def state_of(self, name):
        return self.call(name, 'admin.vm.List').split(' state=')[1].split()[0]

    def value_of(self, name, prop):
        return admin_api.prop(self.call(name, 'admin.vm.property.Get', prop))[2]

    def cpu_ms(self):
        """What qubesd and the commands that have ended have used of processors."""
        fields = pathlib.Path(f'/proc/{self.service.pid}/stat').read_text().rsplit(')', 1)[1].split()
        ticks = (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf('SC_CLK_TCK')
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ticks + (children.ru_utime + children.ru_stime) * 1000

    # --- our tools

    def run(self, *words, stdin=b''):
        """Runs one of the tools by its name: qvm-ls …"""
        program = self.build / 'tools/qvm' / words[0]
        done = subprocess.run([program, *map(str, words[1:])], env=self.environment(), input=stdin, capture_output=True,
                              timeout=100, cwd=self.home, **as_user())
        return Ended(done)

    def does(self, *words, stdin=b''):
        """The same for what has to succeed: what it printed."""
        done = self.run(*words, stdin=stdin)
        assert done.status == 0, f'{words}: {done}'
        return done.out
