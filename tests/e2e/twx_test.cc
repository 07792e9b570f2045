// TWX 2014-06-05: the whole loop on a healthy day, every cell against the recording.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "dataset.h"
#include "program.h"

namespace opt_data::e2e {
namespace {

class TwxDay : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TemporaryDirectory>();
    // Before anything else of this process is big: its size is a part of what is measured.
    first_ = run_demo(dir_->path(), {"--recording", "twx-2014-06-05"});
    data_ = std::make_unique<Dataset>(dir_->path(), "twx-2014-06-05");
  }
  static void TearDownTestSuite() {
    data_.reset();
    dir_.reset();
  }

  static Finished verb(std::vector<std::string> arguments) {
    return run_verb(dir_->path(), std::move(arguments));
  }

  inline static std::unique_ptr<TemporaryDirectory> dir_;
  inline static std::unique_ptr<Dataset> data_;
  inline static Finished first_;
};

// Open interest as the recording publishes it on a morning of New York's: the last word of the day.
std::string published_on(const std::string& day) {
  return fmt::format(
      "SELECT conid, arg_max(open_interest, published_at) AS open_interest FROM interest "
      "WHERE published_at >= TIMESTAMP '{0} 04:00:00' "
      "AND published_at < TIMESTAMP '{0} 04:00:00' + INTERVAL 1 DAY GROUP BY conid",
      day);
}

TEST_F(TwxDay, passes_as_the_recording_deserves) {
  ASSERT_EQ(first_.exit_code, 0) << first_.err;
  const auto json = first_.json();
  EXPECT_EQ(json["status"], "PASS");
  EXPECT_EQ(json["reasons"], nlohmann::json::array());
  EXPECT_EQ(json["as_expected"], true);
  EXPECT_EQ(json["already"], false);
  for (const auto& gate : json["selfcheck"]["qa"]["metrics"])
    EXPECT_EQ(gate["verdict"], "pass") << gate.dump();
}

// The best of three: what else the machine does is not the day's.
TEST_F(TwxDay, takes_at_most_three_seconds) {
  double seconds = first_.json().value("day_seconds", 1e9);
  for (int tries = 1; tries < 3 && seconds > 3; ++tries) {
    const TemporaryDirectory dir;
    const Finished again = run_demo(dir.path(), {"--recording", "twx-2014-06-05"});
    seconds = std::min(seconds, again.json().value("day_seconds", 1e9));
  }
  fmt::print("the day: {:.2f} s; the whole first process: {:.2f} s\n", seconds, first_.seconds);
  if (!is_timed) GTEST_SKIP() << "not the optimised program";
  EXPECT_LE(seconds, 3.0);
}

TEST_F(TwxDay, keeps_the_collector_below_150_megabytes) {
  fmt::print("resident at most: {:.0f} MB\n", first_.rss_megabytes);
  if (!is_timed) GTEST_SKIP() << "not the optimised program";
  EXPECT_LE(first_.rss_megabytes, 150);
}

TEST_F(TwxDay, has_a_row_for_each_of_184_contracts_in_each_of_14_slots) {
  for (const char* view : {"intraday", "raw_intraday"}) {
    EXPECT_EQ(data_->count(fmt::format("SELECT count(*) FROM {}", view)), 184 * 14) << view;
    EXPECT_EQ(
        data_->count(fmt::format("SELECT count(DISTINCT (conid, slot_30m)) FROM {}", view)),
        184 * 14)
        << view;
  }
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM (SELECT DISTINCT conid FROM intraday) JOIN contracts "
                   "USING (conid)"),
      184);
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM intraday WHERE source IS DISTINCT FROM 'RECORDING'"), 0);
}

TEST_F(TwxDay, samples_at_every_half_hour_of_new_york) {
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM (SELECT DISTINCT slot_30m, sample_time FROM intraday) "
          "WHERE sample_time <> TIMESTAMP '2014-06-05 13:30:00' + slot_30m * INTERVAL 30 MINUTE"),
      0);
}

