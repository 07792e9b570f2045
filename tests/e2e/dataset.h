// What a run left on disk, and the recording it was made from, side by side in SQL.
//
// The recording's rules are taken from data/recordings/README.md, not from the loader: each side is
// carried on its own, a bar's open belongs to its start and its close to its end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "store/database.h"

namespace opt_data::e2e {

class Dataset {
 public:
  // Views raw_intraday, intraday, daily_clean, daily_adjusted, enrichment over <dir>/data; of the
  // recording, where one is named: contracts, quotes, trades, underlying, interest, and
  // `points` (conid, at, turn, bid, ask): what each side was said to be, and when.
  explicit Dataset(const std::filesystem::path& dir, const std::string& recording = "");

  store::Database& database() { return *database_; }
  store::Table query(const std::string& sql);
  std::int64_t count(const std::string& sql);              // One cell; -1 where there is none.
  std::vector<std::string> texts(const std::string& sql);  // The first column.

  // Makes the table `carried` (conid, slot_30m, bid, ask, first_seen): for every stored row, the
  // sides as the recording has them when the row's quote was current; and when the contract's first
  // price appeared at all.
  void carry();

 private:
  std::unique_ptr<store::Database> database_;
};

// Every file below <dir>/data with its identity: a file that was published again has another.
using Identity = std::tuple<std::uint64_t, std::int64_t, std::uint64_t>;  // inode, mtime, size
std::map<std::string, Identity> published_files(const std::filesystem::path& dir);

}  // namespace opt_data::e2e
