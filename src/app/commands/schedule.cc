// opt-data schedule --simulate [--date D] [--days N] [--seed N] | --live [--continuous |
//                   --exit-when-idle] | --plan
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/day.h"
#include "app/observation.h"
#include "app/scenario_file.h"
#include "app/scheduler.h"
#include "app/simulated_world.h"
#include "app/worlds.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

struct ScheduleFlags {
  std::string date = "today";
  bool simulate = false, live = false, plan = false;
  bool continuous = false, exit_when_idle = false;
  int days = 1;
  std::uint64_t seed = 1;
  std::string scenario;  // A file whose gateway is the simulated one; empty: one without faults.
};

Result<Calendar> calendar_of(const Config& config) {
  OPT_TRY(const auto closures, load_closures(config));
  return Calendar::with(closures);
}

// ---- the plan

Result<std::vector<schedule::Job>> plan_of(
    TradeDate first, int days, const Calendar& calendar, const Settings& settings) {
  std::vector<schedule::Job> all;
  TradeDate date = first;
  for (int i = 0; i < days; ++i) {
    const SlotGrid grid(calendar.session(date), settings.slot_step);
    OPT_TRY(const auto jobs, schedule::agenda(date, grid, calendar, times_of(settings)));
    all.insert(all.end(), jobs.begin(), jobs.end());
    OPT_TRY(date, calendar.next(date));
  }
  std::ranges::stable_sort(all, {}, &schedule::Job::due);
  return all;
}

nlohmann::ordered_json plan_json(const std::vector<schedule::Job>& jobs) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const schedule::Job& job : jobs)
    json.push_back(
        {{"job", job.key.text()},
         {"name", schedule::name_of(job)},
         {"trade_date", job.key.date.text()},
         {"due", iso_utc(job.due)},
         {"due_new_york", new_york_text(job.due)},
         {"latest_start", iso_utc(job.latest)}});
  return json;
}

void print_plan(const std::vector<schedule::Job>& jobs) {
  std::vector<std::vector<std::string>> rows;
  for (const schedule::Job& job : jobs)
    rows.push_back(
        {job.key.date.text(), schedule::name_of(job), new_york_text(job.due),
         iso_utc(job.due).substr(0, 16) + "Z", new_york_text(job.latest)});
  fmt::print("{}", aligned_table({"trade date", "job", "New York", "UTC", "missed after"}, rows));
}

// ---- outcome

nlohmann::ordered_json outcome_json(const ScheduleOutcome& outcome) {
  nlohmann::ordered_json verdicts = nlohmann::ordered_json::array();
  for (const auto& [date, report] : outcome.verdicts)
    verdicts.push_back(
        {{"trade_date", date.text()},
         {"phase", check::to_text(report.day.phase)},
         {"status", report.passed() ? "PASS" : "FAIL"},
         {"reasons", report.reasons()}});
  return {
      {"run", outcome.run},
      {"failed", outcome.failed},
      {"missed", outcome.missed},
      {"verdicts", verdicts}};
}

void print_outcome(const ScheduleOutcome& outcome) {
  for (const auto& [date, report] : outcome.verdicts) {
    fmt::print(
        "{} {:<8} {}\n", date.text(), check::to_text(report.day.phase),
        report.passed() ? "PASS" : "FAIL: " + join(report.reasons(), ", "));
    if (outcome.verdicts.size() > 1) continue;
    for (const check::GateResult& gate : report.day.gates)
      fmt::print(
          "  {:<22} {:>9}  {:<2} {:<5} {}\n", gate.name,
          gate.value ? fmt::format("{:.4f}", *gate.value) : "-", gate.comparator, gate.threshold,
          check::to_text(gate.verdict));
  }
  fmt::print("{} jobs run, {} failed, {} missed\n", outcome.run, outcome.failed, outcome.missed);
}

// ---- simulated

