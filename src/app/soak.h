// Many drawn days, each in a process of its own job: a crash of one is a finding, not the end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/planted_bugs.h"
#include "base/result.h"

namespace opt_data::app {

struct SoakOptions {
  std::int64_t days = 100;
  int jobs = 1;
  std::uint64_t first_seed = 1;
  std::int64_t large_every = 0;  // Every so many days has 3,000 contracts; 0: none.
  std::int64_t seconds_max = 0;  // No day is begun after so long; 0: no end.
  PlantedBug bug = PlantedBug::none;
  bool stop_at_first = false;  // Stop at the first day with a finding.
};

struct SoakFinding {
  std::uint64_t seed = 0;
  bool large = false;
  std::vector<std::string> violations;  // The first few.
};

struct SoakResult {
  std::int64_t days = 0;
  std::int64_t passed = 0;  // Days whose own verdict was PASS.
  double seconds = 0;
  std::vector<SoakFinding> findings;  // By seed.
};

// `progress` gets a line now and then. Errors: storage when no process can be started.
Result<SoakResult> soak(
    const SoakOptions& options, const std::function<void(const std::string&)>& progress);

}  // namespace opt_data::app
