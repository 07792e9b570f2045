// A copy of the dataset, the ledger, the contract lists, what was said of days, and the
// configuration; and the way back.
//
//   <place>/raw/view=.../date=.../...    <place>/clean/...    <place>/state/ledger.sqlite
//   <place>/state/contracts_cache/...    <place>/run_logs/selfcheck/...
//   <place>/config/opt-data.toml ...     <place>/manifest.json
//
// A folder, and not one file: a copy of a copy is then a matter of what changed (rsync), a single
// day can be taken out of it, and tar packs it where one file is wanted.
//
// The manifest has the size and the SHA-256 of every file and is written last, so what has none is
// no backup. The ledger is copied by SQLite while whoever writes it goes on; days that changed
// meanwhile are copied again, until the files are those that the copied ledger speaks of.
//
// Errors: refused for a place that is not empty, both ways; corrupt for a backup that is not what
// its manifest says; unavailable when the dataset changes faster than it can be copied; storage.
#pragma once

#include <filesystem>
#include <string>

#include "app/wiring.h"

namespace opt_data::app {

struct BackupReport {
  std::filesystem::path place;
  int files = 0;
  std::int64_t bytes = 0;
  int removed = 0;  // Older backups that made room.
};

Result<BackupReport> run_backup(const std::filesystem::path& place, Wiring& wiring);
// Into a folder of its own below upkeep.backup_folder, of which upkeep.backup_keep stay.
Result<BackupReport> run_scheduled_backup(Wiring& wiring);
// Everything is read and compared before the first file is written. The configuration in force is
// not replaced, nor is a report or a file of the configuration that stands there.
Result<BackupReport> restore_backup(const std::filesystem::path& place, Wiring& wiring);

std::string to_json(const BackupReport& report);

}  // namespace opt_data::app
