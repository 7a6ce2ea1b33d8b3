"""A whole desktop with a bus for screen readers, for stories told in Python: PanelStage."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from qubesd_stage import wait_until

BUILD = pathlib.Path(sys.argv[1]).resolve()
VITRAIL = str(BUILD / 'tools/ctl/vitrail')
QVM = BUILD / 'tools/qvm'
READER = str(pathlib.Path(__file__).resolve().parent / 'screen_reader.py')
USER = 1900000000 if os.geteuid() == 0 else os.geteuid()  # docs/decisions/0005
WIDTH, HEIGHT = 1280, 800
# Roles of what a user acts on: each of them says what it is.
CONTROLS = {'push button', 'button', 'toggle button', 'menu item', 'check box', 'entry', 'text', 'image', 'link', 'switch'}


def as_user(*words):
    return ['setpriv', '--reuid', str(USER), '--regid', str(USER), '--clear-groups', *words] if os.geteuid() == 0 else list(words)


class PanelStage:
    """In a folder of its own, with the qubes of QUBES, TOML text that the story's class sets."""

    QUBES = ''
    CONFIG = ''

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='vitrail-panel-'))
        self.folder.chmod(0o755)
        (self.folder / 'run').mkdir(mode=0o700)
        os.chown(self.folder / 'run', USER, USER)
        (self.folder / 'qubes.toml').write_text(self.QUBES)
        (self.folder / 'config.toml').write_text(self.CONFIG)
        bus = subprocess.run(as_user('dbus-daemon', '--session', '--fork', '--print-address', '--print-pid',
                                     '--address=unix:path=%s/run/bus' % self.folder),
                             env=dict(os.environ, XDG_RUNTIME_DIR=str(self.folder / 'run')), capture_output=True, text=True, check=True)
        address, pid = bus.stdout.split()
        self.bus = int(pid)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=str(self.folder / 'run'), XDG_DATA_HOME=str(self.folder / 'data'),
                                DBUS_SESSION_BUS_ADDRESS=address)
        self.session = subprocess.Popen([VITRAIL, 'run', '--headless', '--output', f'{WIDTH}x{HEIGHT}', '--qubes',
                                         str(self.folder / 'qubes.toml'), '--config', str(self.folder / 'config.toml')], env=self.environment,
                                        stdout=subprocess.DEVNULL, stderr=(self.folder / 'session.log').open('w'))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._log = self.read_log()
        self.ctl('quit')
        try:
            self.session.wait(20)
        except subprocess.TimeoutExpired:
            self.session.kill()
            self.session.wait()
        os.kill(self.bus, signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read_log(self):
        logs = sorted((self.folder / 'run/vitrail/log').glob('*.log'))
        return (self.folder / 'session.log').read_text() + ''.join(
            f'--- {log.name}\n{log.read_text(errors="replace")[-1500:]}' for log in logs)

    def log(self):
        return getattr(self, '_log', '')

    def ctl(self, *words):
        done = subprocess.run([VITRAIL, 'ctl', *words], env=self.environment, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else ''

    def status(self):
        return json.loads(self.ctl('status', '--json') or '{}')

    def windows(self):
        return json.loads(self.ctl('windows', '--json') or '[]')

    def qvm(self, tool, *words):
        socket = str(self.folder / 'run/vitrail/qubesd.sock')
        return subprocess.run([str(QVM / tool), *words], env=dict(self.environment, QUBESD_SOCKET=socket), capture_output=True, text=True)

    def beside(self, *words):
        display = (self.folder / 'run/vitrail/display').read_text().strip()
        subprocess.run(as_user(*words), env=dict(self.environment, WAYLAND_DISPLAY=display), check=True, capture_output=True)

    def click(self, x, y):
        self.beside('wlrctl', 'pointer', 'move', '-10000', '-10000')
        self.beside('wlrctl', 'pointer', 'move', str(x), str(y))
        self.beside('wlrctl', 'pointer', 'click', 'left')

    def reader(self, *words):
        done = subprocess.run(as_user('python3', READER, 'vitrail-panel', *words), env=self.environment, capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else []

    def objects(self):
        return self.reader()

    def find(self, start, role=None):
        return next((one for one in self.objects()
                     if one['name'].startswith(start) and (role is None or one['role'] == role)), None)

    def wait_for(self, start, role=None):
        return wait_until(lambda: self.find(start, role), f'an object named "{start}"')

    def press(self, start):
        one = self.wait_for(start)
        role = next(o['role'] for o in self.objects() if o['name'].startswith(start) and o['role'] in CONTROLS) if one else ''
        assert self.reader('press', role, start), f'{start} could not be pressed'
