#include "sim/troubled_market.h"

#include <algorithm>
#include <utility>

namespace opt_data::sim {

std::string_view to_text(Trouble trouble) {
  switch (trouble) {
    case Trouble::frozen_chain:
      return "frozen_chain";
    case Trouble::halted:
      return "halted";
    case Trouble::crossed:
      return "crossed";
  }
  return "";
}

TroubledMarket::TroubledMarket(
    const MarketSource& market, std::vector<MarketTrouble> troubles, Instant day)
    : market_(market), troubles_(std::move(troubles)) {
  if (troubles_.empty()) return;
  for (const MarketUnderlying& stock : market_.underlyings()) {
    places_[stock.id] = {stock.symbol, false};
    for (const OptionContract& option : market_.listed(stock.symbol, day))
      places_[option.id] = {stock.symbol, true};
  }
}

MarketQuote TroubledMarket::quote(ContractId id, Instant at) const {
  const auto place = places_.find(id);
  if (place == places_.end()) return market_.quote(id, at);
  Instant seen = at;
  bool crossed = false;
  for (const MarketTrouble& trouble : troubles_) {
    if (!trouble.when.contains(at)) continue;
    if (stands_still(trouble, place->second)) seen = std::min(seen, trouble.when.from);
    crossed = crossed || (trouble.kind == Trouble::crossed && place->second.option &&
                          trouble.symbol == place->second.symbol && id % 3 == 0);
  }
  MarketQuote quote = market_.quote(id, seen);
  if (crossed && quote.bid.price && quote.ask.price) std::swap(quote.bid.price, quote.ask.price);
  return quote;
}

std::optional<Instant> TroubledMarket::next_change(ContractId id, Instant after) const {
  const auto place = places_.find(id);
  if (place == places_.end()) return market_.next_change(id, after);
  Instant from = after;
  std::optional<Instant> edge;
  for (const MarketTrouble& trouble : troubles_) {
    if (trouble.symbol != place->second.symbol) continue;
    if (stands_still(trouble, place->second) && trouble.when.contains(after))
      from = std::max(from, trouble.when.to - std::chrono::microseconds{1});
    for (const Instant side : {trouble.when.from, trouble.when.to})
      if (side > after && (!edge || side < *edge)) edge = side;
  }
  if (from > after) return std::min(edge.value_or(from), from + std::chrono::microseconds{1});
  const auto next = market_.next_change(id, after);
  return next && edge ? std::min(*next, *edge) : next ? next : edge;
}

}  // namespace opt_data::sim
