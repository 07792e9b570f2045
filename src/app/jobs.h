// The jobs of a day, one function each: what every caller of them must do, from the ledger's entry
// to the event about a failure.
#pragma once

#include <string>
#include <vector>

#include "app/wiring.h"
#include "check/reports.h"
#include "derive/rollup.h"

namespace opt_data::app {

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

// Writes a finished job into the ledger.
Result<void> note_job(
    const store::JobKey& key, store::JobOutcome outcome, const std::string& counts, Wiring& wiring);

void emit_failure(
    std::string code, std::string component, const Error& error, collect::Workshop& shop);

// Failures of the broker's side, which cost a day one job; those of this machine end it.
bool can_be_mended(const Error& error);

}  // namespace opt_data::app
