#include "store/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "store/duckdb_handles.h"
#include "store/parquet_file.h"

namespace opt_data::store {
namespace {

// One directory of the dataset, looked at as a whole.
class DayCheck {
 public:
  DayCheck(
      LayerView what, TradeDate date, const DatasetPaths& paths, Disk& disk, Database& database,
      Ledger* ledger, Verified& result)
      : what_(what),
        date_(date),
        paths_(paths),
        disk_(disk),
        database_(database),
        ledger_(ledger),
        result_(result) {}

  Result<void> run() {
    OPT_TRY(const DayFiles day, day_files(paths_, disk_, what_.layer, what_.view, date_));
    OPT_TRY_VOID(load_records());
    for (const DataFile& file : day.files) OPT_TRY_VOID(check(file, day.compacted()));
    check_records(day);
    for (const Path& other : day.others)
      find({other, "", "is not of this dataset; move it away", false, {}});
    return {};
  }

 private:
  void find(Finding finding) { result_.findings.push_back(std::move(finding)); }

  Result<void> load_records() {
    if (ledger_ == nullptr) return {};
    const std::string head = fmt::format("{} view={}/", to_text(what_.layer), to_text(what_.view));
    OPT_TRY(const auto records, ledger_->published(date_));
    for (const PublishedRecord& record : records)
      if (record.partition.starts_with(head)) records_.emplace(record.partition, record);
    return {};
  }

  Result<void> check(const DataFile& file, bool compacted) {
    ++result_.files;
    const std::string partition = file.where.text();
    seen_.insert(partition);
    // What was known of it is what is to be checked.
    database_.handles().known_files.forget(file.path);
    auto content =
        read_through(database_, file.path, disk_.stamp(file.path), file.where, Origin::found);
    if (!content && content.error().kind == ErrorKind::storage)
      return fail(std::move(content).error());
    if (!content) {
      find({file.path, partition, content.error().message, true, {}});
      return {};
    }
    result_.rows += content->rows;
    for (const auto& [slot, rows] : content->slots) slots_[slot] = together(slots_[slot], rows);
    if (compacted && file.where.slot) {
      find(
          {file.path,
           partition,
           "is a slot of a compacted day: its rows are there twice",
           true,
           {}});
      return {};
    }
    if (ledger_ == nullptr) return {};
    const auto record = records_.find(partition);
    if (record == records_.end()) {
      find(
          {file.path,
           partition,
           "is not on record as published; `opt-data ledger rebuild` reads it in",
           false,
           {}});
    } else if (auto wrong = difference(record->second, *content); !wrong.empty()) {
      find({file.path, partition, std::move(wrong), true, {}});
    }
    return {};
  }

  static std::string difference(const PublishedRecord& record, const RowsContent& found) {
    if (record.rows != found.rows)
      return fmt::format("has {} rows, {} were published", found.rows, record.rows);
    if (record.checksum != found.checksum)
      return fmt::format(
          "has other cells than were published: checksum {}, not {}", found.checksum,
          record.checksum);
    return {};
  }

  // What was published and is not there; of a compacted day, slot by slot.
  void check_records(const DayFiles& day) {
    for (const auto& [partition, record] : records_) {
      if (seen_.contains(partition)) continue;
      const Path expected = day_directory(paths_, what_.layer, what_.view, date_) /
                            (partition.substr(partition.rfind('/') + 1) + ".parquet");
      const auto slot = slot_of(partition);
      if (!day.compacted() || !slot) {
        find(
            {expected,
             partition,
             fmt::format("is gone; {} rows were published", record.rows),
             false,
             {}});
        continue;
      }
      const auto found = slots_.find(*slot);
      const RowsContent rows =
          found == slots_.end() ? RowsContent{0, std::string(32, '0')} : found->second;
      if (auto wrong = difference(record, rows); !wrong.empty())
        find({expected.parent_path(), partition, "the compacted day " + wrong, false, {}});
    }
  }

  static std::optional<int> slot_of(const std::string& partition) {
    constexpr std::string_view mark = "/slot-";
    const std::size_t at = partition.find(mark);
    if (at == std::string::npos) return std::nullopt;
    return std::stoi(partition.substr(at + mark.size()));
  }

  LayerView what_;
  TradeDate date_;
  const DatasetPaths& paths_;
  Disk& disk_;
  Database& database_;
  Ledger* ledger_;
  Verified& result_;
  std::map<std::string, PublishedRecord> records_;
  std::map<int, RowsContent> slots_;
  std::set<std::string> seen_;
};

// What a file was, and, of a compacted day, every slot that it had rows of: what is left of them is
// not what was published.
Result<void> record_quarantined(
    const Partition& where, const std::string& partition, Ledger& ledger, Instant now) {
  std::vector<std::string> gone{partition};
  if (where.range) {
    OPT_TRY(const auto records, ledger.published(where.date));
    const std::string head =
        fmt::format("{} view=intraday/date={}/slot-", to_text(where.layer), where.date.text());
    for (const PublishedRecord& record : records)
      if (record.partition.starts_with(head)) gone.push_back(record.partition);
  }
  return ledger.record_removed(gone, "quarantine", now);
}

}  // namespace

int Verified::broken() const {
  return static_cast<int>(std::ranges::count(findings, true, &Finding::broken));
}

Result<Path> put_aside(Disk& disk, const Path& from, const Path& to) {
  OPT_TRY_VOID(disk.make_directories(to.parent_path()));
  Path place = to;
  for (int again = 1; disk.exists(place); ++again) {
    place = to;
    place += fmt::format(".{}", again);
  }
  OPT_TRY_VOID(disk.rename(from, place));
  OPT_TRY_VOID(disk.sync_directory(place.parent_path()));
  OPT_TRY_VOID(disk.sync_directory(from.parent_path()));
  return place;
}

Result<Verified> verify(
    const VerifyOptions& options, const DatasetPaths& paths, Disk& disk, Database& database,
    Ledger* ledger, const Calendar& calendar, Instant now) {
  Verified result;
  std::vector<TradeDate> published;  // A day whose directory is gone is to be missed, too.
  if (ledger != nullptr) {
    OPT_TRY(published, ledger->published_dates());
  }
  for (const LayerView& what : layer_views()) {
    OPT_TRY(const auto found, dates_of(paths, disk, what.layer, what.view, calendar));
    std::set<TradeDate> dates(found.begin(), found.end());
    dates.insert(published.begin(), published.end());
    for (const TradeDate& date : dates) {
      if ((options.from && date < *options.from) || (options.to && *options.to < date)) continue;
      const std::size_t before = result.findings.size();
      OPT_TRY_VOID(DayCheck(what, date, paths, disk, database, ledger, result).run());
      if (!options.quarantine || ledger == nullptr) continue;
      OPT_TRY(const DayFiles day, day_files(paths, disk, what.layer, what.view, date));
      for (std::size_t i = before; i < result.findings.size(); ++i) {
        Finding& finding = result.findings[i];
        if (!finding.broken) continue;
        const auto file = std::ranges::find(day.files, finding.file, &DataFile::path);
        const Path aside = aside_directory(paths, Aside::quarantine, what.layer, what.view, date) /
                           finding.file.filename();
        OPT_TRY(finding.moved_to, put_aside(disk, finding.file, aside));
        OPT_TRY_VOID(record_quarantined(file->where, finding.partition, *ledger, now));
      }
    }
  }
  return result;
}

}  // namespace opt_data::store
