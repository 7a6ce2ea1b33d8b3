#include "tests/support/fake_agent.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <string>

namespace vitrail::test {
namespace {

constexpr std::size_t reference_limit = std::size_t{1} << 21;
constexpr std::uint32_t granted_to_domain_0 = 0x80000000;

template <typename T> std::span<std::byte const> bytes_of(T const& value)
{
    return std::as_bytes(std::span(&value, 1));
}

/// Takes a T from the front, if it is all there.
template <typename T> bool take(std::vector<std::byte>& from, T& into)
{
    if (from.size() < sizeof(T))
        return false;
    std::memcpy(&into, from.data(), sizeof(T));
    from.erase(from.begin(), from.begin() + sizeof(T));
    return true;
}

} // namespace

Result<GrantFiles> GrantFiles::create(std::filesystem::path const& folder, std::uint32_t domain)
{
    GrantFiles files;
    auto const stem = folder / ("dom" + std::to_string(domain));
    constexpr int how = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
    files.memory_.reset(::open((stem.string() + ".mem").c_str(), how, 0644));
    files.table_.reset(::open((stem.string() + ".tab").c_str(), how, 0644));
    if (!files.memory_ || !files.table_)
        return errno_error(stem.string());
    if (ftruncate(files.memory_.get(), off_t{reference_limit} * wire::page_size) != 0 ||
        ftruncate(files.table_.get(), off_t{reference_limit} * 4) != 0)
        return errno_error("ftruncate of the grant files");
    void* const address = mmap(nullptr, reference_limit * wire::page_size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_NORESERVE, files.memory_.get(), 0);
    if (address == MAP_FAILED)
        return errno_error("mmap of the grant file");
    files.address_ = static_cast<std::byte*>(address);
    return files;
}

std::vector<std::uint32_t> GrantFiles::grant(std::size_t pages)
{
    std::vector<std::uint32_t> references(pages);
    for (std::uint32_t& reference : references)
        reference = next_++;
    std::vector<std::uint32_t> const entries(pages, granted_to_domain_0);
    (void)!pwrite(table_.get(), entries.data(), pages * 4, off_t{references.front()} * 4);
    return references;
}

void GrantFiles::grant_these(std::span<std::uint32_t const> references)
{
    for (std::uint32_t const reference : references)
        (void)!pwrite(table_.get(), &granted_to_domain_0, 4, off_t{reference} * 4);
}

void GrantFiles::write(std::span<std::uint32_t const> references,
                       std::span<std::uint32_t const> pixels)
{
    for (std::uint32_t const reference : references) {
        auto const piece = pixels.first(std::min<std::size_t>(pixels.size(), wire::page_size / 4));
        std::memcpy(address_ + std::size_t{reference} * wire::page_size, piece.data(),
                    piece.size_bytes());
        pixels = pixels.subspan(piece.size());
    }
}

std::span<std::uint32_t> GrantFiles::pixels(std::uint32_t first_reference, std::size_t pages)
{
    void* const start = address_ + std::size_t{first_reference} * wire::page_size;
    return {static_cast<std::uint32_t*>(start), pages * wire::page_size / 4};
}

FakeAgent::FakeAgent(Setup setup, GrantFiles grants)
    : setup_(std::move(setup)), grants_(std::move(grants))
{
}

Result<std::unique_ptr<FakeAgent>> FakeAgent::create(Setup const& setup)
{
    GrantFiles grants = TRY(GrantFiles::create(setup.grant_folder, setup.domain));
    std::unique_ptr<FakeAgent> agent(new FakeAgent(setup, std::move(grants)));
    TRY_VOID(agent->listen());
    return agent;
}

Result<std::unique_ptr<FakeAgent>> FakeAgent::adopt(Setup const& setup, Fd socket)
{
    GrantFiles grants = TRY(GrantFiles::create(setup.grant_folder, setup.domain));
    std::unique_ptr<FakeAgent> agent(new FakeAgent(setup, std::move(grants)));
    agent->socket_ = std::move(socket);
    agent->begin();
    return agent;
}

Result<> FakeAgent::listen()
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const path =
        setup_.vchan_folder / ("vchan." + std::to_string(setup_.domain) + ".0.6000.sock");
    if (path.native().size() >= sizeof(address.sun_path))
        return error(path.string() + ": too long for a socket");
    std::ranges::copy(path.native(), address.sun_path);
    ::unlink(path.c_str());
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    void const* const raw = &address;
    if (!listener_ ||
        ::bind(listener_.get(), static_cast<sockaddr const*>(raw), sizeof(address)) != 0 ||
        ::listen(listener_.get(), 1) != 0)
        return errno_error(path.string());
    return {};
}

