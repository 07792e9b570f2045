// SIGKILL at a hundred random moments of the demo's day, then the same command again: what is on
// disk is what an undisturbed run leaves, and nothing that had been answered is asked again.
//
// Most kills are crossings of a named point (OPT_DATA_CRASH), so that each kind of moment is met;
// the rest come from outside at a random time.
//
// How requests are counted: a killed run prints nothing, but its ledger knows. Slots and mornings
// that it finished, and answers in the journal of the job that was cut off, must not be asked
// again: the second run's requests are the undisturbed run's without those, exactly. What had
// reached the gateway before a named crossing is counted by a gateway in this process, on a day
// that crosses the same points; both runs together then ask at most the lines in flight more than
// the undisturbed run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "calendar/calendar.h"
#include "dataset.h"
#include "program.h"
#include "simulated_day.h"
#include "store/ledger.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;
using store::JobKey;
using store::JobKind;

constexpr const char* recording = "twx-2014-06-05";
constexpr std::int64_t contracts = 184;
constexpr std::int64_t slots = 14;
constexpr std::int64_t lines = 95;
constexpr int kills_per_point = is_timed ? 18 : 3;
constexpr int kills_from_outside = is_timed ? 14 : 3;
const std::vector<std::string> points{"asking", "journal", "publish", "rollup", "enrichment"};
const std::vector<std::string> views{
    "raw_intraday", "intraday", "daily_clean", "daily_adjusted", "enrichment"};

struct Undisturbed {
  TemporaryDirectory dir;
  std::map<std::string, std::int64_t> crossings;
  // By point: questions that had reached the gateway at the first crossing, the second, ...
  std::map<std::string, std::vector<std::int64_t>> asked;
  std::int64_t requests = 0;
  double seconds = 0;
  nlohmann::json selfcheck;
};

// Where one run is killed: a crossing of a point, or a time from its start.
struct Kill {
  std::string point;  // Empty: from outside.
  std::int64_t crossing = 0;
  std::chrono::microseconds after{0};

  std::string text() const {
    return point.empty() ? fmt::format("after {} us", after.count())
                         : fmt::format("at {}:{}", point, crossing);
  }
};

struct Tally {
  std::map<std::string, int> hits;  // By point; "outside" for the rest.
  std::int64_t asked_twice_max = 0;
  std::vector<std::string> failures;
};

void run_undisturbed(Undisturbed& undisturbed) {
  const fs::path counts = undisturbed.dir.path() / "counts";
  const Finished run = run_demo(
      undisturbed.dir.path(), {"--recording", recording},
      {{"OPT_DATA_CRASH_COUNTS", counts.string()}});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::ifstream in(counts);
  std::string point;
  for (std::int64_t crossed = 0; in >> point >> crossed;) undisturbed.crossings[point] = crossed;
  undisturbed.requests = run.json()["requests"];
  undisturbed.seconds = run.seconds;
  undisturbed.selfcheck = run.json()["selfcheck"];
}

// The same day in this process: at every crossing of a point, how many questions had reached the
// gateway.
using AtCrossing = std::function<void(const std::string& point, std::int64_t asked)>;

void walk_the_day(const fs::path& dir, const AtCrossing& at_crossing) {
  std::int64_t questions = 0, watches = 0;
  std::optional<SimulatedDay> day;
  SimulatedWorld world;
  world.at_crash_point = [&](std::string_view point) {
    if (!day) return;
    const auto accepted = static_cast<std::int64_t>(day->gateway().counters().subscriptions);
    // All but the questions are lines on the underlying. They are opened before a slot's first
    // question and between the two readings of the morning, whose disk operations come after.
    const bool is_question =
        point == "asking" || (point == "enrichment" && questions < (slots + 2) * contracts);
    if (is_question && questions++ % contracts == 0) watches = accepted - (questions - 1);
    at_crossing(std::string(point), questions == 0 ? 0 : accepted - watches);
  };
  day.emplace(dir, std::move(world));
  const auto result = day->run();
  ASSERT_TRUE(result) << result.error().message;
}

void count_questions(Undisturbed& undisturbed) {
  const TemporaryDirectory dir;
  walk_the_day(dir.path(), [&](const std::string& point, std::int64_t asked) {
    undisturbed.asked[point].push_back(asked);
  });
  for (const std::string& point : points)
    ASSERT_EQ(
        static_cast<std::int64_t>(undisturbed.asked[point].size()), undisturbed.crossings[point])
        << point << ": the day in this process is another";
}

std::vector<Kill> draw(const Undisturbed& undisturbed, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Kill> kills;
  for (const std::string& point : points) {
    std::uniform_int_distribution<std::int64_t> any(1, undisturbed.crossings.at(point));
    for (int i = 0; i < kills_per_point; ++i) kills.push_back({point, any(random), {}});
  }
  // Two runs at once are slower than one alone, so such a moment is within the run.
  std::uniform_real_distribution<double> moment(0, 0.9 * undisturbed.seconds);
  for (int i = 0; i < kills_from_outside; ++i)
    kills.push_back(
        {"", 0, std::chrono::microseconds{static_cast<std::int64_t>(moment(random) * 1e6)}});
  std::shuffle(kills.begin(), kills.end(), random);
  return kills;
}

