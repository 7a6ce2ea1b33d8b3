#pragma once

#include "lib/qube/admin_client.hpp"
#include "tools/qvm/failure.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qvm {

/// One line of admin.vm.List.
struct ListedQube {
    std::string name;
    std::string qube_class;
    std::string state;
    std::string uuid;
    friend bool operator==(ListedQube const&, ListedQube const&) = default;
};

/// A property as Get and GetAll answer it (fact sheet admin-api §6).
struct PropertyValue {
    bool is_default = false;
    std::string type;
    std::string text; ///< empty: none, or undefined
};
using Properties = std::map<std::string, PropertyValue, std::less<>>;

/// One call of a batch.
struct Request {
    std::string destination;
    std::string method;
    std::string argument{};
    std::string payload{};
};

/// What every command works with: qubesd, and the person at the terminal.
///
/// What is printed was made displayable here: no text of a qube reaches the terminal as it came.
class Tool {
public:
    Tool(std::string program, qube::AdminClient client)
        : program_(std::move(program)), client_(std::move(client))
    {
    }

    [[nodiscard]] Done<std::string> call(std::string_view destination, std::string_view method,
                                         std::string_view argument = {},
                                         std::string_view payload = {}) const;
    /// The same for what may take long: `doing` ("starting work") is shown on the terminal with the
    /// seconds that have passed.
    [[nodiscard]] Done<std::string>
    call_slowly(std::string const& doing, std::string_view destination, std::string_view method,
                std::string_view argument = {}, std::string_view payload = {}) const;
    /// Several calls, many of them under way at once; the answers in order.
    [[nodiscard]] std::vector<Done<std::string>> call_all(std::vector<Request> const& requests,
                                                          std::string const& doing = {}) const;
    [[nodiscard]] qube::AdminClient const& client() const { return client_; }

    /// All qubes, dom0 first. Asked once; forget_list() after a change.
    [[nodiscard]] Done<std::vector<ListedQube>> list();
    void forget_list() { list_.reset(); }
    [[nodiscard]] Done<ListedQube> find(std::string_view name); ///< fails with status 2
    /// By GetAll, or one by one where a policy does not allow that.
    [[nodiscard]] Done<Properties> properties(std::string_view name) const;
    [[nodiscard]] Done<PropertyValue> property(std::string_view name,
                                               std::string_view property) const;
    /// nullopt: not set.
    [[nodiscard]] Done<std::optional<std::string>> feature(std::string_view name,
                                                           std::string_view feature) const;

    [[nodiscard]] std::string const& program() const { return program_; }
    [[nodiscard]] bool is_quiet() const { return quiet > verbose; }
    [[nodiscard]] bool is_verbose() const { return verbose > quiet; }
    void print(std::string_view text) const;    ///< to the standard output
    void complain(std::string_view text) const; ///< PROG: error: TEXT
    void note(std::string_view text) const;     ///< for people; silent with --quiet
    /// A question; false without a terminal or at any answer but y or Y.
    [[nodiscard]] bool asks(std::string const& question) const;

    int verbose = 0; ///< how often --verbose was given
    int quiet = 0;

private:
    std::string program_;
    qube::AdminClient client_;
    std::optional<std::vector<ListedQube>> list_;
};

/// KEY=VALUE lines, as Info answers.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
parse_pairs(std::string_view untrusted_lines);
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);
/// `default=… type=… VALUE`; nullopt: it is none.
[[nodiscard]] std::optional<PropertyValue> parse_property(std::string_view untrusted_text);
/// The answer of GetAll.
[[nodiscard]] Properties parse_properties(std::string_view untrusted_lines);
/// Control characters other than newline and tab become `_`.
[[nodiscard]] std::string displayable(std::string_view untrusted_text);

} // namespace vitrail::qvm
