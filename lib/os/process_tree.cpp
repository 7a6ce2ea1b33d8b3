#include "lib/os/process_tree.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace vitrail {
namespace {

std::vector<pid_t> children_of(pid_t pid)
{
    std::vector<pid_t> children;
    std::error_code failure;
    std::filesystem::directory_iterator task("/proc/" + std::to_string(pid) + "/task", failure);
    for (; !failure && task != std::filesystem::directory_iterator(); task.increment(failure)) {
        std::ifstream list(task->path() / "children");
        for (pid_t child = 0; list >> child;)
            children.push_back(child);
    }
    return children;
}

void add_usage(pid_t pid, TreeUsage& usage)
{
    std::ifstream stream("/proc/" + std::to_string(pid) + "/stat");
    std::string const text{std::istreambuf_iterator<char>(stream), {}};
    auto const name_end = text.rfind(')'); // the name may hold anything
    if (name_end == std::string::npos)
        return;
    // Fields 14, 15 and 24 of proc_pid_stat(5): user and system time, resident pages.
    std::array<unsigned long long, 21> fields{}; // from field 4 on
    char state = 0;
    if (std::sscanf(text.c_str() + name_end + 1, " %c", &state) != 1)
        return;
    auto const state_end = text.find(state, name_end + 1) + 1;
    char const* at = text.c_str() + state_end;
    for (auto& field : fields) {
        char* end = nullptr;
        field = std::strtoull(at, &end, 10);
        if (end == at)
            return;
        at = end;
    }
    auto const page_kib = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 1024;
    auto const tick_ns =
        std::uint64_t{1'000'000'000} / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    usage.cpu_ns += (fields[10] + fields[11]) * tick_ns;
    usage.resident_kib += fields[20] * page_kib;
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
    for (pid_t const pid : process_tree(top))
        add_usage(pid, usage);
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

} // namespace vitrail