// What need not be asked again, as the ledger of a killed run has it.
Result<std::int64_t> settled(const fs::path& dir) {
  const fs::path file = dir / "state" / "ledger.sqlite";
  if (!fs::exists(file)) return 0;
  auto ledger = store::Ledger::open_read_only(file);
  if (!ledger) {
    // Killed before its first commit.
    if (ledger.error().kind == ErrorKind::not_found) return 0;
    return fail(std::move(ledger).error());
  }
  const Calendar calendar;
  OPT_TRY(
      const TradeDate date, calendar.trade_date(std::chrono::year{2014} / std::chrono::June / 5));
  OPT_TRY(const auto jobs, (*ledger)->jobs(date));
  std::int64_t known = 0;
  bool morning_is_over = false;
  for (const store::JobRecord& job : jobs)
    morning_is_over = morning_is_over || (job.key == JobKey{JobKind::enrichment, date, -1} &&
                                          job.outcome != store::JobOutcome::running);
  if (morning_is_over) known += 2 * contracts;
  for (const store::JobRecord& job : jobs) {
    const bool is_pass = job.key.kind == JobKind::enrichment && job.key.slot >= 0;
    if (job.key.kind != JobKind::snapshot && !is_pass) continue;
    if (is_pass && morning_is_over) continue;
    if (!is_pass && job.outcome != store::JobOutcome::running) {
      known += contracts;
      continue;
    }
    OPT_TRY(const auto journal, (*ledger)->journal_of(job.key));
    known += static_cast<std::int64_t>(journal.size());
  }
  return known;
}

std::string partition_files(const fs::path& dir, const std::string& view) {
  const bool raw = view == "raw_intraday";
  const fs::path files = dir / "data" / (raw ? "raw" : "clean") / "ib" / "chain" /
                         ("view=" + (raw ? std::string("intraday") : view)) / "date=*" /
                         "*.parquet";
  return fmt::format(
      "read_parquet({}, hive_partitioning = false)", store::sql_text(files.string()));
}

// One of the two processes' worth of work at a time: kills, resumes, compares.
class Worker {
 public:
  Worker(const Undisturbed& undisturbed, Tally& tally, std::mutex& mutex)
      : undisturbed_(undisturbed), tally_(tally), mutex_(mutex) {
    auto opened = store::Database::open({});
    if (!opened) {
      complain(opened.error().message);
      return;
    }
    database_ = *std::move(opened);
    for (const std::string& view : views)
      if (auto made = database_->execute(fmt::format(
              "CREATE TABLE {} AS SELECT * EXCLUDE (ingest_id) FROM {}", view,
              partition_files(undisturbed.dir.path(), view)));
          !made)
        complain(made.error().message);
  }

  void run(const Kill& kill);

 private:
  void compare(const fs::path& dir, const std::string& what);
  std::string differing_columns(const std::string& view, const std::string& resumed);
  std::int64_t count(const std::string& sql);
  void complain(const std::string& failure) {
    const std::lock_guard lock(mutex_);
    tally_.failures.push_back(failure);
  }

  const Undisturbed& undisturbed_;
  Tally& tally_;
  std::mutex& mutex_;
  std::unique_ptr<store::Database> database_;
};

std::int64_t Worker::count(const std::string& sql) {
  auto table = database_->query(sql);
  if (table) return std::get<std::int64_t>(table->rows.at(0).at(0));
  complain(table.error().message);
  return -1;
}

std::string Worker::differing_columns(const std::string& view, const std::string& resumed) {
  std::string names;
  const std::string key = view.ends_with("intraday") ? "conid, slot_30m" : "conid";
  auto columns = database_->query(fmt::format("SELECT column_name FROM (DESCRIBE {})", view));
  if (!columns) return columns.error().message;
  for (const auto& row : columns->rows) {
    const std::string column = store::sql_identifier(std::get<std::string>(row[0]));
    const std::int64_t differ = count(fmt::format(
        "SELECT count(*) FROM {} AS a JOIN {} AS b USING ({}) WHERE a.{} IS DISTINCT FROM b.{}",
        view, resumed, key, column, column));
    if (differ > 0) names += fmt::format(" {} ({} rows)", column, differ);
  }
  return names;
}

void Worker::compare(const fs::path& dir, const std::string& what) {
  for (const std::string& view : views) {
    const std::string resumed =
        fmt::format("(SELECT * EXCLUDE (ingest_id) FROM {})", partition_files(dir, view));
    const std::int64_t lost =
        count(fmt::format("SELECT count(*) FROM (FROM {} EXCEPT ALL FROM {})", view, resumed));
    const std::int64_t invented =
        count(fmt::format("SELECT count(*) FROM (FROM {} EXCEPT ALL FROM {})", resumed, view));
    if (lost == 0 && invented == 0) continue;
    complain(fmt::format(
        "killed {}: {} rows of {} are not the undisturbed run's, {} are missing; columns:{}", what,
        invented, view, lost, differing_columns(view, resumed)));
  }
}

