// The gateway's spellings of "there is none", and which of them belongs to which tick.
#pragma once

#include "tws/tick.h"

namespace opt_data::tws {

// How the gateway spells a value it does not have, field by field. Besides, an empty field, a value
// of 1e300 and above, an infinity and NaN are absent everywhere.
enum class Absent {
  empty,         // ""
  size,          // "", or anything below 0
  zero,          // 0: a strike
  not_positive,  // 0, or anything below: a price that only a trade can make
  minus_one,     // exactly -1: 0 is a price, nobody bids
  minus_two,     // exactly -2: -1 is a delta
  negative,      // -1, or anything below 0
};

// A bid or an ask of 0 is a price (nobody bids), -1 says that there is none. A price that only a
// trade can make is never 0, so there 0 says the same.
constexpr Absent absent_price(Tick tick) {
  switch (tick) {
    case Tick::last:
    case Tick::high:
    case Tick::low:
    case Tick::close:
    case Tick::open:
    case Tick::delayed_last:
    case Tick::delayed_high:
    case Tick::delayed_low:
    case Tick::delayed_close:
    case Tick::delayed_open:
      return Absent::not_positive;
    default:
      return Absent::minus_one;
  }
}

// -1 is "unknown" for a halt and no volatility at all; other generic ticks may well be negative.
constexpr Absent absent_generic(Tick tick) {
  switch (tick) {
    case Tick::halted:
    case Tick::delayed_halted:
    case Tick::option_historical_volatility:
    case Tick::option_implied_volatility:
    case Tick::real_time_historical_volatility:
      return Absent::negative;
    default:
      return Absent::empty;
  }
}

}  // namespace opt_data::tws