// Row by row: what is stored is the recording, each side carried on its own to the quote's time.
TEST_F(TwxDay, every_bid_and_ask_is_the_recordings) {
  data_->carry();
  for (const char* view : {"intraday", "raw_intraday"}) {
    for (const char* side : {"bid", "ask"}) {
      EXPECT_EQ(
          data_->count(fmt::format(
              "SELECT count(*) FROM {0} AS stored JOIN carried USING (conid, slot_30m) "
              "WHERE stored.{1} IS DISTINCT FROM carried.{1}",
              view, side)),
          0)
          << view << " " << side;
    }
    EXPECT_EQ(
        data_->count(
            fmt::format("SELECT count(*) FROM {} JOIN carried USING (conid, slot_30m)", view)),
        184 * 14);
  }
}

TEST_F(TwxDay, a_side_that_was_never_seen_is_null) {
  const std::string never =
      "SELECT conid FROM contracts WHERE conid NOT IN (SELECT conid FROM points WHERE {} IS NOT "
      "NULL)";
  const std::string no_bid = fmt::format(fmt::runtime(never), "bid");
  EXPECT_EQ(data_->count("SELECT count(*) FROM (" + no_bid + ")"), 13);
  EXPECT_EQ(data_->count("SELECT count(bid) FROM intraday WHERE conid IN (" + no_bid + ")"), 0);
  EXPECT_EQ(
      data_->count(
          "SELECT count(ask) FROM intraday WHERE conid IN (" +
          fmt::format(fmt::runtime(never), "ask") + ")"),
      0);
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM intraday WHERE bid = -1 OR ask = -1 OR last = -1"), 0);
}

TEST_F(TwxDay, every_quote_was_current_in_its_slots_window) {
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM intraday WHERE slot_30m < 13 AND (asof_ts < sample_time OR "
          "received_ts >= sample_time + INTERVAL 25 MINUTE)"),
      0);
  // The close is asked early, so that it is answered by its moment; whoever was not, says so.
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM intraday WHERE slot_30m = 13 AND (asof_ts > sample_time OR "
          "asof_ts < sample_time - INTERVAL 1 MINUTE OR (received_ts > sample_time AND NOT "
          "list_contains(data_quality_flag, 'after_close')))"),
      0);
  const std::int64_t late = data_->count(
      "SELECT count(*) FROM intraday WHERE list_contains(data_quality_flag, 'after_close')");
  fmt::print("{} of 184 contracts were still listened to at the close\n", late);
  EXPECT_EQ(late, 0);
}

TEST_F(TwxDay, stores_all_184_open_interests_as_the_next_morning_published_them) {
  const std::string joined = fmt::format(
      "FROM daily_clean AS stored JOIN ({}) AS said USING (conid) ", published_on("2014-06-06"));
  EXPECT_EQ(data_->count("SELECT count(*) FROM daily_clean"), 184);
  EXPECT_EQ(data_->count("SELECT count(*) " + joined), 184);
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) " + joined +
          "WHERE stored.open_interest = said.open_interest AND stored.oi_state = 'value' "
          "AND stored.oi_asof_date = DATE '2014-06-05'"),
      184);
  EXPECT_EQ(data_->count("SELECT count(*) FROM daily_clean WHERE open_interest = 0"), 37);
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM daily_clean AS stored JOIN (" + published_on("2014-06-05") +
          ") AS before USING (conid) WHERE stored.open_interest <> before.open_interest"),
      29);
}

TEST_F(TwxDay, stores_the_morning_before_with_the_slots) {
  const std::int64_t stored =
      data_->count("SELECT count(*) FROM intraday WHERE oi_state = 'value'");
  EXPECT_GT(stored, 2500);
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM intraday AS stored JOIN (" + published_on("2014-06-05") +
          ") AS before USING (conid) WHERE stored.oi_state = 'value' "
          "AND stored.open_interest = before.open_interest"),
      stored);
}

