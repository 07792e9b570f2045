// opt-data rollup --date D
#include "app/command.h"
#include "app/jobs.h"

namespace opt_data::app {
namespace {

Exit run(const std::string& date_text, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(date_text, *wiring);
  if (!date) return complain(date.error(), globals);
  auto summary = run_rollup_job(*date, -1, *wiring);
  wiring->flush_console();
  if (!summary) return complain(summary.error(), globals);
  if (globals.json) {
    fmt::print("{}\n", derive::to_json(*summary));
    return Exit::done;
  }
  std::string strategies;
  for (const auto& [strategy, rows] : summary->strategies)
    strategies += fmt::format("{}{} {}", strategies.empty() ? "" : ", ", rows, strategy);
  fmt::print(
      "{} rows: {}; {} adjusted for splits{}\n", summary->rows, strategies, summary->adjusted,
      summary->already ? "; already published" : "");
  if (summary->without_row > 0)
    fmt::print("{} expected contracts are in no file of the day\n", summary->without_row);
  return summary->without_row > 0 ? Exit::part : Exit::done;
}

}  // namespace

void add_rollup(Cli& cli) {
  auto date = std::make_shared<std::string>();
  CLI::App* rollup =
      cli.root.add_subcommand("rollup", "Keep one row per contract of a finished day");
  add_date_option(*rollup, *date, "today");
  rollup->callback([date, &cli] { cli.chosen = [date, &cli] { return run(*date, cli.globals); }; });
}

}  // namespace opt_data::app
