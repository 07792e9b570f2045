#include <charconv>
#include <optional>

#include "tws/codec.h"

namespace opt_data::tws {
namespace {

// The code unit of the "\uXXXX" that `text` begins with.
std::optional<std::uint32_t> code_unit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  const char* const end = text.data() + 6;
  const auto [stop, error] = std::from_chars(text.data() + 2, end, unit, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return unit;
}

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

}  // namespace

std::string unescape(Text text) {
  constexpr std::uint32_t replacement = 0xFFFD;
  std::string out;
  while (!text.empty()) {
    const auto unit = code_unit(text);
    if (!unit) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(6);
    const auto next = is_high(*unit) ? code_unit(text) : std::nullopt;
    if (next && is_low(*next)) {
      text.remove_prefix(6);
      append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*next - 0xDC00));
    } else {
      append_utf8(out, is_high(*unit) || is_low(*unit) ? replacement : *unit);
    }
  }
  return out;
}

}  // namespace opt_data::tws
