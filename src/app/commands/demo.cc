// opt-data demo [--recording NAME | --market synthetic --symbols A,B --date D --seed N] [--dir DIR]
#include <cerrno>  // program_invocation_name
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/command.h"
#include "app/day.h"
#include "app/simulated_world.h"
#include "app/worlds.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

struct DemoFlags {
  std::string recording = "twx-2014-06-05";
  std::string market = "recording";
  std::vector<std::string> symbols{"AAPL", "MSFT"};
  std::string date = "2025-11-21";
  std::uint64_t seed = 1;
  std::string dir;
  bool fresh = false;
  bool shipped_filters = false;
  bool delayed_account = false;
};

// Every listed contract that does not expire that day, and the pace an account allows.
std::map<std::string, ConfigValue> demo_values(const LoadedMarket& market, const DemoFlags& flags) {
  std::map<std::string, ConfigValue> values = {
      {"universe.symbols", market.symbols},
      {"simulation.source", std::string(to_text(market.source))},
      {"discovery.start", std::string("07:00")},
      {"pacing.per_minute", std::int64_t{1'000'000}},
      {"pacing.in_flight", std::int64_t{95}}};
  if (!flags.shipped_filters) {
    values.insert(
        {{"filters.expiry_types", std::vector<std::string>{"monthly", "quarterly", "weekly"}},
         {"filters.expiry_months_ahead", std::int64_t{0}},
         {"filters.moneyness", 0.0},
         {"filters.strikes_per_side", std::int64_t{0}},
         {"filters.max_strikes_per_expiry", std::int64_t{0}}});
  }
  return values;
}

// What a demo's directory holds, so that it is never taken for another's.
std::string identity(const LoadedMarket& market, const DemoFlags& flags) {
  return fmt::format(
      "{} of {}{}{}", market.name, join(market.symbols, ", "),
      flags.shipped_filters ? ", shipped filters" : "",
      flags.delayed_account ? ", delayed account" : "");
}

// An empty directory, or one with this very demo in it; else nothing is touched. Errors:
// invalid_input with what to do.
Result<void> prepare(
    const std::filesystem::path& dir, const std::string& wanted, bool fresh, store::Disk& disk) {
  const auto marker = dir / "config" / "demo.txt";
  std::error_code error;
  const bool used = std::filesystem::exists(dir, error) && !std::filesystem::is_empty(dir, error);
  if (used && !disk.exists(marker))
    return fail(
        ErrorKind::invalid_input,
        "{} is not a demo's directory, and stays as it is; name another with --dir", dir.string());
  if (used && !fresh) {
    OPT_TRY(const std::string found, disk.read(marker));
    if (trim(found) == wanted) return {};
    return fail(
        ErrorKind::invalid_input,
        "{} holds the demo \"{}\", not \"{}\"; replace it with --fresh, or name another --dir",
        dir.string(), trim(found), wanted);
  }
  for (const char* part : {"data", "state", "config"})
    std::filesystem::remove_all(dir / part, error);
  OPT_TRY_VOID(disk.make_directories(dir / "config"));
  return store::write_atomically(disk, marker, wanted + "\n");
}

Result<Config> demo_config(
    const std::filesystem::path& dir, const LoadedMarket& market, const DemoFlags& flags) {
  store::RealDisk disk;
  OPT_TRY_VOID(prepare(dir, identity(market, flags), flags.fresh, disk));
  const auto file = dir / "config" / "opt-data.toml";
  if (!disk.exists(file)) {
    OPT_TRY_VOID(store::write_atomically(
        disk, file,
        config_template(
            demo_values(market, flags),
            fmt::format("The demo's configuration: {}.", market.name))));
    std::string actions = "# symbol,effective_date,split_ratio\n";
    if (market.recording)
      for (const std::string& action : market.recording->actions) actions += action + "\n";
    OPT_TRY_VOID(store::write_atomically(disk, dir / "config" / "corporate_actions.csv", actions));
  }
  ConfigRequest request;
  request.file = file;
  request.environment = [](const char*) -> const char* { return nullptr; };
  return load_config(request);
}

