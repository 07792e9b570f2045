#include "serve/live.h"

#include "observe/heartbeat.h"
#include "serve/serve_fixture.h"

namespace opt_data::serve {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class LiveTest : public testing::Test {
 protected:
  // Nobody reads any more: who looks for them ends.
  void TearDown() override {
    io.restart();
    io.run();
  }
  std::string next(const net::HttpResponse& response) {
    const auto piece = wait(io, response.pieces->next());
    return piece && *piece ? **piece : "the end";
  }
  // What comes until `word` does; a ping says that there was no news for a heartbeat.
  std::string until(const net::HttpResponse& response, std::string_view word) {
    std::string all;
    for (int i = 0; i < 100 && all.find(word) == std::string::npos; ++i) all += next(response);
    return all;
  }

  Machine machine;
  asio::io_context io;
  Desks desks{machine.sources, 1};
  LiveTimes times{.period = 1ms, .heartbeat = 20ms, .age_max = 60min};
  Live live{desks, io.get_executor(), times};
};

TEST_F(LiveTest, a_reader_hears_first_how_things_stand) {
  const auto reader = live.subscribe().value();
  EXPECT_EQ(reader.content_type, "text/event-stream");
  EXPECT_THAT(next(reader), HasSubstr("retry: 1000"));
  EXPECT_THAT(
      until(reader, "event: status"),
      AllOf(HasSubstr(R"("date":"2025-10-06")"), HasSubstr(R"("state":"stopped")")));
  EXPECT_THAT(until(reader, "event: ping"), Not(HasSubstr("event: status")));
}

TEST_F(LiveTest, hears_of_a_collector_and_of_its_slot) {
  const auto ledger = machine.ledger();
  const auto reader = live.subscribe().value();
  until(reader, "event: status");
  const Slot slot = machine.sources.grid(machine.date).slots().front();
  const store::JobKey job{store::JobKind::snapshot, machine.date, slot.index};
  ASSERT_TRUE(ledger->expect(slot, {{1, "AAPL"}, {2, "AAPL"}}));
  ASSERT_TRUE(ledger->start_job(job, "i", slot.at));
  EXPECT_THAT(
      until(reader, "event: day\n"),
      AllOf(HasSubstr(R"("expected":2)"), HasSubstr(R"(data: {"date":"2025-10-06"})")));
  observe::Heartbeat beat;
  beat.pid = 7;
  beat.since = beat.at = slot.at;
  beat.machine = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  store::RealDisk disk;
  ASSERT_TRUE(store::write_atomically(disk, machine.sources.heartbeat(), observe::to_json(beat)));
  EXPECT_THAT(until(reader, R"("state":"running")"), HasSubstr(R"("pid":7)"));
}

TEST_F(LiveTest, a_slow_reader_misses_states_between_but_not_the_last) {
  const auto ledger = machine.ledger();
  const auto quick = live.subscribe().value(), slow = live.subscribe().value();
  const Slot slot = machine.sources.grid(machine.date).slots().front();
  std::vector<store::ExpectedContract> contracts;
  for (int count = 1; count <= 5; ++count) {
    contracts.push_back({count, "AAPL"});
    ASSERT_TRUE(ledger->expect(slot, contracts));
    until(quick, fmt::format(R"("expected":{})", count));
  }
  const std::string heard = until(slow, R"("expected":5)");
  EXPECT_THAT(heard, Not(HasSubstr(R"("expected":3)")));
}

TEST_F(LiveTest, there_are_places_for_so_many_and_they_come_back) {
  std::vector<net::HttpResponse> readers;
  for (std::size_t i = 0; i < Live::readers_max; ++i) readers.push_back(live.subscribe().value());
  const auto refused = live.subscribe();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  readers.pop_back();
  EXPECT_TRUE(live.subscribe());
  readers.clear();
  EXPECT_EQ(live.readers(), 0u);
}

TEST(LiveReader, connects_anew_after_a_while) {
  Machine machine;
  asio::io_context io;
  Desks desks(machine.sources, 1);
  Live live(desks, io.get_executor(), {.period = 1ms, .heartbeat = 1ms, .age_max = 0min});
  {
    const auto reader = live.subscribe().value();
    EXPECT_FALSE(wait(io, reader.pieces->next()).value());
  }
  io.restart();
  io.run();
}

}  // namespace
}  // namespace opt_data::serve
