#include "gateway/codes.h"

#include <gtest/gtest.h>

namespace opt_data::gateway {
namespace {

TEST(Codes, severity_is_in_the_code) {
  EXPECT_EQ(classify(200, 7), CodeClass::not_listed);
  EXPECT_EQ(classify(354, 7), CodeClass::not_entitled);
  EXPECT_EQ(classify(10167, 7), CodeClass::data_warning);
  EXPECT_EQ(classify(10197, 7), CodeClass::competing);
  EXPECT_EQ(classify(1101, -1), CodeClass::restored_lost);
  EXPECT_EQ(classify(1102, -1), CodeClass::restored);
  EXPECT_EQ(classify(2103, -1), CodeClass::farm_down);
  EXPECT_EQ(classify(326, -1), CodeClass::client_id_in_use);
}

TEST(Codes, unknown_ones_end_their_request_and_no_session) {
  EXPECT_EQ(classify(99999, 7), CodeClass::request_refused);
  EXPECT_EQ(classify(99999, -1), CodeClass::notice);
  EXPECT_EQ(classify(2999, 7), CodeClass::notice);
}

TEST(Codes, what_162_means_is_in_its_words) {
  const std::string service = "Historical Market Data Service error message:";
  const auto problem = [&](const std::string& text) { return classify_history(service + text); };
  EXPECT_EQ(problem("Historical data request pacing violation"), HistoryProblem::pacing);
  EXPECT_EQ(problem("HMDS query returned no data: X@SMART Trades"), HistoryProblem::no_data);
  EXPECT_EQ(problem("No market data permissions for OPRA OPT"), HistoryProblem::not_entitled);
  EXPECT_EQ(problem("API historical data query cancelled: 7"), HistoryProblem::cancelled);
  EXPECT_EQ(
      problem("Trading TWS session is connected from a different IP address"),
      HistoryProblem::elsewhere);
  EXPECT_EQ(problem("Keine Daten"), HistoryProblem::other);
}

TEST(Codes, a_cancel_is_sent_only_for_what_still_exists) {
  for (const int gone : {200, 321, 322, 101, 10168, 10186})
    EXPECT_TRUE(ends_request(classify(gone, 7))) << gone;
  for (const int alive : {10090, 10091, 10167, 10197, 2104, 2119, 300})
    EXPECT_FALSE(ends_request(classify(alive, 7))) << alive;
}

}  // namespace
}  // namespace opt_data::gateway
