#!/usr/bin/env python3
"""The qvm commands against a real vitrail-qubesd: what they print, how they end, what is then so.

usage: process_qvm.py BUILD
"""
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import qubesd_stage  # noqa: E402
import stories  # noqa: E402


def made(stage, name='work', *options):
    """An application qube of the host's own template."""
    stage.does('qvm-create', name, '--label', 'blue', *options)
    return name


# --- making and listing

def a_new_qube_is_listed_with_its_template_label_and_state(stage):
    assert stage.does('qvm-create', 'work', '--label', 'blue', '--template', 'host') == ''
    assert stage.does('qvm-ls', 'work') == ('NAME  STATE   CLASS  LABEL  TEMPLATE  NETVM\n'
                                            'work  Halted  AppVM  blue   host      -\n')
    assert stage.value_of('work', 'template') == 'host'
    assert stage.call('work', 'admin.vm.tag.List') == 'created-by-dom0\n'


def a_qube_that_cannot_be_made_is_refused_with_a_reason(stage):
    for words, status, text in [
            (('work',), 2, 'a label is needed'),
            (('--label', 'red'), 2, 'a name is needed'),
            (('work', '--label', 'pink'), 1, 'There is no such label'),
            (('9work', '--label', 'red'), 1, 'No qube may have this name'),
            (('dom0', '--label', 'red'), 1, 'A qube named dom0 exists already'),
            (('work', '--label', 'red', '--template', 'nobody'), 1, 'There is no qube nobody'),
            (('work', '--label', 'red', '--standalone', '--disp'), 2, 'do not go together'),
            (('work', '--label', 'red', '-P', 'attic'), 1, 'There is no pool attic'),
            (('work', '--no-such-option'), 2, 'no-such-option')]:
        ended = stage.run('qvm-create', *words)
        assert ended.status == status and ended.err.startswith('qvm-create: error: ') and text in ended.err, (words, ended)
    assert stage.does('qvm-ls', '--raw-list') == 'dom0\nhost\n'


def a_property_that_cannot_be_set_leaves_the_qube_and_says_so(stage):
    ended = stage.run('qvm-create', 'work', '-l', 'red', '--property', 'memory=500', '--prop', 'vcpus=many')
    assert ended.status == 2 and "'vcpus'" in ended.err and 'has been created' in ended.err, ended
    assert stage.value_of('work', 'memory') == '500'


def classes_have_their_short_options(stage):
    assert 'StandaloneVM\n' in stage.does('qvm-create', '--help-classes')
    assert 'AdminVM' not in stage.does('qvm-create', '--help-classes')
    stage.does('qvm-create', 'alone', '-l', 'green', '--standalone')
    made(stage, 'dvm', '--property', 'template_for_dispvms=True')
    stage.does('qvm-create', 'shaken', '--disp', '--template', 'dvm')
    assert stage.does('qvm-ls', '-O', 'name,class,label', '--raw-data', 'alone', 'shaken') == (
        'alone|StandaloneVM|green\nshaken|DispVM|red\n')


