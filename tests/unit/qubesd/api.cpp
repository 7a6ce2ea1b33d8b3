// Every answer byte for byte, as the fact sheet admin-api gives it.

#include "tests/unit/qubesd/service.hpp"

using namespace vitrail::qubesd;
using namespace std::string_literals;

namespace {

class AdminApi : public testing::Test {
protected:
    std::string call(std::string const& to, std::string const& method,
                     std::string const& payload = "")
    {
        return service.call(to, method, payload);
    }
    Service service;
};

} // namespace

TEST_F(AdminApi, lists_qubes_with_dom0_first)
{
    EXPECT_EQ(service.exchange("admin.vm.List dom0 keyword adminvm\0"s),
              "0\0dom0 class=AdminVM state=Running uuid=00000000-0000-0000-0000-000000000000\n"
              "debian class=TemplateVM state=Halted uuid=00000000-0000-4000-8000-000000000001\n"
              "default-dvm class=AppVM state=Halted uuid=00000000-0000-4000-8000-000000000004\n"
              "sys-net class=AppVM state=Halted uuid=00000000-0000-4000-8000-000000000002\n"
              "work class=AppVM state=Halted uuid=00000000-0000-4000-8000-000000000003\n"s)
        << "disp1 was to be cleaned up";
    EXPECT_EQ(call("work", "admin.vm.List"),
              "work class=AppVM state=Halted uuid=00000000-0000-4000-8000-000000000003\n");
    EXPECT_EQ(
        service.exchange("admin.vm.List dom0 name uuid:00000000-0000-4000-8000-000000000003\0"s),
        "0\0work class=AppVM state=Halted uuid=00000000-0000-4000-8000-000000000003\n"s);
    EXPECT_EQ(call("dom0", "admin.vmclass.List"),
              "AdminVM\nAppVM\nDispVM\nRemoteVM\nStandaloneVM\nTemplateVM\n");
}

TEST_F(AdminApi, drops_what_is_malformed_without_a_reply)
{
    for (auto const& bad :
         {""s, "admin.vm.List"s, "admin.vm.List dom0 name\0"s,
          "admin.vm.List dom0 keyword default\0"s, "admin.vm.List dom0 name a b\0"s,
          "admin.vm.List dom0 name work\0"s + std::string(70000, 'x')})
        EXPECT_EQ(service.exchange(bad), "") << bad.substr(0, 40);
    EXPECT_EQ(service.server->connections(), 0U);
}

TEST_F(AdminApi, refuses_unknown_methods_qubes_arguments_and_payloads)
{
    EXPECT_EQ(service.exchange("admin.vm.Fly dom0 name work\0"s),
              "2\0ProtocolError\0\0There is no method admin.vm.Fly\0"s);
    EXPECT_EQ(service.exchange("admin.vm.Start dom0 name gone\0"s),
              "2\0QubesVMNotFoundError\0\0There is no qube gone\0"s);
    EXPECT_EQ(call("work", "admin.vm.Start+now"), "PermissionDenied:");
    EXPECT_EQ(call("work", "admin.vm.Start", "now"), "ProtocolError:");
    EXPECT_EQ(call("work", "admin.vmclass.List"), "PermissionDenied:");
    EXPECT_EQ(call("work", "admin.vm.property.Get"), "PermissionDenied:");
    EXPECT_EQ(call("dom0", "admin.vm.firewall.Get"), "PermissionDenied:");
    EXPECT_EQ(call("dom0", "internal.GetSystemInfo"), "ProtocolError:") << "another socket's";
    EXPECT_EQ(service.exchange("admin.vm.List nobody name work\0"s).substr(0, 19),
              "2\0PermissionDenied\0"s);
}

