#include "tools/prompt/sign.hpp"

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/os/fd.hpp"
#include "lib/os/files.hpp"
#include "lib/os/whole.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace vitrail::prompt {
namespace {

constexpr std::size_t longest = 40; ///< bytes: so many fit in the card

constexpr std::array<char const*, 32> first_words{
    "amber",  "brave", "calm",   "clear",  "copper", "early",  "fair", "gentle",
    "golden", "green", "happy",  "hidden", "ivory",  "kind",   "late", "light",
    "lively", "lucky", "mellow", "narrow", "noble",  "open",   "pale", "proud",
    "quiet",  "rapid", "silver", "slow",   "sunny",  "tender", "warm", "young"};
constexpr std::array<char const*, 32> second_words{
    "acorn",   "anchor",  "bridge",  "brook",  "candle",  "castle", "cedar",   "cherry",
    "compass", "cloud",   "falcon",  "fern",   "forest",  "garden", "harbour", "heron",
    "island",  "lantern", "maple",   "meadow", "orchard", "otter",  "pebble",  "plover",
    "river",   "sail",    "sparrow", "stone",  "thistle", "tower",  "valley",  "willow"};

std::string first_line(std::string const& text)
{
    return std::string(
        cut_utf8(display_text(UntrustedText(text.substr(0, text.find('\n')))), longest));
}

} // namespace

std::string sign_of(std::uint64_t random)
{
    auto const part = [random](unsigned shift) { return (random >> shift) & 0xffffU; };
    return std::string(first_words[part(0) % first_words.size()]) + " " +
           second_words[part(16) % second_words.size()] + " " + std::to_string(part(32) % 1000);
}

Result<std::string> load_sign(std::string const& file)
{
    if (auto const text = read_file(file); text && !first_line(*text).empty())
        return first_line(*text);
    std::uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return errno_error("random numbers");
    std::string const sign = sign_of(random);
    std::error_code failure;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path(), failure);
    Fd const made(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    std::string const line = sign + "\n";
    if (!made || !write_all(made.get(), std::as_bytes(std::span(line))))
        return errno_error(file);
    return sign;
}

} // namespace vitrail::prompt
