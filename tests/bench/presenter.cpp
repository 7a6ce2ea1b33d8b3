#include "tests/bench/presenter.hpp"

#include "tests/bench/machine.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace vitrail::bench {

namespace {

[[noreturn]] void give_up(std::string const& why)
{
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(1);
}

class QubePresenter final : public Presenter {
public:
    QubePresenter(Stage& stage, std::filesystem::path const& folder, Size size,
                  wire::ProtocolVersion version)
        : stage_(stage), qube_(stage.session(), folder, {1, version, {}})
    {
        for (auto& buffer : buffers_)
            buffer = qube_.make_buffer(size);
        if (!qube_.open(window, size, buffers_))
            give_up("the qube's window is not shown");
    }
    std::span<std::uint32_t> pixels() override { return buffers_[next_].pixels; }
    void show(Rect const& damage) override
    {
        qube_.forget();
        if (qube_.extended()) {
            qube_.commit(window, buffers_[next_], damage);
            next_ = 1 - next_;
        } else {
            qube_.damage(window, damage); // such agents draw into the one buffer they have
        }
        qube_.send();
    }
    bool wait() override
    {
        return qube_.extended() ? qube_.wait_for(wire::Type::x_frame_done) : stage_.wait_seen();
    }
    Nanoseconds cpu_time() override { return bench::cpu_time(qube_.guid()); }
    std::optional<pid_t> guid() const override { return qube_.guid(); }

private:
    static constexpr std::uint32_t window = 1;
    Stage& stage_;
    Qube qube_;
    std::array<Qube::Buffer, 2> buffers_;
    std::size_t next_ = 0;
};

class ClientPresenter : public Presenter {
public:
    ClientPresenter(Fd connection, Size size)
        : client_(ShmClient::open(std::move(connection), size))
    {
        if (!client_)
            give_up("the client's window is not shown");
    }
    std::span<std::uint32_t> pixels() override { return client_->pixels(); }
    void show(Rect const& damage) override { client_->commit(damage); }
    bool wait() override { return client_->wait_frame(); }
    Nanoseconds cpu_time() override { return 0; }

private:
    std::unique_ptr<ShmClient> client_;
};

/// waypipe's two ends on this machine, its stream over a Unix socket.
class Waypipe {
public:
    Waypipe(Stage& stage, std::filesystem::path const& folder, std::string const& compression)
        : socket_(folder / "application")
    {
        std::string const stream = folder / "stream";
        std::vector<std::string> const common{"waypipe",   "--no-gpu", "--compress",
                                              compression, "--socket", stream};
        auto const with = [&](std::vector<std::string> const& more) {
            std::vector<std::string> all = common;
            all.insert(all.end(), more.begin(), more.end());
            return all;
        };
        std::vector<std::pair<std::string, std::string>> const display{
            {"WAYLAND_DISPLAY", stage.public_socket()}};
        start({with({"client"}), display, folder / "waypipe.log"});
        wait_for(stream);
        start({with({"--display", socket_, "server", "--", "sleep", "3600"}), display,
               folder / "waypipe.log"});
        wait_for(socket_);
    }
    [[nodiscard]] Fd connect() const
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket_.copy(address.sun_path, sizeof address.sun_path - 1);
        Fd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        void const* const raw = &address;
        if (::connect(made.get(), static_cast<sockaddr const*>(raw), sizeof address) != 0)
            give_up("waypipe's socket refuses");
        return made;
    }
    [[nodiscard]] Nanoseconds cpu_time() const
    {
        Nanoseconds sum = 0;
        for (auto const& one : processes_) {
            sum += bench::cpu_time(one.pid());
            for (pid_t const below : test::descendants(one.pid()))
                sum += bench::cpu_time(below);
        }
        return sum;
    }

private:
    void start(test::Command const& command)
    {
        auto made = test::ChildProcess::start(command);
        if (!made)
            give_up(made.error().message());
        processes_.push_back(std::move(*made));
    }
    static void wait_for(std::filesystem::path const& socket)
    {
        for (Nanoseconds const end = now() + 10'000'000'000; !std::filesystem::exists(socket);
             ::usleep(2000))
            if (now() > end)
                give_up("waypipe makes no socket");
    }
    std::string socket_;
    std::vector<test::ChildProcess> processes_;
};

