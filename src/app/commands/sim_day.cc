// opt-data sim day --seed N | --scenario F, and sim soak --days N
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/scenario_file.h"
#include "app/simulated_day.h"
#include "app/soak.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

struct DayFlags {
  std::uint64_t seed = 1;
  std::string scenario;
  std::string dir;
  bool trace = false;
  bool large = false;
  std::string bug = "none";
};

void print_line(const sim::Witness::Line& line) {
  std::string text = observe::redact_accounts(line.payload);
  for (char& letter : text)
    if (letter == '\0') letter = '|';
  fmt::print("{} {} {}\n", new_york_text(line.at), line.to_client ? ">" : "<", text);
}

nlohmann::ordered_json to_json(const sim::Scenario& scenario, const SimulatedDay& day) {
  return {
      {"seed", scenario.seed},
      {"title", scenario.title},
      {"date", iso(scenario.date)},
      {"faults", sim::faults_in(scenario)},
      {"status", day.verdict},
      {"reasons", day.reasons},
      {"violations", day.violations},
      {"trace", day.hash},
      {"frames", day.frames},
      {"processes", day.processes},
      {"endings", day.endings},
      {"contracts", day.contracts},
      {"slots", day.slots},
      {"rows", day.rows},
      {"usable", day.usable},
      {"disk_operations", day.disk_operations},
      {"syncs", day.syncs}};
}

void print_day(const sim::Scenario& scenario, const SimulatedDay& day) {
  fmt::print(
      "{} of {}, seed {}: {} contracts, {} slots, {} rows, {} usable; {} processes, {} frames\n",
      scenario.title, iso(scenario.date), scenario.seed, day.contracts, day.slots, day.rows,
      day.usable, day.processes, day.frames);
  const std::vector<std::string> faults = sim::faults_in(scenario);
  fmt::print("faults: {}\n", faults.empty() ? "none" : join(faults, ", "));
  constexpr std::size_t endings_shown = 10;
  for (std::size_t i = 0; i < std::min(day.endings.size(), endings_shown); ++i)
    fmt::print("  {}\n", day.endings[i]);
  if (day.endings.size() > endings_shown)
    fmt::print("  ... and {} more\n", day.endings.size() - endings_shown);
  fmt::print(
      "selfcheck: {}{}\n", day.verdict.empty() ? "none" : day.verdict,
      day.reasons.empty() ? "" : " (" + join(day.reasons, ", ") + ")");
  if (day.violations.empty()) fmt::print("checks: all hold\n");
  for (const std::string& violation : day.violations) fmt::print("checks: {}\n", violation);
  fmt::print("trace: {}\n", day.hash);
}

Exit run_day_of(const DayFlags& flags, const Globals& globals) {
  sim::Scenario scenario;
  if (flags.scenario.empty()) {
    scenario = sim::draw_scenario(
        flags.seed, flags.large ? sim::UniverseSize::large : sim::UniverseSize::small);
  } else {
    auto read = read_scenario(flags.scenario);
    if (!read) return complain(read.error(), globals);
    scenario = *std::move(read);
  }
  auto bug = parse_planted_bug(flags.bug);
  if (!bug) return complain(bug.error(), globals);
  SimulatedDayOptions options;
  options.directory = flags.dir;
  options.bug = *bug;
  if (flags.trace) options.trace = print_line;
  options.progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  auto day = simulate_day(scenario, options);
  if (!day) return complain(day.error(), globals);
  if (globals.json) {
    fmt::print("{}\n", to_json(scenario, *day).dump(2));
  } else {
    print_day(scenario, *day);
  }
  const std::vector<std::string> unexpected = against_expectation(scenario, *day);
  for (const std::string& sentence : unexpected) fmt::print(stderr, "{}\n", sentence);
  return day->violations.empty() && unexpected.empty() ? Exit::done : Exit::no;
}

Exit run_soak_of(const SoakOptions& options, const Globals& globals) {
  const auto progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  auto result = soak(options, progress);
  if (!result) return complain(result.error(), globals);
  if (globals.json) {
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    for (const SoakFinding& finding : result->findings)
      findings.push_back(
          {{"seed", finding.seed}, {"large", finding.large}, {"violations", finding.violations}});
    const nlohmann::ordered_json json = {
        {"days", result->days},
        {"passed", result->passed},
        {"seconds", result->seconds},
        {"findings", findings}};
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print(
        "{} days in {:.1f} s, {:.1f} a second; {} passed by their own verdict, {} with findings\n",
        result->days, result->seconds,
        static_cast<double>(result->days) / std::max(result->seconds, 1e-9), result->passed,
        result->findings.size());
    for (const SoakFinding& finding : result->findings) {
      fmt::print(
          "seed {}{}: again with `opt-data sim day --seed {}{}`\n", finding.seed,
          finding.large ? " (large)" : "", finding.seed, finding.large ? " --large" : "");
      for (const std::string& violation : finding.violations) fmt::print("  {}\n", violation);
    }
  }
  return result->findings.empty() ? Exit::done : Exit::no;
}

}  // namespace

void add_sim_days(CLI::App& sim, Cli& cli) {
  auto flags = std::make_shared<DayFlags>();
  CLI::App* day =
      sim.add_subcommand("day", "One simulated day, with faults, and what it must keep");
  day->add_option("--seed", flags->seed, "Everything of the day is drawn from it")
      ->capture_default_str();
  day->add_option("--scenario", flags->scenario, "A day from a file instead");
  day->add_option("--dir", flags->dir, "Keep its files there (default: in memory, then gone)");
  day->add_flag("--trace", flags->trace, "Print every frame of the wire");
  day->add_flag("--large", flags->large, "3,000 contracts instead of some tens");
  day->add_option("--plant", flags->bug, "A bug that the checks have to find")->group("");
  day->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run_day_of(*flags, cli.globals); }; });

  auto options = std::make_shared<SoakOptions>();
  auto bug = std::make_shared<std::string>("none");
  CLI::App* many = sim.add_subcommand("soak", "Many simulated days, each from a seed of its own");
  many->add_option("--days", options->days, "How many")->capture_default_str();
  many->add_option("--jobs", options->jobs, "Processes at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  many->add_option("--first-seed", options->first_seed, "The seed of the first day")
      ->capture_default_str();
  many->add_option(
          "--large-every", options->large_every,
          "Every so many days has 3,000 contracts; 0: none has")
      ->capture_default_str();
  many->add_option("--seconds", options->seconds_max, "Begin no day after so long; 0: no end")
      ->capture_default_str();
  many->add_flag("--stop", options->stop_at_first, "Stop at the first day with a finding");
  many->add_option("--plant", *bug, "A bug that the checks have to find")->group("");
  many->callback([options, bug, &cli] {
    cli.chosen = [options, bug, &cli] {
      auto parsed = parse_planted_bug(*bug);
      if (!parsed) return complain(parsed.error(), cli.globals);
      options->bug = *parsed;
      return run_soak_of(*options, cli.globals);
    };
  });
}

}  // namespace opt_data::app
