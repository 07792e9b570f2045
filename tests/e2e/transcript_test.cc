// A conversation that was recorded is played back, and leaves the rows of the original: in this
// process for a whole day, and between processes as somebody does who sends a bug report.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "dataset.h"
#include "program.h"
#include "served.h"
#include "simulated_day.h"
#include "tws/transcript.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Rows of `view` in one tree that the other does not have, but for the columns named.
std::int64_t only_in(
    const fs::path& one, const fs::path& other, const std::string& view,
    const std::string& but_for) {
  Dataset data(one);
  const fs::path files = other / "data/clean/ib/chain" / ("view=" + view) / "date=*" / "*.parquet";
  return data.count(fmt::format(
      "SELECT count(*) FROM (SELECT * EXCLUDE ({0}) FROM {1} EXCEPT ALL SELECT * EXCLUDE ({0}) "
      "FROM read_parquet({2}, hive_partitioning = false))",
      but_for, view, store::sql_text(files.string())));
}

// Slots, their retries, the open interest of the next morning: every request of a day.
TEST(Transcript, a_recorded_day_replays_to_the_same_rows) {
  const TemporaryDirectory live, again;
  const fs::path file = live.path() / "day.transcript";
  SimulatedWorld world;
  world.record = file;
  {
    SimulatedDay day(live.path(), world);
    const auto result = day.run();
    ASSERT_TRUE(result) << result.error().message;
  }
  SimulatedWorld replayed;
  replayed.replay = file;
  SimulatedDay day(again.path(), replayed);
  const auto result = day.run();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->selfcheck.passed());
  EXPECT_EQ(day.replay().counters().unmatched, 0u);
  // On a virtual clock even the times are the same.
  for (const char* view : {"intraday", "daily_clean", "daily_adjusted", "enrichment"}) {
    EXPECT_EQ(only_in(live.path(), again.path(), view, "ingest_id"), 0) << view;
    EXPECT_EQ(only_in(again.path(), live.path(), view, "ingest_id"), 0) << view;
  }
  EXPECT_EQ(Dataset(again.path()).count("SELECT count(*) FROM intraday"), 184 * 14);
  EXPECT_EQ(read_file(file).find("DU0000001"), std::string::npos);
}

// A transcript that came from elsewhere, as a bug report does: what has to come of it is known.
TEST(Transcript, one_that_somebody_sent_gives_the_rows_it_should) {
  const TemporaryDirectory dir;
  SimulatedWorld world;
  world.replay = fs::path(OPT_DATA_SOURCE_DIR) / "tests/transcripts/twx-2014-06-05-1030.transcript";
  world.changed = {
      {"filters.expiry_types", std::vector<std::string>{"monthly"}},
      {"filters.max_expiries", std::int64_t{1}},
      {"filters.strikes_per_side", std::int64_t{1}},
      {"snapshot.start_grace_s", std::int64_t{600}}};
  SimulatedDay day(dir.path(), world);
  day.wait_until(new_york(day.date().day(), 10h + 30min + 5s));
  const auto built = day.build_contracts();
  ASSERT_TRUE(built) << built.error().message;
  const auto report = day.snapshot(2);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->usable, 6);
  EXPECT_EQ(day.replay().counters().unmatched, 0u);
  Dataset data(dir.path());
  EXPECT_EQ(
      data.texts("SELECT concat_ws(' ', strike, \"right\", bid, ask, round(iv, 3), open_interest, "
                 "underlying_last) FROM intraday ORDER BY conid"),
      (std::vector<std::string>{
          "67.5 C 3.4 3.6 0.211 3011 70.8", "67.5 P 0.17 0.21 0.207 2805 70.8",
          "70.0 C 1.47 1.54 0.184 4871 70.8", "70.0 P 0.68 0.72 0.183 1452 70.8",
          "72.5 C 0.4 0.43 0.181 1692 70.8", "72.5 P 2.05 2.21 0.184 72 70.8"}));
}

// Fourteen options at real speed, every verb a process of its own.
class RecordedSlot : public testing::Test {
 protected:
  static constexpr const char* times =
      "ingest_id, asof_ts, received_ts, underlying_asof_ts, "
      "reference_asof";
  static constexpr const char* config = R"(
[universe]
symbols = ["TWX"]
[gateway]
port = {}
[filters]
max_expiries = 1
strikes_per_side = 3
[snapshot]
timeout_s = 5.0
price_timeout_s = 4.0
start_grace_s = 1700
[simulation]
source = "RECORDING"
clock = "2014-06-05 10:30:05"
)";

  // Every verb that talks to a gateway, on a tree of its own.
  void run_slot(const fs::path& dir, int port, const std::string& record) {
    fs::create_directories(dir / "config");
    std::ofstream(dir / "config" / "opt-data.toml") << fmt::format(config, port);
    for (std::vector<std::string> verb :
         {std::vector<std::string>{"inspect", "connection"},
          {"contracts", "build", "--date", "2014-06-05"},
          {"snapshot", "--date", "2014-06-05", "--slot", "now"}}) {
      if (!record.empty()) verb.insert(verb.end(), {"--record", record});
      const Finished finished = run_verb(dir, verb);
      EXPECT_EQ(finished.exit_code, 0) << verb[0] << ": " << finished.out << finished.err;
    }
  }
};

