// A gateway that plays a transcript, asked by a client that asks in its own order, with its own
// ids.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "net/memory_pipe.h"
#include "sim/replay_gateway.h"
#include "sim/sim_clock.h"
#include "tws/codec.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;

// Two requests whose answers are mixed, an open line that is cancelled, and one asked twice.
constexpr std::string_view recorded = R"(opt-data-transcript 1
1 0.000000 open 2025-11-21T15:00:00.000000Z
1 0.000100 hello v176..178
1 0.010000 < 178|20251121 10:00:00 EST|
1 0.020000 > 71|2|101||
1 0.030000 < 15|1|[account]|
1 0.030000 < 9|1|1|
1 0.040000 < 4|2|-1|2104|Market data farm connection is OK:usfarm||
1 1.000000 > 1|11|1000|17||OPT||0.0|||SMART||USD|||0|101|0|0||
1 1.010000 > 1|11|1001|18||OPT||0.0|||SMART||USD|||0|101|0|0||
1 1.100000 < 58|1|1001|1|
1 1.200000 < 58|1|1000|1|
1 1.250000 < 1|6|1000|1|2.5|10|0|
1 1.300000 < 4|2|1001|200|No security definition has been found for the request||
1 1.500000 > 2|2|1000|
1 1.600000 < 1|6|1000|2|2.6|11|0|
1 2.000000 > 1|11|1002|17||OPT||0.0|||SMART||USD|||0|101|0|0||
1 2.100000 < 58|1|1002|3|
1 3.000000 > 49|1|
1 3.010000 < 49|1|1763737208|
1 5.000000 <end 
)";

class Replay : public testing::Test {
 protected:
  void serve(std::string_view text = recorded, double speed = 1) {
    const auto transcript = tws::parse_transcript(text);
    ASSERT_TRUE(transcript) << transcript.error().message;
    auto script = ReplayScript::read(*transcript);
    ASSERT_TRUE(script) << script.error().message;
    clock_.emplace(io_, script->opened());
    start_ = script->opened();
    ReplayOptions options;
    options.speed = speed;
    options.unmatched = [this](std::string_view what) { unmatched_.emplace_back(what); };
    gateway_.emplace(*std::move(script), *clock_, options);
    auto [near, far] = net::MemoryPipe::make();
    pipe_ = std::move(near);
    asio::co_spawn(io_, gateway_->serve(std::move(far)), asio::detached);
    asio::co_spawn(io_, listen(), asio::detached);
    say(tws::encode_hello(tws::ClientHello{176, 178, ""}));
    ask(tws::StartApi{7, ""});
    clock_->run_until(start_ + 100ms);
  }

  void say(const std::string& bytes) {
    asio::co_spawn(
        io_,
        [this, bytes]() -> asio::awaitable<void> {
          (void)co_await pipe_->write_all(std::as_bytes(std::span(bytes)));
        },
        asio::detached);
  }
  void ask(const tws::ClientMessage& message) {
    std::string frame;
    tws::encode(frame, message, 178);
    say(frame);
  }
  void ask_line(tws::RequestId id, std::int64_t contract, std::string_view ticks = "101") {
    tws::RequestMarketData message;
    message.request = id;
    message.contract.con_id = contract;
    message.contract.sec_type = "OPT";
    message.contract.strike = 0;
    message.contract.exchange = "SMART";
    message.contract.currency = "USD";
    message.generic_ticks = ticks;
    ask(message);
  }
  // What came since the last call, '|' for NUL, with milliseconds since the client connected.
  std::vector<std::string> heard() { return std::exchange(heard_, {}); }
  void pass(std::chrono::milliseconds span) { clock_->run_until(clock_->now() + span); }

  asio::awaitable<void> listen() {
    tws::FrameBuffer in;
    for (;;) {
      const auto room = in.prepare(4096);
      const auto size = co_await pipe_->read_some(room);
      if (!size || *size == 0) break;
      in.commit(*size);
      for (auto frame = in.next(); frame && *frame; frame = in.next()) {
        std::string text(**frame);
        std::replace(text.begin(), text.end(), '\0', '|');
        const auto at =
            std::chrono::duration_cast<std::chrono::milliseconds>(clock_->now() - start_);
        heard_.push_back(fmt::format("{} {}", at.count(), text));
      }
    }
    closed_ = true;
  }