def a_list_has_its_formats_columns_filters_and_order(stage):
    made(stage, 'net', '--property', 'provides_network=True', '--property', 'netvm=')
    made(stage, 'work', '--property', 'netvm=net', '--property', 'memory=600')
    made(stage, 'bank', '--property', 'netvm=net')
    stage.does('qvm-tags', 'bank', 'add', 'money')
    stage.does('qvm-features', 'bank', 'internal', '1')
    head = lambda *words: stage.does('qvm-ls', *words).splitlines()[0].split()
    assert head() == ['NAME', 'STATE', 'CLASS', 'LABEL', 'TEMPLATE', 'NETVM']
    assert head('--network') == ['NAME', 'STATE', 'NETVM', 'IP', 'IPBACK', 'GATEWAY']
    assert head('-k') == ['NAME', 'STATE', 'CLASS', 'TEMPLATE', 'KERNEL', 'KERNELOPTS']
    assert head('-o', 'full') == ['NAME', 'STATE', 'CLASS', 'LABEL', 'QID', 'XID', 'UUID']
    assert head('-o', 'prefs') == ['NAME', 'LABEL', 'TEMPLATE', 'NETVM', 'VCPUS', 'INITIALMEM', 'MAXMEM', 'VIRT_MODE']
    assert head('-d') == ['NAME', 'STATE', 'DISK', 'PRIV-CURR', 'PRIV-MAX', 'PRIV-USED', 'ROOT-CURR', 'ROOT-MAX', 'ROOT-USED']
    names = lambda *words: stage.does('qvm-ls', '--raw-list', *words).split()
    assert names() == ['dom0', 'bank', 'host', 'net', 'work']
    assert names('b*', 'wor?') == ['bank', 'work']
    assert names('--exclude', 'dom0', '--exclude', '[hn]*') == ['bank', 'work']
    assert names('--class', 'AppVM,TemplateVM') == ['bank', 'host', 'net', 'work']
    assert names('--netvm-is', 'net') == ['bank', 'work']
    assert names('--template-source', 'host', '--label', 'blue') == ['bank', 'net', 'work']
    assert names('--tags', 'money') == ['bank']
    assert names('--exclude-tags', 'money', '--class', 'AppVM') == ['net', 'work']
    assert names('--internal', 'y') == ['bank'] and 'bank' not in names('--internal', 'n')
    assert names('--servicevm', 'y') == ['net']
    assert names('--features', 'internal=1') == ['bank']
    assert names('--prefs', 'memory=600') == ['work']
    assert names('--running') == ['dom0'] and names('--halted', '--class', 'AppVM') == ['bank', 'net', 'work']
    assert names('--reverse')[0] == 'work'
    memory = dict(line.split('|') for line in stage.does('qvm-ls', '-O', 'name,memory', '--raw-data').splitlines())
    assert int(memory['dom0']) > 0 and memory['work'] == '-', memory
    assert names('--sort', 'qid') == ['dom0', 'host', 'net', 'work', 'bank']
    assert stage.run('qvm-ls', '-o', 'round').status == 2
    assert stage.run('qvm-ls', '-O', 'name,no_such_property').status == 2
    assert stage.run('qvm-ls', 'nobody').status == 2
    assert 'PRIV-USED' in stage.does('qvm-ls', '--help-columns') and 'simple' in stage.does('qvm-ls', '--help-formats')


def a_list_shows_who_gives_network_to_whom(stage):
    made(stage, 'net', '--property', 'provides_network=True', '--property', 'netvm=')
    made(stage, 'wall', '--property', 'provides_network=True', '--property', 'netvm=net')
    made(stage, 'work', '--property', 'netvm=wall')
    shown = [line.split()[0] if not line.startswith(' ') else line.split('  S')[0].rstrip().split('   ')[0]
             for line in stage.does('qvm-ls', '--tree', '-O', 'name', '--class', 'AppVM').splitlines()]
    assert shown == ['NAME', 'net', '└─wall', '  └─work'], shown


def a_list_is_json_for_programs(stage):
    made(stage, 'work', '--property', 'vcpus=3', '--property', 'netvm=')
    listed = json.loads(stage.does('qvm-ls', '--json', '-O', 'name,state,vcpus,netvm', 'work'))
    assert listed == [{'name': 'work', 'state': 'Halted', 'vcpus': 3, 'netvm': None}]


def flags_tell_type_state_and_what_a_qube_is(stage):
    made(stage, 'net', '--property', 'provides_network=True', '--property', 'autostart=True')
    stage.does('qvm-create', 'win', '-l', 'red', '--standalone', '--prop', 'virt_mode=hvm', '--prop', 'debug=True')
    rows = dict(line.split('|') for line in stage.does('qvm-ls', '-O', 'name,flags', '--raw-data').splitlines())
    assert rows['dom0'][0] == '0' and rows['dom0'][1] == 'r'
    assert rows['net'] == 'a--N---A' and rows['win'] == 'S-U---D-' and rows['host'][0] == 't', rows


