// What a scheduler does next: a pure function of the time, the agendas and the ledger.
//
// A job that is over is never run again, and one that was cut off is taken up first, so a scheduler
// that starts anew at any instant does what is due and nothing twice. The jobs of a date run in
// their order; nothing that can wait is begun where it could run into a slot of another date.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "schedule/agenda.h"

namespace opt_data::schedule {

struct Pending {
  Job job;
  std::optional<store::JobRecord> record;  // Empty: never started.
};

// How long a job may take: what must not be begun shortly before a slot asks.
using Estimate = std::function<std::chrono::seconds(const Job&)>;

struct Decision {
  enum class What : std::uint8_t {
    run,   // `job`, now.
    miss,  // `job` is too late.
    wait,  // Nothing is due before `until`.
    idle   // Nothing is left.
  };
  What what = What::idle;
  std::optional<Job> job;
  Instant until{};
};

// Whether a job needs nothing more. One that failed is tried again a few times, a slot never: its
// own window is where it tries.
bool over(const Pending& pending, Instant now);

// `pending`: the jobs of each date together and in the order of its agenda, dates ascending.
Decision decide(Instant now, std::span<const Pending> pending, const Estimate& estimate);

}  // namespace opt_data::schedule
