#include "notify/alerter.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "notify/notify_fixture.h"
#include "observe/tee.h"
#include "sim/sim_clock.h"

namespace opt_data::notify {
namespace {

using namespace std::chrono_literals;
using observe::Level;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const Instant morning = new_york(std::chrono::year{2025} / 10 / 6, 9h + 30min);

// A state directory, and any number of processes one after the other.
class Alerts : public testing::Test {
 protected:
  struct Process {
    Process(Alerts& test, Instant start) : clock(io, start), events({&heard}) {
      std::vector<std::unique_ptr<Channel>> channels;
      for (auto& [name, receiver] : test.receivers)
        channels.push_back(std::make_unique<MemoryChannel>(name, receiver));
      auto queue = AlertQueue::open(test.folder / "alerts.sqlite", test.options);
      EXPECT_TRUE(queue) << queue.error().message;
      run.set({.trade_date = "2025-10-06", .job = "snapshot/2025-10-06/00", .ingest_id = "1"});
      alerter.emplace(
          test.rules, *std::move(queue), std::move(channels), run, clock, events, metrics);
      events.add(*alerter);
      alerter->start(io.get_executor());
    }
    void until(Instant when) { clock.run_until(when); }
    void on(const observe::Event& event) { events.on(event); }
    double failed(const char* channel) {
      return metrics.value("optdata_alert_attempts_failed_total", {channel});
    }

    asio::io_context io;
    sim::SimClock clock;
    observe::Run run;
    observe::Counters heard;
    observe::Tee events;
    observe::Metrics metrics;
    std::optional<Alerter> alerter;
  };

  store::TemporaryFolder folder;
  std::map<std::string, Receiver> receivers{{"webhook", {}}};
  AlertRules rules{.codes = {"verdict_failed"}, .ignored = {"tiresome"}};
  QueueOptions options;
};

TEST_F(Alerts, are_raised_by_level_and_by_code) {
  Process process(*this, morning);
  process.on(event_of("job_missed", Level::error));
  process.on(event_of("verdict_failed", Level::info));
  process.on(event_of("woke_late", Level::warning));
  process.on(event_of("tiresome", Level::critical));
  process.until(morning + 1min);
  ASSERT_THAT(receivers["webhook"].accepted, SizeIs(2));
  const Alert& alert = receivers["webhook"].accepted[0];
  EXPECT_EQ(alert.code, "job_missed");
  EXPECT_EQ(alert.trade_date, "2025-10-06");
  EXPECT_EQ(alert.job, "snapshot/2025-10-06/00");
  EXPECT_EQ(alert.at, morning);
  EXPECT_THAT(alert.key, SizeIs(32));
  EXPECT_EQ(receivers["webhook"].accepted[1].code, "verdict_failed");
}

// The receiver is down for an hour, and the process does not live as long.
TEST_F(Alerts, outlive_a_receiver_that_is_away_and_a_restart_and_arrive_once) {
  receivers["other"] = {};
  receivers["webhook"].mood = Receiver::Mood::refuses;
  {
    Process first(*this, morning);
    for (int i = 0; i < 20; ++i) {
      first.on(event_of("code_" + std::to_string(i)));
      first.until(morning + (i + 1) * 90s);
    }
    EXPECT_THAT(receivers["webhook"].accepted, SizeIs(0));
    EXPECT_EQ(first.heard.count("alerts_wait"), 1u) << "said once, not with every attempt";
    EXPECT_EQ(first.metrics.value("optdata_alerts_waiting", {"webhook"}), 20);
  }  // Killed; nothing is written at the end.
  Process second(*this, morning + 32min);
  second.until(morning + 60min);
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(0));
  EXPECT_LE(receivers["webhook"].asked, 20) << "it is not hammered";
  receivers["webhook"].mood = Receiver::Mood::accepts;
  second.until(morning + 80min);
  for (const char* channel : {"webhook", "other"}) {
    const Receiver& receiver = receivers[channel];
    ASSERT_THAT(receiver.accepted, SizeIs(20)) << channel;
    EXPECT_THAT(receiver.by_key(), SizeIs(20)) << channel << ": each once";
    for (std::size_t i = 0; i < 20; ++i)
      EXPECT_EQ(receiver.accepted[i].code, "code_" + std::to_string(i)) << "in their order";
  }
  EXPECT_EQ(receivers["other"].accepted[0].key, receivers["webhook"].accepted[0].key);
  EXPECT_EQ(second.heard.count("alerts_flow"), 1u);
  Process third(*this, morning + 2h);
  third.until(morning + 4h);
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(20)) << "and nothing is repeated";
}

