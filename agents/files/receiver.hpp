#pragma once

#include "lib/formats/qfile.hpp"
#include "lib/os/fd.hpp"

#include <functional>
#include <string>

namespace vitrail::agent_files {

/// Unpacks a stream of files below one folder.
///
/// Nothing is opened outside of it, no link is followed, nothing that is there is overwritten, and
/// a file has its final name only when it is whole. Source: fact sheet services §1 and §2; QSB 014.
class Receiver {
public:
    /// `root`: the folder. `handle_entry` sees each entry that was begun.
    Receiver(Fd root, formats::QfileLimits limits,
             std::function<void(formats::Entry const&)> handle_entry);

    /// Takes all of `input`. The error's code is what the answer is to say.
    [[nodiscard]] std::expected<void, formats::QfileError> take(std::span<std::byte const> input);
    [[nodiscard]] bool ended() const { return parser_.ended(); }
    /// What the answer says when the input has ended.
    [[nodiscard]] formats::QfileResult finish();

private:
    using Done = std::expected<void, int>; ///< an errno

    [[nodiscard]] Done handle(formats::QfileEvent const& event);
    [[nodiscard]] Done begin_file(formats::Entry const& entry);
    [[nodiscard]] Done write(formats::Content const& content);
    [[nodiscard]] Done finish_file();
    [[nodiscard]] Done make_folder(formats::Entry const& entry);
    [[nodiscard]] Done make_link(formats::Entry const& entry);
    /// The folder of a path, opened; and the last component.
    [[nodiscard]] std::expected<Fd, int> parent_of(std::string const& path,
                                                   std::string& name) const;

    Fd root_;
    formats::QfileParser parser_;
    std::function<void(formats::Entry const&)> handle_entry_;
    formats::Entry entry_; ///< the file that is being written
    std::string name_;     ///< its last component
    Fd parent_;
    Fd file_; ///< without a name until it is whole
};

} // namespace vitrail::agent_files
