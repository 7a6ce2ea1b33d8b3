#!/usr/bin/env python3
"""What a screen reader finds in a program, and what it can do there: screen_reader.py APPLICATION [press ROLE NAME]

Prints a JSON array of {role, name, description, states} of every object that is shown; with `press` it does the first
action of the first object of that role whose name begins so, and says whether there was one. Runs as the desktop's user,
with the address of his bus in the environment.
"""
import json
import sys

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi  # noqa: E402


def application(name):
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        one = desktop.get_child_at_index(index)
        if one and one.get_name() == name:
            return one
    return None


def walk(one, depth=0):
    if one is None or depth > 30:
        return
    yield one
    for index in range(one.get_child_count()):
        yield from walk(one.get_child_at_index(index), depth + 1)


def shown(one):
    return one.get_state_set().contains(Atspi.StateType.SHOWING)


def describe(one):
    states = [state.value_nick for state in one.get_state_set().get_states()]
    return {'role': one.get_role_name(), 'name': one.get_name() or '', 'description': one.get_description() or '',
            'states': states}


root = application(sys.argv[1])
objects = [one for one in walk(root) if shown(one)] if root else []
if len(sys.argv) == 2:
    print(json.dumps([describe(one) for one in objects]))
else:
    _, _, _, role, name = sys.argv
    found = next((one for one in objects if one.get_role_name() == role and (one.get_name() or '').startswith(name)), None)
    print(json.dumps(bool(found and found.get_action_iface() and found.do_action(0))))