TEST_F(RecordedSlot, replays_between_processes_to_the_same_rows) {
  const TemporaryDirectory live, again;
  const std::string file = (live.path() / "slot.transcript").string();
  {
    const Served served({"--at", "10:30"});
    run_slot(live.path(), served.port(), file);
  }
  Served replayed({"--replay", file});
  run_slot(again.path(), replayed.port(), "");
  const Finished served = replayed.stop();
  EXPECT_EQ(served.exit_code, 0) << served.err;
  EXPECT_NE(served.err.find("3 connections"), std::string::npos) << served.err;
  EXPECT_NE(served.err.find("0 of them not in the transcript"), std::string::npos) << served.err;
  EXPECT_EQ(only_in(live.path(), again.path(), "intraday", times), 0);
  EXPECT_EQ(only_in(again.path(), live.path(), "intraday", times), 0);
  EXPECT_EQ(
      Dataset(again.path()).count("SELECT count(*) FROM intraday WHERE bid IS NOT NULL OR ask > 0"),
      14);
}

TEST_F(RecordedSlot, a_question_that_was_not_recorded_is_named) {
  const TemporaryDirectory dir;
  const fs::path file = dir.path() / "greeting.transcript";
  std::ofstream(file) << "opt-data-transcript 1\n"
                         "1 0.000000 open 2014-06-05T14:30:00.000000Z\n"
                         "1 0.000100 hello v176..178\n"
                         "1 0.010000 < 178|20140605 10:30:00 EST|\n"
                         "1 0.020000 > 71|2|101||\n"
                         "1 0.030000 < 15|1|[account]|\n"
                         "1 0.030000 < 9|1|1|\n"
                         "1 1.000000 > 9|8|10";  // Cut off by a crash.
  Served replayed({"--replay", file.string(), "--speed", "0"});
  fs::create_directories(dir.path() / "config");
  std::ofstream(dir.path() / "config" / "opt-data.toml") << fmt::format(config, replayed.port());
  const Finished build = run_verb(dir.path(), {"contracts", "build", "--date", "2014-06-05"});
  EXPECT_EQ(build.exit_code, 1);
  EXPECT_NE(build.out.find("not in the transcript"), std::string::npos) << build.out << build.err;
  const Finished served = replayed.stop();
  EXPECT_EQ(served.exit_code, 3);
  EXPECT_NE(served.err.find("request 9 for TWX STK"), std::string::npos) << served.err;
}

TEST_F(RecordedSlot, what_is_no_transcript_is_refused) {
  const TemporaryDirectory dir;
  const fs::path file = dir.path() / "other";
  std::ofstream(file) << "[gateway]\n";
  const Finished replay = run_program({{"sim", "serve", "--port", "0", "--replay", file.string()}});
  EXPECT_EQ(replay.exit_code, 1);
  EXPECT_NE(replay.err.find("other: not a transcript"), std::string::npos) << replay.err;
  fs::create_directories(dir.path() / "config");
  std::ofstream(dir.path() / "config" / "opt-data.toml") << fmt::format(config, 1);
  const Finished record =
      run_verb(dir.path(), {"inspect", "connection", "--record", file.string()});
  EXPECT_EQ(record.exit_code, 2);
  EXPECT_NE(record.err.find("name another file"), std::string::npos) << record.err;
  EXPECT_EQ(read_file(file), "[gateway]\n");
}

// What `make live-smoke` runs once it has built the program. It cannot know that no broker is
// there.
class LiveSmoke : public testing::Test {
 protected:
  Finished run(int port) {
    Invocation look;
    look.program = OPT_DATA_SOURCE_DIR "/tools/live_smoke.sh";
    look.arguments = {OPT_DATA_PROGRAM, "127.0.0.1:" + std::to_string(port)};
    look.environment = {
        {"SYMBOL", "TWX"},
        {"DIR", dir_.path().string()},
        {"OPT_DATA_SIMULATION_SOURCE", "RECORDING"},
        {"OPT_DATA_SIMULATION_CLOCK", "2014-06-05 10:47:05"},
        {"OPT_DATA_SNAPSHOT_TIMEOUT_S", "5"},
        {"OPT_DATA_SNAPSHOT_PRICE_TIMEOUT_S", "4"}};
    return run_program(look);
  }
  TemporaryDirectory dir_;
};

TEST_F(LiveSmoke, asks_for_one_slot_and_names_its_transcript) {
  const Served served({"--at", "10:47"});
  const Finished look = run(served.port());
  EXPECT_EQ(look.exit_code, 0) << look.out << look.err;
  const fs::path file = dir_.path() / "live-smoke.transcript";
  EXPECT_NE(look.out.find("transcript: " + file.string()), std::string::npos) << look.out;
  const auto transcript = tws::parse_transcript(read_file(file));
  ASSERT_TRUE(transcript) << transcript.error().message;
  EXPECT_EQ(transcript->lines.back().connection, 3);
  EXPECT_EQ(read_file(file).find("DU0000001"), std::string::npos);
  EXPECT_TRUE(fs::exists(
      dir_.path() / "data_test/clean/ib/chain/view=intraday/date=2014-06-05/slot-02.parquet"));
  for (const fs::directory_entry& entry : fs::directory_iterator(dir_.path())) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(
        name == "config" || name == "data_test" || name == "state_test" || name == "init.log" ||
        entry.path() == file)
        << name;
  }
}

TEST_F(LiveSmoke, refuses_where_no_gateway_is) {
  int port = 0;
  {
    const Served gone({});
    port = gone.port();
  }
  const Finished look = run(port);
  EXPECT_EQ(look.exit_code, 1);
  EXPECT_NE(look.err.find("no gateway answers at 127.0.0.1:"), std::string::npos) << look.err;
}

}  // namespace
}  // namespace opt_data::e2e
