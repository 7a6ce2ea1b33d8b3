#!/usr/bin/env python3
"""What applications of qubes tell the user, on a whole desktop: with real qubes, and with hostile ones.

usage: desktop_notifications.py BUILD
"""
import json
import pathlib
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'support'))
import stories  # noqa: E402
from panel_stage import BUILD, HEIGHT, QVM, WIDTH, PanelStage, as_user  # noqa: E402
from qubesd_stage import wait_until  # noqa: E402

APPLICATION = (HERE.parent / 'support/notifying_application.py').read_text()
PICTURES = BUILD / 'pictures/desktop-notifications'


class Application:
    """One in a qube that tells things; see notifying_application.py."""

    def __init__(self, stage, qube):
        stage.in_qube(qube, 'cat > application.py', APPLICATION)
        self.process = subprocess.Popen([str(QVM / 'qvm-run'), '-p', qube, 'exec python3 -u application.py'],
                                        env=stage.admin_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def order(self, **what):
        self.process.stdin.write(json.dumps(what) + '\n')
        self.process.stdin.flush()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, **what):
        self.order(**what)
        answer = self.answer()
        return answer

    def notify(self, summary, body='', actions=(), hints=None, timeout=-1, app='mail', replaces=0):
        return self.ask(notify=[app, replaces, summary, body, list(actions), hints or {}, timeout])

    def end(self):
        self.process.stdin.close()
        self.process.wait(20)