std::vector<std::string> symbol_row(
    const Underlying& symbol, const DayResult& day, std::int64_t contracts,
    const store::Table& open_interest) {
  std::int64_t expected = 0;
  std::int64_t rows = 0;
  std::int64_t usable = 0;
  std::int64_t two_sided = 0;
  std::int64_t delayed = 0;
  for (const check::SlotCell& cell : day.selfcheck.day.cells) {
    if (cell.symbol != symbol) continue;
    expected += cell.expected;
    rows += cell.rows;
    usable += cell.usable;
    two_sided += cell.two_sided;
    delayed += cell.delayed;
  }
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  std::int64_t fallback = 0;
  std::int64_t filled = 0;
  std::int64_t daily = 0;
  for (const auto& row : open_interest.rows) {
    if (std::get<std::string>(row[0]) != symbol) continue;
    daily = std::get<std::int64_t>(row[1]);
    fallback = std::get<std::int64_t>(row[2]);
    filled = std::get<std::int64_t>(row[3]);
  }
  return {
      symbol,
      std::to_string(contracts),
      std::to_string(rows),
      percent(number(usable), number(expected)),
      percent(number(two_sided), number(rows)),
      percent(number(delayed), number(rows)),
      percent(number(fallback), number(daily)),
      percent(number(filled), number(daily))};
}

Result<std::string> summary_table(const DayResult& day, Wiring& wiring) {
  OPT_TRY(
      const store::Table daily,
      wiring.reader().database().query(
          "SELECT underlying, count(*), count(*) FILTER (rollup_strategy <> 'close'), "
          "count(*) FILTER (oi_state = 'value' AND oi_asof_date = trade_date) "
          "FROM daily_clean GROUP BY 1 ORDER BY 1"));
  std::vector<std::vector<std::string>> rows;
  for (const Underlying& symbol : wiring.settings().symbols) {
    std::int64_t contracts = 0;
    for (const check::SlotCell& cell : day.selfcheck.day.cells)
      if (cell.symbol == symbol) contracts = std::max(contracts, cell.expected);
    rows.push_back(symbol_row(symbol, day, contracts, daily));
  }
  return aligned_table(
      {"symbol", "contracts", "rows", "coverage", "two-sided", "delayed", "fall-back", "OI fill"},
      rows);
}

// Whether the verdict is the one the recording is known to deserve.
bool as_expected(const LoadedMarket& market, const check::SelfcheckReport& report) {
  if (!market.recording) return report.passed();
  const std::vector<std::string> reasons = report.reasons();
  return market.recording->expected_verdict == (report.passed() ? "PASS" : "FAIL") &&
         market.recording->expected_reasons == reasons;
}

void print_verdict(const LoadedMarket& market, const check::SelfcheckReport& report) {
  for (const check::GateResult& gate : report.day.gates) {
    fmt::print(
        "  {:<22} {:>9}  {:<2} {:<5} {}\n", gate.name,
        gate.value ? fmt::format("{:.4f}", *gate.value) : "-", gate.comparator, gate.threshold,
        check::to_text(gate.verdict));
    if (gate.verdict == check::Verdict::pass) continue;
    std::size_t shown = 0;
    for (const std::string& cause : gate.causes) {
      if (++shown > 3) {
        fmt::print("      ... and {} more\n", gate.causes.size() - 3);
        break;
      }
      fmt::print("      {}\n", cause);
    }
  }
  fmt::print("selfcheck: {}\n", report.passed() ? "PASS" : "FAIL");
  if (!market.recording) return;
  const bool expected = as_expected(market, report);
  fmt::print(
      "expected of this recording: {}{} ({})\n", market.recording->expected_verdict,
      market.recording->expected_reasons.empty()
          ? ""
          : ": " + join(market.recording->expected_reasons, ", "),
      expected ? "as it should be" : "NOT what was found");
  for (const std::string& sentence : market.recording->explanation)
    fmt::print("  - {}\n", sentence);
}

std::string first_symbol(const LoadedMarket& market) { return market.symbols.front(); }

void print_next(const LoadedMarket& market, const std::filesystem::path& dir, TradeDate date) {
  const std::string config = (dir / "config" / "opt-data.toml").string();
  // As the person called it, so that the lines can be pasted.
  const std::string command = fmt::format("{} --config {}", program_invocation_name, config);
  fmt::print(
      "\ndataset: {}\n\nTry next:\n"
      "  {} chain {} --date {} --at 10:30\n"
      "  {} query \"SELECT rollup_strategy, count(*) FROM daily_clean GROUP BY 1\"\n"
      "  {} selfcheck --date {}\n",
      (dir / "data").string(), command, first_symbol(market), date.text(), command, command,
      date.text());
}

nlohmann::ordered_json demo_json(
    const LoadedMarket& market, const DayResult& day, const std::filesystem::path& dir,
    double seconds) {
  return {
      {"name", market.name},
      {"dataset", (dir / "data").string()},
      {"status", day.selfcheck.passed() ? "PASS" : "FAIL"},
      {"reasons", day.selfcheck.reasons()},
      {"as_expected", as_expected(market, day.selfcheck)},
      {"already", day.already},
      {"requests", day.requests},
      {"replayed", day.replayed},
      {"day_seconds", seconds},
      {"selfcheck", nlohmann::ordered_json::parse(check::to_json(day.selfcheck))}};
}

