// Ticks in the order in which a gateway sends them.
//
// A first set: time of the last trade, last and its size, the size again, halted, volume, high,
// low, previous close, open, bid, ask, and their sizes again. Later only what changed; a change of
// size alone sends no price. A side never seen sends nothing, a side without a price sends -1.
//
// Gateways have been seen to send the parts of a first set in other orders: the quotes before the
// trade, the previous close before everything else.
#pragma once

#include <functional>
#include <optional>

#include "base/random.h"
#include "market/market_source.h"
#include "tws/messages.h"

namespace opt_data::sim {

class TickWriter {
 public:
  using Send = std::function<void(const tws::ServerMessage&)>;

  TickWriter(tws::RequestId request, bool delayed, Send send)
      : request_(request), delayed_(delayed), send_(std::move(send)) {}

  void permute(Random random) { order_ = random; }  // The parts of a first set, by this chance.
  void first_set(const MarketQuote& quote, bool with_close);
  void changes(const MarketQuote& before, const MarketQuote& now);

 private:
  void price(tws::Tick tick, std::optional<double> price, std::optional<double> size);
  void size(tws::Tick tick, std::optional<double> size);
  void trade(const MarketQuote& quote);
  void side(
      tws::Tick price_tick, tws::Tick size_tick, const MarketSide& before, const MarketSide& now);
  tws::Tick kind(tws::Tick tick) const { return delayed_ ? tws::delayed_kind(tick) : tick; }

  tws::RequestId request_;
  bool delayed_;
  Send send_;
  std::optional<Random> order_;
};

}  // namespace opt_data::sim