TEST_F(AdminApi, creates_qubes)
{
    EXPECT_EQ(
        service.exchange("admin.vm.Create.AppVM+debian dom0 keyword adminvm\0name=x label=red"s),
        "0\0"s);
    EXPECT_EQ(call("x", "admin.vm.tag.List"), "created-by-dom0\n");
    EXPECT_EQ(call("x", "admin.vm.property.Get+template"), "default=False type=vm debian");
    EXPECT_EQ(call("x", "admin.vm.property.Get+qid"), "default=False type=int 5");
    EXPECT_EQ(call("x", "admin.vm.firewall.Get"), "action=accept\n");
    EXPECT_EQ(call("dom0", "admin.vm.Create.AppVM", "name=y label=red"), "") << "default template";
    EXPECT_EQ(call("y", "admin.vm.property.Get+template"), "default=False type=vm debian");
    EXPECT_EQ(call("dom0", "admin.vm.Create.TemplateVM", "name=t label=black"), "");
    EXPECT_EQ(call("dom0", "admin.vm.Create.StandaloneVM", "name=s label=black"), "");
    EXPECT_EQ(call("dom0", "admin.vm.Create.DispVM", "name=d label=red"), "");
    EXPECT_EQ(call("d", "admin.vm.property.Get+template"), "default=False type=vm default-dvm");
    EXPECT_EQ(call("dom0", "admin.vm.CreateInPool.AppVM", "name=z label=red pool=varlibqubes"), "");
    EXPECT_EQ(
        call("dom0", "admin.vm.CreateInPool.AppVM", "name=z2 label=red pool:private=varlibqubes"),
        "");
}

TEST_F(AdminApi, creates_nothing_that_makes_no_sense)
{
    for (auto const& [method, payload, expected] :
         std::initializer_list<std::array<char const*, 3>>{
             {"admin.vm.Create.AppVM+debian", "name=work label=red", "QubesVMAlreadyExistsError:"},
             {"admin.vm.Create.AppVM+debian", "name=a/b label=red", "QubesValueError:"},
             {"admin.vm.Create.AppVM+debian", "name=x label=pink", "QubesLabelNotFoundError:"},
             {"admin.vm.Create.AppVM+debian", "name=x", "ProtocolError:"},
             {"admin.vm.Create.AppVM+debian", "name=x name=y label=red", "ProtocolError:"},
             {"admin.vm.Create.AppVM+debian", "", "ProtocolError:"},
             {"admin.vm.Create.AppVM+debian", "name=x label=red pool=varlibqubes",
              "ProtocolError:"},
             {"admin.vm.Create.AppVM+work", "name=x label=red", "QubesValueError:"},
             {"admin.vm.Create.AppVM+gone", "name=x label=red", "QubesVMNotFoundError:"},
             {"admin.vm.Create.TemplateVM+debian", "name=x label=red", "QubesValueError:"},
             {"admin.vm.Create.DispVM+work", "name=x label=red", "QubesValueError:"},
             {"admin.vm.Create.AdminVM", "name=x label=red", "QubesValueError:"},
             {"admin.vm.Create.FunnyVM", "name=x label=red", "ProtocolError:"},
             {"admin.vm.CreateInPool.AppVM", "name=x label=red pool=gone",
              "QubesPoolNotFoundError:"},
             {"admin.vm.CreateInPool.AppVM",
              "name=x label=red pool=varlibqubes pool:root=varlibqubes", "ProtocolError:"}})
        EXPECT_EQ(call("dom0", method, payload), expected) << method << " " << payload;
    EXPECT_EQ(service.system->state.qubes.size(), 5U);
}

TEST_F(AdminApi, makes_disposables_that_go_when_they_stop)
{
    std::string const name = call("default-dvm", "admin.vm.CreateDisposable");
    EXPECT_TRUE(name.starts_with("disp")) << name;
    EXPECT_EQ(call(name, "admin.vm.tag.List"), "created-by-dom0\ndisp-created-by-dom0\n");
    EXPECT_EQ(call(name, "admin.vm.property.Get+auto_cleanup"), "default=False type=bool True");
    EXPECT_EQ(call(name, "admin.vm.property.Get+label"), "default=False type=label red");
    EXPECT_EQ(call(name, "admin.vm.Start"), "");
    EXPECT_EQ(call(name, "admin.vm.Shutdown+wait"), "");
    EXPECT_EQ(call(name, "admin.vm.List"), "QubesVMNotFoundError:");
    EXPECT_FALSE(std::filesystem::exists(service.scratch.path("pool/appvms/" + name)));
    std::string const uuid = call("dom0", "admin.vm.CreateDisposable", "uuid");
    EXPECT_TRUE(uuid.starts_with("uuid:")) << uuid;
    EXPECT_EQ(call("work", "admin.vm.CreateDisposable"), "QubesValueError:");
}

