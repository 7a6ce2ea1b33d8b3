#pragma once

#include "lib/base/geometry.hpp"
#include "lib/qube/admin_client.hpp"
#include "tests/support/image.hpp"
#include "tests/support/input_driver.hpp"
#include "tests/support/process.hpp"
#include "tests/support/session_client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::test {

struct QubeSetup {
    std::string name;
    std::string label;
    /// Each a shell command, started with the qube.
    std::vector<std::string> applications;
};

struct DesktopSetup {
    std::vector<QubeSetup> qubes;
    std::string config; ///< the user's TOML; empty: the shipped defaults
    std::string policy; ///< the user's rules for calls between qubes, before the shipped ones
    Size size{1280, 800};
    std::filesystem::path data; ///< XDG_DATA_HOME; empty: in the runtime directory
};

/// One entry of `vitrail ctl windows --json`.
struct WindowInfo {
    std::int64_t id = 0;
    std::string qube, label, color, title, app_id, output;
    std::int64_t origin = 0, workspace = 0, stacking = 0;
    std::int64_t window = 0; ///< the number its agent knows it by
    Rect frame;              ///< x, y, width, height: pixels of the layout
    Rect content;            ///< the guest's area inside the frame
    bool lost = false;       ///< a picture: its guid has gone
    bool focused = false, fullscreen = false, maximized = false, minimized = false, popup = false;
};

/// One entry of `vitrail ctl qubes --json`.
struct QubeReport {
    std::string label, state, stage, problem;
    std::int64_t domain = 0;
    pid_t guid = 0, keeper = 0;
};

/// `vitrail ctl clipboard --json`.
struct ClipboardReport {
    bool held = false, waits = false;
    std::string source, type;
    std::int64_t bytes = 0, width = 0, height = 0;
    std::int64_t keyboard = 0, keyboard_ms = 0; ///< which origin has it, for how long
    std::int64_t notices = 0;                   ///< the broker's so far
    std::string event;                          ///< of the last one
};

using WindowTest = std::function<bool(WindowInfo const&)>;

/// The whole desktop: the shipped programs, headless, in a runtime directory of its own.
///
/// Everything that it starts is ended with it. Its logs and a last picture stay in
/// build/pictures/NAME/ when the test failed.
class Desktop {
public:
    [[nodiscard]] static Result<std::unique_ptr<Desktop>> start(std::string name,
                                                                DesktopSetup setup);
    ~Desktop();
    Desktop(Desktop const&) = delete;
    Desktop& operator=(Desktop const&) = delete;

    /// Runs `vitrail ctl ARGUMENTS…` and returns what it prints.
    [[nodiscard]] Result<std::string> ctl(std::vector<std::string> const& arguments);
    [[nodiscard]] Result<std::vector<WindowInfo>> windows();
    /// True as soon as the condition holds; false after a generous deadline, or when the session
    /// ended. Looks again after each event of the compositor and at the latest after 50 ms.
    [[nodiscard]] bool wait_until(std::function<bool()> const& condition,
                                  std::chrono::seconds deadline = std::chrono::seconds(60));
    /// Waits for a window of which this is true.
    [[nodiscard]] Result<WindowInfo> window(WindowTest const& test);
    [[nodiscard]] Result<WindowInfo> window_of(std::string const& qube,
                                               std::string const& title_part = "");
    /// The same window as it is now; nothing when it is gone.
    [[nodiscard]] std::optional<WindowInfo> now(WindowInfo const& window);
    /// Two pictures in a row are the same inside `box` (an application has drawn what it will).
    [[nodiscard]] bool wait_still(Rect const& box);

    [[nodiscard]] Result<> click_in(WindowInfo const& window, int x, int y);
    [[nodiscard]] Result<> type(std::string_view text) { return hands_->type(text); }
    [[nodiscard]] Result<Image> screenshot() { return client_->screenshot(); }
    /// Kept in build/pictures/NAME/.
    void keep_picture(std::string const& what);
    [[nodiscard]] InputDriver& hands() { return *hands_; }

    /// Starts a shell command in a running qube.
    [[nodiscard]] Result<> run_in(std::string const& qube, std::string const& command);
    /// What a qube has changed in its home since it was started, as our side sees it.
    [[nodiscard]] std::filesystem::path home(std::string const& qube) const;
    /// The running desktop's Admin API.
    [[nodiscard]] qube::AdminClient admin() const;
    /// One entry of `vitrail ctl qubes --json`; empty fields when there is none.
    [[nodiscard]] QubeReport report(std::string const& name);
    [[nodiscard]] ClipboardReport clipboard();
    /// Waits for a file in the qube's home to hold exactly this.
    [[nodiscard]] bool wait_for_file(std::string const& qube, std::string const& file,
                                     std::string const& contents);
    /// The descendant that runs this program with this word among its arguments.
    [[nodiscard]] std::optional<pid_t> find_process(std::string const& program,
                                                    std::string const& argument = "") const;
    /// After the compositor was started anew: the connections to it are made again.
    [[nodiscard]] Result<> reconnect();

    [[nodiscard]] std::filesystem::path const& runtime() const { return runtime_; }
    [[nodiscard]] Size size() const { return setup_.size; }
    [[nodiscard]] ChildProcess& session() { return *session_; }

private:
    Desktop(std::string name, DesktopSetup setup);
    [[nodiscard]] Result<> launch();
    [[nodiscard]] std::filesystem::path data() const;
    void pause_for_event();

    std::string name_;
    DesktopSetup setup_;
    std::filesystem::path runtime_; ///< XDG_RUNTIME_DIR
    std::filesystem::path kept_;
    std::optional<ChildProcess> session_;
    std::unique_ptr<SessionClient> client_;
    std::unique_ptr<InputDriver> hands_;
};

} // namespace vitrail::test
