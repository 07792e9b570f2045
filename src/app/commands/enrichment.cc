// opt-data enrichment [--date yesterday] [--record FILE]
#include <nlohmann/json.hpp>

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
  auto symbols = wiring->universe();
  if (!symbols) return complain(symbols.error(), globals);
  auto shop = wiring->workshop();
  if (!shop) return complain(shop.error(), globals);
  const std::string id = wiring->new_ingest_id();
  enter_job(store::JobKey{store::JobKind::enrichment, *date, -1}, id, *wiring);
  auto report = wiring->wait(collect::run_enrichment(
      *date, *symbols, wiring->enrichment_settings(), id, **shop, wiring->connect(), {}));
  if (!report) {
    wiring->flush_console();
    return complain(report.error(), globals);
  }
  // The daily views are derived again, with what was just stored.
  auto rollup = run_rollup_job(*date, 1, *wiring);
  wiring->flush_console();
  if (!rollup) return complain(rollup.error(), globals);
  if (globals.json) {
    fmt::print("{}\n", nlohmann::ordered_json::parse(collect::to_json(*report)).dump(2));
  } else {
    fmt::print(
        "{} rows updated, {} with open interest of {}, {} missing, {} not published, {} "
        "expired{}\n",
        report->updated, report->with_value, date->text(), report->missing, report->not_published,
        report->expired, report->already ? "; nothing was left to ask" : "");
  }
  if (report->missing + report->not_published == 0) return Exit::done;
  return report->with_value > 0 ? Exit::part : Exit::no;
}

}  // namespace

void add_enrichment(Cli& cli) {
  auto date = std::make_shared<std::string>();
  CLI::App* enrichment = cli.root.add_subcommand(
      "enrichment", "Fill in the open interest of a finished day, on the next trading day");
  add_date_option(*enrichment, *date, "yesterday");
  add_symbols_option(*enrichment, cli.globals);
  add_delayed_option(*enrichment, cli.globals);
  add_record_option(*enrichment, cli.globals);
  enrichment->callback(
      [date, &cli] { cli.chosen = [date, &cli] { return run(*date, cli.globals); }; });
}

}  // namespace opt_data::app