TEST_F(AdminApi, answers_properties_with_default_type_and_value)
{
    EXPECT_EQ(service.exchange("admin.vm.property.Get+netvm dom0 name work\0"s),
              "0\0default=True type=vm sys-net"s);
    EXPECT_EQ(call("work", "admin.vm.property.Get+label"), "default=False type=label blue");
    EXPECT_EQ(call("work", "admin.vm.property.Get+memory"), "default=True type=int 600");
    EXPECT_EQ(call("work", "admin.vm.property.Get+backup_timestamp"), "default=True type=int ");
    EXPECT_EQ(call("work", "admin.vm.property.GetDefault+memory"), "type=int 600");
    EXPECT_EQ(call("work", "admin.vm.property.GetDefault+label"), "");
    EXPECT_EQ(call("work", "admin.vm.property.Get+flavour"), "QubesNoSuchPropertyError:");
    EXPECT_EQ(call("debian", "admin.vm.property.Get+template"), "QubesNoSuchPropertyError:");
    EXPECT_EQ(call("dom0", "admin.property.Get+default_netvm"), "default=False type=vm sys-net");
    EXPECT_EQ(call("dom0", "admin.property.Get+clockvm"), "default=True type=vm ");
    EXPECT_EQ(call("dom0", "admin.property.GetDefault+clockvm"), "");
    EXPECT_EQ(call("dom0", "admin.property.GetDefault+stats_interval"), "type=int 3");
    EXPECT_EQ(call("dom0", "admin.property.Get+maxmem"), "default=True type=int 16384");
    EXPECT_NE(call("work", "admin.vm.property.Help+netvm"), "");
    std::string const all = call("work", "admin.vm.property.GetAll");
    EXPECT_NE(all.find("\nnetvm default=True type=vm sys-net\n"), std::string::npos) << all;
    EXPECT_NE(call("work", "admin.vm.property.List").find("template\n"), std::string::npos);
}

TEST_F(AdminApi, escapes_line_ends_in_the_list_of_all_values)
{
    EXPECT_EQ(call("work", "admin.vm.property.Set+bootmode", "a\\b"), "");
    EXPECT_NE(
        call("work", "admin.vm.property.GetAll").find("bootmode default=False type=str a\\\\b\n"),
        std::string::npos);
    EXPECT_EQ(call("work", "admin.vm.property.Get+bootmode"), "default=False type=str a\\b");
}

TEST_F(AdminApi, sets_and_resets_properties)
{
    EXPECT_EQ(call("work", "admin.vm.property.Set+memory", "800"), "");
    EXPECT_EQ(call("work", "admin.vm.property.Get+memory"), "default=False type=int 800");
    EXPECT_EQ(call("work", "admin.vm.property.Reset+memory"), "");
    EXPECT_EQ(call("work", "admin.vm.property.Get+memory"), "default=True type=int 600");
    EXPECT_EQ(call("work", "admin.vm.property.Set+netvm", ""), "");
    EXPECT_EQ(call("work", "admin.vm.property.Get+netvm"), "default=False type=vm ");
    EXPECT_EQ(call("dom0", "admin.property.Set+clockvm", "sys-net"), "");
    EXPECT_EQ(call("dom0", "admin.property.Reset+clockvm"), "");
    service.boot();
    EXPECT_EQ(call("work", "admin.vm.property.Get+netvm"), "default=False type=vm ") << "kept";
}

