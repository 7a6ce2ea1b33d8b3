#pragma once

#include "lib/base/result.hpp"
#include "lib/qrexec/names.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The policy language 5.0: which qube may call which service where. What is written, as values.
/// Source: fact sheet qrexec §16.
namespace vitrail::qrexec {

/// A word that names qubes. `dom0`, `@adminvm` and dom0's uuid are one and the same: admin.
struct Token {
    enum class Kind : std::uint8_t {
        any,         ///< `*`: everything
        anyvm,       ///< `@anyvm`: everything but dom0
        admin,       ///< dom0
        name,        ///< a qube
        uuid,        ///< a qube: `uuid:UUID`
        type,        ///< `@type:CLASS`
        tag,         ///< `@tag:TAG`
        unspecified, ///< `@default`: the caller leaves it to policy
        dispvm,      ///< `@dispvm`: a new disposable of the caller's default template
        dispvm_of,   ///< `@dispvm:NAME`, `@dispvm:uuid:UUID`
        dispvm_tag,  ///< `@dispvm:@tag:TAG`
    };
    Kind kind = Kind::any;
    std::string value;    ///< the name, uuid, class or tag
    bool is_uuid = false; ///< of dispvm_of

    [[nodiscard]] std::string text() const;
    friend bool operator==(Token const&, Token const&) = default;
};

/// Where a word stands says which tokens it may be.
enum class TokenUse : std::uint8_t {
    source,
    target,
    redirect, ///< `target=`, `default_target=`
    request,  ///< what a caller asks for; empty: @default
};
/// The error says in one sentence what is wrong, without the place.
[[nodiscard]] std::expected<Token, std::string> parse_token(std::string_view untrusted_text,
                                                            TokenUse use);

struct PolicyRule {
    enum class Action : std::uint8_t { allow, ask, deny };

    std::string service;                 ///< empty: every one
    std::optional<std::string> argument; ///< nothing: every one
    Token source;
    Token target;
    Action action = Action::deny;
    std::optional<Token> redirect;       ///< `target=`
    std::optional<Token> default_target; ///< of ask: preselected
    std::optional<std::string> user;
    bool notify = false;
    bool autostart = true;

    std::string file; ///< where it stands: the path as it was opened
    int line = 0;
    std::string text; ///< of the line, blanks reduced
    /// Not empty: a file that cannot be read as policy. It stands in the place of all the file's
    /// rules and denies every call that comes to it.
    std::string problem;

    [[nodiscard]] std::string place() const { return file + ":" + std::to_string(line); }
};

[[nodiscard]] std::string_view name(PolicyRule::Action action);

struct Policy {
    std::vector<PolicyRule> rules; ///< in order: the first that matches decides
    /// What is wrong with it: `file:line: what`, for the log.
    [[nodiscard]] std::vector<std::string> problems() const;
};

/// Where policy files are read from: the file system, or a test's.
struct PolicyFiles {
    /// Names of the regular files in a folder, in any order; none when there is no such folder.
    std::function<Result<std::vector<std::string>>(std::string const& folder)> list;
    std::function<Result<std::string>(std::string const& path)> read;
};

/// The policy of several folders: of files with the same name the first folder's one counts; then
/// all are read in the order of their names, as one list. A file with an error in it, or in what it
/// includes, is replaced by one rule that denies (PolicyRule::problem). A name with other
/// characters than [a-z0-9_.-] denies everything.
[[nodiscard]] Policy load_policy(PolicyFiles const& files, std::vector<std::string> const& folders);

/// One text as policy, without includes: for tests, fuzzing and checks of an edited file.
[[nodiscard]] std::expected<std::vector<PolicyRule>, std::string>
parse_policy(std::string_view text, std::string_view file);

} // namespace vitrail::qrexec
