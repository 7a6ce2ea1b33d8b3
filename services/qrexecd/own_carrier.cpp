#include "services/qrexecd/own_carrier.hpp"

#include "lib/call/call_end.hpp"
#include "lib/os/sandbox.hpp"
#include "lib/transport/pipe_channel.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace vitrail::qrexecd {
namespace {

class Carrier {
public:
    Carrier()
        : end_(loop_.get(),
               std::make_unique<transport::PipeChannel>(
                   transport::PipeEnds{Fd(CarrierFd::from_caller), Fd(CarrierFd::to_caller)}),
               call::Side::service,
               {.input = Fd(CarrierFd::from_service),
                .output = Fd(CarrierFd::to_service),
                .errors = {},
                .may_move = false},
               [this](call::Outcome const& outcome) { handle_end(outcome); }),
          exit_source_(std::in_place, loop_.get(), *this, exit_.get(), WL_EVENT_READABLE)
    {
    }
    int run()
    {
        loop_.run();
        return status_;
    }
    void handle_exit(std::uint32_t)
    {
        unsigned char code = 0;
        ssize_t const got = read(exit_.get(), &code, sizeof code);
        if (got < 0)
            return;
        exit_source_.reset();
        if (got == 0)
            end_.set_exit_at_end(0, false); // no program of ours: it ends with what it says
        else
            end_.set_exit(code);
    }

private:
    void handle_end(call::Outcome const& outcome)
    {
        if (outcome.violation)
            std::fprintf(stderr, "vitrail-qrexecd: a caller: %s\n",
                         outcome.violation->describe().c_str());
        status_ = outcome.violation ? 1 : 0;
        loop_.stop();
    }

    EventLoop loop_;
    int status_ = 0;
    Fd exit_{CarrierFd::exit_code};
    call::CallEnd end_;
    std::optional<FdSource<&Carrier::handle_exit>> exit_source_;
};

} // namespace

int carry_own_service()
{
    Carrier carrier; // opens what the loop needs
    if (auto const missing = enter_pipe_sandbox(); !missing) {
        std::fprintf(stderr, "vitrail-qrexecd: %s\n", missing.error().message().c_str());
        return 1;
    }
    return carrier.run();
}

} // namespace vitrail::qrexecd