TEST_F(AdminApi, refuses_properties_that_make_no_sense_and_changes_nothing)
{
    for (auto const& [qube, property, value, expected] :
         std::initializer_list<std::array<char const*, 4>>{
             {"work", "memory", "-1", "QubesPropertyValueError:"},
             {"work", "name", "other", "QubesPropertyValueError:"},
             {"work", "klass", "AppVM", "QubesPropertyValueError:"},
             {"work", "label", "pink", "QubesLabelNotFoundError:"},
             {"work", "netvm", "gone", "QubesVMNotFoundError:"},
             {"work", "netvm", "default-dvm", "QubesPropertyValueError:"},
             {"sys-net", "netvm", "sys-net", "QubesPropertyValueError:"},
             {"sys-net", "provides_network", "False", "QubesVMInUseError:"},
             {"work", "template", "default-dvm", "QubesPropertyValueError:"},
             {"work", "template", "", "QubesPropertyValueError:"},
             {"work", "default_dispvm", "work", "QubesPropertyValueError:"},
             {"work", "flavour", "x", "QubesNoSuchPropertyError:"},
             {"debian", "template", "debian", "QubesNoSuchPropertyError:"}}) {
        EXPECT_EQ(call(qube, "admin.vm.property.Set+"s + property, value), expected)
            << qube << " " << property << "=" << value;
    }
    EXPECT_EQ(call("dom0", "admin.property.Set+default_netvm", "work"), "QubesPropertyValueError:");
    EXPECT_EQ(call("dom0", "admin.property.Set+default_pool", "gone"), "QubesPoolNotFoundError:");
    EXPECT_EQ(call("dom0", "admin.property.Set+no_cpus", "9"), "QubesPropertyValueError:");
    EXPECT_EQ(call("work", "admin.vm.property.Reset+template"), "QubesPropertyValueError:");
    EXPECT_EQ(service.store->load()->find("work")->properties.size(), 2U);
}

TEST_F(AdminApi, keeps_features_and_checks_them_along_the_chains)
{
    EXPECT_EQ(call("work", "admin.vm.feature.Get+x"), "QubesFeatureNotFoundError:");
    EXPECT_EQ(call("debian", "admin.vm.feature.Set+x", "1"), "");
    EXPECT_EQ(call("dom0", "admin.vm.feature.Set+y", "of dom0"), "");
    EXPECT_EQ(call("sys-net", "admin.vm.feature.Set+z", ""), "");
    EXPECT_EQ(call("debian", "admin.vm.feature.Get+x"), "1");
    EXPECT_EQ(call("work", "admin.vm.feature.CheckWithTemplate+x"), "1");
    EXPECT_EQ(call("work", "admin.vm.feature.CheckWithNetvm+z"), "");
    EXPECT_EQ(call("work", "admin.vm.feature.CheckWithAdminVM+y"), "of dom0");
    EXPECT_EQ(call("work", "admin.vm.feature.CheckWithTemplateAndAdminVM+x"), "1");
    EXPECT_EQ(call("work", "admin.vm.feature.CheckWithTemplateAndAdminVM+y"), "of dom0");
    EXPECT_EQ(call("work", "admin.vm.feature.CheckWithTemplate+y"), "QubesFeatureNotFoundError:");
    EXPECT_EQ(call("debian", "admin.vm.feature.List"), "x\n");
    EXPECT_EQ(call("debian", "admin.vm.feature.Remove+x"), "");
    EXPECT_EQ(call("debian", "admin.vm.feature.Remove+x"), "QubesFeatureNotFoundError:");
    EXPECT_EQ(call("work", "admin.vm.feature.Set+a", "\x01"), "QubesValueError:");
    EXPECT_EQ(call("work", "admin.vm.feature.Set+a:b", "1"), "QubesValueError:");
}

TEST_F(AdminApi, keeps_tags)
{
    EXPECT_EQ(call("work", "admin.vm.tag.Get+t"), "0");
    EXPECT_EQ(call("work", "admin.vm.tag.Set+t"), "");
    EXPECT_EQ(call("work", "admin.vm.tag.Get+t"), "1");
    EXPECT_EQ(call("work", "admin.vm.tag.List"), "t\n");
    EXPECT_EQ(call("work", "admin.vm.tag.Remove+t"), "");
    EXPECT_EQ(call("work", "admin.vm.tag.Remove+t"), "QubesTagNotFoundError:");
    EXPECT_EQ(call("work", "admin.vm.tag.Set+a.b"), "QubesInvalidTagError:");
    EXPECT_EQ(service.call("work", "admin.vm.tag.Set+created-by-x", "", Scope::admin, "sys-net"),
              "PermissionDenied:");
}

