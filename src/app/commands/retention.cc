// opt-data retention [--dry-run]
#include "app/command.h"
#include "app/upkeep.h"

namespace opt_data::app {
namespace {

Exit run(bool dry_run, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto report = run_retention(dry_run, *wiring);
  wiring->flush_console();
  if (!report) return complain(report.error(), globals);
  if (globals.json) {
    fmt::print("{}\n", to_json(*report));
    return Exit::done;
  }
  for (const RemovedDay& day : report->removed)
    fmt::print(
        "{} {}: {} files, {} bytes\n", dry_run ? "would go" : "removed", day.day, day.files,
        day.bytes);
  for (const std::string& kept : report->kept) fmt::print("stays {}\n", kept);
  if (!report->log.empty()) fmt::print("log: {}\n", report->log.string());
  fmt::print(
      "{} days of a view {}\n", report->removed.size(),
      dry_run ? "are older than is kept" : "removed");
  return Exit::done;
}

}  // namespace

void add_retention(Cli& cli) {
  auto dry_run = std::make_shared<bool>(false);
  CLI::App* retention = cli.root.add_subcommand(
      "retention", "Remove the days that are older than the settings upkeep.keep_... want");
  retention->add_flag("--dry-run", *dry_run, "Only tell what would be removed");
  retention->callback(
      [dry_run, &cli] { cli.chosen = [dry_run, &cli] { return run(*dry_run, cli.globals); }; });
}

}  // namespace opt_data::app
