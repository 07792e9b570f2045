// How fast a slot is published and how much memory that takes, beside DuckDB's own way of bringing
// rows in (an appender into a table, then COPY of the table).
//
//   publish_bench [rows ...]      default: 2000 120000
//
// Every line is measured in a process of its own, because a peak of memory never comes down again;
// "rows only" is what the process needs to make the rows, which is part of every line's CPU and
// memory. Publishing is the whole of it: stage, read back, count, checksum, sync, rename. The
// appender's line writes the same columns to the same kind of file and checks nothing.
#include <duckdb.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "base/text.h"
#include "calendar/calendar.h"
#include "store/dataset.h"

namespace opt_data {
namespace {

using namespace std::chrono;
using Clock = steady_clock;

TradeDate bench_date() { return Calendar{}.trade_date(year{2025} / 10 / 6).value(); }

std::vector<OptionQuote> rows_of_a_slot(std::size_t count) {
  Random random(7);
  const TradeDate date = bench_date();
  const Instant at = new_york(date.day(), hours{11});
  const std::string ingest_id = hex_id(random);
  std::vector<OptionQuote> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    OptionContract contract;
    contract.id = static_cast<ContractId>(600'000'000 + i);
    contract.underlying = fmt::format("SY{}", i / 240);
    contract.expiry = sys_days{date.day()} + days{11 + 7 * (i / 60 % 4)};
    contract.right = i % 2 == 0 ? Right::call : Right::put;
    contract.strike = {static_cast<std::int64_t>(100'000 + 2'500 * (i / 2 % 30))};
    contract.trading_class = contract.underlying;
    Quote quote;
    quote.bid = static_cast<double>(random.below(5000)) / 100;
    quote.ask = *quote.bid + 0.05;
    quote.last = *quote.bid + 0.02;
    quote.bid_size = static_cast<double>(random.below(500));
    quote.ask_size = static_cast<double>(random.below(500));
    quote.volume = static_cast<double>(random.below(10'000));
    quote.greeks = {
        random.uniform(), random.uniform(), random.uniform(), random.uniform(), random.uniform()};
    quote.model_underlying = 137.5;
    quote.type = MarketDataType::live;
    quote.as_of = at + microseconds{random.below(600'000'000)};
    quote.received = *quote.as_of + milliseconds{40};
    rows.push_back(
        {contract,
         {date, 3, at},
         quote,
         {OpenInterestState::value, 1200},
         {137.4, 137.6, 137.5, quote.as_of},
         ReferencePrice{contract.underlying, 137.1, "previous_close", at},
         {},
         {},
         DataSource::simulated,
         ingest_id});
  }
  return rows;
}

struct Measured {
  double seconds = 0;
  std::int64_t rows = 0;
};

Measured publish(const std::filesystem::path& folder, const std::vector<OptionQuote>& rows) {
  store::RealDisk disk;
  const auto begin = Clock::now();
  auto database = store::Database::open({}).value();
  const auto writer =
      store::make_parquet_writer({folder / "raw", folder / "clean"}, disk, *database);
  const auto published = writer->publish(
      {store::Layer::clean, store::View::intraday, bench_date(), 3}, std::span(rows));
  OPT_CHECK(published && !published->already);
  return {duration<double>(Clock::now() - begin).count(), published->rows};
}

void append(duckdb_appender appender, const OptionQuote& row, const store::Column& column) {
  const std::string_view type = column.type;
  if (type == "DOUBLE") {
    duckdb_append_double(appender, row.quote.greeks.iv.value_or(0) + *row.quote.bid);
  } else if (type == "BIGINT") {
    duckdb_append_int64(appender, row.contract.id);
  } else if (type == "INTEGER") {
    duckdb_append_int32(appender, row.slot.index);
  } else if (type == "BOOLEAN") {
    duckdb_append_bool(appender, false);
  } else if (type == "DATE") {
    const auto days = sys_days{row.contract.expiry}.time_since_epoch().count();
    duckdb_append_date(appender, {static_cast<std::int32_t>(days)});
  } else if (type == "TIMESTAMP") {
    duckdb_append_timestamp(appender, {micros(*row.quote.as_of)});
  } else if (type == "VARCHAR") {
    const std::string& text = column.name == "ingest_id" ? row.ingest_id : row.contract.underlying;
    duckdb_append_varchar_length(appender, text.data(), text.size());
  } else {
    duckdb_append_null(appender);
  }
}

void run(duckdb_connection connection, const std::string& sql) {
  OPT_CHECK(duckdb_query(connection, sql.c_str(), nullptr) == DuckDBSuccess);
}

Measured append_and_copy(
    const std::filesystem::path& folder, const std::vector<OptionQuote>& rows) {
  const auto begin = Clock::now();
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  OPT_CHECK(duckdb_open(nullptr, &database) == DuckDBSuccess);
  OPT_CHECK(duckdb_connect(database, &connection) == DuckDBSuccess);
  run(connection, "SET threads = 1; SET memory_limit = '512MB'");
  std::vector<std::string> definitions;
  for (const store::Column& column : store::columns(store::View::intraday))
    definitions.push_back(fmt::format("{} {}", store::sql_identifier(column.name), column.type));
  run(connection, "CREATE TABLE slot (" + join(definitions, ", ") + ")");
  duckdb_appender appender = nullptr;
  OPT_CHECK(duckdb_appender_create(connection, nullptr, "slot", &appender) == DuckDBSuccess);
  for (const OptionQuote& row : rows) {
    for (const store::Column& column : store::columns(store::View::intraday))
      append(appender, row, column);
    duckdb_appender_end_row(appender);
  }
  OPT_CHECK(duckdb_appender_destroy(&appender) == DuckDBSuccess);
  run(connection, fmt::format(
                      "COPY slot TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, "
                      "ROW_GROUP_SIZE 30720)",
                      store::sql_text((folder / "appended.parquet").string())));
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  return {duration<double>(Clock::now() - begin).count(), static_cast<std::int64_t>(rows.size())};
}

Measured rows_only(const std::filesystem::path&, const std::vector<OptionQuote>& rows) {
  return {0, static_cast<std::int64_t>(rows.size())};
}

using Way = Measured (*)(const std::filesystem::path&, const std::vector<OptionQuote>&);

// The rows, too, are made in the child: what a parent holds would count as the child's.
void measure(const char* name, Way way, std::size_t count) {
  std::string folder = (std::filesystem::temp_directory_path() / "publish-XXXXXX").string();
  OPT_CHECK(::mkdtemp(folder.data()) != nullptr);
  int answer[2];
  OPT_CHECK(::pipe(answer) == 0);
  const pid_t child = ::fork();
  OPT_CHECK(child >= 0);
  if (child == 0) {
    const Measured measured = way(folder, rows_of_a_slot(count));
    const bool sent = ::write(answer[1], &measured, sizeof measured) == sizeof measured;
    std::_Exit(sent ? 0 : 1);
  }
  Measured measured;
  OPT_CHECK(::read(answer[0], &measured, sizeof measured) == sizeof measured);
  rusage usage{};
  OPT_CHECK(::wait4(child, nullptr, 0, &usage) == child);
  ::close(answer[0]);
  ::close(answer[1]);
  std::filesystem::remove_all(folder);
  const auto cpu = seconds{usage.ru_utime.tv_sec + usage.ru_stime.tv_sec} +
                   microseconds{usage.ru_utime.tv_usec + usage.ru_stime.tv_usec};
  const std::string speed = measured.seconds == 0
                                ? fmt::format("{:>10}{:>12}", "", "")
                                : fmt::format(
                                      "{:>8.0f}ms{:>12.0f}", measured.seconds * 1000,
                                      static_cast<double>(measured.rows) / measured.seconds);
  fmt::print(
      "{:<18}{:>9}{}{:>8.0f}ms{:>10} MB\n", name, measured.rows, speed,
      duration<double, std::milli>(cpu).count(), usage.ru_maxrss / 1024);
}

}  // namespace
}  // namespace opt_data

int main(int argc, char** argv) {
  std::vector<std::size_t> counts = {2000, 120'000};
  if (argc > 1) counts.clear();
  for (int i = 1; i < argc; ++i)
    if (const auto count = opt_data::parse_int(argv[i]); count && *count > 0)
      counts.push_back(static_cast<std::size_t>(*count));
  fmt::print(
      "{:<18}{:>9}{:>10}{:>12}{:>10}{:>13}\n", "", "rows", "time", "rows/s", "CPU", "peak RSS");
  std::fflush(stdout);
  for (const std::size_t count : counts) {
    opt_data::measure("rows only", opt_data::rows_only, count);
    opt_data::measure("publish", opt_data::publish, count);
    opt_data::measure("appender, COPY", opt_data::append_and_copy, count);
  }
}
