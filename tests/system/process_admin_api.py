#!/usr/bin/env python3
"""Every method and every exception of the Admin API, asked of a real vitrail-qubesd by a client that was written from the
fact sheet's tables alone.

usage: process_admin_api.py BUILD
"""
import json
import os
import pathlib
import re
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'support'))
import admin_api  # noqa: E402
import qubesd_stage  # noqa: E402
import stories  # noqa: E402

UUID = r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
DEVICE_CLASSES = ('block', 'mic', 'pci', 'usb')


def ask(stage, destination, method, argument='', payload=b'', like='', socket=None):
    """Calls and compares the whole answer with a pattern."""
    reply = admin_api.call(socket or stage.socket, destination, method, argument, payload)
    assert re.fullmatch(like, reply, re.S), f'{method}+{argument} answered {reply!r}, not {like!r}'
    return reply


def make(stage, name='work', kind='AppVM', template='', label='blue'):
    ask(stage, 'dom0', 'admin.vm.Create.' + kind, template, f'name={name} label={label}')
    return name


def lines(pattern):
    return f'({pattern}\n)*'


# --- methods, section by section of the fact sheet

def qubes_are_made_listed_and_removed(stage):
    ask(stage, 'dom0', 'admin.vmclass.List', like=lines('(AppVM|TemplateVM|StandaloneVM|DispVM|AdminVM|RemoteVM)'))
    make(stage, 'work', template='host')
    make(stage, 'alone', 'StandaloneVM')
    make(stage, 'base', 'TemplateVM')
    make(stage, 'far', 'RemoteVM')
    make(stage, 'dvm')
    ask(stage, 'dvm', 'admin.vm.property.Set', 'template_for_dispvms', b'True')
    make(stage, 'named', 'DispVM', template='dvm')
    ask(stage, 'dom0', 'admin.vm.CreateInPool.AppVM', 'host', 'name=in-one label=red pool=varlibqubes')
    ask(stage, 'dom0', 'admin.vm.CreateInPool.AppVM', '', 'name=in-parts label=red pool:private=varlibqubes pool:root=varlibqubes')
    disposable = ask(stage, 'dvm', 'admin.vm.CreateDisposable', like='disp[0-9]{1,4}')
    assert ask(stage, disposable, 'admin.vm.tag.List', like='.*').splitlines() == ['created-by-dom0', 'disp-created-by-dom0']
    ask(stage, 'dvm', 'admin.vm.CreateDisposable', '', b'uuid', like='uuid:' + UUID)
    listed = ask(stage, 'dom0', 'admin.vm.List',
                 like=lines('[A-Za-z][A-Za-z0-9_.-]{0,30} class=[A-Za-z]+ state=[A-Za-z]+ uuid=' + UUID))
    assert listed.startswith('dom0 class=AdminVM state=Running uuid=00000000-0000-0000-0000-000000000000\n')
    assert ask(stage, 'work', 'admin.vm.List', like=f'work class=AppVM state=Halted uuid={UUID}\n') in listed
    assert 'far class=RemoteVM state=NA' in listed
    ask(stage, 'work', 'admin.vm.CurrentState', like='mem=[0-9]+ mem_static_max=[0-9]+ cputime=[0-9]+ power_state=Halted')
    ask(stage, 'named', 'admin.vm.Remove')
    assert 'named ' not in ask(stage, 'dom0', 'admin.vm.List', like='.*')


def ask_property(stage, destination, prefix, name, value):
    ask(stage, destination, prefix + 'Get', name, like='default=(True|False) type=(str|int|bool|vm|label) .*')
    ask(stage, destination, prefix + 'GetDefault', name, like='(type=(str|int|bool|vm|label) .*)?')
    ask(stage, destination, prefix + 'Set', name, value)
    assert admin_api.prop(ask(stage, destination, prefix + 'Get', name, like='.*'))[::2] == (False, value)
    ask(stage, destination, prefix + 'Reset', name)
    assert admin_api.prop(ask(stage, destination, prefix + 'Get', name, like='.*'))[0]
    ask(stage, destination, prefix + 'Help', name, like='.+')


