#include "sim/witness.h"

#include "sim/gateway_fixture.h"
#include "sim/scenario.h"
#include "sim/troubled_market.h"

namespace opt_data::sim {
namespace {

// Frames as they cross the server's end, without a gateway.
class Witnessed : public testing::Test {
 protected:
  Witnessed() {
    auto [here, there] = net::MemoryPipe::make();
    client = std::move(here);
    server = witness.beside(std::move(there), clock);
    asio::co_spawn(io, read(), asio::detached);
    ask(tws::encode_hello(tws::ClientHello{176, 178, ""}));
    answer(tws::encode_hello(tws::ServerHello{178, "20251121 10:00:00 EST"}));
  }
  void ask(const std::string& bytes) { put(*client, bytes); }
  void ask(const tws::ClientMessage& message) {
    std::string bytes;
    tws::encode(bytes, message, 178);
    ask(bytes);
  }
  void answer(const std::string& bytes) { put(*server, bytes); }
  void answer(const tws::ServerMessage& message) {
    std::string bytes;
    tws::encode(bytes, message, 178);
    answer(bytes);
  }
  void subscribe(tws::RequestId request, ContractId id) {
    tws::RequestMarketData message;
    message.request = request;
    message.contract.con_id = id;
    message.contract.sec_type = "OPT";
    message.contract.right = "C";
    message.contract.exchange = "SMART";
    ask(message);
  }

  asio::io_context io;
  SimClock clock{io, at_clock(10h)};
  Witness witness{{3, 100, 3, 2}};
  std::unique_ptr<net::Transport> client, server;

