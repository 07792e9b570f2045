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
  EXPECT_EQ(plan.cost.messages, 242) << "with those of the underlying";
  EXPECT_EQ(plan.cost.answered, 120U);
  EXPECT_EQ(plan.fits, 120U);
}

// The places of the slow ones in the order of asking.
std::vector<std::size_t> places(const SnapshotPlan& plan, const AnswerTimes& times) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < plan.ask.size(); ++i)
    if (times.slow(plan.ask[i].id) != nullptr) found.push_back(i);
  return found;
}

TEST(SnapshotPlan, contracts_known_to_be_slow_are_asked_early_and_not_all_at_once) {
  const std::vector<ContractBook> books{book_of(monday, calls(1'000))};
  PlanOptions options;
  // The sixty farthest from the money.
  for (ContractId id = 941; id <= 1'000; ++id) options.times.known[id] = {12s, 12s, 1, true};
  const SnapshotPlan plan = plan_snapshot(half_hours(monday).open(), books, options);
  const auto slow = places(plan, options.times);
  ASSERT_EQ(slow.size(), 60U);
  EXPECT_EQ(slow.front(), 0U);
  EXPECT_LT(slow.back(), 700U) << "twelve seconds before the end is at 730";
  for (std::size_t i = 1; i < slow.size(); ++i) EXPECT_GE(slow[i] - slow[i - 1], 5U);
  EXPECT_EQ(plan.ask[1].id, 11) << "the others stay in their order";
}

TEST(SnapshotPlan, what_does_not_fit_is_what_is_farthest_from_the_money) {
  const std::vector<ContractBook> books{book_of(monday, calls(1'000))};
  PlanOptions options;
  options.window = 20s;
  for (ContractId id = 941; id <= 1'000; ++id) options.times.known[id] = {12s, 12s, 1, true};
  const SnapshotPlan plan = plan_snapshot(half_hours(monday).open(), books, options);
  EXPECT_EQ(plan.ask.size(), 1'000U) << "they are still expected";
  EXPECT_NEAR(static_cast<double>(plan.fits), 480, 30);
  EXPECT_GE(places(plan, options.times).front(), plan.fits)
      << "what will not be asked in time is not brought forward";
  EXPECT_NEAR(static_cast<double>(plan.cost.answered), static_cast<double>(plan.fits), 2);
}

TEST(SnapshotPlan, a_chain_that_is_all_slow_keeps_its_order) {
  const std::vector<ContractBook> books{book_of(monday, calls(50))};
  PlanOptions options;
  for (ContractId id = 1; id <= 50; ++id) options.times.known[id] = {12s, 12s, 1, true};
  const SlotGrid grid = half_hours(monday);
  EXPECT_EQ(
      ids(plan_snapshot(grid.open(), books, options).ask),
      ids(plan_snapshot(grid.open(), books, {}).ask));
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
