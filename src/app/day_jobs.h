// The jobs of one trade date, each waiting for its moment and going on where it was cut off.
//
// Whoever runs the day decides what comes next: run_day() runs it from its first job to its last,
// the scheduler one job at a time. A job that is done is left as it is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/jobs.h"
#include "collect/enrichment.h"
#include "collect/fill_job.h"

namespace opt_data::app {

struct DayResult {
  std::vector<collect::SnapshotReport> slots;
  std::optional<collect::FillReport> fill;  // Where snapshot.fill_missed asks for it.
  derive::RollupSummary rollup;
  collect::EnrichmentReport enrichment;
  check::SelfcheckReport selfcheck;
  std::int64_t requests = 0;  // Market-data subscriptions that went out in this run.
  std::int64_t replayed = 0;  // Answers taken from the journal of an earlier run.
  bool already = false;       // Nothing was left to do.
};

class DayJobs {
 public:
  // `wiring` and `shop` outlive it. `progress` gets one line per finished job.
  DayJobs(
      TradeDate date, std::vector<Underlying> symbols, Wiring& wiring, collect::Workshop& shop,
      std::function<void(const std::string&)> progress);

  const SlotGrid& grid() const { return grid_; }
  Result<bool> finished(const store::JobKey& key) const;

  // Errors, all of them: what can't be mended by going on with the next job.
  asio::awaitable<Result<void>> discovery();
  asio::awaitable<Result<void>> slot(Slot slot);
  // After the last window, and until the morning's job needs the gateway: what is not filled by
  // then stays missed. A fill that fails costs the day nothing that it had.
  asio::awaitable<Result<void>> fill();
  asio::awaitable<Result<void>> rollup();
  asio::awaitable<Result<void>> enrichment();
  Result<void> rollup_again();  // With the open interest.
  Result<void> judge(check::Phase phase);

  DayResult result;

 private:
  asio::awaitable<Result<bool>> begin(store::JobKey key, Instant due, bool asks);
  Result<void> miss(
      const Slot& slot, const std::optional<store::JobRecord>& before, const Error& why);
  Instant at(std::chrono::year_month_day day, std::chrono::minutes time) const {
    return new_york(day, time);
  }

  TradeDate date_;
  std::vector<Underlying> symbols_;
  Wiring& wiring_;
  collect::Workshop& shop_;
  std::function<void(const std::string&)> progress_;
  SlotGrid grid_;
};

}  // namespace opt_data::app
