// One day after it is over: compacted, verified, exported, kept elsewhere and brought back, and its
// ledger lost. Every command that reads says of it what it said before.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "app/backup.h"
#include "app/upkeep.h"
#include "app/wiring.h"
#include "dataset.h"
#include "program.h"
#include "schedule/agenda.h"
#include "sim/sim_clock.h"
#include "store/ledger_sqlite.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* date = "2025-11-21";

class Upkeep : public testing::Test {
 protected:
  // One day for all tests; each has a copy of its own.
  static void SetUpTestSuite() {
    original_ = std::make_unique<TemporaryDirectory>();
    const Finished run = run_demo(
        original_->path(), {"--market", "synthetic", "--symbols", "AAPL,MSFT", "--date", date,
                            "--seed", "5", "--shipped-filters"});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  }
  static void TearDownTestSuite() { original_.reset(); }
  void SetUp() override { fs::copy(original_->path(), dir_.path(), fs::copy_options::recursive); }

  Finished verb(std::vector<std::string> arguments) {
    return run_verb(dir_.path(), std::move(arguments));
  }
  nlohmann::json done(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Finished run = verb(std::move(arguments));
    EXPECT_EQ(run.exit_code, 0) << run.err << run.out;
    return run.json();
  }
  // What each reader says of the day, one after the other.
  std::vector<std::string> readers() {
    const std::vector<std::vector<std::string>> verbs = {
        {"qa", "--date", date},
        {"rollup", "--date", date},
        {"chain", "AAPL", "--date", date, "--at", "10:30"},
        {"query", "SELECT * FROM intraday ORDER BY conid, slot_30m", "--json"},
        {"query", "SELECT * FROM raw_intraday ORDER BY conid, slot_30m", "--date", date, "--json"},
        {"contracts", "show", "AAPL", "--date", date},
        {"snapshot", "--date", date, "--slot", "10:30"},
        {"snapshot", "--date", date, "--slot", "10:30", "--retry-missed"},
        {"inspect", "paths"}};
    std::vector<std::string> said;
    for (const auto& arguments : verbs) {
      const Finished run = verb(arguments);
      said.push_back(fmt::format("{} {}: {}", arguments[0], run.exit_code, run.out));
    }
    return said;
  }
  std::vector<std::string> files_below(const fs::path& root) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(root))
      if (entry.is_regular_file()) found.push_back(entry.path().lexically_relative(root).string());
    std::sort(found.begin(), found.end());
    return found;
  }
  fs::path day(const std::string& layer) {
    return dir_.path() / "data" / layer / "ib/chain/view=intraday" / (std::string("date=") + date);
  }

  static std::unique_ptr<TemporaryDirectory> original_;
  TemporaryDirectory dir_;
};
std::unique_ptr<TemporaryDirectory> Upkeep::original_;

TEST_F(Upkeep, every_reader_says_the_same_of_a_compacted_day) {
  const auto before = readers();
  const auto planned = done({"compact", "--dry-run"});
  ASSERT_EQ(planned["days"].size(), 2u);
  EXPECT_EQ(files_below(day("clean")).size(), 14u);
  const auto compacted = done({"compact"});
  for (const auto& one : compacted["days"]) {
    EXPECT_EQ(one["files_before"], 14);
    EXPECT_EQ(one["files_after"], 1);
    EXPECT_LT(one["bytes_after"], one["bytes_before"]);
  }
  for (const char* layer : {"raw", "clean"})
    EXPECT_EQ(files_below(day(layer)), std::vector<std::string>{"range-0.parquet"});
  const auto after = readers();
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i], before[i]);
  EXPECT_EQ(verb({"verify"}).exit_code, 0) << verb({"verify"}).out;
  EXPECT_EQ(done({"compact", "--date", date})["already"], 2);
  EXPECT_EQ(done({"compact", "--undo", "--date", date})["days"].size(), 2u);
  EXPECT_EQ(files_below(day("clean")).size(), 14u);
  const auto undone = readers();
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(undone[i], before[i]);
}

