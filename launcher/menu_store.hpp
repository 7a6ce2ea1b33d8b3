#pragma once

#include "launcher/catalog.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vitrail::launcher {

/// The menus that qubes told, kept on the disk as the original keeps them, so that they survive
/// restarts and `qvm-appmenus` shares them: FOLDER/QUBE/apps.templates/*.desktop (fact sheet
/// services §7). What another program changes there is read.
class MenuStore {
public:
    /// `folder`: ~/.local/share/qubes-appmenus, made where it is missing. `locale`: locale_keys().
    /// `changed`: menus() is another.
    MenuStore(wl_event_loop* loop, std::string folder, std::vector<std::string> locale,
              std::function<void()> changed);
    ~MenuStore();
    MenuStore(MenuStore const&) = delete;
    MenuStore& operator=(MenuStore const&) = delete;

    /// Reads all of them, and watches from now on.
    [[nodiscard]] Result<> open();
    [[nodiscard]] Menus const& menus() const { return menus_; }
    /// What a qube told, in place of what it told before; no change of the disk where it is alike.
    [[nodiscard]] Result<> keep(std::string const& qube,
                                std::vector<formats::AppmenuEntry> const& entries);
    [[nodiscard]] std::vector<std::string> const& locale() const { return locale_; }

    /// So long a storm of changes is waited out.
    static constexpr std::chrono::milliseconds calm{100};

private:
    void handle_watch(std::uint32_t ready);
    void handle_calm();
    void load(std::string const& qube);
    [[nodiscard]] std::vector<formats::AppmenuEntry>
    as_read(std::vector<formats::AppmenuEntry> const& entries) const;
    void watch(std::string const& path, std::string const& qube);

    wl_event_loop* loop_;
    std::string folder_;
    std::vector<std::string> locale_;
    std::function<void()> changed_;
    Menus menus_;
    Fd inotify_;
    std::map<int, std::string> watched_; ///< watch to qube; empty: the folder of all
    std::set<std::string> dirty_;
    bool all_dirty_ = false;
    std::optional<FdSource<&MenuStore::handle_watch>> source_;
    Timer<&MenuStore::handle_calm> calm_;
};

} // namespace vitrail::launcher
