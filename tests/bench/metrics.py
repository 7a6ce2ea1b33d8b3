"""What the samples of one run mean: the metrics, their targets, and how far each is from it."""
import random
import statistics

# The scenarios that a metric's row needs.
NEEDS = {'P1': ['small', '4k'], 'P2': ['small'], 'P3': ['1080p'], 'P4': ['4k'], 'P5': ['small'], 'P6': ['input'],
         'P7': ['1080p', '4k'], 'P9': ['hidden'], 'P10': ['1080p', '4k', 'hidden'], 'P11': ['updates'],
         'P12': ['updates'], 'P14': ['small', 'input'], 'P15': ['create'], 'P20': ['windows'],
         'P21': ['windows'], 'P22': ['idle'], 'P23': ['idle'], 'P24': ['idle'], 'P25': ['idle'], 'P26': ['idle'],
         'P27': ['start'], 'P32': ['clipboard'], 'P35': ['launcher-search'], 'R1': ['policy'], 'R2': ['between'], 'R3': ['between'], 'R4': ['between'], 'R5': ['between'], 'R6': ['between'],
         'Q1': ['calls'], 'Q2': ['calls'], 'Q3': ['calls'], 'Q4': ['calls'], 'Q5': ['calls'], 'Q9': ['calls'],
         'Q6': ['qube-start'], 'Q7': ['qube-start'], 'Q8': ['qube-start']}


class Series:
    def __init__(self, blocks):
        self.blocks = blocks

    def median(self):
        return statistics.median(statistics.median(b) for b in self.blocks)

    def p99(self):
        samples = sorted(s for b in self.blocks for s in b)
        return samples[min(len(samples) - 1, int(len(samples) * 0.99))]

    def count(self):
        return sum(len(b) for b in self.blocks)

    def interval(self):
        """95 % of what the median would be with other blocks of the same kind."""
        if len(self.blocks) < 3:
            return None
        chance = random.Random(1)
        medians = [statistics.median(b) for b in self.blocks]
        drawn = sorted(statistics.median(chance.choices(medians, k=len(medians))) for _ in range(1000))
        return drawn[25], drawn[974]


class Samples:
    def __init__(self):
        self.found = {}

    def add(self, records):
        for record in records:
            tags = tuple(sorted((k, v) for k, v in record.items() if k not in ('block', 'samples')))
            self.found.setdefault(tags, []).append(record['samples'])

    def get(self, **tags):
        blocks = self.found.get(tuple(sorted(tags.items())))
        return Series([b for b in blocks if b]) if blocks else None

    def quietness(self):
        idle, control = self.get(metric='idle_percent'), self.get(metric='memcpy_control_us')
        if not idle or not control:
            return 0, 0
        values = [b[0] for b in control.blocks]
        return idle.median(), max(abs(v / values[0] - 1) for v in values) * 100


def number(value):
    if value == 0:
        return '0'
    if abs(value) >= 1e6:
        return f'{value / 1e6:.2f} M'
    if abs(value) >= 1e4:
        return f'{value / 1e3:.0f} k'
    return f'{value:.0f}' if abs(value) >= 100 else f'{value:.3g}'


def row(name, metric, ours, unit, limit, target, floor=None, peers='', more=False, note=''):
    """`limit`: what `ours` may be at most (with `more`: at least). None: no such peer in this run."""
    value = ours.median() if isinstance(ours, Series) else ours
    spread = ours.interval() if isinstance(ours, Series) else None
    shown = number(value) + (f' ({number(spread[0])}–{number(spread[1])})' if spread and spread[0] != spread[1] else '')
    if limit is None:
        verdict = 'no peer in this run' if target else ''
    elif (value >= limit) if more else (value <= limit):
        verdict = 'holds'
    elif limit == 0:
        verdict = f'misses by {number(value)}'
    else:
        verdict = f'misses by {max(value / limit, limit / value):.3g}x' if value else 'misses: 0'
    return {'id': name, 'metric': metric + (f', {unit}' if unit else ''), 'ours': shown,
            'floor': '' if floor is None else number(floor), 'peers': peers,
            'ratio': '' if not floor else f'{value / floor:.2f}', 'target': target, 'verdict': verdict, 'note': note}


def best_copy(samples, **tags):
    copies = [samples.get(peer=peer, **tags) for peer in ('copy plain', 'copy streaming')]
    copies = [c.median() for c in copies if c]
    return min(copies) if copies else None


