#pragma once

#include "clipboard/broker.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/transport/clipboard_port.hpp"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace vitrail::clipboard {

/// The broker's sockets: what comes becomes events of the broker, what it wants done goes out.
class Service {
public:
    /// `control`: the link to sessiond, with whose end this ends.
    Service(EventLoop& loop, Fd control);
    Service(Service const&) = delete;
    Service& operator=(Service const&) = delete;

private:
    /// The link to one qube's guid. Its end is that qube's affair: it has no clipboard until
    /// sessiond sends another.
    class QubeLink {
    public:
        QubeLink(Service& service, DomainId domain, Fd link);
        void give(Secret const& text);
        void ask(std::uint32_t serial);
        void give(GiveImage image);
        /// `file`: where the data is to go, else over this link.
        void request(Request const& request, Fd file);

    private:
        void handle_ready(std::uint32_t ready);
        void settle();

        static constexpr int records_a_turn = 9;

        Service& service_;
        DomainId domain_;
        transport::ClipboardPort port_;
        bool writing_ = false; ///< the source waits for room as well
        std::optional<FdSource<&QubeLink::handle_ready>> source_;
    };
    void handle_encoder(std::uint32_t ready);
    /// One picture on its way through the decoder, from when sessiond made it possible.
    struct ImageJob {
        std::uint32_t serial;
        Fd original; ///< until the guid has it
        Fd decoder, encoder;
        Fd encoded;
        std::optional<FdSource<&Service::handle_encoder>> source;
    };
    void handle_control(std::uint32_t ready);
    void start_image(std::uint32_t serial, std::vector<Fd> descriptors);
    void handle_compositor(std::uint32_t ready);
    void handle_timer();
    void set_compositor(Fd link);
    void follow(transport::ClipboardOrder const& order, std::vector<Fd> descriptors);
    void follow(transport::ClipboardChord const& chord);
    /// After every event: does what the broker wants, and sets the clock.
    void settle();
    void perform(Action& action);

    EventLoop& loop_;
    Fd control_;
    Broker broker_;
    std::map<DomainId, std::unique_ptr<QubeLink>> qubes_;
    Fd compositor_;
    std::optional<FdSource<&Service::handle_compositor>> compositor_source_; ///< while it is there
    /// One buffer for what every guid sends, overwritten after each record.
    transport::ClipboardPort::Received received_;
    std::unique_ptr<ImageJob> image_; ///< none: no picture is on its way
    std::optional<Time> deadline_;    ///< what the timer is armed for
    Timer<&Service::handle_timer> timer_;
    FdSource<&Service::handle_control> control_source_;
};

} // namespace vitrail::clipboard
