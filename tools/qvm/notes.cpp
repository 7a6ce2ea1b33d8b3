// qvm-notes. Source: fact sheet desktop-tools §15, admin-api §15.

#include "lib/os/process.hpp"
#include "tools/qvm/make.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fcntl.h>

namespace vitrail::qvm {
namespace {

constexpr int cancelled = 2;

Done<std::string> read_all(int fd, std::string const& name)
{
    std::string text;
    std::array<char, 65536> bytes; // filled by read
    for (;;) {
        ssize_t const got = read(fd, bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return std::unexpected(Failure(errno_error(name).error()));
        if (got == 0)
            return text;
        text.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

Done<std::string> read_file(std::string const& file)
{
    Fd const fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return std::unexpected(Failure(errno_error(file).error()));
    return read_all(fd.get(), file);
}

/// The text as the person leaves it in $VISUAL, $EDITOR or sensible-editor.
Done<std::string> edited(std::string const& text)
{
    std::string name = "/tmp/qvm-notes-XXXXXX";
    Fd file(mkostemp(name.data(), O_CLOEXEC)); // mode 0600
    if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return std::unexpected(Failure(errno_error(name).error()));
    file.reset();
    std::string editor = "sensible-editor";
    for (char const* const variable : {"EDITOR", "VISUAL"})
        if (char const* const value = std::getenv(variable); value && *value)
            editor = value;
    auto process = Process::start({.arguments = {"/bin/sh", "-c", editor + " \"$1\"", "sh", name},
                                   .environment = whole_environment(),
                                   .descriptors = {{STDIN_FILENO, 0}},
                                   .new_session = false});
    int const status = process ? process->reap() : 127;
    auto result = read_file(name);
    unlink(name.c_str());
    if (status != 0)
        return std::unexpected(
            Failure(cancelled, "the editor ended with status " + std::to_string(status)));
    return result;
}

class Notes final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("qube", name_, "The qube")->type_name("QUBE")->required();
        app.add_flag("-e,--edit", edit_, "Open them in an editor; so it is without another option");
        app.add_flag("-p,--print", print_, "Print them");
        app.add_option("-i,--import", import_, "Take them from a file")->type_name("FILE");
        set_.option = app.add_option("-s,--set", set_.text, "Replace them")->type_name("TEXT");
        append_.option = app.add_option("--append", append_.text, "Add a line")->type_name("TEXT");
        app.add_flag("-d,--delete", delete_, "Remove them");
        app.add_flag("-f,--force", force_, "Ask nothing");
    }
    Done<int> run(Tool& tool) override
    {
        name_ = TRY(tool.find(name_)).name;
        if (int(edit_) + int(print_) + int(!import_.empty()) + int(bool(set_)) +
                int(bool(append_)) + int(delete_) >
            1)
            return misuse("one thing at a time");
        std::string const now = TRY(tool.call(name_, "admin.vm.notes.Get"));
        if (print_) {
            tool.print(now);
            return 0;
        }
        std::string next;
        if (set_)
            next = set_.text;
        else if (append_)
            next = now + (now.empty() || now.ends_with('\n') ? "" : "\n") + append_.text;
        else if (!import_.empty())
            next = TRY(read_file(import_));
        else if (!delete_)
            next = TRY(edited(now));
        bool const loses = !now.empty() && !append_ && (set_ || delete_ || !import_.empty());
        if (loses && !force_ && isatty(STDIN_FILENO) == 1 &&
            !tool.asks("The notes of " + name_ + " will be lost. Are you sure?"))
            return cancelled;
        if (next != now)
            (void)TRY(tool.call(name_, "admin.vm.notes.Set", "", next));
        return 0;
    }

private:
    std::string name_;
    std::string import_;
    GivenText set_;
    GivenText append_;
    bool edit_ = false;
    bool print_ = false;
    bool delete_ = false;
    bool force_ = false;
};

} // namespace

std::unique_ptr<Command> make_notes()
{
    return std::make_unique<Notes>();
}

} // namespace vitrail::qvm
