// A day of which everything that will happen is decided: market, limits, faults, all from one seed.
//
// The same scenario always gives the same day. A file with one bad day is read by app
// (app/scenario_file.h); draw_scenario() makes one from a seed alone: each kind of fault is there
// or not, and where it is there, its parameters are drawn, so that days differ in which faults meet
// and not only in when.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/faulty_transport.h"
#include "sim/sim_options.h"
#include "sim/troubled_market.h"
#include "sim/witness.h"

namespace opt_data::sim {

enum class DiskTrouble : std::uint8_t {
  no_space,      // The operation is refused.
  sync_failed,   // The next sync at or after it is refused.
  crash_before,  // The process dies without having done it,
  crash_after,   // or right after it.
};
std::string_view to_text(DiskTrouble trouble);

// `operation` counts every write, sync, rename and removal of the day from 0, over all processes.
struct DiskFault {
  DiskTrouble kind = DiskTrouble::no_space;
  std::int64_t operation = 0;
  int times = 1;  // So many operations in a row.
};

// Which contracts are asked for; the settings of the same names.
struct ScenarioUniverse {
  std::vector<Underlying> symbols{"AAPL", "MSFT"};
  int expiry_months_ahead = 2;
  int strikes_per_side = 1;
  bool weekly = false;
};

struct Scenario {
  std::string title;
  std::uint64_t seed = 1;
  std::chrono::year_month_day date =
      std::chrono::year{2025} / std::chrono::November / 21;  // A trade date.
  ScenarioUniverse universe;
  ClientLimits limits;
  SimOptions gateway;
  LinkFaults link;
  std::vector<MarketTrouble> market;
  std::vector<DiskFault> disk;
  std::vector<Instant> kills;              // The process is killed,
  std::chrono::seconds restart_after{20};  // and started so much later.
  std::chrono::seconds recovery{1'500};    // So long after a fault everything is well again.
  // A day from a file says what it deserves: "PASS", "FAIL", or nothing; and why.
  std::string expected_verdict;
  std::vector<std::string> expected_reasons;
};

enum class UniverseSize : std::uint8_t { small, large };  // Some tens of contracts, or 3,000.

Scenario draw_scenario(std::uint64_t seed, UniverseSize size = UniverseSize::small);

// When something outside the collector is wrong: what the gateway, the link and the market do to
// every contract for a while. What a single contract meets all day long is not in it.
std::vector<Window> disturbances(const Scenario& scenario);

// Whether the gateway says no, or nothing, to somebody while all is well: to a contract, or to a
// whole account.
bool refuses(const Scenario& scenario);

// The kinds of fault that are in it: "down", "frozen_chain", "crash_before".
std::vector<std::string> faults_in(const Scenario& scenario);

}  // namespace opt_data::sim
