#pragma once

#include "lib/base/secret.hpp"
#include "lib/base/strong.hpp"
#include "lib/os/fd.hpp"
#include "lib/transport/clipboard_control.hpp"
#include "lib/transport/clipboard_record.hpp"
#include "lib/transport/image_job.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace vitrail::clipboard {

/// Since any fixed point of a clock that never goes back.
using Time = std::chrono::milliseconds;

/// How long a qube must have had the keyboard before a chord in it counts (security.md S19).
inline constexpr Time focus_before{300};
/// How long a qube may take to answer, and policy likewise (security.md S20).
inline constexpr Time answer_time{1000};
/// How long a qube may take to send a picture, and how long it may take to be decoded.
inline constexpr Time image_time{10'000};
/// The most any qube's limit may be (fact sheet gui-protocol §8.3).
inline constexpr std::uint32_t most_bytes = 256000;
/// And of pictures.
inline constexpr std::uint32_t most_image_bytes = std::uint32_t{16} << 20;

/// A picture that was encoded anew.
struct Image {
    std::uint32_t width = 0, height = 0;
    std::uint32_t bytes = 0; ///< of its PNG
    Fd file;                 ///< with it; the only one: closed, the picture is gone
};

/// What a notice says of a thing.
struct Measure {
    transport::ClipboardType type = transport::ClipboardType::none;
    std::uint32_t bytes = 0, width = 0, height = 0;
};

/// The user's own (vitrail.toml, [clipboard]).
struct Settings {
    Time keep{300'000}; ///< 0: until it is pasted
    Time moment{800};
};

// What the broker wants done.

/// Ask this qube for its clipboard.
struct Ask {
    DomainId source;
    std::uint32_t serial = 0;
};
/// Ask this qube for one type of what it offered.
struct Request {
    DomainId source;
    std::uint32_t serial = 0;
    std::uint32_t mime = 0;
    bool is_image = false; ///< into the file that AskImage brought
};
/// A file for a picture, and who decodes it. Answered by handle_image_room().
struct AskImage {
    std::uint32_t serial = 0;
    std::uint32_t limit = 0; ///< bytes of the file
};
/// The qube's picture is in its file. Answered by handle_image().
struct Decode {
    std::uint32_t bytes = 0;
};
/// May this be pasted there? Answered by handle_policy().
struct AskPolicy {
    std::uint32_t serial = 0;
    transport::ClipboardType type{};
    std::string source, target;
};
/// Put this into the qube's clipboard. The only copy: it is overwritten with this object.
struct Give {
    DomainId target;
    Secret text;
};
/// Offer this picture to the qube's programs.
struct GiveImage {
    DomainId target;
    std::uint32_t serial = 0;
    Image image;
};
/// Have one qube send the files that were copied in it to another. Answered by
/// handle_files_sent(), whenever that is over.
struct SendFiles {
    std::uint32_t serial = 0;
    std::string source, target;
};
/// Tell the user.
struct Tell {
    transport::ClipboardNotice notice;
};
using Action =
    std::variant<Ask, Request, AskImage, Decode, AskPolicy, Give, GiveImage, SendFiles, Tell>;

/// The clipboard between qubes: what the user copied with the chord, until it is pasted.
///
/// Pure: events in, actions out, time as an argument. One object, replaced whole, wiped after a
/// paste and after Settings::keep. What keeps it honest (security.md S19, S20):
/// - nothing is taken or given without the user's chord;
/// - an answer counts once, with the serial of the last request, from the qube that was asked,
///   within answer_time; so does the data of a type that it offered instead;
/// - of a picture nothing is held but what was made of its pixels by a process that never saw what
///   the qube wrote (images/README.md); of files nothing is held at all, and they are gone with
///   their qube;
/// - what is given goes to one qube, never to the one it came from, and only where policy says yes;
/// - a qube that got the keyboard a moment before the chord is neither source nor target.
class Broker {
public:
    /// `random`: 32 bits that nobody can guess.
    explicit Broker(std::uint32_t (*random)()) : random_(random) {}

    // sessiond
    /// Limits: bytes of text, and of a picture (0: none).
    void set_qube(DomainId domain, std::string name, std::uint32_t limit,
                  std::uint32_t image_limit = 0);
    void remove_qube(DomainId domain, Time now);
    void handle_policy(std::uint32_t serial, bool allowed, Time now);
    /// `there`: the file and the decoder are.
    void handle_image_room(std::uint32_t serial, bool there, Time now);
    // the encoder
    void handle_image(std::uint32_t serial, transport::ImageResult const& result, Fd file,
                      Time now);
    void handle_files_sent(std::uint32_t serial, bool arrived, Time now);
    /// Whether a picture with this serial is still wanted.
    [[nodiscard]] bool awaits_image(std::uint32_t serial) const;
    // the compositor
    void set_settings(Settings const& settings) { settings_ = settings; }
    void handle_copy(DomainId source, Time focused, Time now);
    void handle_paste(DomainId target, Time focused, Time now);
    void handle_proceed(Time now);
    void handle_cancel(Time now);
    void handle_clear(Time now);
    // a guid, on the link of this qube
    void handle_record(DomainId from, transport::ClipboardRecord const& untrusted,
                       std::span<std::byte const> untrusted_payload, Time now);
    // the clock
    void handle_time(Time now);
    [[nodiscard]] std::optional<Time> deadline() const;

    [[nodiscard]] std::vector<Action> take_actions() { return std::exchange(actions_, {}); }
    /// Something waits for an answer or for the end of the moment: Escape cancels it.
    [[nodiscard]] bool pending() const { return copying_ || pasting_; }

private:
    struct Qube {
        std::string name;
        std::uint32_t limit = 0;
        std::uint32_t image_limit = 0;
    };
    struct Item {
        std::string source_name;
        DomainId source;
        Time taken;
        Secret text;
        std::optional<Image> image; ///< in place of text
        bool is_files = false;      ///< in place of both
        [[nodiscard]] Measure measure() const;
    };
    /// What is waited for.
    enum class Await : std::uint8_t { data, image_room, image_data, image };
    struct Copying {
        DomainId source;
        std::uint32_t serial = 0;
        Time until;
        Secret text;
        std::optional<std::uint32_t> mime; ///< once it offered types: the one that was asked for
        Await await = Await::data;
    };
    enum class Stage : std::uint8_t { policy, naming };
    struct Pasting {
        DomainId target;
        Stage stage = Stage::policy;
        std::uint32_t serial = 0;
        Time until; ///< of policy's answer, or of the moment
        bool at_once = false;
    };

    [[nodiscard]] Qube const* find(DomainId domain) const;
    [[nodiscard]] Time expiry() const;
    void abandon();
    void take_offer(std::span<std::byte const> untrusted, Time now);
    void take_data(transport::ClipboardRecord const& untrusted,
                   std::span<std::byte const> untrusted_payload, Time now);
    void ask_for_image(Qube const& qube, Time now);
    void take_image_data(transport::ClipboardRecord const& untrusted, Time now);
    void finish_copy(Item item, Time now);
    void drop_item();
    void lose_files();
    void refuse_data(transport::ClipboardNoticeKind why);
    void refuse_copy(transport::ClipboardNoticeKind why);
    [[nodiscard]] std::optional<transport::ClipboardNoticeKind>
    refusal(DomainId target, Qube const& qube, Time focused) const;
    void refuse_paste(transport::ClipboardNoticeKind why);
    void give();
    void send_files(Item const& item, DomainId target);
    void tell(transport::ClipboardNoticeKind kind, std::optional<DomainId> source,
              std::optional<DomainId> target, Measure const& measure = {});

    std::uint32_t (*random_)();
    Settings settings_;
    std::map<DomainId, Qube> qubes_;
    std::optional<Item> item_;
    bool expired_ = false; ///< why there is none: it was too old
    std::optional<Copying> copying_;
    std::optional<Pasting> pasting_;
    struct GivenImage {
        DomainId target;
        std::uint32_t serial = 0;
    };
    std::optional<GivenImage> given_image_; ///< that the target's guid may still refuse
    struct Sending {
        std::uint32_t serial = 0;
        DomainId source, target;
    };
    static constexpr std::size_t most_sending = 32;
    std::vector<Sending> sending_; ///< files on their way, the oldest first
    std::vector<Action> actions_;
};

} // namespace vitrail::clipboard