// SIGKILL before or after each operation of the disk and of the ledger, a dozen of them.
TEST_F(Upkeep, killed_anywhere_a_compaction_leaves_a_whole_day_and_is_taken_up) {
  Dataset data(dir_.path());
  const auto rows = data.count("SELECT count(*) FROM intraday");
  const fs::path counts = dir_.path() / "crossed";
  const std::string config = (dir_.path() / "config/opt-data.toml").string();
  const auto compact = [&](std::map<std::string, std::string> environment) {
    return run_program({{"--config", config, "compact"}, {}, std::move(environment)});
  };
  ASSERT_EQ(compact({{"OPT_DATA_CRASH_COUNTS", counts.string()}}).exit_code, 0);
  const std::string text = read_file(counts);
  const std::size_t at = text.find("publish ");
  ASSERT_NE(at, std::string::npos) << text;
  const int crossings = std::stoi(text.substr(at + 8));
  EXPECT_GT(crossings, 40);
  for (int crossing = 1; crossing <= crossings; crossing += std::max(1, crossings / 12)) {
    SCOPED_TRACE(fmt::format("crossing {} of {}", crossing, crossings));
    ASSERT_EQ(verb({"compact", "--undo", "--date", date}).exit_code, 0);
    EXPECT_TRUE(compact({{"OPT_DATA_CRASH", fmt::format("publish:{}", crossing)}}).killed);
    const std::string all = "'" + (day("clean").parent_path() / "*/*.parquet").string() + "'";
    EXPECT_EQ(data.count("SELECT count(*) FROM read_parquet(" + all + ")"), rows);
    EXPECT_EQ(
        data.count("SELECT count(DISTINCT (conid, slot_30m)) FROM read_parquet(" + all + ")"),
        rows);
    ASSERT_EQ(compact({}).exit_code, 0);
    EXPECT_EQ(verb({"verify"}).exit_code, 0);
    for (const char* layer : {"raw", "clean"}) {
      EXPECT_EQ(files_below(day(layer)), std::vector<std::string>{"range-0.parquet"});
      const fs::path beside = dir_.path() / "data" / layer / "ib/chain.upkeep/compacting";
      EXPECT_TRUE(files_below(beside).empty());
    }
  }
}

TEST_F(Upkeep, a_broken_file_is_named_and_put_aside_alone) {
  EXPECT_EQ(done({"verify"})["findings"].size(), 0u);
  const fs::path file = day("clean") / "slot-05.parquet";
  fs::resize_file(file, fs::file_size(file) - 50);
  const Finished found = verb({"verify", "--date", date});
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_THAT(found.out, HasSubstr(file.string() + ":"));
  EXPECT_TRUE(fs::exists(file));
  const Finished moved = verb({"verify", "--quarantine"});
  EXPECT_EQ(moved.exit_code, 1);
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(files_below(day("clean")).size(), 13u);
  EXPECT_EQ(verb({"verify"}).exit_code, 0);
  Dataset data(dir_.path());
  EXPECT_EQ(data.count("SELECT count(DISTINCT slot_30m) FROM intraday"), 13);
  EXPECT_THAT(
      read_file(dir_.path() / "state/run_logs/opt-data.jsonl"), HasSubstr("file_quarantined"));
}

