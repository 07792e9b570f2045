// What a person has put on record beside a day: an explanation, or a waiver of its breaches. It is
// shown wherever the day's verdict is, and changes none: a waived day is a FAIL that somebody has
// explained.
//
//   <run_logs>/notes/notes_YYYYMMDD.json
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "calendar/instant.h"
#include "calendar/trade_date.h"
#include "store/disk.h"

namespace opt_data::check {

struct DayNote {
  bool waives = false;
  std::string reason;
  std::string at;  // UTC.

  std::string text() const;  // "waived: the exchange halted options at 14:02"
};

// None: nobody has written one. Errors: corrupt, with the path.
Result<std::vector<DayNote>> read_notes(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date);

// Beside those that are there; the same once more changes nothing. Errors: corrupt, storage;
// invalid_input without a reason.
Result<void> add_note(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date, DayNote note);

}  // namespace opt_data::check
