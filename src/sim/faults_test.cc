#include <algorithm>
#include <iostream>
#include <string>

#include "sim/gateway_fixture.h"

namespace opt_data::sim {
namespace {

using tws::Tick;

class SimGatewayFaults : public GatewayTest {
 protected:
  void ask(tws::RequestId request, const tws::Contract& contract, std::string_view generics = "") {
    client().send(stream(request, contract, generics));
  }
};

TEST_F(SimGatewayFaults, a_silent_contract_holds_a_line_and_says_nothing) {
  const OptionContract& option = near_the_money();
  gateway().faults().silent.push_back({option.id, "SMART", {at_clock(9h), at_clock(10h + 30s)}});
  tws::Contract elsewhere = by_id(option);
  elsewhere.exchange = "CBOE";
  ask(1, by_id(option));
  ask(2, elsewhere);
  ask(3, by_id(near_the_money(Right::put)));
  pass(30s);
  ask(4, by_id(option));
  pass(5s);
  EXPECT_EQ(client().order(1), "");
  EXPECT_NE(client().order(2), "") << "another exchange answers";
  EXPECT_NE(client().order(3), "");
  EXPECT_NE(client().order(4), "") << "later it answers";
  EXPECT_EQ(gateway().counters().lines, 2u);
}

TEST_F(SimGatewayFaults, some_of_a_thousand_are_silent_and_a_second_try_is_another_draw) {
  options.faults.silent_per_thousand = 300;
  options.lines_max = 1000;
  options.messages_per_second = 1000;
  tws::RequestId request = 0;
  for (const OptionContract& option : listed()) {
    if (++request > 200) break;
    ask(request, by_id(option));
  }
  pass(3s);
  std::size_t silent = 0;
  for (request = 1; request <= 200; ++request) silent += client().order(request).empty();
  EXPECT_GT(silent, 30u);
  EXPECT_LT(silent, 90u);
}

TEST_F(SimGatewayFaults, greeks_and_generics_may_never_come) {
  options.faults.no_greeks.push_back({});
  options.faults.no_generics.push_back({});
  ask(1, by_id(near_the_money()), "100,101");
  pass(1min);
  const auto models = client().all<tws::TickOptionComputation>(1);
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0].implied_vol, std::nullopt);
  EXPECT_EQ(client().order(1).find(" 27"), std::string::npos);
}

TEST_F(SimGatewayFaults, a_disconnect_closes_every_socket_and_frees_ids_and_lines) {
  options.faults.disconnect_at = {at_clock(10h + 10s)};
  ask(1, by_id(near_the_money()));
  pass(9s);
  EXPECT_FALSE(client().closed());
  pass(2s);
  EXPECT_TRUE(client().closed());
  EXPECT_EQ(gateway().counters().lines, 0u);
  const auto again = connect();
  again->start(17);
  EXPECT_EQ(again->all<tws::NextValidId>().size(), 1u);
  gateway().drop_connections();
  pass(1ms);
  EXPECT_TRUE(again->closed());
}

TEST_F(SimGatewayFaults, a_refused_connection_is_closed_at_once) {
  options.faults.refuse = {{at_clock(10h), at_clock(10h + 10s)}};
  const auto refused = connect();
  refused->start();
  EXPECT_TRUE(refused->closed());
  EXPECT_TRUE(refused->bytes().empty());
  pass(10s);
  EXPECT_FALSE(client().closed());
}

TEST_F(SimGatewayFaults, a_half_open_connection_stays_and_answers_nothing) {
  options.faults.half_open = {{at_clock(10h + 5s), at_clock(11h)}};
  ask(1, by_id(near_the_money()));
  pass(5s);
  const std::size_t before = client().bytes().size();
  client().send(tws::RequestCurrentTime{});
  pass(1min);
  EXPECT_EQ(client().bytes().size(), before);
  EXPECT_FALSE(client().closed());
}