def two_hundred_qubes_are_listed_in_no_time(stage):
    for number in range(198):
        stage.call('dom0', 'admin.vm.Create.AppVM', 'host', f'name=qube-{number} label=red')
    wall, cpu = [], []
    for _ in range(7):
        started, used = time.monotonic(), stage.cpu_ms()
        assert len(stage.does('qvm-ls').splitlines()) == 201
        wall.append((time.monotonic() - started) * 1000)
        cpu.append(stage.cpu_ms() - used)
    print(f'     qvm-ls of 200 qubes: {min(wall):.1f} ms, of which {min(cpu):.1f} ms of work by it and qubesd')
    # The aim is 50 ms. Counted is the work, so that what else the machine does at the time does not count.
    assert min(cpu) < 50, cpu


# --- settings

def properties_are_shown_set_and_reset(stage):
    made(stage)
    assert stage.does('qvm-prefs', 'work', 'memory') == '400\n'
    stage.does('qvm-prefs', 'work', 'memory', '777')
    listed = {line.split()[0]: line.split()[1:] for line in stage.does('qvm-prefs', 'work').splitlines()}
    assert listed['memory'] == ['-', '777'] and listed['vcpus'] == ['D', '2'], listed
    assert listed['backup_timestamp'] == ['U'] and listed['netvm'] == ['D', 'None'], listed
    hidden = stage.does('qvm-prefs', '--hide-default', 'work')
    assert 'memory' in hidden and 'vcpus' not in hidden
    stage.does('qvm-prefs', '--default', 'work', 'memory')
    assert stage.does('qvm-prefs', 'work', 'memory') == '400\n'
    stage.does('qvm-prefs', 'work', 'qrexec-timeout', '70')
    assert stage.value_of('work', 'qrexec_timeout') == '70'
    stage.does('qvm-prefs', 'work', 'netvm', 'none')
    assert stage.call('work', 'admin.vm.property.Get', 'netvm') == 'default=False type=vm '
    assert stage.does('qvm-prefs', 'work', 'netvm') == ''
    ended = stage.run('qvm-prefs', 'work', 'colour')
    assert ended.status == 2 and "no such property: 'colour'" in ended.err
    assert stage.run('qvm-prefs', 'work', 'memory', 'much').status == 1
    assert stage.run('qvm-prefs', 'nobody').status == 2
    assert 'memory\n' in stage.does('qvm-prefs', '--help-properties', 'work')


def properties_of_the_system_are_too(stage):
    assert stage.does('qubes-prefs', 'default_template') == 'host\n'
    stage.does('qubes-prefs', 'default-shutdown-timeout', '45')
    assert '  -  45' in stage.does('qubes-prefs')
    stage.does('qubes-prefs', '-D', 'default_shutdown_timeout')
    assert stage.does('qubes-prefs', 'default_shutdown_timeout') == '60\n'
    assert stage.run('qubes-prefs', 'weather').status == 2


def features_are_shown_set_and_removed(stage):
    made(stage)
    stage.does('qvm-features', 'work', 'x-note', 'two words')
    stage.does('qvm-features', 'work', 'x-off', '')
    assert stage.does('qvm-features', 'work') == 'x-note  two words\nx-off   \n'
    assert stage.does('qvm-features', 'work', 'x-off') == '\n'
    assert stage.run('qvm-features', 'work', 'x-none').status == 1
    stage.does('qvm-features', 'work', '--unset', 'x-note')
    assert stage.does('qvm-features', '-D', 'work', 'x-none') == ''
    assert stage.call('work', 'admin.vm.feature.List') == 'x-off\n'


