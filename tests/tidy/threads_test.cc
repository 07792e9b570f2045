// One thread: a session, its gateway, a slot and a day live on one executor, which is why none of
// them locks anything. What may be told from several threads says so, and `make tsan` runs it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <regex>
#include <string>
#include <string_view>

#include "tree.h"

namespace opt_data::tidy {
namespace {

// The desks of `serve`, where each thread has what it touches to itself; and beside the program,
// one that serves or reads while the test works, and tests of what is safe to share.
constexpr std::array<std::string_view, 10> may_start_threads = {
    "src/observe/sinks_test.cc", "src/serve/desk.cc",           "src/serve/desk.h",
    "src/serve/elsewhere.h",     "src/serve/tables.cc",         "src/store/compaction_test.cc",
    "src/store/cursor_test.cc",  "tests/e2e/bad_input_test.cc", "tests/e2e/sigkill_test.cc",
    "tests/tidy/threads_test.cc"};

// Events may come from anywhere, and so may whoever reads them.
constexpr std::string_view guarded = "src/observe/";

void find_threads(const File& file, const std::string& code, Findings& findings) {
  const std::regex starts(
      R"(std::(jthread|thread|async|packaged_task)\b|pthread_create|thread_pool|\bthrd_create)");
  const std::sregex_iterator end;
  for (std::sregex_iterator at(code.begin(), code.end(), starts); at != end; ++at)
    findings.add(
        file.path, line_of(code, static_cast<std::size_t>(at->position())), "starts a thread");
}

void find_guards(const File& file, const std::string& code, Findings& findings) {
  const std::regex guards(
      R"(std::(recursive_|shared_|timed_)*mutex\b|std::atomic|std::condition_variable|)"
      R"(std::(counting|binary)_semaphore|\bthread_local\b)");
  const std::sregex_iterator end;
  for (std::sregex_iterator at(code.begin(), code.end(), guards); at != end; ++at)
    findings.add(
        file.path, line_of(code, static_cast<std::size_t>(at->position())),
        "guards what no other thread sees");
}

bool is_code(const File& file) {
  return (file.under("src/") || file.under("tests/") || file.under("bench/")) &&
         (file.is_header() || file.is_source());
}

TEST(Threads, are_started_only_by_tests_that_are_named) {
  Findings findings;
  for (const File& each : project()) {
    if (!is_code(each) ||
        std::ranges::find(may_start_threads, each.path) != may_start_threads.end())
      continue;
    find_threads(each, code_only(each.text), findings);
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Threads, are_guarded_against_only_where_several_may_come) {
  Findings findings;
  for (const File& each : project()) {
    if (!is_code(each) || !each.under("src/") || each.under(guarded)) continue;
    find_guards(each, code_only(each.text), findings);
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Threads, that_start_or_guard_are_found) {
  const File file{"src/a.cc", "", {}};
  Findings findings;
  find_threads(file, "void f() {\n  std::jthread beside(work);\n}", findings);
  find_threads(file, "auto later = std::async(work);", findings);
  find_guards(file, "std::mutex mutex_;", findings);
  find_guards(file, "std::atomic<int> count;", findings);
  find_threads(file, "std::this_thread::yield();", findings);
  EXPECT_EQ(
      findings.text(),
      "\n  src/a.cc:2: starts a thread"
      "\n  src/a.cc:1: starts a thread"
      "\n  src/a.cc:1: guards what no other thread sees"
      "\n  src/a.cc:1: guards what no other thread sees");
}

}  // namespace
}  // namespace opt_data::tidy
