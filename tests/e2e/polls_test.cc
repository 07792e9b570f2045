// SPY, QQQ and IWM 2026-02-02: recorded from a real gateway, with its defects, none repaired.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "dataset.h"
#include "program.h"

namespace opt_data::e2e {
namespace {

class PolledDay : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TemporaryDirectory>();
    run_ = run_demo(dir_->path(), {"--recording", "spy-qqq-iwm-2026-02-02"});
    data_ = std::make_unique<Dataset>(dir_->path(), "spy-qqq-iwm-2026-02-02");
    data_->carry();
  }
  static void TearDownTestSuite() {
    data_.reset();
    dir_.reset();
  }

  // The "SYMBOL HH:MM" (or "SYMBOL") that a gate's causes begin with.
  static std::set<std::string> causes(const std::string& name) {
    std::set<std::string> all;
    const auto json = run_.json();
    for (const auto& gate : json["selfcheck"]["qa"]["metrics"])
      if (gate["name"] == name)
        for (const std::string cause : gate["details"]["causes"])
          all.insert(cause.substr(0, cause.find(": ")));
    return all;
  }

  inline static std::unique_ptr<TemporaryDirectory> dir_;
  inline static std::unique_ptr<Dataset> data_;
  inline static Finished run_;
};

using Words = std::set<std::string>;

TEST_F(PolledDay, fails_for_exactly_its_three_defects) {
  ASSERT_EQ(run_.exit_code, 0) << run_.err;
  const auto json = run_.json();
  EXPECT_EQ(json["status"], "FAIL");
  EXPECT_EQ(json["as_expected"], true);
  EXPECT_EQ(
      json["reasons"],
      nlohmann::json({"qa:slot_presence_min", "qa:stale_slot_ratio", "qa:oi_enrichment_ratio"}));
}

TEST_F(PolledDay, names_the_open_that_has_no_data) {
  EXPECT_EQ(causes("slot_presence_min"), (Words{"IWM 09:30", "QQQ 09:30", "SPY 09:30"}));
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM intraday WHERE slot_30m = 0 AND (bid IS NOT NULL OR ask IS NOT "
          "NULL OR last IS NOT NULL)"),
      0);
  EXPECT_EQ(data_->count("SELECT count(*) FROM intraday WHERE slot_30m = 0"), 399);
}

TEST_F(PolledDay, names_the_slot_in_which_the_feed_stood_still) {
  EXPECT_EQ(causes("stale_slot_ratio"), (Words{"IWM 10:30", "QQQ 10:30", "SPY 10:30"}));
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM intraday WHERE list_contains(data_quality_flag, 'stale_feed') AND "
          "slot_30m <> 2"),
      0);
}

TEST_F(PolledDay, names_every_symbol_without_open_interest) {
  EXPECT_EQ(causes("oi_enrichment_ratio"), (Words{"IWM", "QQQ", "SPY"}));
  EXPECT_EQ(data_->count("SELECT count(open_interest) FROM daily_clean"), 0);
}

TEST_F(PolledDay, minus_one_is_null) {
  const std::string unquoted =
      "SELECT stored.conid, stored.slot_30m, stored.{0} AS stored, arg_max(points.{0}, points.at) "
      "AS said FROM intraday AS stored JOIN points ON points.conid = stored.conid AND points.at <= "
      "stored.asof_ts GROUP BY ALL";
  std::int64_t met = 0;
  for (const char* side : {"bid", "ask"}) {
    const std::string rows = fmt::format(fmt::runtime(unquoted), side);
    met += data_->count("SELECT count(*) FROM (" + rows + ") WHERE said = -1");
    EXPECT_EQ(
        data_->count("SELECT count(*) FROM (" + rows + ") WHERE said = -1 AND stored IS NOT NULL"),
        0)
        << side;
  }
  fmt::print("{} sides were polled as -1\n", met);
  EXPECT_GT(met, 0);  // Else nothing was shown.
  EXPECT_EQ(data_->count("SELECT count(*) FROM intraday WHERE bid < 0 OR ask < 0"), 0);
}

TEST_F(PolledDay, every_bid_and_ask_is_the_recordings) {
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM intraday AS stored JOIN carried USING (conid, slot_30m) "
                   "WHERE stored.bid IS DISTINCT FROM carried.bid OR stored.ask IS DISTINCT FROM "
                   "carried.ask"),
      0);
  EXPECT_EQ(data_->count("SELECT count(*) FROM carried"), 14 * 399);
}

}  // namespace
}  // namespace opt_data::e2e