// Errors: refused where something else than simulated days is kept.
Result<void> claim_tree(Wiring& wiring) {
  store::Disk& disk = wiring.disk();
  const auto marker = wiring.settings().state / simulated_marker;
  if (disk.exists(marker)) return {};
  if (disk.exists(wiring.settings().state / "ledger.sqlite"))
    return fail(
        ErrorKind::refused,
        "{} holds what was really collected, and simulated days are never put beside it; name "
        "another configuration with --config (config/opt-data.test.toml has a tree of its own)",
        wiring.settings().state.string());
  return store::write_atomically(
      disk, marker, "The days in this tree were simulated; nothing in it came from a market.\n");
}

nlohmann::ordered_json load_json(
    const sim::ClientLimits& peaks, const sim::ClientLimits& limits,
    const sim::SimCounters& counters) {
  return {
      {"in_flight_peak", peaks.in_flight},
      {"in_flight_limit", limits.in_flight},
      {"subscriptions_per_minute_peak", peaks.subscriptions_per_minute},
      {"subscriptions_per_minute_limit", limits.subscriptions_per_minute},
      {"messages_per_second_peak", peaks.messages_per_second},
      {"messages_per_second_limit", limits.messages_per_second},
      {"lines_peak", peaks.lines},
      {"lines_limit", limits.lines},
      {"pacing_events", counters.error_count(100) + counters.error_count(101)},
      {"error_200", counters.error_count(200)}};
}

void print_load(const nlohmann::ordered_json& load) {
  const auto of = [&](const char* what) {
    return fmt::format(
        "{} of {}", load[std::string(what) + "_peak"].dump(),
        load[std::string(what) + "_limit"].dump());
  };
  fmt::print(
      "load at its peak: {} questions in flight, {} subscriptions in a minute, {} messages in a "
      "second, {} lines; {} pacing events, {} times Error 200\n",
      of("in_flight"), of("subscriptions_per_minute"), of("messages_per_second"), of("lines"),
      load["pacing_events"].dump(), load["error_200"].dump());
}

// Where the clock goes on: after the latest job of these days, else before the first.
Result<Instant> resume_of(TradeDate first, TradeDate last, Wiring& wiring) {
  Instant start =
      new_york(first.day(), wiring.settings().discovery_start) - std::chrono::minutes{2};
  for (TradeDate date = first; date <= last;) {
    OPT_TRY(store::Ledger * ledger, wiring.ledger());
    OPT_TRY(const auto jobs, ledger->jobs(date));
    if (!jobs.empty()) {
      OPT_TRY(const Instant resumed, resume_instant(date, wiring));
      start = std::max(start, resumed);
    }
    OPT_TRY(date, wiring.calendar().next(date));
  }
  return start;
}

