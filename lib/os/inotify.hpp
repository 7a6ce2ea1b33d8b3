#pragma once

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

namespace vitrail {

/// Takes what waits on an inotify descriptor that does not block, and calls `handle(event, name)`
/// for each; `name` is empty where the event is about what is watched itself.
template <typename Handle> void read_inotify(int inotify, Handle const& handle)
{
    alignas(inotify_event) std::array<char, 16384> bytes; // NOLINT: filled by read
    for (;;) {
        ssize_t const got = read(inotify, bytes.data(), bytes.size());
        if (got <= 0)
            return;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            inotify_event event{};
            std::memcpy(&event, bytes.data() + at, sizeof event);
            handle(event, event.len > 0 ? std::string_view(bytes.data() + at + sizeof event)
                                        : std::string_view());
            at += sizeof event + event.len;
        }
    }
}

} // namespace vitrail