TEST_F(Upkeep, export_has_the_rows_in_every_shape) {
  Dataset data(dir_.path());
  const auto rows = data.count("SELECT count(*) FROM intraday");
  const auto daily = data.count("SELECT count(*) FROM daily_clean");
  const auto read = [&](const std::string& sql) { return data.count(sql); };
  for (const std::string format : {"csv", "parquet"}) {
    const std::string reader = format == "csv" ? "read_csv" : "read_parquet";
    const fs::path out = dir_.path() / ("out-" + format);
    for (const std::string layout : {"flat", "original", "cboe"})
      done({"export", "--format", format, "--layout", layout, "--out", (out / layout).string()});
    EXPECT_EQ(
        read(fmt::format(
            "SELECT count(*) FROM {}('{}')", reader,
            (out / "flat/intraday" / fmt::format("intraday_{}.{}", date, format)).string())),
        rows);
    EXPECT_EQ(
        read(fmt::format(
            "SELECT count(*) FROM {}('{}', hive_partitioning = true) WHERE underlying = 'AAPL' AND "
            "exchange = 'SMART'",
            reader, (out / "original/clean/view=daily_clean/*/*/*/part-000.").string() + format)),
        data.count("SELECT count(*) FROM daily_clean WHERE underlying = 'AAPL'"));
    EXPECT_EQ(
        read(fmt::format(
            "SELECT count(underlying_symbol) FROM {}('{}')", reader,
            (out / "cboe" /
             fmt::format("UnderlyingOptionsIntervals_1800sec_calcs_{}.{}", date, format))
                .string())),
        rows);
    EXPECT_EQ(
        read(fmt::format(
            "SELECT count(bid_eod) FROM {}('{}')", reader,
            (out / "cboe" / fmt::format("UnderlyingOptionsEODQuotes_{}.{}", date, format))
                .string())),
        data.count("SELECT count(bid) FROM daily_clean WHERE rollup_strategy = 'close'"));
  }
  EXPECT_GT(daily, 0);
  const std::string head = read_file(
      dir_.path() / "out-csv/cboe" / fmt::format("UnderlyingOptionsEODQuotes_{}.csv", date));
  EXPECT_THAT(head, testing::StartsWith("underlying_symbol,quote_date,root,expiration,strike,"));
}

TEST_F(Upkeep, a_backup_brings_everything_back) {
  const auto said = readers();
  const fs::path place = dir_.path() / "backup";
  EXPECT_GT(done({"backup", "--out", place.string()})["files"], 30);
  EXPECT_EQ(verb({"backup", "--out", place.string()}).exit_code, 1) << "it is not empty any more";
  EXPECT_EQ(verb({"backup", "--restore", place.string()}).exit_code, 1) << "there is a dataset";
  fs::remove_all(dir_.path() / "data");
  fs::remove_all(dir_.path() / "state");
  done({"backup", "--restore", place.string()});
  EXPECT_EQ(verb({"verify"}).exit_code, 0);
  const auto again = readers();
  for (std::size_t i = 0; i < said.size(); ++i) EXPECT_EQ(again[i], said[i]);
}

TEST_F(Upkeep, a_backup_has_what_was_said_of_days_and_the_configuration) {
  const auto root = dir_.path();
  ASSERT_EQ(verb({"day", "note", "--date", date, "--reason", "a drill"}).exit_code, 0);
  const auto notes = verb({"day", "show", "--date", date}).out;
  const auto report = verb({"report", "--date", date}).out;
  EXPECT_THAT(notes, HasSubstr("a drill"));
  const fs::path place = root / "backup";
  done({"backup", "--out", place.string()});
  EXPECT_EQ(read_file(place / "config/opt-data.toml"), read_file(root / "config/opt-data.toml"));
  EXPECT_FALSE(fs::exists(place / "run_logs/opt-data.jsonl")) << "the log is no part of it";
  const fs::path universe = root / "config/universe.csv";
  const fs::path stages = root / "config/stages.toml";
  std::ofstream(stages) << "# changed since\n";
  const bool had_universe = fs::remove(universe);
  fs::remove_all(root / "data");
  fs::remove_all(root / "state");
  done({"backup", "--restore", place.string()});
  EXPECT_EQ(verb({"day", "show", "--date", date}).out, notes);
  EXPECT_EQ(verb({"report", "--date", date}).out, report);
  EXPECT_EQ(fs::exists(universe), had_universe);
  EXPECT_EQ(read_file(stages), "# changed since\n") << "what stands there stays";
}

// A disk on which somebody else does something before its n-th read.
class SharedDisk : public store::RealDisk {
 public:
  SharedDisk(int before, std::function<void()> other) : before_(before), other_(std::move(other)) {}
  Result<std::string> read(const store::Path& file) override {
    if (reads_++ == before_) other_();
    return RealDisk::read(file);
  }

 private:
  int before_;
  int reads_ = 0;
  std::function<void()> other_;
};

