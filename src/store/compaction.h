// The slots of a finished day in a few files, each of some underlyings: fewer files to open, a
// better codec, and a contract's day in one place.
//
// The new files are written beside the dataset, read back, and compared with the old ones slot by
// slot: rows, and the checksum of every cell. Only then the two directories change places at once,
// so whoever looks finds the old files or the new ones. A run that dies leaves a whole day in the
// dataset and at most one beside it, which the next run removes.
//
// A reader that listed the old files before the exchange and opens them after it is told that they
// are not there; it asks again. Slots and ranges have other names, so it finds no half of either.
//
// Errors: corrupt for a day that cannot be read, or is not what the ledger says was published;
// refused for a directory that holds what is not ours, and by a file system that cannot exchange;
// storage. The day stands as it was.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/day_files.h"
#include "store/known_files.h"
#include "store/ledger.h"

namespace opt_data::store {

struct CompactionOptions {
  Codec codec{"zstd", 6};
  std::int64_t file_bytes = 128 << 20;     // An underlying is never split, however large it is.
  std::int64_t sorted_rows_max = 100'000;  // At once: less than 100 MB, whatever a day has.
};

struct Compacted {
  std::string day;       // "clean view=intraday/date=2025-10-06"
  bool already = false;  // Nothing had to be done.
  std::int64_t rows = 0;
  int files_before = 0, files_after = 0;
  std::int64_t bytes_before = 0, bytes_after = 0;  // After: 0 of what is only planned.
};

class Compactor {
 public:
  Compactor(const DatasetPaths& paths, Disk& disk, Database& database, Ledger& ledger)
      : paths_(paths), disk_(disk), database_(database), ledger_(ledger) {}

  // A day without files is done already. With `dry_run` nothing is written.
  Result<Compacted> compact(
      Layer layer, TradeDate date, const CompactionOptions& options, Instant now, bool dry_run);
  // Back to one file for each slot.
  Result<Compacted> undo(
      Layer layer, TradeDate date, const Codec& codec, Instant now, bool dry_run);

 private:
  // A sort needs its rows in memory, so a file is put together of pieces that each fit.
  struct NewFile {
    Partition where;
    std::vector<std::string> pieces;  // SELECTs, in the order of the file.
  };
  struct Standing {
    DayFiles files;
    std::map<int, RowsContent> slots;
    Compacted summary;
  };
  Result<Standing> read_day(Layer layer, TradeDate date);
  Result<void> check_records(const Standing& standing, TradeDate date) const;
  Result<std::string> rows_of_day(const Standing& standing, Layer layer);
  Result<std::vector<NewFile>> ranges(
      const Standing& standing, Layer layer, TradeDate date, const CompactionOptions& options);
  Result<void> stage(
      const Standing& standing, const std::vector<NewFile>& files, const Path& staged,
      const Codec& codec, Instant now, std::vector<PublishedRecord>& records);
  Result<std::vector<PublishedRecord>> replace(
      Standing& standing, const std::vector<NewFile>& files, Layer layer, TradeDate date,
      const Codec& codec, Instant now);
  Result<std::int64_t> write(const NewFile& file, const Path& path, const Codec& codec);
  Result<void> clear(Layer layer, TradeDate date);
  Result<void> record_ranges(const DayFiles& files, TradeDate date, Instant now);
  Result<void> forget_ranges(Layer layer, TradeDate date, Instant now);

  DatasetPaths paths_;
  Disk& disk_;
  Database& database_;
  Ledger& ledger_;
};

}  // namespace opt_data::store
