// Sessions that fall and stand again, against the simulated gateway over a pipe in memory.
#include "gateway/link.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "net/memory_pipe.h"
#include "observe/tee.h"
#include "sim/gateway_fixture.h"

namespace opt_data::gateway {
namespace {

using namespace std::chrono_literals;
using sim::StubMarket;

const Instant ten = sim::at_clock(10h);

class LinkTest : public testing::Test {
 protected:
  LinkTest() {
    market_.quotes[1][sim::at_clock(9h + 30min)] = StubMarket::two_sided(2.5, 2.6);
    MarketQuote stock;
    stock.last = 100;
    stock.last_at = sim::at_clock(9h + 30min);
    market_.quotes[StubMarket::stock_id][sim::at_clock(4h)] = stock;
  }

  Connector connector() {
    return [this]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
      attempts_.push_back(clock_.now());
      if (refuse_until_ > clock_.now())
        co_return fail(ErrorKind::unavailable, "no gateway at 127.0.0.1:4002");
      auto [near, far] = net::MemoryPipe::make();
      asio::co_spawn(io_, gateway_->serve(std::move(far)), asio::detached);
      co_return std::unique_ptr<net::Transport>(std::move(near));
    };
  }

  void with_link(std::function<asio::awaitable<void>(Link&)> test) {
    gateway_.emplace(market_, clock_, sim_, 7);
    const auto done = clock_.run_until_done(run(std::move(test)));
    ASSERT_TRUE(done.has_value()) << "the test waits for something that never comes";
  }
  asio::awaitable<bool> run(std::function<asio::awaitable<void>(Link&)> test) {
    const auto open = [this] {
      return TwsSession::open(connector(), options_, clock_, budgets_, events_);
    };
    Link link(open, link_options_, clock_, events_, Random(11));
    (void)co_await test(link);
    co_return true;
  }

  static UnderlyingContract stock() {
    UnderlyingContract contract;
    contract.id = StubMarket::stock_id;
    contract.symbol = "STUB";
    return contract;
  }
  QuoteRequest request() const {
    QuoteRequest wanted;
    wanted.contract = StubMarket::option(1, Right::call);
    wanted.greeks = wanted.open_interest = false;
    return wanted;
  }

  asio::io_context io_;
  sim::SimClock clock_{io_, ten};
  StubMarket market_;
  sim::SimOptions sim_;
  std::optional<sim::SimGateway> gateway_;
  SessionOptions options_;
  LinkOptions link_options_;
  PacingBudgets budgets_{
      {clock_, PacingLimit{45, std::chrono::seconds{1}, PacingLimit::unlimited}},
      {clock_, PacingLimit{PacingLimit::unlimited, std::chrono::seconds{1}, 95}},
      {clock_, PacingLimit{}},
      {clock_, PacingLimit{}}};
  observe::Counters events_;
  std::vector<Instant> attempts_;
  Instant refuse_until_{};
  std::vector<std::unique_ptr<net::Transport>> far_;
};

TEST_F(LinkTest, opens_its_session_when_somebody_wants_to_ask) {
  with_link([this](Link& link) -> asio::awaitable<void> {
    EXPECT_EQ(link.phase(), LinkPhase::idle);
    EXPECT_EQ((co_await link.quote(request())).error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(attempts_.empty()) << "nobody waits, nothing is tried";
    EXPECT_TRUE(co_await link.ready(clock_.now()));
    EXPECT_EQ(link.phase(), LinkPhase::up);
    EXPECT_TRUE((co_await link.quote(request())).has_value());
  });
}

TEST_F(LinkTest, tries_again_with_growing_waits_while_there_is_time) {
  refuse_until_ = ten + 5min;
  with_link([this](Link& link) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await link.ready(ten + 25min));
    EXPECT_LT(clock_.now(), ten + 5min + 72s) << "the longest wait, and a fifth of it";
  });
  ASSERT_GE(attempts_.size(), 7u);
  EXPECT_LE(attempts_.size(), 12u);
  for (std::size_t i = 1; i + 1 < attempts_.size(); ++i) {
    const auto planned = std::min<std::chrono::microseconds>(1s * (1 << (i - 1)), 60s);
    EXPECT_GE(attempts_[i] - attempts_[i - 1], planned * 8 / 10) << i;
    EXPECT_LE(attempts_[i] - attempts_[i - 1], planned * 12 / 10 + 1us) << i;
  }
  EXPECT_EQ(events_.count(observe::Level::warning, "gateway_away"), 1u) << "told once";
  EXPECT_EQ(events_.count("gateway_back"), 1u);
}