std::filesystem::path default_directory(const LoadedMarket& market, const DemoFlags& flags) {
  std::string name = market.name;
  if (!market.recording) name += "-" + join(market.symbols, "-");
  if (flags.shipped_filters) name += "-shipped-filters";
  if (flags.delayed_account) name += "-delayed-account";
  return std::filesystem::path("demo") / name;
}

Exit run(const DemoFlags& flags, const Globals& globals) {
  MarketChoice choice;
  choice.recording = flags.market == "synthetic" ? "" : flags.recording;
  choice.seed = flags.seed;
  auto symbols = parse_underlyings(flags.symbols);
  if (!symbols) return complain(symbols.error(), globals);
  choice.symbols = *symbols;
  auto day = parse_day(flags.date);
  if (!day) return complain(day.error(), globals);
  choice.date = *day;
  auto market = load_market(choice);
  if (!market) return complain(market.error(), globals);
  const std::filesystem::path dir =
      flags.dir.empty() ? default_directory(*market, flags) : std::filesystem::path(flags.dir);
  auto config = demo_config(dir, *market, flags);
  if (!config) return complain(config.error(), globals);

  const auto started = std::chrono::steady_clock::now();
  asio::io_context io;
  SimulatedWorldOptions options;
  if (flags.delayed_account) options.gateway.entitlement = sim::Entitlement::delayed;
  options.seed = flags.seed;
  SimulatedWorld simulated(
      io, *market->market, new_york(market->date, std::chrono::hours{6}), options);
  sim::SimClock& clock = simulated.clock();
  auto wiring = Wiring::make(*std::move(config), io, simulated.world());
  if (!wiring) return complain(wiring.error(), globals);
  auto date = (*wiring)->calendar().trade_date(market->date);
  if (!date) return complain(date.error(), globals);
  auto resume = resume_instant(*date, **wiring);
  if (!resume) return complain(resume.error(), globals);
  if (auto at = clock.run_until_done(clock.wait_until(*resume)); !at || !*at)
    return complain(Error{ErrorKind::cancelled, "the clock could not be set", 0}, globals);
  const auto progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  auto result = clock.run_until_done(run_day(*date, **wiring, progress));
  if (!result)
    return complain(
        Error{ErrorKind::unavailable, "the day waits for something that never comes", 0}, globals);
  if (!*result) return complain(result->error(), globals);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  const check::SelfcheckReport& verdict = (*result)->selfcheck;
  if (globals.json) {
    fmt::print("{}\n", demo_json(*market, **result, dir, took.count()).dump(2));
  } else {
    auto table = summary_table(**result, **wiring);
    if (!table) return complain(table.error(), globals);
    fmt::print(
        "\n{}, {}: {} slots{} in {:.2f} s\n\n{}\n", join(market->symbols, ", "), date->text(),
        (*wiring)->grid(*date).size(), (*result)->already ? ", already collected," : "",
        took.count(), *table);
    print_verdict(*market, verdict);
    print_next(*market, dir, *date);
  }
  return as_expected(*market, verdict) ? Exit::done : Exit::no;
}

}  // namespace

void add_demo(Cli& cli) {
  auto flags = std::make_shared<DemoFlags>();
  CLI::App* demo = cli.root.add_subcommand(
      "demo", "A whole trading day through the simulated gateway, on a recorded market");
  demo->add_option("--recording", flags->recording, "Which recording; `opt-data sim list` has them")
      ->capture_default_str();
  demo->add_option("--market", flags->market, "recording, or synthetic: grown from a seed")
      ->check(CLI::IsMember({"recording", "synthetic"}))
      ->capture_default_str();
  demo->add_option("--symbols", flags->symbols, "Underlyings of a synthetic market")
      ->delimiter(',')
      ->capture_default_str();
  demo->add_option("--date", flags->date, "Trade date of a synthetic market")
      ->capture_default_str();
  demo->add_option("--seed", flags->seed, "Seed of delays, and of a synthetic market")
      ->capture_default_str();
  demo->add_option("--dir", flags->dir, "Where to put it (default: demo/NAME)");
  demo->add_flag("--fresh", flags->fresh, "Remove an earlier demo in that directory first");
  demo->add_flag(
      "--shipped-filters", flags->shipped_filters,
      "Choose contracts as the shipped configuration does, instead of all of them");
  demo->add_flag(
      "--delayed-account", flags->delayed_account, "The account has delayed market data only");
  demo->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