def properties_of_qubes_and_of_the_system_are_read_and_written(stage):
    make(stage)
    for destination, prefix, name, value in [('work', 'admin.vm.property.', 'memory', '512'),
                                             ('dom0', 'admin.property.', 'default_shutdown_timeout', '30')]:
        names = ask(stage, destination, prefix + 'List', like=lines('[a-z0-9_]+')).split()
        everything = ask(stage, destination, prefix + 'GetAll',
                         like=lines('[a-z0-9_]+ default=(True|False) type=(str|int|bool|vm|label) [^\n]*'))
        assert sorted(names) == names and [line.split()[0] for line in everything.splitlines()] == names
        for one in names:  # what GetAll says is what Get says
            single = ask(stage, destination, prefix + 'Get', one, like='.*').replace('\\', '\\\\').replace('\n', '\\n')
            assert f'{one} {single}' in everything.splitlines(), one
        ask_property(stage, destination, prefix, name, value)
    for name in ('name', 'qid', 'uuid', 'klass', 'icon', 'label', 'template', 'netvm', 'provides_network', 'default_dispvm', 'guivm', 'audiovm',
                 'management_dispvm', 'memory', 'maxmem', 'stubdom_mem', 'vcpus', 'virt_mode', 'kernel', 'kernelopts', 'bootmode', 'default_user',
                 'qrexec_timeout', 'shutdown_timeout', 'debug', 'autostart', 'include_in_backups', 'backup_timestamp', 'installed_by_rpm',
                 'updateable', 'keyboard_layout', 'mac', 'ip', 'ip6', 'visible_ip', 'visible_ip6', 'visible_netmask', 'visible_gateway',
                 'visible_gateway6', 'gateway', 'gateway6', 'dns', 'xid', 'stubdom_xid', 'stubdom_uuid', 'start_time', 'devices_denied',
                 'template_for_dispvms'):
        ask(stage, 'work', 'admin.vm.property.Get', name, like='default=.*')
    for name in ('clockvm', 'updatevm', 'default_netvm', 'default_template', 'default_dispvm', 'management_dispvm', 'default_guivm',
                 'default_audiovm', 'default_kernel', 'default_pool', 'default_pool_private', 'default_pool_root', 'default_pool_volatile',
                 'default_pool_kernel', 'default_qrexec_timeout', 'default_shutdown_timeout', 'stats_interval', 'check_updates_vm', 'maxmem',
                 'no_cpus'):
        ask(stage, 'dom0', 'admin.property.Get', name, like='default=.*')


def features_and_tags_are_kept(stage):
    make(stage)
    make(stage, 'net')
    ask(stage, 'net', 'admin.vm.property.Set', 'provides_network', b'True')
    ask(stage, 'work', 'admin.vm.property.Set', 'netvm', b'net')
    ask(stage, 'work', 'admin.vm.feature.Set', 'x-own', b'1')
    ask(stage, 'host', 'admin.vm.feature.Set', 'x-template', b'2')
    ask(stage, 'net', 'admin.vm.feature.Set', 'x-net', b'3')
    ask(stage, 'dom0', 'admin.vm.feature.Set', 'x-admin', b'')
    ask(stage, 'work', 'admin.vm.feature.List', like='x-own\n')
    ask(stage, 'work', 'admin.vm.feature.Get', 'x-own', like='1')
    ask(stage, 'work', 'admin.vm.feature.CheckWithTemplate', 'x-template', like='2')
    ask(stage, 'work', 'admin.vm.feature.CheckWithNetvm', 'x-net', like='3')
    ask(stage, 'work', 'admin.vm.feature.CheckWithAdminVM', 'x-admin', like='')
    ask(stage, 'work', 'admin.vm.feature.CheckWithTemplateAndAdminVM', 'x-admin', like='')
    ask(stage, 'work', 'admin.vm.feature.CheckWithTemplateAndAdminVM', 'x-template', like='2')
    ask(stage, 'work', 'admin.vm.feature.Remove', 'x-own')
    ask(stage, 'work', 'admin.vm.tag.Set', 'mine')
    ask(stage, 'work', 'admin.vm.tag.List', like='created-by-dom0\nmine\n')
    ask(stage, 'work', 'admin.vm.tag.Get', 'mine', like='1')
    ask(stage, 'work', 'admin.vm.tag.Remove', 'mine')
    ask(stage, 'work', 'admin.vm.tag.Get', 'mine', like='0')


