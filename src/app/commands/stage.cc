// opt-data stage status | advance [--dry-run] | rollback --reason TEXT [--dry-run]
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/stages.h"
#include "app/worlds.h"

namespace opt_data::app {
namespace {

using check::Condition;
using check::StagePlan;
using check::StageState;
using nlohmann::ordered_json;

struct StageFlags {
  std::string date;
  std::string reason;
  bool dry_run = false;
};

// What the three verbs begin with.
struct Staged {
  std::unique_ptr<Wiring> wiring;
  StagePlan plan;
  StageState state;
};

StagePlan plan_or_none(std::optional<StagePlan> plan) {
  return plan ? *std::move(plan) : StagePlan{};
}

Result<Staged> stages_of(std::unique_ptr<Wiring> wiring) {
  Staged staged;
  OPT_TRY(auto plan, load_stages(wiring->config()));
  staged.plan = plan_or_none(std::move(plan));
  if (staged.plan.stages.empty())
    return fail(
        ErrorKind::not_found,
        "{} is not there: this configuration has no stages; `opt-data init` writes one",
        wiring->settings().stages_file.string());
  OPT_TRY(staged.state, load_stage_state(wiring->disk(), wiring->settings().state));
  if (staged.state.latest() < 0 ||
      static_cast<std::size_t>(staged.state.latest()) >= staged.plan.stages.size())
    return fail(
        ErrorKind::invalid_input, "stage {} is in force, and {} has only {} stages",
        staged.state.latest(), wiring->settings().stages_file.string(), staged.plan.stages.size());
  staged.wiring = std::move(wiring);
  return staged;
}

// The days that are to be judged end with this one: the last session whose verdict can be final.
// Simulated days are of any year, so there it is the last one that has a verdict.
Result<TradeDate> last_judged(const std::string& given, Wiring& wiring) {
  const Instant now = wiring.clock().now();
  const Calendar& calendar = wiring.calendar();
  if (!given.empty()) return parse_trade_date(given, calendar, now);
  if (wiring.disk().exists(wiring.settings().state / simulated_marker)) {
    const auto reports = wiring.settings().run_logs / "selfcheck";
    std::vector<store::Path> files;
    if (wiring.disk().exists(reports)) {
      OPT_TRY(files, wiring.disk().list(reports));
    }
    if (!files.empty()) {
      // selfcheck_YYYYMMDD.json
      const std::string day = files.back().stem().string().substr(std::string("selfcheck_").size());
      return parse_trade_date(
          day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6), calendar, now);
    }
  }
  OPT_TRY(const TradeDate today, calendar.on_or_after(in_new_york(now).day));
  const bool enriched = today.day() == in_new_york(now).day &&
                        now >= new_york(today.day(), wiring.settings().enrichment_at);
  OPT_TRY(const TradeDate before, calendar.previous(today));
  if (enriched) return before;
  return calendar.previous(before);
}

std::string universe_text(const check::Stage& stage) {
  if (!stage.symbols.empty())
    return stage.symbols.size() <= 4 ? fmt::format("{}", fmt::join(stage.symbols, ", "))
                                     : fmt::format("{} underlyings", stage.symbols.size());
  return stage.top > 0 ? fmt::format("the first {} of {}", stage.top, stage.universe_file)
                       : stage.universe_file;
}

ordered_json stage_json(const StagePlan& plan, int number) {
  const check::Stage& stage = plan.stages[static_cast<std::size_t>(number)];
  return {
      {"stage", number},
      {"name", stage.name},
      {"symbols", stage.symbols},
      {"universe_file", stage.universe_file},
      {"per_minute", stage.per_minute},
      {"in_flight", stage.in_flight}};
}

ordered_json conditions_json(const std::vector<Condition>& conditions) {
  ordered_json out = ordered_json::array();
  for (const Condition& each : conditions)
    out.push_back({{"met", each.met}, {"condition", each.text}, {"report", each.report}});
  return out;
}

void print_conditions(const std::vector<Condition>& conditions) {
  std::string report;
  for (const Condition& each : conditions) {
    if (each.report != report && !each.report.empty()) fmt::print("  {}\n", each.report);
    report = each.report;
    fmt::print("    {:<6} {}\n", each.met ? "met" : "UNMET", each.text);
  }
}

bool all_met(const std::vector<Condition>& conditions) {
  return std::ranges::all_of(conditions, &Condition::met);
}

void print_state(const Staged& staged, TradeDate date) {
  const auto& settings = staged.wiring->settings();
  const int now = staged.state.on(date), latest = staged.state.latest();
  for (std::size_t i = 0; i < staged.plan.stages.size(); ++i) {
    const check::Stage& stage = staged.plan.stages[i];
    fmt::print(
        "{} {} {:<14} {:>3} a minute, {:>2} in flight  {}\n", std::cmp_equal(i, now) ? '>' : ' ', i,
        stage.name, stage.per_minute, stage.in_flight, universe_text(stage));
  }
  if (latest != now)
    fmt::print("stage {} from {} on\n", latest, staged.state.changes.back().effective);
  if (!settings.stages_apply)
    fmt::print(
        "stages.apply is false: universe and limits are those of the configuration, and no stage "
        "is rolled back by itself\n");
  for (const check::StageChange& change : staged.state.changes)
    fmt::print(
        "{}  stage {} -> {}{}: {}\n", change.effective, change.from, change.to,
        change.automatic ? " by itself" : "", change.reason);
  for (const check::WatchedDay& day : staged.state.watched) {
    fmt::print(
        "watched {} (stage {}, {}): coverage {}, fallback {}, delayed {}, {} pacing events{}\n",
        day.date, day.stage, check::to_text(day.phase),
        percent(day.coverage.value_or(0), day.coverage ? 1 : 0),
        percent(day.fallback.value_or(0), day.fallback ? 1 : 0),
        percent(day.delayed.value_or(0), day.delayed ? 1 : 0), day.pacing_events,
        day.breaches.empty() ? "" : fmt::format("; BREACH: {}", fmt::join(day.breaches, "; ")));
  }
}

Exit status(Staged& staged, const StageFlags& flags, const Globals& globals) {
  const auto last = last_judged(flags.date, *staged.wiring);
  if (!last) return complain(last.error(), globals);
  const int latest = staged.state.latest();
  const bool is_last = static_cast<std::size_t>(latest) + 1 == staged.plan.stages.size();
  std::vector<Condition> conditions;
  if (!is_last) {
    auto found = check::conditions_to_enter(
        staged.plan, staged.state, latest + 1, *last, staged.wiring->calendar(),
        staged.wiring->disk(), staged.wiring->settings().run_logs);
    if (!found) return complain(found.error(), globals);
    conditions = *std::move(found);
  }
  if (globals.json) {
    ordered_json json = ordered_json::parse(check::to_json(staged.state));
    json["applies"] = staged.wiring->settings().stages_apply;
    json["current"] = stage_json(staged.plan, staged.state.on(*last));
    json["judged_until"] = last->text();
    json["next"] = is_last ? ordered_json() : stage_json(staged.plan, latest + 1);
    json["may_advance"] = !is_last && all_met(conditions);
    json["conditions"] = conditions_json(conditions);
    fmt::print("{}\n", json.dump(2));
    return Exit::done;
  }
  print_state(staged, *last);
  if (is_last) return Exit::done;
  fmt::print("\nto enter stage {}, with the days until {}:\n", latest + 1, last->text());
  print_conditions(conditions);
  return Exit::done;
}

Exit advance(Staged& staged, const StageFlags& flags, const Globals& globals) {
  Wiring& wired = *staged.wiring;
  const int from = staged.state.latest(), to = from + 1;
  if (static_cast<std::size_t>(to) >= staged.plan.stages.size())
    return complain(
        Error{ErrorKind::refused, fmt::format("stage {} is the last one", from), 0}, globals);
  const auto last = last_judged(flags.date, wired);
  if (!last) return complain(last.error(), globals);
  const auto conditions = check::conditions_to_enter(
      staged.plan, staged.state, to, *last, wired.calendar(), wired.disk(),
      wired.settings().run_logs);
  if (!conditions) return complain(conditions.error(), globals);
  const check::Stage& next = staged.plan.stages[static_cast<std::size_t>(to)];
  const bool listed = next.universe_file.empty() || wired.disk().exists(next.universe_file);
  const bool may = all_met(*conditions) && listed;
  auto after = wired.calendar().next(*last);
  if (!after) return complain(after.error(), globals);
  const auto effective = next_untouched(*after, wired);
  if (!effective) return complain(effective.error(), globals);
  if (may && !flags.dry_run) {
    staged.state.changes.push_back(
        {from, to, effective->text(), iso_utc(wired.clock().now()),
         fmt::format("{} days until {} passed", next.days_before, last->text()), false});
    if (auto done = store_stage_state(wired.disk(), wired.settings().state, staged.state); !done)
      return complain(done.error(), globals);
  }
  if (globals.json) {
    const ordered_json json = {
        {"from", from},
        {"to", to},
        {"advanced", may && !flags.dry_run},
        {"may_advance", may},
        {"dry_run", flags.dry_run},
        {"judged_until", last->text()},
        {"effective", effective->text()},
        {"conditions", conditions_json(*conditions)}};
    fmt::print("{}\n", json.dump(2));
    return may ? Exit::done : Exit::no;
  }
  print_conditions(*conditions);
  if (!listed)
    fmt::print(
        "    UNMET  {} is there: one symbol a line, the largest first\n", next.universe_file);
  if (!may) {
    fmt::print(
        "refused: stage {} stays; {} of {} conditions are unmet\n", from,
        std::ranges::count(*conditions, false, &Condition::met) + (listed ? 0 : 1),
        conditions->size() + 1);
    return Exit::no;
  }
  fmt::print(
      "{} {} ({}) {} in force from {} on: {} a minute, {} in flight, {}; its first {} days "
      "are "
      "watched\n",
      flags.dry_run ? "dry run: stage" : "stage", to, next.name, flags.dry_run ? "would be" : "is",
      effective->text(), next.per_minute, next.in_flight, universe_text(next),
      staged.plan.rollback.watched_days);
  if (!wired.settings().stages_apply)
    fmt::print("stages.apply is false: set it, or change universe and limits yourself\n");
  return Exit::done;
}

Exit roll_back(Staged& staged, const StageFlags& flags, const Globals& globals) {
  Wiring& wired = *staged.wiring;
  const int from = staged.state.latest();
  if (from == 0) return complain(Error{ErrorKind::refused, "stage 0 is the first one", 0}, globals);
  auto date = flags.date.empty()
                  ? wired.calendar().on_or_after(in_new_york(wired.clock().now()).day)
                  : parse_trade_date(flags.date, wired.calendar(), wired.clock().now());
  if (!date) return complain(date.error(), globals);
  auto effective = next_untouched(*date, wired);
  if (effective && !flags.dry_run)
    effective = roll_back_stage(
        {from - 1, flags.reason, {}, false}, *date, staged.plan, staged.state, wired);
  if (!effective) return complain(effective.error(), globals);
  if (globals.json) {
    const ordered_json json = {
        {"from", from},
        {"to", from - 1},
        {"dry_run", flags.dry_run},
        {"effective", effective->text()},
        {"reason", flags.reason}};
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print(
        "{} {} {} rolled back to stage {} from {} on; the record {} in {}\n",
        flags.dry_run ? "dry run: stage" : "stage", from, flags.dry_run ? "would be" : "is",
        from - 1, effective->text(), flags.dry_run ? "would be" : "is",
        (wired.settings().run_logs / "incidents").string());
  }
  return Exit::done;
}

// What every verb begins with.
Exit with_stages(
    Exit (*verb)(Staged&, const StageFlags&, const Globals&), const StageFlags& flags,
    const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto staged = stages_of(std::move(wiring));
  if (!staged) return complain(staged.error(), globals);
  return verb(*staged, flags, globals);
}

}  // namespace

