// Words and numbers as text, without locale and without exceptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opt_data {

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string upper(std::string_view text);
std::string join(const std::vector<std::string>& words, std::string_view separator);

// The whole text must be the number; empty otherwise. No leading '+', no spaces.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);

// Of `known`, the word that takes the fewest edits to become `word`; empty when none is near. For
// "did you mean".
std::string_view nearest_word(std::string_view word, const std::vector<std::string>& known);

// What the system says of an errno: "No space left on device".
std::string reason_of(int error);

// Lower-case hexadecimal SHA-256.
std::string sha256_hex(std::string_view bytes);

}  // namespace opt_data
