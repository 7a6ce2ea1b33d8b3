#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qrexec {

/// The argument of qubes.VMExec that carries a program and its words: letters, digits, `_` and `.`
/// as they are, `-` as `--`, any other byte as `-HH` in upper case, words joined by `+`.
/// Source: fact sheet qrexec §14.
[[nodiscard]] std::string encode_words(std::span<std::string const> words);
/// The words again; nullopt for a dash that begins no escape, lower-case digits, a NUL, and any
/// other byte. The empty text is one empty word.
[[nodiscard]] std::optional<std::vector<std::string>> decode_words(std::string_view untrusted_text);

} // namespace vitrail::qrexec
