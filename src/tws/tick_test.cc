#include "tws/tick.h"

#include <gtest/gtest.h>

namespace opt_data::tws {
namespace {

TEST(Tick, delayed_ones_stand_for_live_ones_and_back) {
  const std::pair<int, int> pairs[] = {{1, 66},  {2, 67},  {4, 68},  {0, 69},  {3, 70},  {5, 71},
                                       {6, 72},  {7, 73},  {8, 74},  {9, 75},  {14, 76}, {45, 88},
                                       {49, 90}, {10, 80}, {11, 81}, {12, 82}, {13, 83}};
  for (const auto& [live, delayed] : pairs) {
    EXPECT_EQ(live_kind(Tick{delayed}), Tick{live});
    EXPECT_EQ(delayed_kind(Tick{live}), Tick{delayed});
    EXPECT_TRUE(is_delayed(Tick{delayed}));
    EXPECT_FALSE(is_delayed(Tick{live}));
  }
}

TEST(Tick, generic_ones_keep_their_numbers_when_delayed) {
  for (const Tick tick :
       {Tick::call_open_interest, Tick::put_open_interest, Tick::call_volume, Tick::put_volume,
        Tick{111}}) {
    EXPECT_EQ(delayed_kind(tick), tick);
    EXPECT_FALSE(is_delayed(tick));
  }
}

TEST(Tick, prices_with_a_size_name_its_tick) {
  EXPECT_EQ(implied_size(Tick::bid), Tick::bid_size);
  EXPECT_EQ(implied_size(Tick::ask), Tick::ask_size);
  EXPECT_EQ(implied_size(Tick::last), Tick::last_size);
  EXPECT_EQ(implied_size(Tick::delayed_bid), Tick::delayed_bid_size);
  EXPECT_EQ(implied_size(Tick::delayed_ask), Tick::delayed_ask_size);
  EXPECT_EQ(implied_size(Tick::delayed_last), Tick::delayed_last_size);
  EXPECT_EQ(implied_size(Tick::high), std::nullopt);
}

}  // namespace
}  // namespace opt_data::tws
