// Historical bars over the wire: against the simulated gateway, which keeps the broker's rules.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>

#include "gateway/session.h"
#include "net/memory_pipe.h"
#include "observe/tee.h"
#include "sim/gateway_fixture.h"

namespace opt_data::gateway {
namespace {

using namespace std::chrono_literals;
using sim::at_clock;
using sim::StubMarket;

// The call 1, at 2.50 to 2.60 from the open and dearer from 10:15 on; it is 12:00.
class SessionHistory : public testing::Test {
 protected:
  SessionHistory() {
    market_.quotes[1][at_clock(9h + 30min)] = StubMarket::two_sided(2.5, 2.6);
    MarketQuote later = StubMarket::two_sided(2.7, 2.8);
    later.last = later.open = later.high = later.low = 2.75;
    later.volume = 12;
    later.last_at = at_clock(10h + 15min);
    market_.quotes[1][at_clock(10h + 15min)] = later;
  }

  void serve() { gateway_.emplace(market_, clock_, sim_, 7); }

  void with_session(std::function<asio::awaitable<void>(TwsSession&)> test) {
    serve();
    const auto done = clock_.run_until_done(run(std::move(test)));
    ASSERT_TRUE(done.has_value()) << "the test waits for something that never comes";
  }

  asio::awaitable<bool> run(std::function<asio::awaitable<void>(TwsSession&)> test) {
    const Connector connect = [this]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
      auto [near, far] = net::MemoryPipe::make();
      asio::co_spawn(io_, gateway_->serve(std::move(far)), asio::detached);
      co_return std::unique_ptr<net::Transport>(std::move(near));
    };
    auto session = co_await TwsSession::open(connect, options_, clock_, budgets_, events_);
    EXPECT_TRUE(session) << session.error().message;
    if (session) (void)co_await test(**session);
    co_return true;
  }

  // By default the bar that ends at 10:30.
  static HistoryRequest request(
      BarContent what = BarContent::bid_ask, std::chrono::microseconds end = 10h + 30min,
      std::chrono::seconds duration = bar_length) {
    HistoryRequest wanted;
    wanted.contract = StubMarket::option(1, Right::call);
    wanted.what = what;
    wanted.end = at_clock(end);
    wanted.duration = duration;
    return wanted;
  }

  asio::io_context io_;
  sim::SimClock clock_{io_, at_clock(12h)};
  StubMarket market_;
  sim::SimOptions sim_;
  std::optional<sim::SimGateway> gateway_;
  SessionOptions options_;
  PacingBudgets budgets_{
      {clock_, PacingLimit{45, 1s, PacingLimit::unlimited}},
      {clock_, PacingLimit{PacingLimit::unlimited, 1s, 95}},
      {clock_, PacingLimit{}},
      {clock_, PacingLimit{60, 605s, 45}}};
  observe::Counters events_;
};

TEST_F(SessionHistory, a_bar_of_quotes_holds_averages_and_one_of_trades_the_volume) {
  with_session([](TwsSession& session) -> asio::awaitable<void> {
    const HistoryRequest quotes = request();
    const auto sides = co_await session.historical_bars(quotes);
    EXPECT_TRUE(sides) << sides.error().message;
    EXPECT_EQ(sides->bars.size(), 1u);
    const HistoryBar bar = sides->bars.at(0);
    EXPECT_EQ(bar.start, at_clock(10h));
    EXPECT_DOUBLE_EQ(*bar.open, 2.6);
    EXPECT_DOUBLE_EQ(*bar.close, 2.7);
    EXPECT_EQ(bar.low, 2.5);
    EXPECT_EQ(bar.high, 2.8);
    EXPECT_EQ(bar.volume, std::nullopt);
    EXPECT_GT(sides->answered_at, sides->asked_at);
    const HistoryRequest trades = request(BarContent::trades, 10h + 30min, 1h);
    const auto traded = co_await session.historical_bars(trades);
    const HistoryBar only{at_clock(10h), 2.75, 2.75, 2.75, 2.75, 12};
    EXPECT_EQ(traded->bars, std::vector<HistoryBar>{only});
  });
  EXPECT_EQ(gateway_->counters().history_paced, 0u);
}

TEST_F(SessionHistory, nothing_recorded_is_an_answer) {
  with_session([](TwsSession& session) -> asio::awaitable<void> {
    const HistoryRequest early = request(BarContent::trades, 10h);
    const auto answer = co_await session.historical_bars(early);
    EXPECT_TRUE(answer) << answer.error().message;
    EXPECT_TRUE(answer->bars.empty());
    EXPECT_EQ(answer->not_entitled, "");
  });
}

TEST_F(SessionHistory, an_account_that_may_not_is_told_apart_from_a_contract_without_history) {
  sim_.entitlement = sim::Entitlement::delayed;
  with_session([](TwsSession& session) -> asio::awaitable<void> {
    const HistoryRequest wanted = request();
    const auto answer = co_await session.historical_bars(wanted);
    EXPECT_TRUE(answer) << answer.error().message;
    EXPECT_NE(answer->not_entitled.find("permissions"), std::string::npos) << answer->not_entitled;
  });
}

TEST_F(SessionHistory, what_is_not_listed_is_refused_with_its_code) {
  with_session([](TwsSession& session) -> asio::awaitable<void> {
    HistoryRequest wanted = request();
    wanted.contract.id = 0;
    wanted.contract.strike = Strike::from_usd(101.5);
    const auto answer = co_await session.historical_bars(wanted);
    EXPECT_EQ(answer.error().kind, ErrorKind::refused);
    EXPECT_EQ(answer.error().code, 200);
  });
}

// Both kinds, minute by minute, as fast as the budget lets: 63 units are three more than a window.
TEST_F(SessionHistory, the_pace_is_kept_whatever_is_asked) {
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    for (int i = 0; i < 21; ++i) {
      for (const auto what : {BarContent::bid_ask, BarContent::trades}) {
        const HistoryRequest wanted = request(what, 11h + std::chrono::minutes{i});
        const auto answer = co_await session.historical_bars(wanted);
        EXPECT_TRUE(answer) << answer.error().message;
      }
    }
    EXPECT_GE(clock_.now(), at_clock(12h + 605s));
  });
  EXPECT_EQ(gateway_->counters().history_paced, 0u);
  EXPECT_EQ(gateway_->counters().history_units_high, 60u);
}

