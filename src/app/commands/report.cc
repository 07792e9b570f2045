// opt-data report [--date D] [--html FILE] [--json]
#include "app/command.h"
#include "check/day_summary.h"

namespace opt_data::app {
namespace {

struct ReportFlags {
  std::string date;
  std::string html;
};

Exit run(const ReportFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  const auto date = parse_trade_date(flags.date, wiring->calendar(), wiring->clock().now());
  if (!date) return complain(date.error(), globals);
  const auto ledger = wiring->ledger_to_read();
  if (!ledger) return complain(ledger.error(), globals);
  const Settings& settings = wiring->settings();
  const auto day = check::summarize_day(
      *date, wiring->grid(*date), settings.run_logs, settings.limits.subscriptions_per_minute,
      **ledger, wiring->reader(), wiring->disk());
  if (!day) return complain(day.error(), globals);
  if (!flags.html.empty()) {
    const std::filesystem::path file = std::filesystem::absolute(flags.html);
    auto written = store::write_atomically(wiring->disk(), file, check::to_html(*day));
    if (!written) return complain(written.error(), globals);
  }
  if (globals.json)
    fmt::print("{}\n", check::to_json(*day));
  else if (flags.html.empty())
    fmt::print("{}", check::to_text(*day));
  else
    fmt::print("wrote {}\n", flags.html);
  return day->passed() ? Exit::done : Exit::no;
}

}  // namespace

void add_report(Cli& cli) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* report = cli.root.add_subcommand(
      "report", "A day on one screen: verdict, coverage, what is missing and why");
  add_date_option(*report, flags->date, "yesterday");
  report->add_option("--html", flags->html, "Write it as one HTML file that needs nothing else");
  report->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