def services_are_features_with_a_prefix(stage):
    made(stage)
    stage.does('qvm-service', 'work', 'cups', 'on')
    stage.does('qvm-service', '--disable', 'work', 'crond')
    assert stage.does('qvm-service', 'work') == 'crond  off\ncups   on\n'
    assert stage.does('qvm-service', 'work', 'cups') == 'on\n'
    assert stage.call('work', 'admin.vm.feature.Get', 'service.cups') == '1'
    stage.does('qvm-service', 'work', 'cups', '--default')
    assert stage.run('qvm-service', 'work', 'cups').status == 1


def tags_are_listed_added_and_removed(stage):
    made(stage)
    stage.does('qvm-tags', 'work', 'add', 'one', 'two')
    assert stage.does('qvm-tags', 'work') == 'created-by-dom0\none\ntwo\n'
    assert stage.does('qvm-tags', 'work', 'ls', 'two') == 'two\n'
    assert stage.run('qvm-tags', 'work', 'list', 'three').status == 1
    stage.does('qvm-tags', 'work', 'd', 'one')
    assert stage.run('qvm-tags', 'work', 'del', 'one').status == 1
    assert stage.run('qvm-tags', 'work', 'stick', 'one').status == 2


def labels_are_listed_made_and_removed(stage):
    assert '6      blue    0x3465a4' in stage.does('qvm-label')
    stage.does('qvm-label', 'create', 'teal', '0x008080')
    stage.does('qvm-create', 'sea', '-l', 'teal')
    assert stage.run('qvm-label', 'remove', 'teal').status == 1
    stage.does('qvm-remove', '-f', 'sea')
    stage.does('qvm-label', 'remove', 'teal')
    assert 'teal' not in stage.does('qvm-label')


def notes_are_kept(stage):
    made(stage)
    stage.does('qvm-notes', 'work', '--set', 'first')
    stage.does('qvm-notes', 'work', '--append', 'second')
    assert stage.does('qvm-notes', '-p', 'work') == 'first\nsecond'
    stage.does('qvm-notes', 'work', '--delete', '--force')
    assert stage.does('qvm-notes', '-p', 'work') == ''


def firewall_rules_are_listed_added_and_removed(stage):
    made(stage)
    stage.does('qvm-firewall', 'work', 'reset')
    stage.does('qvm-firewall', 'work', 'add', '--before', '0', 'accept', '10.0.0.0/8', 'tcp', '80-443', 'comment=the intranet')
    stage.does('qvm-firewall', 'work', 'add', 'drop', 'specialtarget=dns')
    assert stage.does('qvm-firewall', 'work', '--raw') == (
        'action=accept proto=tcp dst4=10.0.0.0/8 dstports=80-443 comment=the intranet\n'
        'action=accept\naction=drop specialtarget=dns\n'), stage.does('qvm-firewall', 'work', '--raw')
    table = stage.does('qvm-firewall', 'work', 'list').splitlines()
    assert table[0].split()[:3] == ['NO', 'ACTION', 'HOST'] and table[1].split()[:5] == ['0', 'accept', '10.0.0.0/8', 'tcp', '80-443']
    stage.does('qvm-firewall', 'work', 'del', '--rule-no', '0')
    stage.does('qvm-firewall', 'work', 'del', 'drop', 'dns')
    assert stage.does('qvm-firewall', '--raw', 'work') == 'action=accept\n'
    assert stage.run('qvm-firewall', 'work', 'del', '--rule-no', '7').status == 2
    assert stage.run('qvm-firewall', 'work', 'add', 'accept', 'nowhere', 'smoke').status == 1
    stage.does('qvm-firewall', 'work', 'add', 'accept', 'example.org', 'icmp', '8', 'expire=+3600')
    assert 'icmptype=8 ' in stage.does('qvm-firewall', 'work', '--raw')


