// opt-data snapshot [--date D] [--slot now|HH:MM | --slots A-B] [--grace S] [--[no-]allow-delayed]
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/day.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

struct SnapshotFlags {
  std::string date;
  std::string slot = "now";
};

// The slots the flags name. Errors: invalid_input, with what to write; refused between two slots.
Result<std::vector<Slot>> choose_slots(
    const SnapshotFlags& flags, const SlotGrid& grid, const Settings& settings, Instant now) {
  std::vector<Slot> chosen;
  if (!settings.slot_range.empty()) {
    const auto ends = split(settings.slot_range, '-');
    OPT_TRY(const auto from, parse_clock(ends[0]));
    OPT_TRY(const auto to, parse_clock(ends[1]));
    for (const Slot& slot : grid.slots()) {
      const auto time = in_new_york(slot.at).time_of_day;
      if (from <= time && time <= to) chosen.push_back(slot);
    }
    if (!chosen.empty()) return chosen;
    return fail(
        ErrorKind::invalid_input, "no slot of the session lies in {}; it has {} to {}",
        settings.slot_range, grid.open().label(), grid.close().label());
  }
  if (flags.slot == "now") {
    if (auto slot = grid.current(now, settings.window.start_grace)) return std::vector<Slot>{*slot};
    // The closing slot starts before its moment, so that it is answered by then.
    if (now < grid.close().at && grid.close().at - now < std::chrono::minutes{10})
      return std::vector<Slot>{grid.close()};
    return fail(
        ErrorKind::refused,
        "no slot starts now ({}); one starts every {} minutes from {} to {}, and may start {} s "
        "late",
        new_york_text(now), settings.slot_step.count(), grid.open().label(), grid.close().label(),
        settings.window.start_grace.count());
  }
  if (const auto slot = grid.labelled(flags.slot)) return std::vector<Slot>{*slot};
  return fail(
      ErrorKind::invalid_input, "{} has no slot '{}'; its slots are {} to {} every {} minutes",
      grid.open().date.text(), flags.slot, grid.open().label(), grid.close().label(),
      settings.slot_step.count());
}

void print(const collect::SnapshotReport& report) {
  for (const collect::SymbolCounts& symbol : report.symbols)
    fmt::print(
        "slot {} {:<6} {} expected, {} usable, {} two-sided, {} delayed, {} errors{}\n",
        report.slot, symbol.symbol, symbol.expected, symbol.usable, symbol.two_sided,
        symbol.delayed, symbol.errors, symbol.stale ? ", STALE FEED" : "");
  for (const std::string& missing : report.missing_books)
    fmt::print("slot {} {}\n", report.slot, missing);
  fmt::print(
      "slot {}: {} rows, {} usable{}\n", report.slot, report.rows, report.usable,
      report.already ? "; already published" : "");
}

Exit run(const SnapshotFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  const Instant now = wiring->clock().now();
  auto date = parse_trade_date(flags.date, wiring->calendar(), now);
  if (!date) return complain(date.error(), globals);
  auto slots = choose_slots(flags, wiring->grid(*date), wiring->settings(), now);
  if (!slots) return complain(slots.error(), globals);
  auto symbols = wiring->universe();
  if (!symbols) return complain(symbols.error(), globals);
  auto shop = wiring->workshop();
  if (!shop) return complain(shop.error(), globals);
  nlohmann::ordered_json answers = nlohmann::ordered_json::array();
  bool complete = true;
  for (const Slot& slot : *slots) {
    const std::string id = wiring->new_ingest_id();
    enter_job(store::JobKey{store::JobKind::snapshot, *date, slot.index}, id, *wiring);
    auto report = wiring->wait(collect::run_snapshot(
        slot, *symbols, wiring->snapshot_settings(), id, **shop, wiring->connect(), {}));
    wiring->flush_console();
    if (!report) return complain(report.error(), globals);
    complete = complete && (report->already || report->complete());
    if (globals.json) {
      auto json = nlohmann::ordered_json::parse(collect::to_json(*report));
      json["already"] = report->already;
      answers.push_back(std::move(json));
    } else {
      print(*report);
    }
  }
  if (globals.json) fmt::print("{}\n", answers.dump(2));
  return complete ? Exit::done : Exit::part;
}

}  // namespace

void add_snapshot(Cli& cli) {
  auto flags = std::make_shared<SnapshotFlags>();
  CLI::App* snapshot = cli.root.add_subcommand(
      "snapshot", "Ask for every contract of the day once, and publish the slot");
  add_date_option(*snapshot, flags->date, "today");
  snapshot->add_option("--slot", flags->slot, "now, or the slot's label such as 10:30")
      ->capture_default_str();
  add_key_option(
      *snapshot, cli.globals, "--slots", "snapshot.slots", "Every slot of a range: 09:30-12:00");
  add_key_option(
      *snapshot, cli.globals, "--grace", "snapshot.start_grace_s",
      "How many seconds late a slot may start");
  add_symbols_option(*snapshot, cli.globals);
  add_delayed_option(*snapshot, cli.globals);
  snapshot->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