TEST_F(SimGatewayFaults, split_frames_are_the_same_bytes) {
  const OptionContract& option = near_the_money();
  ask(1, by_id(option), "100,101,106");
  pass(3s);
  const std::string whole = client().bytes();
  options.faults.split_frames = true;
  asio::io_context own_io;
  SimClock own_clock(own_io, at_clock(10h));
  SimGateway own(*market, own_clock, options, seed());
  TestClient split(own_io, own_clock, own);
  split.start();
  split.send(stream(1, by_id(option), "100,101,106"));
  own_clock.run_until(at_clock(10h + 3s));
  EXPECT_EQ(split.bytes(), whole);
}

TEST_F(SimGatewayFaults, a_competing_session_pauses_requests_that_resume_without_a_close) {
  options.faults.competing = {{at_clock(10h + 10s), at_clock(10h + 40s)}};
  ask(1, by_id(near_the_money()));
  pass(20s);
  ask(2, by_id(near_the_money(Right::put)));
  pass(15s);
  EXPECT_EQ(client().codes(1), (std::vector<std::int32_t>{10197}));
  EXPECT_EQ(client().codes(2), (std::vector<std::int32_t>{10197}));
  const std::size_t before = client().heard().size();
  pass(4s);
  EXPECT_EQ(client().heard().size(), before) << "nothing while the other session lasts";
  pass(10s);
  EXPECT_EQ(client().all<tws::MarketDataTypeNotice>(1).size(), 2u);
  EXPECT_EQ(client().all<tws::MarketDataTypeNotice>(2).size(), 1u);
  const std::string order = client().order(2);
  EXPECT_EQ(order.find(" 9 "), std::string::npos) << order;
}

TEST_F(SimGatewayFaults, lost_connectivity_keeps_or_drops_the_subscriptions) {
  options.faults.notices = {
      {at_clock(10h + 10s), 1100, ""},
      {at_clock(10h + 20s), 1102, ""},
      {at_clock(10h + 40s), 1100, ""},
      {at_clock(10h + 50s), 1101, ""},
      {at_clock(10h + 55s), 2103, ""}};
  ask(1, by_id(near_the_money()));
  pass(15s);
  const std::size_t before = client().heard().size();
  pass(4s);
  EXPECT_EQ(client().heard().size(), before);
  pass(10s);
  EXPECT_EQ(client().all<tws::MarketDataTypeNotice>(1).size(), 2u) << "1102: it goes on";
  pass(31s);
  EXPECT_EQ(gateway().counters().lines, 0u) << "1101: it is gone";
  client().send(tws::CancelMarketData{1});
  EXPECT_EQ(client().codes(1), (std::vector<std::int32_t>{300}));
  const auto codes = client().codes(-1);
  EXPECT_EQ(
      std::vector<std::int32_t>(codes.end() - 5, codes.end()),
      (std::vector<std::int32_t>{1100, 1102, 1100, 1101, 2103}));
}

TEST_F(SimGatewayFaults, a_refusal_is_one_error_and_holds_no_line) {
  gateway().faults().refusals = {{{near_the_money().id, "", {at_clock(10h), at_clock(11h)}}, 200}};
  ask(1, by_id(near_the_money()));
  pass(5s);
  EXPECT_EQ(client().codes(1), (std::vector<std::int32_t>{200}));
  EXPECT_EQ(gateway().counters().lines, 0u);
}

TEST_F(SimGatewayFaults, partial_data_says_so_and_has_no_model) {
  options.faults.partial.push_back({});
  ask(1, by_id(near_the_money()));
  pass(30s);
  const auto codes = client().codes(1);
  ASSERT_EQ(codes.size(), 1u);
  EXPECT_TRUE(codes[0] == 10090 || codes[0] == 10091);
  EXPECT_FALSE(client().all<tws::TickPrice>(1).empty());
  for (const auto& model : client().all<tws::TickOptionComputation>(1))
    EXPECT_EQ(model.implied_vol, std::nullopt);
}

TEST_F(SimGatewayFaults, late_greeks_come_late) {
  options.faults.late_greeks.push_back({});
  options.faults.greeks_late_by = 9s;
  ask(1, by_id(near_the_money()));
  pass(9s);
  for (const auto& model : client().all<tws::TickOptionComputation>(1))
    EXPECT_EQ(model.implied_vol, std::nullopt);
  pass(4s);
  const auto models = client().all<tws::TickOptionComputation>(1);
  EXPECT_TRUE(
      std::ranges::any_of(models, [](const auto& model) { return model.implied_vol.has_value(); }));
}