def devices_are_assigned_and_shown(stage):
    made(stage)
    made(stage, 'usb')
    assert stage.does('qvm-device', '--list-device-classes') == 'block\nmic\npci\nusb\n'
    stage.does('qvm-block', 'assign', 'work', 'usb:sda', '--ro', '-o', 'frontend-dev=xvdi')
    assert stage.does('qvm-block') == 'BACKEND:DEVID  DESCRIPTION  USED BY\n'
    assert '*work (auto-attach: ' in stage.does('qvm-block', 'list', '--assignments')
    assert stage.run('qvm-device', 'block', 'assign', 'work', 'usb:sda').status == 1
    assert stage.run('qvm-usb', 'assign', '--required', 'work', 'usb:2-1').status == 1
    ended = stage.run('qvm-block', 'attach', 'work', 'usb:sdb')
    assert ended.status == 1 and 'is not running' in ended.err, ended
    stage.does('qvm-block', 'unassign', 'work')
    assert stage.call('work', 'admin.vm.device.block.Assigned') == ''
    assert stage.run('qvm-device', 'chairs', 'list').status == 2


# --- storage

def volumes_are_listed_changed_and_filled(stage):
    made(stage)
    table = stage.does('qvm-volume', 'list', 'work').splitlines()
    assert table[0].split() == ['POOL:VOLUME', 'VMNAME', 'VOLUME_NAME', 'REVERT_POSSIBLE']
    assert any(line.split()[1:] == ['work', 'private', 'No'] for line in table), table
    assert stage.does('qvm-volume', 'info', 'work:private', 'save_on_stop') == 'True\n'
    assert 'Available revisions (for revert): none' in stage.does('qvm-volume', 'i', 'work:private')
    stage.does('qvm-volume', 'resize', 'work:private', '3G')
    assert stage.does('qvm-volume', 'info', 'work:private', 'size') == f'{3 << 30}\n'
    ended = stage.run('qvm-volume', 'extend', 'work:private', '1G')
    assert ended.status == 1 and 'shrinking' in ended.err
    stage.does('qvm-volume', 'set', 'work:private', 'revisions_to_keep', '2')
    assert stage.does('qvm-volume', 'info', 'work:private', 'revisions_to_keep') == '2\n'
    (stage.home / 'docs').mkdir()
    (stage.home / 'docs/letter').write_text('dear')
    archive = stage.home / 'home.tar'
    subprocess.run(['tar', '-C', stage.home / 'docs', '-cf', archive, '.'], check=True)
    stage.does('qvm-volume', 'import', 'work:private', archive)
    found = list((stage.folder / 'state').rglob('letter'))
    assert found and found[0].read_text() == 'dear'
    revisions = stage.does('qvm-volume', 'info', 'work:private', 'revisions').split()
    assert revisions, 'what it was before can be had again'
    stage.does('qvm-volume', 'revert', 'work:private')
    made(stage, 'copy')
    stage.does('qvm-volume', 'clone', 'work:private', 'copy:private')
    stage.does('qvm-volume', 'clear', 'copy:private', '--force')
    assert stage.run('qvm-volume', 'info', 'work:nothing').status == 1
    assert stage.run('qvm-volume', 'info', 'work').status == 2
    assert stage.run('qvm-volume', 'import', 'work:private', stage.home / 'absent').status == 1


def an_import_gives_a_volume_its_size(stage):
    stage.does('qvm-pool', 'add', 'images', 'file-reflink', '-o', f'dir_path={stage.home}/images')
    made(stage, 'alone', '--standalone', '-P', 'images')
    image = stage.home / 'disk.img'
    for size in (3 << 30, 1 << 20):
        with open(image, 'wb') as file:
            file.truncate(size)
        stage.does('qvm-volume', 'import', 'alone:private', image)
        assert stage.does('qvm-volume', 'info', 'alone:private', 'size') == f'{size}\n'
    stage.does('qvm-volume', 'resize', 'alone:private', '2M')
    assert (stage.home / 'images/appvms/alone/private.img').stat().st_size == 2 << 20


