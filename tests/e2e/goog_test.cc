// GOOG 2015-12-24: a half day of 2,016 contracts, whose next morning was not recorded.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dataset.h"
#include "program.h"

namespace opt_data::e2e {
namespace {

class GoogHalfDay : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TemporaryDirectory>();
    run_ = run_demo(dir_->path(), {"--recording", "goog-2015-12-24"});
    data_ = std::make_unique<Dataset>(dir_->path(), "goog-2015-12-24");
    data_->carry();
  }
  static void TearDownTestSuite() {
    data_.reset();
    dir_.reset();
  }

  inline static std::unique_ptr<TemporaryDirectory> dir_;
  inline static std::unique_ptr<Dataset> data_;
  inline static Finished run_;
};

TEST_F(GoogHalfDay, fails_for_the_missing_open_interest_and_nothing_else) {
  ASSERT_EQ(run_.exit_code, 0) << run_.err;  // The FAIL that is expected of it.
  const auto json = run_.json();
  EXPECT_EQ(json["status"], "FAIL");
  EXPECT_EQ(json["as_expected"], true);
  EXPECT_EQ(json["reasons"], nlohmann::json({"qa:oi_enrichment_ratio"}));
  for (const auto& gate : json["selfcheck"]["qa"]["metrics"])
    EXPECT_EQ(gate["passed"], gate["name"] != "oi_enrichment_ratio") << gate.dump();
}

TEST_F(GoogHalfDay, has_eight_slots_until_one_o_clock) {
  EXPECT_EQ(
      data_->texts("SELECT DISTINCT sample_time_et FROM intraday ORDER BY 1"),
      (std::vector<std::string>{
          "2015-12-24 09:30:00", "2015-12-24 10:00:00", "2015-12-24 10:30:00",
          "2015-12-24 11:00:00", "2015-12-24 11:30:00", "2015-12-24 12:00:00",
          "2015-12-24 12:30:00", "2015-12-24 13:00:00"}));
  EXPECT_EQ(data_->count("SELECT count(*) FROM intraday"), 8 * 2016);
  // Those that expire that day were listed too, and were not asked for.
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM intraday JOIN contracts USING (conid) "
                   "WHERE contracts.expiry <= DATE '2015-12-24'"),
      0);
}

TEST_F(GoogHalfDay, covers_every_contract_from_ten_on) {
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM intraday WHERE slot_30m >= 1 AND market_data_type = 1 "
          "AND NOT coalesce(snapshot_error, false) AND (bid IS NOT NULL OR ask IS NOT NULL OR "
          "last IS NOT NULL)"),
      7 * 2016);
}

// What the open allows, from the recording: whoever had shown a price when the run began is there,
// whoever showed none until it ended is not, and in between the row's own time decides.
TEST_F(GoogHalfDay, the_opening_slot_has_what_the_recording_allows) {
  const std::string open =
      "WITH open AS (SELECT stored.*, carried.first_seen, "
      "stored.bid IS NOT NULL OR stored.ask IS NOT NULL OR stored.last IS NOT NULL AS usable, "
      "max(received_ts) OVER () AS run_end "
      "FROM intraday AS stored JOIN carried USING (conid, slot_30m) WHERE slot_30m = 0) ";
  const auto count = [&](const std::string& where) {
    return data_->count(open + "SELECT count(*) FROM open WHERE " + where);
  };
  EXPECT_EQ(count("true"), 2016);
  const std::int64_t at_once = count("first_seen <= sample_time");
  EXPECT_EQ(at_once, 1952);
  EXPECT_EQ(count("first_seen <= sample_time AND usable"), at_once);
  EXPECT_EQ(count("first_seen > run_end AND usable"), 0);
  EXPECT_EQ(count("usable AND first_seen > asof_ts"), 0);
  EXPECT_EQ(count("NOT usable AND first_seen <= coalesce(received_ts, sample_time)"), 0);
  const std::int64_t usable = count("usable");
  fmt::print(
      "09:30: {} usable; {} had a price at 09:30:00, {} had none until the run's end\n", usable,
      at_once, count("first_seen > run_end"));
  EXPECT_EQ(run_.json()["selfcheck"]["qa"]["slots"][0]["usable"], usable);
}

TEST_F(GoogHalfDay, every_bid_and_ask_is_the_recordings) {
  EXPECT_EQ(data_->count("SELECT count(*) FROM carried"), 8 * 2016);
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM intraday AS stored JOIN carried USING (conid, slot_30m) "
                   "WHERE stored.bid IS DISTINCT FROM carried.bid OR stored.ask IS DISTINCT FROM "
                   "carried.ask"),
      0);
}

TEST_F(GoogHalfDay, invents_no_open_interest) {
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM daily_clean WHERE oi_state = 'value' AND oi_asof_date = "
                   "trade_date"),
      0);
}

}  // namespace
}  // namespace opt_data::e2e