void Worker::run(const Kill& kill) {
  const TemporaryDirectory dir;
  Invocation first;
  first.arguments = {"--json", "demo", "--dir", dir.path().string(), "--recording", recording};
  if (kill.point.empty()) {
    first.kill_after = kill.after;
  } else {
    first.environment["OPT_DATA_CRASH"] = fmt::format("{}:{}", kill.point, kill.crossing);
  }
  if (run_program(first).killed) {
    const std::lock_guard lock(mutex_);
    ++tally_.hits[kill.point.empty() ? "outside" : kill.point];
  } else if (!kill.point.empty()) {
    complain(fmt::format("nothing was killed {}", kill.text()));
  }
  const auto known = settled(dir.path());
  if (!known) return complain(fmt::format("killed {}: {}", kill.text(), known.error().message));

  const Finished second = run_demo(dir.path(), {"--recording", recording});
  if (second.exit_code != 0)
    return complain(fmt::format(
        "killed {}: the same command ended with {}\n{}", kill.text(), second.exit_code,
        second.err));
  const auto json = second.json();
  const std::int64_t requests = json.value("requests", std::int64_t{-1});
  if (requests != undisturbed_.requests - *known)
    complain(fmt::format(
        "killed {}: {} requests again, where {} of {} had been settled", kill.text(), requests,
        *known, undisturbed_.requests));
  if (!kill.point.empty()) {
    const auto crossing = static_cast<std::size_t>(kill.crossing - 1);
    const std::int64_t asked = undisturbed_.asked.at(kill.point).at(crossing);
    const std::int64_t twice = asked + requests - undisturbed_.requests;
    if (twice > lines)
      complain(fmt::format("killed {}: {} questions were asked twice", kill.text(), twice));
    const std::lock_guard lock(mutex_);
    tally_.asked_twice_max = std::max(tally_.asked_twice_max, twice);
  }
  if (json.value("selfcheck", nlohmann::json())["qa"] != undisturbed_.selfcheck["qa"])
    complain(fmt::format("killed {}: the verdict is another", kill.text()));
  compare(dir.path(), kill.text());
}

// At every moment at which it could be killed, not only at those that are drawn below.
TEST(KilledDay, would_nowhere_ask_again_more_than_the_lines_in_flight) {
  const TemporaryDirectory dir;
  std::int64_t crossings = 0, worst = 0;
  walk_the_day(dir.path(), [&](const std::string& point, std::int64_t asked) {
    const auto known = settled(dir.path());
    ASSERT_TRUE(known) << known.error().message;
    ++crossings;
    worst = std::max(worst, asked - *known);
    EXPECT_LE(asked - *known, lines) << point << ", crossing " << crossings << " of all";
  });
  fmt::print("{} crossings; at most {} questions would be asked twice\n", crossings, worst);
  EXPECT_GT(crossings, slots * contracts);
}

TEST(KilledDay, goes_on_from_a_hundred_random_moments_to_the_same_day) {
  std::uint64_t seed = std::random_device{}();
  if (const char* named = std::getenv("OPT_DATA_TEST_SEED"))
    seed = std::strtoull(named, nullptr, 10);
  SCOPED_TRACE(fmt::format("OPT_DATA_TEST_SEED={}", seed));
  Undisturbed undisturbed;
  run_undisturbed(undisturbed);
  if (HasFatalFailure()) return;
  for (const std::string& point : points) ASSERT_GT(undisturbed.crossings[point], 0) << point;
  ASSERT_EQ(undisturbed.requests, (slots + 2) * contracts);  // Each question once.
  count_questions(undisturbed);
  if (HasFatalFailure()) return;

  const std::vector<Kill> kills = draw(undisturbed, seed);
  Tally tally;
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    Worker worker(undisturbed, tally, mutex);
    for (std::size_t i = next++; i < kills.size(); i = next++) worker.run(kills[i]);
  };
  const auto started = std::chrono::steady_clock::now();
  std::thread other(work);
  work();
  other.join();

  int killed = 0;
  std::string by_point;
  for (const auto& [point, hits] : tally.hits) {
    killed += hits;
    by_point += fmt::format(" {} {}", point, hits);
  }
  fmt::print(
      "seed {}: {} kills in {:.0f} s:{}; at most {} questions asked twice\n", seed, killed,
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count(), by_point,
      tally.asked_twice_max);
  for (const std::string& failure : tally.failures) ADD_FAILURE() << failure;
  for (const std::string& point : points)
    EXPECT_GE(tally.hits[point], std::min(10, kills_per_point)) << point;
  EXPECT_GE(killed, is_timed ? 100 : 1);
}

}  // namespace
}  // namespace opt_data::e2e
