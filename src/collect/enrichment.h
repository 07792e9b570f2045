// Open interest of a finished session, asked for on the next trading day.
//
// The clearing house publishes the open interest of session T in the morning of the next trading
// day. A value is accepted only when two readings, `settle` apart, agree; a value seen before the
// publication hour belongs to the session before and is stored with that session's date. Zero is a
// value. Where not one contract of a chain that traded has another value than during T, the new
// numbers are not out yet: nothing is stamped.
//
// Results go into the enrichment view, one row per contract; daily views are derived again from it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "collect/snapshot_job.h"

namespace opt_data::collect {

struct EnrichmentSettings {
  store::Path contracts_cache;
  std::chrono::minutes published_from{6 * 60 + 30};  // New York clock of the next trading day.
  std::chrono::seconds settle{90};
  std::chrono::milliseconds timeout{8'000};
  int in_flight_max = 95;
  std::chrono::minutes reconnect_for{30};  // A gateway that is away is waited for.
  bool allow_delayed = true;
  int unchanged_min = 20;  // Fewer contracts cannot tell that nothing was published.
  DataSource source = DataSource::ibkr;
};

struct EnrichmentReport {
  std::int64_t considered = 0;  // Contracts of the day without an accepted value.
  std::int64_t updated = 0;     // Values accepted by this run.
  std::int64_t with_value = 0;  // Of all contracts of the day, after this run.
  std::int64_t missing = 0;
  std::int64_t expired = 0;
  std::int64_t not_published = 0;
  std::int64_t unstable = 0;  // The two readings differed.
  std::string oi_asof;        // The session the values belong to.
  std::int64_t closes = 0;    // Official closes of underlyings that were stored.
  std::int64_t requests = 0;
  bool already = false;
  std::string ingest_id;
};

std::string to_json(const EnrichmentReport& report);

// Errors: refused while `date`'s open interest cannot be known yet; not_found when the day has no
// expected contract.
asio::awaitable<Result<EnrichmentReport>> run_enrichment(
    TradeDate date, std::vector<Underlying> symbols, EnrichmentSettings settings,
    std::string ingest_id, Workshop& shop, Connect connect, Replay replay);

// The session whose open interest is public at `now`. Errors: invalid_input outside the calendar.
Result<TradeDate> open_interest_session(
    Instant now, std::chrono::minutes published_from, const Calendar& calendar);

}  // namespace opt_data::collect
