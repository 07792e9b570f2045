// A copy of the dataset, the ledger and the contract lists, and the way back.
//
//   <place>/raw/view=.../date=.../...    <place>/clean/...    <place>/state/ledger.sqlite
//   <place>/state/contracts_cache/...    <place>/manifest.json
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
// Everything is read and compared before the first file is written.
Result<BackupReport> restore_backup(const std::filesystem::path& place, Wiring& wiring);

std::string to_json(const BackupReport& report);

}  // namespace opt_data::app