  using Lines = std::vector<std::string>;
  asio::io_context io_;
  std::optional<SimClock> clock_;
  std::optional<ReplayGateway> gateway_;
  std::unique_ptr<net::MemoryPipe> pipe_;
  Instant start_{};
  Lines heard_;
  Lines unmatched_;
  bool closed_ = false;
};

TEST_F(Replay, greets_any_client_as_it_greeted_the_recorded_one) {
  serve();
  EXPECT_EQ(
      heard(), (Lines{
                   "0 178|20251121 10:00:00 EST|", "10 15|1|[account]|", "10 9|1|1|",
                   "20 4|2|-1|2104|Market data farm connection is OK:usfarm||"}));
}

TEST_F(Replay, answers_by_contract_with_the_ids_of_whoever_asks) {
  serve();
  heard();
  ask_line(5, 18);
  ask_line(77, 17, "100,101,106");  // Other ticks than were recorded; the contract is the same.
  pass(1s);
  EXPECT_EQ(
      heard(), (Lines{
                   "190 58|1|5|1|", "300 58|1|77|1|", "350 1|6|77|1|2.5|10|0|",
                   "390 4|2|5|200|No security definition has been found for the request||"}));
  EXPECT_TRUE(unmatched_.empty());
}

TEST_F(Replay, a_cancel_ends_a_line_but_for_what_came_late) {
  serve();
  heard();
  ask_line(1, 17);
  pass(220ms);
  ask(tws::CancelMarketData{1});
  pass(1s);
  EXPECT_EQ(heard(), (Lines{"300 58|1|1|1|", "420 1|6|1|2|2.6|11|0|"}));
}

TEST_F(Replay, the_second_question_gets_the_second_answer_and_so_does_every_later_one) {
  serve();
  for (const int id : {1, 2, 3}) {
    heard();
    ask_line(id, 17);
    pass(500ms);
    const Lines lines = heard();
    ASSERT_EQ(lines.size(), id == 1 ? 2u : 1u);
    EXPECT_NE(lines[0].find(fmt::format(" 58|1|{}|{}|", id, id == 1 ? 1 : 3)), std::string::npos)
        << lines[0];
  }
}

TEST_F(Replay, what_was_never_recorded_is_an_error_that_names_it) {
  serve();
  heard();
  ask_line(4, 99);
  pass(1ms);
  EXPECT_EQ(
      heard(),
      (Lines{"100 4|2|4|321|Error validating request.-'replay' : cause - request 1 for  OPT, "
             "contract 99 is not in the transcript that is replayed||"}));
  EXPECT_EQ(unmatched_.size(), 1u);
  EXPECT_EQ(gateway_->counters().unmatched, 1u);
}

TEST_F(Replay, tells_the_time_with_the_recorded_skew) {
  serve();
  heard();
  ask(tws::RequestCurrentTime{});
  pass(1ms);
  // 15:00:00.1, and the recorded gateway was five seconds ahead (to a second: it tells no less).
  EXPECT_EQ(heard(), Lines{"100 49|1|1763737205|"});
}

TEST_F(Replay, ends_the_connection_where_it_was_ended) {
  serve();
  ask_line(1, 17);
  ask_line(2, 17);
  pass(2900ms);
  EXPECT_FALSE(closed_);
  pass(200ms);
  EXPECT_TRUE(closed_);
}

TEST_F(Replay, at_speed_zero_everything_comes_at_once) {
  serve(recorded, 0);
  EXPECT_EQ(heard().back().rfind("0 4|2|-1|2104|", 0), 0u);
  ask_line(5, 18);
  pass(1ms);
  EXPECT_EQ(heard().size(), 2u);
}

TEST_F(Replay, plays_garbage_as_it_came) {
  std::string text(recorded.substr(0, recorded.find("1 1.1")));
  text += "1 1.100000 <? HTTP/1.1\n";
  serve(text);
  ask_line(1, 18);
  pass(1s);
  EXPECT_FALSE(closed_);  // It is the client who gives up.
}

TEST(ReplayScript, a_greeting_alone_is_no_conversation) {
  const auto transcript = tws::parse_transcript(recorded.substr(0, recorded.find("1 0.02")));
  ASSERT_TRUE(transcript);
  EXPECT_EQ(ReplayScript::read(*transcript).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace opt_data::sim
