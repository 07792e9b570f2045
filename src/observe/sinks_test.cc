#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "observe/console_sink.h"
#include "observe/error_file.h"
#include "observe/event_log.h"
#include "observe/metrics.h"
#include "observe/observe_fixture.h"
#include "observe/once_a_day.h"
#include "observe/tee.h"

namespace opt_data::observe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

TEST(EventLog, appends_a_line_for_each_event_of_its_level) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "log" / "opt-data.jsonl";
  observe::Run run;
  run.set(monday);
  std::ostringstream complaints;
  for (int start = 0; start < 2; ++start) {
    auto log = EventLog::open({.file = file}, run, at_noon, complaints).value();
    log->on(event_of(Level::debug, "tick"));
    log->on(event_of(Level::info, "slot_done", "100 % {} {0} %v"));
    // It is in the file although the log is still open.
    EXPECT_THAT(contents(file), HasSubstr("slot_done"));
    log->on(event_of(Level::critical, "gone", "100 % {} {0} %v"));
  }
  std::istringstream lines(contents(file));
  std::vector<std::string> codes;
  for (std::string line; std::getline(lines, line);) {
    const LoggedEvent logged = from_line(line).value();
    EXPECT_EQ(logged.run.job, monday.job);
    EXPECT_EQ(logged.event.message, "100 % {} {0} %v");
    codes.push_back(logged.event.code);
  }
  EXPECT_THAT(codes, ElementsAre("slot_done", "gone", "slot_done", "gone"));
  EXPECT_THAT(complaints.str(), IsEmpty());
}

TEST(EventLog, keeps_debug_where_it_is_asked_to) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "opt-data.jsonl";
  observe::Run run;
  std::ostringstream complaints;
  const EventLogOptions options{.file = file, .level_min = Level::debug};
  EventLog::open(options, run, at_noon, complaints).value()->on(event_of(Level::debug, "tick"));
  EXPECT_THAT(contents(file), HasSubstr("tick"));
}

TEST(EventLog, that_cannot_be_opened_says_why) {
  const TemporaryFolder folder;
  std::ofstream{folder.path() / "file"};
  observe::Run run;
  std::ostringstream complaints;
  const auto log =
      EventLog::open({.file = folder.path() / "file" / "x.jsonl"}, run, at_noon, complaints);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::storage);
  EXPECT_THAT(log.error().message, HasSubstr((folder.path() / "file").string()));
}

