// One simulated day from a scenario, with the real collector, writer and ledger, and whoever
// watches it: what was stored is compared with what went over the wire.
//
// A crash ends the process of the collector and nothing else: its world is torn down, and a new one
// is started on the same files some seconds of virtual time later. So is a process whose day ended
// with an error, as a supervisor would.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/planted_bugs.h"
#include "base/result.h"
#include "sim/scenario.h"

namespace opt_data::app {

struct SimulatedDayOptions {
  std::filesystem::path directory;  // Empty: a fresh one in memory, removed at the end.
  std::function<void(const sim::Witness::Line&)> trace;
  std::function<void(const std::string&)> progress;
  PlantedBug bug = PlantedBug::none;
};

struct SimulatedDay {
  std::string verdict;  // PASS, FAIL
  std::vector<std::string> reasons;
  std::vector<std::string> violations;  // What must never be, in sentences. Empty: all is well.
  std::string hash;                     // Of the wire, both directions.
  std::uint64_t frames = 0;
  int processes = 1;
  std::int64_t contracts = 0;
  std::int64_t rows = 0;
  std::int64_t usable = 0;
  int slots = 0;
  std::int64_t disk_operations = 0;
  std::int64_t syncs = 0;
  std::vector<std::string> endings;  // Why processes ended before the day did.
};

// Keys of the configuration as a scenario has them: universe, filters and limits.
std::map<std::string, ConfigValue> scenario_settings(const sim::Scenario& scenario);

// Errors: invalid_input for a scenario that cannot be set up; storage when the machine, and not the
// scenario, has no room.
Result<SimulatedDay> simulate_day(
    const sim::Scenario& scenario, const SimulatedDayOptions& options = {});

}  // namespace opt_data::app
