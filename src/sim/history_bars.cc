#include "sim/history_bars.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace opt_data::sim {
namespace {

// Weighted by how long it stood.
class TimeAverage {
 public:
  void add(std::optional<double> price, std::chrono::microseconds stood) {
    if (!price || stood.count() <= 0) return;
    const auto weight = static_cast<double>(stood.count());
    sum_ += *price * weight;
    weight_ += weight;
  }
  std::optional<double> value() const {
    return weight_ > 0 ? std::optional(sum_ / weight_) : std::nullopt;
  }

 private:
  double sum_ = 0;
  double weight_ = 0;
};

void raise(std::optional<double>& most, std::optional<double> price) {
  if (price) most = std::max(most.value_or(*price), *price);
}
void lower(std::optional<double>& least, std::optional<double> price) {
  if (price) least = std::min(least.value_or(*price), *price);
}

// One bar while it is being made.
class Bar {
 public:
  Bar(BarKind kind, Instant start) : kind_(kind) { bar_.start = start; }

  void stood(const MarketQuote& quote, std::chrono::microseconds span) {
    if (kind_ == BarKind::trades || span.count() <= 0) return;
    if (kind_ != BarKind::bid_ask) return follow(price_of(quote));
    bid_.add(quote.bid.price, span);
    ask_.add(quote.ask.price, span);
    raise(bar_.high, quote.ask.price);
    lower(bar_.low, quote.bid.price);
  }

  // `at_end`: the change comes as the bar ends. Volume that is known by then was traded in it; a
  // trade that is only dated to that instant is the next bar's first.
  void changed(const MarketQuote& before, const MarketQuote& now, bool at_end) {
    if (kind_ != BarKind::trades || !now.last) return;
    const double traded = now.volume.value_or(0) - before.volume.value_or(0);
    const bool dated = now.last_at && now.last_at != before.last_at;
    if (traded <= 0 && (!dated || at_end)) return;
    // Between two changes there may have been more trades than the last one.
    if (!before.open) follow(now.open);
    if (now.high && (!before.high || *now.high > *before.high)) raise(bar_.high, now.high);
    if (now.low && (!before.low || *now.low < *before.low)) lower(bar_.low, now.low);
    follow(now.last);
    bar_.count = bar_.count.value_or(0) + 1;
    bar_.volume = bar_.volume.value_or(0) + std::max(traded, 0.0);
    paid_ += *now.last * std::max(traded, 0.0);
  }

  // The market right before the bar, and as it begins.
  void began(const MarketQuote& before, const MarketQuote& now) {
    if (now.last_at == bar_.start && now.volume == before.volume) changed(before, now, false);
  }

  // Empty: nothing happened in it.
  std::optional<MarketBar> done() {
    if (kind_ == BarKind::bid_ask) {
      bar_.open = bid_.value();
      bar_.close = ask_.value();
    }
    if (bar_.volume.value_or(0) > 0) bar_.average = paid_ / *bar_.volume;
    return bar_.open || bar_.close ? std::optional(bar_) : std::nullopt;
  }

 private:
  std::optional<double> price_of(const MarketQuote& quote) const {
    if (kind_ == BarKind::bid) return quote.bid.price;
    if (kind_ == BarKind::ask) return quote.ask.price;
    if (!quote.bid.price || !quote.ask.price) return std::nullopt;
    return (*quote.bid.price + *quote.ask.price) / 2;
  }
  void follow(std::optional<double> price) {
    if (!price) return;
    if (!bar_.open) bar_.open = price;
    raise(bar_.high, price);
    lower(bar_.low, price);
    bar_.close = price;
  }

  BarKind kind_;
  MarketBar bar_;
  TimeAverage bid_, ask_;
  double paid_ = 0;
};

}  // namespace

std::optional<BarKind> parse_bar_kind(std::string_view what_to_show) {
  constexpr std::array<std::pair<std::string_view, BarKind>, 5> kinds{
      {{"TRADES", BarKind::trades},
       {"BID_ASK", BarKind::bid_ask},
       {"BID", BarKind::bid},
       {"ASK", BarKind::ask},
       {"MIDPOINT", BarKind::midpoint}}};
  const auto found =
      std::ranges::find(kinds, what_to_show, [](const auto& it) { return it.first; });
  return found == kinds.end() ? std::nullopt : std::optional(found->second);
}

std::vector<MarketBar> make_bars(
    const MarketSource& market, ContractId id, BarKind kind, Instant from, Instant to,
    std::chrono::seconds size) {
  OPT_CHECK(size.count() > 0);
  std::vector<MarketBar> bars;
  for (Instant start = from; start < to; start += size) {
    const Instant end = std::min(to, start + size);
    Bar bar(kind, start);
    MarketQuote now = market.quote(id, start);
    bar.began(market.quote(id, start - std::chrono::microseconds{1}), now);
    for (Instant at = start; at < end;) {
      const auto change = market.next_change(id, at);
      const Instant next = std::min(change.value_or(end), end);
      bar.stood(now, next - at);
      MarketQuote then = change && *change <= end ? market.quote(id, next) : now;
      bar.changed(now, then, next == end);
      now = std::move(then);
      at = next;
    }
    if (auto done = bar.done()) bars.push_back(*done);
  }
  return bars;
}

}  // namespace opt_data::sim