def labels_have_colours_and_numbers(stage):
    standard = [('red', '0xcc0000'), ('orange', '0xf57900'), ('yellow', '0xedd400'), ('green', '0x73d216'), ('gray', '0x555555'),
                ('blue', '0x3465a4'), ('purple', '0x75507b'), ('black', '0x000000')]
    ask(stage, 'dom0', 'admin.label.List', like=''.join(name + '\n' for name, _ in standard))
    for number, (name, colour) in enumerate(standard, 1):
        ask(stage, 'dom0', 'admin.label.Get', name, like=colour)
        ask(stage, 'dom0', 'admin.label.Index', name, like=str(number))
    ask(stage, 'dom0', 'admin.label.Create', 'teal', b'0x008080')
    ask(stage, 'dom0', 'admin.label.Index', 'teal', like='9')
    ask(stage, 'dom0', 'admin.label.Remove', 'teal')


def volumes_are_described_copied_and_changed(stage):
    make(stage)
    make(stage, 'copy')
    ask(stage, 'work', 'admin.vm.volume.List', like=lines('[a-z]+'))
    info = admin_api.pairs(ask(stage, 'work', 'admin.vm.volume.Info', 'private', like=lines('[a-z_]+=[^\n]*')))
    assert {'pool', 'vid', 'size', 'usage', 'rw', 'source', 'path', 'save_on_stop', 'snap_on_start', 'revisions_to_keep',
            'ephemeral'} <= set(info), info
    assert info['save_on_stop'] == 'True' and info['snap_on_start'] == 'False' and info['source'] == ''
    ask(stage, 'work', 'admin.vm.volume.ListSnapshots', 'private', like='')
    ask(stage, 'work', 'admin.vm.volume.Set.revisions_to_keep', 'private', b'3')
    ask(stage, 'work', 'admin.vm.volume.Set.rw', 'private', b'False')
    ask(stage, 'work', 'admin.vm.volume.Set.rw', 'private', b'True')
    ask(stage, 'work', 'admin.vm.volume.Set.ephemeral', 'volatile', b'True')
    ask(stage, 'work', 'admin.vm.volume.Resize', 'private', str(int(info['size']) + 4096).encode())
    token = ask(stage, 'work', 'admin.vm.volume.CloneFrom', 'private', like='.{32}')
    ask(stage, 'copy', 'admin.vm.volume.CloneTo', 'private', token)
    ask(stage, 'work', 'admin.vm.volume.Clear', 'private')
    snapshot = ask(stage, 'work', 'admin.vm.volume.ListSnapshots', 'private', like=lines('[A-Za-z0-9:._-]+')).splitlines()[0]
    ask(stage, 'work', 'admin.vm.volume.Revert', 'private', snapshot)
    place = ask(stage, 'work', 'internal.vm.volume.ImportBegin', 'private', b'1048576', like='1048576 /.*', socket=stage.internal)
    pathlib.Path(place.split(' ', 1)[1]).write_bytes(b'')  # no archive
    assert stage.attempt('work', 'internal.vm.volume.ImportEnd', 'private', b'fail\nno wish', socket=stage.internal) == 'StoragePoolException'


def pools_are_described_made_and_removed(stage):
    ask(stage, 'dom0', 'admin.pool.List', like=lines('[A-Za-z0-9_.-]+'))
    ask(stage, 'dom0', 'admin.pool.ListDrivers', like=lines('[a-z-]+( [a-z_]+)*'))
    ask(stage, 'dom0', 'admin.pool.Add', 'dir', f'name=second\ndir_path={stage.home}/second\n')
    info = admin_api.pairs(ask(stage, 'dom0', 'admin.pool.Info', 'second', like=lines('[a-z_]+=[^\n]*')))
    assert info['driver'] == 'dir' and int(info['size']) >= int(info['usage']) >= 0
    ask(stage, 'dom0', 'admin.pool.UsageDetails', 'second', like=lines('(data|metadata)_(size|usage)=[0-9]+'))
    ask(stage, 'dom0', 'admin.pool.Set.revisions_to_keep', 'second', b'-1')
    ask(stage, 'dom0', 'admin.pool.Set.ephemeral_volatile', 'second', b'True')
    ask(stage, 'dom0', 'admin.pool.volume.List', 'varlibqubes', like=lines('[^\n]+'))
    ask(stage, 'dom0', 'admin.pool.Remove', 'second')


