#include "agents/gui/clipboard.hpp"

#include "agents/gui/agent.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/whole.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace vitrail::agent {

namespace from_agent = wire::from_agent;

namespace {

constexpr std::array<char const*, 5> text_types{"text/plain;charset=utf-8", "UTF8_STRING",
                                                "text/plain", "STRING", "TEXT"};
/// What a file manager offers of the files that are copied in it.
constexpr std::array<char const*, 2> file_types{"x-special/gnome-copied-files", "text/uri-list"};

/// Copies `text` into a pipe as its reader takes it; deletes itself at the end.
class PipeWriter {
public:
    static void start(wl_event_loop* loop, std::string text, int fd)
    {
        auto* const self = new PipeWriter(std::move(text), fd);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        self->source_ = wl_event_loop_add_fd(
            loop, fd, WL_EVENT_WRITABLE,
            [](int, std::uint32_t, void* data) noexcept {
                static_cast<PipeWriter*>(data)->handle_writable();
                return 0;
            },
            self);
        if (!self->source_)
            delete self;
    }

private:
    PipeWriter(std::string text, int fd) : text_(std::move(text)), fd_(fd) {}
    ~PipeWriter()
    {
        if (source_)
            wl_event_source_remove(source_);
    }
    void handle_writable()
    {
        ssize_t const wrote = write(fd_.get(), text_.data() + done_, text_.size() - done_);
        if (wrote < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (wrote > 0)
            done_ += static_cast<std::size_t>(wrote);
        if (wrote <= 0 || done_ == text_.size())
            delete this;
    }

    std::string text_;
    Fd fd_;
    std::size_t done_ = 0;
    wl_event_source* source_ = nullptr;
};

/// Bytes that wait for the daemon above which no more of a selection is read.
constexpr std::size_t far_behind = std::size_t{256} << 10;

/// What was pasted, offered to the qube's applications.
struct PastedSource {
    wlr_data_source base{}; // first
    wl_event_loop* loop = nullptr;
    std::string data;
};
struct PrimaryTextSource {
    wlr_primary_selection_source base{}; // first
    wl_event_loop* loop = nullptr;
    std::string text;
};

/// agents/files/send_files.cpp reads it.
std::string copied_files_place()
{
    return environment_value("XDG_RUNTIME_DIR", "/tmp") + "/vitrail-copied-files";
}

void add_type(wl_array& types, char const* type)
{
    if (auto** const slot = static_cast<char**>(wl_array_add(&types, sizeof(char*))))
        *slot = strdup(type);
}
void offer_text(wl_array& types)
{
    for (char const* const type : text_types)
        add_type(types, type);
}

constexpr wlr_data_source_impl source_impl{
    .send =
        [](wlr_data_source* source, char const*, std::int32_t fd) {
            auto* const self = reinterpret_cast<PastedSource*>(source);
            PipeWriter::start(self->loop, self->data, fd);
        },
    .accept = nullptr,
    .destroy = [](wlr_data_source* source) { delete reinterpret_cast<PastedSource*>(source); },
    .dnd_drop = nullptr,
    .dnd_finish = nullptr,
    .dnd_action = nullptr,
};
constexpr wlr_primary_selection_source_impl primary_impl{
    .send =
        [](wlr_primary_selection_source* source, char const*, int fd) {
            auto* const self = reinterpret_cast<PrimaryTextSource*>(source);
            PipeWriter::start(self->loop, self->text, fd);
        },
    .destroy =
        [](wlr_primary_selection_source* source) {
            delete reinterpret_cast<PrimaryTextSource*>(source);
        },
};

/// Becomes the qube's clipboard; its types are still to be added.
PastedSource* make_pasted(wl_event_loop* loop, std::string data)
{
    auto* const source = new PastedSource;
    wlr_data_source_init(&source->base, &source_impl);
    source->loop = loop;
    source->data = std::move(data);
    return source;
}

/// The most of a type that is worth reading: one byte more says "too large".
std::size_t most_of(std::string_view type)
{
    return type.starts_with("image/") ? wire::max_image_copied : wire::max_clipboard_1_8;
}

/// The first of `wanted` that there is; null without any.
char const* best_type(wl_array const& types, std::span<char const* const> all_wanted)
{
    auto const* const begin = static_cast<char* const*>(types.data);
    std::size_t const count = types.size / sizeof(char*);
    for (std::string_view const wanted : all_wanted)
        for (std::size_t i = 0; i < count; ++i)
            if (wanted == begin[i])
                return begin[i];
    return nullptr;
}

/// As many of the types as an offer may have (lib/wire/types.hpp), in their order.
std::vector<std::string> types_that_fit(wl_array const& types)
{
    constexpr std::size_t most_types = 64, longest = 255;
    auto const* const begin = static_cast<char* const*>(types.data);
    std::vector<std::string> fit;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < types.size / sizeof(char*) && fit.size() < most_types; ++i) {
        std::string_view const type = begin[i];
        bool const printable =
            std::ranges::all_of(type, [](char c) { return c >= 0x20 && c <= 0x7e; });
        if (type.empty() || type.size() > longest || !printable ||
            bytes + type.size() + 1 > wire::max_mime_bytes)
            continue;
        bytes += type.size() + 1;
        fit.emplace_back(type);
    }
    return fit;
}

} // namespace

