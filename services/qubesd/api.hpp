#pragma once

#include "lib/qube/admin_codec.hpp"
#include "services/qubesd/jobs.hpp"
#include "services/qubesd/lifecycle.hpp"
#include "services/qubesd/preloads.hpp"
#include "services/qubesd/system.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace vitrail::qubesd {

/// Which socket a call came on (fact sheet admin-api §1.1).
enum class Scope : std::uint8_t { admin, internal, misc };

/// One call on its way. Exactly one of `reply` and `stream` is called, once; the caller may be gone
/// by then, which is not the callee's business.
struct Call {
    qube::AdminRequest request;
    std::function<void(qube::Outcome<std::string>)> reply;
    std::function<void(Subscription)> stream;
    std::string detail;  ///< what a `*` of the method's name stands for: a class
    std::string source;  ///< name of a qube that is there
    std::string subject; ///< the same of the destination

    [[nodiscard]] std::string const& argument() const { return request.argument; }
    [[nodiscard]] std::string const& untrusted_payload() const { return request.untrusted_payload; }
};

/// The methods of the Admin API.
///
/// A method checks everything of its argument and payload before it changes anything; what it
/// answers follows the fact sheet admin-api byte for byte.
class Api {
public:
    Api(System& system, Lifecycle& lifecycle, Preloads& preloads, Jobs& jobs)
        : system_(system), lifecycle_(lifecycle), preloads_(preloads), jobs_(jobs)
    {
    }
    void handle(Scope scope, Call call);
    struct Method;

private:
    using Text = qube::Outcome<std::string>;
    [[nodiscard]] static std::span<Method const> methods();
    [[nodiscard]] qube::Outcome<> check(Method const& method, Call& call) const;

    [[nodiscard]] Qube& subject(Call const& call) { return *system_.state.find(call.subject); }
    [[nodiscard]] qube::Outcome<> require_halted(Call const& call);

    // api_qubes.cpp
    Text list_classes(Call const& call);
    Text list(Call const& call);
    Text current_state(Call const& call);
    void create(Call call);
    void create_in_pool(Call call);
    void create_qube(Call call, bool in_pool);
    void create_disposable(Call call);
    void remove(Call call);
    void start(Call call);
    void shut_down(Call call);
    void kill(Call call);
    Text pause(Call const& call);
    Text unpause(Call const& call);
    Text suspend(Call const& call);
    Text resume(Call const& call);
    [[nodiscard]] qube::Outcome<std::string> template_for(Call const& call,
                                                          qube::QubeClass qube_class);

    // api_properties.cpp
    Text property_list(Call const& call);
    Text property_get(Call const& call);
    Text property_get_all(Call const& call);
    Text property_default_of(Call const& call);
    Text property_set(Call const& call);
    Text property_reset(Call const& call);
    Text property_help(Call const& call);
    Text global_list(Call const& call);
    Text global_get(Call const& call);
    Text global_get_all(Call const& call);
    Text global_default_of(Call const& call);
    Text global_set(Call const& call);
    Text global_reset(Call const& call);
    Text global_help(Call const& call);
    [[nodiscard]] qube::Outcome<> may_set(Qube const& qube, qube::Property const& property,
                                          std::string const& value) const;
    [[nodiscard]] qube::Outcome<> may_set_global(qube::Property const& property,
                                                 std::string const& value) const;
    [[nodiscard]] qube::Outcome<> change_property(Qube& qube, qube::Property const& property,
                                                  std::optional<std::string> const& value);
    [[nodiscard]] qube::Outcome<> change_global(qube::Property const& property,
                                                std::optional<std::string> const& value);
    [[nodiscard]] qube::Outcome<> follow(Qube& qube, qube::Property const& property,
                                         std::string const& old_text);

