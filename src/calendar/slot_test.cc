#include "calendar/slot.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "calendar/calendar.h"
#include "calendar/exceptions.h"

namespace opt_data {
namespace {

using namespace std::chrono;           // NOLINT
using namespace std::chrono_literals;  // NOLINT

const Calendar calendar;

SlotGrid half_hours(year_month_day day) {
  return SlotGrid(calendar.session(calendar.trade_date(day).value()), 30min);
}

TEST(SlotGrid, half_day_ends_with_its_close) {
  const SlotGrid grid = half_hours(2025y / 11 / 28);
  EXPECT_EQ(grid.size(), 8u);
  EXPECT_EQ(grid.close().index, 7);
  EXPECT_EQ(grid.close().at, sys_days{2025y / 11 / 28} + 18h);  // 13:00 EST
  EXPECT_EQ(grid.close().label(), "13:00");
}

TEST(SlotGrid, full_day_has_fourteen_half_hours) {
  const SlotGrid grid = half_hours(2025y / 10 / 6);
  EXPECT_EQ(grid.size(), 14u);
  EXPECT_EQ(grid.open().index, 0);
  EXPECT_EQ(grid.open().label(), "09:30");
  EXPECT_EQ(grid.close().index, 13);
  EXPECT_EQ(grid.close().label(), "16:00");
}

TEST(SlotGrid, every_trade_date_ascends_from_its_open_to_its_close) {
  const auto odd = odd_sessions();
  std::size_t full = 0, half = 0, named = 0;
  for (auto date = calendar.on_or_after(1998y / 1 / 1); date; date = calendar.next(*date)) {
    const TradingSession session = calendar.session(*date);
    const SlotGrid grid(session, 30min);
    ASSERT_EQ(grid.open().at, session.open) << date->text();
    ASSERT_EQ(grid.close().at, session.close) << date->text();
    for (std::size_t i = 0; i < grid.size(); ++i) {
      ASSERT_EQ(grid.slots()[i].index, i) << date->text();
      ASSERT_EQ(grid.slots()[i].date, *date);
      if (i > 0) {
        ASSERT_LT(grid.slots()[i - 1].at, grid.slots()[i].at) << date->text();
      }
    }
    const bool exceptional = std::any_of(
        odd.begin(), odd.end(), [&](const OddSession& one) { return one.day == date->day(); });
    if (exceptional) {
      ++named;
      continue;
    }
    ASSERT_EQ(grid.size(), calendar.note(*date) ? 8u : 14u) << date->text();
    ++(grid.size() == 8 ? half : full);
  }
  EXPECT_EQ(named, odd.size());
  EXPECT_EQ(full + half + named, 9553u);
  EXPECT_GT(half, 70u);
}

TEST(SlotGrid, a_named_session_has_its_own_grid) {
  const SlotGrid noon = half_hours(2002y / 9 / 11);
  EXPECT_EQ(noon.size(), 9u);
  EXPECT_EQ(noon.open().label(), "12:00");
  const SlotGrid silence = half_hours(2001y / 9 / 17);
  EXPECT_EQ(silence.size(), 14u);
  EXPECT_EQ(silence.open().label(), "09:33");
  EXPECT_EQ(silence.close().label(), "16:00");
  EXPECT_EQ(half_hours(1999y / 12 / 31).size(), 8u);
}

TEST(SlotGrid, a_step_that_does_not_divide_the_session_still_ends_with_the_close) {
  const auto date = calendar.trade_date(2025y / 10 / 6).value();
  const SlotGrid grid(calendar.session(date), 60min);
  EXPECT_EQ(grid.size(), 8u);
  EXPECT_EQ(grid.slots()[6].label(), "15:30");
  EXPECT_EQ(grid.close().label(), "16:00");
}

TEST(SlotGrid, a_moment_belongs_to_the_slot_that_just_began) {
  const SlotGrid grid = half_hours(2025y / 10 / 6);
  const Instant ten = grid.slots()[1].at;
  EXPECT_EQ(grid.current(ten, 120s).value().index, 1);
  EXPECT_EQ(grid.current(ten + 120s, 120s).value().index, 1);
  EXPECT_EQ(grid.current(ten + 120s + 1us, 120s), std::nullopt);
  EXPECT_EQ(grid.current(ten - 1us, 120s), std::nullopt);
  EXPECT_EQ(grid.current(grid.open().at - 1us, 120s), std::nullopt);
  EXPECT_EQ(grid.current(grid.close().at + 1s, 120s).value(), grid.close());
  EXPECT_EQ(grid.current(grid.close().at + 1h, 120s), std::nullopt);
}

TEST(SlotGrid, a_label_finds_its_slot) {
  const SlotGrid grid = half_hours(2025y / 11 / 28);
  EXPECT_EQ(grid.labelled("10:30").value().index, 2);
  for (const Slot& slot : grid.slots()) EXPECT_EQ(grid.labelled(slot.label()).value(), slot);
  EXPECT_EQ(grid.labelled("15:30"), std::nullopt);
  EXPECT_EQ(grid.labelled("10:31"), std::nullopt);
  EXPECT_EQ(grid.labelled(""), std::nullopt);
}

TEST(SlotGridDeathTest, a_step_of_nothing_is_a_bug) {
  const auto session = calendar.session(calendar.trade_date(2025y / 10 / 6).value());
  EXPECT_DEATH(SlotGrid(session, 0min), "step > ");
  EXPECT_DEATH(SlotGrid(session, 1min), "slots_.size");
}

}  // namespace
}  // namespace opt_data