def pools_are_listed_made_changed_and_removed(stage):
    assert stage.does('qvm-pool').split('\n')[0].split() == ['NAME', 'DRIVER']
    assert 'dir_path' in stage.does('qvm-pool', 'drivers')
    folder = stage.home / 'second'
    stage.does('qvm-pool', 'add', 'second', 'dir', '-o', f'dir_path={folder}', '-o', 'revisions_to_keep=3')
    info = dict(line.split(maxsplit=1) for line in stage.does('qvm-pool', 'info', 'second').splitlines())
    assert info['driver'] == 'dir' and info['revisions_to_keep'] == '3' and info['name'] == 'second'
    stage.does('qvm-pool', 'set', 'second', '-o', 'revisions_to_keep=0')
    made(stage, 'far', '-P', 'second')
    assert stage.does('qvm-volume', 'info', 'far:private', 'pool') == 'second\n'
    assert stage.run('qvm-pool', 'remove', 'second').status == 1
    stage.does('qvm-remove', '--force', 'far')
    stage.does('qvm-pool', 'rm', 'second')
    assert 'second' not in stage.does('qvm-pool')


def a_clone_is_like_its_source(stage):
    made(stage, 'usb')
    made(stage, 'work', '--property', 'memory=555')
    stage.does('qvm-features', 'work', 'x-a', '1')
    stage.does('qvm-tags', 'work', 'add', 'mine')
    stage.does('qvm-notes', 'work', '--set', 'hello')
    stage.does('qvm-firewall', 'work', 'add', '--before', '0', 'drop', '8.8.8.8')
    stage.does('qvm-block', 'assign', 'work', 'usb:sda', '--ro')
    (stage.home / 'file').write_text('data')
    subprocess.run(['tar', '-C', stage.home, '-cf', stage.home / 'a.tar', 'file'], check=True)
    stage.does('qvm-volume', 'import', 'work:private', stage.home / 'a.tar')
    stage.does('qvm-clone', 'work', 'twin')
    for method, argument in [('admin.vm.property.Get', 'memory'), ('admin.vm.property.Get', 'label'),
                             ('admin.vm.property.Get', 'template'), ('admin.vm.feature.Get', 'x-a'),
                             ('admin.vm.tag.List', ''), ('admin.vm.notes.Get', ''), ('admin.vm.firewall.Get', '')]:
        assert stage.call('twin', method, argument) == stage.call('work', method, argument), method
    assert "port_id='sda'" in stage.call('twin', 'admin.vm.device.block.Assigned')
    assert "_read-only='yes'" in stage.call('twin', 'admin.vm.device.block.Assigned')
    assert stage.value_of('twin', 'uuid') != stage.value_of('work', 'uuid')
    stage.does('qvm-clone', 'host', 'alone', '--class', 'StandaloneVM')
    assert stage.run('qvm-clone', 'work', 'twin').status == 1
    assert stage.run('qvm-clone', 'work', 'other', '-P', 'attic').status == 1
    assert stage.does('qvm-ls', '--raw-list', '--class', 'AppVM').split() == ['twin', 'usb', 'work']


def qubes_are_removed_after_a_question(stage):
    made(stage)
    made(stage, 'bank')
    ended = stage.run('qvm-remove', 'work', stdin=b'n\n')
    assert ended.status == 1 and 'Are you sure?' in ended.err and stage.state_of('work') == 'Halted'
    assert stage.run('qvm-remove', 'work', stdin=b'y\n').status == 0
    assert stage.run('qvm-remove', '--force', 'host').status == 1, 'others are made from it'
    stage.does('qvm-remove', '-f', 'b*')
    assert stage.does('qvm-ls', '--raw-list') == 'dom0\nhost\n'
    assert stage.run('qvm-remove', '-f', 'bank').status == 2


