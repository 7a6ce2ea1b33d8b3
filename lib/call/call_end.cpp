#include "lib/call/call_end.hpp"

#include <algorithm>

namespace vitrail::call {
namespace {

using transport::Channel;

/// Read from the channel and from local descriptors at once.
constexpr std::size_t chunk = 65536;
/// Local input is read while the channel holds less than this: the peer decides how fast it goes.
constexpr std::size_t enough_queued = 2 * chunk;

/// Everything but printable ASCII, tab, line breaks, bell and backspace (fact sheet qrexec §8).
bool steers_terminal(std::byte byte)
{
    auto const c = std::to_integer<char>(byte);
    return (c < 0x20 || c > 0x7e) && !std::string_view("\t\n\r\b\a").contains(c);
}

} // namespace

CallEnd::CallEnd(wl_event_loop* loop, std::unique_ptr<Channel> channel, Side side, LocalEnds ends,
                 std::function<void(Outcome)> handle_end)
    : loop_(loop),
      channel_(std::move(channel)),
      side_(side),
      handle_end_(std::move(handle_end)),
      splitter_(side == Side::caller ? qrexec::Stream::to_caller : qrexec::Stream::to_service),
      in_(chunk),
      filter_output_(ends.filter_output),
      filter_errors_(ends.filter_errors),
      before_output_(std::move(ends.before_output)),
      before_errors_(std::move(ends.before_errors)),
      input_(loop, std::move(ends.input), WL_EVENT_READABLE, [this] { handle_input(); }),
      output_(loop, std::move(ends.output), WL_EVENT_WRITABLE, [this] { handle_output(); }),
      errors_(loop, std::move(ends.errors),
              side == Side::caller ? WL_EVENT_WRITABLE : WL_EVENT_READABLE,
              [this] { handle_errors(); })
{
    // At once: neither side may wait for the other's (fact sheet qrexec §5).
    if (channel_->state() == Channel::State::connected)
        greet();
    update();
}

CallEnd::~CallEnd()
{
    if (end_source_)
        wl_event_source_remove(end_source_);
}

void CallEnd::greet()
{
    message_.clear();
    qrexec::build(message_, qrexec::Hello{});
    (void)channel_->write(message_);
}

void CallEnd::handle_channel(std::uint32_t)
{
    bool const waited = channel_->state() == Channel::State::waiting;
    channel_->handle_event();
    if (waited && channel_->state() == Channel::State::connected)
        greet();
    channel_->flush();
    read_channel();
}

void CallEnd::read_channel()
{
    while (!ended_ && take_frames()) {
        auto const got = channel_->read(in_);
        if (!got)
            return end({});
        if (*got == 0)
            break;
        untaken_ = std::span(in_).first(*got);
    }
    if (ended_)
        return;
    if (untaken_.empty() && !output_.has_pending() && !errors_.has_pending() &&
        channel_->state() == Channel::State::disconnected && !is_over())
        return end({.code = side_ == Side::caller ? code_ : std::nullopt, .violation = {}});
    update();
}

/// Whether all that was read is dealt with: not while a local reader is slower than the peer.
bool CallEnd::take_frames()
{
    while (!output_.has_pending() && !errors_.has_pending()) {
        if (untaken_.empty())
            return true;
        auto const frame = splitter_.next(untaken_);
        auto const message = frame && *frame
                                 ? qrexec::parse_call(**frame)
                                 : std::expected<qrexec::CallMessage, qrexec::Violation>{};
        if (!frame || !message) {
            end({.code = {}, .violation = !frame ? frame.error() : message.error()});
            return false;
        }
        if (*frame)
            handle_message(*message);
        if (ended_)
            return false;
    }
    return false;
}

void CallEnd::handle_message(qrexec::CallMessage const& message)
{
    if (auto const* const hello = std::get_if<qrexec::Hello>(&message)) {
        handle_hello(*hello);
    } else if (auto const* const data = std::get_if<qrexec::Data>(&message)) {
        handle_data(*data);
    } else if (side_ == Side::caller && !code_) {
        code_ = std::get<qrexec::ExitCode>(message).code;
        close_input();
    }
}

void CallEnd::handle_hello(qrexec::Hello const& hello)
{
    auto const version = qrexec::negotiate(hello.version);
    if (!version)
        return end({.code = {}, .violation = version.error()});
    version_ = *version;
    splitter_.set_version(*version);
    if (side_ == Side::caller) {
        for (std::string_view rest = first_; !rest.empty();) {
            auto const part = rest.substr(0, qrexec::max_chunk(*version));
            send(qrexec::Type::data_stdin, std::as_bytes(std::span(part)));
            rest.remove_prefix(part.size());
        }
        if (!input_.is_open())
            close_input();
        return;
    }
    if (!input_.is_open())
        send(qrexec::Type::data_stdout, {});
    if (!errors_.is_open())
        send(qrexec::Type::data_stderr, {});
}

void CallEnd::handle_data(qrexec::Data const& data)
{
    bool const is_errors = data.type == qrexec::Type::data_stderr;
    if (is_errors && side_ == Side::service)
        return; // nobody has such a stream there
    LocalStream& to = is_errors ? errors_ : output_;
    if (std::string& before = is_errors ? before_errors_ : before_output_;
        !before.empty() && !data.bytes.empty()) {
        to.write(std::as_bytes(std::span(before)));
        before.clear();
    }
    if (!data.bytes.empty() && (is_errors ? filter_errors_ : filter_output_)) {
        message_.assign(data.bytes.begin(), data.bytes.end());
        std::ranges::replace_if(message_, steers_terminal, std::byte{'_'});
        return to.write(message_);
    }
    if (!data.bytes.empty())
        return to.write(data.bytes);
    if (!is_errors)
        output_ended_ = true;
    to.close_when_flushed();
}

void CallEnd::handle_input()
{
    read_local(input_,
               side_ == Side::caller ? qrexec::Type::data_stdin : qrexec::Type::data_stdout);
}

void CallEnd::handle_errors()
{
    if (side_ == Side::service)
        return read_local(errors_, qrexec::Type::data_stderr);
    errors_.flush();
    read_channel();
}

void CallEnd::handle_output()
{
    output_.flush();
    read_channel();
}

void CallEnd::read_local(LocalStream& from, qrexec::Type type)
{
    std::array<std::byte, chunk> bytes;
    auto const got = from.read(std::span(bytes).first(qrexec::max_chunk(version_.value_or(2))));
    if (got > 0) {
        send(type, std::span(bytes).first(static_cast<std::size_t>(got)));
    } else if (got == 0) {
        from.close();
        send(type, {});
        if (type == qrexec::Type::data_stdin)
            input_ended_ = true;
    }
    channel_->flush();
    update();
}

void CallEnd::send(qrexec::Type type, std::span<std::byte const> bytes)
{
    message_.clear();
    qrexec::build_header(message_, type, bytes.size());
    (void)channel_->write_both(message_, bytes); // enough_queued keeps it within the bound
}

void CallEnd::close_input()
{
    input_.close();
    if (!std::exchange(input_ended_, true))
        send(qrexec::Type::data_stdin, {});
}

void CallEnd::set_exit(int code)
{
    code_ = code;
    output_.close(); // nobody reads it any more
    update();
}

void CallEnd::set_exit_at_end(int code, bool awaits_caller)
{
    code_ = code;
    awaits_caller_ = awaits_caller;
    update();
}

void CallEnd::send_first(std::string_view bytes)
{
    first_ = bytes;
}

void CallEnd::finish_service()
{
    if (awaits_caller_ && output_.is_open())
        return;
    if (code_sent_ || !code_ || !version_ || input_.is_open() || errors_.is_open())
        return;
    code_sent_ = true;
    message_.clear();
    qrexec::build(message_, qrexec::ExitCode{*code_});
    (void)channel_->write(message_);
    channel_->flush();
}

bool CallEnd::is_over() const
{
    if (side_ == Side::service)
        return code_sent_ && channel_->queued() == 0;
    return code_ && output_ended_ && !output_.has_pending() && !errors_.has_pending() &&
           channel_->queued() == 0;
}

void CallEnd::update()
{
    if (ended_)
        return;
    if (side_ == Side::service)
        finish_service();
    if (is_over())
        return end({.code = code_, .violation = {}});
    bool const may_send = version_ && channel_->queued() < enough_queued;
    input_.want(may_send);
    output_.want(output_.has_pending());
    errors_.want(side_ == Side::service ? may_send : errors_.has_pending());
    bool const reads = untaken_.empty() && !output_.has_pending() && !errors_.has_pending();
    bool const writes_elsewhere = channel_->writing_fd() != channel_->fd();
    std::uint32_t const mask =
        (reads ? std::uint32_t{WL_EVENT_READABLE} : 0U) |
        (channel_->wants_write() && !writes_elsewhere ? std::uint32_t{WL_EVENT_WRITABLE} : 0U);
    if (!writes_elsewhere || !channel_->wants_write())
        writing_source_.reset();
    else if (!writing_source_)
        writing_source_.emplace(loop_, *this, channel_->writing_fd(), WL_EVENT_WRITABLE);
    if (mask == 0) { // else the end of a peer would wake us again and again
        channel_source_.reset();
    } else if (channel_source_ && polled_ == channel_->fd()) {
        channel_source_->set_mask(mask);
    } else {
        polled_ = channel_->fd();
        channel_source_.emplace(loop_, *this, polled_, mask);
    }
}

void CallEnd::end(Outcome outcome)
{
    if (std::exchange(ended_, true))
        return;
    outcome_ = std::move(outcome);
    channel_source_.reset();
    writing_source_.reset();
    input_.close();
    output_.close();
    errors_.close();
    end_source_ = wl_event_loop_add_idle(
        loop_, [](void* data) noexcept { static_cast<CallEnd*>(data)->handle_idle_end(); }, this);
}

void CallEnd::handle_idle_end()
{
    end_source_ = nullptr; // the loop has removed it
    channel_.reset();
    auto const handle = std::move(handle_end_);
    handle(std::move(outcome_));
}

} // namespace vitrail::call