TEST_F(SimGatewayFaults, who_loses_live_data_in_mid_air_is_told_354) {
  options.faults.entitlement_changes = {{at_clock(10h + 5s), Entitlement::delayed_after_refusal}};
  ask(1, by_id(near_the_money()));
  pass(10s);
  EXPECT_EQ(client().codes(1), (std::vector<std::int32_t>{354}));
  EXPECT_EQ(gateway().counters().lines, 0u) << "a request for live data ends with it";
  client().send(tws::RequestMarketDataType{3});
  ask(2, by_id(near_the_money()));
  pass(5s);
  EXPECT_EQ(client().all<tws::MarketDataTypeNotice>(2).at(0).type, 3);
}

TEST_F(SimGatewayFaults, a_request_for_delayed_data_is_revived) {
  options.faults.entitlement_changes = {{at_clock(10h + 5s), Entitlement::delayed_after_refusal}};
  client().send(tws::RequestMarketDataType{3});
  ask(1, by_id(near_the_money()));
  pass(10s);
  EXPECT_EQ(client().codes(1).at(0), 354);
  const auto types = client().all<tws::MarketDataTypeNotice>(1);
  ASSERT_EQ(types.size(), 2u);
  EXPECT_EQ(types[0].type, 1);
  EXPECT_EQ(types[1].type, 3);
}

TEST_F(SimGatewayFaults, duplicates_and_other_orders_change_no_value) {
  const auto values = [](TestClient& of) {
    std::map<tws::Tick, std::optional<double>> last;
    for (const auto& tick : of.all<tws::TickPrice>(1)) last[tick.tick] = tick.price;
    return last;
  };
  ask(1, by_id(near_the_money()));
  pass(400ms);
  const auto plain = values(client());
  const std::size_t frames = client().heard().size();
  options.faults.duplicates_per_thousand = 1000;
  options.faults.permuted_ticks = true;
  asio::io_context own_io;
  SimClock own_clock(own_io, at_clock(10h));
  SimGateway own(*market, own_clock, options, seed());
  TestClient other(own_io, own_clock, own);
  other.start();
  other.send(stream(1, by_id(near_the_money())));
  own_clock.run_until(at_clock(10h + 400ms));
  EXPECT_EQ(values(other), plain);
  EXPECT_GT(other.heard().size(), frames);
}

TEST_F(SimGatewayFaults, a_farm_that_is_down_says_so_and_its_data_comes_back) {
  options.faults.farm_down = {{at_clock(10h + 5s), at_clock(10h + 20s)}};
  ask(1, by_id(near_the_money()));
  pass(6s);
  const std::size_t before = client().heard().size();
  pass(13s);
  EXPECT_EQ(client().heard().size(), before);
  pass(10s);
  EXPECT_GT(client().heard().size(), before + 5);
  const auto codes = client().codes(-1);
  EXPECT_EQ(codes.at(codes.size() - 2), 2103);
  EXPECT_EQ(codes.back(), 2104);
}

TEST_F(SimGatewayFaults, a_restart_closes_everybody_and_the_old_id_lingers) {
  options.faults.down = {{at_clock(10h + 5s), at_clock(10h + 15s)}};
  options.faults.id_lingers = 30s;
  client();
  pass(6s);
  EXPECT_TRUE(client().closed());
  const auto early = connect();
  early->start(17);
  EXPECT_TRUE(early->closed()) << "nobody is there";
  pass(10s);
  const auto again = connect();
  again->start(17);
  EXPECT_EQ(again->codes(-1), (std::vector<std::int32_t>{326}));
  pass(30s);
  const auto late = connect();
  late->start(17);
  EXPECT_EQ(late->all<tws::NextValidId>().size(), 1u);
}

