// A disk that is really full: a small file system of its own, in a mount namespace of its own, that
// runs out of room while DuckDB writes a file, or while SQLite writes the ledger. Then room is made
// and the same command is given again.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <utility>

#include "base/text.h"
#include "dataset.h"
#include "program.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* recording = "twx-2014-06-05";
constexpr std::int64_t contracts = 184;
const std::vector<std::string> views{
    "raw_intraday", "intraday", "daily_clean", "daily_adjusted", "enrichment"};

// What is left in out/ is looked at from outside: the small file system is gone with the script.
constexpr const char* script = R"(
dir=$1 program=$2 small=$3 size_kb=$4 free_kb=$5
day=$dir/here/day out=$dir/out
mkdir -p "$day" "$out"
# A directory that the demo knows as its own, before anything is published.
if [ "$small" = data ]; then
  OPT_DATA_CRASH=asking:1 "$program" demo --dir "$day" > /dev/null 2>&1
  place=$day/data
else
  place=$dir/here
fi
mount -t tmpfs -o size=${size_kb}k none "$place" || exit 77
touch "$out/mounted"
dd if=/dev/zero of="$place/filler" bs=1k count=$((size_kb - free_kb)) status=none
demo() {
  "$program" --json demo --dir "$day" > "$out/$1.out" 2> "$out/$1.err"
  echo $? > "$out/$1.code"
  cp -a "$day" "$out/$1"
}
demo first
"$program" --config "$day/config/opt-data.toml" query \
  "SELECT count(*) FROM intraday" > "$out/query" 2>&1
rm "$place/filler"
demo second
)";

struct Room {
  bool everything = false;  // Else data/ alone is on the small file system.
  int size_kb = 0;
  int free_kb = 0;  // At the start.
};

// As a file system of pages of 4 kB keeps them.
int kilobytes(const fs::path& folder) {
  std::uintmax_t pages = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) pages += (entry.file_size() + 4'095) / 4'096;
  return static_cast<int>(pages * 4);
}

std::string files(const fs::path& day, const std::string& view) {
  const bool raw = view == "raw_intraday";
  const fs::path pattern = day / "data" / (raw ? "raw" : "clean") / "ib" / "chain" /
                           ("view=" + (raw ? std::string("intraday") : view)) / "date=*" /
                           "*.parquet";
  return fmt::format(
      "(SELECT * EXCLUDE (ingest_id) FROM read_parquet({}, hive_partitioning = false))",
      store::sql_text(pattern.string()));
}

std::vector<std::string> unfinished_files(const fs::path& day) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(day))
    if (entry.is_regular_file() && entry.path().filename().string().starts_with("."))
      found.push_back(entry.path().string());
  return found;
}

class FullDisk : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    undisturbed_ = new TemporaryDirectory;
    const Finished run = run_demo(undisturbed_->path(), {"--recording", recording});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    selfcheck_ = new nlohmann::json(run.json()["selfcheck"]["qa"]);
  }
  static void TearDownTestSuite() {
    delete undisturbed_;
    delete selfcheck_;
  }

  // False: this machine gives nobody a file system of his own.
  bool run_out_of(const Room& room) {
    Invocation invocation;
    invocation.program = "/usr/bin/unshare";
    invocation.arguments = {
        "-rm",
        "sh",
        "-c",
        script,
        "sh",
        dir_.path().string(),
        OPT_DATA_PROGRAM,
        room.everything ? "everything" : "data",
        std::to_string(room.size_kb),
        std::to_string(room.free_kb)};
    const Finished finished = run_program(invocation);
    if (fs::exists(out() / "mounted")) return true;
    reason_ = finished.err;
    return false;
  }
  fs::path out() const { return dir_.path() / "out"; }
  std::string text(const std::string& name) const {
    return std::string(trim(read_file(out() / name)));
  }

  std::int64_t count(const std::string& sql) { return dataset_.count(sql); }

  // What is published is a beginning of the undisturbed day, and all of it.
  void expect_a_whole_beginning() {
    const fs::path day = out() / "first";
    EXPECT_EQ(unfinished_files(day), std::vector<std::string>{});
    for (const std::string view : {"raw_intraday", "intraday"}) {
      const fs::path any = day / "data" / (view == "intraday" ? "clean" : "raw") / "ib" / "chain" /
                           "view=intraday" / "date=2014-06-05";
      if (!fs::exists(any / "slot-00.parquet")) continue;
      const std::string rows = files(day, view);
      EXPECT_EQ(count("SELECT count(*) FROM " + rows) % contracts, 0);
      const std::string cells = "(SELECT conid, slot_30m, bid, ask, iv, asof_ts FROM ";
      EXPECT_EQ(
          count(fmt::format(
              "SELECT count(*) FROM ({}{}) EXCEPT ALL {}{}))", cells, rows, cells,
              files(undisturbed_->path(), view))),
          0)
          << view;
    }
    // The program's own reader found as many on the full disk.
    const fs::path clean = day / "data" / "clean" / "ib" / "chain" / "view=intraday";
    if (!fs::exists(clean / "date=2014-06-05" / "slot-00.parquet")) return;
    const auto rows = std::to_string(count("SELECT count(*) FROM " + files(day, "intraday")));
    EXPECT_TRUE(text("query").ends_with(rows)) << text("query");
  }

  // An error that an event told of stays on record: the data are whole, and the day has had one.
  void expect_the_undisturbed_day(const std::vector<std::string>& reasons = {}) {
    EXPECT_EQ(text("second.code"), reasons.empty() ? "0" : "1") << text("second.err");
    const auto json = nlohmann::json::parse(text("second.out"), nullptr, false);
    ASSERT_TRUE(json.is_object());
    EXPECT_EQ(json["reasons"], nlohmann::json(reasons));
    EXPECT_EQ(json["selfcheck"]["qa"], *selfcheck_);
    EXPECT_EQ(unfinished_files(out() / "second"), std::vector<std::string>{});
    for (const std::string& view : views) {
      const std::string whole = files(undisturbed_->path(), view);
      const std::string resumed = files(out() / "second", view);
      EXPECT_EQ(
          count(fmt::format(
              "SELECT count(*) FROM ((FROM {} EXCEPT ALL FROM {}) UNION ALL "
              "(FROM {} EXCEPT ALL FROM {}))",
              whole, resumed, resumed, whole)),
          0)
          << view;
    }
  }

  static inline TemporaryDirectory* undisturbed_ = nullptr;
  static inline nlohmann::json* selfcheck_ = nullptr;
  TemporaryDirectory dir_;
  Dataset dataset_{undisturbed_->path()};
  std::string reason_;
};

