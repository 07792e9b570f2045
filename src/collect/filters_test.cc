#include "collect/filters.h"

#include <cmath>
#include <map>
#include <set>

#include "base/random.h"
#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

ContractFilters no_limits() {
  ContractFilters filters;
  filters.expiry_types = {ExpiryType::monthly, ExpiryType::weekly};
  filters.min_days_to_expiry = 0;
  filters.expiry_months_ahead = 0;
  filters.moneyness = 0;
  filters.strikes_per_side = 0;
  filters.max_strikes_per_expiry = 0;
  return filters;
}

std::vector<Strike> strikes_of(const std::vector<double>& usd) {
  std::vector<Strike> strikes;
  for (const double each : usd) strikes.push_back(Strike::from_usd(each));
  return strikes;
}

const std::vector<Strike> ladder =
    strikes_of({79, 80, 90, 95, 97, 98, 99, 100, 101, 102, 103, 105, 110, 120, 121});

std::vector<std::chrono::year_month_day> expiries(
    const std::vector<std::chrono::year_month_day>& listed, TradeDate date,
    const ContractFilters& filters) {
  std::vector<Listing> listings;
  for (const auto& expiry : listed) listings.push_back({expiry, "AAPL", 100, ladder});
  std::vector<std::chrono::year_month_day> kept;
  for (const Listing& listing : select_listings(listings, "AAPL", date, filters))
    kept.push_back(listing.expiry);
  return kept;
}

using Days = std::vector<std::chrono::year_month_day>;

TEST(SelectStrikes, zero_means_no_limit) {
  EXPECT_EQ(select_strikes(ladder, 100, no_limits()), ladder);
}

TEST(SelectStrikes, a_band_keeps_both_its_edges) {
  ContractFilters filters = no_limits();
  filters.moneyness = 0.20;
  EXPECT_EQ(
      select_strikes(ladder, 100, filters),
      std::vector<Strike>(ladder.begin() + 1, ladder.end() - 1));
}

TEST(SelectStrikes, per_side_counts_beside_the_strike_at_the_money) {
  ContractFilters filters = no_limits();
  filters.strikes_per_side = 3;
  EXPECT_EQ(select_strikes(ladder, 100.2, filters), strikes_of({97, 98, 99, 100, 101, 102, 103}));
}

TEST(SelectStrikes, a_side_with_fewer_strikes_does_not_lend_to_the_other) {
  ContractFilters filters = no_limits();
  filters.strikes_per_side = 2;
  EXPECT_EQ(select_strikes(ladder, 78, filters), strikes_of({79, 80, 90}));
}

TEST(SelectStrikes, the_maximum_keeps_the_nearest_and_of_two_equally_near_the_lower) {
  ContractFilters filters = no_limits();
  filters.max_strikes_per_expiry = 4;
  EXPECT_EQ(select_strikes(ladder, 100, filters), strikes_of({98, 99, 100, 101}));
  filters.max_strikes_per_expiry = 1;
  EXPECT_EQ(select_strikes(ladder, 100.5, filters), strikes_of({100}));
}

TEST(SelectStrikes, between_two_strikes_the_lower_one_is_at_the_money) {
  ContractFilters filters = no_limits();
  filters.strikes_per_side = 1;
  EXPECT_EQ(select_strikes(ladder, 100.5, filters), strikes_of({99, 100, 101}));
}

TEST(SelectStrikes, of_all_limits_the_smallest_wins) {
  ContractFilters filters = no_limits();
  filters.moneyness = 0.02;
  filters.strikes_per_side = 3;
  filters.max_strikes_per_expiry = 10;
  EXPECT_EQ(select_strikes(ladder, 100, filters), strikes_of({98, 99, 100, 101, 102}));
  filters.moneyness = 0.20;
  EXPECT_EQ(select_strikes(ladder, 100, filters).size(), 7U);
  filters.max_strikes_per_expiry = 5;
  EXPECT_EQ(select_strikes(ladder, 100, filters).size(), 5U);
}

