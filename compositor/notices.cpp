#include "compositor/notices.hpp"

#include <algorithm>

namespace vitrail::compositor {

namespace {

using namespace std::chrono_literals;

constexpr auto note_time = 8s;
constexpr auto word_time = 900ms;
constexpr auto banner_time = 4s;
constexpr auto clipboard_time = 5s;
constexpr std::size_t most_notes = 5;

} // namespace

struct Notices::Note {
    Note(wlr_scene_tree* layer, Badge shown_badge, std::string shown_summary,
         std::string shown_body)
        : picture(layer),
          badge(std::move(shown_badge)),
          summary(std::move(shown_summary)),
          body(std::move(shown_body)),
          until(std::chrono::steady_clock::now() + note_time)
    {
    }
    ~Note() { wlr_scene_node_destroy(picture.node()); }
    void draw(double scale, Scheme scheme)
    {
        Image image = paint_notification(badge, summary, body, scale, scheme);
        size = layout_size(image, scale);
        picture.show(std::move(image), size);
    }
    Picture picture;
    Size size;
    Badge badge;
    std::string summary;
    std::string body;
    std::chrono::steady_clock::time_point until;
};

Notices::Notices(wl_event_loop* loop, wlr_scene_tree* layer)
    : layer_(layer),
      error_(layer),
      word_(layer),
      banner_(layer),
      clipboard_(layer),
      switcher_(layer),
      note_timer_(loop, *this),
      word_timer_(loop, *this),
      banner_timer_(loop, *this),
      clipboard_timer_(loop, *this)
{
}

Notices::~Notices() = default;

void Notices::set_place(Rect const& output, double scale, Scheme scheme)
{
    if (output == output_ && scale == scale_ && scheme == scheme_)
        return;
    output_ = output;
    scale_ = scale;
    scheme_ = scheme;
    for (auto const& note : notes_)
        note->draw(scale_, scheme_);
    set_error(error_text_);
}

void Notices::notify(Badge const& badge, std::string summary, std::string body)
{
    if (notes_.size() >= most_notes)
        notes_.erase(notes_.begin());
    notes_.push_back(std::make_unique<Note>(layer_, badge, std::move(summary), std::move(body)));
    notes_.back()->draw(scale_, scheme_);
    arrange_notes();
    if (notes_.size() == 1)
        note_timer_.arm(note_time);
}

void Notices::handle_note_timer()
{
    auto const now = std::chrono::steady_clock::now();
    std::erase_if(notes_, [now](auto const& note) { return note->until <= now + 20ms; });
    arrange_notes();
    if (!notes_.empty())
        note_timer_.arm(std::chrono::ceil<std::chrono::milliseconds>(notes_.front()->until - now));
}

void Notices::arrange_notes()
{
    std::int32_t y = output_.y + (error_text_.empty() ? 40 : 78);
    for (auto const& note : notes_) {
        note->picture.place({static_cast<std::int32_t>(output_.right()) - note->size.width - 8, y});
        y += note->size.height - 20; // the shadows' margins overlap
    }
}

void Notices::centre(Picture& picture, Image image, double part_of_height)
{
    Size const size = layout_size(image, scale_);
    picture.show(std::move(image), size);
    picture.place(
        {output_.x + (output_.width - size.width) / 2,
         output_.y + static_cast<std::int32_t>((output_.height - size.height) * part_of_height)});
    wlr_scene_node_raise_to_top(picture.node());
}

void Notices::say(std::string text)
{
    centre(word_, paint_osd(text, scale_, scheme_), 0.5);
    word_timer_.arm(word_time);
}

void Notices::handle_word_timer()
{
    word_.clear();
}

void Notices::show_fullscreen_owner(Badge const& badge, std::string hint)
{
    centre(banner_, paint_banner(badge, hint, scale_, scheme_), 0.02);
    banner_timer_.arm(banner_time);
}

void Notices::handle_banner_timer()
{
    banner_.clear();
}

void Notices::show_clipboard(Badge const& badge, std::string const& text)
{
    centre(clipboard_, paint_banner(badge, text, scale_, scheme_), 0.1);
    clipboard_timer_.arm(clipboard_time);
}

void Notices::handle_clipboard_timer()
{
    clipboard_.clear();
}

void Notices::set_error(std::string text)
{
    error_text_ = std::move(text);
    if (error_text_.empty()) {
        error_.clear();
    } else if (output_.width > 0) {
        Image image = paint_error_bar(error_text_, output_.width, scale_);
        Size const size = layout_size(image, scale_);
        error_.show(std::move(image), size);
        error_.place({output_.x, output_.y});
    }
    arrange_notes();
}

void Notices::show_switcher(std::vector<SwitcherCard> const& cards, std::size_t chosen)
{
    centre(switcher_,
           paint_switcher(cards, chosen, {output_.width, output_.height}, scale_, scheme_), 0.5);
}

void Notices::hide_switcher()
{
    switcher_.clear();
}

} // namespace vitrail::compositor
