"""What a qube does for the scenario `between`: calls a service of another as qrexec-client-vm does, and measures; or the floor of that.

Runs in the qube (it is sent to its python3), prints a JSON array of samples.
between_in_qube.py call|flood|spawn|wake|rate TARGET COUNT
"""
import array
import json
import os
import select
import socket
import struct
import sys
import time

SERVICE = b'qubes.VMExec+true'


def begin(target):
    """Asks for a call; its agent connection."""
    agent = socket.socket(socket.AF_UNIX)
    agent.connect('/run/qubes/qrexec-agent')
    body = bytes(64) + target.encode().ljust(64, b'\0') + b'SOCKET'.ljust(32, b'\0') + SERVICE + b'\0'
    agent.sendall(struct.pack('<II', 0x213, len(body)) + body)
    return agent


def meet(agent):
    """The two pipes of the call; None: refused."""
    data, rights, _, _ = agent.recvmsg(8, socket.CMSG_SPACE(8))
    if len(data) != 8:
        return None
    ends = array.array('i')
    ends.frombytes(rights[0][2])
    reader, writer = ends
    os.set_blocking(reader, True)
    os.write(writer, struct.pack('<III', 0x300, 4, 4) + struct.pack('<II', 0x190, 0))
    return reader, writer


def finish(reader, writer):
    text = b''
    while part := os.read(reader, 65536):
        text += part
    os.close(reader)
    os.close(writer)
    assert struct.pack('<IIi', 0x193, 4, 0) in text, text


def one_call(target):
    started = time.monotonic()
    agent = begin(target)
    ends = meet(agent)
    assert ends, 'refused'
    finish(*ends)
    agent.close()
    return (time.monotonic() - started) * 1e6


def calls(target, count):
    return [one_call(target) for _ in range(count)]


def rate(target, count, at_once=16):
    """Calls a second, so many at once."""
    started, left, waiting, running = time.monotonic(), count, {}, {}
    poll = select.poll()

    def start():
        agent = begin(target)
        waiting[agent.fileno()] = agent
        poll.register(agent, select.POLLIN)
    while left or waiting or running:
        while left and len(waiting) + len(running) < at_once:
            start()
            left -= 1
        for fd, _ in poll.poll():
            if fd in waiting:
                agent = waiting.pop(fd)
                poll.unregister(fd)
                ends = meet(agent)
                assert ends, 'refused'
                running[ends[0]] = (agent, ends[1])
                poll.register(ends[0], select.POLLIN)
            elif not os.read(fd, 65536):
                agent, writer = running.pop(fd)
                poll.unregister(fd)
                os.close(fd)
                os.close(writer)
                agent.close()
    return [count / (time.monotonic() - started)]


def flood(target, _):
    """Until we are killed."""
    while True:
        rate(target, 1000, 32)


def spawn(_, count):
    """A program that does nothing, started and waited for here."""
    samples = []
    for _ in range(count):
        started = time.monotonic()
        os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)
        samples.append((time.monotonic() - started) * 1e6)
    return samples


def wake(_, count):
    """One process wakes another: half of there and back."""
    (a, b), (c, d) = os.pipe(), os.pipe()
    if os.fork() == 0:
        os.close(b)
        os.close(c)
        while os.read(a, 1):
            os.write(d, b'x')
        os._exit(0)
    samples = []
    for _ in range(count):
        started = time.monotonic()
        os.write(b, b'x')
        os.read(c, 1)
        samples.append((time.monotonic() - started) * 1e6 / 2)
    return samples


print(json.dumps({'call': calls, 'flood': flood, 'spawn': spawn, 'wake': wake, 'rate': rate}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
