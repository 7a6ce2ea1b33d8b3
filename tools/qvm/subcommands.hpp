#pragma once

#include "tools/qvm/command.hpp"

#include <initializer_list>

namespace vitrail::qvm {

/// A command that does what its subcommand says: `class Pool final : public Subcommands<Pool>`.
template <typename Self> class Subcommands : public Command {
public:
    Done<int> run(Tool& tool) override
    {
        TRY_VOID(act(tool));
        return 0;
    }

protected:
    using Act = Done<> (Self::*)(Tool&);

    /// `otherwise`: what is done without a subcommand.
    explicit Subcommands(Act otherwise) : act_(otherwise) {}

    CLI::App* add(CLI::App& app, char const* name, std::initializer_list<char const*> aliases,
                  char const* help, Act act)
    {
        auto* const made = app.add_subcommand(name, help);
        for (char const* const alias : aliases)
            made->alias(alias);
        made->callback([this, act] { act_ = act; });
        return made;
    }
    [[nodiscard]] Done<> act(Tool& tool) { return (static_cast<Self&>(*this).*act_)(tool); }

private:
    Act act_;
};

} // namespace vitrail::qvm