def peers_text(samples, metric, size, peers, **tags):
    found = [(p, samples.get(metric=metric, size=size, peer=p, **tags)) for p in peers]
    return ', '.join(f'{p} {number(s.median())}' for p, s in found if s)


def waypipe(samples, **tags):
    """The better one of its two."""
    both = [samples.get(peer=p, **tags) for p in ('waypipe none', 'waypipe lz4')]
    both = [b.median() for b in both if b]
    return min(both) if both else None


PEERS = ['ours 1.8', 'direct', 'waypipe none', 'waypipe lz4']


def hand_over(s):
    ours, direct = s.get(metric='commit', size='16x16', peer='ours'), s.get(metric='commit', size='16x16', peer='direct')
    two = s.get(metric='wake', hops='2')
    if not ours or not direct or not two:
        return
    wake = two.median() / 2
    limit = direct.median() + 1.3 * wake + 10
    peers = peers_text(s, 'commit', '16x16', PEERS)
    yield row('P1', 'commit to compositor has it, 16x16', ours, 'us', limit,
              f'<= direct + 1.3 wake-ups + 10 = {number(limit)}', two.median(), peers)
    uhd = s.get(metric='commit', size='4K', peer='ours', content='pixel')
    if uhd:
        yield row('P1', 'the same, 4K', uhd, 'us', 1.1 * ours.median(), f'<= 1.1x 16x16 = {number(1.1 * ours.median())}',
                  two.median(), peers_text(s, 'commit', '4K', PEERS, content='pixel'))
    yield row('P2', 'commit to compositor has it, 16x16, p99', ours.p99(), 'us', 2 * direct.p99(),
              f'<= 2x direct = {number(2 * direct.p99())}', two.p99(), f'direct {number(direct.p99())}')


def pixels(s):
    for name, size, share in (('P3', '1080p', 0.08), ('P4', '4K', 0.06)):
        for content in ('pixel', 'text', 'noise'):
            tags = {'metric': 'pixel', 'size': size, 'content': content}
            ours, floor, pipe = s.get(peer='ours', **tags), best_copy(s, **tags), waypipe(s, **tags)
            if not ours or not floor:
                continue
            limit = 1.2 * floor + (40 if name == 'P3' else 0)
            yield row(name, f'commit to pixel, {size}, {content}', ours, 'us', limit,
                      f'<= 1.2x floor{" + 40" if name == "P3" else ""} = {number(limit)}', floor,
                      peers_text(s, 'pixel', size, PEERS, content=content))
            if pipe and content == 'text':
                yield row(name, f'the same against waypipe, {content}', ours, 'us', share * pipe,
                          f'<= {share}x waypipe = {number(share * pipe)}', floor, f'waypipe {number(pipe)}')
    ours, two = s.get(metric='pixel', size='16x16', peer='ours'), s.get(metric='wake', hops='2')
    if ours and two:
        limit, pipe = two.median() + 35, waypipe(s, metric='pixel', size='16x16')
        yield row('P5', 'commit to pixel, 16x16, p50', ours, 'us', limit, f'<= 2 wake-ups + 35 = {number(limit)}',
                  two.median(), peers_text(s, 'pixel', '16x16', PEERS))
        if pipe:
            yield row('P5', 'the same against waypipe', ours, 'us', 0.08 * pipe, f'<= 0.08x waypipe = {number(0.08 * pipe)}',
                      two.median(), f'waypipe {number(pipe)}')
        yield row('P5', f'p99 of {ours.count()}', ours.p99(), 'us', 150, '<= 150', two.p99())


def inputs(s):
    two = s.get(metric='wake', hops='2')
    for kind in ('key', 'motion'):
        ours = s.get(metric='input', kind=kind, peer='ours')
        if ours and two:
            limit = two.median() + 15
            yield row('P6', f'{kind} to agent, p50', ours, 'us', limit, f'<= 2 wake-ups + 15 = {number(limit)}', two.median())
            yield row('P6', f'{kind}, p99 of {ours.count()}', ours.p99(), 'us', 120, '<= 120', two.p99())


def closed_loop(s):
    for size in ('1080p', '4K'):
        ours, hot = s.get(metric='frames_per_second', size=size, peer='ours'), best_copy(s, metric='hot_copy', size=size)
        if ours and hot:
            yield row('P7', f'frames a second, {size}, full damage', ours, '', 0.9 * 1e6 / hot,
                      f'>= 0.9x copies a second = {number(0.9 * 1e6 / hot)}', 1e6 / hot,
                      peers_text(s, 'frames_per_second', size, PEERS), more=True)