class WaypipePresenter final : public Presenter {
public:
    WaypipePresenter(Stage& stage, std::filesystem::path const& folder, Size size,
                     std::string const& compression)
        : pipe_(stage, folder, compression), client_(pipe_.connect(), size)
    {
    }
    std::span<std::uint32_t> pixels() override { return client_.pixels(); }
    void show(Rect const& damage) override { client_.show(damage); }
    bool wait() override { return client_.wait(); }
    Nanoseconds cpu_time() override { return pipe_.cpu_time(); }

private:
    Waypipe pipe_;
    ClientPresenter client_;
};

constexpr char const* names[] = {"ours", "ours 1.8", "direct", "waypipe none", "waypipe lz4"};

} // namespace

Size output_for(Size window)
{
    return {window.width + 200, window.height + 200};
}

Peer::Peer(Kind kind, Size window, std::filesystem::path const& folder)
    : name(names[static_cast<int>(kind)]), size(window)
{
    std::string place = name;
    std::ranges::replace(place, ' ', '-');
    std::filesystem::path const own =
        folder / (place + "-" + std::to_string(window.width) + "x" + std::to_string(window.height));
    std::filesystem::create_directories(own);
    stage = std::make_unique<Stage>(output_for(window));
    switch (kind) {
    case Kind::ours:
    case Kind::ours_1_8:
        presenter = std::make_unique<QubePresenter>(
            *stage, own, window, kind == Kind::ours ? wire::version_extended : wire::version_1_8);
        break;
    case Kind::direct: {
        constexpr std::uint32_t tier_session = 2;
        presenter =
            std::make_unique<ClientPresenter>(stage->session().add_client(tier_session), window);
        break;
    }
    case Kind::waypipe_none:
    case Kind::waypipe_lz4:
        presenter = std::make_unique<WaypipePresenter>(*stage, own, window,
                                                       kind == Kind::waypipe_none ? "none" : "lz4");
    }
    if (!stage->watch(window))
        give_up(name + ": no window of this size on the output");
}

std::optional<Peer::Times> Peer::show(Rect const& damage)
{
    color_ = (color_ * 1664525U + 1013904223U) & 0xffffffU;
    std::span<std::uint32_t> const pixels = presenter->pixels();
    if ((pixels[0] & 0xffffffU) == color_)
        color_ ^= 1;
    pixels[0] = color_;
    stage->expect(color_);
    Nanoseconds const start = now();
    presenter->show(damage);
    if (!presenter->wait() || stage->seen() == 0 || stage->committed() == 0)
        return std::nullopt;
    return Times{static_cast<double>(stage->committed() - start) / 1000,
                 static_cast<double>(stage->seen() - start) / 1000};
}

Painter::Painter(Content content, Size size)
{
    if (content == Content::pixel)
        return;
    std::minstd_rand random(7);
    auto const width = static_cast<std::size_t>(size.width);
    for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
        frames_[frame].resize(width * static_cast<std::size_t>(size.height));
        if (content == Content::noise) {
            for (std::uint32_t& pixel : frames_[frame])
                pixel = static_cast<std::uint32_t>(random());
            continue;
        }
        // Lines of 16 pixels: runs of ink and paper, as glyphs have them; the second frame is the
        // first scrolled by a line.
        std::minstd_rand glyphs(11);
        std::vector<std::uint32_t> ink(frames_[frame].size() + 16 * width);
        for (std::size_t i = 0; i < ink.size();) {
            bool const between = i / width % 16 > 11;
            std::size_t const run = 1 + glyphs() % (between ? 64 : 7);
            std::uint32_t const shade = between || glyphs() % 3 != 0 ? 0xffffff : 0x101010;
            for (std::size_t end = std::min(i + run, ink.size()); i < end; ++i)
                ink[i] = shade;
        }
        std::ranges::copy(std::span(ink).subspan(frame * 16 * width, frames_[frame].size()),
                          frames_[frame].begin());
    }
}

void Painter::paint(std::span<std::uint32_t> pixels)
{
    std::vector<std::uint32_t> const& frame = frames_[turn_];
    turn_ = 1 - turn_;
    if (!frame.empty())
        copy_plain(pixels, frame);
}

} // namespace vitrail::bench
