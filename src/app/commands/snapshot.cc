// opt-data snapshot [--date D] [--slot now|HH:MM | --slots A-B] [--grace S] [--retry-missed]
//                   [--fill-missed] [--record FILE]
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/fill.h"
#include "app/jobs.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

struct SnapshotFlags {
  std::string date;
  std::string slot = "now";
  bool retry_missed = false;
  bool fill_missed = false;
};

// Somebody's timer may be early: so long the next slot is waited for.
constexpr std::chrono::minutes early_max{10};

// Which slots of the day may be collected at all.
Result<std::vector<Slot>> slots_in_range(const SlotGrid& grid, const std::string& range) {
  if (range.empty()) return grid.slots();
  const auto ends = split(range, '-');
  OPT_TRY(const auto from, parse_clock(ends[0]));
  OPT_TRY(const auto to, parse_clock(ends[1]));
  std::vector<Slot> chosen = grid.slots();
  std::erase_if(chosen, [&](const Slot& slot) {
    const auto time = in_new_york(slot.at).time_of_day;
    return time < from || to < time;
  });
  if (chosen.empty())
    return fail(
        ErrorKind::invalid_input, "no slot of the session lies in {}; it has {} to {}", range,
        grid.open().label(), grid.close().label());
  return chosen;
}

// The slot whose window is open, or the next one where it begins soon. Errors: refused, with when
// there is one.
Result<Slot> slot_of_now(
    const std::vector<Slot>& slots, const SlotGrid& grid, const Settings& settings,
    bool retry_missed, Instant now) {
  const auto grace = retry_missed ? settings.window.window : settings.window.start_grace;
  for (const Slot& slot : slots)
    if (slot.at <= now && now <= slot.at + grace) return slot;
  for (const Slot& slot : slots) {
    // The closing slot starts before its moment, so that it is answered by then.
    const bool closing = slot.index == grid.close().index;
    const auto early = closing ? settings.window.window + early_max : early_max;
    if (!retry_missed && now < slot.at && slot.at - now <= early) return slot;
  }
  return fail(
      ErrorKind::refused,
      "no slot starts now ({}); one starts every {} minutes from {} to {}, may start {} s late, "
      "and "
      "is waited for {} minutes",
      new_york_text(now), settings.slot_step.count(), slots.front().label(), slots.back().label(),
      settings.window.start_grace.count(), early_max.count());
}

tl::unexpected<Error> no_such_slot(
    const std::string& label, const SlotGrid& grid, const Settings& settings) {
  return fail(
      ErrorKind::invalid_input, "{} has no slot '{}'; its slots are {} to {} every {} minutes",
      grid.open().date.text(), label, grid.open().label(), grid.close().label(),
      settings.slot_step.count());
}

