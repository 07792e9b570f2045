#include "app/backup.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/text.h"
#include "store/day_files.h"
#include "store/ledger_schema.h"
#include "store/ledger_sqlite.h"

namespace opt_data::app {
namespace {

namespace fs = std::filesystem;
using store::Disk;
using store::LayerView;
using store::Path;

constexpr int manifest_format = 1;
constexpr int rounds_max = 5;
constexpr const char* manifest_name = "manifest.json";

struct Entry {
  std::int64_t bytes = 0;
  std::string sha256;
};
using Entries = std::map<std::string, Entry>;  // By path below the backup.

// What was said of days, below the run logs. The log itself is no part of a history.
constexpr std::array<std::string_view, 6> kept_reports{"errors", "incidents", "metrics",
                                                       "notes",  "retention", "selfcheck"};

constexpr std::string_view settings_name = "config/opt-data.toml";

// The files of the configuration, by their names in a backup.
std::map<std::string, Path> configuration(const Wiring& wiring) {
  const Settings& settings = wiring.settings();
  return {
      {std::string(settings_name), wiring.config().file},
      {"config/universe.csv", settings.universe_file},
      {"config/corporate_actions.csv", settings.corporate_actions},
      {"config/closures.toml", settings.closures},
      {"config/stages.toml", settings.stages_file}};
}

// What the ledger says is published, to see what changed.
using Publications = std::map<TradeDate, std::map<std::string, std::string>>;

Result<Publications> publications(const Path& ledger_file) {
  OPT_TRY(const auto ledger, store::Ledger::open_read_only(ledger_file));
  Publications out;
  OPT_TRY(const auto dates, ledger->published_dates());
  for (const TradeDate& date : dates) {
    OPT_TRY(const auto records, ledger->published(date));
    for (const auto& record : records)
      out[date][record.partition] = record.checksum + iso_utc(record.at);
  }
  return out;
}

std::set<TradeDate> changed(const Publications& one, const Publications& other) {
  std::set<TradeDate> dates;
  for (const auto& [date, records] : one)
    if (!other.contains(date) || other.at(date) != records) dates.insert(date);
  for (const auto& [date, records] : other)
    if (!one.contains(date)) dates.insert(date);
  return dates;
}

Result<Entry> copy_file(Disk& disk, const Path& from, const Path& to) {
  OPT_TRY(const std::string bytes, disk.read(from));
  OPT_TRY_VOID(disk.make_directories(to.parent_path()));
  OPT_TRY_VOID(disk.write(to, bytes));
  OPT_TRY_VOID(disk.sync(to));
  return Entry{static_cast<std::int64_t>(bytes.size()), sha256_hex(bytes)};
}

class Copy {
 public:
  Copy(Path place, Wiring& wiring) : place_(std::move(place)), wiring_(wiring) {}

  Result<BackupReport> run() {
    OPT_TRY_VOID(wiring_.disk().make_directories(place_ / "state"));
    const Path ledger = place_ / "state" / "ledger.sqlite";
    OPT_TRY_VOID(copy_ledger(ledger));
    OPT_TRY(Publications known, publications(ledger));
    OPT_TRY_VOID(copy_days({}));
    for (int round = 0;; ++round) {
      OPT_TRY_VOID(copy_ledger(ledger));
      OPT_TRY(Publications now, publications(ledger));
      const std::set<TradeDate> again = changed(known, now);
      if (again.empty()) break;
      if (round == rounds_max)
        return fail(
            ErrorKind::unavailable,
            "the dataset changes faster than it can be copied; {} is no backup", place_.string());
      OPT_TRY_VOID(copy_days(again));
      known = std::move(now);
    }
    OPT_TRY(const std::string bytes, wiring_.disk().read(ledger));
    entries_["state/ledger.sqlite"] = {static_cast<std::int64_t>(bytes.size()), sha256_hex(bytes)};
    const Settings& settings = wiring_.settings();
    OPT_TRY_VOID(copy_tree(settings.contracts_cache, "state/contracts_cache"));
    for (const std::string_view reports : kept_reports)
      OPT_TRY_VOID(copy_tree(settings.run_logs / reports, fmt::format("run_logs/{}", reports)));
    for (const auto& [name, file] : configuration(wiring_)) {
      if (file.empty() || !wiring_.disk().exists(file)) continue;
      OPT_TRY(entries_[name], copy_file(wiring_.disk(), file, place_ / name));
    }
    return write_manifest();
  }

 private:
  Result<void> copy_ledger(const Path& to) {
    OPT_TRY(
        auto file,
        store::SqliteFile::open(
            wiring_.settings().state / "ledger.sqlite", store::SqliteFile::Access::read));
    OPT_TRY_VOID(store::check_ledger(*file));
    return file->copy_to(to);
  }