def devices_of_every_class_are_assigned_and_denied(stage):
    make(stage)
    make(stage, 'usb')
    ask(stage, 'dom0', 'admin.deviceclass.List', like=''.join(one + '\n' for one in DEVICE_CLASSES))
    for kind in DEVICE_CLASSES:
        prefix = f'admin.vm.device.{kind}.'
        ask(stage, 'usb', prefix + 'Available', like='.*')
        argument = 'usb+00_14.0+0000+0000++_______'
        ask(stage, 'work', prefix + 'Assign', argument, b"mode='auto-attach'")
        ask(stage, 'work', prefix + 'Assigned', like=r"usb\+00_14.0:0000:0000::\?\*\*\*\*\*\* .*mode='auto-attach'.*\n")
        ask(stage, 'work', prefix + 'Set.assignment', argument, b'ask-to-attach')
        ask(stage, 'work', prefix + 'Assigned', 'usb+00_14.0', like=".*frontend_domain='work'.*\n")
        ask(stage, 'work', prefix + 'Attached', like='')
        assert stage.attempt('work', prefix + 'Attach', argument) == 'QubesVMNotRunningError'
        assert stage.attempt('work', prefix + 'Detach', argument) == 'DeviceNotAssigned'
        ask(stage, 'work', prefix + 'Unassign', argument)
    ask(stage, 'work', 'admin.vm.device.denied.Add', '', b'u03**01u03**02')
    ask(stage, 'work', 'admin.vm.device.denied.List', like=r'u03\*\*01\nu03\*\*02\n')
    ask(stage, 'work', 'admin.vm.device.denied.Remove', '', b'u03**02')
    ask(stage, 'work', 'admin.vm.device.denied.Remove', '', b'all')


def firewall_notes_and_the_daemons_questions_are_answered(stage):
    make(stage)
    ask(stage, 'work', 'admin.vm.firewall.Get', like='action=accept\n')
    ask(stage, 'work', 'admin.vm.firewall.Set', '', b'action=drop dsthost=10.1.2.3 proto=tcp dstports=22 comment=no [shell]: here\n')
    ask(stage, 'work', 'admin.vm.firewall.Get', like=r'action=drop proto=tcp dst4=10.1.2.3/32 dstports=22-22 comment=no \[shell\]: here\n')
    ask(stage, 'work', 'admin.vm.firewall.Reload')
    ask(stage, 'work', 'admin.vm.notes.Set', '', 'größer'.encode())
    ask(stage, 'work', 'admin.vm.notes.Get', like='größer')
    assert stage.attempt('work', 'admin.vm.Console') == 'QubesNotImplementedError'
    about = json.loads(ask(stage, 'dom0', 'internal.GetSystemInfo', like='.*', socket=stage.internal))['domains']['work']
    assert set(about) == {'internal', 'tags', 'type', 'template_for_dispvms', 'default_dispvm', 'icon', 'label', 'guivm', 'relayvm',
                          'transport_rpc', 'power_state', 'uuid'} and about['label'] == '0x3465a4', about
    for method, payload in [('qubes.FeaturesRequest', b'os=Linux\n'), ('qubes.NotifyTools', b''), ('qubes.NotifyUpdates', b'3')]:
        admin_api.call(stage.misc, 'dom0', method, '', payload, source='host')
    ask(stage, 'host', 'admin.vm.feature.Get', 'updates-available', like='1')


def events_are_streamed(stage):
    make(stage)
    with admin_api.Events(stage.socket, 'dom0') as everything, admin_api.Events(stage.socket, 'work') as own:
        assert everything.next() == ('', 'connection-established', {})
        assert own.next() == ('', 'connection-established', {})
        ask(stage, 'work', 'admin.vm.tag.Set', 'seen')
        assert everything.until('domain-tag-add:seen') == own.until('domain-tag-add:seen') == ('work', 'domain-tag-add:seen', {'tag': 'seen'})
        ask(stage, 'work', 'admin.vm.property.Set', 'debug', b'on')
        subject, _, about = own.until('property-set:debug')
        assert subject == 'work' and about['name'] == 'debug' and about['newvalue'] == 'True' and about['oldvalue'] == 'False'
        make(stage, 'bank')
        assert everything.until('domain-add')[2] == {'vm': 'bank'}
        ask(stage, 'bank', 'admin.vm.Remove')
        assert everything.until('domain-delete')[2] == {'vm': 'bank'}