// For any ladder and any limits: what is kept obeys every limit, and what is left out had to be.
TEST(SelectStrikes, keeps_exactly_what_no_limit_forbids) {
  const std::uint64_t seed = store::test_seed();
  for (std::uint64_t run = 0; run < 500; ++run) {
    SCOPED_TRACE(fmt::format("OPT_DATA_TEST_SEED={}, run {}", seed, run));
    Random random = Random::keyed(seed, {run});
    std::set<Strike> listed;
    for (std::uint64_t i = random.below(40); i > 0; --i)
      listed.insert(Strike{static_cast<std::int64_t>(500 * (1 + random.below(500)))});
    ContractFilters filters = no_limits();
    filters.moneyness = static_cast<double>(random.below(5)) * 0.1;
    filters.strikes_per_side = static_cast<int>(random.below(6));
    filters.max_strikes_per_expiry = static_cast<int>(random.below(12));
    const double usd = random.uniform(1, 250);

    const auto kept = select_strikes({listed.begin(), listed.end()}, usd, filters);
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
    const std::set<Strike> chosen(kept.begin(), kept.end());
    ASSERT_EQ(chosen.size(), kept.size());
    const auto distance = [&](Strike strike) {
      return std::pair(std::abs(strike.usd() - usd), strike);
    };
    const auto in_band = [&](Strike strike) {
      return filters.moneyness == 0 ||
             std::abs(strike.usd() - usd) <= usd * filters.moneyness + 1e-9;
    };
    std::set<std::pair<double, Strike>> eligible;
    for (const Strike strike : listed)
      if (in_band(strike)) eligible.insert(distance(strike));
    EXPECT_EQ(kept.empty(), eligible.empty());
    if (eligible.empty()) continue;
    const Strike at_the_money = eligible.begin()->second;
    std::set<Strike> allowed;  // By band and side.
    std::map<bool, int> sides;
    for (const auto& [away, strike] : eligible)
      if (strike == at_the_money || filters.strikes_per_side == 0 ||
          ++sides[strike < at_the_money] <= filters.strikes_per_side)
        allowed.insert(strike);
    const auto most = static_cast<std::size_t>(filters.max_strikes_per_expiry);
    EXPECT_EQ(chosen.size(), most == 0 ? allowed.size() : std::min(allowed.size(), most));
    for (const Strike strike : chosen) EXPECT_TRUE(allowed.contains(strike)) << strike.usd();
    for (const Strike out : allowed) {
      if (chosen.contains(out)) continue;
      for (const Strike in : chosen) EXPECT_LT(distance(in), distance(out));
    }
  }
}

TEST(SelectListings, knows_monthly_quarterly_and_weekly_expiries) {
  const Days listed{year{2025} / 10 / 10, october, november, year{2025} / 11 / 28, december};
  ContractFilters filters = no_limits();
  filters.expiry_types = {ExpiryType::monthly};
  EXPECT_EQ(expiries(listed, monday, filters), (Days{october, november, december}));
  filters.expiry_types = {ExpiryType::quarterly};
  EXPECT_EQ(expiries(listed, monday, filters), (Days{december}));
  filters.expiry_types = {ExpiryType::weekly};
  EXPECT_EQ(expiries(listed, monday, filters), (Days{year{2025} / 10 / 10, year{2025} / 11 / 28}));
}

TEST(SelectListings, before_2015_the_monthly_expiry_was_a_saturday) {
  ContractFilters filters = no_limits();
  filters.expiry_types = {ExpiryType::quarterly};
  const Days listed{year{2014} / 6 / 13, year{2014} / 6 / 21, year{2014} / 7 / 19};
  EXPECT_EQ(expiries(listed, store::trade_date(2014, 6, 5), filters), (Days{listed[1]}));
}

TEST(SelectListings, what_expires_today_is_collected_only_when_asked_for) {
  const TradeDate friday = store::trade_date(2025, 10, 17);
  ContractFilters filters = no_limits();
  EXPECT_EQ(expiries({october, november}, friday, filters), (Days{october, november}));
  filters.min_days_to_expiry = 1;
  EXPECT_EQ(expiries({october, november}, friday, filters), (Days{november}));
  filters.min_days_to_expiry = 36;
  EXPECT_EQ(expiries({october, november}, friday, filters), Days{});
}