TEST_F(AdminApi, keeps_labels)
{
    EXPECT_EQ(call("dom0", "admin.label.List"),
              "red\norange\nyellow\ngreen\ngray\nblue\npurple\nblack\n");
    EXPECT_EQ(call("dom0", "admin.label.Get+orange"), "0xf57900");
    EXPECT_EQ(call("dom0", "admin.label.Index+purple"), "7");
    EXPECT_EQ(call("dom0", "admin.label.Create+pink", "0xff00ff"), "");
    EXPECT_EQ(call("dom0", "admin.label.Index+pink"), "9");
    EXPECT_EQ(call("work", "admin.vm.property.Set+label", "pink"), "");
    EXPECT_EQ(call("dom0", "admin.label.Remove+pink"), "QubesLabelInUseError:");
    EXPECT_EQ(call("work", "admin.vm.property.Set+label", "blue"), "");
    EXPECT_EQ(call("dom0", "admin.label.Remove+pink"), "");
    EXPECT_EQ(call("dom0", "admin.label.Get+pink"), "QubesLabelNotFoundError:");
    EXPECT_EQ(call("dom0", "admin.label.Remove+red"), "PermissionDenied:");
    EXPECT_EQ(call("dom0", "admin.label.Create+pink", "ff00ff"), "QubesInvalidLabelValueError:");
    EXPECT_EQ(call("dom0", "admin.label.Create+12", "0xff00ff"), "QubesInvalidLabelError:");
    EXPECT_EQ(call("dom0", "admin.label.Create+red", "0xff00ff"), "QubesValueError:");
}

TEST_F(AdminApi, tells_about_volumes)
{
    EXPECT_EQ(call("work", "admin.vm.volume.List"), "kernel\nprivate\nroot\nvolatile\n");
    std::string info = call("work", "admin.vm.volume.Info+private");
    auto const usage = info.find("usage=");
    info.erase(usage, info.find('\n', usage) - usage);
    EXPECT_EQ(info, "pool=varlibqubes\nvid=appvms/work/private\nsize=2147483648\n\nrw=True\n"
                    "source=\npath=\nsave_on_stop=True\nsnap_on_start=False\n"
                    "revisions_to_keep=1\nephemeral=False\n");
    EXPECT_NE(call("work", "admin.vm.volume.Info+root").find("source=vm-templates/debian/root\n"),
              std::string::npos);
    EXPECT_EQ(call("work", "admin.vm.volume.Info+attic"), "QubesVolumeNotFoundError:");
    EXPECT_EQ(call("work", "admin.vm.volume.ListSnapshots+private"), "");
    EXPECT_EQ(call("work", "admin.vm.volume.Resize+private", "4294967296"), "");
    EXPECT_NE(call("work", "admin.vm.volume.Info+private").find("size=4294967296\n"),
              std::string::npos);
    EXPECT_EQ(call("work", "admin.vm.volume.Resize+private", "1"), "StoragePoolException:");
    EXPECT_EQ(call("work", "admin.vm.volume.Resize+private", "4G"), "QubesValueError:");
    EXPECT_EQ(call("work", "admin.vm.volume.Set.revisions_to_keep+private", "3"), "");
    EXPECT_EQ(call("work", "admin.vm.volume.Set.revisions_to_keep+private", "-2"),
              "QubesValueError:");
    EXPECT_EQ(call("work", "admin.vm.volume.Set.rw+root", "False"), "");
    EXPECT_EQ(call("work", "admin.vm.volume.Set.ephemeral+volatile", "True"), "");
    EXPECT_EQ(call("work", "admin.vm.volume.Set.ephemeral+private", "True"),
              "StoragePoolException:");
    EXPECT_EQ(call("work", "admin.vm.volume.Revert+private", "1"),
              "QubesVolumeRevisionNotFoundError:");
    EXPECT_EQ(call("work", "admin.vm.volume.Revert+private", "../x"), "QubesValueError:");
    EXPECT_EQ(call("work", "admin.vm.volume.Clear+private"), "");
    EXPECT_EQ(call("work", "admin.vm.volume.ListSnapshots+private"), "1\n");
    EXPECT_EQ(call("work", "admin.vm.volume.Revert+private", "1"), "");
}

