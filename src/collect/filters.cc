#include "collect/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace opt_data::collect {
namespace {

bool wanted_type(std::chrono::year_month_day expiry, const ContractFilters& filters) {
  using std::chrono::month;
  const bool monthly = is_monthly_expiry(expiry);
  const bool quarterly = monthly && static_cast<unsigned>(expiry.month()) % 3 == 0;
  return std::any_of(
      filters.expiry_types.begin(), filters.expiry_types.end(), [&](ExpiryType type) {
        switch (type) {
          case ExpiryType::monthly:
            return monthly;
          case ExpiryType::quarterly:
            return quarterly;
          case ExpiryType::weekly:
            return !monthly;
        }
        return false;
      });
}

bool wanted_expiry(
    std::chrono::year_month_day expiry, TradeDate date, const ContractFilters& filters) {
  using namespace std::chrono;
  const int days_left = static_cast<int>((sys_days{expiry} - sys_days{date.day()}).count());
  if (days_left < filters.min_days_to_expiry) return false;
  if (filters.expiry_months_ahead > 0) {
    year_month_day last = date.day() + months{filters.expiry_months_ahead};
    if (!last.ok()) last = last.year() / last.month() / std::chrono::last;
    if (expiry > last) return false;
  }
  return wanted_type(expiry, filters);
}

}  // namespace

std::string ContractFilters::fingerprint() const {
  std::vector<std::string_view> types;
  for (const ExpiryType type : expiry_types) types.push_back(to_text(type));
  std::sort(types.begin(), types.end());
  return fmt::format(
      "expiry_types={} min_days={} months={} max_expiries={} moneyness={} per_side={} "
      "max_strikes={} adjusted={}",
      fmt::join(types, "+"), min_days_to_expiry, expiry_months_ahead, max_expiries, moneyness,
      strikes_per_side, max_strikes_per_expiry, adjusted_classes);
}

std::vector<Listing> select_listings(
    const std::vector<Listing>& listings, const Underlying& underlying, TradeDate date,
    const ContractFilters& filters) {
  std::vector<Listing> selected;
  std::set<std::chrono::year_month_day> expiries;
  for (const Listing& listing : listings) {
    if (!filters.adjusted_classes && listing.trading_class != underlying) continue;
    if (!wanted_expiry(listing.expiry, date, filters)) continue;
    // Listings come by expiry, so the first expiries are the nearest.
    if (filters.max_expiries > 0 && !expiries.contains(listing.expiry) &&
        static_cast<int>(expiries.size()) >= filters.max_expiries)
      continue;
    expiries.insert(listing.expiry);
    selected.push_back(listing);
  }
  return selected;
}

std::vector<Strike> select_strikes(
    std::vector<Strike> strikes, double reference_usd, const ContractFilters& filters) {
  if (filters.moneyness > 0) {
    std::erase_if(strikes, [&](Strike strike) {
      // A band edge that is a listed strike belongs to the band, whatever binary fractions say.
      constexpr double slack = 1e-9;
      return strike.usd() < reference_usd * (1 - filters.moneyness) - slack ||
             strike.usd() > reference_usd * (1 + filters.moneyness) + slack;
    });
  }
  const auto nearer = [&](Strike a, Strike b) {
    return std::tuple(std::abs(a.usd() - reference_usd), a) <
           std::tuple(std::abs(b.usd() - reference_usd), b);
  };
  std::sort(strikes.begin(), strikes.end(), nearer);
  if (filters.strikes_per_side > 0 && !strikes.empty()) {
    const Strike at_the_money = strikes.front();
    int below = 0;
    int above = 0;
    std::erase_if(strikes, [&](Strike strike) {
      if (strike == at_the_money) return false;
      int& side = strike < at_the_money ? below : above;
      return ++side > filters.strikes_per_side;
    });
  }
  if (filters.max_strikes_per_expiry > 0 &&
      static_cast<int>(strikes.size()) > filters.max_strikes_per_expiry)
    strikes.resize(static_cast<std::size_t>(filters.max_strikes_per_expiry));
  std::sort(strikes.begin(), strikes.end());
  return strikes;
}

std::vector<OptionContract> select_contracts(
    const std::vector<OptionContract>& contracts, TradeDate date, double reference_usd,
    const ContractFilters& filters) {
  using Key = std::tuple<std::chrono::year_month_day, std::string>;
  std::map<Key, std::vector<Strike>> by_listing;
  for (const OptionContract& contract : contracts)
    by_listing[{contract.expiry, contract.trading_class}].push_back(contract.strike);
  std::vector<Listing> listings;
  Underlying underlying;
  if (!contracts.empty()) underlying = contracts.front().underlying;
  for (auto& [key, strikes] : by_listing) {
    std::sort(strikes.begin(), strikes.end());
    strikes.erase(std::unique(strikes.begin(), strikes.end()), strikes.end());
    listings.push_back(Listing{std::get<0>(key), std::get<1>(key), 100, strikes});
  }
  std::map<Key, std::set<Strike>> kept;
  for (const Listing& listing : select_listings(listings, underlying, date, filters)) {
    const auto strikes = select_strikes(listing.strikes, reference_usd, filters);
    kept[{listing.expiry, listing.trading_class}] = {strikes.begin(), strikes.end()};
  }
  std::vector<OptionContract> selected;
  for (const OptionContract& contract : contracts) {
    const auto found = kept.find({contract.expiry, contract.trading_class});
    if (found != kept.end() && found->second.contains(contract.strike))
      selected.push_back(contract);
  }
  std::sort(selected.begin(), selected.end(), in_file_order);
  return selected;
}

}  // namespace opt_data::collect