TEST_F(FullDisk, under_the_dataset_costs_one_publish_and_nothing_that_stood) {
  std::uint64_t seed = std::random_device{}();
  if (const char* named = std::getenv("OPT_DATA_TEST_SEED"))
    seed = std::strtoull(named, nullptr, 10);
  SCOPED_TRACE(fmt::format("OPT_DATA_TEST_SEED={}", seed));
  // The whole day takes 900 kB.
  const int free_kb = 30 + static_cast<int>(std::mt19937_64(seed)() % 620);
  if (!run_out_of({false, 4'096, free_kb}))
    GTEST_SKIP() << "no file system of its own: " << reason_;
  EXPECT_EQ(text("first.code"), "1");
  const std::string error = text("first.err");
  EXPECT_NE(error.find("cannot publish"), std::string::npos) << error;
  EXPECT_NE(error.find("No space left on device"), std::string::npos) << error;
  EXPECT_NE(error.find("what was published stands"), std::string::npos) << error;
  expect_a_whole_beginning();
  expect_the_undisturbed_day();
}

TEST_F(FullDisk, under_a_rollup_leaves_the_slots_and_no_daily_rows) {
  // Room for every slot in both layers, and for half of the first daily file.
  const fs::path data = undisturbed_->path() / "data";
  const int slots = kilobytes(data / "raw") + kilobytes(data / "clean/ib/chain/view=intraday");
  const int daily = kilobytes(data / "clean/ib/chain/view=daily_clean");
  if (!run_out_of({false, 4'096, slots + daily / 2}))
    GTEST_SKIP() << "no file system of its own: " << reason_;
  EXPECT_EQ(text("first.code"), "1");
  const std::string error = text("first.err");
  EXPECT_NE(error.find("cannot publish clean view=daily"), std::string::npos) << error;
  EXPECT_NE(error.find("what was published stands"), std::string::npos) << error;
  EXPECT_EQ(count("SELECT count(*) FROM " + files(out() / "first", "intraday")), 14 * contracts);
  expect_a_whole_beginning();
  expect_the_undisturbed_day({"logs:errors>0"});
}

TEST_F(FullDisk, under_everything_ends_the_run_before_an_answer_is_lost) {
  if (!run_out_of({true, 16'384, 1'500})) GTEST_SKIP() << "no file system of its own: " << reason_;
  EXPECT_EQ(text("first.code"), "1");
  const std::string error = text("first.err");
  EXPECT_NE(error.find("ledger.sqlite"), std::string::npos) << error;
  EXPECT_NE(error.find("full"), std::string::npos) << error;
  EXPECT_NE(error.find("what was committed stands"), std::string::npos) << error;
  expect_a_whole_beginning();
  expect_the_undisturbed_day();
}

}  // namespace
}  // namespace opt_data::e2e
