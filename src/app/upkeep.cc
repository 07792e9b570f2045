#include "app/upkeep.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "app/backup.h"
#include "app/jobs.h"
#include "schedule/agenda.h"

namespace opt_data::app {
namespace {

using namespace std::chrono_literals;
using store::JobKey;
using store::JobKind;
using store::JobOutcome;
using store::LayerView;
using store::Path;

constexpr int sessions_kept = 10;  // As far back as a scheduler takes a day up again.

void tell(observe::Level level, std::string code, std::string message, Wiring& wiring) {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "store";
  event.message = std::move(message);
  wiring.events().on(event);
}

Result<store::Ledger*> ledger_for(bool dry_run, Wiring& wiring) {
  return dry_run ? wiring.ledger_to_read() : wiring.ledger();
}

std::string head_of(const LayerView& what, const TradeDate& date) {
  return fmt::format(
      "{} view={}/date={}", store::to_text(what.layer), store::to_text(what.view), date.text());
}

Result<std::set<TradeDate>> days_to_compact(Wiring& wiring) {
  std::set<TradeDate> dates;
  for (const store::Layer layer : {store::Layer::raw, store::Layer::clean}) {
    OPT_TRY(
        const auto found, store::dates_of(
                              wiring.dataset_paths(), wiring.disk(), layer, store::View::intraday,
                              wiring.calendar()));
    dates.insert(found.begin(), found.end());
  }
  return dates;
}

// Both layers of a day.
Result<void> compact_day(
    const TradeDate& date, const CompactionOrder& order, store::Ledger& ledger, Wiring& wiring,
    CompactionReport& report) {
  const Settings& settings = wiring.settings();
  store::Compactor compactor(
      wiring.dataset_paths(), wiring.disk(), wiring.reader().database(), ledger);
  store::CompactionOptions options;
  OPT_TRY(options.codec, store::parse_codec(settings.cold_codec));
  options.file_bytes = settings.range_file_mb << 20;
  OPT_TRY(const store::Codec hot, store::parse_codec(settings.hot_codec));
  const Instant now = wiring.clock().now();
  for (const store::Layer layer : {store::Layer::raw, store::Layer::clean}) {
    OPT_TRY(
        store::Compacted done, order.undo
                                   ? compactor.undo(layer, date, hot, now, order.dry_run)
                                   : compactor.compact(layer, date, options, now, order.dry_run));
    if (done.already) {
      ++report.already;
      continue;
    }
    if (!order.dry_run)
      tell(
          observe::Level::info, order.undo ? "compaction_undone" : "day_compacted",
          fmt::format(
              "{}: {} rows, {} files of {} bytes were {} of {}", done.day, done.rows,
              done.files_after, done.bytes_after, done.files_before, done.bytes_before),
          wiring);
    report.days.push_back(std::move(done));
  }
  return {};
}

// What goes of a day, and what is told of it.
struct Candidate {
  LayerView what;
  TradeDate date;
  RemovedDay told;
  std::vector<std::string> partitions;
};

Result<Candidate> candidate(
    const LayerView& what, const TradeDate& date, const store::DayFiles& files,
    const store::Ledger& ledger, Wiring& wiring) {
  Candidate out{what, date, {head_of(what, date), 0, 0}, {}};
  for (const store::DataFile& file : files.files) {
    ++out.told.files;
    if (const auto stamp = wiring.disk().stamp(file.path)) out.told.bytes += stamp->size;
  }
  OPT_TRY(const auto records, ledger.published(date));
  for (const auto& record : records)
    if (record.partition.starts_with(out.told.day + "/"))
      out.partitions.push_back(record.partition);
  return out;
}

// First the record, which a run that dies repeats, then out of the dataset at once, then away.
Result<void> remove_day(const Candidate& day, store::Ledger& ledger, Wiring& wiring) {
  const auto paths = wiring.dataset_paths();
  store::Disk& disk = wiring.disk();
  const Path from = store::day_directory(paths, day.what.layer, day.what.view, day.date);
  const Path to =
      store::aside_directory(paths, store::Aside::removed, day.what.layer, day.what.view, day.date);
  OPT_TRY_VOID(ledger.record_removed(day.partitions, "retention", wiring.clock().now()));
  OPT_TRY_VOID(store::remove_tree(disk, to));
  OPT_TRY_VOID(disk.make_directories(to.parent_path()));
  OPT_TRY_VOID(disk.rename(from, to));
  OPT_TRY_VOID(disk.sync_directory(from.parent_path()));
  OPT_TRY_VOID(disk.sync_directory(to.parent_path()));
  OPT_TRY_VOID(store::remove_tree(disk, to));
  tell(
      observe::Level::info, "day_removed",
      fmt::format(
          "{}: {} files, {} bytes are older than is kept", day.told.day, day.told.files,
          day.told.bytes),
      wiring);
  return {};
}

// What a run that died had taken out of the dataset already.
Result<void> finish_removals(const LayerView& what, const TradeDate& any, Wiring& wiring) {
  const Path place = store::aside_directory(
                         wiring.dataset_paths(), store::Aside::removed, what.layer, what.view, any)
                         .parent_path();
  return store::remove_tree(wiring.disk(), place);
}

Result<void> write_log(RetentionReport& report, Wiring& wiring) {
  if (report.removed.empty()) return {};
  const Path folder = wiring.settings().run_logs / "retention";
  OPT_TRY_VOID(wiring.disk().make_directories(folder));
  std::string stamp = iso_utc(wiring.clock().now());
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  report.log = folder / fmt::format("retention_{}.json", stamp);
  return store::write_atomically(wiring.disk(), report.log, to_json(report) + "\n");
}

}  // namespace

Result<std::string> still_needed(
    const TradeDate& date, const store::Ledger& ledger, Wiring& wiring) {
  const Instant now = wiring.clock().now();
  OPT_TRY(const auto jobs, ledger.jobs(date));
  for (const store::JobRecord& job : jobs)
    if (job.outcome == JobOutcome::running) return fmt::format("{} is running", job.key.text());
  OPT_TRY(const auto judged, ledger.job(JobKey{JobKind::selfcheck, date, schedule::once}));
  if (judged && judged->ended_at) return std::string();
  // Later than this nobody asks for its open interest any more.
  OPT_TRY(const TradeDate next, wiring.calendar().next(date));
  if (now > new_york(next.day(), 23h + 30min)) return std::string();
  return std::string("its last jobs, open interest and selfcheck, are still to come");
}

Result<CompactionReport> run_compaction(const CompactionOrder& order, Wiring& wiring) {
  OPT_TRY(store::Ledger * ledger, ledger_for(order.dry_run, wiring));
  CompactionReport report;
  if (order.date) {
    OPT_TRY(const std::string needed, still_needed(*order.date, *ledger, wiring));
    if (!needed.empty() && !order.undo)
      return fail(ErrorKind::refused, "{} cannot be compacted yet: {}", order.date->text(), needed);
    OPT_TRY_VOID(compact_day(*order.date, order, *ledger, wiring, report));
    return report;
  }
  OPT_TRY(const std::set<TradeDate> dates, days_to_compact(wiring));
  for (const TradeDate& date : dates) {
    OPT_TRY(const std::string needed, still_needed(date, *ledger, wiring));
    if (!needed.empty()) {
      report.waiting.push_back(fmt::format("{}: {}", date.text(), needed));
      continue;
    }
    auto done = compact_day(date, order, *ledger, wiring, report);
    if (done) continue;
    if (done.error().kind == ErrorKind::storage) return fail(std::move(done).error());
    tell(observe::Level::error, "compaction_failed", done.error().message, wiring);
    report.failed.push_back(fmt::format("{}: {}", date.text(), done.error().message));
  }
  return report;
}

Result<RetentionReport> run_retention(bool dry_run, Wiring& wiring) {
  OPT_TRY(store::Ledger * ledger, ledger_for(dry_run, wiring));
  RetentionReport report;
  const auto today = in_new_york(wiring.clock().now()).day;
  OPT_TRY(TradeDate first_kept, wiring.calendar().on_or_after(today));
  const TradeDate any = first_kept;
  for (int i = 0; i < sessions_kept; ++i) {
    OPT_TRY(first_kept, wiring.calendar().previous(first_kept));
  }
  for (std::size_t i = 0; i < store::layer_views().size(); ++i) {
    const LayerView what = store::layer_views()[i];
    const int days = wiring.settings().keep_days[i];
    if (days == 0) continue;
    if (!dry_run) OPT_TRY_VOID(finish_removals(what, any, wiring));
    const auto oldest = std::chrono::sys_days{today} - std::chrono::days{days};
    OPT_TRY(
        const auto dates,
        store::dates_of(
            wiring.dataset_paths(), wiring.disk(), what.layer, what.view, wiring.calendar()));
    for (const TradeDate& date : dates) {
      if (std::chrono::sys_days{date.day()} >= oldest) continue;
      OPT_TRY(std::string needed, still_needed(date, *ledger, wiring));
      if (date >= first_kept)
        needed = fmt::format("it is one of the latest {} sessions", sessions_kept);
      OPT_TRY(
          const store::DayFiles files,
          store::day_files(wiring.dataset_paths(), wiring.disk(), what.layer, what.view, date));
      if (!files.others.empty()) needed = files.others.front().string() + " is not of this dataset";
      if (!needed.empty()) {
        report.kept.push_back(head_of(what, date) + ": " + needed);
        continue;
      }
      OPT_TRY(const Candidate day, candidate(what, date, files, *ledger, wiring));
      if (!dry_run) OPT_TRY_VOID(remove_day(day, *ledger, wiring));
      report.removed.push_back(day.told);
    }
  }
  if (!dry_run) OPT_TRY_VOID(write_log(report, wiring));
  return report;
}

Result<void> run_upkeep_job(
    const JobKey& key, const std::function<void(const std::string&)>& progress, Wiring& wiring) {
  enter_job(key, wiring.new_ingest_id(), wiring);
  if (key.kind == JobKind::compaction) {
    OPT_TRY(const CompactionReport report, run_compaction({}, wiring));
    progress(fmt::format(
        "compaction   {} of a layer's days compacted, {} failed", report.days.size(),
        report.failed.size()));
    return note_job(
        key, report.failed.empty() ? JobOutcome::done : JobOutcome::part, to_json(report), wiring);
  }
  if (key.kind == JobKind::retention) {
    OPT_TRY(const RetentionReport report, run_retention(false, wiring));
    progress(fmt::format("retention    {} days of a view removed", report.removed.size()));
    return note_job(key, JobOutcome::done, to_json(report), wiring);
  }
  OPT_TRY(const BackupReport report, run_scheduled_backup(wiring));
  progress(fmt::format("backup       {} files, {}", report.files, report.place.string()));
  return note_job(key, JobOutcome::done, to_json(report), wiring);
}

std::string to_json(const CompactionReport& report) {
  nlohmann::ordered_json days = nlohmann::ordered_json::array();
  for (const store::Compacted& day : report.days)
    days.push_back(
        {{"day", day.day},
         {"rows", day.rows},
         {"files_before", day.files_before},
         {"files_after", day.files_after},
         {"bytes_before", day.bytes_before},
         {"bytes_after", day.bytes_after}});
  const nlohmann::ordered_json json = {
      {"days", days},
      {"already", report.already},
      {"waiting", report.waiting},
      {"failed", report.failed}};
  return json.dump();
}

std::string to_json(const RetentionReport& report) {
  nlohmann::ordered_json days = nlohmann::ordered_json::array();
  for (const RemovedDay& day : report.removed)
    days.push_back({{"day", day.day}, {"files", day.files}, {"bytes", day.bytes}});
  const nlohmann::ordered_json json = {{"removed", days}, {"kept", report.kept}};
  return json.dump();
}

}  // namespace opt_data::app