TEST_F(AdminApi, clones_a_volume_with_a_token_that_works_once)
{
    EXPECT_EQ(call("dom0", "admin.vm.Create.AppVM", "name=copy label=red"), "");
    std::string const token = call("work", "admin.vm.volume.CloneFrom+private");
    EXPECT_EQ(token.size(), 32U);
    EXPECT_EQ(call("copy", "admin.vm.volume.CloneTo+private", token), "");
    EXPECT_EQ(call("copy", "admin.vm.volume.CloneTo+private", token),
              "QubesVolumeCopyTokenNotFoundError:");
    std::string const other = call("work", "admin.vm.volume.CloneFrom+private");
    EXPECT_EQ(call("copy", "admin.vm.Start"), "");
    EXPECT_EQ(call("copy", "admin.vm.volume.CloneTo+private", other), "QubesVMNotHaltedError:");
    EXPECT_EQ(call("copy", "admin.vm.volume.Revert+private", "1"), "QubesVMNotHaltedError:");
}

TEST_F(AdminApi, keeps_pools)
{
    EXPECT_EQ(call("dom0", "admin.pool.List"), "varlibqubes\n");
    EXPECT_EQ(call("dom0", "admin.pool.ListDrivers"),
              "dir dir_path revisions_to_keep ephemeral_volatile\n"
              "file-reflink dir_path revisions_to_keep ephemeral_volatile\n"
              "linux-kernel dir_path revisions_to_keep ephemeral_volatile\n");
    std::string const path = service.scratch.path("second");
    EXPECT_EQ(call("dom0", "admin.pool.Add+file-reflink",
                   "name=second\ndir_path=" + path + "\nrevisions_to_keep=4\n"),
              "");
    EXPECT_EQ(
        call("dom0", "admin.pool.Info+second").find("dir_path=" + path + "\ndriver=file-reflink\n"),
        0U);
    EXPECT_EQ(call("dom0", "admin.pool.UsageDetails+second").find("data_size="), 0U);
    EXPECT_EQ(call("dom0", "admin.pool.Set.revisions_to_keep+second", "2"), "");
    EXPECT_EQ(call("dom0", "admin.pool.Set.ephemeral_volatile+second", "yes"), "");
    EXPECT_EQ(call("dom0", "admin.pool.volume.List+second"), "");
    EXPECT_EQ(call("dom0", "admin.pool.Remove+second"), "");
    EXPECT_EQ(call("dom0", "admin.pool.Info+second"), "QubesPoolNotFoundError:");
    EXPECT_EQ(call("dom0", "admin.pool.Remove+varlibqubes"), "QubesPoolInUseError:");
    EXPECT_EQ(call("dom0", "admin.pool.Add+lvm_thin", "name=x"), "QubesValueError:");
    EXPECT_EQ(call("dom0", "admin.pool.Add+dir", "name=x\ncolour=red"), "QubesValueError:");
    EXPECT_EQ(call("dom0", "admin.pool.Add+dir", "name=x\ndir_path=relative"), "QubesValueError:");
}

