// opt-data day note | waive --date D --reason TEXT, day show --date D
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "check/day_notes.h"
#include "check/stage.h"

namespace opt_data::app {
namespace {

struct DayFlags {
  std::string date;
  std::string reason;
};

Exit show_notes(Wiring& wiring, TradeDate date, const Globals& globals) {
  const auto notes = check::read_notes(wiring.disk(), wiring.settings().run_logs, date);
  if (!notes) return complain(notes.error(), globals);
  const auto day = check::read_day_metrics(wiring.disk(), wiring.settings().run_logs, date);
  if (!day) return complain(day.error(), globals);
  const std::string verdict = !*day ? "no verdict" : ((*day)->passed ? "PASS" : "FAIL");
  if (globals.json) {
    nlohmann::ordered_json json = {
        {"trade_date", date.text()},
        {"status", *day ? nlohmann::json(verdict) : nlohmann::json()},
        {"notes", nlohmann::json::array()}};
    for (const check::DayNote& note : *notes)
      json["notes"].push_back(
          {{"kind", note.waives ? "waive" : "note"}, {"reason", note.reason}, {"at", note.at}});
    fmt::print("{}\n", json.dump(2));
    return Exit::done;
  }
  fmt::print("{}: {}\n", date.text(), verdict);
  for (const check::DayNote& note : *notes) fmt::print("  {}  {}\n", note.at, note.text());
  return Exit::done;
}

Exit run(const DayFlags& flags, std::optional<bool> waives, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  const auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  if (!waives) return show_notes(*wiring, *date, globals);
  store::Disk& disk = wiring->disk();
  const auto& run_logs = wiring->settings().run_logs;
  if (*waives) {
    const auto day = check::read_day_metrics(disk, run_logs, *date);
    if (!day) return complain(day.error(), globals);
    if (!*day || (*day)->passed)
      return complain(
          Error{
              ErrorKind::refused,
              fmt::format(
                  "{} {}: there is nothing to waive; `opt-data day note` puts a remark on record",
                  date->text(), *day ? "is a PASS" : "has no verdict"),
              0},
          globals);
  }
  const auto done = check::add_note(
      disk, run_logs, *date, {*waives, flags.reason, iso_utc(wiring->clock().now())});
  if (!done) return complain(done.error(), globals);
  return show_notes(*wiring, *date, globals);
}

}  // namespace

void add_day(Cli& cli) {
  CLI::App* day = cli.root.add_subcommand("day", "What a person has to say of a day");
  day->require_subcommand(1);
  const auto flags = std::make_shared<DayFlags>();
  const auto runs = [&](CLI::App* sub, std::optional<bool> waives) {
    add_date_option(*sub, flags->date, "yesterday");
    if (waives) sub->add_option("--reason", flags->reason, "Why; it is kept")->required();
    sub->callback([flags, waives, &cli] {
      cli.chosen = [flags, waives, &cli] { return run(*flags, waives, cli.globals); };
    });
  };
  runs(day->add_subcommand("show", "The verdict of a day, and what was put on record"), {});
  runs(day->add_subcommand("note", "Put an explanation on record beside a day"), false);
  runs(
      day->add_subcommand("waive", "Explain the breaches of a day; it stays a FAIL, and says so"),
      true);
}

}  // namespace opt_data::app
