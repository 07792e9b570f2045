// Filling what slots missed from the broker's half-hour bars, once their windows are over.
#pragma once

#include <string>
#include <vector>

#include "app/wiring.h"
#include "collect/fill_job.h"

namespace opt_data::app {

// Of `slots`, those that cannot be asked any more.
std::vector<Slot> slots_over(std::vector<Slot> slots, const Settings& settings, Instant now);

// One line for each slot that missed something.
std::vector<std::string> sentences(const collect::FillReport& report);

// Of one day; not empty. Nothing is asked at `until` or later.
asio::awaitable<Result<collect::FillReport>> run_fill_job(
    std::vector<Slot> slots, Instant until, Wiring& wiring);

}  // namespace opt_data::app
