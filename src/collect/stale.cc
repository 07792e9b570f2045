#include "collect/stale.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace opt_data::collect {
namespace {

struct Chain {
  int compared = 0;
  int unchanged = 0;
  bool underlying_moved = false;
  int traded = 0;  // Contracts whose last trade lies in the interval.
  std::optional<Instant> newest_trade;
  std::optional<Instant> seen;  // When its last row was answered.
};

bool same_market(const Quote& a, const Quote& b) {
  return a.bid == b.bid && a.ask == b.ask && a.last == b.last && a.bid_size == b.bid_size &&
         a.ask_size == b.ask_size && a.volume == b.volume;
}

bool moved(const UnderlyingQuote& a, const UnderlyingQuote& b) {
  return a.bid != b.bid || a.ask != b.ask || a.last != b.last;
}

}  // namespace

std::map<Underlying, std::string> stale_underlyings(
    std::span<const OptionQuote> before, Instant slot_before, std::span<const OptionQuote> rows,
    Instant slot, const StaleOptions& options) {
  std::map<ContractId, const OptionQuote*> earlier;
  for (const OptionQuote& row : before) earlier.emplace(row.contract.id, &row);
  std::map<Underlying, Chain> chains;
  for (const OptionQuote& row : rows) {
    if (!row.usable()) continue;
    Chain& chain = chains[row.contract.underlying];
    if (row.quote.received) chain.seen = std::max(chain.seen, row.quote.received);
    // Delayed data are a quarter of an hour old by nature: their silence says nothing.
    if (const auto traded = row.quote.last_trade_at; row.quote.type == MarketDataType::live &&
                                                     traded && *traded > slot_before &&
                                                     *traded <= slot) {
      ++chain.traded;
      chain.newest_trade = std::max(chain.newest_trade.value_or(*traded), *traded);
    }
    const auto found = earlier.find(row.contract.id);
    if (found == earlier.end() || !found->second->usable()) continue;
    ++chain.compared;
    if (same_market(found->second->quote, row.quote)) ++chain.unchanged;
    if (moved(found->second->underlying, row.underlying)) chain.underlying_moved = true;
  }
  std::map<Underlying, std::string> stale;
  const double interval = static_cast<double>((slot - slot_before).count());
  for (const auto& [symbol, chain] : chains) {
    if (chain.compared >= options.contracts_min && chain.underlying_moved &&
        chain.unchanged >= options.unchanged_min * chain.compared) {
      stale[symbol] = fmt::format(
          "{} of {} contracts did not change since the slot before, while the underlying did",
          chain.unchanged, chain.compared);
      continue;
    }
    if (!chain.newest_trade || interval <= 0) continue;
    // The closing slot is asked before its moment: nobody has seen what traded after that.
    const auto gap = std::min(slot, chain.seen.value_or(slot)) - *chain.newest_trade;
    const double chance = std::pow(1.0 - static_cast<double>(gap.count()) / interval, chain.traded);
    if (chain.traded >= options.contracts_min && gap > options.gap_min &&
        chance < options.chance_max)
      stale[symbol] = fmt::format(
          "{} contracts traded since the slot before, but none in the last {} s", chain.traded,
          std::chrono::duration_cast<std::chrono::seconds>(gap).count());
  }
  return stale;
}

}  // namespace opt_data::collect
