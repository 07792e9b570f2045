// What a synthetic market lists on a day.
//
// Expiries: the next five Fridays; the third Fridays of six months; of March, June, September and
// December for a year; of January for two years more. A closed Friday gives way to its Thursday.
//
// Strikes come in three widths: every `fine` within 20 % of the base price for expiries of at most
// 36 days, every 2 fine within 45 %, and every 4 fine for expiries beyond 200 days. So a half
// strike exists for some expiries only, and a contract once listed stays listed until it expires.
//
// Each symbol also has an adjusted class, "2" and its name, with one expiry and one odd strike, as
// a corporate action leaves behind.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "calendar/calendar.h"
#include "market/contract.h"

namespace opt_data::sim {

struct ListingRule {
  Underlying symbol;
  double base = 0;            // USD
  std::uint32_t ordinal = 0;  // Of the symbol, below 512: part of its conids.
};

constexpr std::uint32_t listing_ordinals = 512;

ContractId underlying_id(const ListingRule& rule);
Strike fine_strike(double base);

std::vector<std::chrono::year_month_day> listed_expiries(
    const Calendar& calendar, std::chrono::year_month_day day);

// In file order. What expires on `day` is among them.
std::vector<OptionContract> listed_contracts(
    const Calendar& calendar, const ListingRule& rule, std::chrono::year_month_day day);

}  // namespace opt_data::sim
