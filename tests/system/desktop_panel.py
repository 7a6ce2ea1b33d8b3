#!/usr/bin/env python3
"""The panel on a whole desktop, used by keys, clicks and a screen reader.

usage: desktop_panel.py BUILD
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'support'))
import stories  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402

VITRAIL = str(pathlib.Path(sys.argv[1]).resolve() / 'tools/ctl/vitrail')
QVM = pathlib.Path(sys.argv[1]).resolve() / 'tools/qvm'
READER = str(HERE.parent / 'support/screen_reader.py')
USER = 1900000000 if os.geteuid() == 0 else os.geteuid()  # docs/decisions/0005
WIDTH, HEIGHT = 1280, 800
QUBES = '''[[qube]]
name = "work"
label = "blue"
applications = ["foot -T 'a title <b>of work</b>'"]
'''
# Roles of what a user acts on: each of them says what it is.
CONTROLS = {'push button', 'button', 'toggle button', 'menu item', 'check box', 'entry', 'text', 'image', 'link'}


def as_user(*words):
    return ['setpriv', '--reuid', str(USER), '--regid', str(USER), '--clear-groups', *words] if os.geteuid() == 0 else list(words)


class Stage:
    """A desktop with a bus for screen readers, in a folder of its own."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='vitrail-panel-'))
        self.folder.chmod(0o755)
        (self.folder / 'run').mkdir(mode=0o700)
        os.chown(self.folder / 'run', USER, USER)
        (self.folder / 'qubes.toml').write_text(QUBES)
        bus = subprocess.run(as_user('dbus-daemon', '--session', '--fork', '--print-address', '--print-pid',
                                     '--address=unix:path=%s/run/bus' % self.folder),
                             env=dict(os.environ, XDG_RUNTIME_DIR=str(self.folder / 'run')), capture_output=True, text=True, check=True)
        address, pid = bus.stdout.split()
        self.bus = int(pid)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=str(self.folder / 'run'), XDG_DATA_HOME=str(self.folder / 'data'),
                                DBUS_SESSION_BUS_ADDRESS=address)
        self.session = subprocess.Popen([VITRAIL, 'run', '--headless', '--output', f'{WIDTH}x{HEIGHT}', '--qubes',
                                         str(self.folder / 'qubes.toml')], env=self.environment,
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

    def open_qubes(self):
        self.wait_for('Qubes: 1 run')
        self.click(WIDTH - 195, HEIGHT - 18)
        self.wait_for('work, running')


def every_control_says_what_it_is(stage):
    stage.wait_for('qube work, label blue')  # whose keyboard it is
    stage.open_qubes()
    stage.press('work, running')
    stage.wait_for('Shut down work')
    nameless = [one for one in stage.objects() if one['role'] in CONTROLS and not one['name']]
    assert not nameless, nameless
    names = [one['name'] for one in stage.objects()]
    for start in ('Applications', 'Workspace 1', 'Qubes: ', 'Session', 'work: '):
        assert any(name.startswith(start) for name in names), (start, names)


def a_halted_qube_is_started_from_the_widget_and_shut_down_again(stage):
    stage.open_qubes()
    stage.press('banking, halted')
    stage.press('Start banking')
    stage.wait_for('banking, running')
    assert 'Running' in stage.qvm('qvm-ls', 'banking').stdout
    stage.press('Shut down banking')
    stage.wait_for('banking, halted')
    assert 'Halted' in stage.qvm('qvm-ls', 'banking').stdout


def a_start_that_fails_tells_why(stage):
    stage.open_qubes()
    root = stage.folder / 'data/vitrail'
    stage.press('banking, halted')
    # Its volumes cannot be made while there is no folder for them.
    pools = [path for path in root.rglob('banking') if path.is_dir()]
    assert pools, list(root.rglob('*'))[:50]
    for path in pools:
        shutil.rmtree(path)
        path.write_text('in the way')
    stage.press('Start banking')
    stage.wait_for('banking, halted, ')
    assert stage.find('Qubes: ')['name'].endswith('has a problem')


def a_title_of_a_qube_is_shown_as_text_beside_its_mark(stage):
    stage.wait_for('work: a title <b>of work</b>')


def a_panel_that_is_killed_is_back_and_knows_everything(stage):
    stage.wait_for('Qubes: 1 run')
    first = stage.status()['panel_pid']
    assert first
    subprocess.run(as_user('kill', '-9', str(first)), check=True)
    wait_until(lambda: stage.status().get('panel_pid') not in (0, first, None), 'another panel')
    stage.wait_for('Qubes: 1 run')
    stage.wait_for('work: a title')


def the_task_of_a_window_puts_it_away_and_brings_it_back(stage):
    stage.wait_for('work: a title <b>of work</b>, in use')
    stage.press('work: a title')
    wait_until(lambda: stage.windows()[0]['minimized'], 'the window to be minimised')
    stage.press('work: a title')
    wait_until(lambda: not stage.windows()[0]['minimized'] and stage.windows()[0]['focused'], 'the window to be back')


def maximised_windows_leave_room_for_the_panel(stage):
    stage.wait_for('work: a title <b>of work</b>, in use')
    stage.beside('wtype', '-M', 'logo', '-k', 'm', '-m', 'logo')
    wait_until(lambda: stage.windows()[0]['maximized'], 'the window to be maximised')
    assert stage.windows()[0]['height'] == HEIGHT - 36


if __name__ == '__main__':
    sys.exit(stories.run('DesktopPanel', sys.modules[__name__], Stage))
