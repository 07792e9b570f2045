#include "pricing/parity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pricing/black.h"

namespace opt_data::pricing {
namespace {

constexpr double forward = 101.37;
constexpr double discount = 0.985;

std::vector<ParityQuote> chain() {
  const ExpiryTerms terms = *ExpiryTerms::from_forward(forward, discount, 0.4);
  std::vector<ParityQuote> quotes;
  for (int i = 0; i <= 36; ++i) {
    const double strike = 60.0 + 2.5 * i;
    const double volatility = 0.3 + 0.002 * std::abs(strike - 100.0);
    quotes.push_back(
        {.strike = strike,
         .call_mid = *black_price(terms, Right::call, strike, volatility),
         .put_mid = *black_price(terms, Right::put, strike, volatility)});
  }
  return quotes;
}

TEST(ImpliedForward, is_what_the_chain_was_priced_with) {
  const auto implied = implied_forward(chain(), discount);
  ASSERT_TRUE(implied);
  EXPECT_NEAR(implied->forward, forward, 1e-12);
  EXPECT_NEAR(implied->deviation, 0.0, 1e-12);
  EXPECT_EQ(implied->strikes, parity_strikes_max);
}

TEST(ImpliedForward, does_not_depend_on_the_order_of_the_quotes) {
  std::vector<ParityQuote> quotes = chain();
  std::reverse(quotes.begin(), quotes.end());
  std::swap(quotes[3], quotes[20]);
  EXPECT_EQ(
      implied_forward(quotes, discount)->forward, implied_forward(chain(), discount)->forward);
}

TEST(ImpliedForward, of_prices_in_cents_is_right_to_a_cent) {
  std::vector<ParityQuote> quotes = chain();
  for (ParityQuote& quote : quotes) {
    quote.call_mid = std::round(quote.call_mid * 100.0) / 100.0;
    quote.put_mid = std::round(quote.put_mid * 100.0) / 100.0;
  }
  EXPECT_NEAR(implied_forward(quotes, discount)->forward, forward, 0.0102);
}

TEST(ImpliedForward, survives_stale_quotes_near_the_money) {
  std::vector<ParityQuote> quotes = chain();
  for (ParityQuote& quote : quotes) {
    if (quote.strike == 100.0) quote.call_mid += 9.0;
    if (quote.strike == 102.5) quote.put_mid = 0.05;
    // Call and put alike, but a long way from the money.
    if (quote.strike == 130.0) quote.call_mid = quote.put_mid;
  }
  EXPECT_NEAR(implied_forward(quotes, discount)->forward, forward, 1e-12);
}

TEST(ImpliedForward, ignores_what_early_exercise_adds_far_from_the_money) {
  std::vector<ParityQuote> quotes = chain();
  for (ParityQuote& quote : quotes)
    if (quote.strike > 112.0) quote.put_mid = std::max(quote.put_mid, quote.strike - 99.0);
  EXPECT_NEAR(implied_forward(quotes, discount)->forward, forward, 1e-12);
}

TEST(ImpliedForward, uses_what_there_is) {
  const std::vector<ParityQuote> all = chain();
  const std::vector<ParityQuote> two(all.begin() + 10, all.begin() + 12);
  const auto implied = implied_forward(two, discount);
  ASSERT_TRUE(implied);
  EXPECT_EQ(implied->strikes, 2u);
  EXPECT_NEAR(implied->forward, forward, 1e-12);
}

TEST(ImpliedForward, is_absent_where_no_strike_has_both_mids) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<ParityQuote> quotes{
      {.strike = 100.0, .call_mid = nan, .put_mid = 3.0},
      {.strike = 105.0, .call_mid = 2.0, .put_mid = nan},
      {.strike = 110.0, .call_mid = 0.0, .put_mid = 9.0},
      {.strike = -1.0, .call_mid = 2.0, .put_mid = 9.0}};
  EXPECT_FALSE(implied_forward(quotes, discount));
  EXPECT_FALSE(implied_forward({}, discount));
  EXPECT_FALSE(implied_forward(chain(), 0.0));
  EXPECT_FALSE(implied_forward(chain(), nan));
  EXPECT_FALSE(implied_forward(chain(), discount, 0));
}

TEST(ImpliedForward, below_zero_is_absent) {
  const std::vector<ParityQuote> quotes{{.strike = 5.0, .call_mid = 1.0, .put_mid = 40.0}};
  EXPECT_FALSE(implied_forward(quotes, discount));
}

}  // namespace
}  // namespace opt_data::pricing
