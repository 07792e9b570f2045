#include "app/stages.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "app/wiring.h"
#include "base/text.h"
#include "store/value_text.h"

namespace opt_data::app {
namespace {

using check::Stage;
using check::StageChange;
using check::StagePlan;
using check::StageState;
using nlohmann::ordered_json;

// A table whose keys are all asked for, or refused by name.
class Table {
 public:
  Table(const toml::table& table, std::string what) : table_(table), what_(std::move(what)) {}

  template <typename T>
  Result<void> read(std::string_view key, T& into, double least, double most) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    const auto number = node->value<double>();
    if (!number || node->is_boolean() || *number < least || *number > most ||
        (std::is_integral_v<T> && *number != static_cast<double>(static_cast<T>(*number))))
      return fail(
          ErrorKind::invalid_input, "{} of {} must be {} from {} to {}", key, what_,
          std::is_integral_v<T> ? "a whole number" : "a number", least, most);
    into = static_cast<T>(*number);
    return {};
  }
  Result<void> read(std::string_view key, bool& into) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    const auto value = node->value<bool>();
    if (!value || !node->is_boolean())
      return fail(ErrorKind::invalid_input, "{} of {} must be true or false", key, what_);
    into = *value;
    return {};
  }
  Result<void> read(std::string_view key, std::string& into) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    const auto* text = node->as_string();
    if (text == nullptr)
      return fail(ErrorKind::invalid_input, "{} of {} must be a text", key, what_);
    into = text->get();
    return {};
  }
  Result<void> read(std::string_view key, std::vector<std::string>& into) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    const toml::array* array = node->as_array();
    if (array == nullptr || !array->is_homogeneous<std::string>())
      return fail(ErrorKind::invalid_input, "{} of {} must be a list of texts", key, what_);
    for (const toml::node& each : *array) into.push_back(each.as_string()->get());
    return {};
  }
  Result<void> nothing_else() const {
    for (const auto& [key, value] : table_)
      if (!known_.contains(std::string(key.str())))
        return fail(
            ErrorKind::invalid_input, "{} is not a key of {}; it has {}", key.str(), what_,
            fmt::join(known_, ", "));
    return {};
  }

 private:
  const toml::table& table_;
  std::string what_;
  std::set<std::string> known_;
};

constexpr int days_most = 60;