void Clipboard::handle_request(wire::from_daemon::ClipboardRequest const&)
{
    stop_reading();
    offered_.clear();
    wlr_data_source const* const selection = agent_.seat().get()->selection_source;
    if (!selection || !agent_.link().extended()) {
        if (!selection || !read_selection(best_type(selection->mime_types, text_types)))
            finish();
        return;
    }
    offered_ = types_that_fit(selection->mime_types);
    if (offered_.empty())
        return finish();
    unlink(copied_files_place().c_str());
    char const* const files = best_type(selection->mime_types, file_types);
    if (!files || !read_selection(files))
        return send_offer();
    keeps_files_ = true; // the offer follows
}

void Clipboard::send_offer()
{
    agent_.link().send(wire::ClipboardOffer{0, offered_});
}

/// A list that cannot be kept is none: then the service says so when it is asked to send it.
void Clipboard::keep_files()
{
    std::string const place = copied_files_place();
    Fd const file(open(place.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    bool const whole = text_.size() <= wire::max_clipboard_1_8 && file &&
                       write_all(file.get(), std::as_bytes(std::span<char const>(text_)));
    if (!whole)
        unlink(place.c_str());
}

void Clipboard::handle_fetch(wire::from_daemon::ClipboardFetch const& fetch)
{
    fetch_ = fetch;
    fetched_ = 0;
    if (fetch.mime >= offered_.size() || !read_selection(offered_[fetch.mime].c_str()))
        finish(); // it went meanwhile: nothing is an answer too
}

bool Clipboard::read_selection(char const* type)
{
    source_.reset();
    pipe_.reset();
    text_.clear();
    paused_ = false;
    wlr_data_source* const selection = agent_.seat().get()->selection_source;
    std::array<int, 2> ends{};
    if (!type || !selection || pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    pipe_.reset(ends[0]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    source_.emplace(agent_.loop(), *this, ends[0], WL_EVENT_READABLE);
    wlr_data_source_send(selection, type, ends[1]); // closes its end
    return true;
}

void Clipboard::handle_readable(std::uint32_t)
{
    std::array<char, 65536> bytes;
    ssize_t const got = read(pipe_.get(), bytes.data(), bytes.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (fetch_)
        return pass_on({bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
    if (got > 0)
        text_.append(bytes.data(), static_cast<std::size_t>(got));
    // One byte more than allowed says "too large": there is no need to read the rest.
    if (got <= 0 || text_.size() > wire::max_clipboard_1_8)
        finish();
}

/// A piece of what is fetched; an empty one is the end.
void Clipboard::pass_on(std::span<char const> piece)
{
    fetched_ += piece.size();
    bool const last = piece.empty() || fetched_ > most_of(offered_[fetch_->mime]);
    send_chunk(piece, last);
    if (last)
        return stop_reading();
    paused_ = agent_.link().queued() > far_behind;
    if (paused_)
        source_->set_mask(0);
}

void Clipboard::handle_room()
{
    if (std::exchange(paused_, false) && source_)
        source_->set_mask(WL_EVENT_READABLE);
}

void Clipboard::handle_disconnected()
{
    stop_reading();
    incoming_.reset();
}

void Clipboard::stop_reading()
{
    source_.reset();
    pipe_.reset();
    text_.clear();
    fetch_.reset();
    keeps_files_ = false;
    paused_ = false;
}

/// Nothing more comes.
void Clipboard::finish()
{
    if (keeps_files_) {
        keep_files();
        send_offer();
    } else if (fetch_)
        send_chunk({}, true);
    else
        send_text();
    stop_reading();
}

void Clipboard::send_chunk(std::span<char const> piece, bool last)
{
    agent_.link().send(
        wire::ClipboardChunk{fetch_->serial, fetch_->mime, last, std::as_bytes(piece)});
}

void Clipboard::send_text()
{
    auto const version = agent_.link().version();
    std::size_t const limit = wire::max_clipboard(version) + (version.base_minor() >= 8 ? 1u : 0u);
    if (text_.size() > limit)
        text_.resize(limit);
    agent_.link().send(from_agent::ClipboardData{std::as_bytes(std::span<char const>(text_)),
                                                 text_.size() > wire::max_clipboard(version)});
}

void Clipboard::handle_data(wire::from_daemon::ClipboardData const& data)
{
    std::string const text(reinterpret_cast<char const*>(data.data.data()), data.data.size());
    incoming_.reset(); // this is newer
    auto* const source = make_pasted(agent_.loop(), text);
    offer_text(source->base.mime_types);
    auto* const primary = new PrimaryTextSource;
    wlr_primary_selection_source_init(&primary->base, &primary_impl);
    primary->loop = agent_.loop();
    primary->text = text;
    offer_text(primary->base.mime_types);
    wlr_seat* const seat = agent_.seat().get();
    wlr_seat_set_selection(seat, &source->base, wl_display_next_serial(agent_.display()));
    wlr_seat_set_primary_selection(seat, &primary->base, wl_display_next_serial(agent_.display()));
}

void Clipboard::handle_offer(wire::ClipboardOffer const& offer)
{
    incoming_ = Incoming{offer.serial, offer.mime_types, {}};
}

void Clipboard::handle_chunk(wire::ClipboardChunk const& chunk)
{
    if (!incoming_ || incoming_->serial != chunk.serial)
        return;
    if (incoming_->data.size() + chunk.data.size() > wire::max_image_pasted)
        return incoming_.reset();
    incoming_->data.append(reinterpret_cast<char const*>(chunk.data.data()), chunk.data.size());
    if (!chunk.last)
        return;
    auto* const source = make_pasted(agent_.loop(), std::move(incoming_->data));
    for (std::string const& type : incoming_->types)
        add_type(source->base.mime_types, type.c_str());
    incoming_.reset();
    wlr_seat_set_selection(agent_.seat().get(), &source->base,
                           wl_display_next_serial(agent_.display()));
}

} // namespace vitrail::agent