  // Of the whole dataset where `only` is empty.
  Result<void> copy_days(const std::set<TradeDate>& only) {
    for (const LayerView& what : store::layer_views()) {
      // A day that is gone since is not listed any more.
      for (const TradeDate& date : only) OPT_TRY_VOID(forget_day(what, date));
      OPT_TRY(
          const auto dates,
          store::dates_of(
              wiring_.dataset_paths(), wiring_.disk(), what.layer, what.view, wiring_.calendar()));
      for (const TradeDate& date : dates)
        if (only.empty() || only.contains(date)) OPT_TRY_VOID(copy_day(what, date));
    }
    return {};
  }

  static std::string below_of(const LayerView& what, const TradeDate& date) {
    return fmt::format(
        "{}/view={}/date={}", store::to_text(what.layer), store::to_text(what.view), date.text());
  }

  Result<void> forget_day(const LayerView& what, const TradeDate& date) {
    const std::string below = below_of(what, date);
    std::erase_if(
        entries_, [&](const auto& entry) { return entry.first.starts_with(below + "/"); });
    return store::remove_tree(wiring_.disk(), place_ / below);
  }

  // A day that is compacted while it is copied is listed again.
  Result<void> copy_day(const LayerView& what, const TradeDate& date) {
    for (int round = 0;; ++round) {
      OPT_TRY_VOID(forget_day(what, date));
      auto copied = copy_files(what, date, below_of(what, date));
      if (copied || copied.error().kind != ErrorKind::not_found || round == rounds_max)
        return copied;
    }
  }

  Result<void> copy_files(const LayerView& what, const TradeDate& date, const std::string& below) {
    OPT_TRY(
        const store::DayFiles day,
        store::day_files(wiring_.dataset_paths(), wiring_.disk(), what.layer, what.view, date));
    for (const store::DataFile& file : day.files) {
      const std::string name = below + "/" + file.path.filename().string();
      OPT_TRY(entries_[name], copy_file(wiring_.disk(), file.path, place_ / name));
    }
    return {};
  }

  Result<void> copy_tree(const Path& from, const std::string& below) {
    if (!wiring_.disk().exists(from)) return {};
    OPT_TRY(const auto found, wiring_.disk().list(from));
    for (const Path& each : found) {
      const std::string name = below + "/" + each.filename().string();
      std::error_code error;
      if (fs::is_directory(each, error)) {
        OPT_TRY_VOID(copy_tree(each, name));
      } else if (!each.filename().string().starts_with('.')) {
        OPT_TRY(entries_[name], copy_file(wiring_.disk(), each, place_ / name));
      }
    }
    return {};
  }

  Result<BackupReport> write_manifest() {
    BackupReport report;
    report.place = place_;
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const auto& [name, entry] : entries_) {
      files.push_back({{"path", name}, {"bytes", entry.bytes}, {"sha256", entry.sha256}});
      ++report.files;
      report.bytes += entry.bytes;
    }
    const nlohmann::ordered_json manifest = {
        {"format", manifest_format},
        {"made_at", iso_utc(wiring_.clock().now())},
        {"dataset_version", store::schema_version},
        {"ledger_version", store::ledger_version},
        {"files", files}};
    OPT_TRY_VOID(
        store::write_atomically(wiring_.disk(), place_ / manifest_name, manifest.dump(1) + "\n"));
    return report;
  }