def usage_is_streamed(stage):
    with admin_api.Events(stage.socket, 'dom0', 'admin.vm.Stats') as stream:
        subject, name, about = stream.until('vm-stats')
        assert subject == 'dom0' and {'memory_kb', 'cpu_time', 'cpu_usage', 'online_vcpus'} <= set(about), about
        assert all(value.isdigit() for value in about.values())


def a_qube_lives_and_ends_as_it_is_told(stage):
    make(stage)
    ask(stage, 'work', 'admin.vm.Start')
    assert stage.state_of('work') == 'Running'
    ask(stage, 'work', 'admin.vm.Start')  # is on: nothing to do
    ask(stage, 'work', 'admin.vm.Pause')
    assert stage.state_of('work') == 'Paused'
    ask(stage, 'work', 'admin.vm.Unpause')
    ask(stage, 'work', 'admin.vm.Suspend')
    ask(stage, 'work', 'admin.vm.Resume')
    ask(stage, 'work', 'admin.vm.CurrentState', like='mem=[1-9][0-9]* mem_static_max=[0-9]+ cputime=[0-9]+ power_state=Running')
    ask(stage, 'work', 'admin.vm.Shutdown', 'wait')
    assert stage.state_of('work') == 'Halted'
    ask(stage, 'work', 'admin.vm.Start')
    ask(stage, 'work', 'admin.vm.Shutdown', 'force+wait')
    ask(stage, 'work', 'admin.vm.Start')
    ask(stage, 'work', 'admin.vm.Kill')
    assert stage.state_of('work') == 'Halted'


# --- exceptions (§3): what brings each of them about

