// Slots that are over, filled from the broker's half-hour bars where they missed a contract.
//
//   1. the slots: what was published, what a run that was cut off had journalled, and rows for
//      contracts of a slot that was never asked
//   2. two requests for every contract that misses any of them, nearest to the money first; every
//      answer journalled
//   3. whole new files (raw, then clean), in which no row that was answered in its time changed
//
// The expected sets stay as they are: a fill is not what was planned, and nothing it brings is
// coverage (fill_rows.h). Run again, it asks only for what has no answer yet: a contract without
// history is not asked twice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collect/snapshot_job.h"

namespace opt_data::collect {

struct FillSettings {
  store::Path contracts_cache;
  WindowOptions window;
  Instant until = Instant::max();          // Nothing is asked at this moment or later.
  std::chrono::minutes reconnect_for{10};  // A gateway that is away is waited for.
  int in_flight_max = 10;
  bool require_greeks = true;
  int stale_book_sessions_max = 5;
  DataSource source = DataSource::ibkr;  // Of the rows that cannot be filled.
};

struct SlotFill {
  std::string slot;                 // "10:30"
  std::int64_t missed = 0;          // Contracts without an observation of the slot's time.
  std::int64_t filled = 0;          // Of those, with one from history.
  std::vector<ContractId> without;  // Those of which the broker has no history.
  bool has_bar = true;              // Else no bar ends at its moment, and nothing can be filled.
  std::int64_t left() const {
    return has_bar ? missed - filled - static_cast<std::int64_t>(without.size()) : 0;
  }
};

struct FillReport {
  std::vector<SlotFill> slots;
  std::int64_t requests = 0;
  std::string stopped;   // Why it ended before everything was asked; empty where it did not.
  bool already = false;  // Nothing was asked and nothing published.
  bool complete() const;
  std::int64_t missed() const;
  std::int64_t filled() const;
};

std::string to_json(const SlotFill& fill);
Result<SlotFill> slot_fill_of(const std::string& json);

// The slots of one day. Errors: refused for a slot whose window lasts, and for an account that may
// not see history; not_found when nobody knows which contracts the day had; unavailable when no
// gateway came and nothing was filled.
asio::awaitable<Result<FillReport>> fill_missed(
    std::vector<Slot> slots, std::vector<Underlying> symbols, FillSettings settings,
    std::string ingest_id, Workshop& shop, Connect connect);

}  // namespace opt_data::collect