 private:
  void put(net::Transport& into, const std::string& bytes) {
    const auto write = [](net::Transport& to, std::string all) -> asio::awaitable<void> {
      (void)co_await to.write_all(std::as_bytes(std::span<const char>(all.data(), all.size())));
    };
    asio::co_spawn(io, write(into, bytes), asio::detached);
    clock.run_until(clock.now());
  }
  asio::awaitable<void> read() {
    std::array<std::byte, 4096> room{};
    for (;;) {
      const auto size = co_await server->read_some(room);
      if (!size || *size == 0) break;
    }
  }
};

TEST_F(Witnessed, a_value_was_told_for_its_contract_and_at_its_time) {
  subscribe(1, 77);
  clock.run_until(at_clock(10h + 1s));
  answer(tws::TickPrice{1, tws::Tick::bid, 1.25, 10.0, 1});
  const Instant now = clock.now();
  EXPECT_TRUE(witness.was_told(77, Told::bid, 1.25, now, now));
  EXPECT_TRUE(witness.was_told(77, Told::bid_size, 10, now, now));
  EXPECT_FALSE(witness.was_told(78, Told::bid, 1.25, now, now));
  EXPECT_FALSE(witness.was_told(77, Told::ask, 1.25, now, now));
  EXPECT_FALSE(witness.was_told(77, Told::bid, 1.25, now + 1us, now + 1h));
}

TEST_F(Witnessed, the_fourth_message_in_a_second_is_one_too_many) {
  for (int i = 0; i < 3; ++i) ask(tws::RequestCurrentTime{});
  clock.run_until(at_clock(10h + 1s));
  ask(tws::RequestCurrentTime{});
  EXPECT_TRUE(witness.violations().empty());
  clock.run_until(at_clock(10h + 1s + 999ms));
  for (int i = 0; i < 3; ++i) ask(tws::RequestCurrentTime{});
  EXPECT_EQ(witness.violations().size(), 1u);
}

TEST_F(Witnessed, a_line_is_held_until_its_cancel_or_its_refusal) {
  const auto later = [&] { clock.run_until(clock.now() + 1min); };
  subscribe(1, 71);
  subscribe(2, 72);
  answer(tws::ErrorNotice{1, 200, "no such contract", ""});
  later();
  subscribe(3, 73);
  ask(tws::CancelMarketData{2});
  later();
  subscribe(4, 74);
  later();
  subscribe(5, 75);
  EXPECT_TRUE(witness.violations().empty());
  later();
  subscribe(6, 76);
  ASSERT_EQ(witness.violations().size(), 1u);
  EXPECT_NE(witness.violations()[0].find("4 lines open, 3 are allowed"), std::string::npos);
}

TEST_F(Witnessed, a_question_ends_with_the_first_tick_the_refusal_or_its_time) {
  const auto later = [&](std::chrono::seconds by) { clock.run_until(clock.now() + by); };
  subscribe(1, 71);
  subscribe(2, 72);
  answer(tws::TickPrice{1, tws::Tick::bid, 1.25, 10.0, 1});
  subscribe(3, 73);
  answer(tws::ErrorNotice{2, 200, "no such contract", ""});
  later(2s);
  ask(tws::CancelMarketData{1});
  subscribe(4, 74);  // With the third: two.
  later(2s);
  ask(tws::CancelMarketData{3});
  subscribe(5, 75);  // With the fourth.
  EXPECT_TRUE(witness.violations().empty());
  later(1s);
  ask(tws::CancelMarketData{5});
  later(1s);
  subscribe(6, 76);
  EXPECT_TRUE(witness.violations().empty());
  later(1s);
  ask(tws::CancelMarketData{4});
  subscribe(7, 77);
  EXPECT_TRUE(witness.violations().empty());
  later(4s);
  subscribe(8, 78);  // The sixth was asked five seconds ago, the seventh four.
  EXPECT_TRUE(witness.violations().empty());
  ask(tws::CancelMarketData{6});
  subscribe(9, 79);
  ASSERT_EQ(witness.violations().size(), 1u);
  EXPECT_NE(
      witness.violations()[0].find("3 options asked about at once, 2 are allowed"),
      std::string::npos);
}

TEST(Witness, its_hash_sees_six_decimals_of_a_model_and_everything_of_a_price) {
  const auto hash_of = [](double iv, double bid) {
    asio::io_context io;
    SimClock clock(io, at_clock(10h));
    Witness heard(ClientLimits{});
    auto [here, there] = net::MemoryPipe::make();
    const auto server = heard.beside(std::move(there), clock);
    tws::TickOptionComputation model;
    model.request = 1;
    model.tick = tws::Tick::model_option;
    model.implied_vol = iv;
    std::string bytes = tws::encode_hello(tws::ServerHello{178, "20251121 10:00:00 EST"});
    tws::encode(bytes, tws::ServerMessage(model), 178);
    tws::encode(bytes, tws::TickPrice{1, tws::Tick::bid, bid, 1.0, 1}, 178);
    const auto write = [](net::Transport& to, std::string all) -> asio::awaitable<void> {
      (void)co_await to.write_all(std::as_bytes(std::span<const char>(all.data(), all.size())));
    };
    asio::co_spawn(io, write(*server, bytes), asio::detached);
    clock.run_until(clock.now());
    return heard.hash();
  };
  EXPECT_EQ(hash_of(0.25, 1.5), hash_of(0.25 + 1e-9, 1.5));
  EXPECT_NE(hash_of(0.25, 1.5), hash_of(0.2501, 1.5));
  EXPECT_NE(hash_of(0.25, 1.5), hash_of(0.25, 1.51));
}

// ---- a market with troubles

class TroubledDay : public testing::Test {
 protected:
  TroubledDay() {
    stub.quotes[1] = {
        {at_clock(10h), StubMarket::two_sided(1, 2)},
        {at_clock(11h), StubMarket::two_sided(3, 4)},
        {at_clock(12h), StubMarket::two_sided(5, 6)}};
    stub.quotes[StubMarket::stock_id] = stub.quotes[1];
  }
  TroubledMarket with(Trouble kind) {
    const MarketTrouble trouble{kind, "STUB", {at_clock(10h + 30min), at_clock(11h + 30min)}};
    return TroubledMarket(stub, {trouble}, at_clock(9h));
  }
  StubMarket stub;
};

TEST_F(TroubledDay, a_frozen_chain_stands_still_while_its_underlying_moves) {
  const TroubledMarket market = with(Trouble::frozen_chain);
  EXPECT_EQ(market.quote(1, at_clock(11h + 29min)).bid.price, 1);
  EXPECT_EQ(market.quote(StubMarket::stock_id, at_clock(11h + 29min)).bid.price, 3);
  EXPECT_EQ(market.quote(1, at_clock(11h + 30min)).bid.price, 3);
  EXPECT_EQ(market.next_change(1, at_clock(10h + 45min)), at_clock(11h + 30min));
}

TEST_F(TroubledDay, a_halt_stops_both) {
  const TroubledMarket market = with(Trouble::halted);
  EXPECT_EQ(market.quote(1, at_clock(11h)).bid.price, 1);
  EXPECT_EQ(market.quote(StubMarket::stock_id, at_clock(11h)).bid.price, 1);
}

TEST_F(TroubledDay, a_crossed_quote_bids_above_its_ask) {
  stub.contracts.push_back(StubMarket::option(3, Right::call));
  stub.quotes[3] = stub.quotes[1];
  const TroubledMarket market = with(Trouble::crossed);
  EXPECT_EQ(market.quote(3, at_clock(11h)).bid.price, 4);
  EXPECT_EQ(market.quote(3, at_clock(11h)).ask.price, 3);
  EXPECT_EQ(market.quote(1, at_clock(11h)).bid.price, 3) << "every third one only";
  EXPECT_EQ(market.quote(3, at_clock(11h + 30min)).bid.price, 3);
}

// ---- scenarios

TEST(DrawnScenario, the_same_seed_draws_the_same_day_and_another_seed_another) {
  const Scenario one = draw_scenario(7), again = draw_scenario(7), other = draw_scenario(8);
  EXPECT_EQ(one.date, again.date);
  EXPECT_EQ(faults_in(one), faults_in(again));
  EXPECT_EQ(one.kills, again.kills);
  EXPECT_TRUE(one.date != other.date || faults_in(one) != faults_in(other));
}

TEST(DrawnScenario, every_kind_of_fault_comes_and_some_days_are_calm) {
  std::set<std::string> kinds;
  int calm = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const Scenario scenario = draw_scenario(seed);
    const auto faults = faults_in(scenario);
    kinds.insert(faults.begin(), faults.end());
    calm += disturbances(scenario).empty() ? 1 : 0;
  }
  for (const char* kind : {"100",         "1100",           "1101",
                           "1102",        "1300",           "2103",
                           "2105",        "2108",           "competing",
                           "crash_after", "crash_before",   "crossed",
                           "cut_reset",   "cut_half_open",  "disconnect_at",
                           "down",        "duplicates",     "entitlement_changes",
                           "farm_down",   "few_lines",      "frozen_chain",
                           "garbage",     "half_open",      "halted",
                           "id_lingers",  "clock_skew",     "kills",
                           "late_greeks", "no_space",       "sync_failed",
                           "partial",     "permuted_ticks", "refusals",
                           "refuse",      "silent",         "slow_link",
                           "bursty_link", "split_frames"})
    EXPECT_TRUE(kinds.contains(kind)) << kind;
  EXPECT_GT(calm, 50);
}

}  // namespace
}  // namespace opt_data::sim
