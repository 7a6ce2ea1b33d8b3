#!/usr/bin/env python3
"""A scripted story on the whole desktop, headless, and what the screen shows at its end: shot.py BUILD FILE.png [STORY]

Stories: desktop (the demonstration's qubes at work, the default), dark, scaled (scale 1.5), lock.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

build, target = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
story = sys.argv[3] if len(sys.argv) > 3 else 'desktop'
STORIES = {'desktop': ('1920x1080', ''), 'dark': ('1920x1080', 'theme = "dark"\n'),
           'scaled': ('2880x1620@1.5', ''), 'lock': ('1920x1080', '')}
if story not in STORIES:
    sys.exit('shot: the stories are ' + ', '.join(STORIES))
output, config = STORIES[story]
vitrail = str(build / 'tools/ctl/vitrail')
folder = pathlib.Path(tempfile.mkdtemp(prefix='vitrail-shot-'))
environment = dict(os.environ, XDG_RUNTIME_DIR=str(folder), XDG_DATA_HOME=str(folder / 'data'))
(folder / 'config.toml').write_text(config)
os.chmod(folder / 'config.toml', 0o644)
QUBES = build.parent / 'data/config/demo-qubes.toml'
WINDOWS = 8


def ctl(*words):
    done = subprocess.run([vitrail, 'ctl', *words], env=environment, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def until(condition, what, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end or session.poll() is not None:
            sys.exit('shot: %s did not come' % what)
        time.sleep(0.2)


def windows():
    text = ctl('windows', '--json')
    return json.loads(text) if text else []


def picture():
    display = dict(environment, WAYLAND_DISPLAY='wayland-1')
    file = folder / 'picture.png'
    done = subprocess.run(['grim', str(file)], env=display, capture_output=True)
    return file.read_bytes() if done.returncode == 0 else None


session = subprocess.Popen([vitrail, 'run', '--headless', '--output', output, '--config', str(folder / 'config.toml'),
                            '--qubes', str(QUBES)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
try:
    until(lambda: len([w for w in windows() if not w['popup']]) >= WINDOWS, '%d windows' % WINDOWS)
    if story == 'lock':
        ctl('lock')
    before, alike = None, 0
    deadline = time.monotonic() + 40
    while alike < 3 and time.monotonic() < deadline:  # a browser takes its time; a cursor may blink
        time.sleep(0.7)
        now = picture()
        alike = alike + 1 if now == before else 0
        before = now
    target.write_bytes(picture())
finally:
    ctl('quit')
    try:
        session.wait(20)
    except subprocess.TimeoutExpired:
        session.kill()
    shutil.rmtree(folder, ignore_errors=True)
print('shot: %s written' % target.name, file=sys.stderr)
