// The synthetic universe: of the size that was asked for, possible, and the same on every machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "universe.h"

namespace opt_data::bench {
namespace {

const Universe& some() {
  static const Universe made({.contracts = 60'000, .underlyings = 400});
  return made;
}

TEST(Universe, has_so_many_contracts_and_each_once) {
  std::set<ContractId> ids;
  std::set<std::string> symbols;
  for (const OptionContract& contract : some().contracts()) {
    ids.insert(contract.id);
    symbols.insert(contract.underlying);
    EXPECT_GT(contract.strike.mills, 0);
  }
  EXPECT_EQ(some().size(), 60'000U);
  EXPECT_EQ(ids.size(), 60'000U);
  EXPECT_EQ(symbols.size(), 400U);
  EXPECT_TRUE(std::ranges::is_sorted(some().contracts(), in_file_order));
}

TEST(Universe, chains_are_as_unequal_as_a_markets) {
  std::map<std::string, std::size_t> chains;
  for (const OptionContract& contract : some().contracts()) ++chains[contract.underlying];
  std::vector<std::size_t> sizes;
  for (const auto& [symbol, size] : chains) sizes.push_back(size);
  std::ranges::sort(sizes);
  EXPECT_GT(sizes.back(), 7 * sizes[sizes.size() / 2]);
  EXPECT_GE(sizes.front(), 12U);
}

TEST(Universe, rows_are_what_a_broker_could_send) {
  const std::vector<OptionQuote> rows = some().slot(bench_slots().slots()[3]);
  ASSERT_EQ(rows.size(), some().size());
  std::size_t usable = 0, traded = 0;
  for (const OptionQuote& row : rows) {
    usable += row.usable() ? 1 : 0;
    traded += row.quote.last ? 1 : 0;
    if (!row.usable()) continue;
    EXPECT_LE(*row.quote.bid, *row.quote.ask);
    EXPECT_GE(*row.quote.bid, 0);
    EXPECT_GT(*row.quote.greeks.iv, 0);
    EXPECT_LE(std::abs(*row.quote.greeks.delta), 1);
    EXPECT_LT(*row.quote.as_of, *row.quote.received);
  }
  EXPECT_GT(usable, rows.size() * 99 / 100);
  EXPECT_GT(traded, rows.size() / 4);
  EXPECT_LT(traded, rows.size());
}

TEST(Universe, rows_come_in_the_order_of_their_answers) {
  const std::vector<OptionQuote> rows = some().slot(bench_slots().slots()[0]);
  Instant last = Instant::min();
  for (const OptionQuote& row : rows)
    if (row.quote.as_of) {
      EXPECT_LE(last, *row.quote.as_of);
      last = *row.quote.as_of;
    }
}

}  // namespace
}  // namespace opt_data::bench
