#include "dataset.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include <utility>

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;

std::string parquet(const fs::path& pattern) {
  return fmt::format(
      "read_parquet({}, hive_partitioning = false)", store::sql_text(pattern.string()));
}

constexpr const char* points = R"(
  CREATE VIEW points AS
    SELECT conid, starts_at AS "at", 1 AS turn, bid_open AS bid, ask_open AS ask FROM quotes
    UNION ALL
    SELECT conid, ends_at, 0, bid_close, ask_close FROM quotes)";

// arg_max passes over NULL, which is what carrying a side forward means; -1 is the gateway's "no
// quote". A price that is there from the start was seen then.
constexpr const char* carried = R"(
  CREATE OR REPLACE TABLE carried AS
  WITH first AS (
    SELECT conid, min("at") AS first_seen FROM points WHERE bid >= 0 OR ask >= 0 GROUP BY conid
  ),
  sides AS (
    SELECT stored.conid, stored.slot_30m,
           arg_max(points.bid, (points."at", points.turn)) AS bid,
           arg_max(points.ask, (points."at", points.turn)) AS ask
    FROM intraday AS stored
    LEFT JOIN points
      ON points.conid = stored.conid
     AND points."at" <= coalesce(stored.asof_ts, stored.received_ts, stored.sample_time)
    GROUP BY ALL
  )
  SELECT conid, slot_30m, nullif(bid, -1) AS bid, nullif(ask, -1) AS ask, first_seen
  FROM sides LEFT JOIN first USING (conid))";

}  // namespace

Dataset::Dataset(const fs::path& dir, const std::string& recording) {
  auto opened = store::Database::open({});
  if (!opened) {
    ADD_FAILURE() << opened.error().message;
    std::abort();
  }
  database_ = *std::move(opened);
  const auto view = [this](const std::string& name, const fs::path& pattern) {
    const auto made = database_->execute(
        fmt::format("CREATE VIEW {} AS SELECT * FROM {}", name, parquet(pattern)));
    EXPECT_TRUE(made) << made.error().message;
  };
  const fs::path raw = dir / "data" / "raw" / "ib" / "chain";
  const fs::path clean = dir / "data" / "clean" / "ib" / "chain";
  view("raw_intraday", raw / "view=intraday" / "date=*" / "*.parquet");
  for (const char* name : {"intraday", "daily_clean", "daily_adjusted", "enrichment"})
    if (fs::exists(clean / fmt::format("view={}", name)))
      view(name, clean / fmt::format("view={}", name) / "date=*" / "*.parquet");
  if (recording.empty()) return;
  const fs::path folder = fs::path(OPT_DATA_SOURCE_DIR) / "data" / "recordings" / recording;
  const std::vector<std::pair<const char*, const char*>> files = {
      {"contracts", "contracts"},
      {"quotes", "quotes"},
      {"trades", "trades"},
      {"underlying", "underlying"},
      {"interest", "open_interest"}};
  for (const auto& [name, file] : files)
    if (const fs::path path = folder / fmt::format("{}.parquet", file); fs::exists(path))
      view(name, path);
  const auto made = database_->execute(points);
  EXPECT_TRUE(made) << made.error().message;
}

store::Table Dataset::query(const std::string& sql) {
  auto table = database_->query(sql);
  if (table) return *std::move(table);
  ADD_FAILURE() << table.error().message << "\n" << sql;
  return {};
}

std::int64_t Dataset::count(const std::string& sql) {
  const store::Table table = query(sql);
  if (table.rows.size() != 1 || table.rows[0].empty()) return -1;
  const auto* number = std::get_if<std::int64_t>(&table.rows[0][0]);
  return number != nullptr ? *number : -1;
}

std::vector<std::string> Dataset::texts(const std::string& sql) {
  std::vector<std::string> all;
  for (const auto& row : query(sql).rows) {
    const auto* text = std::get_if<std::string>(&row.at(0));
    all.push_back(text != nullptr ? *text : "NULL");
  }
  return all;
}

void Dataset::carry() {
  const auto made = database_->execute(carried);
  EXPECT_TRUE(made) << made.error().message;
}

std::map<std::string, Identity> published_files(const fs::path& dir) {
  std::map<std::string, Identity> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir / "data")) {
    struct stat status {};
    if (!entry.is_regular_file() || ::stat(entry.path().c_str(), &status) != 0) continue;
    const std::int64_t changed =
        static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
    files[entry.path().string()] = {
        status.st_ino, changed, static_cast<std::uint64_t>(status.st_size)};
  }
  return files;
}

}  // namespace opt_data::e2e
