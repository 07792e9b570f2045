// The session against the simulated gateway, in real bytes over a pipe in memory.
#include "gateway/session.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "net/memory_pipe.h"
#include "observe/tee.h"
#include "sim/gateway_fixture.h"

namespace opt_data::gateway {
namespace {

using namespace std::chrono_literals;
using sim::StubMarket;

// A market with one quoted call, a gateway that sells it, and whoever asks.
class Session : public testing::Test {
 protected:
  Session() {
    market_.quotes[1][sim::at_clock(9h + 30min)] = StubMarket::two_sided(2.5, 2.6);
    market_.quotes[2][sim::at_clock(9h + 30min)] = StubMarket::two_sided(2.4, 2.5);
    MarketQuote stock;
    stock.last = 100;
    stock.last_at = sim::at_clock(9h + 30min);
    stock.previous_close = 99;
    market_.quotes[StubMarket::stock_id][sim::at_clock(4h)] = stock;
    market_.interest[1] = 18230;
  }

  void serve() { gateway_.emplace(market_, clock_, sim_, 7); }

  Connector connector() {
    return [this]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
      auto [near, far] = net::MemoryPipe::make();
      asio::co_spawn(io_, gateway_->serve(std::move(far)), asio::detached);
      co_return std::unique_ptr<net::Transport>(std::move(near));
    };
  }

  // Runs `test` with an open session.
  void with_session(std::function<asio::awaitable<void>(TwsSession&)> test) {
    serve();
    const auto done = clock_.run_until_done(run(std::move(test)));
    ASSERT_TRUE(done.has_value()) << "the test waits for something that never comes";
  }

  asio::awaitable<bool> run(std::function<asio::awaitable<void>(TwsSession&)> test) {
    auto session = co_await TwsSession::open(connector(), options_, clock_, budgets_, events_);
    EXPECT_TRUE(session) << session.error().message;
    if (session) (void)co_await test(**session);
    co_return true;
  }

  static UnderlyingContract stock() {
    UnderlyingContract contract;
    contract.id = StubMarket::stock_id;
    contract.symbol = "STUB";
    return contract;
  }
  QuoteRequest request(ContractId id = 1, Right right = Right::call) const {
    QuoteRequest wanted;
    wanted.contract = StubMarket::option(id, right);
    return wanted;
  }

  asio::io_context io_;
  sim::SimClock clock_{io_, sim::at_clock(10h)};
  StubMarket market_;
  sim::SimOptions sim_;
  std::optional<sim::SimGateway> gateway_;
  SessionOptions options_;
  PacingBudgets budgets_{
      {clock_, PacingLimit{45, std::chrono::seconds{1}, PacingLimit::unlimited}},
      {clock_, PacingLimit{PacingLimit::unlimited, std::chrono::seconds{1}, 95}},
      {clock_, PacingLimit{}},
      {clock_, PacingLimit{}}};
  observe::Counters events_;
};

TEST_F(Session, greets_and_knows_whom_it_talks_to) {
  with_session([](TwsSession& session) -> asio::awaitable<void> {
    EXPECT_EQ(session.state().server_version, 178);
    EXPECT_EQ(session.state().accounts, 1);
    EXPECT_EQ(session.state().client_id, 101);
    co_return;
  });
}

TEST_F(Session, takes_the_next_client_id_when_its_own_is_in_use) {
  serve();
  const auto done = clock_.run_until_done(run([this](TwsSession&) -> asio::awaitable<void> {
    auto second = co_await TwsSession::open(connector(), options_, clock_, budgets_, events_);
    EXPECT_EQ(second.value()->state().client_id, 102);
    SessionOptions stubborn = options_;
    stubborn.client_id_tries = 1;
    const auto third = co_await TwsSession::open(connector(), stubborn, clock_, budgets_, events_);
    EXPECT_EQ(third.error().kind, ErrorKind::unavailable);
    EXPECT_NE(third.error().message.find("in use"), std::string::npos);
  }));
  EXPECT_TRUE(done.has_value());
  EXPECT_EQ(events_.count("client_id_in_use"), 1u);
}

TEST_F(Session, a_quote_holds_prices_greeks_and_open_interest) {
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    const auto answer = co_await session.quote(request());
    EXPECT_TRUE(answer) << answer.error().message;
    EXPECT_TRUE(answer->complete);
    EXPECT_EQ(answer->quote.bid, 2.5);
    EXPECT_EQ(answer->quote.ask_size, 20);
    EXPECT_EQ(answer->quote.type, MarketDataType::live);
    EXPECT_TRUE(answer->quote.greeks.complete());
    EXPECT_EQ(answer->open_interest, 18230);
    EXPECT_GT(answer->answered_at, answer->asked_at);
  });
  EXPECT_EQ(gateway_->counters().lines, 0u);  // The line was cancelled.
}

