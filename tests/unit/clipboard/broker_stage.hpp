#pragma once

#include "clipboard/broker.hpp"

#include <string>
#include <string_view>

namespace vitrail::test {

inline constexpr DomainId work{1}, personal{2}, vault{3};

inline std::string text_of(Secret const& secret)
{
    return {reinterpret_cast<char const*>(secret.bytes().data()), secret.size()};
}
inline std::span<std::byte const> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

/// A broker with a person, three qubes and a policy at its ends.
class BrokerStage {
public:
    BrokerStage()
    {
        broker.set_qube(work, "work", 64000, image_limit);
        broker.set_qube(personal, "personal", 64000, image_limit);
        broker.set_qube(vault, "vault", 64000, image_limit);
    }
    using Kind = transport::ClipboardNoticeKind;
    static constexpr clipboard::Time long_enough{300};
    static constexpr std::uint32_t image_limit = 1000;

    static std::uint32_t next_serial()
    {
        static std::uint32_t last = 100;
        return ++last;
    }

    /// Sorts what the broker wants done; true when there was anything.
    void take()
    {
        for (auto& action : broker.take_actions()) {
            if (auto* const ask = std::get_if<clipboard::Ask>(&action))
                asked.push_back(*ask);
            else if (auto* const request = std::get_if<clipboard::Request>(&action))
                requests.push_back(*request);
            else if (auto* const policy = std::get_if<clipboard::AskPolicy>(&action))
                questions.push_back(*policy);
            else if (auto* const give = std::get_if<clipboard::Give>(&action))
                given.emplace_back(give->target, text_of(give->text));
            else if (auto* const give_image = std::get_if<clipboard::GiveImage>(&action))
                given_images.push_back(std::move(*give_image));
            else if (auto* const files = std::get_if<clipboard::SendFiles>(&action))
                sent_files.push_back(*files);
            else if (auto* const room = std::get_if<clipboard::AskImage>(&action))
                rooms.push_back(*room);
            else if (auto* const decode = std::get_if<clipboard::Decode>(&action))
                decoded.push_back(decode->bytes);
            else
                notices.push_back(std::get<clipboard::Tell>(action).notice);
        }
    }
    /// What the user was told last.
    [[nodiscard]] Kind told()
    {
        take();
        return notices.empty() ? Kind{} : notices.back().kind;
    }
    std::uint32_t chord_copy(DomainId source, clipboard::Time focused = long_enough)
    {
        broker.handle_copy(source, focused, now);
        take();
        return asked.empty() ? 0 : asked.back().serial;
    }
    void answer(DomainId from, std::uint32_t serial, std::string_view text,
                std::uint32_t flags = transport::clipboard_flag_last,
                transport::ClipboardRecordKind kind = transport::ClipboardRecordKind::copy_data)
    {
        broker.handle_record(from, {kind, serial, 0, flags}, bytes_of(text), now);
        take();
    }
    void copy(DomainId source, std::string_view text) { answer(source, chord_copy(source), text); }
    void chord_paste(DomainId target, clipboard::Time focused = long_enough)
    {
        broker.handle_paste(target, focused, now);
        take();
    }
    void decide(bool allowed)
    {
        broker.handle_policy(questions.empty() ? 0 : questions.back().serial, allowed, now);
        take();
    }
    void wait(clipboard::Time time)
    {
        now += time;
        broker.handle_time(now);
        take();
    }
    void paste(DomainId target)
    {
        chord_paste(target);
        decide(true);
        broker.handle_proceed(now);
        take();
    }
    [[nodiscard]] transport::ClipboardNotice const& notice() const { return notices.back(); }

    clipboard::Broker broker{next_serial};
    clipboard::Time now{5000};
    std::vector<clipboard::Ask> asked;
    std::vector<clipboard::Request> requests;
    std::vector<clipboard::AskPolicy> questions;
    std::vector<std::pair<DomainId, std::string>> given;
    std::vector<clipboard::GiveImage> given_images;
    std::vector<clipboard::SendFiles> sent_files;
    std::vector<clipboard::AskImage> rooms; ///< for pictures
    std::vector<std::uint32_t> decoded;     ///< bytes
    std::vector<transport::ClipboardNotice> notices;
};

} // namespace vitrail::test