// Compaction takes the files away under the copy's hands, its reverse and retention too.
TEST_F(Upkeep, a_backup_beside_a_writer_is_whole) {
  const fs::path config = dir_.path() / "config/opt-data.toml";
  std::string text = read_file(config);
  const std::size_t at = text.find("keep_raw_days = 0");
  ASSERT_NE(at, std::string::npos);
  std::ofstream(config) << text.replace(at, 17, "keep_raw_days = 30");
  const std::vector<std::vector<std::string>> writers = {
      {"compact"},
      {"compact", "--undo", "--date", date},
      {"compact"},
      {"compact", "--undo", "--date", date},
      {"retention"}};
  // Under the first layer's copy, under the second's, and between them.
  const std::vector<int> moments = {3, 0, 18, 1, 14};
  for (std::size_t i = 0; i < writers.size(); ++i) {
    SCOPED_TRACE(fmt::format("{} before read {}", writers[i][0], moments[i]));
    app::ConfigRequest request;
    request.file = config;
    request.environment = [](const char*) -> const char* { return nullptr; };
    auto loaded = app::load_config(request);
    ASSERT_TRUE(loaded) << loaded.error().message;
    asio::io_context io;
    bool wrote = false;
    app::World world;
    world.quiet = true;
    world.disk = [&] {
      return std::make_unique<SharedDisk>(
          moments[i], [&] { wrote = verb(writers[i]).exit_code == 0; });
    };
    auto wiring = app::Wiring::make(*std::move(loaded), io, std::move(world));
    ASSERT_TRUE(wiring) << wiring.error().message;
    const fs::path place = dir_.path() / fmt::format("backup-{}", i);
    const auto made = app::run_backup(place, **wiring);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(wrote);
    const TemporaryDirectory elsewhere;
    fs::create_directories(elsewhere.path() / "config");
    fs::copy(config, elsewhere.path() / "config/opt-data.toml");
    EXPECT_EQ(run_verb(elsewhere.path(), {"backup", "--restore", place.string()}).exit_code, 0);
    const Finished verified = run_verb(elsewhere.path(), {"verify"});
    EXPECT_EQ(verified.exit_code, 0) << verified.out;
    EXPECT_EQ(
        files_below(elsewhere.path() / "data/clean"), files_below(dir_.path() / "data/clean"));
  }
}

// Whoever asks again, fills or learns needs the latest sessions; and nothing goes before its day
// is over.
TEST_F(Upkeep, retention_and_compaction_leave_what_is_still_needed) {
  const fs::path config = dir_.path() / "config/opt-data.toml";
  std::string text = read_file(config);
  const std::size_t at = text.find("keep_intraday_days = 0");
  ASSERT_NE(at, std::string::npos);
  std::ofstream(config) << text.replace(at, 22, "keep_intraday_days = 1");
  const auto wired_at = [&](asio::io_context& io, sim::SimClock& clock) {
    app::ConfigRequest request;
    request.file = config;
    request.environment = [](const char*) -> const char* { return nullptr; };
    app::World world;
    world.quiet = true;
    world.clock = &clock;
    auto wiring = app::Wiring::make(app::load_config(request).value(), io, std::move(world));
    EXPECT_TRUE(wiring) << wiring.error().message;
    return *std::move(wiring);
  };
  const auto day = std::chrono::year{2025} / 11 / 21;
  const TradeDate traded = Calendar().trade_date(day).value();
  for (const bool over : {false, true}) {
    asio::io_context io;
    // On December 8 it is the tenth session before, with Thanksgiving between.
    sim::SimClock clock(io, new_york(std::chrono::year{2025} / 12 / (over ? 9 : 8), 19h));
    const auto wiring = wired_at(io, clock);
    const auto report = app::run_retention(true, *wiring);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->removed.size(), over ? 1u : 0u);
    ASSERT_EQ(report->kept.size(), over ? 0u : 1u);
    for (const std::string& kept : report->kept)
      EXPECT_THAT(kept, HasSubstr("one of the latest 10 sessions"));
  }
  // The same evening, and nobody has judged the day.
  {
    auto ledger = store::SqliteFile::open(
        dir_.path() / "state/ledger.sqlite", store::SqliteFile::Access::write);
    ASSERT_TRUE(ledger && (*ledger)->run("DELETE FROM jobs WHERE kind = 'selfcheck'"));
  }
  for (const bool late : {false, true}) {
    asio::io_context io;
    sim::SimClock clock(io, new_york(std::chrono::year{2025} / 11 / (late ? 25 : 21), 20h));
    const auto wiring = wired_at(io, clock);
    const auto compacted = app::run_compaction({traded, false, true}, *wiring);
    EXPECT_EQ(compacted.has_value(), late);
    if (!compacted) {
      EXPECT_THAT(compacted.error().message, HasSubstr("open interest"));
    }
  }
}

