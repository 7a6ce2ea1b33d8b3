#pragma once

#include "lib/qrexec/policy.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vitrail::qrexec {

/// What policy needs to know of a qube. Source: fact sheet qrexec §18 (internal.GetSystemInfo).
struct QubeFacts {
    std::string name;
    std::string uuid;
    std::string type; ///< the class: AppVM …
    std::vector<std::string> tags;
    bool template_for_dispvms = false;
    std::optional<std::string> default_dispvm;
    std::optional<std::string> guivm;
    bool runs = false;                  ///< power state Running
    bool internal = false;              ///< never a choice of a prompt
    std::optional<std::string> relayvm; ///< of a RemoteVM
    std::optional<std::string> transport_rpc;
};

/// All qubes, looked up by whatever policy names them by. dom0 is always among them.
class SystemFacts {
public:
    using Index = std::size_t;

    explicit SystemFacts(std::vector<QubeFacts> qubes = {});

    [[nodiscard]] std::span<QubeFacts const> qubes() const { return qubes_; }
    [[nodiscard]] QubeFacts const& at(Index index) const { return qubes_[index]; }
    [[nodiscard]] Index admin() const { return admin_; }
    [[nodiscard]] std::optional<Index> find(std::string_view name) const;
    [[nodiscard]] std::optional<Index> find_uuid(std::string_view uuid) const;
    /// Of tokens that name one qube: admin, name, uuid, dispvm_of (its template).
    [[nodiscard]] std::optional<Index> find(Token const& token) const;
    [[nodiscard]] std::span<Index const> tagged(std::string_view tag) const;
    [[nodiscard]] std::span<Index const> of_type(std::string_view type) const;
    [[nodiscard]] std::span<Index const> disposable_templates() const { return templates_; }

private:
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    template <typename T> using Map = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    std::vector<QubeFacts> qubes_; ///< sorted by name
    Map<Index> by_name_;
    Map<Index> by_uuid_;
    Map<std::vector<Index>> by_tag_;
    Map<std::vector<Index>> by_type_;
    std::vector<Index> templates_;
    Index admin_ = 0;
};

} // namespace vitrail::qrexec
