// What messages of both directions are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace opt_data::tws {

using RequestId = std::int32_t;
using Text = std::string_view;

// The end of the year 9999. What claims to be later, or before 1970, is no time; and arithmetic
// with it would overflow.
constexpr std::int64_t epoch_seconds_max = 253'402'300'799;

// The run of twelve contract fields that many requests contain.
struct Contract {
  std::int64_t con_id = 0;
  Text symbol;
  Text sec_type;         // STK, OPT, IND, ...
  Text last_trade_date;  // yyyymmdd or yyyymm, or nothing
  std::optional<double> strike;
  Text right;  // C, P, or nothing for both
  Text multiplier;
  Text exchange;
  Text primary_exchange;
  Text currency;
  Text local_symbol;
  Text trading_class;
  bool operator==(const Contract&) const = default;
};

struct UnknownMessage {  // A message of a kind we do not speak: counted, never parsed.
  std::int32_t id = 0;
  bool operator==(const UnknownMessage&) const = default;
};

}  // namespace opt_data::tws
