#include "collect/action_signs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace opt_data::collect {
namespace {

using std::chrono::year;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ActionSigns : public testing::Test {
 protected:
  ActionSigns() {
    for (int usd = 100; usd <= 290; usd += 10) strikes_.push_back(Strike::from_usd(usd));
    for (const auto expiry : {november_, december_}) know(expiry, strikes_);
    chain_.underlying = "AAPL";
    list("AAPL", strikes_);
  }
  void know(std::chrono::year_month_day expiry, const std::vector<Strike>& strikes) {
    KnownListing& listing = known_.at(expiry, "AAPL");
    listing.candidates = {strikes.begin(), strikes.end()};
  }
  void list(const std::string& trading_class, const std::vector<Strike>& strikes) {
    for (const auto expiry : {november_, december_})
      chain_.listings.push_back({expiry, trading_class, 100, strikes});
  }
  std::vector<Strike> scaled(double factor) const {
    std::vector<Strike> out;
    for (const Strike strike : strikes_) out.push_back(Strike::from_usd(strike.usd() * factor));
    return out;
  }
  std::vector<std::string> signs(ContractId before = 265598) {
    UnderlyingContract underlying;
    underlying.id = 265598;
    underlying.symbol = "AAPL";
    return action_signs({known_, before}, underlying, chain_, today_);
  }

  const std::chrono::year_month_day today_ = year{2025} / 10 / 7, november_ = year{2025} / 11 / 21,
                                    december_ = year{2025} / 12 / 19;
  std::vector<Strike> strikes_;
  KnownListings known_{"AAPL", {}};
  OptionChain chain_;
};

TEST_F(ActionSigns, are_none_where_nothing_changed) { EXPECT_THAT(signs(), IsEmpty()); }

TEST_F(ActionSigns, are_none_where_a_few_strikes_come_and_go) {
  for (Listing& listing : chain_.listings) {
    listing.strikes.erase(listing.strikes.begin(), listing.strikes.begin() + 4);
    listing.strikes.push_back(Strike::from_usd(300));
  }
  EXPECT_THAT(signs(), IsEmpty());
}

TEST_F(ActionSigns, name_a_split_and_its_ratio) {
  chain_.listings.clear();
  list("AAPL", scaled(1.0 / 4));
  EXPECT_THAT(
      signs(), ElementsAre("AAPL: a 4-for-1 split is suspected: 20 of 20 strikes are not listed "
                           "any more, and 100 % are at 1/4 of that"));
}

TEST_F(ActionSigns, name_a_split_whose_strikes_are_rounded) {
  chain_.listings.clear();
  list("AAPL", scaled(1.0 / 3));
  EXPECT_THAT(signs(), ElementsAre(HasSubstr("a 3-for-1 split")));
}

TEST_F(ActionSigns, name_a_reverse_split) {
  chain_.listings.clear();
  list("AAPL", scaled(10));
  EXPECT_THAT(signs(), ElementsAre(HasSubstr("a 1-for-10 reverse split")));
}

TEST_F(ActionSigns, name_a_special_dividend_where_there_is_no_ratio) {
  chain_.listings.clear();
  std::vector<Strike> moved;
  for (const Strike strike : strikes_) moved.push_back(Strike::from_usd(strike.usd() - 7.77));
  list("AAPL", moved);
  EXPECT_THAT(signs(), ElementsAre(HasSubstr("a special dividend, a spin-off or a merger")));
}

TEST_F(ActionSigns, name_an_adjusted_class_once) {
  list("AAPL1", strikes_);
  list("2AAPL", strikes_);
  EXPECT_THAT(
      signs(), ElementsAre(
                   HasSubstr("adjusted options are listed as 2AAPL"),
                   HasSubstr("adjusted options are listed as AAPL1")));
  known_.adjusted_classes = adjusted_classes(chain_);
  EXPECT_THAT(signs(), IsEmpty());
}

TEST_F(ActionSigns, take_no_weekly_class_for_an_adjusted_one) {
  list("AAPLW", strikes_);
  EXPECT_THAT(signs(), IsEmpty());
}

TEST_F(ActionSigns, name_expiries_that_are_gone) {
  std::erase_if(chain_.listings, [&](const Listing& each) { return each.expiry == december_; });
  EXPECT_THAT(
      signs(), ElementsAre("AAPL: withdrawn options are suspected: 2025-12-19 not listed any more "
                           "before its day"));
  chain_.listings.clear();
  EXPECT_THAT(signs(), ElementsAre(HasSubstr("a delisting or a merger is suspected")));
}

TEST_F(ActionSigns, an_expiry_whose_day_has_come_is_not_missed) {
  know(today_, strikes_);
  EXPECT_THAT(signs(), IsEmpty());
}

TEST_F(ActionSigns, name_another_contract_behind_the_symbol) {
  EXPECT_THAT(
      signs(11), ElementsAre("AAPL: another listing is suspected behind the symbol: its contract "
                             "id was 11 and is 265598"));
}

TEST_F(ActionSigns, name_a_symbol_that_is_gone_if_it_was_known) {
  EXPECT_THAT(gone_sign(known_), HasSubstr("a symbol change, a merger or a delisting"));
  EXPECT_EQ(gone_sign(KnownListings{"NEW", {}}), "");
}

}  // namespace
}  // namespace opt_data::collect
