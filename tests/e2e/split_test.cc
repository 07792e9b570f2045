// AAPL 2014-06-06, the last day before a 7:1 split: back-adjusted, in the right direction.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "dataset.h"
#include "program.h"

namespace opt_data::e2e {
namespace {

class SplitDay : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TemporaryDirectory>();
    run_ = run_demo(dir_->path(), {"--recording", "aapl-2014-06-06"});
    demo_adjusted_ = Dataset(dir_->path()).count("SELECT count(adj_action_id) FROM daily_adjusted");
    std::ofstream(dir_->path() / "config" / "corporate_actions.csv") << "# no split is known yet\n";
    EXPECT_EQ(run_verb(dir_->path(), {"rollup", "--date", "2014-06-06"}).exit_code, 0);
    before_ = std::make_unique<Dataset>(dir_->path());
    // In memory, because the files are about to be replaced.
    const auto kept = before_->database().execute(
        "CREATE TABLE clean_before AS SELECT * FROM daily_clean; "
        "CREATE TABLE adjusted_before AS SELECT * FROM daily_adjusted");
    EXPECT_TRUE(kept) << kept.error().message;
    std::ofstream(dir_->path() / "config" / "corporate_actions.csv")
        << "symbol,effective_date,split_ratio\nAAPL,2014-06-09,7\n";
    rollup_ = run_verb(dir_->path(), {"rollup", "--date", "2014-06-06"});
    data_ = std::make_unique<Dataset>(dir_->path(), "aapl-2014-06-06");
  }
  static void TearDownTestSuite() {
    data_.reset();
    before_.reset();
    dir_.reset();
  }

  // Rows of daily_adjusted for which `claim` does not hold; NULL is no excuse.
  static std::int64_t violations(const std::string& claim) {
    return data_->count(
        "SELECT count(*) FROM daily_adjusted WHERE NOT coalesce(" + claim + ", false)");
  }

  inline static std::unique_ptr<TemporaryDirectory> dir_;
  inline static std::unique_ptr<Dataset> before_, data_;
  inline static Finished run_, rollup_;
  inline static std::int64_t demo_adjusted_ = 0;
};

TEST_F(SplitDay, fails_for_its_hourly_bars_as_expected) {
  ASSERT_EQ(run_.exit_code, 0) << run_.err;
  EXPECT_EQ(run_.json()["reasons"], nlohmann::json({"qa:stale_slot_ratio"}));
}

TEST_F(SplitDay, has_the_contracts_that_outlive_the_day) {
  EXPECT_EQ(data_->count("SELECT count(*) FROM daily_clean"), 2180);
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM contracts WHERE listed_from < TIMESTAMP '2014-06-06 13:30:00' AND "
          "expiry > DATE '2014-06-07'"),
      2180);
}

TEST_F(SplitDay, the_demo_knows_of_the_split) { EXPECT_EQ(demo_adjusted_, 2180); }

TEST_F(SplitDay, is_not_adjusted_before_the_split_is_known) {
  EXPECT_EQ(
      before_->count("SELECT count(*) FROM adjusted_before WHERE adj_factor <> 1 OR strike_adj <> "
                     "strike OR adj_action_id IS NOT NULL"),
      0);
}

TEST_F(SplitDay, the_rollup_says_how_many_it_adjusted) {
  EXPECT_EQ(rollup_.exit_code, 0) << rollup_.err;
  EXPECT_NE(rollup_.out.find("2180 adjusted for splits"), std::string::npos) << rollup_.out;
}

// Strike / 7 to cents is what the exchange listed on the Monday, one to one.
TEST_F(SplitDay, every_adjusted_strike_is_listed_after_the_split) {
  const std::string listed =
      "FROM daily_adjusted AS stored JOIN contracts AS listed "
      "ON listed.listed_from >= TIMESTAMP '2014-06-09 13:30:00' AND listed.expiry = stored.expiry "
      "AND listed.\"right\" = stored.\"right\" AND listed.strike = round(stored.strike_adj, 2)";
  EXPECT_EQ(data_->count("SELECT count(DISTINCT stored.conid) " + listed), 2180);
  EXPECT_EQ(data_->count("SELECT count(DISTINCT listed.conid) " + listed), 2180);
}

TEST_F(SplitDay, the_adjusted_strike_is_the_unrounded_double) {
  EXPECT_EQ(violations("strike_adj = strike / 7.0::DOUBLE"), 0);
  // Whoever rounds to cents is caught by every strike that seven does not divide.
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM daily_adjusted WHERE strike_adj <> round(strike_adj, 2)"),
      data_->count(
          "SELECT count(*) FROM daily_adjusted WHERE round(strike * 100)::BIGINT % 7 <> 0"));
}

TEST_F(SplitDay, premiums_are_divided_and_counts_multiplied) {
  for (const char* price : {"bid", "ask", "mid", "last", "theta", "vega"})
    EXPECT_EQ(violations(fmt::format("{0}_adj IS NOT DISTINCT FROM {0} / 7.0::DOUBLE", price)), 0)
        << price;
  for (const char* count : {"open_interest", "volume", "bid_size", "ask_size", "gamma"})
    EXPECT_EQ(violations(fmt::format("{0}_adj IS NOT DISTINCT FROM {0} * 7.0::DOUBLE", count)), 0)
        << count;
  EXPECT_EQ(violations("underlying_close_adj = underlying_close / 7.0::DOUBLE"), 0);
  EXPECT_EQ(violations("moneyness_pct_adj IS NOT DISTINCT FROM moneyness_pct"), 0);
  // Not by passing over emptiness.
  EXPECT_GT(data_->count("SELECT count(bid_adj) FROM daily_adjusted"), 1500);
  EXPECT_GT(data_->count("SELECT count(open_interest_adj) FROM daily_adjusted"), 2000);
  EXPECT_GT(data_->count("SELECT count(gamma_adj) FROM daily_adjusted"), 1000);
}

TEST_F(SplitDay, each_row_names_its_factor_and_its_action) {
  EXPECT_EQ(violations("adj_factor = 1.0 / 7.0::DOUBLE"), 0);
  const auto actions = data_->texts("SELECT DISTINCT adj_action_id FROM daily_adjusted");
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_NE(actions[0].find("AAPL"), std::string::npos) << actions[0];
  EXPECT_NE(actions[0].find("2014-06-09"), std::string::npos) << actions[0];
}

TEST_F(SplitDay, raw_columns_are_kept) {
  const auto columns = data_->texts(
      "SELECT column_name FROM (DESCRIBE daily_clean) WHERE column_name <> 'ingest_id'");
  EXPECT_GT(columns.size(), 50u);
  std::string kept;
  for (const std::string& column : columns)
    kept += (kept.empty() ? "" : ", ") + store::sql_identifier(column);
  for (const auto& [left, right] :
       {std::pair("daily_adjusted", "daily_clean"), std::pair("daily_clean", "daily_adjusted")})
    EXPECT_EQ(
        data_->count(fmt::format(
            "SELECT count(*) FROM (SELECT {0} FROM {1} EXCEPT ALL SELECT {0} FROM {2})", kept, left,
            right)),
        0);
  // And the split has changed nothing of what was seen.
  for (const auto& row :
       before_->query("SELECT sum(strike), sum(bid), sum(delta) FROM clean_before").rows)
    EXPECT_EQ(
        row, data_->query("SELECT sum(strike), sum(bid), sum(delta) FROM daily_adjusted").rows[0]);
}

}  // namespace
}  // namespace opt_data::e2e
