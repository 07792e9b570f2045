#include "gateway/quote_line.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "tws/tick.h"

namespace opt_data::gateway {

using tws::Tick;

bool QuoteLine::on(const tws::MarketDataTypeNotice& notice) {
  quote_.type = notice.type >= 1 && notice.type <= 4 ? static_cast<MarketDataType>(notice.type)
                                                     : MarketDataType::unknown;
  return true;
}

bool QuoteLine::on(const tws::TickPrice& tick, Instant now) {
  quote_.received = now;
  const Tick kind = tws::live_kind(tick.tick);
  price(kind, tick.price, now);
  // A price tick carries its size; -1 with size 0 says that there is neither.
  if (const auto implied = tws::implied_size(kind))
    size(*implied, tick.price ? tick.size : std::nullopt, now);
  return true;
}

bool QuoteLine::on(const tws::TickSize& tick, Instant now) {
  quote_.received = now;
  size(tws::live_kind(tick.tick), tick.size, now);
  return true;
}

void QuoteLine::price(Tick kind, std::optional<double> value, Instant now) {
  switch (kind) {
    case Tick::bid:
      quote_.bid = value;
      quote_.as_of = now;
      break;
    case Tick::ask:
      quote_.ask = value;
      quote_.as_of = now;
      break;
    case Tick::last:
      quote_.last = value;
      quote_.as_of = now;
      break;
    case Tick::open:
      quote_.open = value;
      break;
    case Tick::high:
      quote_.high = value;
      break;
    case Tick::low:
      quote_.low = value;
      break;
    case Tick::close:
      // A later "no close" does not take back the one that was sent.
      if (value) quote_.close = value;
      break;
    default:
      break;
  }
}

void QuoteLine::size(Tick kind, std::optional<double> value, Instant now) {
  switch (kind) {
    case Tick::bid_size:
      if (quote_.bid) {
        quote_.bid_size = value;
        quote_.as_of = now;
      } else {
        quote_.bid_size.reset();
      }
      break;
    case Tick::ask_size:
      if (quote_.ask) {
        quote_.ask_size = value;
        quote_.as_of = now;
      } else {
        quote_.ask_size.reset();
      }
      break;
    case Tick::last_size:
      quote_.last_size = value;
      break;
    case Tick::volume:
      quote_.volume = value;
      break;
    case Tick::call_open_interest:
    case Tick::put_open_interest: {
      // Both rights' ticks come for one option; the other right's is always 0.
      const Right of = kind == Tick::call_open_interest ? Right::call : Right::put;
      if (right_ == of && value) open_interest_ = std::llround(*value);
      break;
    }
    default:
      break;
  }
}

bool QuoteLine::on(const tws::TickGeneric&, Instant now) {
  quote_.received = now;
  return true;
}

bool QuoteLine::on(const tws::TickString& tick, Instant now) {
  quote_.received = now;
  if (tws::live_kind(tick.tick) == Tick::last_timestamp)
    if (const auto seconds = parse_int(tick.value);
        seconds && *seconds > 0 && *seconds <= tws::epoch_seconds_max)
      quote_.last_trade_at = Instant{std::chrono::seconds{*seconds}};
  return true;
}

bool QuoteLine::on(const tws::TickOptionComputation& tick, Instant now) {
  quote_.received = now;
  // Independent clients discard volatilities of 50 and more: the model has lost its way.
  const auto iv = tick.implied_vol && *tick.implied_vol > 0 && *tick.implied_vol < 50
                      ? tick.implied_vol
                      : std::nullopt;
  switch (tws::live_kind(tick.tick)) {
    case Tick::bid_option:
      quote_.bid_iv = iv;
      break;
    case Tick::ask_option:
      quote_.ask_iv = iv;
      break;
    case Tick::last_option:
      quote_.last_iv = iv;
      break;
    case Tick::model_option:
      // "Not computed" after a model was sent means that the market moved on, not that it is void.
      if (!iv && quote_.greeks.complete()) break;
      quote_.greeks = Greeks{iv, tick.delta, tick.gamma, tick.theta, tick.vega};
      quote_.model_underlying = tick.under_price;
      break;
    default:
      break;
  }
  return true;
}

}  // namespace opt_data::gateway
