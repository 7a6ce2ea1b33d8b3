#include "tests/fuzz/harness.hpp"
#include "tests/unit/guid/recording_port.hpp"

/// A whole session of guid: an agent's bytes in pieces, with the compositor's events in between,
/// as the input has them. The first byte says how large the pieces are.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace vitrail;
    if (size < 2)
        return 0;
    std::size_t const piece = data[0] % 200U + 1U;
    test::Bench bench;
    auto bytes = fuzz::bytes_of(data + 1, size - 1);
    std::uint32_t serial = 1;
    while (!bytes.empty() && !bench.ended) {
        auto const part = bytes.first(std::min(piece, bytes.size()));
        bytes = bytes.subspan(part.size());
        bench.give(part);
        bench.turn();
        bench.time += std::chrono::milliseconds(3);
        // What the compositor says next is in the bytes too.
        auto const byte = [&](std::size_t i) {
            return static_cast<std::uint32_t>(part[i % part.size()]);
        };
        WindowId const window{byte(0) % 8U};
        switch (byte(1) % 9U) {
        case 0:
            bench.session.handle_configure(window,
                                           {serial++,
                                            {static_cast<int>(byte(2)), static_cast<int>(byte(3)),
                                             static_cast<int>(byte(4)), static_cast<int>(byte(5))},
                                            byte(6),
                                            byte(7)});
            break;
        case 1: bench.session.handle_frame(window, byte(2)); break;
        case 2: bench.session.handle_close(window); break;
        case 3: bench.session.handle_docked(window); break;
        case 4: bench.session.handle_visibility(window, byte(2) % 2U == 0); break;
        case 5: bench.session.handle_pointer_enter(window, 256, 512); break;
        case 6:
            if (!bench.port.buffers.empty())
                bench.session.handle_buffer_released(
                    bench.port.buffers[byte(2) % bench.port.buffers.size()]);
            break;
        case 7: bench.session.handle_popup_done(window); break;
        default:
            for (WindowId const seen : std::exchange(bench.port.unseen, {}))
                bench.session.handle_geometry_seen(seen);
        }
        bench.agent.received.clear();
        bench.port.lines.clear();
    }
    return 0;
}
