// S17 to S20 of the design's security figures over random sequences of what a person, three qubes
// (hostile ones: they send what they like, when they like), policy and the clock can do.
//
// What may be given follows here from the history alone, written down apart from the broker.

#include "clipboard/broker.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <format>
#include <string>

namespace vitrail::test {
namespace {

using namespace clipboard;
using namespace std::chrono_literals;
using transport::ClipboardNoticeKind;
using transport::ClipboardRecordKind;
using transport::ClipboardType;

/// A small generator: one sequence has one seed, and is run again by it.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next()
    {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(next() % n); }
    bool one_in(std::uint32_t n) { return below(n) == 0; }

private:
    std::uint64_t state_;
};

std::uint32_t serial_counter = 0;
std::uint32_t next_serial()
{
    return ++serial_counter;
}

constexpr std::uint32_t qubes = 3;
constexpr std::array<char const*, qubes> names{"work", "personal", "vault"};
constexpr std::array<std::uint32_t, qubes> limits{5, 6, 7};
constexpr Time keep{4000}, moment{800};

struct Counts {
    std::uint64_t events = 0, gives = 0, copies = 0, denied = 0, expired = 0, dropped = 0,
                  too_large = 0, unfocused = 0, offers = 0;
};

/// The facts from which it follows what may happen.
struct History {
    struct Request {
        std::uint32_t qube, serial;
        Time at;
        std::string so_far;
        std::optional<std::uint32_t> mime; ///< of the type that was asked for
    };
    struct Held {
        std::string text;
        std::uint32_t from;
        Time since;
    };
    struct Wish {
        std::uint32_t target;
        std::uint32_t question = 0; ///< its number, once it was asked
        bool allowed = false, hurried = false;
        Time named_at{}, at{};
    };
    std::optional<Request> request; ///< the last one that may still be answered
    std::optional<Held> held;
    std::optional<Wish> wish; ///< the last paste chord that may still be granted
};

class Sequence {
public:
    Sequence(std::uint64_t seed, Counts& counts) : dice_(seed), counts_(counts)
    {
        broker_.set_settings({.keep = keep, .moment = moment});
        for (std::uint32_t i = 0; i < qubes; ++i)
            broker_.set_qube(DomainId{i + 1}, names[i], limits[i]);
    }

    /// An empty text, or what was wrong.
    std::string run(int steps)
    {
        while (steps-- > 0 && wrong_.empty()) {
            ++counts_.events;
            step();
            look();
        }
        return wrong_;
    }

private:
    void step()
    {
        switch (dice_.below(12)) {
        case 0:
        case 1: return press_copy();
        case 2:
        case 3: return press_paste();
        case 4:
        case 5:
        case 6: return answer();
        case 7: return decide();
        case 8: return proceed();
        case 9: return pass_time();
        case 10:
            if (dice_.one_in(3))
                return cancel();
            return answer();
        default:
            if (dice_.one_in(8))
                return restart_qube();
            return decide();
        }
    }

    /// What the clock alone ends, before the next event is looked at.
    void settle_clock()
    {
        if (history_.held && now_ >= history_.held->since + keep) {
            history_.held.reset();
            history_.wish.reset();
        }
        if (history_.request && now_ >= history_.request->at + answer_time)
            history_.request.reset();
        if (history_.wish && !history_.wish->allowed && now_ >= history_.wish->at + answer_time)
            history_.wish.reset();
    }
    /// The moment of naming is over: then it has to have been given.
    [[nodiscard]] bool due() const
    {
        auto const& wish = history_.wish;
        return wish && wish->allowed && (wish->hurried || now_ >= wish->named_at + moment);
    }

