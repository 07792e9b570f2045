// Which of the listed contracts are collected: pure functions of what is listed, a reference price
// and the settings.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "calendar/trade_date.h"
#include "market/contract.h"

namespace opt_data::collect {

// 0 means "no limit" for every number below. All limits are applied, and the smallest wins; nearest
// to the money is kept first (of two equally near strikes the lower one).
struct ContractFilters {
  std::vector<ExpiryType> expiry_types{ExpiryType::monthly, ExpiryType::quarterly};
  int min_days_to_expiry = 1;  // 1: what expires today is not collected.
  int expiry_months_ahead = 12;
  int max_expiries = 0;
  double moneyness = 0.20;          // Band around the reference price: 0.20 is 80 % to 120 %.
  int strikes_per_side = 3;         // Below and above, plus the strike at the money.
  int max_strikes_per_expiry = 10;  // Counts strikes; each has a call and a put.
  bool adjusted_classes = false;    // Also classes that are not named like the underlying (2AAPL).

  // Changes when anything above changes: the contract list of a day remembers it.
  std::string fingerprint() const;
};

// The listings whose expiry and class pass, by expiry and class.
std::vector<Listing> select_listings(
    const std::vector<Listing>& listings, const Underlying& underlying, TradeDate date,
    const ContractFilters& filters);

// Of one expiry and class, the strikes to collect, ascending.
std::vector<Strike> select_strikes(
    std::vector<Strike> strikes, double reference_usd, const ContractFilters& filters);

// Of contracts of one underlying, those that pass; in file order.
std::vector<OptionContract> select_contracts(
    const std::vector<OptionContract>& contracts, TradeDate date, double reference_usd,
    const ContractFilters& filters);

}  // namespace opt_data::collect
