#include "store/ledger_glance.h"

#include <gtest/gtest.h>

#include "store/ledger_fixture.h"

namespace opt_data::store {
namespace {

using std::chrono::hours;

const TradeDate monday = trade_date(2025, 10, 6);
const Slot ten{monday, 1, new_york(monday.day(), hours{10})};
const JobKey snapshot{JobKind::snapshot, monday, 1};

class LedgerGlanceTest : public testing::Test {
 protected:
  JournalEntry answer(ContractId id, int attempt) {
    OptionQuote row = AnyRow(random)();
    row.contract.id = id;
    return {id, attempt, ten.at, ten.at, std::move(row)};
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "ledger.sqlite";
  std::uint64_t seed = test_seed();
  Random random{seed};
};

TEST_F(LedgerGlanceTest, counts_contracts_and_not_attempts) {
  auto ledger = Ledger::open(file).value();
  ASSERT_TRUE(ledger->expect(ten, {{1, "AAPL"}, {2, "AAPL"}, {3, "MSFT"}}));
  ASSERT_TRUE(ledger->start_job(snapshot, "i", ten.at));
  for (const auto& [id, attempt] : {std::pair{1, 0}, {1, 1}, {2, 0}})
    ASSERT_TRUE(ledger->journal(snapshot, answer(id, attempt), ten.at));
  ASSERT_TRUE(ledger->commit());
  const auto glance = LedgerGlance::open(file).value();
  const auto slots = glance->progress(monday).value();
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_EQ(slots.at(1).expected, 3);
  EXPECT_EQ(slots.at(1).answered, 2);
  EXPECT_TRUE(glance->progress(trade_date(2025, 10, 7))->empty());
}

TEST_F(LedgerGlanceTest, sees_that_something_was_committed) {
  auto ledger = Ledger::open(file).value();
  const auto glance = LedgerGlance::open(file).value();
  const auto before = glance->version().value();
  EXPECT_EQ(glance->version().value(), before);
  ASSERT_TRUE(ledger->start_job(snapshot, "i", ten.at));
  EXPECT_NE(glance->version().value(), before);
}

TEST_F(LedgerGlanceTest, sums_what_is_published) {
  auto ledger = Ledger::open(file).value();
  for (const auto& [partition, rows] :
       {std::pair{"clean view=intraday/date=2025-10-06/slot-00", 7},
        {"clean view=intraday/date=2025-10-06/slot-13", 8},
        {"raw view=intraday/date=2025-10-06/slot-00", 7},
        {"clean view=daily_clean/date=2025-10-06/part-0", 9}})
    ASSERT_TRUE(ledger->record_published({partition, rows, "c", ten.at}));
  const auto glance = LedgerGlance::open(file).value();
  EXPECT_EQ(glance->rows_by_date()->at("2025-10-06").intraday, 15);
  EXPECT_EQ(glance->rows_by_date()->at("2025-10-06").all, 31);
  EXPECT_EQ(glance->slot_rows(monday).value(), (std::map<int, std::int64_t>{{0, 7}, {13, 8}}));
}

TEST_F(LedgerGlanceTest, brings_jobs_page_by_page) {
  auto ledger = Ledger::open(file).value();
  for (int slot = 0; slot < 5; ++slot)
    ASSERT_TRUE(
        ledger->start_job({JobKind::snapshot, monday, slot}, "i", ten.at + slot * hours{1}));
  const auto glance = LedgerGlance::open(file).value();
  const auto first = glance->jobs_before(std::nullopt, 2).value();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].key.slot, 4);
  const auto rest = glance->jobs_before(first[1].started_at, 10).value();
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[0].key.slot, 2);
}

TEST_F(LedgerGlanceTest, where_nothing_ran_there_is_nothing) {
  const auto glance = LedgerGlance::open(file);
  ASSERT_FALSE(glance);
  EXPECT_EQ(glance.error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace opt_data::store
