// A whole trading day, job after job, on whatever clock the wiring has: discovery, every slot, the
// rollup, next morning's open interest, and the verdict.
//
// Run again after a crash at any instruction, it goes on: what is done stays done, and the job that
// was cut off is taken up where its journal ends.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/wiring.h"
#include "check/reports.h"
#include "collect/enrichment.h"
#include "derive/rollup.h"

namespace opt_data::app {

struct DayResult {
  std::vector<collect::SnapshotReport> slots;
  derive::RollupSummary rollup;
  collect::EnrichmentReport enrichment;
  check::SelfcheckReport selfcheck;
  std::int64_t requests = 0;  // Market-data subscriptions that went out in this run.
  std::int64_t replayed = 0;  // Answers taken from the journal of an earlier run.
  bool already = false;       // Nothing was left to do.
};

// Where the clock of a simulated day stands when it goes on: at the start of the job that was cut
// off, else where the last finished job ended, else before discovery.
Result<Instant> resume_instant(TradeDate date, Wiring& wiring);

// `progress` gets one line per finished job.
asio::awaitable<Result<DayResult>> run_day(
    TradeDate date, Wiring& wiring, std::function<void(const std::string&)> progress);

struct DiscoveryJob {
  TradeDate date;
  std::vector<Underlying> symbols;
  Instant freeze_at;            // With freeze_at_once: the latest moment.
  bool freeze_at_once = false;  // By hand: nobody waits, not for a gateway either.
  bool force = false;           // Ask everything again; what stands is replaced when that is done.
};
// A day that is past or yet to come is refused: only what is listed now, at the price of now, can
// be asked. A book that stands is counted and left.
asio::awaitable<Result<collect::DiscoverySummary>> run_discovery_job(
    DiscoveryJob job, Wiring& wiring);
Result<derive::RollupSummary> run_rollup_job(TradeDate date, int pass, Wiring& wiring);
Result<check::DayReport> run_qa(TradeDate date, check::Phase phase, bool write, Wiring& wiring);
Result<check::LogSummary> run_logscan(TradeDate date, bool write, Wiring& wiring);
Result<check::SelfcheckReport> run_selfcheck(
    TradeDate date, check::Phase phase, bool write, Wiring& wiring);

// Stamps every event from now on with this job.
void enter_job(const store::JobKey& key, const std::string& ingest_id, Wiring& wiring);

}  // namespace opt_data::app
