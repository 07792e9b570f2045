#include "sim/sim_clock.h"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <string>
#include <vector>

#include "base/signal.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;

const Instant start = from_micros(1'000'000'000'000'000);

asio::awaitable<void> note(SimClock& clock, Instant when, std::string word, std::string& heard) {
  const auto slept = co_await clock.wait_until(when);
  heard += slept ? word : "!";
}

TEST(SimClock, wakes_the_earliest_sleeper_first_and_ties_by_arrival) {
  asio::io_context io;
  SimClock clock(io, start);
  std::string heard;
  for (const auto& [after, word] : std::vector<std::pair<std::chrono::seconds, std::string>>{
           {3s, "d"}, {1s, "a"}, {2s, "b"}, {2s, "c"}})
    asio::co_spawn(io, note(clock, start + after, word, heard), asio::detached);
  clock.run();
  EXPECT_EQ(heard, "abcd");
  EXPECT_EQ(clock.now(), start + 3s);
  EXPECT_EQ(clock.sleepers(), 0u);
}

TEST(SimClock, a_day_of_waiting_takes_no_time) {
  asio::io_context io;
  SimClock clock(io, start);
  const auto wait = [](SimClock& c) -> asio::awaitable<int> {
    for (int i = 0; i < 24; ++i) (void)co_await c.wait_for(1h);
    co_return 7;
  };
  EXPECT_EQ(clock.run_until_done(wait(clock)), 7);
  EXPECT_EQ(clock.now(), start + 24h);
}

TEST(SimClock, what_has_passed_is_not_waited_for) {
  asio::io_context io;
  SimClock clock(io, start);
  const auto wait = [](SimClock& c) -> asio::awaitable<bool> {
    co_return (co_await c.wait_until(c.now() - 1s)).has_value();
  };
  EXPECT_EQ(clock.run_until_done(wait(clock)), true);
  EXPECT_EQ(clock.now(), start);
}

TEST(SimClock, a_race_that_is_won_does_not_wait_for_its_deadline) {
  asio::io_context io;
  SimClock clock(io, start);
  const auto race = [](SimClock& c) -> asio::awaitable<bool> {
    co_return (co_await before(c, c.now() + 1h, c.wait_for(2s))).has_value();
  };
  EXPECT_EQ(clock.run_until_done(race(clock)), true);
  EXPECT_EQ(clock.now(), start + 2s);
  EXPECT_EQ(clock.sleepers(), 0u);
}

TEST(SimClock, a_race_that_is_lost_ends_at_its_deadline) {
  asio::io_context io;
  SimClock clock(io, start);
  const auto race = [](SimClock& c) -> asio::awaitable<bool> {
    co_return (co_await before(c, c.now() + 2s, c.wait_for(1h))).has_value();
  };
  EXPECT_EQ(clock.run_until_done(race(clock)), false);
  EXPECT_EQ(clock.now(), start + 2s);
  EXPECT_EQ(clock.sleepers(), 0u);
}

TEST(SimClock, work_that_waits_for_nobody_is_given_up) {
  asio::io_context io;
  SimClock clock(io, start);
  Signal never;
  const auto wait = [](Signal& signal) -> asio::awaitable<bool> {
    co_return (co_await signal.wait()).has_value();
  };
  EXPECT_EQ(clock.run_until_done(wait(never)), std::nullopt);
}

TEST(SimClock, stops_at_a_deadline_and_goes_on_later) {
  asio::io_context io;
  SimClock clock(io, start);
  std::string heard;
  asio::co_spawn(io, note(clock, start + 1s, "a", heard), asio::detached);
  asio::co_spawn(io, note(clock, start + 3s, "b", heard), asio::detached);
  clock.run_until(start + 2s);
  EXPECT_EQ(heard, "a");
  EXPECT_EQ(clock.now(), start + 2s);
  clock.run();
  EXPECT_EQ(heard, "ab");
}

}  // namespace
}  // namespace opt_data::sim
