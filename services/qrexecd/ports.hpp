#pragma once

#include "lib/base/strong.hpp"
#include "lib/qrexec/message.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace vitrail::qrexecd {

/// Which data ports of a qube are in use, and towards whom. Of two qubes, both daemons choose ports
/// for the pair: the one of the lower number takes every other port, so they never take the same.
/// Source: fact sheet qrexec §2.
class Ports {
public:
    explicit Ports(DomainId own) : own_(own) {}

    /// The lowest free one; nothing when all are taken.
    [[nodiscard]] std::optional<std::uint32_t> take(DomainId peer)
    {
        bool const shares = peer.value != 0;
        for (std::size_t i = shares && peer > own_ ? 1 : 0; i < used_.size(); i += shares ? 2 : 1)
            if (!used_[i]) {
                used_[i] = peer;
                return qrexec::first_data_port + static_cast<std::uint32_t>(i);
            }
        return std::nullopt;
    }
    /// False for a port that is not in use towards this peer.
    [[nodiscard]] bool give_back(DomainId peer, std::uint32_t port)
    {
        if (port < qrexec::first_data_port || port > qrexec::last_data_port)
            return false;
        auto& used = used_[port - qrexec::first_data_port];
        if (used != peer)
            return false;
        used.reset();
        return true;
    }

private:
    DomainId own_;
    std::array<std::optional<DomainId>, qrexec::last_data_port - qrexec::first_data_port + 1> used_;
};

} // namespace vitrail::qrexecd
