// The kinds of tick, with IBKR's numbers, and how live and delayed ones belong together.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace opt_data::tws {

enum class Tick : std::int32_t {
  bid_size = 0,
  bid = 1,
  ask = 2,
  ask_size = 3,
  last = 4,
  last_size = 5,
  high = 6,
  low = 7,
  volume = 8,
  close = 9,
  bid_option = 10,
  ask_option = 11,
  last_option = 12,
  model_option = 13,
  open = 14,
  average_volume = 21,
  option_historical_volatility = 23,
  option_implied_volatility = 24,
  call_open_interest = 27,
  put_open_interest = 28,
  call_volume = 29,
  put_volume = 30,
  bid_exchange = 32,
  ask_exchange = 33,
  mark_price = 37,
  last_timestamp = 45,
  halted = 49,
  real_time_historical_volatility = 58,
  delayed_bid = 66,
  delayed_ask = 67,
  delayed_last = 68,
  delayed_bid_size = 69,
  delayed_ask_size = 70,
  delayed_last_size = 71,
  delayed_high = 72,
  delayed_low = 73,
  delayed_volume = 74,
  delayed_close = 75,
  delayed_open = 76,
  delayed_bid_option = 80,
  delayed_ask_option = 81,
  delayed_last_option = 82,
  delayed_model_option = 83,
  last_exchange = 84,
  delayed_last_timestamp = 88,
  delayed_halted = 90,
};  // A number without a name here is carried as it came.

// The live kind a delayed one stands for, or the tick itself.
Tick live_kind(Tick tick);
// The delayed kind of a live one, or the tick itself (generic ticks keep their numbers).
Tick delayed_kind(Tick tick);
bool is_delayed(Tick tick);
// bid -> bid_size, ask -> ask_size, last -> last_size, and their delayed kinds; else empty.
std::optional<Tick> implied_size(Tick tick);

}  // namespace opt_data::tws