TEST_F(Session, what_is_not_listed_is_refused_with_its_code) {
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    QuoteRequest wanted = request();
    wanted.contract.id = 0;
    wanted.contract.strike = Strike::from_usd(101.5);
    const auto answer = co_await session.quote(wanted);
    EXPECT_EQ(answer.error().kind, ErrorKind::refused);
    EXPECT_EQ(answer.error().code, 200);
    EXPECT_EQ(budgets_.lines.in_flight(), 0);
  });
}

TEST_F(Session, an_illegal_generic_tick_refuses_the_whole_request) {
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    QuoteRequest wanted = request();
    wanted.generic_ticks = "100,104";
    const auto answer = co_await session.quote(wanted);
    EXPECT_EQ(answer.error().code, 321);
  });
}

TEST_F(Session, greeks_that_never_come_cost_the_timeout_and_nothing_else) {
  sim_.faults.no_greeks.push_back({});
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    const auto answer = co_await session.quote(request());
    EXPECT_TRUE(answer);
    EXPECT_FALSE(answer->complete);
    EXPECT_EQ(answer->quote.bid, 2.5);
    EXPECT_FALSE(answer->quote.greeks.complete());
    EXPECT_EQ(answer->answered_at - answer->asked_at, 12s);
  });
}

// A cancel that follows its subscription within a few milliseconds is answered by an error.
TEST_F(Session, a_line_that_answers_at_once_is_held_for_a_moment) {
  sim_.latency.prices = {1ms, 2ms};
  const auto ask = [this](TwsSession& session) -> asio::awaitable<void> {
    QuoteRequest quick = request();
    quick.greeks = quick.open_interest = false;
    const auto answer = co_await session.quote(quick);
    EXPECT_TRUE(answer->complete);
    EXPECT_LE(answer->answered_at - answer->asked_at, 2ms) << "the answer does not wait for it";
    EXPECT_EQ(budgets_.lines.in_flight(), options_.line_hold_min > 0ms ? 1 : 0);
    (void)co_await clock_.wait_for(1s);
    EXPECT_EQ(budgets_.lines.in_flight(), 0);
  };
  with_session(ask);
  EXPECT_EQ(gateway_->counters().error_count(300), 0u);
  options_.line_hold_min = 0ms;
  with_session(ask);
  EXPECT_EQ(gateway_->counters().error_count(300), 1u) << "what the hold is for";
}

TEST_F(Session, nothing_is_asked_or_listened_to_beyond_its_moment) {
  sim_.faults.silent.push_back({});
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    QuoteRequest late = request();
    late.until = clock_.now() + 2s;
    auto answer = co_await session.quote(late);
    EXPECT_EQ(answer->answered_at, late.until);
    answer = co_await session.quote(late);
    EXPECT_EQ(answer->asked_at, late.until) << "when it would have been asked";
    EXPECT_FALSE(answer->complete);
    EXPECT_EQ(budgets_.lines.in_flight(), 0);
  });
  EXPECT_EQ(gateway_->counters().subscriptions, 1u);
}

TEST_F(Session, silence_ends_with_the_price_timeout) {
  sim_.faults.silent.push_back({});
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    QuoteRequest wanted = request();
    wanted.price_timeout = 5s;
    const auto answer = co_await session.quote(wanted);
    EXPECT_TRUE(answer);
    EXPECT_FALSE(answer->quote.received);
    EXPECT_EQ(answer->answered_at - answer->asked_at, 5s);
  });
}

TEST_F(Session, a_delayed_account_falls_back_once_for_all) {
  sim_.entitlement = sim::Entitlement::delayed;
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      const auto answer = co_await session.quote(request());
      EXPECT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->quote.type, MarketDataType::delayed);
      EXPECT_EQ(answer->quote.bid, 2.5);
    }
  });
  EXPECT_EQ(events_.count("delayed_data"), 1u);
}

TEST_F(Session, a_delayed_account_is_refused_where_delayed_data_is_not_wanted) {
  sim_.entitlement = sim::Entitlement::delayed;
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    QuoteRequest wanted = request();
    wanted.allow_delayed = false;
    const auto answer = co_await session.quote(wanted);
    EXPECT_EQ(answer.error().kind, ErrorKind::refused);
    EXPECT_EQ(answer.error().code, 10168);
  });
}