TEST_F(AdminApi, keeps_assignments_of_devices)
{
    EXPECT_EQ(call("dom0", "admin.deviceclass.List"), "block\nmic\npci\nusb\n");
    EXPECT_EQ(call("sys-net", "admin.vm.device.usb.Available"), "");
    EXPECT_EQ(call("work", "admin.vm.device.block.Assign+sys-net+sda",
                   "mode='auto-attach' _read-only='yes'"),
              "");
    EXPECT_EQ(call("work", "admin.vm.device.block.Assigned"),
              "sys-net+sda:* device_id='*' port_id='sda' devclass='block' "
              "backend_domain='sys-net' mode='auto-attach' frontend_domain='work' "
              "_read-only='yes'\n");
    EXPECT_EQ(call("work", "admin.vm.device.usb.Assigned"), "");
    EXPECT_EQ(call("work", "admin.vm.device.block.Assigned+sys-net+sdb"), "");
    EXPECT_EQ(call("work", "admin.vm.device.block.Assign+sys-net+sda", "mode='required'"),
              "DeviceAlreadyAssigned:");
    EXPECT_EQ(call("work", "admin.vm.device.block.Assign+sys-net+sdb", ""), "empty");
    EXPECT_EQ(call("work", "admin.vm.device.block.Set.assignment+sys-net+sda", "required"), "");
    EXPECT_EQ(call("work", "admin.vm.device.block.Set.assignment+sys-net+sda", "never"),
              "QubesUnrecognizedDeviceAssignmentMode:");
    EXPECT_EQ(call("sys-net", "admin.vm.Remove"), "QubesVMInUseError:");
    EXPECT_EQ(call("work", "admin.vm.device.block.Attach+sys-net+sda", ""),
              "QubesVMNotRunningError:");
    EXPECT_EQ(call("work", "admin.vm.device.block.Unassign+sys-net+sda"), "");
    EXPECT_EQ(call("work", "admin.vm.device.block.Unassign+sys-net+sda"), "DeviceNotAssigned:");
    EXPECT_EQ(call("work", "admin.vm.device.block.Assign+gone+sda", "mode='required'"),
              "QubesVMNotFoundError:");
    EXPECT_EQ(call("work", "admin.vm.device.denied.Add", "u03**01p0900**"), "");
    EXPECT_EQ(call("work", "admin.vm.device.denied.List"), "p0900**\nu03**01\n");
    EXPECT_EQ(call("work", "admin.vm.device.denied.Remove", "u03**01"), "");
    EXPECT_EQ(call("work", "admin.vm.device.denied.Remove", "all"), "");
    EXPECT_EQ(call("work", "admin.vm.device.denied.Add", "keyboard"), "QubesValueError:");
}

TEST_F(AdminApi, keeps_firewall_rules_and_notes)
{
    EXPECT_EQ(call("work", "admin.vm.firewall.Get"), "action=accept\n");
    EXPECT_EQ(call("work", "admin.vm.firewall.Set",
                   "action=accept proto=tcp dsthost=1.1.1.1 dstports=443\naction=drop\n"),
              "");
    EXPECT_EQ(call("work", "admin.vm.firewall.Get"),
              "action=accept proto=tcp dst4=1.1.1.1/32 dstports=443-443\naction=drop\n");
    EXPECT_EQ(call("work", "admin.vm.firewall.Set", "action=maybe"), "QubesValueError:");
    EXPECT_EQ(call("work", "admin.vm.firewall.Set", ""), "");
    EXPECT_EQ(call("work", "admin.vm.firewall.Get"), "");
    EXPECT_EQ(call("work", "admin.vm.firewall.Reload"), "");
    EXPECT_EQ(call("work", "admin.vm.notes.Set", "a\tb\n\x01\xff\xc3\xa4"), "");
    EXPECT_EQ(call("work", "admin.vm.notes.Get"), "a\tb\n__\xc3\xa4");
    EXPECT_EQ(call("work", "admin.vm.Console"), "QubesNotImplementedError:");
}

TEST_F(AdminApi, tells_daemons_about_the_system_on_a_socket_of_their_own)
{
    std::string const info = service.call("dom0", "internal.GetSystemInfo", "", Scope::internal);
    EXPECT_NE(
        info.find(
            R"("work":{"default_dispvm":"default-dvm","guivm":"dom0","icon":"appvm-blue","internal":null,"label":"0x3465a4")"),
        std::string::npos)
        << info;
    std::string const place =
        service.call("work", "internal.vm.volume.ImportBegin+private", "5", Scope::internal);
    EXPECT_TRUE(place.starts_with("5 /")) << place;
    EXPECT_EQ(
        service.call("work", "internal.vm.volume.ImportEnd+private", "fail\nno", Scope::internal),
        "StoragePoolException:");
    EXPECT_EQ(service.call("debian", "qubes.NotifyUpdates", "3\n", Scope::misc, "debian"), "");
    EXPECT_EQ(call("debian", "admin.vm.feature.Get+updates-available"), "1");
    EXPECT_EQ(service.call("dom0", "qubes.NotifyUpdates", "many", Scope::misc, "debian"),
              "ProtocolError:");
}