void FakeAgent::begin()
{
    ++connections;
    handshaken_ = false;
    dropped_ = false;
    in_.clear();
    out_.clear();
    exchanged.clear();
    std::uint32_t const version = setup_.version.to_wire();
    send_bytes(bytes_of(version));
}

void FakeAgent::disconnect()
{
    socket_.reset();
    handshaken_ = false;
}

void FakeAgent::pump()
{
    if (!socket_ && listener_) {
        socket_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (socket_)
            begin();
    }
    if (!socket_)
        return;
    flush();
    std::array<std::byte, 65536> chunk;
    for (;;) {
        ssize_t const count = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
        if (count > 0) {
            in_.insert(in_.end(), chunk.begin(), chunk.begin() + count);
            continue;
        }
        if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            dropped_ = true;
            disconnect();
        }
        break;
    }
    take_bytes();
}

void FakeAgent::wait_and_pump(std::chrono::milliseconds at_most)
{
    short const events = out_.empty() ? POLLIN : POLLIN | POLLOUT;
    pollfd ready{socket_ ? socket_.get() : listener_.get(), events, 0};
    ::poll(&ready, 1, static_cast<int>(at_most.count()));
    pump();
}

bool FakeAgent::pump_until(std::function<bool()> const& condition, std::chrono::seconds deadline)
{
    auto const end = std::chrono::steady_clock::now() + deadline;
    pump();
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end || dropped_)
            return condition();
        wait_and_pump(std::chrono::milliseconds(100));
    }
    return true;
}

void FakeAgent::take_bytes()
{
    if (!handshaken_) {
        if (in_.size() < sizeof(std::uint32_t) + sizeof(wire::XConf))
            return;
        std::uint32_t version = 0;
        take(in_, version);
        take(in_, xconf);
        daemon_version = wire::ProtocolVersion::from_wire(version);
        handshaken_ = true;
    }
    wire::Header header{};
    while (in_.size() >= sizeof(header)) {
        std::memcpy(&header, in_.data(), sizeof(header));
        std::size_t const whole = sizeof(header) + header.length;
        if (in_.size() < whole)
            return;
        Received message{
            header,
            {in_.begin() + sizeof(header), in_.begin() + static_cast<std::ptrdiff_t>(whole)}};
        in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(whole));
        exchanged.push_back({true, message});
        handle(message);
        received.push_back(std::move(message));
    }
}

void FakeAgent::handle(Received const& message)
{
    auto const window = windows_.find(message.header.window);
    if (message.type() != wire::Type::configure || window == windows_.end() || !answers_configure)
        return;
    auto const where = message.as<wire::Configure>();
    Shape& shape = window->second.shape;
    bool const resized = shape.width != where.width || shape.height != where.height;
    shape.x = where.x;
    shape.y = where.y;
    shape.width = where.width;
    shape.height = where.height;
    configure(message.header.window,
              {where.x, where.y, static_cast<int>(where.width), static_cast<int>(where.height)});
    if (resized && window->second.pages != 0)
        paint(message.header.window, where.width, where.height, shape.color);
}