UNKNOWN_UUID = '12345678-1234-4234-8234-123456789abc'
CAUSES = [
    ('ProtocolError', 'dom0', 'admin.vm.Dance', '', b''),
    ('ProtocolError', 'dom0', 'admin.vm.List', '', b'payload'),
    ('PermissionDenied', 'work', 'admin.pool.List', '', b''),
    ('PermissionDenied', 'dom0', 'admin.label.Remove', 'red', b''),
    ('QubesVMError', 'dom0', 'admin.vm.Remove', '', b''),
    ('QubesVMNotFoundError', 'nobody', 'admin.vm.List', '', b''),
    ('QubesVMNotFoundError', 'uuid:' + UNKNOWN_UUID, 'admin.vm.List', '', b''),
    ('QubesVMAlreadyExistsError', 'dom0', 'admin.vm.Create.AppVM', '', b'name=work label=red'),
    ('QubesVMInUseError', 'host', 'admin.vm.Remove', '', b''),
    ('QubesVMNotStartedError', 'work', 'admin.vm.Kill', '', b''),
    ('QubesVMNotRunningError', 'work', 'admin.vm.Pause', '', b''),
    ('QubesVMNotPausedError', 'work', 'admin.vm.Unpause', '', b''),
    ('QubesVMNotSuspendedError', 'work', 'admin.vm.Resume', '', b''),
    ('QubesNoTemplateError', 'dom0', 'admin.vm.Create.DispVM', '', b'name=d label=red'),
    ('QubesValueError', 'work', 'admin.vm.feature.Set', 'x-y', b'\x07'),
    ('QubesPropertyValueError', 'work', 'admin.vm.property.Set', 'memory', b'much'),
    ('QubesNoSuchPropertyError', 'work', 'admin.vm.property.Get', 'colour', b''),
    ('QubesNotImplementedError', 'work', 'admin.vm.Console', '', b''),
    ('QubesFeatureNotFoundError', 'work', 'admin.vm.feature.Get', 'x-none', b''),
    ('QubesTagNotFoundError', 'work', 'admin.vm.tag.Remove', 'none', b''),
    ('QubesInvalidTagError', 'work', 'admin.vm.tag.Set', 'a.b', b''),
    ('QubesLabelNotFoundError', 'dom0', 'admin.label.Get', 'pink', b''),
    ('QubesInvalidLabelError', 'dom0', 'admin.label.Create', '12', b'0x000000'),
    ('QubesInvalidLabelValueError', 'dom0', 'admin.label.Create', 'pink', b'pink'),
    ('QubesLabelInUseError', 'dom0', 'admin.label.Remove', 'teal', b''),
    ('StoragePoolException', 'work', 'admin.vm.volume.Resize', 'private', b'1'),
    ('QubesPoolInUseError', 'dom0', 'admin.pool.Remove', 'varlibqubes', b''),
    ('QubesPoolNotFoundError', 'dom0', 'admin.pool.Info', 'attic', b''),
    ('QubesVolumeNotFoundError', 'work', 'admin.vm.volume.Info', 'attic', b''),
    ('QubesVolumeRevisionNotFoundError', 'work', 'admin.vm.volume.Revert', 'private', b'7'),
    ('QubesVolumeCopyTokenNotFoundError', 'work', 'admin.vm.volume.CloneTo', 'private', b'x' * 32),
    ('DeviceNotAssigned', 'work', 'admin.vm.device.usb.Unassign', 'net+2-1', b''),
    ('DeviceAlreadyAssigned', 'work', 'admin.vm.device.block.Assign', 'net+sda', b"mode='auto-attach'"),
    ('UnexpectedDeviceProperty', 'work', 'admin.vm.device.block.Assign', 'net+sdb', b"mode='auto-attach' _speed='9'"),
    ('QubesUnrecognizedDeviceAssignmentMode', 'work', 'admin.vm.device.block.Set.assignment', 'net+sda', b'perhaps'),
    ('', 'work', 'admin.vm.device.block.Assign', 'net+sdb', b''),  # the original fails inside: no reply
]
# What only a qube that runs, or a caller that nobody knows, brings about: in stories of their own below.
OTHER_CAUSES = {'QubesVMNotHaltedError', 'DeviceNotFound', 'QubesVMShutdownTimeoutError'}
# What no call brings about here, and why.
NOT_RAISED = {
    'QubesException': 'the kind that others descend from: every refusal has one of theirs',
    'QubesVMInvalidUUIDError': 'a UUID that is none makes the header malformed: the connection ends without a reply (facts 1.1)',
    'QubesVMCancelledPauseError': 'a pause is done at once here, it cannot be cancelled',
    'QubesMemoryError': 'no memory is set aside for a qube on the local host: it comes with a back end that does',
    'QubesVolumeCopyInUseError': 'a copy is taken of the committed state, which a running qube does not change',
    'DeviceAlreadyAttached': 'no back end offers a device yet: Available is empty, so nothing is attached',
    'UnrecognizedDevice': 'the same: there is no device whose identity could differ from the one asked for',
    'QubesBackupProfileNotFoundError': 'admin.backup.* is not served yet',
    'BackupCancelledError': 'admin.backup.* is not served yet',
    'BackupAlreadyRunningError': 'admin.backup.* is not served yet',
}
# Fact sheet admin-api §3.
KINDS = """
QubesException ProtocolError PermissionDenied
QubesVMError QubesVMNotFoundError QubesVMInvalidUUIDError QubesVMAlreadyExistsError QubesVMInUseError QubesVMNotStartedError
QubesVMNotRunningError QubesVMNotPausedError QubesVMNotSuspendedError QubesVMNotHaltedError QubesVMCancelledPauseError
QubesVMShutdownTimeoutError QubesNoTemplateError QubesMemoryError
QubesValueError QubesPropertyValueError QubesNoSuchPropertyError QubesNotImplementedError QubesFeatureNotFoundError
QubesTagNotFoundError QubesInvalidTagError QubesLabelNotFoundError QubesInvalidLabelError QubesInvalidLabelValueError QubesLabelInUseError
StoragePoolException QubesPoolInUseError QubesPoolNotFoundError QubesVolumeNotFoundError QubesVolumeRevisionNotFoundError
QubesVolumeCopyTokenNotFoundError QubesVolumeCopyInUseError
DeviceNotAssigned DeviceNotFound DeviceAlreadyAttached DeviceAlreadyAssigned UnrecognizedDevice UnexpectedDeviceProperty
QubesUnrecognizedDeviceAssignmentMode
QubesBackupProfileNotFoundError BackupCancelledError BackupAlreadyRunningError
""".split()