TEST_F(TwxDay, flags_say_whose_open_interest_came) {
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM daily_clean WHERE list_contains(data_quality_flag, 'oi_enriched') "
          "AND NOT list_contains(data_quality_flag, 'missing_oi')"),
      184);
}

TEST_F(TwxDay, a_second_rollup_keeps_the_open_interest) {
  const auto before = published_files(dir_->path());
  const Finished rollup = verb({"rollup", "--date", "2014-06-05"});
  EXPECT_EQ(rollup.exit_code, 0) << rollup.err;
  EXPECT_NE(rollup.out.find("already published"), std::string::npos) << rollup.out;
  EXPECT_EQ(published_files(dir_->path()), before);
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM daily_clean WHERE oi_state = 'value' AND oi_asof_date = "
                   "trade_date"),
      184);
}

TEST_F(TwxDay, every_job_again_publishes_nothing_and_prints_the_same) {
  const auto before = published_files(dir_->path());
  EXPECT_EQ(before.size(), 14u + 14u + 3u);
  const std::vector<std::vector<std::string>> jobs = {
      {"contracts", "build"},
      {"snapshot", "--slots", "09:30-16:00"},
      {"rollup"},
      {"enrichment"},
      {"qa"},
      {"selfcheck"},
      {"logscan"}};
  for (std::vector<std::string> job : jobs) {
    job.insert(job.end(), {"--date", "2014-06-05"});
    const Finished once = verb(job);
    const Finished twice = verb(job);
    EXPECT_EQ(once.exit_code, 0) << job[0] << ": " << once.out << once.err;
    EXPECT_EQ(twice.exit_code, 0) << job[0] << ": " << twice.out << twice.err;
    EXPECT_FALSE(once.out.empty()) << job[0];
    EXPECT_EQ(once.out, twice.out) << job[0];
    EXPECT_EQ(published_files(dir_->path()), before) << job[0];
  }
}

TEST_F(TwxDay, the_jobs_print_the_counts_of_the_day) {
  const auto qa = first_.json()["selfcheck"]["qa"];
  const Finished snapshot =
      verb({"--json", "snapshot", "--date", "2014-06-05", "--slots", "09:30-16:00"});
  const auto slots = snapshot.json();
  ASSERT_EQ(slots.size(), 14u) << snapshot.err;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    EXPECT_EQ(slots[i]["already"], true);
    EXPECT_EQ(slots[i]["slot"], qa["slots"][i]["label"]);
    EXPECT_EQ(slots[i]["rows"], qa["slots"][i]["rows"]);
    EXPECT_EQ(slots[i]["usable"], qa["slots"][i]["usable"]);
    EXPECT_EQ(slots[i]["symbols"][0]["two_sided"], qa["slots"][i]["two_sided"]);
  }
  const auto enrichment = verb({"--json", "enrichment", "--date", "2014-06-05"}).json();
  EXPECT_EQ(enrichment["with_value"], 184);
  EXPECT_EQ(enrichment["updated"], 0);
  EXPECT_EQ(verb({"--json", "rollup", "--date", "2014-06-05"}).json()["rows"], 184);
  EXPECT_EQ(verb({"--json", "qa", "--date", "2014-06-05"}).json(), qa);
}

TEST_F(TwxDay, the_demo_again_asks_nothing_and_says_the_same) {
  const auto before = published_files(dir_->path());
  const Finished again = run_demo(dir_->path(), {"--recording", "twx-2014-06-05"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_LE(again.seconds, 15.0);
  fmt::print("the second run: {:.2f} s\n", again.seconds);
  EXPECT_EQ(again.json()["already"], true);
  EXPECT_EQ(again.json()["requests"], 0);
  EXPECT_EQ(again.json()["selfcheck"], first_.json()["selfcheck"]);
  EXPECT_EQ(published_files(dir_->path()), before);
}

}  // namespace
}  // namespace opt_data::e2e
