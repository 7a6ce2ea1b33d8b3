#include "lib/call/call_end.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vitrail::call {
namespace {

using transport::Channel;

/// Read from the channel and from local descriptors at once.
constexpr std::size_t chunk = 65536;
/// Local input is read while the channel holds less than this: the peer decides how fast it goes.
constexpr std::size_t enough_queued = 2 * chunk;
/// Less is copied: two system calls cost more.
constexpr std::size_t worth_moving = 16384;

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
      may_move_(ends.may_move && channel_->moves()),
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
    moving_in_ > 0 ? move_in() : channel_->flush();
    if (!ended_)
        read_channel();
}

void CallEnd::read_channel()
{
    while (!ended_ && take_frames()) {
        if (moving_out_ > 0) {
            if (!move_out())
                break;
            continue;
        }
        auto const got = channel_->read(reading_buffer());
        if (!got)
            return end({});
        if (*got == 0)
            break;
        if (!begin_moving_out(*got))
            untaken_ = std::span(in_).first(*got);
    }
    if (ended_)
        return;
    if (untaken_.empty() && !output_.has_pending() && !errors_.has_pending() && !output_is_full_ &&
        channel_->state() == Channel::State::disconnected && !is_over())
        return end({.code = side_ == Side::caller ? code_ : std::nullopt, .violation = {}});
    update();
}

/// Between messages, when large ones come: no more than the next header, so that what follows it
/// is still in the channel.
std::span<std::byte> CallEnd::reading_buffer()
{
    return std::span(in_).first(large_ && may_move_out() ? sizeof(qrexec::Header) : in_.size());
}

bool CallEnd::may_move_out() const
{
    return may_move_ && output_.is_open() && output_.is_pipe() && !filter_output_ &&
           before_output_.empty() && splitter_.buffered() == 0;
}

/// Whether what was read is the header of a large message for our output, which then needs no
/// splitter.
bool CallEnd::begin_moving_out(std::size_t got)
{
    if (got != sizeof(qrexec::Header) || !large_ || !may_move_out())
        return false;
    large_ = false; // until the next one is
    auto const bytes = std::span<std::byte const>(in_).first<sizeof(qrexec::Header)>();
    auto const header = load<qrexec::Header>(bytes).check(
        [](qrexec::Header const& untrusted) { return untrusted; });
    auto const stream =
        side_ == Side::caller ? qrexec::Stream::to_caller : qrexec::Stream::to_service;
    auto const type = side_ == Side::caller ? qrexec::Type::data_stdout : qrexec::Type::data_stdin;
    if (header.type != static_cast<std::uint32_t>(type) || header.length < worth_moving ||
        !qrexec::check_header(header, stream, splitter_.version()))
        return false;
    large_ = true;
    moving_out_ = header.length;
    return true;
}

/// False: there is nothing to move now, or no room.
bool CallEnd::move_out()
{
    if (!output_.is_open() || !may_move_) {
        std::size_t const before = moving_out_;
        copy_out();
        return moving_out_ < before;
    }
    auto const moved = channel_->move_to(output_.fd(), moving_out_);
    if (moved > 0) {
        moving_out_ -= static_cast<std::size_t>(moved);
        return true;
    }
    if (moved == 0)
        return false; // the peer's end, within a message
    if (errno == EINTR)
        return true;
    if (errno == EAGAIN) {
        int waiting = 0;
        output_is_full_ = ioctl(channel_->fd(), FIONREAD, &waiting) == 0 && waiting > 0;
        return false;
    }
    if (errno == EPIPE)
        output_.close(); // nobody reads any more: what comes is passed over
    else
        may_move_ = false;
    return true;
}

void CallEnd::copy_out()
{
    auto const got = channel_->read(std::span(in_).first(std::min(in_.size(), moving_out_)));
    if (!got)
        return end({});
    moving_out_ -= *got;
    output_.write(std::span(in_).first(*got));
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
    large_ = !is_errors && data.bytes.size() >= worth_moving;
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
    output_is_full_ = false;
    output_.flush();
    read_channel();
}

std::size_t CallEnd::longest_piece() const
{
    return qrexec::max_chunk(version_.value_or(qrexec::lowest_version));
}

void CallEnd::read_local(LocalStream& from, qrexec::Type type)
{
    if (begin_moving_in(from, type)) {
        move_in();
        return update();
    }
    std::array<std::byte, chunk> bytes;
    auto const got = from.read(std::span(bytes).first(longest_piece()));
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

/// Announces what lies in the pipe now, if that is much; move_in() then keeps the word.
bool CallEnd::begin_moving_in(LocalStream& from, qrexec::Type type)
{
    int there = 0;
    if (!may_move_ || !from.is_pipe() || channel_->queued() > 0 ||
        ioctl(from.fd(), FIONREAD, &there) != 0 ||
        there < static_cast<int>(std::min(worth_moving, longest_piece())))
        return false;
    moves_from_ = &from;
    moving_in_ = std::min(static_cast<std::size_t>(there), longest_piece());
    message_.clear();
    qrexec::build_header(message_, type, moving_in_);
    (void)channel_->write(message_);
    return true;
}

void CallEnd::move_in()
{
    channel_->flush();
    while (moving_in_ > 0 && channel_->queued() == 0) {
        auto const moved = channel_->move_from(moves_from_->fd(), moving_in_);
        if (moved > 0) {
            moving_in_ -= static_cast<std::size_t>(moved);
            continue;
        }
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved < 0 && errno == EPIPE) {
            moving_in_ = 0; // nobody reads any more; the peer's end shows when reading
            return;
        }
        int there = 0;
        if (moved < 0 && errno == EAGAIN && ioctl(moves_from_->fd(), FIONREAD, &there) == 0 &&
            there > 0)
            return;     // no room now
        return end({}); // somebody else took what was announced
    }
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
    if (std::exchange(moving_in_, 0) > 0)
        input_ended_ = true; // the service has ended: it misses nothing
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
    bool const may_send = version_ && channel_->queued() < enough_queued && moving_in_ == 0;
    bool const writes = channel_->wants_write() || moving_in_ > 0;
    input_.want(may_send);
    output_.want(output_.has_pending() || output_is_full_);
    errors_.want(side_ == Side::service ? may_send : errors_.has_pending());
    bool const reads =
        untaken_.empty() && !output_.has_pending() && !errors_.has_pending() && !output_is_full_;
    bool const writes_elsewhere = channel_->writing_fd() != channel_->fd();
    std::uint32_t const mask =
        (reads ? std::uint32_t{WL_EVENT_READABLE} : 0U) |
        (writes && !writes_elsewhere ? std::uint32_t{WL_EVENT_WRITABLE} : 0U);
    if (!writes_elsewhere || !writes)
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
