// qvm-pool. Source: fact sheet desktop-tools §15, admin-api §12.

#include "tools/qvm/make.hpp"
#include "tools/qvm/subcommands.hpp"
#include "tools/qvm/table.hpp"

#include <algorithm>

namespace vitrail::qvm {
namespace {

class Pool final : public Subcommands<Pool> {
public:
    Pool() : Subcommands(&Pool::list) {}

    void define(CLI::App& app) override
    {
        app.require_subcommand(0, 1);
        add(app, "list", {"l", "ls"}, "The pools", &Pool::list);
        auto* const info = add(app, "info", {"i"}, "What is known of a pool", &Pool::info);
        info->add_option("pool", name_, "The pool")->type_name("POOL")->required();
        add(app, "drivers", {"d"}, "The drivers and their options", &Pool::drivers);
        auto* const make = add(app, "add", {"a"}, "Make a pool", &Pool::make);
        make->add_option("pool", name_, "Its name")->type_name("NAME")->required();
        make->add_option("driver", driver_, "Its driver")->type_name("DRIVER")->required();
        options(make, "An option of the driver; may be repeated");
        auto* const remove = add(app, "remove", {"r", "rm"}, "Remove pools", &Pool::remove);
        remove->add_option("pools", names_, "The pools")->type_name("POOL")->required();
        auto* const set = add(app, "set", {"s"}, "Change a pool", &Pool::set);
        set->add_option("pool", name_, "The pool")->type_name("POOL")->required();
        options(set, "revisions_to_keep=N or ephemeral_volatile=BOOL; may be repeated");
    }

private:
    void options(CLI::App* app, char const* help)
    {
        add_repeated(*app, "-o,--option", options_, help)->type_name("NAME=VALUE");
    }

    [[nodiscard]] Done<> list(Tool& tool)
    {
        std::vector<Request> requests;
        for (std::string const& name : lines_of(TRY(tool.call(qube::dom0, "admin.pool.List"))))
            requests.push_back({std::string(qube::dom0), "admin.pool.Info", name});
        auto const answers = tool.call_all(requests);
        std::vector<Row> rows{{"NAME", "DRIVER"}};
        for (std::size_t i = 0; i < requests.size(); ++i) {
            std::string driver;
            for (auto const& [key, value] : parse_pairs(answers[i].value_or("")))
                if (key == "driver")
                    driver = value;
            rows.push_back({requests[i].argument, driver});
        }
        tool.print(aligned(rows));
        return {};
    }
    [[nodiscard]] Done<> info(Tool& tool)
    {
        auto pairs = parse_pairs(TRY(tool.call(qube::dom0, "admin.pool.Info", name_)));
        std::ranges::sort(pairs);
        std::vector<Row> rows;
        if (std::ranges::none_of(pairs, [](auto const& one) { return one.first == "name"; }))
            rows.push_back({"name", name_});
        for (auto const& [key, value] : pairs)
            rows.push_back({key, value});
        tool.print(aligned(rows));
        return {};
    }
    [[nodiscard]] Done<> drivers(Tool& tool)
    {
        std::vector<Row> rows{{"DRIVER", "OPTIONS"}};
        for (std::string const& line :
             lines_of(TRY(tool.call(qube::dom0, "admin.pool.ListDrivers")))) {
            std::string options;
            auto const words = qube::split(line, ' ');
            for (std::size_t i = 1; i < words.size(); ++i)
                options += (options.empty() ? "" : ", ") + std::string(words[i]);
            rows.push_back({std::string(words.front()), options});
        }
        tool.print(aligned(rows));
        return {};
    }
    [[nodiscard]] Done<> make(Tool& tool)
    {
        std::string payload = "name=" + name_ + "\n";
        for (std::string const& one : options_) {
            auto const [name, value] = TRY(parse_option(one));
            payload += name + "=" + value + "\n";
        }
        (void)TRY(tool.call(qube::dom0, "admin.pool.Add", driver_, payload));
        return {};
    }
    [[nodiscard]] Done<> remove(Tool& tool)
    {
        for (std::string const& name : names_)
            (void)TRY(tool.call(qube::dom0, "admin.pool.Remove", name));
        return {};
    }
    [[nodiscard]] Done<> set(Tool& tool)
    {
        if (options_.empty())
            return misuse("an option has to be named (-o)");
        for (std::string const& one : options_) {
            auto const [name, value] = TRY(parse_option(one));
            if (name != "revisions_to_keep" && name != "ephemeral_volatile")
                return misuse("a pool's option '" + name + "' is not changed");
            (void)TRY(tool.call(qube::dom0, "admin.pool.Set." + name, name_, value));
        }
        return {};
    }

    std::string name_;
    std::string driver_;
    std::vector<std::string> names_;
    std::vector<std::string> options_;
};

} // namespace

std::unique_ptr<Command> make_pool()
{
    return std::make_unique<Pool>();
}

} // namespace vitrail::qvm
