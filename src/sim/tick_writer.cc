#include "sim/tick_writer.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace opt_data::sim {

using tws::Tick;

void TickWriter::price(Tick tick, std::optional<double> price, std::optional<double> size) {
  // Without a price the size is zero, and without a known size nothing stands in its field.
  if (!price) size = 0;
  const bool quotes = tick == Tick::bid || tick == Tick::ask;
  send_(tws::TickPrice{request_, kind(tick), price, size, quotes && price ? 1 : 0});
}

void TickWriter::size(Tick tick, std::optional<double> size) {
  if (size) send_(tws::TickSize{request_, kind(tick), size});
}

void TickWriter::trade(const MarketQuote& quote) {
  if (!quote.last) return;
  if (quote.last_at) {
    const std::string seconds = fmt::format("{}", micros(*quote.last_at) / 1'000'000);
    send_(tws::TickString{request_, kind(Tick::last_timestamp), seconds});
  }
  price(Tick::last, quote.last, quote.last_size);
  size(Tick::last_size, quote.last_size);
}

void TickWriter::first_set(const MarketQuote& quote, bool with_close) {
  const std::function<void()> traded = [&] { trade(quote); };
  const std::function<void()> state = [&] {
    send_(tws::TickGeneric{request_, kind(Tick::halted), 0.0});
    size(Tick::volume, quote.volume);
    if (quote.high) price(Tick::high, quote.high, 0);
    if (quote.low) price(Tick::low, quote.low, 0);
  };
  const std::function<void()> close = [&] {
    if (quote.previous_close && with_close) price(Tick::close, quote.previous_close, 0);
  };
  const std::function<void()> open = [&] {
    if (quote.open) price(Tick::open, quote.open, 0);
  };
  const std::function<void()> sides = [&] {
    if (quote.bid.seen) price(Tick::bid, quote.bid.price, quote.bid.size);
    if (quote.ask.seen) price(Tick::ask, quote.ask.price, quote.ask.size);
    if (quote.bid.seen && quote.bid.price) size(Tick::bid_size, quote.bid.size);
    if (quote.ask.seen && quote.ask.price) size(Tick::ask_size, quote.ask.size);
  };
  std::array parts{&traded, &state, &close, &open, &sides};
  if (order_)
    for (std::size_t i = parts.size(); i > 1; --i) std::swap(parts[i - 1], parts[order_->below(i)]);
  for (const auto* part : parts) (*part)();
}

void TickWriter::side(
    Tick price_tick, Tick size_tick, const MarketSide& before, const MarketSide& now) {
  if (!now.seen || now == before) return;
  if (!before.seen || now.price != before.price) price(price_tick, now.price, now.size);
  if (now.price) size(size_tick, now.size);
}

void TickWriter::changes(const MarketQuote& before, const MarketQuote& now) {
  if (now.last != before.last || now.last_at != before.last_at) trade(now);
  if (now.volume != before.volume) size(Tick::volume, now.volume);
  if (now.high != before.high && now.high) price(Tick::high, now.high, 0);
  if (now.low != before.low && now.low) price(Tick::low, now.low, 0);
  if (now.previous_close != before.previous_close && now.previous_close)
    price(Tick::close, now.previous_close, 0);
  if (now.open != before.open && now.open) price(Tick::open, now.open, 0);
  side(Tick::bid, Tick::bid_size, before.bid, now.bid);
  side(Tick::ask, Tick::ask_size, before.ask, now.ask);
}

}  // namespace opt_data::sim
