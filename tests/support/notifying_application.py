#!/usr/bin/env python3
"""An application of a qube that tells something, run there: a JSON object a line on standard input, one a line back.

{"notify": [app, replaces, summary, body, [key, label, …], {hint: [signature, value]}, timeout]} answers {"id": N} or
{"error": NAME}; {"close": ID}; {"flood": COUNT} tells so many, the next before the last is answered, and answers when each
was. {"call": METHOD} answers {"value": …}. Signals come as {"closed": [ID, REASON]} and {"action": [ID, KEY]}.
"""
import json
import os

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

NAME, PATH = 'org.freedesktop.Notifications', '/org/freedesktop/Notifications'
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
loop = GLib.MainLoop()
orders = bytearray()


def say(**what):
    print(json.dumps(what), flush=True)


def call(method, parameters, kind, then):
    def done(source, result):
        try:
            then(source.call_finish(result).unpack())
        except GLib.Error as problem:
            say(error=Gio.DBusError.get_remote_error(problem) or str(problem))
    bus.call(NAME, PATH, NAME, method, parameters, GLib.VariantType(kind) if kind else None, 0, -1, None, done)


def notify(app, replaces, summary, body, actions, hints, timeout):
    return GLib.Variant('(susssasa{sv}i)', (app, replaces, '/etc/passwd', summary, body, actions,
                                            {key: GLib.Variant(*value) for key, value in hints.items()}, timeout))


def flood(count):
    left = [count]

    def one(_):
        left[0] -= 1
        if left[0] == 0:
            say(flooded=count)
    for number in range(count):
        call('Notify', notify('flood', 0, 'Flood %d' % number, 'x' * 200, [], {'urgency': ('y', 2)}, 0), '(u)', one)


def read_orders(*_):
    """Whole lines of what is there; the loop does not wake for what a file object has read ahead."""
    some = os.read(0, 1 << 20)
    orders.extend(some)
    while (end := orders.find(b'\n')) >= 0:
        obey(json.loads(orders[:end]))
        del orders[:end + 1]
    if not some:
        loop.quit()
    return bool(some)


def obey(wish):
    if 'notify' in wish:
        call('Notify', notify(*wish['notify']), '(u)', lambda value: say(id=value[0]))
    elif 'close' in wish:
        call('CloseNotification', GLib.Variant('(u)', (wish['close'],)), None, lambda value: None)
    elif 'flood' in wish:
        flood(wish['flood'])
    elif 'call' in wish:
        call(wish['call'], None, None, lambda value: say(value=value))


def heard(_connection, _sender, _path, _interface, signal, parameters):
    say(**{{'NotificationClosed': 'closed', 'ActionInvoked': 'action'}[signal]: list(parameters.unpack())})


for signal in ('NotificationClosed', 'ActionInvoked'):
    bus.signal_subscribe(None, NAME, signal, PATH, None, 0, heard)
GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, read_orders)
loop.run()
