#include "tests/bench/qube.hpp"

#include "lib/os/rights.hpp"
#include "lib/transport/guid_start.hpp"
#include "tests/bench/machine.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace vitrail::bench {

namespace {

[[noreturn]] void give_up(std::string const& why)
{
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(1);
}

std::pair<Fd, Fd> pair_of(int type)
{
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0)
        give_up("socketpair");
    return {Fd(ends[0]), Fd(ends[1])};
}

test::ChildProcess start_guid(int link, std::filesystem::path const& log,
                              std::vector<std::pair<std::string, std::string>> environment)
{
    auto started = test::ChildProcess::start(
        {{program("guid/vitrail-guid"), "--link-fd", std::to_string(link)},
         std::move(environment),
         log});
    if (!started)
        give_up(started.error().message());
    return std::move(*started);
}

test::GrantFiles grants_of(std::filesystem::path const& folder, std::uint32_t domain)
{
    auto made = test::GrantFiles::create(folder, domain);
    if (!made)
        give_up(made.error().message());
    return std::move(*made);
}

std::uint32_t domain_of(std::uint32_t number)
{
    return 100 + number;
}

/// The first number of /proc/PID/syscall: what it is blocked in.
bool waits_in_recvmsg(pid_t process)
{
    constexpr std::int64_t recvmsg_x86_64 = 47;
    auto const filter =
        proc_value("/proc/" + std::to_string(process) + "/status", "Seccomp:").value_or(0);
    auto const call = proc_value("/proc/" + std::to_string(process) + "/syscall", "");
    return filter == 2 && call == recvmsg_x86_64;
}

} // namespace

std::string program(std::string const& below_build)
{
    return std::string(VITRAIL_BUILD_DIR) + "/" + below_build;
}

Spare::Spare(std::filesystem::path const& log,
             std::vector<std::pair<std::string, std::string>> environment)
    : process_([&] {
          auto [ours, its] = pair_of(SOCK_SEQPACKET);
          link_ = std::move(ours);
          fcntl(its.get(), F_SETFD, 0);
          return start_guid(its.get(), log, std::move(environment));
      }())
{
    for (Nanoseconds const end = now() + 20'000'000'000; !waits_in_recvmsg(process_.pid());) {
        if (now() > end || !process_.running())
            give_up("a spare guid does not come to wait");
        ::usleep(500);
    }
}

test::ChildProcess Spare::assign(std::uint32_t domain, Fd const& vchan, Fd const& wayland,
                                 int grants, int grant_table, int broker,
                                 std::uint32_t max_clipboard)
{
    transport::GuidStart record;
    record.domain = domain;
    record.windows_count_limit = 2000;
    record.max_pixels_mib = 8192;
    record.allow_fullscreen = 1;
    record.max_clipboard_size = max_clipboard;
    record.fd_present = broker >= 0 ? 0x1f : 0xf; // no log
    record.set_name("bench");
    std::vector<int> fds{vchan.get(), wayland.get(), grants, grant_table};
    if (broker >= 0)
        fds.push_back(broker);
    if (send_with_rights(link_.get(), std::as_bytes(std::span(&record, 1)), fds) !=
        static_cast<ssize_t>(sizeof(record)))
        give_up("the start record");
    return std::move(process_);
}

Qube::Qube(Session& session, std::filesystem::path const& folder, Setup const& setup)
    : Qube(session, folder, setup, Spare(folder / "guid.log", setup.guid_environment))
{
}

Qube::Qube(Session& session, std::filesystem::path const& folder, Setup const& setup, Spare spare)
    : setup_(setup), grants_(grants_of(folder, domain_of(setup.number))), guid_([&] {
          session.set_origin(setup_.number, setup_.max_clipboard);
          Fd const wayland = session.add_client(0, setup_.number, 1);
          auto [ours, its] = pair_of(SOCK_STREAM);
          socket_ = std::move(ours);
          return spare.assign(domain_of(setup_.number), its, wayland, grants_.memory(),
                              grants_.table(), setup_.broker, setup_.max_clipboard);
      }())
{
    std::uint32_t const version = setup_.version.to_wire();
    auto const bytes = std::as_bytes(std::span(&version, 1));
    out_.assign(bytes.begin(), bytes.end());
    send();
    for (Nanoseconds const end = now() + 10'000'000'000; !shaken_;)
        if (!read(100) && now() > end)
            give_up("guid does not answer the agent");
}

Qube::~Qube()
{
    socket_.reset(); // guid ends by itself
    (void)guid_.wait(std::chrono::seconds(5));
}

Qube::Buffer Qube::make_buffer(Size size)
{
    std::size_t const count =
        static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
    std::size_t const pages = (count * 4 + wire::page_size - 1) / wire::page_size;
    Buffer buffer{++last_buffer_, grants_.grant(pages), {}, size};
    buffer.pixels = grants_.pixels(buffer.references.front(), pages).first(count);
    std::ranges::fill(buffer.pixels, 0x204060U);
    return buffer;
}

template <typename T>
void Qube::add(wire::Type type, std::uint32_t window, T const& body,
               std::span<std::uint32_t const> tail)
{
    wire::Header const header{static_cast<std::uint32_t>(type), window,
                              static_cast<std::uint32_t>(sizeof(T) + tail.size_bytes())};
    auto const append = [this](auto bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); };
    append(std::as_bytes(std::span(&header, 1)));
    append(std::as_bytes(std::span(&body, 1)));
    append(std::as_bytes(tail));
}