// The slots the flags name. Errors: invalid_input, with what to write; refused between two slots.
Result<std::vector<Slot>> choose_slots(
    const SnapshotFlags& flags, const Globals& globals, const SlotGrid& grid,
    const Settings& settings, Instant now) {
  OPT_TRY(std::vector<Slot> slots, slots_in_range(grid, settings.slot_range));
  if (flags.slot != "now") {
    if (const auto slot = grid.labelled(flags.slot)) return std::vector<Slot>{*slot};
    return no_such_slot(flags.slot, grid, settings);
  }
  // A range on the command line asks about each of its slots that has begun.
  if (globals.overrides.contains("snapshot.slots")) {
    std::erase_if(slots, [&](const Slot& slot) { return now < slot.at; });
    if (!slots.empty()) return slots;
  }
  OPT_TRY(const Slot slot, slot_of_now(slots, grid, settings, flags.retry_missed, now));
  return std::vector<Slot>{slot};
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

asio::awaitable<Result<collect::SnapshotReport>> collect_slot(
    Slot slot, std::vector<Underlying> symbols, collect::SnapshotSettings settings,
    Wiring& wiring) {
  OPT_CO_TRY(
      collect::Workshop * shop,
      co_await wiring.workshop_when_free(slot.at + settings.window.start_grace));
  // Earlier than its start, a slot is waited for; a run that cannot start says so itself.
  if (auto prepared = collect::prepare_slot(slot, symbols, settings, *shop)) {
    const Instant start = prepared->window.start_earliest;
    const Instant now = wiring.clock().now();
    if (now < start && start - now <= early_max) {
      fmt::print(stderr, "slot {} starts at {}; waiting\n", slot.label(), new_york_text(start));
      OPT_CO_TRY_VOID(co_await wiring.clock().wait_until(start));
    }
  }
  const std::string id = wiring.new_ingest_id();
  enter_job(store::JobKey{store::JobKind::snapshot, slot.date, slot.index}, id, wiring);
  co_return co_await collect::run_snapshot(
      slot, std::move(symbols), std::move(settings), id, *shop, wiring.connect_all(), {});
}

// The slots of the flags that cannot be asked any more. Errors: refused where there is none.
Result<std::vector<Slot>> slots_to_fill(
    const SnapshotFlags& flags, const SlotGrid& grid, const Settings& settings, Instant now) {
  if (flags.slot != "now") {
    if (const auto slot = grid.labelled(flags.slot)) return std::vector<Slot>{*slot};
    return no_such_slot(flags.slot, grid, settings);
  }
  OPT_TRY(std::vector<Slot> slots, slots_in_range(grid, settings.slot_range));
  slots = slots_over(std::move(slots), settings, now);
  if (!slots.empty()) return slots;
  return fail(
      ErrorKind::refused, "no slot of {} is over yet ({}); until then a slot is asked, not filled",
      grid.open().date.text(), new_york_text(now));
}

Exit run_fill(const SnapshotFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  const Instant now = wiring->clock().now();
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  auto slots = slots_to_fill(flags, wiring->grid(*date), wiring->settings(), now);
  if (!slots) return complain(slots.error(), globals);
  auto report = wiring->wait(run_fill_job(*slots, Instant::max(), *wiring));
  wiring->flush_console();
  if (!report) return complain(report.error(), globals);
  if (globals.json) {
    nlohmann::ordered_json answers = nlohmann::ordered_json::array();
    for (const collect::SlotFill& fill : report->slots)
      answers.push_back(nlohmann::ordered_json::parse(collect::to_json(fill)));
    const nlohmann::ordered_json json = {
        {"already", report->already},
        {"requests", report->requests},
        {"stopped", report->stopped},
        {"slots", std::move(answers)}};
    fmt::print("{}\n", json.dump(2));
  } else {
    for (const std::string& sentence : sentences(*report)) fmt::print("{}\n", sentence);
    if (!report->stopped.empty()) fmt::print("stopped: {}\n", report->stopped);
    fmt::print(
        "{}: {} of {} missed contracts filled{}\n", date->text(), report->filled(),
        report->missed(), report->already ? "; nothing was left to ask" : "");
  }
  return report->complete() ? Exit::done : Exit::part;
}

Exit run(const SnapshotFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  const SlotGrid grid = wiring->grid(*date);
  auto slots = choose_slots(flags, globals, grid, wiring->settings(), wiring->clock().now());
  if (!slots) return complain(slots.error(), globals);
  auto symbols = wiring->universe();
  if (!symbols) return complain(symbols.error(), globals);
  collect::SnapshotSettings settings = wiring->snapshot_settings();
  settings.retry_missed = flags.retry_missed;
  nlohmann::ordered_json answers = nlohmann::ordered_json::array();
  bool complete = true;
  for (const Slot& slot : *slots) {
    auto report = wiring->wait(collect_slot(slot, *symbols, settings, *wiring));
    wiring->flush_console();
    if (!report) {
      exit = complain(report.error(), globals);
      // One slot that cannot be collected any more is no reason to leave out the next.
      if (slots->size() > 1 && report.error().kind == ErrorKind::refused) continue;
      return exit;
    }
    complete = complete && (report->already ? report->missing_books.empty() : report->complete());
    auto json = nlohmann::ordered_json::parse(collect::to_json(*report));
    json["already"] = report->already;
    answers.push_back(std::move(json));
    if (!globals.json) print(*report);
  }
  if (globals.json) fmt::print("{}\n", answers.dump(2));
  if (exit != Exit::done) return answers.empty() ? exit : Exit::part;
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
      *snapshot, cli.globals, "--slots", "snapshot.slots",
      "Every slot of a range that has begun: 09:30-12:00");
  CLI::Option* retry = snapshot->add_flag(
      "--retry-missed", flags->retry_missed,
      "Ask again, while the slot's window lasts, what has no usable row");
  snapshot
      ->add_flag(
          "--fill-missed", flags->fill_missed,
          "When the window is over, fill what was missed from the broker's half-hour bars: of one "
          "--slot, or of all that are over")
      ->excludes(retry);
  add_key_option(
      *snapshot, cli.globals, "--grace", "snapshot.start_grace_s",
      "How many seconds late a slot may start");
  add_symbols_option(*snapshot, cli.globals);
  add_delayed_option(*snapshot, cli.globals);
  add_record_option(*snapshot, cli.globals);
  snapshot->callback([flags, &cli] {
    cli.chosen = [flags, &cli] {
      return flags->fill_missed ? run_fill(*flags, cli.globals) : run(*flags, cli.globals);
    };
  });
}

}  // namespace opt_data::app
