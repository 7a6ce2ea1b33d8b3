#!/usr/bin/env python3
"""The panel on a whole desktop, used by keys, clicks and a screen reader.

usage: desktop_panel.py BUILD
"""
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'support'))
import stories  # noqa: E402
from panel_stage import CONTROLS, HEIGHT, WIDTH, PanelStage, as_user  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402


class Stage(PanelStage):
    QUBES = '''[[qube]]
name = "work"
label = "blue"
applications = ["foot -T 'a title <b>of work</b>'"]
'''

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
