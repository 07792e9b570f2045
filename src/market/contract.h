// What is traded: underlyings, options, and what is listed.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "calendar/instant.h"

namespace opt_data {

// IBKR's conid: positive.
using ContractId = std::int64_t;

// Upper case, "AAPL".
using Underlying = std::string;

// Thousandths of a dollar, as in the OCC symbol: exact, so it can be a key.
struct Strike {
  std::int64_t mills = 0;

  static Strike from_usd(double usd);
  double usd() const { return static_cast<double>(mills) / 1000.0; }
  friend auto operator<=>(const Strike&, const Strike&) = default;
};

enum class Right : std::uint8_t { call, put };

inline char letter(Right right) { return right == Right::call ? 'C' : 'P'; }
// Upper-cased and checked: letters and digits, then also '.', '-' and one blank (BRK B), 12 at
// most. It becomes part of file names. Errors: invalid_input.
Result<Underlying> parse_underlying(std::string_view text);
// Each once, in the order given.
Result<std::vector<Underlying>> parse_underlyings(const std::vector<std::string>& texts);
Result<Right> parse_right(std::string_view text);  // C, P, CALL, PUT

struct OptionContract {
  ContractId id = 0;
  Underlying underlying;
  std::chrono::year_month_day expiry{};  // A New York day.
  Right right = Right::call;
  Strike strike;
  double multiplier = 100;  // Shares per contract.
  std::string exchange = "SMART";
  std::string trading_class;
  std::string currency = "USD";

  friend bool operator==(const OptionContract&, const OptionContract&) = default;
};

// The 21 characters of the OCC symbol: "AAPL  240621C00180000". The root is the trading class.
std::string occ_symbol(const OptionContract& contract);

// By underlying, expiry, strike, right, id: the order of every file.
bool in_file_order(const OptionContract& a, const OptionContract& b);

struct UnderlyingContract {
  ContractId id = 0;
  Underlying symbol;
  std::string long_name;
  std::string primary_exchange;
  std::string time_zone;
  std::string trading_hours;  // As the broker writes them.
  std::string liquid_hours;
};

// What is listed for one expiry and trading class, before any filter. The broker's quick answer
// gives strikes as the union over all expiries of a class, so `strikes` are candidates only.
struct Listing {
  std::chrono::year_month_day expiry{};
  std::string trading_class;
  double multiplier = 100;
  std::vector<Strike> strikes;  // Ascending.
};

struct OptionChain {
  Underlying underlying;
  std::vector<Listing> listings;  // By expiry, then trading class.
};

enum class ExpiryType : std::uint8_t { monthly, quarterly, weekly };
std::string_view to_text(ExpiryType type);
Result<ExpiryType> parse_expiry_type(std::string_view text);

// Standard monthly options expire on the third Friday (the Thursday before it when the exchanges
// are closed that Friday); before February 2015 on the Saturday after it (OCC information memo
// 33498). Monthly ones of March, June, September and December are quarterly as well.
bool is_monthly_expiry(std::chrono::year_month_day expiry);

}  // namespace opt_data
