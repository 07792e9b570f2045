// A whole trading day, job after job, on whatever clock the wiring has: discovery, every slot, the
// rollup, next morning's open interest, and the verdict.
//
// Run again after a crash at any instruction, it goes on: what is done stays done, and the job that
// was cut off is taken up where its journal ends.
#pragma once

#include <functional>
#include <string>

#include "app/day_jobs.h"

namespace opt_data::app {

// Where the clock of a simulated day stands when it goes on: at the start of the job that was cut
// off, else where the last finished job ended, else before discovery.
Result<Instant> resume_instant(TradeDate date, Wiring& wiring);

// `progress` gets one line per finished job.
asio::awaitable<Result<DayResult>> run_day(
    TradeDate date, Wiring& wiring, std::function<void(const std::string&)> progress);

}  // namespace opt_data::app
