// Upkeep of the dataset: finished days become few files, and what is older than anybody wants to
// keep it goes.
//
// Neither touches a day that a job still needs: whose open interest is to come, or which is one of
// the latest ten sessions and so may be asked again, filled, or learnt from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/wiring.h"
#include "store/compaction.h"

namespace opt_data::app {

// Why the files of a date are still needed as they are; empty when every job of it is over.
Result<std::string> still_needed(
    const TradeDate& date, const store::Ledger& ledger, Wiring& wiring);

struct CompactionOrder {
  std::optional<TradeDate> date;  // Empty: every day that is over.
  bool undo = false;              // Only of a date.
  bool dry_run = false;
};

struct CompactionReport {
  std::vector<store::Compacted> days;  // But for those that were compacted before.
  int already = 0;
  std::vector<std::string> waiting;  // "2025-10-06: its open interest is still to come"
  std::vector<std::string> failed;
};
// Errors: refused for one date that cannot be compacted yet; of several it is left for later. What
// is wrong with one of several days costs the others nothing.
Result<CompactionReport> run_compaction(const CompactionOrder& order, Wiring& wiring);

struct RemovedDay {
  std::string day;  // "clean view=intraday/date=2025-10-06"
  int files = 0;
  std::int64_t bytes = 0;
};

struct RetentionReport {
  std::vector<RemovedDay> removed;
  std::vector<std::string> kept;  // Old enough to go, and why they stay.
  std::filesystem::path log;      // Of what was removed; empty when nothing was.
};
Result<RetentionReport> run_retention(bool dry_run, Wiring& wiring);

// As the scheduler runs them: on record, with an event for what fails.
Result<void> run_upkeep_job(
    const store::JobKey& key, const std::function<void(const std::string&)>& progress,
    Wiring& wiring);

std::string to_json(const CompactionReport& report);
std::string to_json(const RetentionReport& report);

}  // namespace opt_data::app