# --- menus

def a_menu_takes_only_what_may_stand_in_it(stage):
    made(stage, 'my-work_1')
    told = """editor.desktop:Name=Editor (small)
editor.desktop:Exec=rm -rf /
editor.desktop:Icon=../../etc/passwd;rm
editor.desktop:Categories=Utility;
editor.desktop:Name[de]=Schreiber
../escape.desktop:Name=Escape
.hidden.desktop:Name=Hidden
odd name.desktop:Name=Odd
nameless.desktop:Comment=I have none
bold.desktop:Name=\033[1mBold
qubes-start.desktop:Name=Start
term:Name=Terminal
no line at all
""" + 'long.desktop:Name=' + 'x' * 2000 + '\n'
    stage.does('qvm-appmenus', '--source', '-', '--create', 'my-work_1', stdin=told.encode())
    assert stage.does('qvm-appmenus', '--get-available', 'my-work_1') == 'editor.desktop - Editor (small)\nterm.desktop - Terminal\n'
    shown = {path.name: path.read_text() for path in (stage.home / '.local/share/applications').iterdir()}
    assert set(shown) == {'org.qubes-os.vm._my_dwork_u1.editor.desktop', 'org.qubes-os.vm._my_dwork_u1.term.desktop'}, shown
    lines = shown['org.qubes-os.vm._my_dwork_u1.editor.desktop'].splitlines()
    assert [line for line in lines if line.startswith('Exec')] == ['Exec=qvm-run -q -a --service -- my-work_1 qubes.StartApp+editor']
    assert 'Name=my-work_1: Editor (small)' in lines and 'X-Qubes-VmName=my-work_1' in lines
    assert 'Categories=Utility;X-Qubes-VM;' in lines and not any(line.startswith('Icon') for line in lines)


def a_menu_shows_what_was_chosen_for_it(stage):
    made(stage)
    stage.does('qvm-appmenus', '--source', '-', 'host', stdin=b'a.desktop:Name=A\nb.desktop:Name=B\n')
    stage.does('qvm-appmenus', '--set-default-whitelist', '-', 'host', stdin=b'b.desktop\n')
    assert stage.does('qvm-appmenus', '--get-default-whitelist', 'host') == 'b.desktop\n'
    applications = stage.home / '.local/share/applications'
    names = lambda: sorted(path.name for path in applications.iterdir())
    stage.does('qvm-appmenus', '--init', 'work')
    assert stage.call('work', 'admin.vm.feature.Get', 'menu-items') == 'b.desktop'
    assert names() == ['org.qubes-os.vm._work.b.desktop']
    stage.does('qvm-appmenus', '--set-whitelist', '-', '--update', 'work', stdin=b'a.desktop')
    assert names() == ['org.qubes-os.vm._work.a.desktop'] and stage.does('qvm-appmenus', '--get-whitelist', 'work') == 'a.desktop\n'
    stage.does('qvm-features', 'work', 'appmenus-dispvm', '1')
    stage.does('qvm-appmenus', '--update', 'work')
    assert names() == ['org.qubes-os.dispvm._work.a.desktop', 'org.qubes-os.vm._work.a.desktop']
    stage.does('qvm-features', 'work', 'internal', '1')
    stage.does('qvm-appmenus', '--update', 'work')
    assert names() == []


# --- questions

def whether_qubes_exist_is_told_by_the_exit_code(stage):
    made(stage, 'work', '--property', 'netvm=')
    assert stage.run('qvm-check', 'work').out == 'VM work exists\n'
    assert stage.run('qvm-check', 'work', 'host').status == 0
    assert stage.run('qvm-check', 'nobody').status == 1
    assert stage.run('qvm-check', 'work', 'nobody').status == 3
    assert stage.run('qvm-check', '--template', 'host').status == 0
    assert stage.run('qvm-check', '--template', 'host', 'work').status == 3
    assert stage.run('qvm-check', '-q', '--running', 'work').out == ''
    assert stage.run('qvm-check', '--running', 'work').status == 1
    assert stage.run('qvm-check', '--networked', 'work').status == 1
    assert stage.run('qvm-check').status == 2