TEST_F(Session, data_that_revives_after_354_is_taken) {
  sim_.entitlement = sim::Entitlement::delayed_after_refusal;
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    const auto answer = co_await session.quote(request());
    EXPECT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->quote.type, MarketDataType::delayed);
  });
  EXPECT_EQ(gateway_->counters().lines, 0u);
}

TEST_F(Session, a_line_refused_with_10089_is_cancelled) {
  sim_.entitlement = sim::Entitlement::not_for_api;
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    const auto answer = co_await session.quote(request());
    EXPECT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->quote.type, MarketDataType::delayed);
    (void)co_await clock_.wait_for(1s);
  });
  EXPECT_EQ(gateway_->counters().error_count(300), 1u) << "the first line's cancel";
  EXPECT_EQ(gateway_->counters().lines, 0u);
}

TEST_F(Session, fewer_lines_than_budgeted_shrink_the_budget) {
  sim_.lines_max = 1;
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    auto stock = co_await session.underlying("STUB");
    EXPECT_TRUE(stock) << stock.error().message;
    auto watch = co_await session.watch(*stock, true);
    EXPECT_TRUE(watch) << watch.error().message;
    const auto answer = co_await session.quote(request());
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(answer.error().code, 101);
    EXPECT_EQ(budgets_.lines.limit().in_flight_max, 1);
    const auto beside = co_await budgets_.lines.acquire();
    EXPECT_TRUE(beside) << "one question has room beside the watch";
  });
}

TEST_F(Session, chain_and_contracts_are_read_per_expiry_and_class) {
  with_session([](TwsSession& session) -> asio::awaitable<void> {
    auto stock = co_await session.underlying("STUB");
    EXPECT_EQ(stock->id, StubMarket::stock_id);
    auto chain = co_await session.option_chain(*stock);
    EXPECT_EQ(chain->listings.size(), 1u);
    ContractQuery query;
    query.underlying = "STUB";
    query.expiry = chain->listings.front().expiry;
    query.trading_class = "STUB";
    auto contracts = co_await session.contracts(query);
    EXPECT_EQ(contracts->size(), 2u);
    EXPECT_EQ(contracts->front().underlying, "STUB");
    query.strike = Strike::from_usd(55);
    query.right = Right::call;
    const auto nothing = co_await session.contracts(query);
    EXPECT_EQ(nothing.error().code, 200);
  });
}

TEST_F(Session, a_gateway_that_goes_away_releases_every_waiter) {
  sim_.faults.disconnect_at.push_back(sim::at_clock(10h) + 2s);
  sim_.faults.silent.push_back({});
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    const auto answer = co_await session.quote(request());
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(session.lost());
    const auto later = co_await session.quote(request());
    EXPECT_EQ(later.error().kind, ErrorKind::unavailable);
  });
  EXPECT_EQ(events_.count("gateway_lost"), 1u);
}

TEST_F(Session, a_half_open_connection_is_found_by_the_probe) {
  sim_.faults.half_open.push_back({sim::at_clock(10h) + 5s, sim::at_clock(11h)});
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await clock_.wait_for(60s));
    EXPECT_TRUE(session.lost());
  });
  EXPECT_EQ(events_.count("gateway_lost"), 1u);
}

TEST_F(Session, while_another_session_owns_the_data_no_line_is_opened) {
  sim_.faults.competing = {{sim::at_clock(10h + 1min), sim::at_clock(10h + 4min)}};
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    auto watch = co_await session.watch(stock(), true);
    EXPECT_TRUE(watch) << watch.error().message;
    (void)co_await clock_.wait_until(sim::at_clock(10h + 1min) + 1s);
    const auto early = co_await session.ready(clock_.now());
    EXPECT_EQ(early.error().code, 10197);
    const auto subscriptions = gateway_->counters().subscriptions;
    const auto held = co_await session.quote(request());
    EXPECT_EQ(held.error().kind, ErrorKind::unavailable) << "which says nothing of the contract";
    EXPECT_EQ(held.error().code, 10197);
    EXPECT_LE(gateway_->counters().subscriptions, subscriptions + 3) << "a try now and then";
    EXPECT_TRUE(co_await session.ready(sim::at_clock(10h + 10min)));
    (void)co_await clock_.wait_until(sim::at_clock(10h + 5min));
    EXPECT_TRUE((co_await session.quote(request())).has_value());
    EXPECT_EQ(watch.value()->quote().last, 100);
  });
  EXPECT_EQ(events_.count("competing_session"), 1u);
  EXPECT_EQ(events_.count("data_back"), 1u);
}