TEST(SelectListings, what_has_expired_is_never_collected) {
  EXPECT_EQ(expiries({year{2025} / 10 / 3, october}, monday, no_limits()), (Days{october}));
}

TEST(SelectListings, months_ahead_end_on_the_same_day_of_the_month) {
  ContractFilters filters = no_limits();
  filters.expiry_months_ahead = 2;
  EXPECT_EQ(
      expiries({november, year{2025} / 12 / 6, year{2025} / 12 / 7}, monday, filters),
      (Days{november, year{2025} / 12 / 6}));
}

TEST(SelectListings, months_ahead_of_a_month_without_that_day_end_with_it) {
  ContractFilters filters = no_limits();
  filters.expiry_months_ahead = 4;
  EXPECT_EQ(
      expiries({year{2026} / 2 / 28, year{2026} / 3 / 1}, store::trade_date(2025, 10, 31), filters),
      (Days{year{2026} / 2 / 28}));
}

TEST(SelectListings, max_expiries_counts_days_and_not_classes) {
  ContractFilters filters = no_limits();
  filters.adjusted_classes = true;
  filters.max_expiries = 2;
  const std::vector<Listing> listings{
      {october, "2AAPL", 100, ladder},
      {october, "AAPL", 100, ladder},
      {november, "AAPL", 100, ladder},
      {december, "AAPL", 100, ladder}};
  const auto kept = select_listings(listings, "AAPL", monday, filters);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept.back().expiry, november);
}

TEST(SelectListings, adjusted_classes_are_left_out_unless_asked_for) {
  const std::vector<Listing> listings{
      {october, "2AAPL", 100, ladder}, {october, "AAPL", 100, ladder}};
  ContractFilters filters = no_limits();
  ASSERT_EQ(select_listings(listings, "AAPL", monday, filters).size(), 1U);
  EXPECT_EQ(select_listings(listings, "AAPL", monday, filters)[0].trading_class, "AAPL");
  filters.adjusted_classes = true;
  EXPECT_EQ(select_listings(listings, "AAPL", monday, filters).size(), 2U);
}

TEST(SelectContracts, keeps_both_rights_of_a_strike_in_file_order) {
  std::vector<OptionContract> contracts{
      option(6, 101, Right::put),
      option(5, 101),
      option(4, 100, Right::put),
      option(3, 100),
      option(2, 150),
      option(1, 100, Right::call, december),
      option(7, 99, Right::call, october)};
  ContractFilters filters;
  filters.strikes_per_side = 1;
  std::vector<ContractId> ids;
  for (const OptionContract& contract : select_contracts(contracts, monday, 100, filters))
    ids.push_back(contract.id);
  EXPECT_EQ(ids, (std::vector<ContractId>{7, 3, 4, 5, 6, 1}));
}

TEST(SelectContracts, of_nothing_is_nothing) {
  EXPECT_TRUE(select_contracts({}, monday, 100, ContractFilters{}).empty());
}

TEST(ContractFilters, every_setting_changes_the_fingerprint) {
  std::set<std::string> prints{ContractFilters{}.fingerprint()};
  const auto with = [&](auto change) {
    ContractFilters filters;
    change(filters);
    EXPECT_TRUE(prints.insert(filters.fingerprint()).second) << filters.fingerprint();
  };
  with([](auto& f) { f.expiry_types = {ExpiryType::weekly}; });
  with([](auto& f) { f.min_days_to_expiry = 2; });
  with([](auto& f) { f.expiry_months_ahead = 2; });
  with([](auto& f) { f.max_expiries = 2; });
  with([](auto& f) { f.moneyness = 0.21; });
  with([](auto& f) { f.strikes_per_side = 2; });
  with([](auto& f) { f.max_strikes_per_expiry = 2; });
  with([](auto& f) { f.adjusted_classes = true; });
  ContractFilters turned;
  turned.expiry_types = {ExpiryType::quarterly, ExpiryType::monthly};
  EXPECT_EQ(turned.fingerprint(), ContractFilters{}.fingerprint()) << "their order says nothing";
}

}  // namespace
}  // namespace opt_data::collect
