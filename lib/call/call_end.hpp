#pragma once

#include "lib/call/local_stream.hpp"
#include "lib/qrexec/build.hpp"
#include "lib/qrexec/framing.hpp"
#include "lib/qrexec/parse.hpp"
#include "lib/transport/channel.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::call {

/// Who this end of a call is: the one who calls, or the one who runs the service.
enum class Side : std::uint8_t { caller, service };

/// How a call ended. `code`: of the service; without one the connection was lost, or its peer broke
/// the protocol (then `violation` says how).
struct Outcome {
    std::optional<int> code;
    std::optional<qrexec::Violation> violation;
};

/// The local descriptors of a call: non-blocking, closed one by one as their streams end.
struct LocalEnds {
    Fd input;  ///< read, and sent to the peer
    Fd output; ///< what the peer sends is written here
    Fd errors; ///< of a caller: written; of a service: read. May be missing, as the others.
    bool may_move = true; ///< pipe to pipe without a copy; false: the sandbox has no splice(2)
    bool filter_output = false; ///< of a caller: bytes that steer a terminal become `_`
    bool filter_errors = false;
    std::string before_output = {}; ///< of a caller: written before the first byte of it
    std::string before_errors = {};
};

/// One end of a call's data channel: carries bytes both ways, keeps to the protocol, and never
/// holds more than one message each way beyond the channel's own queue. Where the channel and both
/// local ends are pipes, what comes in large pieces is moved and never copied.
///
/// Ends, and says so once: a caller when the service's output has ended and its exit code is there;
/// a service when set_exit() was called, its output and errors have ended, and all was sent; both
/// when the channel is lost. `handle_end` is called from the loop and may destroy this object.
/// Source: fact sheet qrexec §8.
class CallEnd {
public:
    CallEnd(wl_event_loop* loop, std::unique_ptr<transport::Channel> channel, Side side,
            LocalEnds ends, std::function<void(Outcome)> handle_end);
    ~CallEnd();
    CallEnd(CallEnd const&) = delete;
    CallEnd& operator=(CallEnd const&) = delete;

    /// Of a service: its program has ended. What it wrote is still read to its end.
    void set_exit(int code);
    /// Of a service that is no program of ours: its code, for when its output has ended; with
    /// `awaits_caller`, the caller's too.
    void set_exit_at_end(int code, bool awaits_caller);
    /// Of a caller: goes to the service before anything of our input.
    void send_first(std::string_view bytes);
    /// Of a service: goes to the service before anything of the caller.
    void write_first(std::span<std::byte const> bytes) { output_.write(bytes); }

private:
    void handle_channel(std::uint32_t ready);
    void greet();
    void handle_idle_end();
    void handle_hello(qrexec::Hello const& hello);
    void read_channel();
    [[nodiscard]] bool take_frames();
    void handle_message(qrexec::CallMessage const& message);
    void handle_data(qrexec::Data const& data);
    [[nodiscard]] std::span<std::byte> reading_buffer();
    [[nodiscard]] bool may_move_out() const;
    [[nodiscard]] bool begin_moving_out(std::size_t got);
    [[nodiscard]] bool move_out();
    void copy_out();
    [[nodiscard]] std::size_t longest_piece() const; ///< bytes of one message of data
    void read_local(LocalStream& from, qrexec::Type type);
    [[nodiscard]] bool begin_moving_in(LocalStream& from, qrexec::Type type);
    void move_in();
    void handle_input();
    void handle_errors();
    void handle_output();
    void send(qrexec::Type type, std::span<std::byte const> bytes);
    void close_input();
    void update();
    void finish_service();
    [[nodiscard]] bool is_over() const;
    void end(Outcome outcome);

    wl_event_loop* loop_;
    std::unique_ptr<transport::Channel> channel_;
    Side side_;
    std::function<void(Outcome)> handle_end_;
    qrexec::Splitter splitter_;
    std::vector<std::byte> in_;            ///< read from the channel
    std::span<std::byte const> untaken_;   ///< of in_
    qrexec::Bytes message_;                ///< scratch
    std::optional<std::uint32_t> version_; ///< negotiated
    std::optional<int> code_;              ///< of the service
    bool code_sent_ = false;
    bool input_ended_ = false;  ///< the end of our input was sent
    bool output_ended_ = false; ///< the peer's stream has ended
    bool awaits_caller_ = false;
    bool ended_ = false;
    Outcome outcome_;
    wl_event_source* end_source_ = nullptr; ///< tells the end once the loop has turned
    // What is under way without a copy: the bytes that are still missing of one message.
    std::size_t moving_in_ = 0;         ///< from moves_from_ to the peer
    LocalStream* moves_from_ = nullptr; ///< our input or, of a service, its errors
    std::size_t moving_out_ = 0;        ///< from the peer to our output
    bool output_is_full_ = false;       ///< so moving_out_ waits for it
    bool large_ = false;                ///< the last data for our output was worth moving
    bool may_move_;
    bool filter_output_;
    bool filter_errors_;
    std::string before_output_;
    std::string before_errors_;
    std::string first_;
    int polled_ = -1; ///< the descriptor of channel_source_
    LocalStream input_;
    LocalStream output_;
    LocalStream errors_;
    std::optional<FdSource<&CallEnd::handle_channel>> channel_source_;
    std::optional<FdSource<&CallEnd::handle_channel>> writing_source_; ///< where it is another
};

} // namespace vitrail::call