  Path place_;
  Wiring& wiring_;
  Entries entries_;
};

Result<Entries> read_manifest(const Path& place, Disk& disk) {
  auto text = disk.read(place / manifest_name);
  if (!text)
    return fail(
        ErrorKind::not_found, "{} is no backup: it has no {}", place.string(), manifest_name);
  try {
    const auto json = nlohmann::json::parse(*text);
    if (const int format = json.at("format"); format > manifest_format)
      return fail(
          ErrorKind::invalid_input, "{} is a backup of format {}, and this opt-data knows {}",
          place.string(), format, manifest_format);
    Entries entries;
    for (const auto& file : json.at("files")) {
      const std::string name = file.at("path");
      const Path path = Path(name).lexically_normal();
      if (path.is_absolute() || path.empty() || *path.begin() == "..")
        return fail(
            ErrorKind::corrupt, "the manifest of {} names {}, which is not in it", place.string(),
            name);
      entries[name] = {file.at("bytes"), file.at("sha256")};
    }
    return entries;
  } catch (const nlohmann::json::exception& error) {
    return fail(
        ErrorKind::corrupt, "the manifest of {} cannot be read: {}", place.string(), error.what());
  }
}

Result<void> check_files(const Path& place, const Entries& entries, Disk& disk) {
  for (const auto& [name, entry] : entries) {
    auto bytes = disk.read(place / name);
    if (!bytes) return fail_within(std::move(bytes).error(), "the backup is not whole");
    if (static_cast<std::int64_t>(bytes->size()) != entry.bytes ||
        sha256_hex(*bytes) != entry.sha256)
      return fail(
          ErrorKind::corrupt, "{} is not what the manifest says; nothing was restored",
          (place / name).string());
  }
  return {};
}

Result<void> check_empty(Wiring& wiring) {
  const Path ledger = wiring.settings().state / "ledger.sqlite";
  if (wiring.disk().exists(ledger))
    return fail(
        ErrorKind::refused,
        "{} exists; a backup is restored into an empty place, and nothing was "
        "changed",
        ledger.string());
  for (const Path& root : {wiring.settings().raw, wiring.settings().clean}) {
    OPT_TRY(const auto found, wiring.disk().list(root));
    if (!found.empty())
      return fail(
          ErrorKind::refused,
          "{} is not empty; a backup is restored into an empty place, and nothing was changed",
          root.string());
  }
  return {};
}

struct Target {
  Path path;             // Empty: it is not restored.
  bool replaces = true;  // Else what stands there stays.
};

Target target_of(const std::string& name, const Wiring& wiring) {
  const Settings& settings = wiring.settings();
  const auto below = [&](std::string_view head) { return name.substr(head.size()); };
  constexpr std::string_view cache = "state/contracts_cache/";
  if (name.starts_with("raw/")) return {settings.raw / below("raw/")};
  if (name.starts_with("clean/")) return {settings.clean / below("clean/")};
  if (name.starts_with(cache)) return {settings.contracts_cache / below(cache)};
  if (name.starts_with("state/")) return {settings.state / below("state/")};
  if (name.starts_with("run_logs/")) return {settings.run_logs / below("run_logs/"), false};
  // The configuration that holds says where everything goes, so it is not changed meanwhile.
  if (name == settings_name) return {};
  const auto files = configuration(wiring);
  const auto file = files.find(name);
  return file == files.end() ? Target{} : Target{file->second, false};
}

Result<int> remove_oldest(const Path& folder, int keep, Disk& disk) {
  if (keep == 0) return 0;
  OPT_TRY(const auto found, disk.list(folder));
  std::vector<Path> backups;
  for (const Path& each : found)
    if (disk.exists(each / manifest_name)) backups.push_back(each);  // Sorted, as their stamps are.
  int removed = 0;
  for (; static_cast<int>(backups.size()) > keep; ++removed) {
    // Without its manifest it is no backup any more, however far this gets.
    OPT_TRY_VOID(disk.remove(backups.front() / manifest_name));
    OPT_TRY_VOID(store::remove_tree(disk, backups.front()));
    backups.erase(backups.begin());
  }
  return removed;
}

}  // namespace

Result<BackupReport> run_backup(const Path& place, Wiring& wiring) {
  if (wiring.disk().exists(place)) {
    OPT_TRY(const auto found, wiring.disk().list(place));
    if (!found.empty())
      return fail(
          ErrorKind::refused, "{} is not empty; name another folder for this backup",
          place.string());
  }
  return Copy(place, wiring).run();
}

Result<BackupReport> run_scheduled_backup(Wiring& wiring) {
  const Path folder = wiring.settings().backup_folder;
  std::string stamp = iso_utc(wiring.clock().now()).substr(0, 19);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  const Path place = folder / ("opt-data-" + stamp + "Z");
  // What a run that died left has no manifest.
  if (wiring.disk().exists(place) && !wiring.disk().exists(place / manifest_name))
    OPT_TRY_VOID(store::remove_tree(wiring.disk(), place));
  OPT_TRY(BackupReport report, run_backup(place, wiring));
  OPT_TRY(report.removed, remove_oldest(folder, wiring.settings().backup_keep, wiring.disk()));
  return report;
}

Result<BackupReport> restore_backup(const Path& place, Wiring& wiring) {
  Disk& disk = wiring.disk();
  OPT_TRY_VOID(check_empty(wiring));
  OPT_TRY(const Entries entries, read_manifest(place, disk));
  OPT_TRY_VOID(check_files(place, entries, disk));
  BackupReport report;
  report.place = place;
  // The ledger last: until it is there, this can be begun again after the place was emptied.
  for (const bool ledger : {false, true}) {
    for (const auto& [name, entry] : entries) {
      if ((name == "state/ledger.sqlite") != ledger) continue;
      const auto [to, replaces] = target_of(name, wiring);
      if (to.empty() || (!replaces && disk.exists(to))) continue;
      OPT_TRY(const Entry copied, copy_file(disk, place / name, to));
      OPT_TRY_VOID(disk.sync_directory(to.parent_path()));
      ++report.files;
      report.bytes += copied.bytes;
    }
  }
  return report;
}

std::string to_json(const BackupReport& report) {
  const nlohmann::ordered_json json = {
      {"place", report.place.string()},
      {"files", report.files},
      {"bytes", report.bytes},
      {"removed", report.removed}};
  return json.dump();
}

}  // namespace opt_data::app