TEST_F(SessionHistory, the_same_request_waits_for_fifteen_seconds) {
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    const HistoryRequest wanted = request();
    const auto first = co_await session.historical_bars(wanted);
    const auto second = co_await session.historical_bars(wanted);
    EXPECT_EQ(second->bars, first->bars);
    EXPECT_GE(second->asked_at - first->asked_at, 15s);
    EXPECT_GE(clock_.now(), at_clock(12h + 15s));
  });
  EXPECT_EQ(gateway_->counters().history_paced, 0u);
}

// Somebody else with this account has used up the limit.
TEST_F(SessionHistory, a_pacing_violation_is_told_waited_out_and_asked_again) {
  sim_.faults.history_refusals.push_back(
      {{1, "", {Instant::min(), at_clock(12h + 30s)}}, "Historical data request pacing violation"});
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    const HistoryRequest wanted = request();
    const auto answer = co_await session.historical_bars(wanted);
    EXPECT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->bars.size(), 1u);
    EXPECT_EQ(session.state().pacing_violations, 1u);
    EXPECT_GE(clock_.now(), at_clock(12h + 60s));
  });
  EXPECT_EQ(events_.count("pacing_violation"), 1u);
}

TEST_F(SessionHistory, silence_is_cancelled_and_can_be_asked_again) {
  sim_.faults.silent_history.push_back({1, "", {Instant::min(), at_clock(12h + 60s)}});
  with_session([](TwsSession& session) -> asio::awaitable<void> {
    const HistoryRequest wanted = request();
    const auto silent = co_await session.historical_bars(wanted);
    EXPECT_EQ(silent.error().kind, ErrorKind::unavailable);
    const auto answer = co_await session.historical_bars(wanted);
    EXPECT_TRUE(answer) << answer.error().message;
  });
  EXPECT_EQ(gateway_->counters().history_open_high, 1u) << "the silent one was given up";
}

TEST_F(SessionHistory, nothing_is_asked_at_its_deadline_or_later) {
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    for (int i = 0; i < 30; ++i) {
      const HistoryRequest wanted = request(BarContent::bid_ask, 11h + std::chrono::minutes{i});
      EXPECT_TRUE(co_await session.historical_bars(wanted));
    }
    HistoryRequest late = request(BarContent::bid_ask, 11h + 50min);
    late.until = at_clock(12h + 5min);
    const auto answer = co_await session.historical_bars(late);
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(clock_.now(), at_clock(12h + 5min));
  });
  EXPECT_EQ(gateway_->counters().history_requests, 30u);
}

TEST_F(SessionHistory, a_broken_farm_of_the_past_holds_the_past_and_nothing_else) {
  options_.hold = 10min;
  sim_.faults.notices = {{at_clock(12h + 10s), 2105, ""}, {at_clock(12h + 50s), 2106, ""}};
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await clock_.wait_until(at_clock(12h + 20s)));
    QuoteRequest live;
    live.contract = StubMarket::option(1, Right::call);
    EXPECT_TRUE(co_await session.quote(live));
    EXPECT_LT(clock_.now(), at_clock(12h + 50s));
    const HistoryRequest wanted = request();
    const auto answer = co_await session.historical_bars(wanted);
    EXPECT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->asked_at, at_clock(12h + 50s));
  });
  EXPECT_EQ(events_.count("farm_down"), 1u);
}

TEST_F(SessionHistory, a_session_that_is_lost_says_so) {
  sim_.faults.disconnect_at = {at_clock(12h + 5s)};
  sim_.faults.silent_history.push_back({});
  with_session([](TwsSession& session) -> asio::awaitable<void> {
    const HistoryRequest wanted = request();
    const auto answer = co_await session.historical_bars(wanted);
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(session.lost());
  });
}

}  // namespace
}  // namespace opt_data::gateway