void Qube::create(std::uint32_t window, Rect const& place)
{
    add(wire::Type::create, window,
        wire::Create{place.x, place.y, static_cast<std::uint32_t>(place.width),
                     static_cast<std::uint32_t>(place.height), 0, 0});
}

void Qube::map(std::uint32_t window)
{
    add(wire::Type::map, window, wire::Map{0, 0});
}

void Qube::register_buffer(std::uint32_t window, Buffer const& buffer)
{
    auto const width = static_cast<std::uint32_t>(buffer.size.width);
    add(wire::Type::x_buffer, window,
        wire::XBuffer{buffer.number, width, static_cast<std::uint32_t>(buffer.size.height),
                      width * 4, 0},
        buffer.references);
}

void Qube::commit(std::uint32_t window, Buffer const& buffer, Rect const& damage)
{
    std::array<std::uint32_t, 4> const rectangle{
        static_cast<std::uint32_t>(damage.x), static_cast<std::uint32_t>(damage.y),
        static_cast<std::uint32_t>(damage.width), static_cast<std::uint32_t>(damage.height)};
    add(wire::Type::x_commit, window,
        wire::XCommit{buffer.number, 0, static_cast<std::uint32_t>(buffer.size.width),
                      static_cast<std::uint32_t>(buffer.size.height)},
        rectangle);
}

void Qube::dump(std::uint32_t window, Buffer const& buffer)
{
    add(wire::Type::window_dump, window,
        wire::WindowDump{0, static_cast<std::uint32_t>(buffer.size.width),
                         static_cast<std::uint32_t>(buffer.size.height), 24},
        buffer.references);
}

void Qube::damage(std::uint32_t window, Rect const& damage)
{
    add(wire::Type::shmimage, window,
        wire::ShmImage{damage.x, damage.y, static_cast<std::uint32_t>(damage.width),
                       static_cast<std::uint32_t>(damage.height)});
}

void Qube::destroy(std::uint32_t window)
{
    wire::build_raw(out_, static_cast<std::uint32_t>(wire::Type::destroy), window, {});
}

void Qube::send()
{
    std::size_t done = 0;
    while (done < out_.size()) {
        ssize_t const count =
            ::send(socket_.get(), out_.data() + done, out_.size() - done, MSG_NOSIGNAL);
        if (count <= 0)
            give_up("guid went away; see its log");
        done += static_cast<std::size_t>(count);
    }
    sent_bytes_ += out_.size();
    out_.clear();
}

bool Qube::read(int milliseconds)
{
    // A blocking read with a limit: one system call in the usual case.
    timeval const limit{milliseconds / 1000, (milliseconds % 1000) * 1000};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::array<std::byte, 65536> chunk;
    ssize_t const count = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (count <= 0)
        return false;
    read_at_ = now();
    in_.insert(in_.end(), chunk.begin(), chunk.begin() + count);
    std::size_t at = 0;
    if (!shaken_) {
        if (in_.size() < sizeof(std::uint32_t) + sizeof(wire::XConf))
            return true;
        at = sizeof(std::uint32_t) + sizeof(wire::XConf);
        shaken_ = true;
    }
    for (wire::Header header{}; in_.size() - at >= sizeof header;) {
        std::memcpy(&header, in_.data() + at, sizeof header);
        if (in_.size() - at < sizeof header + header.length)
            break;
        auto const body = in_.begin() + static_cast<std::ptrdiff_t>(at + sizeof header);
        received_.push_back({header, {body, body + header.length}});
        at += sizeof header + header.length;
    }
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
}

bool Qube::wait_for_count(wire::Type type, std::size_t count)
{
    auto const there = [&] {
        return static_cast<std::size_t>(std::ranges::count_if(
                   received_, [type](auto const& m) { return m.type() == type; })) >= count;
    };
    for (Nanoseconds const end = now() + 5'000'000'000; !there();)
        if (!read(1000) && now() > end)
            return false;
    return true;
}

bool Qube::wait_for(wire::Type type)
{
    return wait_for_count(type, 1);
}

bool Qube::open(std::uint32_t window, Size size, std::span<Buffer> buffers)
{
    create(window, {0, 0, size.width, size.height});
    if (extended()) {
        for (Buffer const& buffer : buffers)
            register_buffer(window, buffer);
        commit(window, buffers.front(), {0, 0, size.width, size.height});
        map(window);
    } else {
        map(window);
        dump(window, buffers.front());
        damage(window, {0, 0, size.width, size.height});
    }
    forget();
    send();
    bool const shown =
        wait_for(extended() ? wire::Type::x_frame_done : wire::Type::window_dump_ack);
    forget();
    return shown;
}

} // namespace vitrail::bench
