#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/ledger.h"
#include "store/ledger_fixture.h"
#include "store/ledger_sqlite.h"

namespace opt_data::store {
namespace {

using std::chrono::minutes;
using testing::SizeIs;

const TradeDate monday = trade_date(2025, 10, 6);

class LedgerLists : public testing::Test {
 protected:
  std::unique_ptr<Ledger> open() { return Ledger::open(file).value(); }
  static Slot at(int index) {
    return {
        monday, static_cast<std::uint8_t>(index),
        new_york(monday.day(), minutes{30} * (19 + index))};
  }
  // By slot, as it comes a list at a time.
  static std::map<int, std::vector<ExpectedContract>> one_by_one(const Ledger& ledger) {
    std::map<int, std::vector<ExpectedContract>> seen;
    const auto lists = ledger.expected_lists(monday).value();
    for (const ExpectedList& list : lists)
      for (const int slot : list.slots)
        EXPECT_TRUE(
            ledger.each_expected(monday, list.list, [&](ContractId id, std::string_view symbol) {
              seen[slot].push_back({id, std::string(symbol)});
            }));
    return seen;
  }
  std::int64_t rows_stored() const {
    auto sqlite = SqliteFile::open(file, SqliteFile::Access::read).value();
    SqliteQuery query(*sqlite, "SELECT count(*) FROM expected");
    EXPECT_TRUE(query.step().value_or(false));
    return query.integer(0);
  }

  TemporaryFolder folder;
  const std::filesystem::path file = folder / "ledger.sqlite";
};

TEST_F(LedgerLists, what_slots_have_in_common_is_stored_once) {
  auto ledger = open();
  const std::vector<ExpectedContract> asked = {{42, "AAPL"}, {7, "MSFT"}};
  const std::vector<ExpectedContract> set = {{7, "MSFT"}, {42, "AAPL"}};
  for (int index = 0; index < 14; ++index)
    ASSERT_TRUE(ledger->expect(at(index), index % 2 == 0 ? asked : set)) << "in any order";
  ASSERT_TRUE(ledger->expect(at(14), {{7, "MSFT"}}));
  EXPECT_EQ(rows_stored(), 3);
  EXPECT_THAT(ledger->expected_lists(monday).value(), SizeIs(2));
  const auto expected = ledger->expected(monday).value();
  ASSERT_THAT(expected, SizeIs(15));
  EXPECT_EQ(expected.at(3), set);
  EXPECT_EQ(expected.at(14).size(), 1U);
  EXPECT_EQ(one_by_one(*ledger), expected);
}

TEST_F(LedgerLists, a_slot_that_changes_its_mind_leaves_the_others_theirs) {
  auto ledger = open();
  const std::vector<ExpectedContract> common = {{7, "MSFT"}, {42, "AAPL"}}, other = {{1, "SPY"}};
  for (const int index : {4, 2, 3}) ASSERT_TRUE(ledger->expect(at(index), common));
  ASSERT_TRUE(ledger->expect(at(4), other));  // Under which the common list stood.
  EXPECT_EQ(ledger->expected(monday, 2).value(), common);
  EXPECT_EQ(ledger->expected(monday, 3).value(), common);
  EXPECT_EQ(ledger->expected(monday, 4).value(), other);
  EXPECT_EQ(rows_stored(), 3);
  ASSERT_TRUE(ledger->expect(at(2), other));
  ASSERT_TRUE(ledger->expect(at(3), {}));
  EXPECT_EQ(rows_stored(), 1);
  EXPECT_EQ(ledger->expected(monday, 2).value(), other);
  EXPECT_EQ(one_by_one(*ledger).at(4), other);
  EXPECT_THAT(ledger->expected(monday).value().at(3), SizeIs(0));
}

// Any order of slots and lists reads back as it was last told.
TEST_F(LedgerLists, are_what_was_told_last_whatever_came_before) {
  auto ledger = open();
  const std::uint64_t seed = test_seed();
  Random random(seed);
  std::map<int, std::vector<ExpectedContract>> told;
  for (int i = 0; i < 300; ++i) {
    const int index = static_cast<int>(random.below(6));
    std::vector<ExpectedContract> contracts;
    const auto size = static_cast<ContractId>(random.below(3));
    for (ContractId id = 1; id <= size; ++id)
      contracts.push_back({id, random.below(4) == 0 ? "SPY" : "QQQ"});
    ASSERT_TRUE(ledger->expect(at(index), contracts));
    told[index] = contracts;
    ASSERT_EQ(ledger->expected(monday).value(), told)
        << "OPT_DATA_TEST_SEED=" << seed << ", step " << i;
    ASSERT_EQ(ledger->expected(monday, index).value(), contracts) << "OPT_DATA_TEST_SEED=" << seed;
  }
}

}  // namespace
}  // namespace opt_data::store
