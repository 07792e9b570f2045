// What was seen of one contract at one moment.
//
// USD per share, sizes and volume in contracts (shares for an underlying). Each value is optional:
// absent is not zero, and zero is not absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "calendar/instant.h"
#include "market/contract.h"

namespace opt_data {

enum class MarketDataType : std::uint8_t { unknown, live, frozen, delayed, delayed_frozen };
std::string_view to_text(MarketDataType type);
inline bool is_delayed(MarketDataType type) {
  return type == MarketDataType::delayed || type == MarketDataType::delayed_frozen;
}

// Per share. iv is yearly, 0.25 is 25 %. theta in USD per day, vega in USD per volatility point.
struct Greeks {
  std::optional<double> iv;
  std::optional<double> delta;
  std::optional<double> gamma;
  std::optional<double> theta;
  std::optional<double> vega;

  bool complete() const { return iv && delta && gamma && theta && vega; }
  friend bool operator==(const Greeks&, const Greeks&) = default;
};

enum class OpenInterestState : std::uint8_t { not_published, value, missing, expired };
std::string_view to_text(OpenInterestState state);

// A value (zero is one), not published yet, missing, or expired: three of them are not errors.
struct OpenInterest {
  OpenInterestState state = OpenInterestState::missing;
  std::int64_t contracts = 0;  // Only where state is `value`.
  friend bool operator==(const OpenInterest&, const OpenInterest&) = default;
};

struct Quote {
  std::optional<double> bid, ask, last;
  std::optional<double> open, high, low, close;  // The day's; close is the session before.
  std::optional<double> bid_size, ask_size, last_size;
  std::optional<double> volume;
  std::optional<double> bid_iv, ask_iv, last_iv;
  std::optional<double> model_underlying;  // The underlying's price that the model used.
  Greeks greeks;
  MarketDataType type = MarketDataType::unknown;
  std::optional<Instant> as_of;          // The last price or size of bid, ask or last.
  std::optional<Instant> received;       // The last tick of any kind.
  std::optional<Instant> last_trade_at;  // As the broker dates it (whole seconds).

  bool has_price() const { return bid || ask || last; }
  bool two_sided() const { return bid && ask; }
  std::optional<double> mid() const {
    return two_sided() ? std::optional((*bid + *ask) / 2) : std::nullopt;
  }
  friend bool operator==(const Quote&, const Quote&) = default;
};

// Spelled as stored.
enum class QualityFlag : std::uint32_t {
  delayed_fallback = 1U << 0,     // market data type 3 or 4
  frozen_quote = 1U << 1,         // market data type 2 or 4
  missing_oi = 1U << 2,           // no open interest was sent
  missing_price = 1U << 3,        // neither bid, ask nor last was sent
  missing_greeks = 1U << 4,       // a model value was not sent in time
  snapshot_timeout = 1U << 5,     // not everything asked for arrived in time
  exchange_fallback = 1U << 6,    // answered by a fallback exchange
  oi_enriched = 1U << 7,          // open interest filled the next trading day
  crossed_market = 1U << 8,       // bid above ask
  slot_retry_exceeded = 1U << 9,  // no usable answer before the end of the slot's window
  discovery_stale = 1U << 10,     // asked from an earlier day's contract list
  stale_feed = 1U << 11,          // the chain stood still while the market moved
  after_close = 1U << 12,         // answered after the session's close
  extreme_iv = 1U << 13,          // iv above 5
  invalid_delta = 1U << 14,       // |delta| above 1.05
  historical_fill = 1U << 15,     // prices of historical bars, fetched after the slot
};

constexpr std::uint32_t flag_count = 16;

class QualityFlags {
 public:
  QualityFlags() = default;
  explicit QualityFlags(std::uint32_t bits) : bits_(bits) {}

  void set(QualityFlag flag) { bits_ |= static_cast<std::uint32_t>(flag); }
  void clear(QualityFlag flag) { bits_ &= ~static_cast<std::uint32_t>(flag); }
  bool has(QualityFlag flag) const { return (bits_ & static_cast<std::uint32_t>(flag)) != 0; }
  std::uint32_t bits() const { return bits_; }
  std::vector<std::string_view> words() const;  // In the order of the enumeration.

  friend bool operator==(const QualityFlags&, const QualityFlags&) = default;

 private:
  std::uint32_t bits_ = 0;
};
std::string_view to_text(QualityFlag flag);
Result<QualityFlag> parse_flag(std::string_view text);

}  // namespace opt_data