def hidden(s):
    for way in ('covered', 'minimised', 'other workspace'):
        drawn, told = s.get(metric='frames_while_hidden', way=way), s.get(metric='frames_until_told', way=way)
        if drawn and told:
            yield row('P9', f'{way}: frames composed for 1,000 commits', drawn, '', 0, '0 (no byte copied)')
            yield row('P9', f'{way}: frames until the agent is told', told, '', 1, '<= 1')


def cpu(s):
    for size, share, anchor in (('1080p', 0.7, '0.40-0.66'), ('4K', 0.6, '2.65-3.0')):
        ours, hot = s.get(metric='cpu_s_per_1000_frames', size=size, peer='ours'), best_copy(s, metric='hot_copy', size=size)
        if ours and hot:
            yield row('P10', f'CPU of 1,000 full frames, {size}', ours, 's', None,
                      f'<= {share}x guid (anchor, measured elsewhere: {anchor})', hot / 1000,
                      peers_text(s, 'cpu_s_per_1000_frames', size, PEERS))
    ours = s.get(metric='cpu_s_per_1000_hidden', way='covered')
    if ours:
        yield row('P10', 'CPU of 1,000 frames of a covered window', ours, 's', 0.01, '<= 0.01')


def updates(s):
    for kind in ('X_COMMIT', 'SHMIMAGE'):
        ours = s.get(metric='cpu_us_per_update', kind=kind)
        if ours:
            yield row('P11', f'CPU of a small update, batch of 1,000, {kind}', ours, 'us', 0.5, '<= 0.5', 0.05)
    for kind in ('X_COMMIT', 'SHMIMAGE'):
        ours = s.get(metric='updates_per_second', kind=kind)
        if ours:
            yield row('P12', f'small updates a second, one qube, {kind}', ours, '', 2e6, '>= 2 M', more=True)
    for what, series in (('frame', s.get(metric='wakes_per_frame', size='16x16', peer='ours')),
                         ('key', s.get(metric='wakes_per_event', kind='key'))):
        if series:
            yield row('P14', f'wake-ups of guid and compositor a {what}', series, '', 2, '2', 2)


def windows(s):
    one, many = s.get(metric='first_pixel_us', windows='1'), s.get(metric='first_pixel_us', windows='1000')
    if one and many:
        yield row('P15', 'CREATE to first pixel, 400x300, one other window', one, 'us', 350, '<= 350')
        yield row('P15', 'the same among 1,000 windows', many, 'us', 1.2 * one.median(), '<= 1.2x')
    ten = s.get(metric='frame_us', windows='10')
    for count in ('10', '100', '1000'):
        frame = s.get(metric='frame_us', windows=count)
        if frame:
            yield row('P20', f'frame of 16x16 damage, {count} windows', frame, 'us', 100, '<= 100')
    if ten and frame:
        yield row('P20', '1,000 windows against 10', frame.median() / ten.median(), 'x', 1.3, '<= 1.3')
    floor = best_copy(s, metric='repaint_us')
    for count in ('1', '10', '100', '1000'):
        ours = s.get(metric='repaint_us', windows=count)
        if ours and floor:
            yield row('P21', f'full repaint, 1080p, {count} windows', ours, 'us', 1.3 * floor, f'<= 1.3x copy = {number(1.3 * floor)}',
                      floor)
    few, many = s.get(metric='repaint_us', windows='10'), s.get(metric='repaint_us', windows='1000')
    nodes = [s.get(metric='scene_nodes', windows=w) for w in ('10', '1000')]
    if few and many and all(nodes):
        each = (many.median() - few.median()) * 1000 / (nodes[1].median() - nodes[0].median())
        yield row('P21', f'each of {number(nodes[1].median())} scene nodes', each, 'ns', 60, '<= 60')


def idle(s):
    parts = [s.get(metric='kib_per_qube', of=w) for w in ('guid', 'compositor')]
    if not all(parts):
        return
    values = [p.median() for p in parts]
    yield row('P22', 'memory of an idle qube with a window', sum(values), 'KiB', 512, '<= 512', 128,
              f'of it guid {number(values[0])}, compositor {number(values[1])}')
    values = [s.get(metric='kib_per_window', of=w).median() for w in ('guid', 'compositor')]
    yield row('P23', 'memory of a further window, 400x300', sum(values), 'KiB', 16, '<= 16', None,
              f'of it guid {number(values[0])}, compositor {number(values[1])}')
    yield row('P24', '100 qubes, 1,000 windows, all private memory', s.get(metric='total_mib'), 'MiB', 60, '<= 60')
    yield row('P25', 'wake-ups a second, the same at rest for 20 s', s.get(metric='idle_wakes_per_second'), '', 0.1, '<= 0.1')
    yield row('P26', 'CPU, the same', s.get(metric='idle_cpu_percent'), '% of a core', 0.02, '<= 0.02')