void FakeAgent::flush()
{
    while (!out_.empty()) {
        ssize_t const count =
            ::send(socket_.get(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count <= 0)
            return;
        out_.erase(out_.begin(), out_.begin() + count);
    }
}

void FakeAgent::send_bytes(std::span<std::byte const> bytes)
{
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    if (socket_)
        flush();
}

void FakeAgent::send_raw(std::uint32_t type, std::uint32_t window, std::span<std::byte const> body)
{
    wire::Header const header{type, window, static_cast<std::uint32_t>(body.size())};
    exchanged.push_back({false, {header, {body.begin(), body.end()}}});
    send_bytes(bytes_of(header));
    send_bytes(body);
}

void FakeAgent::open(std::uint32_t window, Shape const& shape, std::string_view text)
{
    create(window, shape);
    title(window, text);
    map(window, shape.parent, shape.override_redirect);
    paint(window, shape.width, shape.height, shape.color);
}

void FakeAgent::create(std::uint32_t window, Shape const& shape)
{
    windows_[window] = Window{shape, 0, 0};
    send(wire::Type::create, window,
         wire::Create{shape.x, shape.y, shape.width, shape.height, shape.parent,
                      shape.override_redirect ? 1u : 0u});
}

void FakeAgent::map(std::uint32_t window, std::uint32_t transient_for, bool override_redirect)
{
    send(wire::Type::map, window, wire::Map{transient_for, override_redirect ? 1u : 0u});
}

void FakeAgent::title(std::uint32_t window, std::string_view bytes)
{
    wire::WmName name{};
    std::memcpy(name.data, bytes.data(), std::min(bytes.size(), sizeof(name.data)));
    send(wire::Type::wmname, window, name);
}

void FakeAgent::configure(std::uint32_t window, Rect const& where)
{
    send(wire::Type::configure, window,
         wire::Configure{where.x, where.y, static_cast<std::uint32_t>(where.width),
                         static_cast<std::uint32_t>(where.height),
                         windows_[window].shape.override_redirect ? 1u : 0u});
}

void FakeAgent::flags(std::uint32_t window, std::uint32_t set, std::uint32_t unset)
{
    send(wire::Type::window_flags, window, wire::WindowFlags{set, unset});
}

void FakeAgent::cursor(std::uint32_t window, std::uint32_t number)
{
    send(wire::Type::cursor, window, wire::Cursor{number});
}

void FakeAgent::damage(std::uint32_t window, Rect const& what)
{
    send(wire::Type::shmimage, window,
         wire::ShmImage{what.x, what.y, static_cast<std::uint32_t>(what.width),
                        static_cast<std::uint32_t>(what.height)});
}

void FakeAgent::paint(std::uint32_t window, std::uint32_t width, std::uint32_t height,
                      std::uint32_t color)
{
    std::size_t const bytes = std::size_t{width} * height * 4;
    auto const references = grants_.grant((bytes + wire::page_size - 1) / wire::page_size);
    Window& entry = windows_[window];
    entry.first_reference = references.front();
    entry.pages = references.size();
    entry.shape.color = color;
    std::ranges::fill(pixels(window).first(std::size_t{width} * height), color);
    send(wire::Type::window_dump, window, wire::WindowDump{0, width, height, 24}, references);
    damage(window, {0, 0, static_cast<int>(width), static_cast<int>(height)});
}

std::span<std::uint32_t> FakeAgent::pixels(std::uint32_t window)
{
    Window const& entry = windows_[window];
    return grants_.pixels(entry.first_reference, entry.pages);
}

std::vector<Received> FakeAgent::all(wire::Type type) const
{
    std::vector<Received> found;
    std::ranges::copy_if(received, std::back_inserter(found),
                         [&](Received const& message) { return message.type() == type; });
    return found;
}

Rect FakeAgent::geometry(std::uint32_t window) const
{
    auto const found = windows_.find(window);
    if (found == windows_.end())
        return {};
    Shape const& shape = found->second.shape;
    return {shape.x, shape.y, static_cast<int>(shape.width), static_cast<int>(shape.height)};
}

} // namespace vitrail::test
