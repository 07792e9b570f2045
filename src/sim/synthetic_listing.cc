#include "sim/synthetic_listing.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/check.h"

namespace opt_data::sim {
namespace {

using std::chrono::days;
using std::chrono::Friday;
using std::chrono::January;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using std::chrono::years;

constexpr int near_days = 36;
constexpr int far_days = 200;
constexpr std::uint32_t strike_places = 512;
constexpr std::uint32_t adjusted_place = strike_places - 1;

// A conid is 2^30 and up: symbol (9 bits), week of the expiry (11), strike in steps of the finest
// width (9), right (1). There is one expiry a week.
ContractId pack(std::uint32_t ordinal, std::int64_t week, std::uint32_t place, Right right) {
  OPT_CHECK(ordinal < listing_ordinals && week >= 0 && week < 2048 && place < strike_places);
  return (ContractId{1} << 30) | (static_cast<ContractId>(ordinal) << 21) |
         (static_cast<ContractId>(week) << 10) | (static_cast<ContractId>(place) << 1) |
         (right == Right::put ? 1 : 0);
}

std::int64_t week_of(year_month_day expiry) {
  constexpr sys_days first = std::chrono::year{1998} / January / 3;  // A Saturday.
  return (sys_days{expiry} - first).count() / 7 + 1;                 // 0 is the underlying itself.
}

// The Friday, or the Thursday before a closed one; nothing beyond the calendar's years.
void add_friday(const Calendar& calendar, sys_days friday, std::set<year_month_day>& into) {
  const year_month_day day{friday};
  if (static_cast<int>(day.year()) > Calendar::year_last) return;
  into.insert(calendar.closed_on(day) ? year_month_day{friday - days{1}} : day);
}

sys_days third_friday(std::chrono::year_month month) {
  return sys_days{month.year() / month.month() / Friday[3]};
}

// The next January's: it is listed long before, and the class dies with it.
year_month_day adjusted_expiry(const Calendar& calendar, year_month_day day) {
  std::set<year_month_day> found;
  for (int ahead = 0; ahead <= 1; ++ahead)
    add_friday(calendar, third_friday((day.year() + years{ahead}) / January), found);
  const auto next = found.lower_bound(day);
  return next == found.end() ? year_month_day{} : *next;
}

void add_class(
    const ListingRule& rule, year_month_day expiry, const std::vector<std::uint32_t>& places,
    std::vector<OptionContract>& into) {
  const Strike fine = fine_strike(rule.base);
  for (const std::uint32_t place : places)
    for (const Right right : {Right::call, Right::put}) {
      OptionContract option;
      option.id = pack(rule.ordinal, week_of(expiry), place, right);
      option.underlying = rule.symbol;
      option.expiry = expiry;
      option.right = right;
      const bool adjusted = place == adjusted_place;
      option.strike = adjusted ? Strike{std::llround(rule.base * 97.3) * 10}
                               : Strike{static_cast<std::int64_t>(place) * fine.mills};
      option.trading_class = adjusted ? "2" + rule.symbol : rule.symbol;
      into.push_back(std::move(option));
    }
}

}  // namespace

ContractId underlying_id(const ListingRule& rule) { return pack(rule.ordinal, 0, 0, Right::call); }

Strike fine_strike(double base) {
  if (base < 25) return Strike{500};
  if (base < 60) return Strike{1000};
  if (base < 200) return Strike{2500};
  return Strike{base < 1000 ? 5000 : 25000};
}

std::vector<year_month_day> listed_expiries(const Calendar& calendar, year_month_day day) {
  std::set<year_month_day> expiries;
  const sys_days today{day};
  const sys_days friday =
      today + (Friday - std::chrono::weekday{today});  // This week's or the next one's.
  for (int week = 0; week < 5; ++week) add_friday(calendar, friday + days{7 * week}, expiries);
  const std::chrono::year_month month{day.year(), day.month()};
  for (int ahead = 0; ahead <= 12; ++ahead) {
    const auto later = month + months{ahead};
    const bool quarterly = static_cast<unsigned>(later.month()) % 3 == 0;
    if (ahead < 6 || quarterly) add_friday(calendar, third_friday(later), expiries);
  }
  for (int ahead = 1; ahead <= 2; ++ahead)
    add_friday(calendar, third_friday((day.year() + years{ahead}) / January), expiries);
  std::erase_if(expiries, [day](const year_month_day& expiry) { return expiry < day; });
  return {expiries.begin(), expiries.end()};
}

std::vector<OptionContract> listed_contracts(
    const Calendar& calendar, const ListingRule& rule, year_month_day day) {
  std::vector<OptionContract> listed;
  const double fine = fine_strike(rule.base).usd();
  const year_month_day adjusted = adjusted_expiry(calendar, day);
  for (const year_month_day expiry : listed_expiries(calendar, day)) {
    const auto ahead = (sys_days{expiry} - sys_days{day}).count();
    std::vector<std::uint32_t> places;
    const auto last = static_cast<std::uint32_t>(rule.base * 1.45 / fine);
    for (auto place = static_cast<std::uint32_t>(std::ceil(rule.base * 0.55 / fine));
         place <= std::min(last, adjusted_place - 1); ++place) {
      const bool near = std::abs(place * fine - rule.base) <= rule.base * 0.2;
      const bool wanted =
          ahead > far_days ? place % 4 == 0 : place % 2 == 0 || (near && ahead <= near_days);
      if (wanted && place > 0) places.push_back(place);
    }
    if (expiry == adjusted) places.push_back(adjusted_place);
    add_class(rule, expiry, places, listed);
  }
  std::ranges::sort(listed, in_file_order);
  return listed;
}

}  // namespace opt_data::sim
