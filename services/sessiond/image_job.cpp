#include "services/sessiond/image_job.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/log_sink.hpp"
#include "lib/os/pipe.hpp"
#include "lib/transport/image_job.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <csignal>

namespace vitrail::session {
namespace {

/// More than the broker waits for the qube and for the decoder together.
constexpr std::chrono::seconds longest{25};

struct SizedFile {
    Fd writer, reader;
};

/// Memory of exactly this size, and two ways to it of which none can do what the other can.
Result<SizedFile> make_sized_file(std::uint32_t bytes)
{
    Fd const memory(memfd_create("clipboard-image", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory || ftruncate(memory.get(), bytes) != 0 ||
        fcntl(memory.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return errno_error("memory for a picture");
    std::string const path = "/proc/self/fd/" + std::to_string(memory.get());
    SizedFile file{Fd(open(path.c_str(), O_WRONLY | O_CLOEXEC)),
                   Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC))};
    if (!file.writer || !file.reader)
        return errno_error("memory for a picture");
    return file;
}

struct BrokerLink {
    Fd brokers, workers;
};

/// The worker's end waits: it has nothing else to do.
Result<BrokerLink> make_broker_link()
{
    auto [brokers, workers] = TRY(socket_pair(SOCK_SEQPACKET));
    if (fcntl(workers.get(), F_SETFL, 0) != 0)
        return errno_error("a picture's connection");
    return BrokerLink{std::move(brokers), std::move(workers)};
}

Result<Process> start_worker(std::string const& program, Fd const& log,
                             std::array<int, 3> const& descriptors)
{
    return Process::start({.arguments = {program},
                           .environment = {},
                           .descriptors = {{descriptors[0], 3},
                                           {descriptors[1], 4},
                                           {descriptors[2], 5},
                                           {log.get(), 1},
                                           {log.get(), 2}},
                           .new_session = false});
}

} // namespace

Result<std::unique_ptr<ImageJob>> ImageJob::start(wl_event_loop* loop, Programs const& programs,
                                                  std::uint32_t limit, Ends& ends)
{
    SizedFile original = TRY(make_sized_file(limit));
    SizedFile encoded = TRY(make_sized_file(limit * transport::image_growth));
    BrokerLink decoder = TRY(make_broker_link());
    BrokerLink encoder = TRY(make_broker_link());
    Pipe const pixels = TRY(make_pipe());
    Fd const log = TRY(open_log(programs.log));
    std::unique_ptr<ImageJob> job(new ImageJob(loop));
    job->decoder_ =
        TRY(start_worker(programs.decoder, log,
                         {original.reader.get(), decoder.workers.get(), pixels.writer.get()}));
    job->decoder_source_.emplace(loop, *job, job->decoder_.pidfd(), WL_EVENT_READABLE);
    job->encoder_ = TRY(start_worker(
        programs.encoder, log, {pixels.reader.get(), encoded.writer.get(), encoder.workers.get()}));
    job->encoder_source_.emplace(loop, *job, job->encoder_.pidfd(), WL_EVENT_READABLE);
    job->timer_.arm(longest);
    ends = {std::move(original.writer), std::move(decoder.brokers), std::move(encoder.brokers),
            std::move(encoded.reader)};
    return job;
}

ImageJob::~ImageJob()
{
    handle_time();
    if (decoder_source_)
        decoder_.reap();
    if (encoder_source_)
        encoder_.reap();
}

void ImageJob::handle_time()
{
    if (decoder_source_)
        decoder_.signal(SIGKILL);
    if (encoder_source_)
        encoder_.signal(SIGKILL);
}

} // namespace vitrail::session
