// A session that is recorded, against the simulated gateway; and what stands in the file.
#include "gateway/recorder.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <functional>

#include "net/memory_pipe.h"
#include "observe/observe_fixture.h"
#include "observe/tee.h"
#include "sim/gateway_fixture.h"
#include "sim/replay_gateway.h"
#include "tws/transcript.h"

namespace opt_data::gateway {
namespace {

using namespace std::chrono_literals;
using sim::StubMarket;
using tws::Mark;

class Recording : public testing::Test {
 protected:
  Recording() {
    market_.quotes[1][sim::at_clock(9h + 30min)] = StubMarket::two_sided(2.5, 2.6);
    MarketQuote stock;
    stock.last = 100;
    stock.last_at = sim::at_clock(9h + 30min);
    market_.quotes[StubMarket::stock_id][sim::at_clock(4h)] = stock;
    market_.interest[1] = 18230;
    sim_.accounts = "DU7654321,family savings";
  }

  template <typename Server>
  Connector to(Server& server) {
    return [this, &server]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
      auto [near, far] = net::MemoryPipe::make();
      asio::co_spawn(io_, server.serve(std::move(far)), asio::detached);
      co_return std::unique_ptr<net::Transport>(std::move(near));
    };
  }

  asio::awaitable<Result<QuoteAnswer>> ask(Connector connect) {
    OPT_CO_TRY(
        auto session, co_await TwsSession::open(connect, options_, clock_, budgets_, events_));
    QuoteRequest wanted;
    wanted.contract = StubMarket::option(1, Right::call);
    auto answer = co_await session->quote(wanted);
    (void)co_await clock_.wait_for(1s);  // The cancel goes out.
    co_return answer;
  }

  Result<QuoteAnswer> asked(Connector connect) {
    auto done = clock_.run_until_done(ask(std::move(connect)));
    if (!done) return fail(ErrorKind::unavailable, "it waits for something that never comes");
    return *std::move(done);
  }

  std::unique_ptr<Recorder> recorder() {
    auto opened = Recorder::open(file_, clock_, events_);
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }
  Result<QuoteAnswer> record() {
    sim::SimGateway gateway(market_, clock_, sim_, 7);
    return asked(recorder()->record(to(gateway)));
  }
  tws::Transcript transcript() {
    auto read = tws::parse_transcript(observe::contents(file_));
    EXPECT_TRUE(read) << read.error().message;
    return *std::move(read);
  }
  void append(std::string_view text) {
    std::ofstream(file_, std::ios::binary | std::ios::app) << text;
  }

