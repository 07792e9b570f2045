#include "app/ledger_rebuild.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "app/jobs.h"
#include "schedule/agenda.h"
#include "store/day_files.h"
#include "store/ledger_lock.h"

namespace opt_data::app {
namespace {

using store::JobKey;
using store::JobKind;
using store::JobOutcome;
using store::Layer;
using store::Path;
using store::View;

// Under the lock: whoever writes the ledger keeps it.
Result<Path> set_aside(bool force, Wiring& wiring) {
  store::Disk& disk = wiring.disk();
  const Path ledger = wiring.settings().state / "ledger.sqlite";
  if (!disk.exists(ledger)) return Path();
  OPT_TRY(const auto lock, store::LedgerLock::take(ledger, wiring.clock().now()));
  const auto standing = store::Ledger::open_read_only(ledger);
  if (standing && !force)
    return fail(
        ErrorKind::refused,
        "{} can be read, and knows more than the files tell; --force sets it aside and rebuilds it "
        "all the same",
        ledger.string());
  std::string stamp = iso_utc(wiring.clock().now()).substr(0, 19);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  Path aside = ledger;
  aside += ".lost-" + stamp;
  for (const char* part : {"-wal", "-shm", ""}) {
    Path from = ledger, to = aside;
    from += part;
    to += part;
    if (disk.exists(from)) OPT_TRY_VOID(disk.rename(from, to));
  }
  OPT_TRY_VOID(disk.sync_directory(ledger.parent_path()));
  return aside;
}

class Rebuild {
 public:
  Rebuild(store::Ledger& ledger, Wiring& wiring, RebuildReport& report)
      : ledger_(ledger), wiring_(wiring), report_(report) {}

  Result<void> run() {
    std::set<TradeDate> all;
    for (const store::LayerView& what : store::layer_views()) {
      OPT_TRY(
          const auto dates,
          store::dates_of(
              wiring_.dataset_paths(), wiring_.disk(), what.layer, what.view, wiring_.calendar()));
      all.insert(dates.begin(), dates.end());
    }
    for (const TradeDate& date : all) {
      ++report_.days;
      views_.clear();
      slots_.clear();
      for (const store::LayerView& what : store::layer_views())
        OPT_TRY_VOID(read_files(what, date));
      OPT_TRY_VOID(note_jobs(date));
    }
    return {};
  }

 private:
  Result<void> read_files(const store::LayerView& what, const TradeDate& date) {
    OPT_TRY(
        const store::DayFiles day,
        store::day_files(wiring_.dataset_paths(), wiring_.disk(), what.layer, what.view, date));
    std::vector<store::Partition> partitions;
    for (const store::DataFile& file : day.files) {
      ++report_.files;
      partitions.push_back(file.where);
    }
    const SlotGrid grid = wiring_.grid(date);
    // The slots of a compacted day are partitions as well.
    if (day.compacted())
      for (const Slot& slot : grid.slots())
        partitions.push_back({what.layer, what.view, date, slot.index});
    for (const store::Partition& where : partitions) {
      auto published = wiring_.reader().published(where);
      if (!published) {
        if (published.error().kind == ErrorKind::storage) return fail(published.error());
        report_.unread.push_back(published.error().message);
        continue;
      }
      if (!*published) continue;
      OPT_TRY_VOID(ledger_.record_published(
          {where.text(), (*published)->rows, (*published)->checksum, wiring_.clock().now()}));
      if (!day.compacted() || where.range) report_.rows += (*published)->rows;
      views_.insert(what.view);
      if (what.layer == Layer::clean && where.slot) OPT_TRY_VOID(expect(where, grid));
    }
    return {};
  }

  // Every question left a row, but a row that was made from history afterwards was none.
  Result<void> expect(const store::Partition& where, const SlotGrid& grid) {
    OPT_TRY(const auto quotes, wiring_.reader().quotes(where));
    std::vector<store::ExpectedContract> contracts;
    nlohmann::ordered_json counts;
    std::int64_t usable = 0, errors = 0;
    for (const OptionQuote& quote : quotes) {
      if (quote.error.type == "slot_missed") continue;
      contracts.push_back({quote.contract.id, quote.contract.underlying});
      usable += quote.usable() ? 1 : 0;
      errors += quote.error.type.empty() ? 0 : 1;
    }
    if (contracts.empty() || *where.slot >= grid.size()) return {};
    const Slot& slot = grid.slots()[*where.slot];
    report_.expected += static_cast<std::int64_t>(contracts.size());
    counts = {
        {"slot", slot.label()},
        {"ingest_id", quotes.front().ingest_id},
        {"rows", quotes.size()},
        {"usable", usable},
        {"errors", errors},
        {"symbols", nlohmann::ordered_json::array()},
        {"missing", nlohmann::ordered_json::array()},
        {"rebuilt", true}};
    slots_.emplace(slot.index, counts.dump());
    return ledger_.expect(slot, contracts);
  }

  Result<void> note(const JobKey& key, const std::string& counts) {
    const Instant now = wiring_.clock().now();
    OPT_TRY(const auto record, ledger_.start_job(key, wiring_.new_ingest_id(), now));
    (void)record;
    return ledger_.end_job(key, JobOutcome::done, counts, now);
  }

  Result<void> note_jobs(const TradeDate& date) {
    const std::string rebuilt = R"({"rebuilt":true})";
    if (views_.contains(View::intraday))
      for (const JobKind kind : {JobKind::preflight, JobKind::discovery})
        OPT_TRY_VOID(
            note({kind, date, schedule::once}, kind == JobKind::discovery ? "[]" : rebuilt));
    for (const auto& [slot, counts] : slots_)
      OPT_TRY_VOID(note({JobKind::snapshot, date, slot}, counts));
    if (views_.contains(View::daily_clean))
      OPT_TRY_VOID(note({JobKind::rollup, date, schedule::once}, rebuilt));
    if (views_.contains(View::enrichment))
      OPT_TRY_VOID(note({JobKind::enrichment, date, schedule::once}, rebuilt));
    return {};
  }

  store::Ledger& ledger_;
  Wiring& wiring_;
  RebuildReport& report_;
  std::set<View> views_;
  std::map<int, std::string> slots_;
};

}  // namespace

Result<RebuildReport> rebuild_ledger(bool force, Wiring& wiring) {
  RebuildReport report;
  OPT_TRY(report.set_aside, set_aside(force, wiring));
  OPT_TRY(store::Ledger * ledger, wiring.ledger());
  OPT_TRY_VOID(Rebuild(*ledger, wiring, report).run());
  return report;
}

std::string to_json(const RebuildReport& report) {
  const nlohmann::ordered_json json = {
      {"days", report.days},         {"files", report.files},
      {"rows", report.rows},         {"expected", report.expected},
      {"unreadable", report.unread}, {"set_aside", report.set_aside.string()}};
  return json.dump();
}

}  // namespace opt_data::app