TEST_F(Session, a_broken_farm_of_options_holds_questions_and_others_do_not) {
  sim_.faults.notices = {
      {sim::at_clock(10h) + 1s, 2103, "Market data farm connection is broken:cashfarm"},
      {sim::at_clock(10h) + 2s, 2103, ""},
      {sim::at_clock(10h) + 20s, 2104, ""}};
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    (void)co_await clock_.wait_until(sim::at_clock(10h) + 1500ms);
    EXPECT_TRUE(co_await session.ready(clock_.now()));
    (void)co_await clock_.wait_until(sim::at_clock(10h) + 3s);
    EXPECT_EQ((co_await session.ready(clock_.now())).error().code, 2103);
    EXPECT_TRUE(co_await session.ready(sim::at_clock(10h + 1min)));
    EXPECT_EQ(clock_.now(), sim::at_clock(10h) + 20s);
  });
}

TEST_F(Session, an_underlying_is_watched_again_after_1101) {
  sim_.faults.notices = {
      {sim::at_clock(10h) + 10s, 1100, ""}, {sim::at_clock(10h) + 20s, 1101, ""}};
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    auto watch = co_await session.watch(stock(), true);
    (void)co_await clock_.wait_until(sim::at_clock(10h) + 15s);
    EXPECT_EQ((co_await session.ready(clock_.now())).error().code, 1100);
    (void)co_await clock_.wait_until(sim::at_clock(10h) + 25s);
    EXPECT_EQ(watch.value()->quote().last, 100);
    EXPECT_EQ(gateway_->counters().lines, 1u);
  });
}

// The socket lives, the gateway tells the time, and no line gets anything.
TEST_F(Session, data_that_stop_while_the_gateway_answers_end_the_session) {
  sim_.faults.silent = {{}};
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    QuoteRequest patient = request();
    patient.timeout = patient.price_timeout = 10min;
    const auto answer = co_await session.quote(patient);
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    EXPECT_NE(answer.error().message.find("not one tick"), std::string::npos);
    EXPECT_TRUE(session.lost());
    EXPECT_LT(clock_.now(), sim::at_clock(10h) + 75s);
  });
  EXPECT_EQ(events_.count("data_stalled"), 1u);
  EXPECT_GT(gateway_->counters().received[49], 0u) << "it was asked for the time";
}

TEST_F(Session, an_idle_session_stays_open) {
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await clock_.wait_for(std::chrono::minutes{30}));
    EXPECT_FALSE(session.lost());
    EXPECT_EQ(gateway_->counters().connections, 1u);
  });
}

TEST_F(Session, frames_may_come_in_pieces) {
  sim_.faults.split_frames = true;
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    const auto answer = co_await session.quote(request());
    EXPECT_TRUE(answer && answer->complete);
  });
}

TEST_F(Session, the_message_rate_stays_below_the_guard) {
  with_session([this](TwsSession& session) -> asio::awaitable<void> {
    for (int i = 0; i < 120; ++i)
      asio::co_spawn(
          io_,
          [](TwsSession& asked, QuoteRequest wanted) -> asio::awaitable<void> {
            EXPECT_TRUE(co_await asked.quote(wanted));
          }(session, request(i % 2 == 0 ? 1 : 2, i % 2 == 0 ? Right::call : Right::put)),
          asio::detached);
    EXPECT_TRUE(co_await clock_.wait_for(60s));
  });
  EXPECT_LE(gateway_->counters().messages_in_a_second_high, 45u);
  EXPECT_EQ(gateway_->counters().error_count(100), 0u);
}

// Somebody else's server on the port: whatever it says, it is told apart from a gateway.
class Impostor : public Session, public testing::WithParamInterface<const char*> {};

TEST_P(Impostor, is_named_as_not_speaking_the_api) {
  const auto connect = [this]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
    auto [near, far] = net::MemoryPipe::make();
    asio::co_spawn(
        io_,
        [](std::unique_ptr<net::MemoryPipe> pipe, std::string says) -> asio::awaitable<void> {
          std::array<std::byte, 64> room;
          (void)co_await pipe->read_some(room);
          (void)co_await pipe->write_all(
              std::as_bytes(std::span<const char>(says.data(), says.size())));
        }(std::move(far), GetParam()),
        asio::detached);
    co_return std::unique_ptr<net::Transport>(std::move(near));
  };
  const auto opened =
      clock_.run_until_done(TwsSession::open(connect, options_, clock_, budgets_, events_));
  ASSERT_TRUE(opened && !*opened);
  const std::string& message = opened->error().message;
  EXPECT_TRUE(
      message.find("does not speak the TWS API") != std::string::npos ||
      message.find("closed the connection") != std::string::npos)
      << message;
}

INSTANTIATE_TEST_SUITE_P(
    Servers, Impostor,
    testing::Values(
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", ""));

}  // namespace
}  // namespace opt_data::gateway