class Stage(PanelStage):
    QUBES = '''[[qube]]
name = "work"
label = "blue"
applications = ["foot -T story"]
[[qube]]
name = "personal"
label = "yellow"
applications = ["foot -T other"]
'''

    def __enter__(self):
        super().__enter__()
        wait_until(lambda: len(self.windows()) == 2, 'both windows')
        self.wait_for('Notifications: none new')
        self.applications = []
        return self

    def __exit__(self, *reason):
        for one in self.applications:
            one.process.kill()
            one.process.wait()
        super().__exit__(*reason)

    def admin_environment(self):
        return dict(self.environment, QUBESD_SOCKET=str(self.folder / 'run/vitrail/qubesd.sock'))

    def in_qube(self, qube, command, text=''):
        return subprocess.run([str(QVM / 'qvm-run'), '-p', qube, command], input=text, env=self.admin_environment(),
                              capture_output=True, text=True)

    def application(self, qube):
        self.applications.append(Application(self, qube))
        return self.applications[-1]

    def overlay(self):
        return [one for one in json.loads(self.ctl('tree', '--json') or '[]') if one.get('layer') == 'overlay']

    def board(self):
        return 'vitrail-notices' in json.dumps(self.overlay())

    def board_width(self):
        def widths(node):
            yield node.get('width', 0)
            for child in node.get('children', []):
                yield from widths(child)
        return max(width for one in self.overlay() for width in widths(one))

    def gone(self, start):
        wait_until(lambda: not self.find(start), f'"{start}" to be gone')

    def open_list(self):
        self.click(WIDTH - 238, HEIGHT - 18)
        self.wait_for('Do not disturb')

    def press_until(self, start, condition, what):
        """A click within 300 ms of a change is not taken: a person presses again."""
        self.wait_for(start)

        def tried():
            if not condition():
                self.reader('press', 'button', start)
            return condition()
        wait_until(tried, what)

    def keep_picture(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        display = (self.folder / 'run/vitrail/display').read_text().strip()
        file = self.folder / 'run/picture.png'
        subprocess.run(as_user('grim', str(file)), env=dict(self.environment, WAYLAND_DISPLAY=display), check=True)
        (PICTURES / (name + '.png')).write_bytes(file.read_bytes())


def what_an_application_tells_shows_with_its_qube_for_a_while_and_stays_in_the_list(stage):
    work = stage.application('work')
    assert work.ask(call='GetServerInformation')['value'][0] == 'Vitrail'
    assert sorted(work.ask(call='GetCapabilities')['value'][0]) == ['actions', 'body', 'persistence']
    assert work.notify('New message', 'From Ada: the drawings are ready.\nShall we meet at five?',
                       ['default', 'Open', 'reply', 'Reply'], app='Mail') == {'id': 1}
    stage.wait_for('work tells, Mail, New message, From Ada')
    assert stage.board()
    personal = stage.application('personal')
    personal.notify('Battery', 'Is nearly empty', hints={'urgency': ['y', 2]}, app='Power')
    stage.wait_for('personal tells, Power, Battery')
    stage.keep_picture('told')
    stage.gone('work tells, Mail')  # after its time; what is critical stays
    assert stage.find('personal tells, Power')
    stage.wait_for('Notifications: 2 new')
    stage.open_list()
    stage.wait_for('work tells, Mail, New message')
    stage.keep_picture('list')
    stage.wait_for('Notifications: none new')


def an_action_is_told_to_its_application_and_the_card_goes(stage):
    work, personal = stage.application('work'), stage.application('personal')
    number = work.notify('Call', 'Ada', ['answer', 'Answer', 'refuse', 'Refuse'], {'urgency': ['y', 2]})['id']
    stage.press_until('Answer: Call of work', lambda: not stage.find('work tells, mail, Call'), 'the card to go')
    assert work.answer() == {'action': [number, 'answer']}
    assert work.answer() == {'closed': [number, 2]}
    # The user closes one, an application takes one back, one changes.
    number = work.notify('Fire', hints={'urgency': ['y', 2]})['id']
    stage.press_until('Dismiss Fire of work', lambda: not stage.find('work tells, mail, Fire'), 'the card to go')
    assert work.answer() == {'closed': [number, 2]}
    number = work.notify('10 %', hints={'urgency': ['y', 2]})['id']
    stage.wait_for('work tells, mail, 10 %')
    assert work.notify('20 %', hints={'urgency': ['y', 2]}, replaces=number) == {'id': number}
    stage.wait_for('work tells, mail, 20 %')
    stage.gone('work tells, mail, 10 %')
    work.order(close=number)
    assert work.answer() == {'closed': [number, 3]}
    stage.gone('work tells')
    # Nobody else has heard of it.
    assert 'id' in personal.notify('Mine'), 'the first thing that it hears'


def texts_of_a_qube_are_texts_whatever_is_in_them(stage):
    work = stage.application('work')
    bold = '<b>bold</b> <a href="https://x">link</a> &amp; <img src="/etc/passwd"/>'
    work.notify(bold, 'first\r\n\u202eright to left\u202c\u200b\x07\nthird', ['default', '<i>Open</i>'],
                {'urgency': ['y', 2]}, app='dom0: policy')
    card = stage.wait_for('work tells, dom0: policy, ' + bold)
    assert 'first\n\ufffdright to left\ufffd\ufffd\ufffd\nthird' in card['name'], card
    stage.wait_for('<i>Open</i>: ')
    work.notify('M' * 3_000_000, 'wide ' * 2_000_000, ['k' * 200, 'l' * 500_000] * 4, {'urgency': ['y', 2]}, app='a' * 1_000_000)
    card = stage.wait_for('work tells, aaa')
    assert len(card['name']) < 6000, len(card['name'])
    assert stage.board_width() == 340, stage.board_width()
    stage.keep_picture('hostile')
    assert work.notify('odd', '', ['key without a label'])['error'] == 'org.freedesktop.DBus.Error.InvalidArgs'
    assert work.notify('negative', timeout=-5)['error'] == 'org.freedesktop.DBus.Error.InvalidArgs'
    assert 'id' in work.notify('still served')


def ten_thousand_in_a_row_cost_nobody_else_a_place(stage):
    work, personal = stage.application('work'), stage.application('personal')
    first = stage.status()['panel_pid']
    work.order(flood=10_000)
    stage.wait_for('work tells, flood')
    personal.notify('Mine', 'is seen in between', hints={'urgency': ['y', 2]})
    stage.wait_for('personal tells, mail, Mine')
    while 'flooded' not in (answer := work.answer()):
        assert 'closed' in answer, answer
    stage.wait_for('personal tells, mail, Mine')
    assert sum(one['name'].startswith('work tells') for one in stage.objects()) <= 3
    stage.keep_picture('flood')
    assert stage.status()['panel_pid'] == first
    stage.open_list()
    left_out = stage.wait_for('work: 99')['name']
    assert left_out.endswith(' more were left out'), left_out
    assert stage.find('personal tells, mail, Mine')


def nothing_shows_behind_the_lock_or_when_the_user_is_not_to_be_disturbed(stage):
    work = stage.application('work')
    work.notify('Before', hints={'urgency': ['y', 2]})
    stage.wait_for('work tells, mail, Before')
    stage.open_list()
    wait_until(lambda: not stage.board(), 'the list to take its place')
    stage.press('Do not disturb')
    stage.wait_for('Notifications: none new, do not disturb')
    work.notify('Quiet', hints={'urgency': ['y', 2]})
    stage.wait_for('work tells, mail, Quiet')  # in the list
    assert not stage.board()
    stage.press('Do not disturb')
    stage.click(20, 20)  # the list closes
    stage.gone('Do not disturb')
    work.notify('Loud', hints={'urgency': ['y', 2]})
    wait_until(stage.board, 'the board')
    stage.ctl('lock')
    wait_until(lambda: not stage.board(), 'the board to be gone')
    assert 'id' in work.notify('Behind the lock', hints={'urgency': ['y', 2]})
    assert not stage.board()


# --- a client of the original's version, and one that breaks every rule -------------------------------------------------

RAW = r'''
import socket, struct, subprocess, sys
ours, theirs = socket.socketpair()
client = subprocess.Popen(['qrexec-client-vm', '--use-stdin-socket', '', 'qubes.Notifications'], stdin=theirs)
theirs.close()
send = bytes.fromhex(sys.argv[1])
def read(count):
    got = b''
    while len(got) < count:
        more = ours.recv(count - len(got))
        if not more:
            return got
        got += more
    return got
print(read(4).hex(), flush=True)
try:
    ours.sendall(send)
except BrokenPipeError:
    pass
while (size := read(4)) and len(size) == 4:
    print(read(struct.unpack('<I', size)[0]).hex(), flush=True)
'''


def text(value):
    return struct.pack('<Q', len(value.encode())) + value.encode()


def frame(body):
    return struct.pack('<I', len(body)) + body


def original(sequence, summary):
    """A message of version 1.0, as fact has it and nothing of ours builds it."""
    return frame(struct.pack('<QI???BII', sequence, 0, False, False, False, 1, 2, 0) + text(summary) + text('Text') +
                 struct.pack('<Q', 2) + text('default') + text('Open') + b'\x01' + text('im') + struct.pack('<i', -1) +
                 b'\x01' + struct.pack('<iii?ii', 1, 1, 4, True, 8, 4) + struct.pack('<Q', 4) + b'pixl')


def a_client_of_the_originals_version_is_served_and_a_hostile_one_ends_its_own_call(stage):
    personal = stage.application('personal')
    stage.in_qube('work', 'cat > raw.py', RAW)
    version = struct.pack('<I', 0x00010000)
    client = subprocess.Popen([str(QVM / 'qvm-run'), '-p', 'work', 'exec python3 -u raw.py ' + (version + original(7, 'Original')).hex()],
                              env=stage.admin_environment(), stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == '01800100\n'
    assert bytes.fromhex(client.stdout.readline()) == struct.pack('<IIQ', 0, 1, 7)
    stage.wait_for('work tells, Original, Text')
    client.kill()
    client.wait()
    for hostile in (struct.pack('<I', 0x00020000), version + b'\xff' * 64, version + frame(b'\x00' * 40), version + frame(b''),
                    version + frame(struct.pack('<QI', 1, 0x5602) + b'\x09\x00\x00\x00'), version + original(1, 'cut')[:60] + b'\x00' * 4000):
        said = stage.in_qube('work', 'timeout 20 python3 -u raw.py ' + hostile.hex())
        assert said.returncode == 0 and said.stdout.startswith('01800100\n'), said
    assert 'id' in personal.notify('Nothing happened')
    stage.wait_for('personal tells, mail, Nothing happened')
    assert 'id' in stage.application('work').notify('Served again')


def a_panel_that_is_killed_is_told_again(stage):
    work = stage.application('work')
    number = work.notify('First')['id']
    stage.wait_for('work tells, mail, First')
    first = stage.status()['panel_pid']
    subprocess.run(as_user('kill', '-9', str(first)), check=True)
    assert work.answer() == {'closed': [number, 4]}
    wait_until(lambda: stage.status().get('panel_pid') not in (0, first, None), 'another panel')
    wait_until(lambda: 'id' in work.notify('Second'), 'the qube to be heard again')
    stage.wait_for('work tells, mail, Second')


if __name__ == '__main__':
    sys.exit(stories.run('DesktopNotifications', sys.modules[__name__], Stage))
