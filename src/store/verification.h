// Whether the dataset still is what was published: every file that can be read, whose columns are
// the contract's, whose keys are unique, and whose rows are those that the ledger has on record.
//
// The checksum of a file is the one that was recorded when it was published: over every cell, so a
// damaged byte shows wherever it does harm, and no second list of files has to be kept.
//
// Errors: what the disk or the ledger refuses. What is wrong with a file is no error but a finding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "store/day_files.h"
#include "store/ledger.h"

namespace opt_data::store {

struct Finding {
  Path file;
  std::string partition;  // Partition::text(); empty for what is none.
  std::string wrong;      // A sentence.
  bool broken = false;    // The file itself; otherwise it is what is around it.
  Path moved_to;          // Where a broken file was put aside.
};

struct Verified {
  int files = 0;
  std::int64_t rows = 0;
  std::vector<Finding> findings;  // By date.
  int broken() const;
};

struct VerifyOptions {
  std::optional<TradeDate> from, to;  // Empty: no bound.
  bool quarantine = false;            // Put broken files aside; their neighbours stay.
};

// `ledger` may be empty: then nothing is compared with what was published, or put aside.
Result<Verified> verify(
    const VerifyOptions& options, const DatasetPaths& paths, Disk& disk, Database& database,
    Ledger* ledger, const Calendar& calendar, Instant now);

// A whole day, or a file of it, out of the dataset: renamed to its place beside it, and synced.
Result<Path> put_aside(Disk& disk, const Path& from, const Path& to);

}  // namespace opt_data::store