TEST_F(LinkTest, gives_up_when_the_next_attempt_would_come_too_late) {
  refuse_until_ = ten + 1h;
  with_link([this](Link& link) -> asio::awaitable<void> {
    const auto at_once = co_await link.ready(ten);
    EXPECT_EQ(at_once.error().message, "no gateway at 127.0.0.1:4002");
    EXPECT_EQ(clock_.now(), ten);
    EXPECT_EQ(events_.count("gateway_away"), 0u) << "the caller tells it";
    const auto later = co_await link.ready(ten + 3min);
    EXPECT_EQ(later.error().kind, ErrorKind::unavailable);
    EXPECT_LE(clock_.now(), ten + 3min);
  });
}

TEST_F(LinkTest, one_attempt_serves_everybody_who_waits) {
  refuse_until_ = ten + 10s;
  with_link([this](Link& link) -> asio::awaitable<void> {
    int up = 0;
    for (int i = 0; i < 50; ++i) {
      const auto count = [&up](std::exception_ptr, Result<void> done) { up += done ? 1 : 0; };
      asio::co_spawn(io_, link.ready(ten + 1min), count);
    }
    (void)co_await clock_.wait_until(ten + 1min);
    EXPECT_EQ(up, 50);
  });
  EXPECT_LE(attempts_.size(), 6u);
}

TEST_F(LinkTest, a_lost_session_is_followed_by_another) {
  sim_.faults.disconnect_at = {ten + 10s, ten + 30s};
  with_link([this](Link& link) -> asio::awaitable<void> {
    for (const auto lost_at : {ten + 10s, ten + 30s}) {
      EXPECT_TRUE(co_await link.ready(ten + 1h));
      (void)co_await clock_.wait_until(lost_at + 1ms);
      EXPECT_EQ((co_await link.quote(request())).error().kind, ErrorKind::unavailable);
      EXPECT_TRUE(co_await link.ready(ten + 1h));
      EXPECT_TRUE((co_await link.quote(request())).has_value());
      EXPECT_LT(clock_.now(), lost_at + 10s);
    }
  });
  EXPECT_EQ(events_.count(observe::Level::warning, "gateway_lost"), 2u);
  EXPECT_EQ(events_.count("gateway_back"), 2u);
  EXPECT_EQ(events_.count(observe::Level::error), 0u) << "what comes back in time is no error";
}

TEST_F(LinkTest, watches_go_on_in_the_next_session) {
  sim_.faults.disconnect_at = {ten + 10s};
  with_link([this](Link& link) -> asio::awaitable<void> {
    (void)co_await link.ready(ten + 1h);
    auto watch = co_await link.watch(stock(), true);
    EXPECT_TRUE(watch) << watch.error().message;
    EXPECT_EQ(watch.value()->quote().last, 100);
    (void)co_await clock_.wait_until(ten + 11s);
    EXPECT_FALSE(watch.value()->quote().last) << "nothing is known while the line is down";
    (void)co_await link.ready(ten + 1h);
    (void)co_await clock_.wait_for(3s);
    EXPECT_EQ(watch.value()->quote().last, 100);
    watch.value().reset();
    (void)co_await clock_.wait_for(3s);
    EXPECT_EQ(gateway_->counters().lines, 0u);
  });
}

TEST_F(LinkTest, what_never_was_a_gateway_is_not_tried_again) {
  with_link([this](Link&) -> asio::awaitable<void> {
    const Connector other = [this]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
      attempts_.push_back(clock_.now());
      auto [near, far] = net::MemoryPipe::make();
      const std::string answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
      (void)co_await far->write_all(std::as_bytes(std::span<const char>(answer)));
      far_.push_back(std::move(far));
      co_return std::unique_ptr<net::Transport>(std::move(near));
    };
    const auto open = [&] { return TwsSession::open(other, options_, clock_, budgets_, events_); };
    Link link(open, link_options_, clock_, events_, Random(11));
    const auto ready = co_await link.ready(ten + 25min);
    EXPECT_EQ(ready.error().kind, ErrorKind::protocol);
    EXPECT_EQ(clock_.now(), ten);
  });
  EXPECT_EQ(attempts_.size(), 1u);
}

}  // namespace
}  // namespace opt_data::gateway
