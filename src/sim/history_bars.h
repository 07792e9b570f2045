// Bars of a market, as the broker's historical data service makes them of its ticks.
//
// A bar holds what stood in [start, start + size), and the trades that were known by its end but
// not at its start: a market that was recorded in bars says when they were over. Of BID_ASK its
// open is the time average of the bid and its close that of the ask, its high the highest ask and
// its low the lowest bid (interactivebrokers.github.io/tws-api/historical_bars.html); the time in
// which a side stood without a price does not count. A bar in which nothing was quoted, or traded,
// is not made.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "market/market_source.h"

namespace opt_data::sim {

enum class BarKind : std::uint8_t { trades, bid_ask, bid, ask, midpoint };
std::optional<BarKind> parse_bar_kind(std::string_view what_to_show);

struct MarketBar {
  Instant start{};
  std::optional<double> open, high, low, close;
  std::optional<double> volume, average;  // Of trades only.
  std::optional<std::int64_t> count;
};

// Of [from, to), a part of one session; bars start at `from` and every `size` after it, and the
// last one may be cut short by `to`. Requires: size > 0.
std::vector<MarketBar> make_bars(
    const MarketSource& market, ContractId id, BarKind kind, Instant from, Instant to,
    std::chrono::seconds size);

}  // namespace opt_data::sim
