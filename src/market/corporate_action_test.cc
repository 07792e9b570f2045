#include "market/corporate_action.h"

#include <gtest/gtest.h>

namespace opt_data {
namespace {

using namespace std::chrono;

TEST(CorporateActions, file_is_read_with_comments_and_in_date_order) {
  const auto actions = parse_corporate_actions(
                           "symbol,effective_date,split_ratio\n# a comment\n"
                           "aapl,2020-08-31,4\nAAPL,2014-06-09,7  # seven for one\n")
                           .value();
  ASSERT_EQ(actions.size(), 2u);
  EXPECT_EQ(actions[0].id(), "AAPL-2014-06-09-split-7");
  EXPECT_DOUBLE_EQ(actions[1].ratio, 4);
}

TEST(CorporateActions, a_bad_line_is_named_with_what_to_write) {
  const auto zero = parse_corporate_actions("AAPL,2014-06-09,0\n");
  ASSERT_FALSE(zero);
  EXPECT_NE(zero.error().message.find("line 1"), std::string::npos);
  EXPECT_NE(zero.error().message.find("above zero"), std::string::npos);
  EXPECT_FALSE(parse_corporate_actions("AAPL\n"));
  EXPECT_FALSE(parse_corporate_actions("AAPL,someday,2\n"));
}

TEST(CorporateActions, ratio_counts_what_became_effective_in_between) {
  const auto actions = parse_corporate_actions("AAPL,2014-06-09,7\nAAPL,2020-08-31,4\n").value();
  EXPECT_DOUBLE_EQ(split_ratio_between(actions, "AAPL", 2014y / June / 6, 2014y / June / 9), 7);
  EXPECT_DOUBLE_EQ(split_ratio_between(actions, "AAPL", 2014y / June / 9, 2014y / June / 10), 1);
  EXPECT_DOUBLE_EQ(split_ratio_between(actions, "AAPL", 2014y / June / 6, 2021y / January / 4), 28);
  EXPECT_DOUBLE_EQ(split_ratio_between(actions, "MSFT", 2014y / June / 6, 2021y / January / 4), 1);
}

}  // namespace
}  // namespace opt_data