// /dev/full opens like a file and takes nothing.
TEST(EventLog, that_cannot_be_written_complains_once_and_goes_on) {
  if (!std::filesystem::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  observe::Run run;
  std::ostringstream complaints;
  auto log = EventLog::open({.file = "/dev/full"}, run, at_noon, complaints).value();
  for (int i = 0; i < 3; ++i) log->on(event_of(Level::error, "a"));
  const std::string said = complaints.str();
  EXPECT_THAT(said, HasSubstr("cannot write the log /dev/full"));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

TEST(Tee, tells_everybody_in_order) {
  observe::Run run;
  std::ostringstream first, second;
  ConsoleSink a(first, run), b(second, run);
  Counters counters;
  Tee tee({&a, &b});
  tee.add(counters);
  tee.on(event_of(Level::error, "gateway_lost"));
  EXPECT_EQ(first.str(), second.str());
  EXPECT_THAT(first.str(), HasSubstr("gateway_lost"));
  EXPECT_EQ(counters.count("gateway_lost"), 1u);
}

TEST(Counters, count_by_level_and_code) {
  Counters counters;
  for (int i = 0; i < 3; ++i) counters.on(event_of(Level::warning, "a"));
  counters.on(event_of(Level::error, "a"));
  counters.on(event_of(Level::error, "b"));
  EXPECT_EQ(counters.count(Level::warning), 3u);
  EXPECT_EQ(counters.count(Level::error), 2u);
  EXPECT_EQ(counters.count(Level::critical), 0u);
  EXPECT_EQ(counters.count("a"), 4u);
  EXPECT_EQ(counters.count(Level::error, "a"), 1u);
  EXPECT_THAT(
      counters.all(), ElementsAre(
                          Pair(Pair(Level::warning, "a"), 3), Pair(Pair(Level::error, "a"), 1),
                          Pair(Pair(Level::error, "b"), 1)));
}

TEST(ConsoleSink, shows_warnings_and_errors_in_one_line) {
  observe::Run run;
  std::ostringstream out;
  ConsoleSink console(out, run);
  console.on(event_of(Level::info, "slot_done"));
  Event event = event_of(Level::error, "gateway_lost", "closed\nby\x1B[31m peer");
  event.symbol = "AAPL";
  event.slot = "10:30";
  event.conid = 42;
  event.broker_code = 1100;
  event.file = "x.json";
  console.on(event);
  console.on(event_of(Level::warning, "slow"));
  EXPECT_EQ(
      out.str(),
      "error: gateway_lost: closed by [31m peer (AAPL, slot 10:30, conid 42, code 1100, x.json)\n"
      "warning: slow: something happened\n");
}

// Five of each code, so that a storm of warnings does not hide the one error.
TEST(ConsoleSink, shows_the_first_five_of_a_code_and_counts_the_rest) {
  observe::Run run;
  std::ostringstream out;
  ConsoleSink console(out, run);
  for (int i = 0; i < 42; ++i)
    console.on(event_of(Level::warning, "discovery_probe", std::to_string(i)));
  console.on(event_of(Level::error, "gateway_lost"));
  console.flush();
  EXPECT_THAT(out.str(), HasSubstr("warning: discovery_probe: 4\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("warning: discovery_probe: 5\n")));
  EXPECT_THAT(out.str(), HasSubstr("error: gateway_lost: something happened\n"));
  EXPECT_THAT(out.str(), HasSubstr("\nwarning: … 37 more discovery_probe\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("more gateway_lost")));
  out.str("");
  console.flush();
  EXPECT_EQ(out.str(), "");
  console.on(event_of(Level::warning, "discovery_probe"));
  EXPECT_EQ(out.str(), "warning: discovery_probe: something happened\n");
}

// An account number or a token in any field reaches neither the log, nor the error file, nor the
// terminal, nor a complaint.
TEST(Secrets, never_reach_anything_that_is_written) {
  const TemporaryFolder folder;
  std::ostringstream terminal, complaints;
  observe::Run run;
  run.hide("s3cret-token");
  run.set({"2025-10-06", "snapshot of DU7654321", "U7654321"});
  auto log =
      EventLog::open({.file = folder.path() / "log.jsonl"}, run, at_noon, complaints).value();
  ErrorFile errors(folder.path(), run, at_noon, complaints);
  ConsoleSink console(terminal, run);
  Tee tee({log.get(), &errors, &console});
  for (const std::string secret : {"DU7654321", "U7654321", "F7654321", "s3cret-token"}) {
    for (const Level level : {Level::info, Level::warning, Level::error, Level::critical}) {
      Event event{level, secret, secret, "", secret, secret, {}, {}, "/home/" + secret + "/x"};
      event.message = "account " + secret + " of " + secret + "\n" + secret + "\"" + secret;
      for (int i = 0; i < 7; ++i) tee.on(event);
    }
  }
  console.flush();
  const auto error_path = errors_path(folder.path(), std::chrono::year{2025} / 10 / 6);
  for (const std::string& text :
       {contents(folder.path() / "log.jsonl"), contents(error_path), terminal.str()}) {
    EXPECT_GT(text.size(), 1'000u);
    EXPECT_THAT(text, Not(HasSubstr("7654321")));
    EXPECT_THAT(text, Not(HasSubstr("s3cret")));
    EXPECT_THAT(text, HasSubstr("[account]"));
    EXPECT_THAT(text, HasSubstr("[hidden]"));
  }
  EXPECT_EQ(complaints.str(), "");
}

TEST(Sinks, may_be_told_from_several_threads) {
  const TemporaryFolder folder;
  std::ostringstream terminal, complaints;
  observe::Run run;
  run.set(monday);
  auto log =
      EventLog::open({.file = folder.path() / "log.jsonl"}, run, at_noon, complaints).value();
  ErrorFile errors(folder.path(), run, at_noon, complaints);
  ConsoleSink console(terminal, run);
  Counters counters;
  Metrics metrics;
  MetricsSink counted(metrics);
  Tee tee({log.get(), &errors, &console, &counters, &counted});
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&tee, &run] {
        for (int i = 0; i < 100; ++i) {
          run.set(monday);
          tee.on(event_of(Level::error, "a"));
        }
      });
  }
  EXPECT_EQ(counters.count("a"), 400u);
  EXPECT_EQ(metrics.value("optdata_events_total", {"error", "a"}), 400);
  const auto error_path = errors_path(folder.path(), std::chrono::year{2025} / 10 / 6);
  EXPECT_EQ(read_errors_file(error_path).value().size(), 400u);
  EXPECT_EQ(read_errors_file(folder.path() / "log.jsonl").value().size(), 400u);
}

TEST(OnceADay, a_state_is_told_once_by_all_processes_of_a_day) {
  const TemporaryFolder folder;
  observe::Run run;
  std::ostringstream complaints;
  for (int process = 0; process < 2; ++process) {
    run.set(monday);
    ErrorFile file(folder.path(), run, at_noon, complaints);
    Counters counters;
    Tee both({&file, &counters});
    OnceADay events(both, folder.path(), run, {"delayed_data"});
    for (int session = 0; session < 3; ++session)
      events.on(event_of(Level::warning, "delayed_data"));
    EXPECT_EQ(counters.count(Level::warning, "delayed_data"), process == 0 ? 1u : 0u);
    EXPECT_EQ(counters.count(Level::info, "delayed_data"), process == 0 ? 2u : 3u);
    events.on(event_of(Level::error, "gateway_lost"));
    events.on(event_of(Level::error, "gateway_lost"));
    EXPECT_EQ(counters.count(Level::error, "gateway_lost"), 2u);
  }
  RunContext tuesday = monday;
  tuesday.trade_date = "2025-10-07";
  run.set(tuesday);
  Counters counters;
  OnceADay events(counters, folder.path(), run, {"delayed_data"});
  events.on(event_of(Level::warning, "delayed_data"));
  EXPECT_EQ(counters.count(Level::warning, "delayed_data"), 1u);
}

}  // namespace
}  // namespace opt_data::observe