TEST_F(SimGatewayFaults, after_100_and_1300_the_connection_is_closed) {
  options.faults.notices = {{at_clock(10h + 5s), 100, ""}, {at_clock(10h + 30s), 1300, ""}};
  client();
  pass(6s);
  EXPECT_EQ(client().codes(-1).back(), 100);
  EXPECT_TRUE(client().closed());
  const auto again = connect();
  again->start(18);
  pass(30s);
  EXPECT_EQ(again->codes(-1).back(), 1300);
  EXPECT_TRUE(again->closed());
}

TEST_F(SimGatewayFaults, its_clock_may_be_wrong) {
  options.faults.clock_skew = 90s;
  client().send(tws::RequestCurrentTime{});
  pass(1ms);
  const std::int64_t right = micros(at_clock(10h)) / 1'000'000;
  EXPECT_EQ(client().all<tws::CurrentTime>().at(0).epoch_seconds, right + 90);
}

// A peer that reads the hello and then nothing more.
class DeafTransport : public net::Transport {
 public:
  DeafTransport(std::string said, bool& closed) : said_(std::move(said)), closed_(closed) {}

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    while (said_.empty() && !closed_) {
      OPT_CO_TRY_VOID(co_await changed_.wait());
    }
    const std::size_t size = std::min(into.size(), said_.size());
    std::copy_n(std::as_bytes(std::span(said_)).begin(), size, into.begin());
    said_.erase(0, size);
    co_return size;
  }
  asio::awaitable<Result<void>> write_all(std::span<const std::byte>) override {
    if (!closed_) {
      OPT_CO_TRY_VOID(co_await changed_.wait());
    }
    co_return fail(ErrorKind::unavailable, "closed");
  }
  void close() override {
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::string said_;
  bool& closed_;
  Signal changed_;
};

TEST_F(SimGatewayFaults, who_does_not_read_is_dropped_and_holds_up_nobody) {
  options.outbox_bytes_max = 20'000;
  std::string said = tws::encode_hello(tws::ClientHello{176, 178, ""});
  tws::encode(said, tws::StartApi{99, ""}, 178);
  tws::RequestId request = 0;
  for (const OptionContract& option : listed()) {
    if (++request > 40) break;
    tws::encode(said, stream(request, by_id(option)), 178);
  }
  bool dropped = false;
  asio::co_spawn(
      io, gateway().serve(std::make_unique<DeafTransport>(said, dropped)), asio::detached);
  ask(1, by_id(near_the_money()));
  pass(2min);
  EXPECT_TRUE(dropped);
  EXPECT_EQ(gateway().counters().slow_readers_dropped, 1u);
  EXPECT_FALSE(client().closed());
  EXPECT_GT(client().all<tws::TickSize>(1).size(), 10u);
  EXPECT_EQ(gateway().counters().lines, 1u);
}

// What a collector does to the server in one day, as fast as the limits allow.
TEST_F(SimGatewayFaults, a_day_of_fourteen_slots_takes_the_server_well_under_a_second) {
  std::vector<OptionContract> book = listed();
  book.resize(184);
  const auto begun = std::chrono::steady_clock::now();
  tws::RequestId request = 0;
  for (int slot = 0; slot < 14; ++slot) {
    clock.run_until(at_clock(9h + 30min + slot * 30min));
    const tws::RequestId first = request + 1;
    for (const OptionContract& option : book) {
      if (request - first >= 90) {
        client().send(tws::CancelMarketData{request - 89});
        pass(50ms);
      }
      ask(++request, by_id(option), "100,101,106");
      pass(30ms);
    }
    for (tws::RequestId open = std::max(first, request - 89); open <= request; ++open) {
      client().send(tws::CancelMarketData{open});
      pass(25ms);
    }
  }
  const auto spent = std::chrono::steady_clock::now() - begun;
  const SimCounters& counters = gateway().counters();
  std::cout << "day: " << std::chrono::duration_cast<std::chrono::milliseconds>(spent).count()
            << " ms with the client, " << counters.subscriptions << " subscriptions, "
            << client().heard().size() << " messages, " << counters.models_computed << " models\n";
  EXPECT_EQ(counters.subscriptions, 14u * 184u);
  EXPECT_EQ(counters.error_count(101) + counters.error_count(100), 0u);
  EXPECT_LT(counters.messages_in_a_second_high, 50u);
}

}  // namespace
}  // namespace opt_data::sim
