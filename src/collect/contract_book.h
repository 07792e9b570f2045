// The contracts of one underlying for one trade date, frozen before the open; and what is known to
// be listed, kept across days.
//
//   <contracts_cache>/AAPL_2025-10-06.json     the book of the day
//   <contracts_cache>/listings/AAPL.json       what the broker has told us, per expiry and class
//
// Both are written atomically with a header (schema_version, checksum of the contracts). Errors of
// reading: not_found; corrupt, with the path, for a broken or edited file (it is never overwritten
// by accident: `contracts build --force` replaces it); invalid_input for a newer schema version.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "calendar/calendar.h"
#include "market/contract.h"
#include "market/option_quote.h"
#include "store/disk.h"

namespace opt_data::collect {

constexpr int book_schema_version = 1;

struct ContractBook {
  TradeDate date;
  UnderlyingContract underlying;
  ReferencePrice reference;
  std::string filters;  // ContractFilters::fingerprint()
  Instant built_at{};
  std::vector<OptionContract> contracts;  // In file order; never empty.
};

store::Path book_path(const store::Path& cache, const Underlying& underlying, TradeDate date);
Result<void> write_book(store::Disk& disk, const store::Path& cache, const ContractBook& book);
Result<ContractBook> read_book(
    store::Disk& disk, const store::Path& cache, const Underlying& underlying, TradeDate date);
// The newest book before `date`, at most `sessions_back_max` sessions old, without what has
// expired by then. Errors: not_found.
Result<ContractBook> read_earlier_book(
    store::Disk& disk, const store::Path& cache, const Underlying& underlying, TradeDate date,
    const Calendar& calendar, int sessions_back_max);

// One expiry and trading class, as the broker enumerated it.
struct KnownListing {
  std::chrono::year_month_day expiry{};
  std::string trading_class;
  std::chrono::year_month_day enumerated_on{};  // New York day; the epoch when only probed.
  std::vector<OptionContract> contracts;        // In file order.
  // Strikes that were asked for and do not exist, and when that was learnt.
  std::map<Strike, std::chrono::year_month_day> absent;
  std::set<Strike> candidates;  // What secdef listed for the class when this was enumerated.
};

struct KnownListings {
  Underlying underlying;
  std::vector<KnownListing> listings;           // By expiry, then class.
  std::set<std::string> adjusted_classes = {};  // "AAPL1": told once.

  KnownListing* find(std::chrono::year_month_day expiry, const std::string& trading_class);
  KnownListing& at(std::chrono::year_month_day expiry, const std::string& trading_class);
};

Result<void> write_listings(
    store::Disk& disk, const store::Path& cache, const KnownListings& listings);
Result<KnownListings> read_listings(
    store::Disk& disk, const store::Path& cache, const Underlying& underlying);

}  // namespace opt_data::collect