TEST_F(Upkeep, a_damaged_backup_restores_nothing) {
  const fs::path place = dir_.path() / "backup";
  done({"backup", "--out", place.string()});
  fs::remove_all(dir_.path() / "data");
  fs::remove_all(dir_.path() / "state");
  const fs::path file =
      place / "clean/view=intraday" / (std::string("date=") + date) / "slot-03.parquet";
  fs::resize_file(file, fs::file_size(file) - 1);
  const Finished refused = verb({"backup", "--restore", place.string()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("slot-03.parquet"));
  EXPECT_FALSE(fs::exists(dir_.path() / "state/ledger.sqlite"));
}

TEST_F(Upkeep, a_lost_ledger_is_rebuilt_from_the_files) {
  const auto judged = verb({"qa", "--date", date}).out;
  EXPECT_EQ(verb({"ledger", "rebuild"}).exit_code, 1) << "the ledger can be read";
  for (const bool compacted : {false, true}) {
    if (compacted) done({"compact"});
    std::ofstream(dir_.path() / "state/ledger.sqlite") << "no ledger at all";
    const auto rebuilt = done({"ledger", "rebuild"});
    EXPECT_EQ(rebuilt["days"], 1);
    EXPECT_EQ(rebuilt["unreadable"].size(), 0u);
    EXPECT_TRUE(fs::exists(rebuilt["set_aside"].get<std::string>()));
    // The same contracts were expected, so the same shares are measured.
    EXPECT_EQ(verb({"qa", "--date", date}).out, judged);
    EXPECT_EQ(verb({"verify"}).exit_code, 0) << verb({"verify"}).out;
    const Finished again = verb({"snapshot", "--date", date, "--slot", "10:30"});
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_EQ(verb({"rollup", "--date", date}).exit_code, 0);
  }
}

TEST_F(Upkeep, retention_removes_what_is_old_and_says_so) {
  const fs::path config = dir_.path() / "config/opt-data.toml";
  std::string text = read_file(config);
  const auto set = [&](const std::string& key) {
    const std::size_t at = text.find(key + " = 0");
    ASSERT_NE(at, std::string::npos) << key;
    text.replace(at, key.size() + 4, key + " = 30");
  };
  set("keep_raw_days");
  set("keep_intraday_days");
  std::ofstream(config) << text;
  const auto planned = done({"retention", "--dry-run"});
  EXPECT_EQ(planned["removed"].size(), 2u);
  EXPECT_TRUE(fs::exists(day("raw")));
  const auto removed = done({"retention"});
  EXPECT_EQ(removed["removed"].size(), 2u);
  EXPECT_FALSE(fs::exists(day("raw")));
  EXPECT_FALSE(fs::exists(day("clean")));
  EXPECT_EQ(verb({"verify"}).exit_code, 0) << "what was removed is not missed";
  EXPECT_EQ(done({"retention"})["removed"].size(), 0u);
  EXPECT_EQ(files_below(dir_.path() / "state/run_logs/retention").size(), 1u);
  const auto left = done({"query", "SELECT count(*) AS rows FROM daily_clean"});
  EXPECT_NE(left.dump().find("176"), std::string::npos) << left.dump();
  EXPECT_EQ(verb({"query", "SELECT 1 FROM intraday", "--json"}).exit_code, 0)
      << "no rows, no error";
}

}  // namespace
}  // namespace opt_data::e2e
