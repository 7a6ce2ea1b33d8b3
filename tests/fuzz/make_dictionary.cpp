// Prints a libFuzzer dictionary of the GUI protocol, from its one table.

#include "lib/wire/message.hpp"

#include <cstdio>

int main()
{
    using namespace vitrail::wire;
    auto const word = [](char const* name, std::size_t length, std::uint32_t value) {
        std::printf("%.*s=\"", static_cast<int>(length), name);
        for (int i = 0; i < 4; ++i)
            std::printf("\\x%02x", value >> (8 * i) & 0xffU);
        std::printf("\"\n");
    };
    for (auto const& message : messages) {
        word(message.name.data(), message.name.size(), static_cast<std::uint32_t>(message.type));
        if (message.fixed > 0)
            word("length", 6, message.fixed);
    }
    word("version_1_8", 11, version_1_8.to_wire());
    word("version_extended", 16, version_extended.to_wire());
    return 0;
}