def start(s):
    ours = s.get(metric='start_to_pixel_us')
    if ours:
        yield row('P27', 'spare guid to first window pixel', ours, 'us', 5000, '<= 5,000')


def clipboard(s):
    two = s.get(metric='wake', hops='2')
    for size, text, limit in (('65536', '64 KiB', 300), ('256000', '256,000 bytes', 1000)):
        ours, copy = s.get(metric='clipboard', bytes=size, part='all'), s.get(metric='clipboard_memcpy', bytes=size)
        if ours and copy and two:
            parts = [s.get(metric='clipboard', bytes=size, part=p).median() for p in ('ask', 'copy', 'paste')]
            yield row('P32', f'clipboard, {text}: copy and paste without the request to the application', ours, 'us', limit, f'<= {limit:,}',
                      copy.median() + 2 * two.median(), 'request {}; copy {}, paste {}'.format(*map(number, parts)))


def policy(s):
    for call in ('allow by rule 999', 'ask by rule 998', 'ask by rule 1000'):
        ours = s.get(metric='policy', call=call)
        if ours:
            yield row('R1', f'policy of 1,000 rules, {call}, p99 of {ours.count()}', ours.p99(), 'us', 50, '<= 50',
                      peers=f'p50 {number(ours.median())}')


def between(s):
    call, spawn, wake = (s.get(metric='between_us', what=what) for what in ('call', 'spawn', 'wake'))
    if call and spawn and wake:
        floor = spawn.median() + 4 * wake.median()
        yield row('R2', 'service call of an empty command between two running qubes, p50', call, 'us', 2 * floor, '<= 2x floor', floor,
                  'a program started here {}, one wake-up {}'.format(number(spawn.median()), number(wake.median())))
    rate = s.get(metric='between_rate')
    if rate:
        yield row('R3', 'such calls a second, 16 at once', rate, '', 1000, '>= 1,000', more=True)
    ours, cat = (s.get(metric='between_copy', peer=peer) for peer in ('ours', 'cat'))
    if ours and cat:
        yield row('R4', 'copy of 1 GiB from qube to qube', ours, 'MB/s', 0.6 * cat.median(), '>= 0.6x cat through a socket', cat.median(), more=True)
    files = s.get(metric='between_files')
    if files:
        yield row('R5', 'copy of 10,000 small files, files a second', files, '', 5000, '>= 5,000', more=True)
    alone, beside = (s.get(metric='between_flood', beside=what) for what in ('nobody', 'a flood'))
    if alone and beside:
        yield row('R6', 'a call while another qube floods calls, p99', beside.p99(), 'us', 3 * alone.p99(), '<= 3x alone', alone.p99())


def launcher(s):
    for titles in ('same in each qube', 'all different'):
        ours, index = s.get(metric='search', titles=titles), s.get(metric='search_index', titles=titles)
        if ours and index:
            yield row('P35', f'search of 10,000 entries, titles {titles}, p99 of {ours.count()}', ours.p99(), 'us', 500, '<= 500', 200,
                      peers=f'p50 {number(ours.median())}; made anew in {number(index.median())}')


def not_measured(name, metric, target, why):
    return {'id': name, 'metric': metric, 'ours': '', 'floor': '', 'peers': '', 'ratio': '', 'target': target,
            'verdict': f'not measured: {why}', 'note': ''}


def calls(s):
    for call, what in (('list', 'admin.vm.List of 200 qubes'), ('get', 'admin.vm.property.Get')):
        ours, floor = (s.get(metric='call_us', call=call, peer=peer) for peer in ('ours', 'floor'))
        if ours and floor:
            yield row('Q1', f'{what}, p50', ours, 'us', 2000, 'p99 <= 2,000', floor.median())
            yield row('Q1', f'{what}, p99 of {ours.count()}', ours.p99(), 'us', 2000, '<= 2,000', floor.p99())
    ours, floor = (s.get(metric='calls_per_second', call='get', peer=peer) for peer in ('ours', 'floor'))
    if ours and floor:
        yield row('Q2', 'property reads a second, one connection after another', ours, '', 10000, '>= 10,000',
                  floor.median(), more=True)


