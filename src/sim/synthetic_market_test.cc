#include "sim/synthetic_market.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "base/random.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr year_month_day friday = year{2025} / November / 21;
constexpr year_month_day monday = year{2025} / November / 24;

std::uint64_t test_seed() {
  const char* wanted = std::getenv("OPT_DATA_TEST_SEED");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 7;
}

std::unique_ptr<SyntheticMarket> market(
    std::uint64_t seed, year_month_day first = friday, year_month_day last = monday) {
  return SyntheticMarket::make({{"AAPL", "MSFT"}, first, last}, seed).value();
}

Instant at(year_month_day day, minutes clock) { return new_york(day, clock); }

TEST(SyntheticMarket, half_strikes_exist_only_for_near_expiries) {
  SCOPED_TRACE(test_seed());
  const auto it = market(test_seed());
  std::map<year_month_day, std::set<Strike>> strikes;
  std::set<Strike> all;
  for (const OptionContract& option : it->listed("AAPL", at(friday, 10h))) {
    if (option.trading_class != "AAPL") continue;
    strikes[option.expiry].insert(option.strike);
    all.insert(option.strike);
  }
  const auto& nearest = strikes.begin()->second;
  const auto& farthest = strikes.rbegin()->second;
  EXPECT_GT(nearest.size(), farthest.size());
  std::size_t missing = 0;
  for (const auto& [expiry, of] : strikes) missing += all.size() - of.size();
  EXPECT_GT(missing, 20u) << "the union over expiries lists combinations that do not exist";
}

TEST(SyntheticMarket, lists_weeklies_monthlies_quarterlies_leaps_and_an_adjusted_class) {
  SCOPED_TRACE(test_seed());
  const auto it = market(test_seed());
  std::set<year_month_day> expiries;
  std::set<ContractId> ids;
  std::set<std::pair<year_month_day, Strike>> adjusted;
  const auto listed = it->listed("AAPL", at(friday, 10h));
  for (const OptionContract& option : listed) {
    expiries.insert(option.expiry);
    EXPECT_TRUE(ids.insert(option.id).second);
    EXPECT_LT(option.id, ContractId{1} << 31) << "TWS keeps conids in 32 bits";
    if (option.trading_class == "2AAPL") adjusted.emplace(option.expiry, option.strike);
  }
  for (const year_month_day day :
       {friday, year{2025} / November / 28, year{2025} / December / 5, year{2025} / December / 19,
        year{2026} / June / 18 /* the 19th is a holiday */, year{2026} / September / 18,
        year{2027} / January / 15})
    EXPECT_TRUE(expiries.contains(day)) << iso(day);
  EXPECT_EQ(adjusted.size(), 1u);
  EXPECT_TRUE(std::ranges::is_sorted(listed, in_file_order));
}

TEST(SyntheticMarket, a_contract_stays_listed_until_the_evening_of_its_expiry) {
  SCOPED_TRACE(test_seed());
  const Calendar calendar;
  const ListingRule rule{"AAPL", 187.3, 3};
  std::map<ContractId, year_month_day> open;
  for (sys_days day{year{2025} / January / 1}; day < sys_days{year{2026} / March / 1};
       day += days{1}) {
    std::set<ContractId> today;
    for (const OptionContract& option : listed_contracts(calendar, rule, year_month_day{day})) {
      today.insert(option.id);
      open.emplace(option.id, option.expiry);
    }
    for (const auto& [id, expiry] : open)
      EXPECT_TRUE(sys_days{expiry} < day || today.contains(id)) << iso(year_month_day{day});
  }
  const auto it = market(test_seed());
  const auto expiring = [&](minutes clock) {
    return std::ranges::count(
        it->listed("AAPL", at(friday, clock)), friday,
        [](const OptionContract& option) { return option.expiry; });
  };
  EXPECT_GT(expiring(19h + 59min), 0);
  EXPECT_EQ(expiring(20h), 0);
}

TEST(SyntheticMarket, one_seed_is_one_market) {
  SCOPED_TRACE(test_seed());
  const auto a = market(test_seed());
  const auto b = market(test_seed(), friday, friday);
  const auto other = market(test_seed() + 1);
  std::size_t differ = 0;
  for (const OptionContract& option : a->listed("MSFT", at(friday, 10h))) {
    for (const minutes clock : {9h + 30min, 11h + 7min, 16h + 0min}) {
      const MarketQuote quote = a->quote(option.id, at(friday, clock));
      EXPECT_EQ(quote, b->quote(option.id, at(friday, clock)));
      differ += quote != other->quote(option.id, at(friday, clock));
    }
    EXPECT_EQ(
        a->open_interest(option.id, at(friday, 10h)), b->open_interest(option.id, at(friday, 10h)));
  }
  EXPECT_GT(differ, 100u);
}

