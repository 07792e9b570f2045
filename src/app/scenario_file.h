// A remembered bad day as a TOML file; docs/scenarios.md has its keys.
//
//   title = "the gateway restarts in the middle of a slot"
//   seed = 7
//   date = "2025-11-21"
//   [gateway]
//   down = [["10:00:01", "10:03"]]
//
// Times are New York's, of the scenario's date; "+1 07:30" is of the next trade date. An unknown
// key or a wrong type is an error with its line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/simulated_day.h"
#include "sim/scenario.h"

namespace opt_data::app {

// Errors: not_found; invalid_input, with file, line and what to write instead.
Result<sim::Scenario> read_scenario(const std::filesystem::path& file);
Result<sim::Scenario> parse_scenario(std::string_view text, const std::string& name);

// What the file said of the day and did not come true, in sentences.
std::vector<std::string> against_expectation(
    const sim::Scenario& scenario, const SimulatedDay& day);

}  // namespace opt_data::app