  asio::io_context io_;
  sim::SimClock clock_{io_, sim::at_clock(10h)};
  StubMarket market_;
  sim::SimOptions sim_;
  SessionOptions options_;
  PacingBudgets budgets_{
      {clock_, PacingLimit{45, std::chrono::seconds{1}, PacingLimit::unlimited}},
      {clock_, PacingLimit{PacingLimit::unlimited, std::chrono::seconds{1}, 95}},
      {clock_, PacingLimit{}},
      {clock_, PacingLimit{}}};
  observe::Counters events_;
  observe::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "a.transcript";
};

TEST_F(Recording, holds_both_directions_and_when) {
  ASSERT_TRUE(record());
  const auto lines = transcript().lines;
  ASSERT_GT(lines.size(), 10u);
  EXPECT_EQ(lines[0].mark, Mark::open);
  EXPECT_EQ(lines[0].bytes, iso_utc(sim::at_clock(10h)));
  EXPECT_EQ(lines[1].mark, Mark::hello);
  EXPECT_EQ(lines[1].bytes, "v176..178");
  EXPECT_EQ(lines[2].mark, Mark::told);
  EXPECT_EQ(lines[3].mark, Mark::asked);
  EXPECT_EQ(lines.back().mark, Mark::client_closed);
  EXPECT_GT(lines.back().at, 1s);
  std::size_t asked = 0, told = 0;
  for (const auto& line : lines) {
    asked += line.mark == Mark::asked ? 1 : 0;
    told += line.mark == Mark::told ? 1 : 0;
    if (line.mark != Mark::asked) continue;
    EXPECT_TRUE(tws::decode_client(line.bytes, 178)) << line.bytes;
  }
  EXPECT_EQ(asked, 4u);  // startApi, the type of data, a line and its cancel
  EXPECT_GT(told, 10u);
  struct stat is {};
  ASSERT_EQ(::stat(file_.c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 0777U, 0600u);
}

TEST_F(Recording, holds_no_account) {
  // Where no message of ours would have one: in the sentence of an error.
  sim_.faults.notices.push_back(
      {sim::at_clock(10h) + 500ms, 2107,
       "family savings and U12345678 (not DU76543210x) are idle"});
  ASSERT_TRUE(record());
  const std::string text = observe::contents(file_);
  for (const char* secret : {"DU7654321|", "DU7654321,", "family", "savings", "U12345678"})
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  EXPECT_NE(text.find("15|1|[account],[account]|\n"), std::string::npos) << text;
  EXPECT_NE(text.find("[account] and [account] (not DU76543210x) are idle"), std::string::npos);
}

TEST_F(Recording, plays_back_to_the_same_answer) {
  const auto live = record();
  ASSERT_TRUE(live) << live.error().message;
  auto script = sim::ReplayScript::read(transcript());
  ASSERT_TRUE(script) << script.error().message;
  sim::ReplayGateway replay(*std::move(script), clock_, {});
  options_.client_id = 3;
  const Instant from = clock_.now();
  const auto again = asked(to(replay));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(replay.counters().unmatched, 0u);
  EXPECT_EQ(again->quote.bid, live->quote.bid);
  EXPECT_EQ(again->quote.ask, live->quote.ask);
  EXPECT_EQ(again->quote.greeks.iv, live->quote.greeks.iv);
  EXPECT_EQ(again->open_interest, 18230);
  EXPECT_EQ(again->answered_at - from, live->answered_at - sim::at_clock(10h));
}

TEST_F(Recording, is_continued_after_a_crash) {
  ASSERT_TRUE(record());
  const std::size_t before = transcript().lines.size();
  append("1 2.000000 < 4|2|-1|21");
  ASSERT_TRUE(record());
  const auto lines = transcript().lines;
  ASSERT_GT(lines.size(), before);
  EXPECT_EQ(lines[before - 1].connection, 1);
  EXPECT_EQ(lines[before].connection, 2);
  EXPECT_EQ(lines[before].mark, Mark::open);
}

TEST_F(Recording, never_touches_another_file) {
  append("[gateway]\nport = 4002\n");
  const auto refused = Recorder::open(file_, clock_, events_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
  EXPECT_NE(refused.error().message.find("not a transcript"), std::string::npos);
  EXPECT_EQ(observe::contents(file_), "[gateway]\nport = 4002\n");
  EXPECT_FALSE(Recorder::open(folder_.path(), clock_, events_));
  EXPECT_FALSE(Recorder::open(folder_.path() / "none" / "a", clock_, events_));
}

TEST_F(Recording, belongs_to_one_process_at_a_time) {
  const auto first = recorder();
  const auto second = Recorder::open(file_, clock_, events_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("another process"), std::string::npos);
}

// The largest file a process may write stands for a disk that is full.
TEST_F(Recording, that_cannot_go_on_costs_the_session_nothing) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
  rlimit small = usual;
  small.rlim_cur = 700;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto answer = record();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->complete);
  EXPECT_EQ(events_.count("recording_failed"), 1u);
  EXPECT_GT(transcript().lines.size(), 3u);
  EXPECT_EQ(std::filesystem::file_size(file_), 700u);
}

// What follows a length that makes no sense is kept as it came.
TEST_F(Recording, keeps_what_is_no_frame) {
  auto [near, far] = net::MemoryPipe::make();
  const Connector made = recorder()->record(
      [&pipe = near]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
        co_return std::unique_ptr<net::Transport>(std::move(pipe));
      });
  const std::string http = "HTTP/1.1 400 Bad Request\r\n";
  asio::co_spawn(
      io_,
      [&, &end = far]() -> asio::awaitable<void> {
        std::array<std::byte, 64> hello;
        EXPECT_TRUE(co_await end->read_some(hello));
        EXPECT_TRUE(co_await end->write_all(std::as_bytes(std::span(http))));
        end->close();
      },
      asio::detached);
  const auto opened =
      clock_.run_until_done(TwsSession::open(made, options_, clock_, budgets_, events_));
  ASSERT_TRUE(opened);
  EXPECT_FALSE(*opened);
  const auto lines = transcript().lines;
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[2].mark, Mark::stray_told);
  EXPECT_EQ(lines[2].bytes, http);
  EXPECT_EQ(lines[3].mark, Mark::client_closed);
}

}  // namespace
}  // namespace opt_data::gateway
