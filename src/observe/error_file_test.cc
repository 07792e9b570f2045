#include "observe/error_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "observe/observe_fixture.h"

namespace opt_data::observe {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ErrorFileTest : public testing::Test {
 protected:
  ErrorFileTest() { run.set(monday); }

  std::vector<LoggedEvent> read() const { return read_errors_file(file).value(); }

  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "errors" / "errors_20251006.log";
  observe::Run run;
  std::ostringstream complaints;
  ErrorFile errors{folder.path(), run, at_noon, complaints};
};

TEST_F(ErrorFileTest, is_not_there_before_something_went_wrong) {
  errors.on(event_of(Level::debug, "tick"));
  errors.on(event_of(Level::info, "slot_done"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_EQ(read_errors_file(file).error().kind, ErrorKind::not_found);
}

TEST_F(ErrorFileTest, holds_warnings_and_worse_each_at_once) {
  for (const Level level : {Level::warning, Level::error, Level::critical}) {
    errors.on(event_of(level, std::string(to_text(level)) + "_code"));
    const LoggedEvent last = read().back();
    EXPECT_EQ(last.event.level, level);
    EXPECT_EQ(last.event.code, std::string(to_text(level)) + "_code");
    EXPECT_EQ(last.run.job, monday.job);
    EXPECT_EQ(last.run.ingest_id, monday.ingest_id);
    EXPECT_EQ(last.at, noon);
  }
  EXPECT_THAT(read(), SizeIs(3));
  EXPECT_EQ(read()[2].line, 3);
}

// The open interest of Monday is fetched on Tuesday.
TEST_F(ErrorFileTest, is_named_by_the_trade_date_of_the_run_not_by_the_clock) {
  run.set({"2025-10-03", "enrichment/2025-10-03/00", "id"});
  errors.on(event_of(Level::error, "a"));
  run.set({"2025-10-07", "discovery/2025-10-07", "id"});
  errors.on(event_of(Level::error, "b"));
  EXPECT_EQ(
      read_errors_file(folder.path() / "errors/errors_20251003.log").value()[0].event.code, "a");
  EXPECT_EQ(
      read_errors_file(folder.path() / "errors/errors_20251007.log").value()[0].event.code, "b");
}

TEST_F(ErrorFileTest, of_a_run_without_a_date_is_new_yorks_today) {
  for (const char* date : {"", "soon", "../../etc/x"}) {
    run.set({date, "", ""});
    errors.on(event_of(Level::error, "a"));
  }
  EXPECT_THAT(read(), SizeIs(3));
}

TEST_F(ErrorFileTest, that_cannot_be_written_costs_one_complaint_and_is_counted) {
  std::ofstream{folder.path() / "errors"};  // A file where the folder should be.
  for (int i = 0; i < 3; ++i) errors.on(event_of(Level::error, "a"));
  EXPECT_EQ(errors.lost(), 3u);
  const std::string said = complaints.str();
  EXPECT_THAT(said, HasSubstr("opt-data: cannot write " + file.string()));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);

  std::filesystem::remove(folder.path() / "errors");
  errors.on(event_of(Level::warning, "b"));
  errors.on(event_of(Level::warning, "c"));
  const auto events = read();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].event.code, "errors_lost");
  EXPECT_EQ(events[0].event.level, Level::error);
  EXPECT_EQ(events[0].event.message, "3 events before this one could not be written");
  EXPECT_EQ(events[1].event.code, "b");
  EXPECT_EQ(events[2].event.code, "c");
  EXPECT_EQ(errors.lost(), 3u);
}

TEST_F(ErrorFileTest, a_line_that_broke_off_does_not_take_the_next_one_with_it) {
  errors.on(event_of(Level::error, "a"));
  std::ofstream(file, std::ios::app) << R"({"ts":"2025-10-06T)";
  errors.on(event_of(Level::error, "b"));
  const auto events = read();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].event.code, "a");
  EXPECT_TRUE(events[1].broken);
  EXPECT_EQ(events[2].event.code, "b");
}

TEST_F(ErrorFileTest, a_line_that_cannot_be_read_is_an_error_of_its_own) {
  errors.on(event_of(Level::warning, "a"));
  std::ofstream(file, std::ios::app) << "free text\n\n" << std::string(64, '\0') << "\n";
  const auto events = read();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_FALSE(events[0].broken);
  EXPECT_TRUE(events[1].broken);
  EXPECT_EQ(events[1].event.level, Level::error);
  EXPECT_EQ(events[1].event.code, "broken_log_line");
  EXPECT_EQ(
      events[1].event.message,
      "line 2 of " + file.string() + " cannot be read: it is not a JSON object");
  EXPECT_TRUE(events[2].broken);
  EXPECT_EQ(events[2].line, 4);
}

TEST_F(ErrorFileTest, cannot_be_read_where_there_is_a_folder) {
  EXPECT_EQ(read_errors_file(folder.path()).error().kind, ErrorKind::storage);
}

TEST_F(ErrorFileTest, that_was_moved_away_begins_anew) {
  errors.on(event_of(Level::error, "a"));
  std::filesystem::rename(file, folder.path() / "kept.log");
  errors.on(event_of(Level::error, "b"));
  EXPECT_THAT(read(), SizeIs(1));
}

TEST_F(ErrorFileTest, is_shared_by_processes_without_a_broken_line) {
  constexpr int processes = 4, events_each = 250;
  std::vector<pid_t> children;
  for (int child = 0; child < processes; ++child) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    for (int i = 0; i < events_each; ++i)
      errors.on(event_of(Level::warning, "a", std::string(static_cast<std::size_t>(i), 'x')));
    ::_exit(0);
  }
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  const auto events = read();
  EXPECT_THAT(events, SizeIs(processes * events_each));
  for (const LoggedEvent& logged : events) EXPECT_FALSE(logged.broken);
}

}  // namespace
}  // namespace opt_data::observe
