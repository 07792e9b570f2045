// Simulated worlds: a market from a recording or a seed, a gateway in this process, a clock that
// jumps.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/wiring.h"
#include "market/market_source.h"
#include "sim/sim_clock.h"
#include "sim/sim_gateway.h"

namespace opt_data::app {

// In the state directory: beside simulated rows nothing real is ever collected, and the other way
// round.
constexpr const char* simulated_marker = "SIMULATED";

struct RecordingInfo {
  std::string name;
  std::string title;
  std::filesystem::path folder;
  std::chrono::year_month_day date{};
  std::vector<Underlying> symbols;
  std::string expected_verdict;               // PASS, FAIL
  std::vector<std::string> expected_reasons;  // As selfcheck names them: "qa:slot_presence_min"
  std::vector<std::string> explanation;       // A sentence for each defect.
  std::vector<std::string> actions;  // Splits to know of, as corporate_actions.csv has them.
};

// The folder with the recordings: OPT_DATA_RECORDINGS, else beside the program. Errors: not_found.
Result<std::filesystem::path> recordings_folder();
Result<std::vector<RecordingInfo>> list_recordings();
Result<RecordingInfo> find_recording(const std::string& name);

// What a simulated day runs on.
struct MarketChoice {
  std::string recording = "twx-2014-06-05";  // Empty: synthetic.
  std::vector<Underlying> symbols;           // Synthetic only.
  std::chrono::year_month_day date{};        // Synthetic only.
  int sessions = 1;                          // Synthetic only: so many, and one morning more.
  std::uint64_t seed = 1;
};

struct LoadedMarket {
  std::unique_ptr<MarketSource> market;
  std::vector<Underlying> symbols;
  std::chrono::year_month_day date{};
  DataSource source = DataSource::recording;
  std::optional<RecordingInfo> recording;
  std::string name;  // Of its directory: "twx-2014-06-05", "synthetic-2025-11-21-seed-7"
};
Result<LoadedMarket> load_market(const MarketChoice& choice);

}  // namespace opt_data::app
