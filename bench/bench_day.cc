#include "bench_day.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/check.h"
#include "measure.h"
#include "store/duckdb_handles.h"

namespace opt_data::bench {
namespace {

using store::Layer;
using store::Partition;
using store::View;
namespace fs = std::filesystem;

// One row for each contract of the closing slot, all of it that the enrichment view has.
constexpr const char* interest = R"(
  SELECT trade_date, underlying, exchange, conid, ['open_interest'] AS fields_updated,
         coalesce(open_interest, 0) + conid % 7 AS open_interest, trade_date AS oi_asof_date,
         'value' AS oi_state, NULL::DOUBLE AS underlying_close,
         NULL::TIMESTAMP AS underlying_close_asof, sample_time AS update_ts, source, ingest_id,
         'enrichment' AS ingest_run_type
  FROM read_parquet({}))";

}  // namespace

Session::Session(const fs::path& folder) : paths{folder / "raw", folder / "clean"} {
  database = store::Database::open({.temporary_directory = folder / "spill"}).value();
  reader = store::make_parquet_reader(paths, disk, *database);
  writer = store::make_parquet_writer(paths, disk, *database);
}

std::int64_t Session::run(const std::string& sql, const std::vector<store::Value>& parameters) {
  const auto rows = store::run_with_feed(*database, nullptr, {sql, parameters, true});
  if (!rows) fmt::print(stderr, "{}\n", rows.error().message);
  OPT_CHECK(rows);
  return *rows;
}

BenchDay::BenchDay(const UniverseOptions& options) : options_(options) {
  std::string name = (fs::temp_directory_path() / "bench-day-XXXXXX").string();
  OPT_CHECK(::mkdtemp(name.data()) != nullptr);
  folder_ = name;
  symbols_ = Universe({.contracts = options.underlyings * 300, .underlyings = options.underlyings})
                 .symbols();
}

BenchDay::~BenchDay() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

fs::path BenchDay::file(int slot) const {
  const Partition where{
      Layer::clean, View::intraday, bench_date(), static_cast<std::uint8_t>(slot)};
  return store::file_of({folder_ / "raw", folder_ / "clean"}, where);
}

std::unique_ptr<store::Ledger> BenchDay::ledger() const {
  return store::Ledger::open(folder_ / "ledger.sqlite", store::Durability::process_crash).value();
}

void BenchDay::publish_slots() {
  for (const Slot& slot : grid_.slots())
    in_child([&] {
      const std::vector<OptionQuote> rows = Universe(options_).slot(slot);
      Session session(folder_);
      OPT_CHECK(session.writer->publish(
          {Layer::clean, View::intraday, slot.date, slot.index}, std::span(rows)));
      std::vector<store::ExpectedContract> expected;
      for (const OptionQuote& row : rows)
        expected.push_back({row.contract.id, row.contract.underlying});
      OPT_CHECK(ledger()->expect(slot, expected));
      return 0.0;
    });
}

void BenchDay::publish_interest() {
  in_child([&] {
    Session session(folder_);
    const std::string closing = store::sql_text(file(grid_.close().index).string());
    const store::Selection rows{fmt::format(interest, closing), {}};
    OPT_CHECK(session.writer->publish(
        {Layer::clean, View::enrichment, bench_date(), std::nullopt}, rows));
    return 0.0;
  });
}

void BenchDay::remove_daily_views() {
  const store::DatasetPaths paths{folder_ / "raw", folder_ / "clean"};
  for (const View view : {View::daily_clean, View::daily_adjusted})
    fs::remove_all(store::day_directory(paths, Layer::clean, view, bench_date()));
}

store::Compacted BenchDay::compact() {
  Session session(folder_);
  const auto book = ledger();
  auto done = store::Compactor(session.paths, session.disk, *session.database, *book)
                  .compact(Layer::clean, bench_date(), {}, grid_.close().at, false);
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  OPT_CHECK(done);
  return *std::move(done);
}

std::int64_t BenchDay::bytes() const {
  const store::DatasetPaths paths{folder_ / "raw", folder_ / "clean"};
  std::int64_t bytes = 0;
  for (const auto& file : fs::directory_iterator(
           store::day_directory(paths, Layer::clean, View::intraday, bench_date())))
    bytes += static_cast<std::int64_t>(file.file_size());
  return bytes;
}

}  // namespace opt_data::bench