Exit simulate(const ScheduleFlags& flags, const Globals& globals) {
  auto config = config_of(globals);
  if (!config) {
    complain(config.error(), globals);
    return Exit::usage;
  }
  asio::io_context io;
  const auto calendar = calendar_of(*config);
  if (!calendar) return complain(calendar.error(), globals);
  const auto date = parse_trade_date(flags.date, *calendar, RealClock().now());
  if (!date) return complain(date.error(), globals);
  // The simulated market has one gateway.
  config->settings.other_gateways.clear();
  config->settings.limits.sessions = 1;
  MarketChoice choice;
  choice.recording = "";
  choice.date = date->day();
  choice.sessions = flags.days;
  choice.seed = flags.seed;
  sim::ClientLimits limits;
  {
    // The universe is the configuration's; to read it takes no gateway.
    auto reading = Wiring::make(*config, io);
    if (!reading) return complain(reading.error(), globals);
    if (auto claimed = claim_tree(**reading); !claimed) return complain(claimed.error(), globals);
    if (auto used = (*reading)->use_day(*date); !used) return complain(used.error(), globals);
    auto symbols = (*reading)->universe();
    if (!symbols) return complain(symbols.error(), globals);
    choice.symbols = *symbols;
    limits = client_limits((*reading)->settings());
  }
  auto market = load_market(choice);
  if (!market) return complain(market.error(), globals);
  const auto jobs = plan_of(*date, flags.days, *calendar, config->settings);
  if (!jobs) return complain(jobs.error(), globals);
  if (!globals.json) print_plan(*jobs);

  SimulatedWorldOptions options;
  options.limits = limits;
  if (!flags.scenario.empty()) {
    auto scenario = read_scenario(flags.scenario);
    if (!scenario) return complain(scenario.error(), globals);
    options.gateway = std::move(scenario->gateway);
  }
  options.seed = flags.seed;
  TradeDate end = *date;
  for (const schedule::Job& job : *jobs) end = std::max(end, job.key.date);
  SimulatedWorld simulated(
      io, *market->market, new_york(date->day(), std::chrono::hours{0}), options);
  auto wiring = Wiring::make(*std::move(config), io, simulated.world());
  if (!wiring) return complain(wiring.error(), globals);
  auto start = resume_of(*date, end, **wiring);
  if (!start) return complain(start.error(), globals);
  sim::SimClock& clock = simulated.clock();
  if (auto at = clock.run_until_done(clock.wait_until(*start)); !at || !*at)
    return complain(Error{ErrorKind::cancelled, "the clock could not be set", 0}, globals);
  Scheduler scheduler({*date, Until::day_over, end}, **wiring, [](const std::string& line) {
    fmt::print(stderr, "{}\n", line);
  });
  auto observation = Observation::make(**wiring, {});
  if (!observation) return complain(observation.error(), globals);
  scheduler.watched_by(**observation);
  auto outcome = clock.run_until_done(scheduler.run());
  (*observation)->ended();
  if (!outcome)
    return complain(
        Error{ErrorKind::unavailable, "the day waits for something that never comes", 0}, globals);
  if (!*outcome) return complain(outcome->error(), globals);
  const auto load =
      load_json(simulated.witness().peaks(), *options.limits, simulated.gateway().counters());
  if (globals.json) {
    nlohmann::ordered_json json = outcome_json(**outcome);
    json["plan"] = plan_json(*jobs);
    json["load"] = load;
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("\n");
    print_outcome(**outcome);
    print_load(load);
  }
  return (*outcome)->good() ? Exit::done : Exit::no;
}

// ---- live

Result<void> refuse_simulated_tree(Wiring& wiring) {
  const auto marker = wiring.settings().state / simulated_marker;
  if (!wiring.disk().exists(marker)) return {};
  return fail(
      ErrorKind::refused,
      "{} says that the days in this tree were simulated; collect into another one, or remove {} "
      "and its dataset first",
      marker.string(), wiring.settings().state.string());
}

asio::awaitable<Result<ScheduleOutcome>> run_observed(
    Scheduler& scheduler, Observation& observation) {
  auto outcome = co_await scheduler.run();
  // One that was refused the lock leaves everything as the other one has it.
  if (outcome) co_await observation.leave();
  co_return outcome;
}

