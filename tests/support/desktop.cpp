#include "tests/support/desktop.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

namespace vitrail::test {
namespace {

using Json = nlohmann::json;

std::string text_of(Json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t number_of(Json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

bool flag_of(Json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

Rect rect_of(Json const& object)
{
    return {static_cast<int>(number_of(object, "x")), static_cast<int>(number_of(object, "y")),
            static_cast<int>(number_of(object, "width")),
            static_cast<int>(number_of(object, "height"))};
}

WindowInfo to_window(Json const& entry)
{
    WindowInfo window;
    window.id = number_of(entry, "id");
    window.qube = text_of(entry, "qube");
    window.label = text_of(entry, "label");
    window.color = text_of(entry, "color");
    window.title = text_of(entry, "title");
    window.app_id = text_of(entry, "app_id");
    window.output = text_of(entry, "output");
    window.origin = number_of(entry, "origin");
    window.workspace = number_of(entry, "workspace");
    window.stacking = number_of(entry, "stacking");
    window.window = number_of(entry, "window");
    window.lost = flag_of(entry, "lost");
    window.frame = rect_of(entry);
    if (auto const content = entry.find("content"); content != entry.end() && content->is_object())
        window.content = rect_of(*content);
    window.focused = flag_of(entry, "focused");
    window.fullscreen = flag_of(entry, "fullscreen");
    window.maximized = flag_of(entry, "maximized");
    window.minimized = flag_of(entry, "minimized");
    window.popup = flag_of(entry, "popup");
    return window;
}

/// A TOML basic string.
std::string toml_string(std::string_view text)
{
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string qube_list(std::vector<QubeSetup> const& qubes)
{
    std::string text;
    for (QubeSetup const& qube : qubes) {
        text += "[[qube]]\nname = " + toml_string(qube.name) +
                "\nlabel = " + toml_string(qube.label) + "\napplications = [";
        for (std::string const& command : qube.applications)
            text += toml_string(command) + ", ";
        text += "]\n\n";
    }
    return text;
}

std::string contents(std::filesystem::path const& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string const program = VITRAIL_BUILD_DIR "/tools/ctl/vitrail";

} // namespace

Desktop::Desktop(std::string name, DesktopSetup setup)
    : name_(std::move(name)), setup_(std::move(setup)), kept_(picture_folder() / name_)
{
}

Result<std::unique_ptr<Desktop>> Desktop::start(std::string name, DesktopSetup setup)
{
    std::unique_ptr<Desktop> desktop(new Desktop(std::move(name), std::move(setup)));
    adopt_orphans();
    auto launched = desktop->launch();
    if (!launched) {
        std::string const log = contents(desktop->runtime_ / "session.log");
        return error(launched.error().message() + "\n--- the session's log:\n" + log);
    }
    return desktop;
}

Result<> Desktop::launch()
{
    std::string folder = "/tmp/vitrail-test-XXXXXX";
    if (!mkdtemp(folder.data()))
        return errno_error(folder);
    runtime_ = folder;
    std::ofstream(runtime_ / "qubes.toml") << qube_list(setup_.qubes);
    std::vector<std::string> arguments{program,
                                       "run",
                                       "--headless",
                                       "--output",
                                       std::to_string(setup_.size.width) + "x" +
                                           std::to_string(setup_.size.height),
                                       "--qubes",
                                       runtime_ / "qubes.toml"};
    if (!setup_.config.empty()) {
        std::ofstream(runtime_ / "vitrail.toml") << setup_.config;
        arguments.insert(arguments.end(), {"--config", runtime_ / "vitrail.toml"});
    }
    std::filesystem::path const policy = runtime_ / "config/vitrail/policy.d";
    std::filesystem::create_directories(policy);
    std::ofstream(policy / "30-user.policy") << setup_.policy;
    session_.emplace(
        TRY(ChildProcess::start({.arguments = arguments,
                                 .environment = {{"XDG_RUNTIME_DIR", runtime_},
                                                 {"XDG_STATE_HOME", runtime_ / "state"},
                                                 {"XDG_CONFIG_HOME", runtime_ / "config"},
                                                 {"XDG_DATA_HOME", data()}},
                                 .output = runtime_ / "session.log"})));
    TRY_VOID(reconnect());
    if (setup_.config.contains("[panel]"))
        return {};
    // Where a window comes to lie depends on whether the panel is there.
    bool const has_panel = wait_until([&] {
        auto outputs = Json::parse(ctl({"outputs", "--json"}).value_or(""), nullptr, false);
        return outputs.is_array() && !outputs.empty() &&
               outputs[0]["work_area"]["height"] < outputs[0]["mode"]["height"];
    });
    return has_panel ? Result<>() : error("the panel did not come up");
}

Result<> Desktop::reconnect()
{
    hands_.reset();
    client_.reset();
    bool const there = wait_until([&] {
        std::string name = contents(runtime_ / "vitrail/display");
        std::erase(name, '\n');
        if (name.empty())
            return false;
        auto made = SessionClient::connect(runtime_ / name);
        if (made)
            client_ = std::move(*made);
        return client_ != nullptr;
    });
    if (!there)
        return error("the session's Wayland socket did not come up");
    hands_ = TRY(InputDriver::create(*client_, setup_.size));
    return {};
}

Desktop::~Desktop()
{
    if (::testing::Test::HasFailure()) {
        keep_picture("failure");
        std::error_code failure;
        std::filesystem::create_directories(kept_, failure);
        auto const anew = std::filesystem::copy_options::overwrite_existing;
        std::filesystem::copy_file(runtime_ / "session.log", kept_ / "session.log", anew, failure);
        std::filesystem::copy(runtime_ / "vitrail/log", kept_ / "log", anew, failure);
        std::filesystem::copy(data() / "vitrail/qubes/logs", kept_ / "qube-logs",
                              anew | std::filesystem::copy_options::recursive, failure);
        if (auto list = ctl({"windows", "--json"}))
            std::ofstream(kept_ / "windows.json") << *list;
        std::cerr << "kept: " << kept_.string() << '\n';
    }
    hands_.reset();
    client_.reset();
    if (session_)
        session_->end();
    end_descendants();
    std::error_code failure;
    std::filesystem::remove_all(runtime_, failure);
}

Result<std::string> Desktop::ctl(std::vector<std::string> const& arguments)
{
    Command command{.arguments = {program, "ctl"},
                    .environment = {{"XDG_RUNTIME_DIR", runtime_}},
                    .output = {}};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return output_of(std::move(command));
}

Result<std::vector<WindowInfo>> Desktop::windows()
{
    std::string const text = TRY(ctl({"windows", "--json"}));
    Json const list = Json::parse(text, nullptr, false);
    if (!list.is_array())
        return error("vitrail ctl windows --json: not an array: " + text);
    std::vector<WindowInfo> windows;
    for (Json const& entry : list)
        windows.push_back(to_window(entry));
    return windows;
}

void Desktop::pause_for_event()
{
    // Any event of the compositor wakes this up; the bound is for conditions that make none.
    std::array<pollfd, 2> ready{
        pollfd{session_ ? session_->pidfd() : -1, POLLIN, 0},
        pollfd{client_ ? wl_display_get_fd(client_->display()) : -1, POLLIN, 0}};
    ::poll(ready.data(), ready.size(), 50);
    if (client_ && (ready[1].revents & POLLIN) != 0)
        (void)client_->roundtrip();
}

bool Desktop::wait_until(std::function<bool()> const& condition, std::chrono::seconds deadline)
{
    auto const end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end || (session_ && !session_->running()))
            return condition();
        pause_for_event();
    }
    return true;
}

Result<WindowInfo> Desktop::window(WindowTest const& test)
{
    std::optional<WindowInfo> found;
    std::string last = "no answer";
    bool const there = wait_until([&] {
        auto const all = windows();
        if (!all) {
            last = all.error().message();
            return false;
        }
        last = std::to_string(all->size()) + " windows";
        for (WindowInfo const& candidate : *all) {
            last += ", " + candidate.qube + ": " + candidate.title;
            if (test(candidate))
                found = candidate;
        }
        return found.has_value();
    });
    if (!there)
        return error("no such window came; there are " + last);
    return *found;
}

Result<WindowInfo> Desktop::window_of(std::string const& qube, std::string const& title_part)
{
    return window([&](WindowInfo const& candidate) {
        return candidate.qube == qube && !candidate.popup &&
               candidate.title.find(title_part) != std::string::npos;
    });
}

std::optional<WindowInfo> Desktop::now(WindowInfo const& window)
{
    auto const all = windows();
    if (all)
        for (WindowInfo const& candidate : *all)
            if (candidate.id == window.id)
                return candidate;
    return std::nullopt;
}

bool Desktop::wait_still(Rect const& box)
{
    // A cursor that blinks would never be still: four looks without a change are enough.
    Image before;
    int alike = 0;
    return wait_until([&] {
        auto picture = screenshot();
        if (!picture)
            return false;
        Image now = picture->crop(box);
        alike = count_differences(before, now) == 0 ? alike + 1 : 0;
        before = std::move(now);
        return alike >= 4;
    });
}

Result<> Desktop::click_in(WindowInfo const& window, int x, int y)
{
    return hands_->click({window.content.x + x, window.content.y + y});
}

void Desktop::keep_picture(std::string const& what)
{
    if (!client_)
        return;
    auto const picture = client_->screenshot();
    if (picture)
        (void)write_png(*picture, kept_ / (what + ".png"));
}

Result<> Desktop::run_in(std::string const& qube, std::string const& command)
{
    auto answer = ctl({"exec", qube, "--", "sh", "-c", command});
    if (!answer)
        return std::unexpected(answer.error());
    return {};
}

std::filesystem::path Desktop::data() const
{
    return setup_.data.empty() ? runtime_ / "data" : setup_.data;
}

std::filesystem::path Desktop::home(std::string const& qube) const
{
    return data() / "vitrail/qubes/volumes/appvms" / qube / "private/live/dirty";
}

qube::AdminClient Desktop::admin() const
{
    return qube::AdminClient(runtime_ / "vitrail/qubesd.sock");
}

QubeReport Desktop::report(std::string const& name)
{
    auto const text = ctl({"qubes", "--json"});
    Json const all = text ? Json::parse(*text, nullptr, false) : Json();
    for (Json const& entry : all)
        if (text_of(entry, "name") == name)
            return {.label = text_of(entry, "label"),
                    .state = text_of(entry, "state"),
                    .stage = text_of(entry, "stage"),
                    .problem = text_of(entry, "problem"),
                    .domain = number_of(entry, "domain"),
                    .guid = static_cast<pid_t>(number_of(entry, "guid_pid")),
                    .keeper = static_cast<pid_t>(number_of(entry, "keeper_pid"))};
    return {};
}

ClipboardReport Desktop::clipboard()
{
    auto const text = ctl({"clipboard", "--json"});
    Json const now = text ? Json::parse(*text, nullptr, false) : Json();
    if (!now.is_object())
        return {};
    auto const last = now.find("last");
    return {.held = flag_of(now, "held"),
            .waits = flag_of(now, "waits"),
            .source = text_of(now, "source"),
            .type = text_of(now, "type"),
            .bytes = number_of(now, "bytes"),
            .width = number_of(now, "width"),
            .height = number_of(now, "height"),
            .keyboard = number_of(now, "keyboard"),
            .keyboard_ms = number_of(now, "keyboard_ms"),
            .notices = number_of(now, "notices"),
            .event = last != now.end() && last->is_object() ? text_of(*last, "event") : ""};
}

bool Desktop::wait_for_file(std::string const& qube, std::string const& file,
                            std::string const& wanted)
{
    return wait_until([&] { return contents(home(qube) / file) == wanted; });
}

std::optional<pid_t> Desktop::find_process(std::string const& name,
                                           std::string const& argument) const
{
    for (pid_t pid : descendants(getpid())) {
        if (program_of(pid) != name)
            continue;
        auto const arguments = arguments_of(pid);
        if (argument.empty() || std::ranges::any_of(arguments, [&](auto const& word) {
                return word.contains(argument);
            }))
            return pid;
    }
    return std::nullopt;
}

} // namespace vitrail::test