def every_exception_has_its_cause(stage):
    make(stage)
    make(stage, 'net')
    make(stage, 'dvm')
    call = stage.call
    call('dvm', 'admin.vm.property.Set', 'template_for_dispvms', b'True')
    call('net', 'admin.vm.property.Set', 'provides_network', b'True')
    call('work', 'admin.vm.property.Set', 'netvm', b'net')
    call('dom0', 'admin.label.Create', 'teal', b'0x008080')
    make(stage, 'sea', label='teal')
    call('work', 'admin.vm.device.block.Assign', 'net+sda', b"mode='auto-attach'")
    for kind, destination, method, argument, payload in CAUSES:
        assert (got := stage.attempt(destination, method, argument, payload)) == kind, f'{method}+{argument}: {got}, not {kind}'
    assert stage.attempt('dom0', 'admin.vm.List', source='nobody') == 'PermissionDenied'


def a_running_qube_brings_about_the_others(stage):
    make(stage)
    make(stage, 'net')
    stage.call('net', 'admin.vm.property.Set', 'provides_network', b'True')
    stage.call('work', 'admin.vm.property.Set', 'netvm', b'net')
    stage.call('work', 'admin.vm.Start')
    assert stage.attempt('work', 'admin.vm.property.Set', 'template', b'host') == 'QubesVMNotHaltedError'
    assert stage.attempt('net', 'admin.vm.Shutdown') == 'QubesVMInUseError'
    assert stage.attempt('work', 'admin.vm.device.block.Attach', 'net+sda') == 'DeviceNotFound'
    stage.call('work', 'admin.vm.Shutdown', 'wait')
    stage.call('work', 'admin.vm.feature.Set', 'prohibit-start', b'it is haunted')
    try:
        stage.call('work', 'admin.vm.Start')
        raise AssertionError('it started')
    except admin_api.AdminError as refused:
        assert refused.kind == 'QubesVMError' and 'it is haunted' in refused.message


def a_shutdown_that_is_not_heard_is_told_to_be_late(stage):
    make(stage)
    ask(stage, 'work', 'admin.vm.property.Set', 'shutdown_timeout', b'1')
    ask(stage, 'work', 'admin.vm.Start')
    sandbox = qubesd_stage.keeper_says(stage, 'work', 'state')['pid']
    os.kill(sandbox, signal.SIGSTOP)
    for process in qubesd_stage.descendants(sandbox):  # its init hears nothing now
        os.kill(process, signal.SIGSTOP)
    assert stage.attempt('work', 'admin.vm.Shutdown', 'wait') == 'QubesVMShutdownTimeoutError'
    assert stage.state_of('work') == 'Running'
    ask(stage, 'work', 'admin.vm.Kill')
    assert stage.state_of('work') == 'Halted'


def every_kind_of_the_facts_is_brought_about_or_there_is_a_reason(stage):
    provoked = {kind for kind, *_ in CAUSES if kind} | OTHER_CAUSES
    assert provoked | set(NOT_RAISED) == set(KINDS), provoked ^ set(KINDS)
    assert not provoked & set(NOT_RAISED)
    print(f'     {len(provoked)} kinds of exceptions are brought about by a call; not by any:')
    for kind, why in NOT_RAISED.items():
        print(f'     {kind}: {why}')
    # Two of the reasons, asked.
    assert admin_api.raw(stage.socket, b'admin.vm.List dom0 name uuid:not-one\0') == b''
    for method in ('Info', 'Execute', 'Cancel'):
        assert stage.attempt('dom0', f'admin.backup.{method}', 'profile') == 'ProtocolError'


def what_is_no_call_is_dropped_without_a_reply(stage):
    for data in [b'', b'\0', b'admin.vm.List', b'admin.vm.List dom0 keyword adminvm', b'admin.vm.List dom0 name\0',
                 b'admin.vm.List dom0 galaxy dom0\0', b'admin.vm.List  dom0 keyword adminvm\0', b'x' * 70000,
                 admin_api.request('work', 'admin.vm.notes.Set', '', b'x' * 65536)]:
        assert admin_api.raw(stage.socket, data) == b'', data[:60]
    assert stage.call('dom0', 'admin.vm.List')


if __name__ == '__main__':
    sys.exit(stories.run('ProcessAdminApi', sys.modules[__name__], lambda: qubesd_stage.Stage(sys.argv[1])))
