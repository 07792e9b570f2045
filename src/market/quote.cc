#include "market/quote.h"

#include <array>
#include <bit>

namespace opt_data {
namespace {

constexpr std::array<std::string_view, flag_count> flag_words = {
    "delayed_fallback", "frozen_quote",        "missing_oi",        "missing_price",
    "missing_greeks",   "snapshot_timeout",    "exchange_fallback", "oi_enriched",
    "crossed_market",   "slot_retry_exceeded", "discovery_stale",   "stale_feed",
    "after_close",      "extreme_iv",          "invalid_delta",     "historical_fill"};

}  // namespace

std::string_view to_text(MarketDataType type) {
  constexpr std::array<std::string_view, 5> words = {
      "unknown", "live", "frozen", "delayed", "delayed_frozen"};
  return words[static_cast<std::size_t>(type)];
}

std::string_view to_text(OpenInterestState state) {
  constexpr std::array<std::string_view, 4> words = {
      "not_published", "value", "missing", "expired"};
  return words[static_cast<std::size_t>(state)];
}

std::string_view to_text(QualityFlag flag) {
  return flag_words[static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(flag)))];
}

Result<QualityFlag> parse_flag(std::string_view text) {
  for (std::uint32_t i = 0; i < flag_count; ++i)
    if (flag_words[i] == text) return static_cast<QualityFlag>(1U << i);
  return fail(ErrorKind::corrupt, "'{}' is not a quality flag of this version", text);
}

std::vector<std::string_view> QualityFlags::words() const {
  std::vector<std::string_view> words;
  for (std::uint32_t i = 0; i < flag_count; ++i)
    if ((bits_ >> i & 1U) != 0) words.push_back(flag_words[i]);
  return words;
}

}  // namespace opt_data