// It said yes, and the yes was lost: nobody can know, so it is sent again under the same key.
TEST_F(Alerts, whose_answer_was_lost_are_sent_again_with_their_key) {
  receivers["webhook"].mood = Receiver::Mood::accepts_silently;
  Process process(*this, morning);
  process.on(event_of("job_missed"));
  process.until(morning + 10s);
  receivers["webhook"].mood = Receiver::Mood::accepts;
  process.until(morning + 1h);
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(2));
  EXPECT_THAT(receivers["webhook"].by_key(), SizeIs(1));
}

TEST_F(Alerts, of_one_kind_are_counted_within_the_cool_down) {
  Process process(*this, morning);
  for (int i = 0; i < 5; ++i) {
    process.on(event_of("slot_missed"));
    process.until(morning + (i + 1) * 5min);
  }
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(1));
  EXPECT_EQ(process.metrics.value("optdata_alerts_held_back_total"), 4);
  process.until(morning + 2h);
  process.on(event_of("slot_missed"));
  process.until(morning + 3h);
  ASSERT_THAT(receivers["webhook"].accepted, SizeIs(2));
  EXPECT_EQ(receivers["webhook"].accepted[1].more, 4);
  EXPECT_NE(receivers["webhook"].accepted[0].key, receivers["webhook"].accepted[1].key);
  EXPECT_THAT(sentence(receivers["webhook"].accepted[1]), HasSubstr("(4 more like it)"));
  // Another day is another matter.
  process.run.set({.trade_date = "2025-10-07", .job = "", .ingest_id = ""});
  process.on(event_of("slot_missed"));
  process.until(morning + 4h);
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(3));
}

TEST_F(Alerts, that_wait_tell_how_many_more_there_were) {
  receivers["webhook"].mood = Receiver::Mood::refuses;
  Process process(*this, morning);
  for (int i = 0; i < 5; ++i) process.on(event_of("slot_missed"));
  process.until(morning + 10min);
  receivers["webhook"].mood = Receiver::Mood::accepts;
  process.until(morning + 1h);
  ASSERT_THAT(receivers["webhook"].accepted, SizeIs(1));
  EXPECT_EQ(receivers["webhook"].accepted[0].more, 4);
}

TEST_F(Alerts, are_bounded_and_those_that_found_no_room_are_counted) {
  options.waiting_max = 3;
  receivers["webhook"].mood = Receiver::Mood::refuses;
  Process process(*this, morning);
  for (int i = 0; i < 10; ++i) process.on(event_of("code_" + std::to_string(i)));
  EXPECT_EQ(process.metrics.value("optdata_alerts_dropped_total"), 7);
  receivers["webhook"].mood = Receiver::Mood::accepts;
  process.until(morning + 1h);
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(3)) << "the first ones, which say how it began";
}

TEST_F(Alerts, that_are_days_old_are_no_news) {
  receivers["webhook"].mood = Receiver::Mood::refuses;
  Process process(*this, morning);
  process.on(event_of("job_missed"));
  process.until(morning + 100h);
  receivers["webhook"].mood = Receiver::Mood::accepts;
  process.on(event_of("gateway_unavailable"));
  process.until(morning + 101h);
  ASSERT_THAT(receivers["webhook"].accepted, SizeIs(1));
  EXPECT_EQ(receivers["webhook"].accepted[0].code, "gateway_unavailable");
}

TEST_F(Alerts, tell_of_a_gateway_that_stays_away) {
  Process process(*this, morning);
  process.on(event_of("gateway_lost", Level::warning, "the peer closed the connection"));
  process.until(morning + 9min);
  process.on(event_of("gateway_back", Level::info));
  process.until(morning + 30min);
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(0)) << "it came back by itself";
  process.on(event_of("gateway_away", Level::warning, "nobody answers"));
  process.until(morning + 35min);
  process.on(event_of("gateway_away", Level::debug, "nobody answers"));
  process.until(morning + 41min);
  ASSERT_THAT(receivers["webhook"].accepted, SizeIs(1));
  EXPECT_EQ(receivers["webhook"].accepted[0].code, "gateway_away_long");
  EXPECT_THAT(receivers["webhook"].accepted[0].message, HasSubstr("10:00:00"));
  process.until(morning + 5h);
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(1));
}

TEST_F(Alerts, of_a_gateway_that_no_job_waits_for_are_none) {
  Process process(*this, morning);
  process.on(event_of("gateway_lost", Level::warning));
  process.until(morning + 3min);
  process.alerter->job_ended();
  process.until(morning + 5h);
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(0));
}

