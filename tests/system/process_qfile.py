#!/usr/bin/env python3
"""The two ends of qubes.Filecopy against a second implementation of the stream in Python, and against each other.

usage: process_qfile.py BUILD
"""
import errno
import os
import pathlib
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qrexec_peer as qfile  # noqa: E402
import stories  # noqa: E402

FILE, FOLDER, LINK = 0o100640, 0o40750, 0o120777
EARLY = 31415926


class Stage:
    """A folder to send from and one to receive in."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='vf-'))
        self.out, self.incoming = self.folder / 'out', self.folder / 'in'
        self.out.mkdir()
        (self.folder / 'secret').write_text('secret')
        return self

    def __exit__(self, *ignored):
        for path in self.folder.rglob('*'):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        return ''

    def receive(self, stream, *options, limit=None):
        """Unpacks a stream; code, checksum and name of the answer."""
        def limited():
            if limit is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails, as on a full disk
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        done = subprocess.run([self.build / 'agents/files/qfile-unpacker', *options, '--into', self.incoming], input=stream, capture_output=True,
                              timeout=100, check=False, preexec_fn=limited)
        code, crc, name = qfile.parse_result(done.stdout)
        assert done.returncode == code & 0xff, (done.returncode, code)
        self.said = done.stderr.decode()
        return code, crc, name

    def received(self):
        return sorted(str(path.relative_to(self.incoming)) for path in self.incoming.rglob('*'))

    def send(self, *words, answer=None):
        """Sends to a receiver in Python: the stream, the exit status and what was said."""
        sender = subprocess.Popen([self.build / 'agents/files/qfile-agent', *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, cwd=self.out)
        stream = b''
        while not stream.endswith(qfile.END) or not finished(stream):
            part = os.read(sender.stdout.fileno(), 1 << 16)
            if not part:
                break
            stream += part
        if answer is None:
            answer = qfile.struct.pack('<iIQ', 0, 0, zlib.crc32(stream))
        sender.stdin.write(answer)
        sender.stdin.close()
        rest = sender.stdout.read()
        said = sender.stderr.read().decode()
        sender.stdout.close()
        sender.stderr.close()
        return stream + rest, sender.wait(60), said

    def copy(self, *words):
        """From our sender to our receiver, joined as a call joins them."""
        down, up = os.pipe(), os.pipe()
        receiver = subprocess.Popen([self.build / 'agents/files/qfile-unpacker', '--into', self.incoming], stdin=down[0], stdout=up[1], stderr=subprocess.PIPE)
        sender = subprocess.Popen([self.build / 'agents/files/qfile-agent', *words], stdin=up[0], stdout=down[1], stderr=subprocess.PIPE, cwd=self.out)
        for end in (*down, *up):
            os.close(end)
        said = sender.communicate(timeout=100)[1].decode()
        receiver.communicate(timeout=100)
        return sender.returncode, said


def finished(stream):
    try:
        qfile.unpack(stream)
        return True
    except (AssertionError, qfile.struct.error):
        return False


def make_tree(root):
    """Files, folders and links of every allowed kind."""
    tree = root / 'tree'
    (tree / 'sub/deep').mkdir(parents=True)
    (tree / 'empty-folder').mkdir()
    for name, size in (('empty', 0), ('one', 1), ('page', 4096), ('big', 3_000_000)):
        (tree / name).write_bytes(random.Random(size).randbytes(size))
        (tree / name).chmod(0o640)
    (tree / 'sub/\u00e9t\u00e9 (1).txt').write_text('summer')
    (tree / 'sub/deep/run').write_text('#!/bin/sh\n')
    (tree / 'sub/deep/run').chmod(0o755)
    os.symlink('deep/run', tree / 'sub/link')
    os.symlink('../one', tree / 'sub/up')
    for number, path in enumerate(sorted(tree.rglob('*'), reverse=True)):
        os.utime(path, ns=(1_000_000_000 + number, 1_600_000_000_123_456_789 + number), follow_symlinks=False)
    (tree / 'empty-folder').chmod(0o500)
    os.utime(tree / 'empty-folder', ns=(5, 1_500_000_000_000_000_001))
    os.utime(tree, ns=(5, 1_500_000_000_000_000_002))
    return tree


def tree_of(root):
    """What a tree is: kind, mode, times and content of everything in it."""
    found = {}
    for path in [root, *root.rglob('*')]:
        status = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(root))] = (stat.S_IFMT(status.st_mode), status.st_mode & 0o777, status.st_mtime_ns, content)
    return found


def a_tree_arrives_with_the_same_bytes_modes_and_times(stage):
    tree = make_tree(stage.out)
    assert stage.copy('tree', '../secret') == (0, '')
    assert tree_of(stage.incoming / 'tree') == tree_of(tree)
    assert (stage.incoming / 'secret').read_text() == 'secret'


def a_stream_of_the_other_implementation_is_unpacked(stage):
    tree = make_tree(stage.out)
    stream, crc = qfile.pack_tree(tree)
    code, told, name = stage.receive(stream)
    assert (code, told) == (0, crc) and name == b'tree', (code, name)
    assert tree_of(stage.incoming / 'tree') == tree_of(tree)
    assert stat.S_IMODE(stage.incoming.stat().st_mode) == 0o700


def our_stream_is_what_the_other_implementation_expects(stage):
    tree = make_tree(stage.out)
    stream, status, said = stage.send('tree')
    assert (status, said) == (0, '')
    entries, _ = qfile.unpack(stream)
    expected, _ = qfile.unpack(qfile.pack_tree(tree)[0])
    assert entries == expected


def several_files_are_named_by_their_last_part(stage):
    (stage.out / 'a').mkdir()
    (stage.out / 'a/b').write_text('b')
    stream, status, _ = stage.send('a/b', './a/../a/', str(stage.folder / 'secret'))
    assert status == 0
    assert [name for name, *_ in qfile.unpack(stream)[0]] == ['b', 'a', 'a/b', 'a', 'secret']


def what_the_receiver_says_is_told_and_its_names_made_harmless(stage):
    (stage.out / 'x').write_text('x')
    pack = qfile.struct.pack
    for answer, said in ((pack('<iIQ', 17, 0, 0) + pack('<I', 7) + b'"x\x1b[2J\xff', '"_x_[2J_": a file of that name is already in the incoming folder'),
                         (pack('<iIQ', -84, 0, 0), 'a name or a link with characters that are not allowed'),
                         (pack('<iIQ', 28, 0, 0), 'No space left on device'),
                         (pack('<iIQ', 0, 0, 1), 'what arrived is not what was sent'),
                         (b'', 'the receiver did not say that all of it arrived'),
                         (b'short', 'the receiver did not say that all of it arrived')):
        _, status, told = stage.send('x', answer=answer)
        assert status == 1 and told == f'qfile-agent: {said}\n', (answer, status, told)


def what_cannot_be_sent_is_named(stage):
    os.mkfifo(stage.out / 'fifo')
    for word, said in (('missing', 'missing: No such file'), ('fifo', 'it cannot be copied'), ('/', 'no name of its own'), ('..', 'no name of its own')):
        status, told = stage.copy(word)
        assert status == 1 and said in told, (word, status, told)
    assert stage.received() == []


def links_are_left_out_where_that_was_asked(stage):
    make_tree(stage.out)
    stream, status, _ = stage.send('--ignore-symlinks', 'tree')
    assert status == 0 and not any(stat.S_ISLNK(mode) for _, mode, *_ in qfile.unpack(stream)[0])


def a_stream_that_ends_early_at_any_byte_leaves_no_part_of_a_file(stage):
    stream = qfile.entry('d', FOLDER) + qfile.entry('d/whole', FILE, b'whole') + qfile.entry('d/half', FILE, b'0123456789') + \
        qfile.entry('d/link', LINK, b'half') + qfile.entry('d', FOLDER) + qfile.END
    for length in range(len(stream)):
        code, _, _ = stage.receive(stream[:length])
        assert code in (EARLY, errno.EREMOTEIO), (length, code)
        for path in stage.received():
            content = {'d': None, 'd/whole': b'whole', 'd/half': b'0123456789', 'd/link': None}[path]
            assert content is None or (stage.incoming / path).read_bytes() == content, (length, path)
        shutil.rmtree(stage.incoming)
    assert stage.receive(stream)[0] == 0


def names_and_links_that_lead_out_are_refused(stage):
    before = sorted(os.listdir(stage.folder))
    for name in ('..', '../x', 'a/../../x', '/tmp/x', 'a//b', 'a/', '.', './a', 'a\n', '\x1b[31m', b'\xff', '\u202e.txt', '\u200b', b'', 'x' * 20000, b'a\0b'):
        code, _, _ = stage.receive(qfile.entry(name, FILE, b'x') + qfile.END)
        assert code in (errno.EILSEQ, errno.ENAMETOOLONG, errno.EINVAL), (name, code)
        assert stage.received() == [], name
    for name, target in (('l', 'x'), ('d/l', '..'), ('d/l', '../x'), ('d/l', '/etc/passwd'), ('d/l', ''), ('d/e/l', 'x/../../..'), ('d/l', 'a\n')):
        code, _, _ = stage.receive(qfile.entry('d', FOLDER) + qfile.entry(name, LINK, target.encode()) + qfile.END)
        assert code in (errno.ENOLINK, errno.EILSEQ), (name, target, code)
    assert stage.received() == ['d'] and sorted(os.listdir(stage.folder)) == sorted({*before, 'in'})


def nothing_is_written_through_a_link_that_is_there(stage):
    for where in (stage.folder, 'secret', 'out'):
        shutil.rmtree(stage.incoming, ignore_errors=True)
        stage.incoming.mkdir(mode=0o700)
        os.symlink(stage.folder / where, stage.incoming / 'd')
        for stream in (qfile.entry('d/x', FILE, b'x'), qfile.entry('d', FOLDER) + qfile.entry('d/x', FILE, b'x'), qfile.entry('d', FOLDER) + qfile.entry('d', FOLDER),
                       qfile.entry('d', FILE, b'x'), qfile.entry('d/l', LINK, b'x')):
            assert stage.receive(stream + qfile.END)[0] != 0, stream
    assert (stage.folder / 'secret').read_text() == 'secret' and not (stage.folder / 'x').exists() and os.listdir(stage.out) == []


def what_is_there_is_never_overwritten(stage):
    assert stage.receive(qfile.entry('x', FILE, b'first') + qfile.END)[0] == 0
    code, _, name = stage.receive(qfile.entry('x', FILE, b'second') + qfile.END)
    assert (code, name) == (errno.EEXIST, b'x') and (stage.incoming / 'x').read_bytes() == b'first'
    assert stage.receive(qfile.entry('d', FOLDER) + qfile.entry('d/x', FILE, b'a') + qfile.entry('d/x', FILE, b'b') + qfile.END)[0] == errno.EEXIST
    assert (stage.incoming / 'd/x').read_bytes() == b'a'


def special_files_and_impossible_headers_are_refused(stage):
    for mode in (0o10644, 0o20644, 0o60644, 0o140644, 0o644, 0o177777):
        assert stage.receive(qfile.entry('x', mode) + qfile.END)[0] == errno.EINVAL, oct(mode)
    assert stage.receive(qfile.entry('x', FILE, times=(0, 10**9, 0, 0)) + qfile.END)[0] == errno.EINVAL
    assert stage.receive(qfile.entry('x', FILE, times=(0, 0, 0, 2**32 - 1)) + qfile.END)[0] == errno.EINVAL
    assert stage.receive(qfile.entry('x', FOLDER, b'1') + qfile.END)[0] == errno.EINVAL
    assert stage.received() == []


def nobody_gets_the_rights_of_somebody_else_with_a_file(stage):
    assert stage.receive(qfile.entry('x', 0o106755, b'x') + qfile.END)[0] == 0
    assert stat.S_IMODE((stage.incoming / 'x').stat().st_mode) == 0o755


def a_size_that_is_a_lie_writes_nothing(stage):
    for size in (2**63, 2**64 - 1, 2**50):
        code, _, name = stage.receive(qfile.entry('x', FILE, b'few', length=size) + qfile.END)
        assert (code, name) == (errno.ENOSPC, b'x'), (size, code)
    code, _, _ = stage.receive(qfile.entry('x', FILE, b'few', length=1000) + qfile.END)
    assert code == EARLY and stage.received() == []


def a_disk_that_is_full_in_the_middle_leaves_no_part(stage):
    code, _, name = stage.receive(qfile.entry('small', FILE, b'x') + qfile.entry('x', FILE, bytes(300_000)) + qfile.END, limit=100_000)
    assert (code, name) == (errno.EFBIG, b'x') and stage.received() == ['small']


def a_wrong_checksum_is_noticed_by_the_sender(stage):
    (stage.out / 'x').write_text('x')
    _, status, said = stage.send('x', answer=qfile.struct.pack('<iIQ', 0, 0, 12345))
    assert status == 1 and 'not what was sent' in said


def very_many_empty_files_cost_no_memory(stage):
    count = 20_000
    stream = b''.join(qfile.entry(f'f{i}', FILE) for i in range(count)) + qfile.END
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert stage.receive(stream)[0] == 0
    assert len(os.listdir(stage.incoming)) == count
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 50_000)


def the_folder_is_named_after_the_calling_qube(stage):
    home = stage.folder / 'home'
    home.mkdir()
    environment = {'HOME': str(home), 'QREXEC_REMOTE_DOMAIN': 'work'}
    program = stage.build / 'agents/files/qfile-unpacker'
    stream = qfile.entry('x', FILE, b'x') + qfile.END
    assert subprocess.run([program], env=environment, input=stream, capture_output=True, check=False).returncode == 0
    assert (home / 'QubesIncoming/work/x').read_bytes() == b'x'
    assert stat.S_IMODE((home / 'QubesIncoming').stat().st_mode) == 0o700
    strange = qfile.entry('a\n', FILE, b'x') + qfile.END
    assert subprocess.run([program], env=environment, input=strange, capture_output=True, check=False).returncode == errno.EILSEQ
    assert subprocess.run([program, 'other'], env=environment, input=strange, capture_output=True, check=False).returncode == 2
    assert subprocess.run([program, 'allow-all-names'], env=environment, input=strange, capture_output=True, check=False).returncode == 0
    for name in ('', '..', 'a/b'):
        assert subprocess.run([program], env=dict(environment, QREXEC_REMOTE_DOMAIN=name), input=stream, capture_output=True, check=False).returncode == 2


if __name__ == '__main__':
    sys.exit(stories.run('ProcessQfile', sys.modules[__name__], lambda: Stage(sys.argv[1])))
