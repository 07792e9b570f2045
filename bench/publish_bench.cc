// What a slot costs when it is published, and how many bytes it takes.
//
//   publish_bench [rows ...]      default: 30000 500000
//
// Publishing is the whole of it: put in order, stage, read back, count, checksum, sync, rename. The
// bound is DuckDB's COPY alone, of the same rows out of a table in its memory, already in order,
// with the same codec and the same one thread. Each is done in a process of its own, in turn.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/check.h"
#include "base/text.h"
#include "measure.h"
#include "row.h"
#include "store/dataset.h"
#include "store/duckdb_handles.h"
#include "store/parquet_file.h"
#include "universe.h"

namespace opt_data::bench {
namespace {

using store::Database;
namespace fs = std::filesystem;

constexpr int turns = 3;
constexpr double peak_mb_max = 256;

store::Partition where() {
  return {store::Layer::clean, store::View::intraday, bench_date(), std::uint8_t{3}};
}

UniverseOptions universe_of(std::size_t rows) {
  return {.contracts = rows, .underlyings = rows > 1'000'000 ? 5'500 : rows > 100'000 ? 500 : 30U};
}

// Rows in hand, and then everything that is done with them.
double publish(const fs::path& folder, std::size_t count) {
  const std::vector<OptionQuote> rows = Universe(universe_of(count)).slot(bench_slots().slots()[3]);
  store::RealDisk disk;
  mark_held();
  return cpu_seconds_of([&] {
    auto database = Database::open({}).value();
    const auto writer =
        store::make_parquet_writer({folder / "raw", folder / "clean"}, disk, *database);
    const auto published = writer->publish(where(), std::span(rows));
    OPT_CHECK(published && published->rows == static_cast<std::int64_t>(count));
  });
}

double copy_alone(const fs::path& file, const fs::path& to) {
  auto database = Database::open({.memory_limit = "8GB"}).value();
  OPT_CHECK(database->execute(fmt::format(
      "CREATE TABLE slot AS SELECT * FROM read_parquet({})", store::sql_text(file.string()))));
  const std::string copy = store::copy_to(
      *database->handles().schema, "SELECT * FROM slot", to, where(), store::Codec{});
  mark_held();
  return cpu_seconds_of([&] { OPT_CHECK(database->execute(copy)); });
}

// Every cell of a file, by DuckDB alone: what reading back what was staged cannot go below.
double read_alone(const fs::path& file) {
  auto database = Database::open({}).value();
  const std::string select = "SELECT * FROM " + store::read_parquet(std::span(&file, 1));
  return cpu_seconds_of([&] {
    OPT_CHECK(store::each_chunk(
        *database, {select, {}, false, true},
        [](const auto&, duckdb_data_chunk) -> Result<bool> { return true; }));
  });
}

double mean_bits(std::size_t count) {
  double bits = 0;
  for (const OptionQuote& row : Universe(universe_of(count)).slot(bench_slots().slots()[3]))
    bits += Universe::bits_without_pattern(row);
  return bits / static_cast<double>(count);
}

void measure(std::size_t count) {
  std::string name = (fs::temp_directory_path() / "publish-XXXXXX").string();
  OPT_CHECK(::mkdtemp(name.data()) != nullptr);
  const fs::path folder = name;
  std::vector<InChild> published, copied;
  std::vector<double> reading;
  const auto file = [&] {
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.path().filename() == "slot-03.parquet") return entry.path();
    return fs::path();
  };
  const Turns cpu = take_turns(
      turns,
      [&] {
        // The first turn has nothing to copy yet, so it publishes before both.
        if (published.empty()) in_child([&] { return publish(folder, count); });
        copied.push_back(in_child([&] { return copy_alone(file(), folder / "copy.parquet"); }));
        return copied.back().seconds;
      },
      [&] {
        fs::remove(file());
        published.push_back(in_child([&] { return publish(folder, count); }));
        reading.push_back(in_child([&] { return read_alone(file()); }).seconds);
        return published.back().seconds;
      });
  const auto rows = static_cast<double>(count);
  print(
      {.name = fmt::format("publish.cpu.{}", count),
       .value = cpu.b / rows * 1e6,
       .unit = "us of CPU a row",
       .against = "COPY alone",
       .ratio = cpu.ratio});
  std::vector<double> both, walls, peaks;
  for (std::size_t i = 0; i < published.size(); ++i) {
    both.push_back(published[i].seconds / (copied[i].seconds + reading[i]));
    walls.push_back(published[i].wall / copied[i].wall);
    peaks.push_back(static_cast<double>(published[i].peak_kb - published[i].held_kb) / 1024);
  }
  print(
      {.name = fmt::format("publish.cpu-with-reading.{}", count),
       .value = cpu.b / rows * 1e6,
       .unit = "us of CPU a row",
       .against = "COPY and one reading of its file",
       .ratio = median(both),
       .goal = at_most(1.3)});
  print(
      {.name = fmt::format("publish.wall.{}", count),
       .value = median(walls),
       .unit = "of COPY's time, the disk's included",
       .against = "COPY alone",
       .ratio = median(walls)});
  print(
      {.name = fmt::format("publish.peak.{}", count),
       .value = median(peaks),
       .unit = "MB above the rows in hand",
       .against = fmt::format("{:g} MB", peak_mb_max),
       .ratio = median(peaks) / peak_mb_max,
       .goal = at_most(1),
       .note = fmt::format("the rows in hand: {} MB", published.front().held_kb / 1024)});
  const double bytes = static_cast<double>(fs::file_size(file())) / rows;
  const double bits = in_child([&] { return mean_bits(count); }).seconds;
  print(
      {.name = fmt::format("publish.bytes.{}", count),
       .value = bytes,
       .unit = "bytes a row",
       .against = fmt::format("{:g} bytes", slot_bytes_goal),
       .ratio = bytes / slot_bytes_goal,
       .goal = at_most(1),
       .note = fmt::format("{:.1f} bytes of it nothing foretells", bits / 8)});
  fs::remove_all(folder);
}

}  // namespace
}  // namespace opt_data::bench

int main(int argc, char** argv) {
  std::vector<std::size_t> counts;
  for (int i = 1; i < argc; ++i)
    if (const auto count = opt_data::parse_int(argv[i]); count && *count > 0)
      counts.push_back(static_cast<std::size_t>(*count));
  if (counts.empty()) counts = {30'000, 500'000};
  for (const std::size_t count : counts) opt_data::bench::measure(count);
}
