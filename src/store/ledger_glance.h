// What somebody who only looks asks of a ledger: sums, without the rows behind them.
//
// It reads beside a live collector and never makes it wait. Errors: as Ledger's; not_found where
// there is no ledger yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/ledger.h"

namespace opt_data::store {

struct SlotProgress {
  std::int64_t expected = 0;
  std::int64_t answered = 0;  // Contracts with an answer in the journal, which a slot that is over
                              // has not any more.
};

struct DayRows {
  std::int64_t intraday = 0;  // Of the clean layer.
  std::int64_t all = 0;       // Of every published file.
};

class SqliteFile;

class LedgerGlance {
 public:
  static Result<std::unique_ptr<LedgerGlance>> open(const std::filesystem::path& ledger);
  ~LedgerGlance();

  // A number that changes whenever anybody committed something.
  Result<std::int64_t> version() const;
  // By slot index, those with an expected set.
  Result<std::map<int, SlotProgress>> progress(TradeDate date) const;
  // What is published of each slot of the clean intraday view.
  Result<std::map<int, std::int64_t>> slot_rows(TradeDate date) const;
  Result<std::map<std::string, DayRows>> rows_by_date() const;  // By YYYY-MM-DD.
  // By "clean view=intraday".
  Result<std::map<std::string, std::int64_t>> rows_by_view() const;
  // Newest first; only those that started before `before`.
  Result<std::vector<JobRecord>> jobs_before(std::optional<Instant> before, int count_max) const;

 private:
  explicit LedgerGlance(std::unique_ptr<SqliteFile> file);
  std::unique_ptr<SqliteFile> file_;
};

}  // namespace opt_data::store
