// opt-data calendar show [--date D] [--days N] | check
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/preflight.h"

namespace opt_data::app {
namespace {

struct CalendarFlags {
  std::string date = "today";
  int days = 5;
};

Exit run(const CalendarFlags& flags, const Globals& globals) {
  auto config = config_of(globals);
  if (!config) {
    complain(config.error(), globals);
    return Exit::usage;
  }
  auto closures = load_closures(*config);
  if (!closures) return complain(closures.error(), globals);
  auto listed = Calendar::with(*closures);
  if (!listed) return complain(listed.error(), globals);
  const Calendar& calendar = *listed;
  const Instant now = RealClock().now();
  Result<std::chrono::year_month_day> day = in_new_york(now).day;
  if (flags.date != "today") day = parse_day(flags.date);
  if (!day) return complain(day.error(), globals);
  auto date = calendar.on_or_after(*day);
  if (!date) return complain(date.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < flags.days; ++i) {
    const TradingSession session = calendar.session(*date);
    const SlotGrid grid(session, std::chrono::minutes{30});
    const std::string note = calendar.note(*date).value_or("");
    rows.push_back(
        {date->text(), new_york_text(session.open), new_york_text(session.close),
         std::to_string(grid.size()), note});
    json.push_back(
        {{"trade_date", date->text()},
         {"open", iso_utc(session.open)},
         {"close", iso_utc(session.close)},
         {"slots", grid.size()},
         {"note", note}});
    date = calendar.next(*date);
    if (!date) return complain(date.error(), globals);
  }
  if (globals.json) {
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}", aligned_table({"trade date", "opens", "closes", "slots", "note"}, rows));
  }
  return Exit::done;
}

// The sessions of every underlying, because one of them may be halted or listed elsewhere.
asio::awaitable<Result<std::vector<PreflightCheck>>> compare_all(Wiring& wiring) {
  OPT_CO_TRY(const auto symbols, wiring.universe());
  OPT_CO_TRY_VOID(co_await wiring.link().ready(wiring.clock().now() + std::chrono::seconds{30}));
  std::vector<PreflightCheck> checks;
  for (const Underlying& symbol : symbols) {
    OPT_CO_TRY(const SymbolHours hours, co_await broker_hours(symbol, wiring));
    checks.push_back(compare_hours(hours, wiring.calendar()));
  }
  co_return checks;
}

Exit run_check(const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto checks = wiring->wait(compare_all(*wiring));
  wiring->flush_console();
  if (!checks) return complain(checks.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const PreflightCheck& one : *checks) {
    json.push_back({{"state", to_text(one.fitness)}, {"found", one.found}, {"remedy", one.remedy}});
    if (globals.json) continue;
    fmt::print("{}\n", one.found);
    if (!one.remedy.empty()) fmt::print("{}\n", one.remedy);
  }
  if (globals.json) fmt::print("{}\n", json.dump(2));
  return passed(*checks) ? Exit::done : Exit::no;
}

}  // namespace

void add_calendar(Cli& cli) {
  CLI::App* calendar = cli.root.add_subcommand("calendar", "When US options trade");
  calendar->require_subcommand(1);
  auto flags = std::make_shared<CalendarFlags>();
  CLI::App* show = calendar->add_subcommand("show", "Sessions and their slots");
  show->add_option("--date", flags->date, "From this day on")->capture_default_str();
  show->add_option("--days", flags->days, "How many sessions")
      ->check(CLI::Range(1, 400))
      ->capture_default_str();
  CLI::App* check = calendar->add_subcommand(
      "check", "Compare our sessions with those the broker has for every underlying");
  add_symbols_option(*check, cli.globals);
  add_record_option(*check, cli.globals);
  check->callback([&cli] { cli.chosen = [&cli] { return run_check(cli.globals); }; });
  show->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
