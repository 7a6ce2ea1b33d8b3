#include "launcher/menu_store.hpp"

#include "lib/os/files.hpp"
#include "lib/os/inotify.hpp"
#include "lib/os/whole.hpp"
#include "lib/qube/names.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace vitrail::launcher {
namespace {

namespace fs = std::filesystem;

constexpr char const* templates = "/apps.templates";

Result<> write_file(std::string const& path, std::string const& text)
{
    Fd const file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file || !write_all(file.get(), std::as_bytes(std::span(text))))
        return errno_error(path);
    return {};
}

} // namespace

MenuStore::MenuStore(wl_event_loop* loop, std::string folder, std::vector<std::string> locale,
                     std::function<void()> changed)
    : loop_(loop),
      folder_(std::move(folder)),
      locale_(std::move(locale)),
      changed_(std::move(changed)),
      calm_(loop, *this)
{
}

MenuStore::~MenuStore() = default;

Result<> MenuStore::open()
{
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed)
        return std::unexpected(Error{failed.value(), folder_});
    inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify_)
        return errno_error("watching " + folder_);
    watch(folder_, "");
    source_.emplace(loop_, *this, inotify_.get(), WL_EVENT_READABLE);
    for (std::string const& qube : TRY(list_folder(folder_)))
        load(qube);
    return {};
}

void MenuStore::watch(std::string const& path, std::string const& qube)
{
    int const watch = inotify_add_watch(inotify_.get(), path.c_str(),
                                        IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                            IN_DELETE | IN_ONLYDIR);
    if (watch >= 0)
        watched_[watch] = qube;
}

void MenuStore::load(std::string const& qube)
{
    if (!qube::is_qube_name(qube))
        return;
    watch(folder_ + "/" + qube, qube);
    std::string const place = folder_ + "/" + qube + templates;
    watch(place, qube);
    menus_.erase(qube);
    auto const files = list_folder(place);
    if (!files)
        return;
    std::vector<formats::AppmenuEntry> entries;
    for (std::string const& file : *files) {
        if (!file.ends_with(formats::desktop_suffix) ||
            entries.size() == formats::most_appmenu_entries)
            continue;
        auto const text = read_file(place + "/" + file);
        if (auto entry = text ? formats::parse_menu_template(file, *text, locale_) : std::nullopt)
            entries.push_back(std::move(*entry));
    }
    if (!entries.empty())
        menus_[qube] = std::move(entries);
}

/// What load() will make of them.
std::vector<formats::AppmenuEntry>
MenuStore::as_read(std::vector<formats::AppmenuEntry> const& entries) const
{
    std::vector<formats::AppmenuEntry> all;
    for (formats::AppmenuEntry const& entry : entries)
        if (auto read =
                formats::parse_menu_template(entry.file, formats::menu_template(entry), locale_))
            all.push_back(std::move(*read));
    return all;
}

Result<> MenuStore::keep(std::string const& qube, std::vector<formats::AppmenuEntry> const& entries)
{
    if (!qube::is_qube_name(qube))
        return error("no qube is called so");
    if (auto const known = menus_.find(qube);
        known == menus_.end() ? entries.empty() : known->second == as_read(entries))
        return {};
    // All of it beside, then in place of the old at once: nobody ever sees a half of it.
    std::string const place = folder_ + "/" + qube + templates;
    std::string const fresh = place + ".new";
    std::error_code failed;
    fs::remove_all(fresh, failed);
    fs::create_directories(fresh, failed);
    if (failed)
        return std::unexpected(Error{failed.value(), fresh});
    for (formats::AppmenuEntry const& entry : entries)
        TRY_VOID(write_file(fresh + "/" + entry.file, formats::menu_template(entry)));
    if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0)
        fs::remove_all(fresh, failed);
    else if (rename(fresh.c_str(), place.c_str()) != 0)
        return errno_error(place);
    load(qube);
    changed_();
    return {};
}

void MenuStore::handle_watch(std::uint32_t)
{
    read_inotify(inotify_.get(), [this](inotify_event const& event, std::string_view name) {
        if ((event.mask & IN_Q_OVERFLOW) != 0)
            all_dirty_ = true;
        auto const watched = watched_.find(event.wd);
        if (watched == watched_.end())
            return;
        std::string const qube = watched->second.empty() ? std::string(name) : watched->second;
        if ((event.mask & IN_IGNORED) != 0)
            watched_.erase(watched);
        else
            dirty_.insert(qube);
    });
    if (!dirty_.empty() || all_dirty_)
        calm_.arm(calm);
}

void MenuStore::handle_calm()
{
    Menus const before = menus_;
    if (std::exchange(all_dirty_, false)) {
        menus_.clear();
        if (auto const all = list_folder(folder_))
            dirty_.insert(all->begin(), all->end());
    }
    for (std::string const& qube : std::exchange(dirty_, {}))
        load(qube);
    if (menus_ != before)
        changed_();
}

} // namespace vitrail::launcher
