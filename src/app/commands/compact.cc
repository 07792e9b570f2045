// opt-data compact [--date D] [--undo] [--dry-run]
#include "app/command.h"
#include "app/upkeep.h"

namespace opt_data::app {
namespace {

struct CompactFlags {
  std::string date;
  bool undo = false;
  bool dry_run = false;
};

std::string text_of(const CompactionReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const store::Compacted& day : report.days)
    rows.push_back(
        {day.day, std::to_string(day.rows), std::to_string(day.files_before),
         std::to_string(day.files_after), std::to_string(day.bytes_before),
         day.bytes_after == 0 ? "-" : std::to_string(day.bytes_after)});
  return aligned_table({"day", "rows", "files", "then", "bytes", "then"}, rows);
}

Exit run(const CompactFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  CompactionOrder order{{}, flags.undo, flags.dry_run};
  if (!flags.date.empty()) {
    auto date = parse_trade_date(flags.date, wiring->calendar(), wiring->clock().now());
    if (!date) return complain(date.error(), globals);
    order.date = *date;
  }
  auto report = run_compaction(order, *wiring);
  wiring->flush_console();
  if (!report) return complain(report.error(), globals);
  if (globals.json) {
    fmt::print("{}\n", to_json(*report));
  } else {
    if (!report->days.empty()) fmt::print("{}", text_of(*report));
    fmt::print(
        "{} {}{}, {} were already\n", report->days.size(), flags.dry_run ? "would be " : "",
        flags.undo ? "undone" : "compacted", report->already);
    for (const std::string& waiting : report->waiting) fmt::print("later: {}\n", waiting);
    for (const std::string& failed : report->failed) fmt::print("failed: {}\n", failed);
  }
  return report->failed.empty() ? Exit::done : Exit::part;
}

}  // namespace

void add_compact(Cli& cli) {
  auto flags = std::make_shared<CompactFlags>();
  CLI::App* compact =
      cli.root.add_subcommand("compact", "The slots of finished days in a few files");
  CLI::Option* date = compact->add_option(
      "--date", flags->date, "Only this trade date: today, yesterday or YYYY-MM-DD");
  compact->add_flag("--undo", flags->undo, "Back to one file for each slot, to repair one")
      ->needs(date);
  compact->add_flag("--dry-run", flags->dry_run, "Only tell what would be done");
  compact->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
