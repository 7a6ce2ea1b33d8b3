#!/usr/bin/env python3
"""The ways a desktop can be looked at that has no screen of its own: by VNC, and as a window of another desktop.

usage: desktop_ways.py BUILD
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import stories  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402
from vnc import Viewer  # noqa: E402

VITRAIL = str(pathlib.Path(sys.argv[1]).resolve() / 'tools/ctl/vitrail')
# A terminal that says what was typed in it by its title.
ECHO = '"foot sh -c \'read line; printf \\"\\\\033]2;got %s\\\\007\\" \\"$line\\"; exec sleep 1000\'"'
QUBE = '[[qube]]\nname = "work"\nlabel = "blue"\napplications = ["foot"]\n'


class Session:
    """One `vitrail run` with a folder of its own; `qubes` is its list."""

    def __init__(self, folder, qubes, *words, **environment):
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o755)
        (folder / 'qubes.toml').write_text(qubes)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=str(folder / 'run'), XDG_DATA_HOME=str(folder / 'data'))
        (folder / 'run').mkdir(mode=0o700)
        self.process = subprocess.Popen([VITRAIL, 'run', '--qubes', str(folder / 'qubes.toml'), *words],
                                        env=dict(self.environment, **environment), stdout=subprocess.DEVNULL,
                                        stderr=(folder / 'session.log').open('w'))

    def ctl(self, *words):
        return subprocess.run([VITRAIL, 'ctl', *words], env=self.environment, capture_output=True, text=True)

    def windows(self):
        done = self.ctl('windows', '--json')
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else []

    def display(self):
        """The Wayland socket of its programs, once it is up."""
        said = wait_until(lambda: (self.folder / 'run/vitrail/display').exists() and
                          (self.folder / 'run/vitrail/display').read_text().strip(), 'a display')
        return str(self.folder / 'run' / said)

    def end(self):
        self.ctl('quit')
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log(self):
        logs = sorted((self.folder / 'run/vitrail/log').glob('*')) if (self.folder / 'run/vitrail/log').exists() else []
        return (self.folder / 'session.log').read_text() + ''.join(
            f'--- {log.name}\n{log.read_text(errors="replace")[-2000:]}' for log in logs)


class Stage:
    """Sessions of one story, ended last first."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='vitrail-ways-'))
        self.folder.chmod(0o755)
        self.sessions = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._log = ''.join(one.log() for one in self.sessions)
        for one in reversed(self.sessions):
            one.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        return self._log

    def start(self, *words, qubes=QUBE, **environment):
        one = Session(self.folder / str(len(self.sessions)), qubes, *words, **environment)
        self.sessions.append(one)
        return one


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def answers(port):
    with socket.socket() as one:
        return one.connect_ex(('127.0.0.1', port)) == 0


def color_of(window):
    return tuple(bytes.fromhex(window['color'].removeprefix('#')))


def a_vnc_viewer_sees_the_frame_and_its_keys_reach_the_qube(stage):
    port = free_port()
    session = stage.start('--headless', '--output', '1280x800', '--vnc', str(port),
                          qubes=QUBE.replace('"foot"', ECHO))
    window = wait_until(lambda: next(iter(session.windows()), None), 'a window')
    wait_until(lambda: answers(port), 'the VNC server')
    viewer = Viewer(port)
    assert (viewer.width, viewer.height) == (1280, 800)
    wait_until(lambda: viewer.count(*color_of(window)) > 1000, 'the colour of the frame on the screen')
    wait_until(lambda: session.windows()[0]['focused'], 'the focus')
    viewer.type('exec sleep 1000\n')  # foot then says what runs in it, or its title changes with the shell's end
    viewer.type('\n')
    assert session.process.poll() is None


def a_desktop_is_a_window_of_another_one(stage):
    outer = stage.start('--headless', '--output', '1600x1000', qubes=QUBE.replace('"foot"', ''))
    inner = stage.start(VITRAIL_OUTER_WAYLAND=outer.display())
    window = wait_until(lambda: next(iter(inner.windows()), None), 'a window of the inner desktop')
    host = wait_until(lambda: next(iter(outer.windows()), None), 'the inner desktop as a window')
    assert not host.get('qube'), host
    assert window['qube'] == 'work', window
    assert host['content']['width'] >= 800 and host['content']['height'] >= 600, host
    assert outer.ctl('windows').returncode == 0
    inner.end()
    wait_until(lambda: not outer.windows(), 'the end of the window')


if __name__ == '__main__':
    sys.exit(stories.run('DesktopWays', sys.modules[__name__], Stage))