TEST_F(Alerts, hold_neither_accounts_nor_secrets) {
  Process process(*this, morning);
  process.run.hide("hunter2hunter2");
  process.on(event_of("gateway_lost_for_good", Level::error, "U1234567 hunter2hunter2"));
  process.until(morning + 1min);
  ASSERT_THAT(receivers["webhook"].accepted, SizeIs(1));
  const std::string text = json_of(receivers["webhook"].accepted[0]);
  EXPECT_THAT(text, Not(HasSubstr("1234567")));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST_F(Alerts, a_process_that_leaves_waits_until_each_was_tried) {
  receivers["other"] = {};
  receivers["other"].mood = Receiver::Mood::refuses;
  Process process(*this, morning);
  for (int i = 0; i < 3; ++i) process.on(event_of("code_" + std::to_string(i)));
  const auto leave = [](Process& one) -> asio::awaitable<bool> {
    co_await one.alerter->tried(morning + 1h);
    co_return true;
  };
  EXPECT_TRUE(process.clock.run_until_done(leave(process)).has_value());
  EXPECT_THAT(receivers["webhook"].accepted, SizeIs(3));
  EXPECT_LT(process.clock.now(), morning + 10s) << "a receiver that is away holds up nobody";
}

TEST(AlertQueue, of_a_newer_version_is_left_alone) {
  const store::TemporaryFolder folder;
  const auto path = folder / "alerts.sqlite";
  {
    auto file = store::SqliteFile::open(path, store::SqliteFile::Access::write).value();
    ASSERT_TRUE(file->run("PRAGMA user_version = 99"));
  }
  const auto queue = AlertQueue::open(path, {});
  ASSERT_FALSE(queue);
  EXPECT_EQ(queue.error().kind, ErrorKind::invalid_input);
}

TEST(AlertQueue, stays_small_over_weeks) {
  const store::TemporaryFolder folder;
  auto queue = AlertQueue::open(folder / "alerts.sqlite", {.remember = 24h * 4}).value();
  Instant now = morning;
  for (int day = 0; day < 30; ++day, now += 24h) {
    for (int i = 0; i < 6; ++i) {
      Alert alert;
      alert.code = "code_" + std::to_string(i);
      alert.trade_date = iso(in_new_york(now).day);
      alert.message = std::string(500, 'x');
      alert.at = now;
      ASSERT_EQ(queue->raise(alert, {"webhook"}).value(), Raised::queued);
      const auto next = queue->next("webhook", now).value();
      ASSERT_TRUE(next);
      ASSERT_TRUE(queue->delivered("webhook", next->id, now));
    }
  }
  auto file =
      store::SqliteFile::open(folder / "alerts.sqlite", store::SqliteFile::Access::read).value();
  store::SqliteQuery rows(
      *file, "SELECT (SELECT count(*) FROM alerts), (SELECT count(*) FROM deliveries)");
  ASSERT_TRUE(rows.step());
  EXPECT_LE(rows.integer(0), 5 * 6);
  EXPECT_EQ(rows.integer(1), rows.integer(0));
}

TEST(Alert, reads_back_what_it_writes) {
  Alert alert;
  alert.key = std::string(32, 'a');
  alert.code = "verdict_failed";
  alert.level = Level::critical;
  alert.trade_date = "2025-10-06";
  alert.symbol = "AAPL";
  alert.slot = "10:30";
  alert.message = "a <b> & \"c\" \xff";
  alert.at = morning;
  alert.more = 2;
  const Alert read = alert_of(json_of(alert)).value();
  EXPECT_EQ(read.key, alert.key);
  EXPECT_EQ(read.level, Level::critical);
  EXPECT_EQ(read.at, morning);
  EXPECT_EQ(read.slot, "10:30");
  EXPECT_EQ(read.more, 2);
  EXPECT_EQ(
      sentence(read),
      "CRITICAL verdict_failed, 2025-10-06 10:30 AAPL: a <b> & \"c\" \xEF\xBF\xBD "
      "(2 more like it)");
  EXPECT_THAT(slack_json(read), HasSubstr("a &lt;b&gt; &amp; "));
  EXPECT_THAT(discord_json(read), HasSubstr(R"("allowed_mentions":{"parse":[]})"));
  EXPECT_FALSE(alert_of("{}"));
}

TEST(Alert, is_never_longer_than_a_receiver_takes) {
  Alert alert;
  alert.code = "x";
  for (int i = 0; i < 2000; ++i) alert.message += "\xC3\xA9";
  EXPECT_LT(discord_json(alert).size(), 1900u);
}

}  // namespace
}  // namespace opt_data::notify
