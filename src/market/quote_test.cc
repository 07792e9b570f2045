#include "market/quote.h"

#include <gtest/gtest.h>

#include "market/option_quote.h"

namespace opt_data {
namespace {

TEST(QualityFlags, every_flag_has_one_spelling) {
  for (std::uint32_t i = 0; i < flag_count; ++i) {
    const auto flag = static_cast<QualityFlag>(1U << i);
    EXPECT_EQ(parse_flag(to_text(flag)).value(), flag);
  }
  EXPECT_EQ(parse_flag("no_such_flag").error().kind, ErrorKind::corrupt);
}

TEST(QualityFlags, words_come_in_the_order_of_the_vocabulary) {
  QualityFlags flags;
  flags.set(QualityFlag::missing_greeks);
  flags.set(QualityFlag::delayed_fallback);
  flags.set(QualityFlag::missing_greeks);
  EXPECT_EQ(flags.words(), (std::vector<std::string_view>{"delayed_fallback", "missing_greeks"}));
  flags.clear(QualityFlag::delayed_fallback);
  EXPECT_FALSE(flags.has(QualityFlag::delayed_fallback));
}

TEST(Quote, mid_needs_both_sides_and_zero_is_a_bid) {
  Quote quote;
  quote.ask = 0.05;
  EXPECT_FALSE(quote.mid());
  EXPECT_TRUE(quote.has_price());
  quote.bid = 0.0;
  EXPECT_DOUBLE_EQ(*quote.mid(), 0.025);
}

TEST(MarketDataType, unknown_is_not_live_and_frozen_is_not_delayed) {
  EXPECT_FALSE(is_delayed(MarketDataType::unknown));
  EXPECT_FALSE(is_delayed(MarketDataType::frozen));
  EXPECT_TRUE(is_delayed(MarketDataType::delayed_frozen));
  EXPECT_NE(MarketDataType{}, MarketDataType::live);
}

TEST(DataSource, has_one_spelling) {
  for (const auto source :
       {DataSource::ibkr, DataSource::ibkr_historical, DataSource::recording,
        DataSource::simulated})
    EXPECT_EQ(parse_data_source(to_text(source)).value(), source);
}

}  // namespace
}  // namespace opt_data