void add_stage(Cli& cli) {
  CLI::App* stage =
      cli.root.add_subcommand("stage", "Where universe and limits are on their way up, and back");
  stage->require_subcommand(1);
  const auto flags = std::make_shared<StageFlags>();
  const auto runs = [&](CLI::App* sub, auto run) {
    sub->callback([flags, run, &cli] {
      cli.chosen = [flags, run, &cli] { return with_stages(run, *flags, cli.globals); };
    });
  };
  CLI::App* shown =
      stage->add_subcommand("status", "The stage, its watched days, and what the next one needs");
  runs(shown, status);
  CLI::App* up =
      stage->add_subcommand("advance", "Enter the next stage, if every condition is met");
  runs(up, advance);
  CLI::App* down =
      stage->add_subcommand("rollback", "Go back to the stage before, with a record of why");
  runs(down, roll_back);
  for (CLI::App* sub : {shown, up})
    sub->add_option("--date", flags->date, "Judge the days that end with this one");
  down->add_option("--date", flags->date, "The first day of the stage before");
  down->add_option("--reason", flags->reason, "Why; it is kept")->required();
  for (CLI::App* sub : {up, down})
    sub->add_flag("--dry-run", flags->dry_run, "Say what would happen, and change nothing");
}

}  // namespace opt_data::app
