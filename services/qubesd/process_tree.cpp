#include "services/qubesd/process_tree.hpp"

#include "lib/qube/names.hpp"
#include "services/qubesd/storage/files.hpp"

#include <unistd.h>

#include <csignal>
#include <set>
#include <string>

namespace vitrail::qubesd {
namespace {

std::vector<pid_t> children_of(pid_t pid)
{
    std::vector<pid_t> children;
    std::string const tasks = "/proc/" + std::to_string(pid) + "/task";
    for (std::string const& task : list_folder(tasks).value_or(std::vector<std::string>())) {
        std::string const text =
            read_file(tasks + "/" + task + "/children").value_or(std::string());
        for (std::string_view const word : qube::split(text, ' '))
            if (auto const number = qube::parse_number(word))
                children.push_back(static_cast<pid_t>(*number));
    }
    return children;
}

} // namespace

std::vector<pid_t> process_tree(pid_t top)
{
    std::vector<pid_t> all{top};
    for (std::size_t i = 0; i < all.size(); ++i)
        for (pid_t const child : children_of(all[i]))
            all.push_back(child);
    return all;
}

TreeUsage tree_usage(pid_t top)
{
    TreeUsage usage;
    auto const page_kib = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 1024;
    auto const tick_ns =
        std::uint64_t{1'000'000'000} / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    for (pid_t const pid : process_tree(top)) {
        std::string const text =
            read_file("/proc/" + std::to_string(pid) + "/stat").value_or(std::string());
        auto const name_end = text.rfind(')'); // the name may hold anything
        if (name_end == std::string::npos)
            continue;
        auto const fields = qube::split(std::string_view(text).substr(name_end + 2), ' ');
        constexpr std::size_t user_time =
            11; // counted from the state, proc_pid_stat(5) fields 14, 15, 24
        constexpr std::size_t system_time = 12;
        constexpr std::size_t resident = 21;
        if (fields.size() <= resident)
            continue;
        usage.cpu_ns += (qube::parse_number(fields[user_time]).value_or(0) +
                         qube::parse_number(fields[system_time]).value_or(0)) *
                        tick_ns;
        usage.resident_kib += qube::parse_number(fields[resident]).value_or(0) * page_kib;
    }
    return usage;
}

void signal_below(pid_t top, int number)
{
    std::set<pid_t> told{top};
    for (bool more = true; more;) {
        more = false;
        for (pid_t const pid : process_tree(top))
            if (told.insert(pid).second) {
                ::kill(pid, number);
                more = true;
            }
    }
}

} // namespace vitrail::qubesd
