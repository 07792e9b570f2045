#include "collect/plan.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

std::vector<ContractId> ids(const std::vector<OptionContract>& contracts) {
  std::vector<ContractId> all;
  for (const OptionContract& contract : contracts) all.push_back(contract.id);
  return all;
}

TEST(SnapshotPlan, asks_nearest_to_the_money_first_across_underlyings) {
  const std::vector<ContractBook> books{
      book_of(monday, {option(1, 80), option(2, 100), option(3, 101), option(4, 125)}),
      book_of(monday, {option(5, 505, Right::call, november, "MSFT")}, 500)};
  const SnapshotPlan plan = plan_snapshot(half_hours(monday).open(), books, {});
  // 500/505 is as near as 100/101, and then the smaller id comes first; so with 80 and 125.
  EXPECT_EQ(ids(plan.ask), (std::vector<ContractId>{2, 3, 5, 1, 4}));
  EXPECT_TRUE(plan.omitted.empty());
}

TEST(SnapshotPlan, every_contract_is_in_one_list) {
  const TradeDate friday = store::trade_date(2025, 10, 17);
  const std::vector<ContractBook> books{book_of(
      friday, {option(1, 100, Right::call, year{2025} / 10 / 16),
               option(2, 100, Right::call, october), option(3, 100)})};
  const SnapshotPlan plan = plan_snapshot(half_hours(friday).open(), books, {});
  EXPECT_EQ(ids(plan.ask), (std::vector<ContractId>{2, 3})) << "what expires today still trades";
  EXPECT_EQ(ids(plan.omitted), (std::vector<ContractId>{1}));
}

TEST(SnapshotPlan, costs_lines_and_two_messages_a_question) {
  const std::vector<ContractBook> books{book_of(monday, calls(120))};
  const SnapshotPlan plan = plan_snapshot(half_hours(monday).open(), books, {});
  EXPECT_EQ(plan.cost.lines, 95);
  EXPECT_EQ(plan.cost.messages, 240);
  EXPECT_EQ(plan.cost.duration, predicted_duration(120, {}));
}

TEST(PredictedDuration, is_the_largest_of_its_bounds_and_one_answer) {
  CaptureLimits limits;
  limits.messages_per_second = 50;
  limits.lines = limits.in_flight_max = 100;
  limits.answer_time = 0ms;
  EXPECT_EQ(predicted_duration(3'000, limits), 118s) << "(2 * 3000 - 100) / 50";
  EXPECT_EQ(predicted_duration(100, limits), 2s) << "100 / 50: the last lines need no cancel";
  limits.answer_time = 10s;
  EXPECT_EQ(predicted_duration(3'000, limits), 310s) << "3000 * 10 / 100, and an answer";
  limits.in_flight_max = 10;
  EXPECT_EQ(predicted_duration(300, limits), 310s) << "fewer questions at once";
  EXPECT_EQ(predicted_duration(0, limits), 0s);
}

TEST(PredictedDuration, counts_the_minutes_of_a_small_budget) {
  CaptureLimits limits;
  limits.subscriptions_per_minute = 45;
  limits.answer_time = 2s;
  EXPECT_EQ(predicted_duration(46, limits), 62s);
  EXPECT_EQ(predicted_duration(90, limits), 62s);
  EXPECT_EQ(predicted_duration(184, limits), 4 * 60s + 2s);
}

TEST(SlotWindow, opens_at_the_slot_and_ends_in_time_for_the_next) {
  const SlotGrid grid = half_hours(monday);
  const Slot slot = grid.slots()[3];
  SlotWindow window = slot_window(slot, grid, 5min, {});
  EXPECT_EQ(window.start_earliest, slot.at);
  EXPECT_EQ(window.start_latest, slot.at + 120s);
  EXPECT_EQ(window.end, slot.at + 25min);
  window = slot_window(slot, grid, 5min, {.start_grace = 30s, .window = 2h});
  EXPECT_EQ(window.start_latest, slot.at + 30s);
  EXPECT_EQ(window.end, slot.at + 29min) << "a minute before the next slot";
}

TEST(SlotWindow, the_closing_slot_starts_early_by_its_predicted_duration) {
  const SlotGrid grid = half_hours(monday);
  SlotWindow window = slot_window(grid.close(), grid, 60s, {});
  EXPECT_EQ(window.start_earliest, at(monday, 16h) - 75s);
  EXPECT_EQ(window.start_latest, at(monday, 16h + 2min));
  EXPECT_EQ(window.end, at(monday, 16h + 25min));
  window = slot_window(grid.close(), grid, 10min, {});
  EXPECT_EQ(window.start_earliest, at(monday, 16h) - 10min - 30s) << "never half a minute more";
  window = slot_window(grid.close(), grid, 2h, {});
  EXPECT_EQ(window.start_earliest, at(monday, 15h + 30min)) << "not before the slot before it";
}

TEST(SlotWindow, a_half_day_closes_at_one) {
  const TradeDate black_friday = store::trade_date(2025, 11, 28);
  const SlotGrid grid = half_hours(black_friday);
  ASSERT_EQ(grid.size(), 8U);
  EXPECT_EQ(slot_window(grid.close(), grid, 40s, {}).start_earliest, at(black_friday, 13h) - 50s);
}

}  // namespace
}  // namespace opt_data::collect
