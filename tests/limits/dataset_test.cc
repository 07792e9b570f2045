// What a row of a fixed synthetic day takes on disk, and that its cells are the same everywhere.
#include <gtest/gtest.h>

#include <cstdio>

#include "bench_day.h"

namespace opt_data::bench {
namespace {

// Of a row with every column filled as the broker fills it, eight of them full doubles of its
// model. docs/performance.md derives how few it could be.
constexpr double slot_bytes_max = 92;
constexpr double compacted_bytes_max = 81;

constexpr UniverseOptions small{.contracts = 12'000, .underlyings = 40};

TEST(DatasetLimits, a_row_takes_few_bytes_and_fewer_when_its_day_is_compacted) {
  BenchDay day(small);
  day.publish_slots();
  const auto rows = static_cast<double>(small.contracts * day.grid().size());
  const double slots = static_cast<double>(day.bytes()) / rows;
  day.compact();
  const double compacted = static_cast<double>(day.bytes()) / rows;
  std::printf("%.2f bytes a row, %.2f when compacted\n", slots, compacted);
  EXPECT_LE(slots, slot_bytes_max);
  EXPECT_LE(compacted, compacted_bytes_max);
}

// Neither the machine nor the order of the answers is in it. It changes with the universe, with the
// columns of the view, and with nothing else.
TEST(DatasetLimits, a_slot_has_the_same_checksum_everywhere) {
  BenchDay day(small);
  const Slot slot = day.grid().slots()[3];
  Session session(day.folder());
  const std::vector<OptionQuote> rows = Universe(small).slot(slot);
  const auto published = session.writer->publish(
      {store::Layer::clean, store::View::intraday, slot.date, slot.index}, std::span(rows));
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_EQ(published->rows, 12'000);
  EXPECT_EQ(published->checksum, "fa73a1b9db0317bb15b8958c3e98eeae");
}

}  // namespace
}  // namespace opt_data::bench
