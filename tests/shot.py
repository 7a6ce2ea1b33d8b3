#!/usr/bin/env python3
"""A scripted story on the whole desktop, headless, and what the screen shows at its end: shot.py BUILD FILE.png [STORY]

Stories: desktop (the demonstration's qubes at work, the default), qubes-widget (the panel's list of qubes, one of them
open), notifications (two qubes tell something), notifications-list (behind the bell), launcher, launcher-pages (its list of qubes), alt-tab, lock, prompt (a qube wants to send files); each with -dark or -scaled (scale 1.5) behind its name too; dark and scaled alone are the desktop's.
"""
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

build, target = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
story = sys.argv[3] if len(sys.argv) > 3 else 'desktop'
STORIES = ['desktop', 'qubes-widget', 'notifications', 'notifications-list', 'launcher', 'launcher-pages', 'launcher-qube', 'alt-tab', 'lock', 'prompt']
base, _, look = story.rpartition('-') if story.endswith(('-dark', '-scaled')) else (story, '', '')
if story in ('dark', 'scaled'):
    base, look = 'desktop', story
if base not in STORIES:
    sys.exit('shot: the stories are ' + ', '.join(STORIES) + '; with -dark or -scaled behind it too')
output = '2880x1620@1.5' if look == 'scaled' else '1920x1080'
config = 'theme = "dark"\n' if look == 'dark' else ''
WIDTH, HEIGHT = 1920, 1080  # layout units
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


def beside(*words):
    subprocess.run(words, env=dict(environment, WAYLAND_DISPLAY='wayland-1'), check=True, capture_output=True)


def click(x, y):
    """The user's mouse: from the corner, so that it does not matter where the pointer was."""
    beside('wlrctl', 'pointer', 'move', '-10000', '-10000')
    beside('wlrctl', 'pointer', 'move', str(x), str(y))
    beside('wlrctl', 'pointer', 'click', 'left')


TOLD = [('work', 'Mail', 'Ada Lovelace', 'The drawings are ready.\nShall we meet at five?', "['default', 'Open', 'reply', 'Reply']", 0),
        ('personal', 'Calendar', 'Concert in an hour', 'City Hall, row 7', "['later', 'Later']", 0)]


def tell(qube, app, summary, body, actions, timeout):
    """What notify-send would do in the qube."""
    subprocess.run([str(build / 'tools/qvm/qvm-run'), '-p', qube,
                    'gdbus call --session --dest org.freedesktop.Notifications --object-path /org/freedesktop/Notifications '
                    '--method org.freedesktop.Notifications.Notify -- ' +
                    ' '.join(shlex.quote(word) for word in (app, '0', '', summary, body, actions, '{}', str(timeout)))],
                   env=dict(environment, QUBESD_SOCKET=str(folder / 'vitrail/qubesd.sock')), check=True, capture_output=True)


def settle(least=3, seconds=40):
    """Until so many pictures in a row are the same: a browser takes its time; a cursor may blink."""
    before, alike = None, 0
    deadline = time.monotonic() + seconds
    while alike < least and time.monotonic() < deadline:
        time.sleep(0.7)
        now = picture()
        alike = alike + 1 if now == before else 0
        before = now
    return before


def act():
    """What the story does once the desktop stands still; the picture of its end."""
    if base == 'qubes-widget':
        click(WIDTH - 195, HEIGHT - 18)
        settle(1, 5)
        click(WIDTH - 330, HEIGHT - 520)
        time.sleep(14)  # some samples: one is taken each 3 s
        return picture()
    if base.startswith('notifications'):
        for qube, *words in TOLD:
            tell(qube, *words)
        until(lambda: 'vitrail-notices' in (ctl('tree') or ''), 'the notifications')
        if base == 'notifications-list':
            click(WIDTH - 238, HEIGHT - 18)
            until(lambda: 'vitrail-notices' not in (ctl('tree') or ''), 'the list')
        return settle(1, 5)
    if base.startswith('launcher'):
        beside('wtype', '-k', 'Super_L')
        until(lambda: 'vitrail-launcher' in (ctl('tree') or ''), 'the launcher')
        if base == 'launcher':
            beside('wtype', 'fi')
        else:
            beside('wtype', '-k', 'Tab')
        if base == 'launcher-qube':
            beside('wtype', '-k', 'Down', '-k', 'Down', '-k', 'Down', '-k', 'Down', '-k', 'Return')
        return settle(1, 10)
    if base == 'prompt':
        run = [str(build / 'tools/qvm/qvm-run'), '--no-gui', 'work', 'qvm-copy .bashrc || qvm-copy /etc/hostname']
        asker = subprocess.Popen(run, env=dict(environment, QUBESD_SOCKET=str(folder / 'vitrail/qubesd.sock')), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: any(one.get('ready') for one in json.loads(ctl('tree', '--json') or '[]')), 'the prompt')
        beside('wtype', 'pers')
        shown = settle(1, 5)
        beside('wtype', '-k', 'Escape')
        asker.terminate()
        return shown
    if base == 'alt-tab':
        hand = subprocess.Popen(['wtype', '-M', 'alt', '-k', 'Tab', '-k', 'Tab', '-s', '4000', '-m', 'alt'],
                                env=dict(environment, WAYLAND_DISPLAY='wayland-1'))
        time.sleep(2)
        shown = picture()
        hand.wait()
        return shown
    return picture()


session = subprocess.Popen([vitrail, 'run', '--headless', '--output', output, '--config', str(folder / 'config.toml'),
                            '--qubes', str(QUBES)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
try:
    until(lambda: len([w for w in windows() if not w['popup']]) >= WINDOWS, '%d windows' % WINDOWS)
    if base == 'lock':
        ctl('lock')
    settle()
    target.write_bytes(act())
finally:
    ctl('quit')
    try:
        session.wait(20)
    except subprocess.TimeoutExpired:
        session.kill()
    shutil.rmtree(folder, ignore_errors=True)
print('shot: %s written' % target.name, file=sys.stderr)