    void press_copy()
    {
        std::uint32_t const qube = dice_.below(qubes + 1);
        Time const focused{dice_.one_in(4) ? dice_.below(300) : 300 + dice_.below(50)};
        settle_all();
        history_.request.reset();
        history_.wish.reset();
        may_ask_ = qube < qubes && focused >= 300ms ? std::optional(qube) : std::nullopt;
        counts_.unfocused += focused < 300ms;
        broker_.handle_copy(DomainId{qube < qubes ? qube + 1 : 9}, focused, now_);
    }
    void press_paste()
    {
        std::uint32_t const meant = history_.held ? (history_.held->from + 1) % qubes : 0;
        std::uint32_t const qube = dice_.one_in(2) ? meant : dice_.below(qubes + 1);
        Time const focused{dice_.one_in(4) ? dice_.below(300) : 300 + dice_.below(50)};
        settle_all();
        history_.request.reset();
        if (history_.wish && history_.wish->target == qube)
            history_.wish->hurried = true;
        else {
            history_.wish.reset();
            if (qube < qubes && focused >= 300ms && history_.held && history_.held->from != qube &&
                history_.held->text.size() <= limits[qube])
                history_.wish = History::Wish{.target = qube, .at = now_};
            may_question_ = history_.wish.has_value();
        }
        broker_.handle_paste(DomainId{qube < qubes ? qube + 1 : 9}, focused, now_);
    }
    void answer()
    {
        // Mostly the qube that was asked, with the right number; else anybody, with any.
        bool const honest = history_.request && !dice_.one_in(5);
        std::uint32_t const from = honest ? history_.request->qube : dice_.below(qubes);
        std::uint32_t const serial =
            honest ? history_.request->serial : serial_counter - dice_.below(3);
        auto const kind =
            dice_.one_in(10) ? ClipboardRecordKind{dice_.below(8)} : ClipboardRecordKind::copy_data;
        if (kind == ClipboardRecordKind::copy_offer)
            return offer(from, serial);
        std::uint32_t const mime =
            honest && !dice_.one_in(8) ? history_.request->mime.value_or(0) : dice_.below(3);
        std::uint32_t const flags = (dice_.one_in(3) ? 0 : transport::clipboard_flag_last) |
                                    (dice_.one_in(10) ? transport::clipboard_flag_too_large : 0) |
                                    (dice_.one_in(10) ? 0x80000000U : 0);
        std::string text(dice_.below(dice_.one_in(4) ? 9 : 5), 'a');
        for (char& c : text)
            c = static_cast<char>('a' + dice_.below(26));
        settle_all();
        auto& request = history_.request;
        bool const counts = request && request->qube == from && request->serial == serial &&
                            kind == ClipboardRecordKind::copy_data &&
                            mime == request->mime.value_or(0);
        if (counts) {
            bool const too_large = (flags & transport::clipboard_flag_too_large) != 0 ||
                                   request->so_far.size() + text.size() > limits[from];
            request->so_far += text;
            if (too_large) {
                ++counts_.too_large;
                history_.held.reset();
                request.reset();
            } else if ((flags & transport::clipboard_flag_last) != 0) {
                history_.held.reset();
                if (!request->so_far.empty()) {
                    history_.held = History::Held{request->so_far, from, now_};
                    ++counts_.copies;
                }
                request.reset();
            }
        } else
            ++counts_.dropped;
        broker_.handle_record(DomainId{from + 1}, {kind, serial, mime, flags},
                              std::as_bytes(std::span(text)), now_);
    }
    /// Types instead of text: the one that may cross at some place among others, or none.
    void offer(std::uint32_t from, std::uint32_t serial)
    {
        std::string types;
        std::uint32_t const place = dice_.below(3);
        bool const usable = !dice_.one_in(4);
        for (std::uint32_t i = 0; i < 3; ++i) {
            types += i == place && usable ? "UTF8_STRING" : "image/x-other";
            types += '\0';
        }
        settle_all();
        auto& request = history_.request;
        if (request && request->qube == from && request->serial == serial && !request->mime) {
            if (usable) {
                request->so_far.clear();
                request->mime = place;
                request->at = now_;
                may_request_ = place;
                ++counts_.offers;
            } else {
                history_.held.reset();
                request.reset();
            }
        }
        broker_.handle_record(DomainId{from + 1}, {ClipboardRecordKind::copy_offer, serial, 0, 1},
                              std::as_bytes(std::span(types)), now_);
    }
    void decide()
    {
        std::uint32_t const serial = history_.wish && !dice_.one_in(4)
                                         ? history_.wish->question
                                         : serial_counter - dice_.below(3);
        bool const allowed = !dice_.one_in(4);
        settle_all();
        auto& wish = history_.wish;
        if (wish && !wish->allowed && wish->question == serial) {
            if (allowed) {
                wish->allowed = true;
                wish->named_at = now_;
            } else {
                ++counts_.denied;
                wish.reset();
            }
        }
        broker_.handle_policy(serial, allowed, now_);
    }
    void proceed()
    {
        settle_all();
        if (history_.wish)
            history_.wish->hurried = true;
        broker_.handle_proceed(now_);
    }
    void cancel()
    {
        settle_all();
        history_.wish.reset();
        history_.request.reset();
        if (dice_.one_in(2)) {
            history_.held.reset();
            broker_.handle_clear(now_);
        } else
            broker_.handle_cancel(now_);
    }
    void restart_qube()
    {
        std::uint32_t const qube = dice_.below(qubes);
        settle_all();
        if (history_.request && history_.request->qube == qube)
            history_.request.reset();
        if (history_.wish && history_.wish->target == qube)
            history_.wish.reset();
        broker_.remove_qube(DomainId{qube + 1}, now_);
        broker_.set_qube(DomainId{qube + 1}, names[qube], limits[qube]);
    }
    void pass_time()
    {
        constexpr std::array<std::uint32_t, 11> steps{1,   1,   10,  10,   50,  199,
                                                      200, 799, 800, 1000, 4000};
        now_ += Time{steps[dice_.below(steps.size())]};
        told_ = dice_.one_in(2); // else the timer is late
        if (told_) {
            settle_all();
            broker_.handle_time(now_);
        }
    }

