// What a network does to the bytes of a gateway that is well.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/memory_pipe.h"
#include "sim/faulty_transport.h"
#include "sim/sim_clock.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;

const Instant start = new_york(std::chrono::year{2025} / 11 / 21, 10h);

// A server that sends what the test says, and a client that notes what arrives, and when.
class Link : public testing::Test {
 protected:
  void open() {
    auto [here, there] = net::MemoryPipe::make();
    client_ = std::move(here);
    server_ = std::make_unique<FaultyTransport>(std::move(there), faults, cuts, clock);
    asio::co_spawn(io, listen(), asio::detached);
  }
  void send(std::string bytes) {
    asio::co_spawn(io, write(std::move(bytes)), asio::detached);
    clock.run_until(clock.now());
  }

  asio::io_context io;
  SimClock clock{io, start};
  LinkFaults faults;
  CutsDone cuts = std::make_shared<CutsDone::element_type>();
  std::string arrived;
  Instant arrived_at{};
  bool ended = false;

 private:
  asio::awaitable<void> write(std::string bytes) {
    const auto all = std::as_bytes(std::span<const char>(bytes.data(), bytes.size()));
    (void)co_await server_->write_all(all);
  }
  asio::awaitable<void> listen() {
    std::array<std::byte, 64> room{};
    for (;;) {
      const auto size = co_await client_->read_some(room);
      if (!size || *size == 0) break;
      arrived.append(reinterpret_cast<const char*>(room.data()), *size);
      arrived_at = clock.now();
    }
    ended = true;
  }

  std::unique_ptr<net::Transport> client_, server_;
};

TEST_F(Link, a_reset_comes_after_the_byte_it_was_drawn_for_and_only_once) {
  faults.cuts = {{start, 7, false}};
  open();
  send("12345");
  EXPECT_FALSE(ended);
  send("67890");
  EXPECT_EQ(arrived, "1234567");
  EXPECT_TRUE(ended);
  EXPECT_EQ(cuts->at(0), start);
  arrived.clear();
  ended = false;
  open();
  send("1234567890");
  EXPECT_EQ(arrived, "1234567890") << "the next connection is well";
}

TEST_F(Link, a_half_open_line_says_nothing_more_and_does_not_end) {
  faults.cuts = {{start, 3, true}};
  open();
  send("12345");
  send("6");
  clock.run_until(start + 1h);
  EXPECT_EQ(arrived, "123");
  EXPECT_FALSE(ended);
}

TEST_F(Link, a_cut_waits_for_its_instant) {
  faults.cuts = {{start + 1min, 0, false}};
  open();
  send("12345");
  EXPECT_EQ(arrived, "12345");
  clock.run_until(start + 2min);
  send("6");
  EXPECT_TRUE(ended);
}

TEST_F(Link, a_slow_line_takes_its_time) {
  faults.slow = {{start, start + 1min}};
  faults.slow_bytes_per_second = 10;
  open();
  send("12345");
  clock.run_until(start + 10s);
  EXPECT_EQ(arrived_at, start + 500ms);
}

TEST_F(Link, a_burst_arrives_at_its_end) {
  faults.bursty = {{start, start + 1min}};
  faults.burst = 400ms;
  open();
  clock.run_until(start + 130ms);
  send("12345");
  clock.run_until(start + 10s);
  EXPECT_EQ(arrived_at, start + 400ms);
}

}  // namespace
}  // namespace opt_data::sim