def every_command_explains_itself(stage):
    names = stage.does('qvm', '--commands').split()
    assert names == sorted(names) and len(names) >= 27
    links = {path.name for path in (stage.build / 'tools/qvm').iterdir() if path.is_symlink()}
    assert links == set(names), links ^ set(names)
    for name in names:
        shown = stage.does(name, '--help')
        assert '--verbose' in shown and '--version' in shown, name
        assert stage.does(name, '--version').startswith('vitrail ')
        assert stage.does('qvm', name, '--help') == shown
        page = stage.does('qvm', '--man', name)
        assert page.startswith('.TH ') and '.SH EXIT STATUS' in page, name
        assert stage.run(name, '--no-such-option').status == 2, name
    assert 'qvm-ls' in stage.does('qvm')
    assert stage.run('qvm', 'dance').status == 2


def shells_complete_commands_options_and_names(stage):
    made(stage)
    stage.does('qvm-features', 'work', 'x-a', '1')

    def words(*line):
        return [one.split('\t')[0] for one in stage.does('qvm', '--complete', len(line) - 1, *line).splitlines()]
    assert words('qvm-start', '') == ['host', 'work']
    assert words('qvm-start', '--sk') == ['--skip-if-running']
    assert words('qvm-create', 'new', '--label', 'b') == ['black', 'blue']
    assert words('qvm-create', 'new', '--label=b') == ['--label=black', '--label=blue']
    assert words('qvm-create', '--template', '') == ['host']
    assert words('qvm-prefs', 'work', 'mem') == ['memory']
    assert words('qvm-features', 'work', '') == ['x-a']
    assert words('qvm-tags', 'work', '') == ['add', 'del', 'list']
    assert 'resize' in words('qvm-volume', '') and words('qvm-volume', 'info', 'work:p') == ['work:private']
    assert words('qvm-ls', '-o', 's') == ['simple']
    assert words('qvm-volume', 'import', 'work:private', '') == [':files']
    assert words('qvm-run', 'work', '') == [':commands']
    assert words('nonsense', '') == []
    script = stage.does('qvm', '--bash') + '''
COMP_LINE='qvm-create x --label=b' COMP_POINT=22
_qvm
printf '%s\\n' "${COMPREPLY[@]}"
COMP_LINE='qvm-start w' COMP_POINT=11
_qvm
printf '%s\\n' "${COMPREPLY[@]}"
'''
    environment = dict(stage.environment(), PATH=f'{stage.build}/tools/qvm:{stage.environment()["PATH"]}')
    done = subprocess.run(['bash', '-c', script], env=environment, capture_output=True, text=True)
    assert done.stdout == 'black\nblue\nwork\n', done
    assert done.returncode == 0
    assert '#compdef qubes-prefs' in stage.does('qvm', '--zsh')
    done = subprocess.run(['zsh', '-n'], input=stage.does('qvm', '--zsh'), env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done
    script = stage.does('qvm', '--fish') + "\ncomplete -C 'qvm-create x --label=b'\ncomplete -C 'qvm-start w'\n"
    done = subprocess.run(['fish', '--no-config'], input=script, env=environment, capture_output=True, text=True)
    assert [line.split('\t')[0] for line in done.stdout.splitlines()] == ['--label=black', '--label=blue', 'work'], done


def without_qubesd_every_command_says_where_it_looked(stage):
    stage.stop_qubesd()
    ended = stage.run('qvm-ls')
    assert ended.status == 1 and stage.socket in ended.err, ended


if __name__ == '__main__':
    sys.exit(stories.run('ProcessQvm', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
