#include "calendar/broker_hours.h"

#include <gtest/gtest.h>

namespace opt_data {
namespace {

using namespace std::chrono_literals;
using std::chrono::year;

TEST(BrokerHours, a_week_with_a_holiday_and_a_half_day_agrees) {
  const auto hours = parse_broker_hours(
      "20251126:0930-20251126:1600;20251127:CLOSED;20251128:0930-20251128:1300;20251129:CLOSED");
  ASSERT_TRUE(hours) << hours.error().message;
  ASSERT_EQ(hours->size(), 4u);
  EXPECT_FALSE((*hours)[1].session);
  EXPECT_EQ((*hours)[2].session->second, 13h);
  EXPECT_TRUE(differences(Calendar(), *hours).empty());
}

TEST(BrokerHours, a_close_that_we_do_not_know_is_a_difference) {
  const auto hours = parse_broker_hours("20251121:0930-20251121:1300;20251124:CLOSED");
  const auto found = differences(Calendar(), hours.value());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].ours, "09:30-16:00");
  EXPECT_EQ(found[0].brokers, "09:30-13:00");
  EXPECT_EQ(found[1].brokers, "closed");
}

TEST(BrokerHours, a_session_where_we_have_none_is_a_difference_too) {
  const auto found =
      differences(Calendar(), parse_broker_hours("20251127:0930-20251127:1600").value());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].ours, "closed (Thanksgiving Day)");
}

TEST(BrokerHours, a_lunch_break_is_inside_a_session) {
  const auto hours =
      parse_broker_hours("20251121:0930-20251121:1200,20251121:1300-20251121:1600").value();
  EXPECT_TRUE(differences(Calendar(), hours).empty());
}

TEST(BrokerHours, another_form_is_refused_with_its_text) {
  const auto hours = parse_broker_hours("20251121:0930 to 1600");
  ASSERT_FALSE(hours);
  EXPECT_NE(hours.error().message.find("20251121:0930 to 1600"), std::string::npos);
}

TEST(Closures, a_closed_day_has_no_session_and_is_skipped) {
  const auto calendar = Calendar::with({{year{2026} / 12 / 3, {}, "a day of mourning", {}}});
  ASSERT_TRUE(calendar) << calendar.error().message;
  const auto date = calendar->trade_date(year{2026} / 12 / 3);
  ASSERT_FALSE(date);
  EXPECT_EQ(
      date.error().message,
      "2026-12-03 is a day of mourning; options do not trade. The next trade date is 2026-12-04");
  EXPECT_EQ(
      calendar->next(calendar->trade_date(year{2026} / 12 / 2).value())->day(),
      year{2026} / 12 / 4);
  EXPECT_TRUE(Calendar().trade_date(year{2026} / 12 / 3)) << "others have it still";
}

TEST(Closures, an_early_close_ends_the_session) {
  const auto calendar = Calendar::with({{year{2026} / 12 / 3, 14h, "a power failure", {}}});
  const TradeDate date = calendar->trade_date(year{2026} / 12 / 3).value();
  EXPECT_EQ(new_york_clock(calendar->session(date).close), "14:00");
  EXPECT_EQ(calendar->note(date), "a power failure");
}

TEST(Closures, what_cannot_be_is_refused) {
  EXPECT_FALSE(Calendar::with({{year{2026} / 12 / 5, {}, "a Saturday", {}}}));
  const auto late = Calendar::with({{year{2026} / 12 / 3, 17h, "late", {}}});
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("not inside the session"), std::string::npos);
  EXPECT_FALSE(Calendar::with(
      {{year{2026} / 12 / 3, {}, "one", {}}, {year{2026} / 12 / 3, 14h, "two", {}}}));
}

}  // namespace
}  // namespace opt_data
