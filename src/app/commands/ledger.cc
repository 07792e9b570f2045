// opt-data ledger rebuild [--force]
#include "app/command.h"
#include "app/ledger_rebuild.h"

namespace opt_data::app {
namespace {

Exit run(bool force, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto report = rebuild_ledger(force, *wiring);
  wiring->flush_console();
  if (!report) return complain(report.error(), globals);
  if (globals.json) {
    fmt::print("{}\n", to_json(*report));
  } else {
    if (!report->set_aside.empty())
      fmt::print("the old ledger is now {}\n", report->set_aside.string());
    for (const std::string& unread : report->unread) fmt::print("left out: {}\n", unread);
    fmt::print(
        "{} days, {} files, {} rows; {} questions of their slots are expected again\n"
        "not known any more: the contracts of slots that were lost whole, the answers of a slot "
        "that was being asked, when jobs ran, and whether a file was damaged before now\n",
        report->days, report->files, report->rows, report->expected);
  }
  return report->unread.empty() ? Exit::done : Exit::part;
}

}  // namespace

void add_ledger(Cli& cli) {
  CLI::App* ledger = cli.root.add_subcommand("ledger", "What is known of the jobs");
  ledger->require_subcommand(1);
  auto force = std::make_shared<bool>(false);
  CLI::App* rebuild =
      ledger->add_subcommand("rebuild", "The ledger again, from the files, when it was lost");
  rebuild->add_flag("--force", *force, "Also where a ledger stands; it is set aside");
  rebuild->callback(
      [force, &cli] { cli.chosen = [force, &cli] { return run(*force, cli.globals); }; });
}

}  // namespace opt_data::app