    // api_features.cpp
    Text feature_list(Call const& call);
    Text feature_get(Call const& call);
    Text feature_set(Call const& call);
    Text feature_remove(Call const& call);
    Text feature_check_template(Call const& call);
    Text feature_check_netvm(Call const& call);
    Text feature_check_admin(Call const& call);
    Text feature_check_template_admin(Call const& call);
    Text tag_list(Call const& call);
    Text tag_get(Call const& call);
    Text tag_set(Call const& call);
    Text tag_remove(Call const& call);
    Text label_list(Call const& call);
    Text label_get(Call const& call);
    Text label_index(Call const& call);
    Text label_create(Call const& call);
    Text label_remove(Call const& call);

    // api_storage.cpp
    Text volume_list(Call const& call);
    Text volume_info(Call const& call);
    Text volume_snapshots(Call const& call);
    void volume_revert(Call call);
    Text volume_clone_from(Call const& call);
    void volume_clone_to(Call call);
    void volume_resize(Call call);
    void volume_clear(Call call);
    Text volume_set_revisions(Call const& call);
    Text volume_set_rw(Call const& call);
    Text volume_set_ephemeral(Call const& call);
    void import_begin(Call call);
    void import_end(Call call);
    Text pool_list(Call const& call);
    Text pool_drivers(Call const& call);
    Text pool_info(Call const& call);
    Text pool_usage(Call const& call);
    Text pool_add(Call const& call);
    Text pool_remove(Call const& call);
    Text pool_volumes(Call const& call);
    Text pool_set_revisions(Call const& call);
    Text pool_set_ephemeral(Call const& call);
    [[nodiscard]] qube::Outcome<Volume*> volume(Call const& call);
    [[nodiscard]] qube::Outcome<Pool*> pool(Call const& call);
    [[nodiscard]] Text keep_volume(Call const& call, Volume& volume, Volume const& changed);
    [[nodiscard]] Text keep_pool(Pool& pool, std::string const& option, std::string value);

    // api_devices.cpp
    Text device_classes(Call const& call);
    Text device_available(Call const& call);
    Text device_assigned(Call const& call);
    Text device_attached(Call const& call);
    Text device_assign(Call const& call);
    Text device_unassign(Call const& call);
    Text device_attach(Call const& call);
    Text device_detach(Call const& call);
    Text device_set_assignment(Call const& call);
    Text denied_list(Call const& call);
    Text denied_add(Call const& call);
    Text denied_remove(Call const& call);
    [[nodiscard]] qube::Outcome<qube::DeviceRef> device(Call const& call) const;
    [[nodiscard]] qube::Outcome<> keep_assignments(Qube& qube, std::vector<qube::Assignment> all);
    [[nodiscard]] Text keep_denied(Call const& call, std::vector<std::string> const& codes);

    // api_misc.cpp
    Text firewall_get(Call const& call);
    Text firewall_set(Call const& call);
    Text firewall_reload(Call const& call);
    Text notes_get(Call const& call);
    Text notes_set(Call const& call);
    Text console(Call const& call);
    void events(Call call);
    void stats(Call call);
    Text system_info(Call const& call);
    Text features_request(Call const& call);
    Text notify_updates(Call const& call);

    System& system_;
    Lifecycle& lifecycle_;
    Preloads& preloads_;
    Jobs& jobs_;
    /// A clone that was asked for: which volume of which qube. One use (fact sheet §11).
    std::map<std::string, std::pair<std::string, std::string>> copy_tokens_;
    /// Of imports that have begun: qube and volume, and the size it is to have then.
    std::map<std::pair<std::string, std::string>, std::uint64_t> import_sizes_;
};

/// One method: what its call must look like, and who answers it.
struct Api::Method {
    enum class Destination : std::uint8_t { any, admin, qube };
    enum class Argument : std::uint8_t { none, required, optional };
    enum class Payload : std::uint8_t { none, taken };

    std::string_view name; ///< with `*` where a class stands
    Scope scope;
    Destination destination;
    Argument argument;
    Payload payload;
    Text (Api::*answer)(Call const&) = nullptr; ///< at once
    void (Api::*run)(Call) = nullptr;           ///< later
};

} // namespace vitrail::qubesd
