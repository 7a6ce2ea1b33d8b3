#include "tests/support/replay.hpp"

#include <algorithm>
#include <format>

namespace vitrail::test {

using wire::Type;

namespace {

/// An X server sends the release and the press of a key that repeats itself at once.
constexpr std::chrono::milliseconds at_once{1};

} // namespace

Rect place_of(wire::Configure const& configure)
{
    return {configure.x, configure.y, static_cast<int>(configure.width),
            static_cast<int>(configure.height)};
}

Replay::Replay(std::vector<CapturedEvent> events, FakeAgent& agent, ReplayHost& host)
    : events_(std::move(events)), agent_(agent), host_(host)
{
    agent_.answers_configure = false; // handle_received() does
}

std::vector<CapturedMessage> Replay::recorded(Type type) const
{
    std::vector<CapturedMessage> found;
    for (CapturedEvent const& event : events_)
        if (auto const* const message = std::get_if<CapturedMessage>(&event))
            if (!message->from_agent && message->type() == type)
                found.push_back(*message);
    return found;
}

bool Replay::play()
{
    for (std::size_t index = 0; index < events_.size(); ++index)
        if (!play(index)) {
            trouble = std::format("at event {}, after \"{}\": {}", index, after_, trouble);
            return false;
        }
    return wait_for(Type::window_dump_ack, acknowledged_) && wait_for(Type::destroy, destroyed_);
}

bool Replay::play(std::size_t index)
{
    CapturedEvent const& event = events_[index];
    if (auto const* const marker = std::get_if<CapturedMarker>(&event)) {
        after_ = marker->text;
    } else if (auto const* const pixels = std::get_if<CapturedPixels>(&event)) {
        if (!mapped(pixels->window) && !dumped_.contains(pixels->window))
            return true; // a picture that the recorder kept of a window that is gone
        host_.compare(*pixels);
        ++compared;
        draw_next(pixels->window, index);
    } else if (auto const& message = std::get<CapturedMessage>(event); message.from_agent) {
        play_agent(message, index);
    } else {
        return play_daemon(message, index);
    }
    if (agent_.dropped())
        trouble = "the daemon ended the session";
    return !agent_.dropped();
}

// ---- the recorded daemon ----

bool Replay::wait_for(Type type, std::size_t count)
{
    if (host_.until([&] { return agent_.count(type) >= count; }))
        return true;
    trouble = std::format("no more than {} of {} messages of type {} came", agent_.count(type),
                          count, static_cast<std::uint32_t>(type));
    return false;
}

bool Replay::is_repeat(CapturedMessage const& release, std::size_t index) const
{
    auto const up = release.as<wire::Keypress>();
    if (up.type != wire::event_key_release || index + 1 == events_.size())
        return false;
    auto const* const next = std::get_if<CapturedMessage>(&events_[index + 1]);
    if (!next || next->from_agent || next->type() != Type::keypress)
        return false;
    auto const press = next->as<wire::Keypress>();
    return press.type == wire::event_key_press && press.keycode == up.keycode &&
           next->at - release.at < at_once;
}

bool Replay::play_daemon(CapturedMessage const& message, std::size_t index)
{
    std::uint32_t const window = message.header.window;
    switch (message.type()) {
    case Type::window_dump_ack: return wait_for(Type::window_dump_ack, ++acknowledged_);
    case Type::destroy: return wait_for(Type::destroy, ++destroyed_);
    case Type::keymap_notify: return true;
    default:
        if (!living_.contains(window)) // it crossed the agent's DESTROY
            return true;
        host_.do_again(message, false);
        return true;
    case Type::configure: {
        if (!living_.contains(window))
            return true;
        Rect const place = place_of(message.as<wire::Configure>());
        asked_[window] = place;
        if (!std::ranges::contains(wished_[window], place))
            host_.do_again(message, false);
        return true;
    }
    case Type::keypress:
        if (std::exchange(repeating_, false))
            return true;
        repeating_ = is_repeat(message, index);
        host_.do_again(message, repeating_);
        return true;
    }
}

void Replay::handle_received()
{
    for (; answered_ < agent_.received.size(); ++answered_) {
        Received const& message = agent_.received[answered_];
        if (message.type() != Type::configure || !living_.contains(message.header.window))
            continue;
        // Copied: sending may bring more.
        auto const place = message.as<wire::Configure>();
        agent_.send(Type::configure, message.header.window,
                    wire::Configure{place.x, place.y, place.width, place.height, 0});
    }
}

// ---- the recorded agent ----

void Replay::play_agent(CapturedMessage const& message, std::size_t index)
{
    std::uint32_t const window = message.header.window;
    switch (message.type()) {
    case Type::create: {
        auto const create = message.as<wire::Create>();
        living_.insert(window);
        wished_[window] = {
            {create.x, create.y, static_cast<int>(create.width), static_cast<int>(create.height)}};
        break;
    }
    case Type::configure: {
        Rect const place = place_of(message.as<wire::Configure>());
        auto const asked = asked_.find(window);
        if (asked != asked_.end() && asked->second == place) { // an answer: we give our own
            asked_.erase(asked);
            return;
        }
        wished_[window].push_back(place);
        break;
    }
    case Type::window_dump: dump(message, index); break;
    case Type::map: mapped_.insert(window); break;
    case Type::unmap:
        mapped_.erase(window);
        dumped_.erase(window);
        break;
    case Type::destroy:
        living_.erase(window);
        mapped_.erase(window);
        dumped_.erase(window);
        wished_.erase(window);
        asked_.erase(window);
        break;
    default: break;
    }
    agent_.send_raw(message.header.type, window, message.body);
    agent_.pump();
    handle_received();
}

void Replay::dump(CapturedMessage const& message, std::size_t index)
{
    auto const head = message.as<wire::WindowDump>();
    Dumped& known = dumped_[message.header.window];
    known.width = static_cast<int>(head.width);
    known.height = static_cast<int>(head.height);
    known.references.resize((message.body.size() - sizeof(head)) / 4);
    std::memcpy(known.references.data(), message.body.data() + sizeof(head),
                known.references.size() * 4);
    agent_.grants().grant_these(known.references);
    draw_next(message.header.window, index);
}

void Replay::draw_next(std::uint32_t window, std::size_t after)
{
    Dumped const& now = dumped_[window];
    for (std::size_t index = after + 1; index < events_.size(); ++index) {
        if (auto const* const message = std::get_if<CapturedMessage>(&events_[index])) {
            if (message->header.window != window || !message->from_agent)
                continue;
            if (message->type() == Type::unmap || message->type() == Type::destroy)
                return;
        } else if (auto const* const pixels = std::get_if<CapturedPixels>(&events_[index])) {
            if (pixels->window != window)
                continue;
            if (pixels->width == now.width && pixels->height == now.height)
                agent_.grants().write(now.references, pixels->pixels);
            return;
        }
    }
}

} // namespace vitrail::test