    /// Before an event at now_: what time has ended, and what it has made due.
    void settle_all()
    {
        bool const held = history_.held.has_value();
        settle_clock();
        counts_.expired += held && !history_.held;
        owe();
    }
    void owe()
    {
        if (!due())
            return;
        owed_ = Owed{history_.wish->target, history_.held->from, history_.held->text};
        history_.wish.reset();
        history_.held.reset();
    }

    void look()
    {
        if (std::exchange(told_, true))
            owe();
        for (Action& action : broker_.take_actions()) {
            if (auto const* const ask = std::get_if<Ask>(&action))
                check_ask(*ask);
            else if (auto const* const request = std::get_if<Request>(&action))
                check_request(*request);
            else if (auto const* const question = std::get_if<AskPolicy>(&action))
                check_question(*question);
            else if (auto const* const give = std::get_if<Give>(&action))
                check_give(*give);
            else
                check_notice(std::get<Tell>(action).notice);
        }
        if (owed_)
            fail("what was due was not given");
        if (history_.held || history_.request || history_.wish) {
            if (!broker_.deadline())
                fail("nothing wakes it though something will end");
        } else if (broker_.deadline())
            fail("it would wake for nothing");
        if (broker_.pending() != (history_.request || history_.wish))
            fail("Escape would do something else than the user thinks");
        owed_.reset();
        may_ask_.reset();
        if (may_request_)
            fail("the offered type was not asked for");
        may_request_.reset();
        may_question_ = false;
    }
    void check_ask(Ask const& ask)
    {
        if (!may_ask_ || ask.source.value != *may_ask_ + 1)
            return fail("a qube was asked without a chord in it");
        history_.request = History::Request{*may_ask_, ask.serial, now_, "", std::nullopt};
    }
    void check_request(Request const& request)
    {
        if (!may_request_ || request.mime != *may_request_ ||
            request.source.value != history_.request->qube + 1)
            fail("a type was asked for that was not offered by who was asked");
        may_request_.reset();
    }
    void check_question(AskPolicy const& question)
    {
        if (!may_question_)
            return fail("policy was asked without a chord");
        if (question.source != names[history_.held->from] ||
            question.target != names[history_.wish->target])
            return fail("policy was asked about other qubes");
        history_.wish->question = question.serial;
    }
    void check_give(Give const& give)
    {
        ++counts_.gives;
        if (!owed_)
            return fail("given without a chord, twice, or before policy and the moment let it");
        auto const text = give.text.bytes();
        if (give.target.value != owed_->target + 1)
            fail("given to another qube than the named one");
        if (owed_->target == owed_->from)
            fail("given to the qube it came from");
        if (std::string(reinterpret_cast<char const*>(text.data()), text.size()) != owed_->text)
            fail("given something else than was copied");
        owed_.reset();
    }
    void check_notice(transport::ClipboardNotice const& notice)
    {
        if (notice.held_type != ClipboardType::none &&
            (notice.held_bytes == 0 || notice.held_bytes > 7))
            fail("holds more than any limit");
    }
    void fail(std::string const& what)
    {
        if (wrong_.empty())
            wrong_ = what;
    }

    Dice dice_;
    Counts& counts_;
    Broker broker_{next_serial};
    Time now_{1000};
    History history_;
    std::optional<std::uint32_t> may_ask_, may_request_;
    bool may_question_ = false;
    bool told_ = true; ///< the broker knows that it is now_
    struct Owed {
        std::uint32_t target, from;
        std::string text;
    };
    std::optional<Owed> owed_; ///< has to be given in this step
    std::string wrong_;
};

TEST(ClipboardSequences, nothing_a_person_and_hostile_qubes_do_gives_what_was_not_meant)
{
    char const* const wanted = std::getenv("VITRAIL_SEQUENCES");
#if defined(__SANITIZE_ADDRESS__)
    constexpr std::uint64_t usual = 20'000; // a million take longer than 5 minutes there
#else
    constexpr std::uint64_t usual = 1'000'000;
#endif
    std::uint64_t const sequences = wanted ? std::strtoull(wanted, nullptr, 10) : usual;
    constexpr int steps = 40;
    Counts counts;
    for (std::uint64_t seed = 1; seed <= sequences; ++seed)
        if (auto const wrong = Sequence(seed, counts).run(steps); !wrong.empty()) {
            FAIL() << wrong << "; seed " << seed;
        }
    std::printf(
        "clipboard: %s\n",
        std::format("{} sequences (seeds 1 to {}), {} events: {} copies, {} given, {} denied, "
                    "{} expired, {} too large, {} offers, {} answers dropped, {} chords too soon",
                    sequences, sequences, counts.events, counts.copies, counts.gives, counts.denied,
                    counts.expired, counts.too_large, counts.offers, counts.dropped,
                    counts.unfocused)
            .c_str());
    // Else it would show nothing.
    EXPECT_GT(counts.gives, sequences / 100);
    EXPECT_GT(counts.copies, sequences / 10);
}

} // namespace
} // namespace vitrail::test