Exit live(const ScheduleFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  if (auto fine = refuse_simulated_tree(*wiring); !fine) return complain(fine.error(), globals);
  const Calendar& calendar = wiring->calendar();
  const Instant now = wiring->clock().now();
  SchedulerOptions options{
      TradeDate{*calendar.on_or_after(in_new_york(now).day)}, Until::day_over, std::nullopt};
  if (flags.date != "today") {
    auto date = parse_trade_date(flags.date, calendar, now);
    if (!date) return complain(date.error(), globals);
    options.date = *date;
  }
  if (flags.continuous) options.until = Until::stopped;
  if (flags.exit_when_idle) options.until = Until::nothing_due;
  Scheduler scheduler(options, *wiring, [](const std::string& line) {
    fmt::print(stderr, "{} {}\n", iso_utc(RealClock().now()), line);
  });
  // First of all the lock: a second scheduler is told who holds it, and touches nothing.
  if (const auto shop = wiring->workshop(); !shop) return complain(shop.error(), globals);
  ObservationOptions told;
  told.alerts = true;
  told.serve = true;
  auto observation = Observation::make(*wiring, std::move(told));
  if (!observation) return complain(observation.error(), globals);
  scheduler.watched_by(**observation);
  (*observation)->start();
  // What was answered is in the journal already, and the next start takes it up.
  bool stopped = false;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error) return;
    stopped = true;
    io.stop();
  });
  std::optional<Result<ScheduleOutcome>> outcome;
  asio::co_spawn(io, run_observed(scheduler, **observation), [&](auto thrown, auto value) {
    if (!thrown) outcome = std::move(value);
    io.stop();
  });
  io.run();
  if (stopped) (*observation)->ended();
  wiring->flush_console();
  if (stopped) {
    if (auto ledger = wiring->ledger()) (void)(*ledger)->commit();
    fmt::print(stderr, "stopped; started again, it goes on where it was\n");
    return Exit::done;
  }
  if (!outcome) return complain(Error{ErrorKind::storage, "the scheduler ended", 0}, globals);
  if (!*outcome) return complain(outcome->error(), globals);
  if (globals.json)
    fmt::print("{}\n", outcome_json(**outcome).dump(2));
  else
    print_outcome(**outcome);
  return (*outcome)->good() ? Exit::done : Exit::no;
}

Exit print_only(const ScheduleFlags& flags, const Globals& globals) {
  auto config = config_of(globals);
  if (!config) {
    complain(config.error(), globals);
    return Exit::usage;
  }
  const auto calendar = calendar_of(*config);
  if (!calendar) return complain(calendar.error(), globals);
  const auto date = parse_trade_date(flags.date, *calendar, RealClock().now());
  if (!date) return complain(date.error(), globals);
  const auto jobs = plan_of(*date, flags.days, *calendar, config->settings);
  if (!jobs) return complain(jobs.error(), globals);
  if (globals.json)
    fmt::print("{}\n", plan_json(*jobs).dump(2));
  else
    print_plan(*jobs);
  return Exit::done;
}

}  // namespace

void add_schedule(Cli& cli) {
  auto flags = std::make_shared<ScheduleFlags>();
  CLI::App* verb = cli.root.add_subcommand(
      "schedule", "The jobs of the day at their times: for real, or on a clock that jumps");
  CLI::App* how = verb->add_option_group("how");
  how->add_flag("--simulate", flags->simulate, "The whole day at once, on a simulated market");
  how->add_flag("--live", flags->live, "By the machine's clock, until the day's last job");
  how->add_flag("--plan", flags->plan, "Print the jobs and their times, and do nothing");
  how->require_option(1);
  add_date_option(*verb, flags->date, "today");
  verb->add_option("--days", flags->days, "So many sessions; with --simulate and --plan")
      ->check(CLI::Range(1, 260))
      ->capture_default_str();
  verb->add_option(
      "--scenario", flags->scenario,
      "A file whose [gateway] is the simulated one, faults and all (docs/scenarios.md)");
  verb->add_option("--seed", flags->seed, "Seed of the simulated market")->capture_default_str();
  auto* forever = verb->add_flag("--continuous", flags->continuous, "--live, day after day");
  verb->add_flag(
          "--exit-when-idle", flags->exit_when_idle,
          "--live, and leave when what is left is due on another day: for timers")
      ->excludes(forever);
  add_symbols_option(*verb, cli.globals);
  add_delayed_option(*verb, cli.globals);
  add_record_option(*verb, cli.globals);
  verb->callback([flags, &cli] {
    cli.chosen = [flags, &cli] {
      if (flags->plan) return print_only(*flags, cli.globals);
      return flags->simulate ? simulate(*flags, cli.globals) : live(*flags, cli.globals);
    };
  });
}

}  // namespace opt_data::app