TEST(SyntheticMarket, prices_leave_nothing_for_nothing) {
  SCOPED_TRACE(test_seed());
  for (std::uint64_t seed = test_seed(); seed < test_seed() + 5; ++seed) {
    SCOPED_TRACE(seed);
    const auto it = market(seed);
    std::size_t withdrawn = 0, two_sided = 0;
    for (const OptionContract& option : it->listed("AAPL", at(friday, 15h))) {
      const MarketQuote quote = it->quote(option.id, at(friday, 15h));
      ASSERT_TRUE(quote.ask.seen && quote.ask.price && quote.bid.seen);
      EXPECT_GT(*quote.ask.price, 0.0);
      if (!quote.bid.price) {
        ++withdrawn;
        continue;
      }
      ++two_sided;
      EXPECT_GT(*quote.bid.price, 0.0);
      EXPECT_LT(*quote.bid.price, *quote.ask.price);
      const double spot = *it->quote(it->underlyings()[0].id, at(friday, 15h)).last;
      EXPECT_LT(*quote.bid.price, option.right == Right::call ? spot : option.strike.usd());
    }
    EXPECT_GT(withdrawn, 0u);
    EXPECT_GT(two_sided, withdrawn);
  }
}

TEST(SyntheticMarket, nothing_is_seen_before_the_first_quote_of_a_session) {
  SCOPED_TRACE(test_seed());
  const auto it = market(test_seed());
  for (const OptionContract& option : it->listed("AAPL", at(monday, 9h))) {
    const MarketQuote early = it->quote(option.id, at(monday, 9h));
    EXPECT_FALSE(early.bid.seen || early.ask.seen || early.last || early.volume);
    EXPECT_TRUE(it->quote(option.id, at(monday, 9h + 31min)).ask.seen);
  }
}

TEST(SyntheticMarket, the_previous_close_is_where_the_session_before_ended) {
  SCOPED_TRACE(test_seed());
  const auto it = market(test_seed());
  for (const MarketUnderlying& stock : it->underlyings())
    EXPECT_EQ(
        it->quote(stock.id, at(monday, 9h)).previous_close,
        it->quote(stock.id, at(friday, 16h)).last);
}

TEST(SyntheticMarket, next_change_is_the_first_instant_at_which_the_quote_is_another) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(seed);
  const auto it = market(seed);
  Random random(seed);
  const auto listed = it->listed("AAPL", at(friday, 10h));
  for (int i = 0; i < 200; ++i) {
    const ContractId id =
        i % 10 == 0 ? it->underlyings()[0].id : listed[random.below(listed.size())].id;
    const Instant from = at(friday, 9h) + microseconds(random.below(9ULL * 3600 * 1'000'000));
    const MarketQuote before = it->quote(id, from);
    const auto next = it->next_change(id, from);
    ASSERT_TRUE(next);
    ASSERT_GT(*next, from);
    EXPECT_NE(it->quote(id, *next), before);
    EXPECT_EQ(it->quote(id, *next - 1us), before);
    for (int j = 0; j < 5; ++j)
      EXPECT_EQ(
          it->quote(
              id, from + microseconds(
                             random.below(static_cast<std::uint64_t>((*next - from).count())))),
          before);
  }
}

TEST(SyntheticMarket, open_interest_is_published_in_the_morning_as_of_the_session_before) {
  SCOPED_TRACE(test_seed());
  const auto it = market(test_seed());
  std::size_t changed = 0, zero = 0, unpublished = 0, all = 0;
  for (const OptionContract& option : it->listed("AAPL", at(monday, 10h))) {
    const auto friday_value = it->open_interest(option.id, at(friday, 16h));
    EXPECT_EQ(it->open_interest(option.id, at(monday, 6h + 29min)), friday_value);
    const auto monday_value = it->open_interest(option.id, at(monday, 6h + 30min));
    EXPECT_EQ(it->open_interest(option.id, at(monday, 16h)), monday_value);
    ++all;
    unpublished += !monday_value.has_value();
    zero += monday_value == 0;
    changed += friday_value && friday_value != monday_value;
  }
  EXPECT_GT(changed, all / 10);
  EXPECT_LT(changed, all / 2);
  EXPECT_GT(zero, 0u);
  EXPECT_GT(unpublished, 0u) << "what was listed today has no open interest yet";
}

TEST(SyntheticMarket, refuses_days_without_a_session) {
  SCOPED_TRACE(test_seed());
  const auto closed = SyntheticMarket::make({{"AAPL"}, year{2025} / November / 22, monday}, 1);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().kind, ErrorKind::not_found) << closed.error().message;
  EXPECT_FALSE(SyntheticMarket::make({{"AAPL"}, monday, friday}, 1));
  EXPECT_FALSE(SyntheticMarket::make({{}, friday, monday}, 1));
}

}  // namespace
}  // namespace opt_data::sim
