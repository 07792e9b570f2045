#include "observe/rotating_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "observe/event_line.h"
#include "observe/event_log.h"
#include "observe/observe_fixture.h"

namespace opt_data::observe {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::int64_t bytes_in(const std::filesystem::path& folder) {
  std::int64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    bytes += static_cast<std::int64_t>(entry.file_size());
  return bytes;
}

std::string line_at(Instant at) {
  return to_line(event_of(Level::info, "slot_done"), monday, at) + "\n";
}

TEST(RotatingFile, is_put_aside_when_it_is_full) {
  const TemporaryFolder folder;
  auto file = RotatingFile::open(folder.path() / "log.jsonl", {.bytes_max = 500}).value();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(file.append(line_at(noon), noon));
  EXPECT_THAT(
      names_in(folder.path()),
      ElementsAre("log.20251006-001.jsonl", "log.20251006-002.jsonl", "log.jsonl"));
  for (const std::string& name : names_in(folder.path()))
    EXPECT_LE(std::filesystem::file_size(folder.path() / name), 500u);
}

TEST(RotatingFile, is_put_aside_when_its_new_york_day_is_over) {
  const TemporaryFolder folder;
  const Instant evening = new_york(std::chrono::year{2025} / 10 / 6, 23h + 59min);
  {
    auto file = RotatingFile::open(folder.path() / "log.jsonl", {}).value();
    ASSERT_TRUE(file.append(line_at(evening), evening));
    ASSERT_TRUE(file.append(line_at(evening + 30s), evening + 30s));
  }
  // Another process, in the morning: the day is what the first line says, not when it was opened.
  auto file = RotatingFile::open(folder.path() / "log.jsonl", {}).value();
  ASSERT_TRUE(file.append(line_at(evening + 2min), evening + 2min));
  EXPECT_THAT(names_in(folder.path()), ElementsAre("log.20251006-001.jsonl", "log.jsonl"));
  EXPECT_THAT(contents(folder.path() / "log.jsonl"), HasSubstr("2025-10-07T04:01"));
}

TEST(RotatingFile, keeps_the_latest_only_however_long_it_runs) {
  const TemporaryFolder folder;
  const RotationOptions options{.bytes_max = 2'000, .files_max = 4};
  auto file = RotatingFile::open(folder.path() / "log.jsonl", options).value();
  Instant now = noon;
  for (int day = 0; day < 30; ++day, now += 24h)
    for (int line = 0; line < 40; ++line) ASSERT_TRUE(file.append(line_at(now), now));
  EXPECT_EQ(names_in(folder.path()).size(), 5u);
  EXPECT_LE(bytes_in(folder.path()), 5 * 2'000);
  EXPECT_EQ(names_in(folder.path()).front().substr(0, 12), "log.20251104") << "the latest day";
}

TEST(RotatingFile, leaves_other_files_alone) {
  const TemporaryFolder folder;
  for (const char* name : {"log.notes.jsonl", "log.20251006.jsonl", "other.20251006-001.jsonl"})
    std::ofstream(folder.path() / name) << "mine\n";
  auto file =
      RotatingFile::open(folder.path() / "log.jsonl", {.bytes_max = 1, .files_max = 0}).value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(file.append(line_at(noon), noon));
  EXPECT_THAT(
      names_in(folder.path()),
      ElementsAre(
          "log.20251006.jsonl", "log.jsonl", "log.notes.jsonl", "other.20251006-001.jsonl"));
}

// A command beside the scheduler writes the same log.
TEST(RotatingFile, shared_by_processes_loses_no_line) {
  const TemporaryFolder folder;
  const RotationOptions options{.bytes_max = 3'000, .files_max = 10'000};
  constexpr int processes = 4, each = 300;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto file = RotatingFile::open(folder.path() / "log.jsonl", options);
      bool good = file.has_value();
      for (int line = 0; good && line < each; ++line)
        good = file->append(line_at(noon), noon).has_value();
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  int lines = 0;
  for (const std::string& name : names_in(folder.path())) {
    std::istringstream text(contents(folder.path() / name));
    for (std::string line; std::getline(text, line); ++lines)
      EXPECT_TRUE(from_line(line)) << name << ": " << line;
  }
  EXPECT_EQ(lines, processes * each);
}

TEST(EventLog, rotates_on_the_clock_that_was_handed_in) {
  const TemporaryFolder folder;
  observe::Run run;
  std::ostringstream complaints;
  Instant now = noon;
  auto log = EventLog::open(
                 {.file = folder.path() / "opt-data.jsonl"}, run, [&] { return now; }, complaints)
                 .value();
  log->on(event_of(Level::info, "a"));
  now += 24h;
  log->on(event_of(Level::info, "b"));
  EXPECT_THAT(
      names_in(folder.path()), ElementsAre("opt-data.20251006-001.jsonl", "opt-data.jsonl"));
}

}  // namespace
}  // namespace opt_data::observe
