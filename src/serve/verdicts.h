// The stored verdicts, a few figures of each, read once as long as their files are what they were.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calendar/trade_date.h"
#include "store/disk.h"

namespace opt_data::serve {

struct StoredVerdict {
  std::string date, phase, status;
  std::vector<std::string> reasons;
  std::optional<double> coverage;  // The gate slot_coverage_min.
  std::int64_t intraday_rows = 0;
};

class Verdicts {
 public:
  // Of a day; empty where none is stored. Errors: corrupt, naming the file.
  Result<std::optional<StoredVerdict>> of(
      store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date);

 private:
  struct Known {
    store::FileStamp stamp;
    StoredVerdict verdict;
  };
  std::map<store::Path, Known> known_;
};

// The dates that have one, YYYY-MM-DD, ascending.
std::vector<std::string> judged_dates(store::Disk& disk, const std::filesystem::path& run_logs);

}  // namespace opt_data::serve
