// Stages as a configuration has them: config/stages.toml, and beside the ledger what was decided
// (state/stage.json).
//
//   state/stage.json                                    changes and watched days
//   run_logs/incidents/stage_YYYYMMDD.json, .md         each roll-back, with what led to it
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "check/stage.h"

namespace opt_data::app {

class Wiring;

// Errors: invalid_input, with the place.
Result<check::StagePlan> parse_stages(std::string_view text, const std::filesystem::path& file);

// Empty: the configuration has no stages. Errors: invalid_input; not_found when it names a file
// that is not there.
Result<std::optional<check::StagePlan>> load_stages(const Config& config);

// Nothing was decided yet: stage 0. Errors: corrupt, storage.
Result<check::StageState> load_stage_state(
    store::Disk& disk, const std::filesystem::path& state_folder);
Result<void> store_stage_state(
    store::Disk& disk, const std::filesystem::path& state_folder, const check::StageState& state);

// Universe and limits of a stage, where neither the command line nor the environment says
// otherwise. True: something is different from before.
bool apply_stage(const check::Stage& stage, int number, Config& config);

// The first trade date at or after `from` of which nothing is on record yet.
Result<TradeDate> next_untouched(TradeDate from, Wiring& wiring);

// After a verdict was stored: a watched day is noted, and a breach rolls the stage back or proposes
// it. Returns a sentence for whoever watches; empty where there is nothing to say.
Result<std::string> watch_stage(TradeDate date, Wiring& wiring);

// The same for the days before `date` whose verdict was stored by a process that was killed before
// it had looked at it.
Result<std::string> watch_what_was_missed(TradeDate date, Wiring& wiring);

// Back to `to`, with its incident record. `date`: the day that led to it, where one did.
struct Rollback {
  int to = 0;
  std::string reason;
  std::optional<check::WatchedDay> day;
  bool automatic = false;
};
// Returns the trade date it takes effect on.
Result<TradeDate> roll_back_stage(
    const Rollback& rollback, TradeDate from, const check::StagePlan& plan, check::StageState state,
    Wiring& wiring);

}  // namespace opt_data::app
