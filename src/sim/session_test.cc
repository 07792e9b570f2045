#include "sim/gateway_fixture.h"

namespace opt_data::sim {
namespace {

using tws::ErrorNotice;

class SimGatewaySession : public GatewayTest {};

TEST_F(SimGatewaySession, negotiates_the_smaller_version_and_trims_the_offer) {
  for (const auto& [offer, version] : std::vector<std::pair<const char*, const char*>>{
           {"v176..178", "178"},
           {"v100..193", "178"},
           {"v176..176 ", "176"},
           {"v177", "177"},
           {"v157..178 +PACEAPI", "178"}}) {
    const auto it = connect();
    it->hello(offer);
    ASSERT_EQ(it->heard().size(), 1u) << offer;
    EXPECT_EQ(it->heard()[0].payload.substr(0, 4), std::string(version) + '\0') << offer;
    EXPECT_EQ(it->heard()[0].payload.substr(4), std::string("20251121 10:00:00 EST") + '\0');
  }
}

TEST_F(SimGatewaySession, closes_on_whom_it_cannot_speak_to) {
  for (const char* offer : {"v100..150", "v200..225", "HTTP/1.1"}) {
    const auto it = connect();
    it->hello(offer);
    EXPECT_TRUE(it->closed()) << offer;
    EXPECT_TRUE(it->bytes().empty()) << offer;
  }
  const auto it = connect();
  it->send_bytes("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(it->closed());
}

TEST_F(SimGatewaySession, says_nothing_before_start_api) {
  const auto it = connect();
  it->hello();
  it->send(tws::RequestCurrentTime{});
  it->send(tws::RequestContractData{5, stock(), false, "", "", ""});
  pass(5s);
  EXPECT_EQ(it->heard().size(), 1u) << "the hello";
  it->send(tws::StartApi{1, ""});
  EXPECT_EQ(it->all<tws::ManagedAccounts>().size(), 1u);
}

TEST_F(SimGatewaySession, names_the_accounts_then_the_next_id_then_the_farms) {
  options.accounts = "DU1,DU2";
  auto& heard = client().heard();
  ASSERT_GE(heard.size(), 6u);
  EXPECT_EQ(std::get<tws::ManagedAccounts>(*heard[1].message).accounts, "DU1,DU2");
  EXPECT_EQ(std::get<tws::NextValidId>(*heard[2].message).id, 1);
  EXPECT_EQ(client().codes(-1), (std::vector<std::int32_t>{2104, 2106, 2158}));
}

TEST_F(SimGatewaySession, refuses_a_client_id_in_use_and_closes) {
  client();
  auto second = connect();
  second->start(17);
  EXPECT_EQ(second->codes(-1), (std::vector<std::int32_t>{326}));
  EXPECT_TRUE(second->all<tws::ManagedAccounts>().empty());
  EXPECT_TRUE(second->closed());
  auto third = connect();
  third->start(18);
  EXPECT_FALSE(third->closed());
  third.reset();
  auto fourth = connect();
  fourth->start(18);
  EXPECT_EQ(fourth->all<tws::NextValidId>().size(), 1u)
      << "an id is free again after its connection";
}

TEST_F(SimGatewaySession, tells_the_time_of_its_clock) {
  client();
  pass(90s);
  client().send(tws::RequestCurrentTime{});
  ASSERT_EQ(client().all<tws::CurrentTime>().size(), 1u);
  EXPECT_EQ(
      client().all<tws::CurrentTime>()[0].epoch_seconds, micros(at_clock(10h + 90s)) / 1'000'000);
}

TEST_F(SimGatewaySession, takes_no_orders) {
  client();
  std::string frame;
  tws::append_frame(
      frame, std::string(
                 "3\0"
                 "1\0"
                 "265598\0",
                 11));
  client().send_bytes(frame);
  EXPECT_EQ(client().codes(-1).back(), 321);
  EXPECT_NE(client().error_text(-1, 321).find("Read-Only"), std::string::npos);
  EXPECT_EQ(gateway().counters().orders_refused, 1u);
}

TEST_F(SimGatewaySession, ignores_messages_it_does_not_know) {
  client();
  const std::size_t before = client().heard().size();
  std::string frame;
  tws::append_frame(
      frame, std::string(
                 "999\0"
                 "7\0",
                 6));
  client().send_bytes(frame);
  pass(1s);
  EXPECT_EQ(client().heard().size(), before);
  EXPECT_FALSE(client().closed());
  EXPECT_EQ(gateway().counters().unknown_messages, 1u);
}

TEST_F(SimGatewaySession, says_which_request_it_could_not_read) {
  client();
  std::string frame;
  tws::append_frame(
      frame, std::string(
                 "59\0"
                 "1\0"
                 "live\0",
                 10));
  client().send_bytes(frame);
  EXPECT_EQ(client().codes(-1).back(), 320);
}

TEST_F(SimGatewaySession, serves_no_head_time_stamps_and_no_real_time_bars_and_says_so) {
  client().send(tws::RequestHeadTimestamp{32, stock(), false, true, "TRADES", 2});
  client().send(tws::RequestRealTimeBars{33, stock(), 5, "TRADES", true});
  EXPECT_EQ(client().codes(32), (std::vector<std::int32_t>{162}));
  EXPECT_EQ(client().codes(33), (std::vector<std::int32_t>{420}));
}

TEST_F(SimGatewaySession, rejects_messages_above_the_rate_and_disconnects_at_the_third) {
  client();  // startApi was the first message of this second.
  for (int i = 0; i < 49; ++i) client().send(tws::RequestCurrentTime{});
  EXPECT_EQ(client().all<tws::CurrentTime>().size(), 49u);
  client().send(tws::RequestCurrentTime{});
  EXPECT_EQ(client().all<tws::CurrentTime>().size(), 49u) << "a rejected message is not executed";
  EXPECT_EQ(client().codes(-1).back(), 100);
  pass(1s);
  client().send(tws::RequestCurrentTime{});
  EXPECT_EQ(client().all<tws::CurrentTime>().size(), 50u) << "a second later the window is open";
  for (int i = 0; i < 51; ++i) client().send(tws::RequestCurrentTime{});
  EXPECT_TRUE(client().closed());
  EXPECT_EQ(gateway().counters().rate_rejected, 3u);
  EXPECT_EQ(gateway().counters().messages_in_a_second_high, 51u);
}

TEST_F(SimGatewaySession, gives_the_same_bytes_for_the_same_seed_and_the_same_bytes) {
  std::vector<std::string> told;
  for (int run = 0; run < 2; ++run) {
    asio::io_context own_io;
    SimClock own_clock(own_io, at_clock(10h));
    gateway();
    SimGateway own(*market, own_clock, options, seed());
    TestClient it(own_io, own_clock, own);
    it.start();
    it.send(tws::RequestSecDefOptParams{1, "AAPL", "", "STK", market->underlyings()[0].id});
    tws::RequestId request = 10;
    for (const OptionContract& option : listed()) {
      if (++request == 40) break;
      it.send(stream(request, by_id(option), "100,101,106"));
    }
    own_clock.run_until(at_clock(10h + 20s));
    told.push_back(it.bytes());
  }
  EXPECT_GT(told[0].size(), 20'000u);
  EXPECT_EQ(told[0], told[1]);
}

}  // namespace
}  // namespace opt_data::sim