Result<Stage> read_stage(const toml::table& entry, std::size_t number) {
  const std::string what = fmt::format("stage {}", number);
  Stage stage;
  Table table(entry, what);
  std::vector<std::string> symbols;
  OPT_TRY_VOID(table.read("name", stage.name));
  OPT_TRY_VOID(table.read("symbols", symbols));
  OPT_TRY_VOID(table.read("universe_file", stage.universe_file));
  OPT_TRY_VOID(table.read("top", stage.top, 0, 10'000));
  OPT_TRY_VOID(table.read("per_minute", stage.per_minute, 1, 1'000'000));
  OPT_TRY_VOID(table.read("in_flight", stage.in_flight, 1, 1'000));
  OPT_TRY_VOID(table.read("days_before", stage.days_before, 1, days_most));
  OPT_TRY_VOID(table.nothing_else());
  OPT_TRY(stage.symbols, parse_underlyings(symbols));
  if (stage.symbols.empty() == stage.universe_file.empty())
    return fail(ErrorKind::invalid_input, "{} needs symbols or a universe_file, one of both", what);
  if (stage.per_minute == 0 || stage.in_flight == 0)
    return fail(ErrorKind::invalid_input, "{} needs per_minute and in_flight", what);
  if (number > 0 && stage.days_before == 0)
    return fail(
        ErrorKind::invalid_input, "{} needs days_before: how many days must have passed", what);
  return stage;
}

Result<void> read_gate(const toml::table& entry, check::StageGate& gate) {
  Table table(entry, "[gate]");
  OPT_TRY_VOID(table.read("slot_coverage_min", gate.slot_coverage_min, 0, 1));
  OPT_TRY_VOID(table.read("rollup_fallback_max", gate.rollup_fallback_max, 0, 1));
  OPT_TRY_VOID(table.read("delayed_below", gate.delayed_below, 0, 1));
  OPT_TRY_VOID(table.read("oi_enrichment_min", gate.oi_enrichment_min, 0, 1));
  OPT_TRY_VOID(table.read("errors_max", gate.errors_max, 0, 1'000'000));
  OPT_TRY_VOID(table.read("pacing_events_max", gate.pacing_events_max, 0, 1'000'000));
  return table.nothing_else();
}

Result<void> read_rollback(const toml::table& entry, check::RollbackRule& rule) {
  Table table(entry, "[rollback]");
  OPT_TRY_VOID(table.read("watched_days", rule.watched_days, 0, days_most));
  OPT_TRY_VOID(table.read("slot_coverage_below", rule.slot_coverage_below, 0, 1));
  OPT_TRY_VOID(table.read("pacing_events_above", rule.pacing_events_above, 0, 1'000'000));
  OPT_TRY_VOID(table.read("automatic", rule.automatic));
  return table.nothing_else();
}

Result<StagePlan> read_plan(const toml::table& parsed) {
  StagePlan plan;
  for (const auto& [key, value] : parsed) {
    if (key.str() == "stage" && value.is_array_of_tables()) {
      for (const toml::node& node : *value.as_array()) {
        OPT_TRY(Stage stage, read_stage(*node.as_table(), plan.stages.size()));
        plan.stages.push_back(std::move(stage));
      }
    } else if (key.str() == "gate" && value.is_table()) {
      OPT_TRY_VOID(read_gate(*value.as_table(), plan.gate));
    } else if (key.str() == "rollback" && value.is_table()) {
      OPT_TRY_VOID(read_rollback(*value.as_table(), plan.rollback));
    } else {
      return fail(
          ErrorKind::invalid_input, "{} is not known; there are [[stage]], [gate] and [rollback]",
          key.str());
    }
  }
  if (plan.stages.empty()) return fail(ErrorKind::invalid_input, "there is no [[stage]]");
  return plan;
}

std::filesystem::path state_file(const std::filesystem::path& folder) {
  return folder / "stage.json";
}

std::string share(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f} %", *value * 100) : "not measured";
}

// For a person, and for a program.
Result<void> write_incident(
    const Rollback& rollback, const StageChange& change, const StagePlan& plan,
    const StageState& state, Wiring& wiring) {
  const auto folder = wiring.settings().run_logs / "incidents";
  std::string day = change.effective;
  std::erase(day, '-');
  const Stage& from = plan.stages[static_cast<std::size_t>(change.from)];
  const Stage& to = plan.stages[static_cast<std::size_t>(change.to)];
  ordered_json json = {
      {"schema_version", 1},
      {"kind", "stage_rollback"},
      {"at", change.at},
      {"automatic", change.automatic},
      {"effective", change.effective},
      {"reason", change.reason},
      {"from",
       {{"stage", change.from},
        {"name", from.name},
        {"per_minute", from.per_minute},
        {"in_flight", from.in_flight}}},
      {"to",
       {{"stage", change.to},
        {"name", to.name},
        {"per_minute", to.per_minute},
        {"in_flight", to.in_flight}}}};
  std::string text = fmt::format(
      "# Stage {} was rolled back to stage {}\n\n{}, {}; in force from {}.\n\nWhy: {}\n\n"
      "| | universe | per minute | in flight |\n|---|---|---|---|\n"
      "| before | {} | {} | {} |\n| now | {} | {} | {} |\n",
      change.from, change.to, change.at, change.automatic ? "by the program" : "by hand",
      change.effective, change.reason, from.name, from.per_minute, from.in_flight, to.name,
      to.per_minute, to.in_flight);
  ordered_json days = ordered_json::parse(check::to_json(state)).at("watched");
  std::erase_if(days.get_ref<ordered_json::array_t&>(), [&](const ordered_json& one) {
    return one.at("stage") != change.from;
  });
  json["watched"] = std::move(days);
  text +=
      "\n| watched day | coverage | fallback | delayed | pacing events | errors | breaches |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const check::WatchedDay& one : state.watched)
    if (one.stage == change.from)
      text += fmt::format(
          "| {} ({}) | {} | {} | {} | {} | {} | {} |\n", one.date, check::to_text(one.phase),
          share(one.coverage), share(one.fallback), share(one.delayed), one.pacing_events,
          one.errors, one.breaches.empty() ? "-" : join(one.breaches, "; "));
  text += fmt::format(
      "\nWhat was collected stays as it is. Look for the cause with `opt-data selfcheck --date {}` "
      "and `opt-data logscan --date {}`; then `opt-data stage advance` enters the stage again once "
      "its days before have passed.\n",
      rollback.day ? rollback.day->date : change.effective,
      rollback.day ? rollback.day->date : change.effective);
  store::Disk& disk = wiring.disk();
  OPT_TRY_VOID(disk.make_directories(folder));
  OPT_TRY_VOID(store::write_atomically(
      disk, folder / fmt::format("stage_{}.json", day), json.dump(2) + "\n"));
  return store::write_atomically(disk, folder / fmt::format("stage_{}.md", day), text);
}

void tell(observe::Level level, std::string code, std::string message, observe::EventSink& events) {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "stage";
  event.message = std::move(message);
  events.on(event);
}

}  // namespace

Result<StagePlan> parse_stages(std::string_view text, const std::filesystem::path& file) {
  try {
    auto plan = read_plan(toml::parse(text, file.string()));
    if (!plan) return fail_within(std::move(plan).error(), "{}", file.string());
    for (Stage& stage : plan->stages)
      if (!stage.universe_file.empty() && stage.universe_file.front() != '/')
        stage.universe_file = (file.parent_path() / stage.universe_file).string();
    return plan;
  } catch (const toml::parse_error& error) {
    return fail(
        ErrorKind::invalid_input, "{}:{}: {}", file.string(), error.source().begin.line,
        error.description());
  }
}

Result<std::optional<StagePlan>> load_stages(const Config& config) {
  const auto& file = config.settings.stages_file;
  store::RealDisk disk;
  if (!disk.exists(file)) {
    const Effective& named = config.effective.at("stages.file");
    if (named.value == ConfigValue(std::string(standard_stages)) && !config.settings.stages_apply)
      return std::optional<StagePlan>{};
    return fail(
        ErrorKind::not_found,
        "{}: stages.file names {}, which is not there; `opt-data init` writes one", named.origin,
        file.string());
  }
  OPT_TRY(const std::string text, disk.read(file));
  OPT_TRY(StagePlan plan, parse_stages(text, file));
  return std::optional<StagePlan>(std::move(plan));
}

Result<StageState> load_stage_state(store::Disk& disk, const std::filesystem::path& folder) {
  const auto file = state_file(folder);
  if (!disk.exists(file)) return StageState{};
  OPT_TRY(const std::string text, disk.read(file));
  auto state = check::parse_stage_state(text);
  if (!state) return fail_within(std::move(state).error(), "{}", file.string());
  return state;
}

Result<void> store_stage_state(
    store::Disk& disk, const std::filesystem::path& folder, const StageState& state) {
  OPT_TRY_VOID(disk.make_directories(folder));
  return store::write_atomically(disk, state_file(folder), check::to_json(state) + "\n");
}

bool apply_stage(const Stage& stage, int number, Config& config) {
  bool changed = false;
  const auto put = [&](const char* key, ConfigValue value, auto set) {
    Effective& effective = config.effective.at(key);
    // The command line and the environment are nearer to the person than a stage is.
    if (effective.origin.starts_with("--") || effective.origin.starts_with("environment")) return;
    changed = changed || effective.value != value;
    effective = Effective{std::move(value), fmt::format("stage {}", number)};
    set(config.settings);
  };
  put("universe.symbols", std::vector<std::string>(stage.symbols),
      [&](Settings& s) { s.symbols = stage.symbols; });
  if (!stage.universe_file.empty())
    put("universe.file", stage.universe_file, [&](Settings& s) {
      s.universe_file = stage.universe_file;
      s.universe_top = stage.top;
    });
  put("pacing.per_minute", std::int64_t{stage.per_minute},
      [&](Settings& s) { s.limits.subscriptions_per_minute = stage.per_minute; });
  put("pacing.in_flight", std::int64_t{stage.in_flight}, [&](Settings& s) {
    s.limits.in_flight_max = stage.in_flight;
    s.capture.in_flight_max = stage.in_flight;
  });
  return changed;
}

Result<TradeDate> next_untouched(TradeDate from, Wiring& wiring) {
  for (TradeDate date = from;;) {
    const bool lost = !wiring.disk().exists(wiring.settings().state / "ledger.sqlite");
    if (lost) return date;
    OPT_TRY(store::Ledger * ledger, wiring.ledger_to_read());
    OPT_TRY(const auto jobs, ledger->jobs(date));
    if (jobs.empty()) return date;
    OPT_TRY(date, wiring.calendar().next(date));
  }
}

Result<TradeDate> roll_back_stage(
    const Rollback& rollback, TradeDate from, const StagePlan& plan, StageState state,
    Wiring& wiring) {
  OPT_TRY(const TradeDate effective, next_untouched(from, wiring));
  const StageChange change{state.latest(),   rollback.to,
                           effective.text(), iso_utc(wiring.clock().now()),
                           rollback.reason,  rollback.automatic};
  state.changes.push_back(change);
  // The record first: a roll-back without one would be a riddle, and one without effect is seen.
  OPT_TRY_VOID(write_incident(rollback, change, plan, state, wiring));
  OPT_TRY_VOID(store_stage_state(wiring.disk(), wiring.settings().state, state));
  return effective;
}

Result<std::string> watch_what_was_missed(TradeDate date, Wiring& wiring) {
  constexpr int sessions_back = 5;
  if (!wiring.settings().stages_apply) return std::string();
  std::vector<std::string> said;
  for (int i = 0; i <= sessions_back; ++i) {
    OPT_TRY(const StageState state, load_stage_state(wiring.disk(), wiring.settings().state));
    OPT_TRY(
        const auto metrics,
        check::read_day_metrics(wiring.disk(), wiring.settings().run_logs, date));
    const bool seen = metrics && std::ranges::any_of(state.watched, [&](const auto& day) {
                        return day.date == date.text() && day.phase == metrics->phase;
                      });
    if (metrics && !seen) {
      OPT_TRY(std::string sentence, watch_stage(date, wiring));
      if (!sentence.empty()) said.push_back(std::move(sentence));
    }
    const auto before = wiring.calendar().previous(date);
    if (!before) break;
    date = *before;
  }
  return join(said, "; ");
}

Result<std::string> watch_stage(TradeDate date, Wiring& wiring) {
  if (!wiring.settings().stages_apply) return std::string();
  OPT_TRY(const auto plan, load_stages(wiring.config()));
  if (!plan) return std::string();
  OPT_TRY(StageState state, load_stage_state(wiring.disk(), wiring.settings().state));
  const StageChange* advance = state.watching(date, plan->rollback, wiring.calendar());
  if (advance == nullptr) return std::string();
  OPT_TRY(
      const auto metrics, check::read_day_metrics(wiring.disk(), wiring.settings().run_logs, date));
  if (!metrics) return std::string();
  const int stage = advance->to, back = advance->from;
  const bool rolled_back = advance != &state.changes.back();
  check::WatchedDay day = check::watch_day(stage, *metrics, plan->rollback);
  std::erase_if(state.watched, [&](const check::WatchedDay& one) { return one.date == day.date; });
  state.watched.push_back(day);
  if (day.breaches.empty() || rolled_back) {
    OPT_TRY_VOID(store_stage_state(wiring.disk(), wiring.settings().state, state));
    return fmt::format(
        "stage {} watched: {}", stage,
        day.breaches.empty() ? "coverage " + share(day.coverage) : join(day.breaches, "; "));
  }
  const std::string why = join(day.breaches, "; ") + " on " + day.date;
  if (!plan->rollback.automatic) {
    OPT_TRY_VOID(store_stage_state(wiring.disk(), wiring.settings().state, state));
    tell(
        observe::Level::error, "stage_breached",
        fmt::format(
            "stage {}: {}; run `opt-data stage rollback --reason ...` to go back to stage {}",
            stage, why, back),
        wiring.events());
    return fmt::format("stage {} breached: {}", stage, why);
  }
  OPT_TRY(const TradeDate next, wiring.calendar().next(date));
  OPT_TRY(
      const TradeDate effective,
      roll_back_stage({back, why, day, true}, next, *plan, std::move(state), wiring));
  const std::string sentence = fmt::format(
      "stage {} is rolled back to stage {} from {} on: {}", stage, back, effective.text(), why);
  tell(observe::Level::error, "stage_rolled_back", sentence, wiring.events());
  return sentence;
}

}  // namespace opt_data::app
