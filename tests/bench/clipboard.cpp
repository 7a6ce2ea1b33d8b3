#include "tests/bench/floors.hpp"
#include "tests/bench/qube.hpp"
#include "tests/bench/scenarios.hpp"
#include "tests/bench/stage.hpp"
#include "tests/support/clipboard_stage.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

namespace vitrail::bench {
namespace {

using transport::ClipboardChordKind;
using transport::ClipboardNoticeKind;

constexpr std::uint32_t limit = 256'000;

[[noreturn]] void give_up(char const* why)
{
    std::fprintf(stderr, "bench: clipboard: %s\n", why);
    std::exit(1);
}

/// Two qubes with the shipped guids, the shipped broker between them; the person, policy and both
/// agents are here.
class Clipboard {
public:
    explicit Clipboard(Run const& run)
        : stage_({64, 64}),
          broker_([&] {
              auto started = test::ClipboardStage::start(program("clipboard/vitrail-clipboard"),
                                                         run.folder / "clipboard.log");
              if (!started)
                  give_up(started.error().message().c_str());
              return std::move(*started);
          }()),
          from_link_(broker_->connect_qube(1, "from", limit)),
          to_link_(broker_->connect_qube(2, "to", limit)),
          from_(stage_.session(), run.folder,
                {.number = 1, .broker = from_link_.get(), .max_clipboard = limit}),
          to_(stage_.session(), run.folder,
              {.number = 2, .broker = to_link_.get(), .max_clipboard = limit})
    {
        broker_->send_settings(300, 10'000);
    }

    struct Times {
        double ask = 0, copy = 0, paste = 0; ///< microseconds
    };
    /// Chord to the agent's having read the question; its answer to the user's being told; chord to
    /// the other agent's having read the text. What the application takes is not in it.
    Times carry(std::span<std::byte const> text)
    {
        Times times;
        from_.forget();
        to_.forget();
        Nanoseconds begin = now();
        broker_->chord(ClipboardChordKind::copy, 1);
        if (!from_.wait_for(wire::Type::clipboard_req))
            give_up("the agent was not asked");
        times.ask = static_cast<double>(from_.read_at() - begin) / 1000;
        wire::build_raw(from_.collected(), static_cast<std::uint32_t>(wire::Type::clipboard_data),
                        0, text);
        begin = now();
        from_.send();
        if (!broker_->notice(ClipboardNoticeKind::copied))
            give_up("nothing was copied");
        times.copy = static_cast<double>(now() - begin) / 1000;
        begin = now();
        broker_->chord(ClipboardChordKind::paste, 2);
        broker_->chord(ClipboardChordKind::proceed);
        auto const question = broker_->question();
        if (!question)
            give_up("policy was not asked");
        broker_->decide(*question, true);
        if (!to_.wait_for(wire::Type::clipboard_data))
            give_up("nothing was pasted");
        times.paste = static_cast<double>(to_.read_at() - begin) / 1000;
        if (to_.received().back().body.size() != text.size())
            give_up("something else was pasted");
        return times;
    }

private:
    Stage stage_;
    std::unique_ptr<test::ClipboardStage> broker_;
    Fd from_link_, to_link_;
    Qube from_, to_;
};

/// Microseconds of one memcpy of this size.
double copy_us(std::span<std::byte const> from)
{
    std::vector<std::byte> to(from.size());
    std::vector<double> times;
    for (int i = 0; i < 51; ++i) {
        Nanoseconds const begin = now();
        std::ranges::copy(from, to.begin());
        times.push_back(static_cast<double>(now() - begin) / 1000);
    }
    std::ranges::nth_element(times, times.begin() + 25);
    return times[25];
}

} // namespace

void run_clipboard(Run const& run)
{
    constexpr int samples = 100;
    Clipboard clipboard(run);
    WakeFloor floor;
    std::vector<std::byte> text(limit);
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<std::byte>('a' + i % 26);
    for (int i = 0; i < 20; ++i)
        (void)clipboard.carry(text);
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        record({{"metric", "wake"}, {"hops", "2"}}, block, floor.two_hops(samples));
        for (std::size_t const bytes : {std::size_t{65536}, std::size_t{limit}}) {
            auto const part = std::span(text).first(bytes);
            std::vector<double> all, asks, copies, pastes;
            for (int i = 0; i < samples; ++i) {
                auto const times = clipboard.carry(part);
                asks.push_back(times.ask);
                copies.push_back(times.copy);
                pastes.push_back(times.paste);
                all.push_back(times.copy + times.paste); // the question is the application's
            }
            std::string const size = std::to_string(bytes);
            record({{"metric", "clipboard"}, {"bytes", size}, {"part", "all"}}, block, all);
            record({{"metric", "clipboard"}, {"bytes", size}, {"part", "ask"}}, block, asks);
            record({{"metric", "clipboard"}, {"bytes", size}, {"part", "copy"}}, block, copies);
            record({{"metric", "clipboard"}, {"bytes", size}, {"part", "paste"}}, block, pastes);
            record({{"metric", "clipboard_memcpy"}, {"bytes", size}}, block, {copy_us(part)});
        }
    }
}

} // namespace vitrail::bench