def events(s):
    disk = s.get(metric='disk_sync_us')
    for change, what in (('kept', 'a change that is kept on the disk first'), ('told', 'one that is only told')):
        ours, rate, lost = (s.get(metric=metric, change=change) for metric in ('event_us', 'events_per_second', 'events_lost'))
        floor = disk if change == 'kept' else None
        if ours:
            yield row('Q3', f'change to event at a subscriber, {what}, p50', ours, 'us', 5000, 'p99 <= 5,000',
                      floor and floor.median(), 'the disk alone is the floor' if floor else '')
            yield row('Q3', f'the same, p99 of {ours.count()}', ours.p99(), 'us', 5000, '<= 5,000', floor and floor.p99())
        if rate and lost:
            yield row('Q4', f'events a second, {what}', rate, '', 1000, '>= 1,000', floor and 1e6 / floor.median(), more=True)
            yield row('Q4', f'of 1,000 events lost, {what}', max(max(b) for b in lost.blocks), '', 0, '0')


def tools(s):
    ours = s.get(metric='qvm_ls_ms')
    if ours:
        yield row('Q5', 'qvm-ls of 200 qubes', ours, 'ms', 50, '<= 50')
        yield not_measured('Q5', 'the same by the original tool', '<= 0.1x', 'Debian does not package qubes-core-admin-client')
    ours = s.get(metric='clone_ms')
    if ours:
        yield row('Q5', 'qvm-clone of a template, 4,000 files, 64 MB', ours, 'ms', 100, '<= 100')


def qube_starts(s):
    alone, volumes, running, qube, cold, ready = (s.get(metric=metric, of=of) for metric, of in (
        ('window_ms', 'bubblewrap'), ('volumes_ms', 'qube'), ('running_ms', 'qube'), ('window_ms', 'qube'), ('window_ms', 'disposable'),
        ('window_ms', 'preloaded disposable')))
    if alone and qube:
        limit = 1.5 * alone.median()
        yield row('Q6', 'start of a qube to its first window', qube, 'ms', limit,
                  f'<= 1.5x bubblewrap and foot alone = {number(limit)}', alone.median(),
                  f'of it volumes ready after {number(volumes.median())}, programs can be started after {number(running.median())}')
    if cold:
        yield row('Q7', 'qvm-run in a new disposable to its window', cold, 'ms', None, '', alone.median())
    if cold and ready:
        limit = 0.6 * cold.median()
        yield row('Q8', 'the same in one that is kept ready', ready, 'ms', limit, f'<= 0.6x a new one = {number(limit)}',
                  alone.median())
    elif cold:
        yield not_measured('Q8', 'the same in one that is kept ready, ms', '<= 0.6x a new one', 'no disposable is kept ready yet')


def memory(s):
    ours, whole, after = s.get(metric='qubesd_mib', of='private'), s.get(metric='qubesd_mib', of='proportional'), s.get(metric='qubesd_mib_after')
    if ours and whole and after:
        yield row('Q9', 'private memory of idle qubesd, 200 qubes', ours, 'MiB', 20, '<= 20', None,
                  f'with its share of libraries {number(whole.median())}')
        yield row('Q9', 'the same after the calls above', after, 'MiB', 20, '<= 20')


def table(samples):
    rows = [r for part in (hand_over, pixels, inputs, closed_loop, hidden, cpu, updates, windows, idle, start, clipboard, policy, launcher, between,
                           calls, events, tools, qube_starts, memory)
            for r in part(samples)]
    return sorted(rows, key=lambda r: (r['id'][0], int(r['id'][1:])))


HEADS = ['id', 'metric', 'ours', 'floor', 'peers', 'ratio', 'target', 'verdict']


def as_text(rows):
    widths = {h: max([len(h)] + [len(r[h]) for r in rows]) for h in HEADS}
    lines = ['  '.join(h.ljust(widths[h]) for h in HEADS)]
    lines += ['  '.join(r[h].ljust(widths[h]) for h in HEADS).rstrip() for r in rows]
    return '\n'.join(lines)


def as_markdown(rows):
    lines = ['| ' + ' | '.join(HEADS) + ' |', '|' + ' --- |' * len(HEADS)]
    lines += ['| ' + ' | '.join(r[h] for h in HEADS) + ' |' for r in rows]
    return '\n'.join(lines) + '\n'
