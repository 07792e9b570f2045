// The scheduler over weeks: clocks that change, half days, holidays, an outage, a restart, a laptop
// that sleeps, and a process that is killed wherever it may be.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <set>

#include "app/observation.h"
#include "app/scheduler.h"
#include "app/simulated_world.h"
#include "app/worlds.h"
#include "base/text.h"
#include "notify/notify_fixture.h"

namespace opt_data::app {
namespace {

using namespace std::chrono_literals;
using std::chrono::year;
namespace fs = std::filesystem;

// A machine that sleeps: whoever waits wakes when it does.
class SleepyClock : public Clock {
 public:
  SleepyClock(Clock& clock, std::vector<sim::Window> asleep)
      : clock_(clock), asleep_(std::move(asleep)) {}
  Instant now() const override { return clock_.now(); }
  asio::awaitable<Result<void>> wait_until(Instant when) override {
    for (const sim::Window& window : asleep_)
      if (window.contains(when)) when = window.to;
    return clock_.wait_until(when);
  }

 private:
  Clock& clock_;
  std::vector<sim::Window> asleep_;
};

// A directory of one user, through any number of processes.
class ScheduledTree : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::is_directory("/dev/shm") ? "/dev/shm" : "/tmp");
    pattern += "/opt-data-schedule-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory = pattern;
    ASSERT_TRUE(store::RealDisk{}.make_directories(directory / "config"));
    configure({});
  }
  void configure(const std::map<std::string, ConfigValue>& changed) {
    store::RealDisk disk;
    std::map<std::string, ConfigValue> values = {
        {"universe.symbols", std::vector<std::string>{"AAPL"}},
        {"simulation.source", std::string("SIMULATED")},
        {"filters.expiry_months_ahead", std::int64_t{2}},
        {"filters.strikes_per_side", std::int64_t{1}},
        {"pacing.per_minute", std::int64_t{1'000'000}},
        {"pacing.in_flight", std::int64_t{95}}};
    for (const auto& [key, value] : changed) values.insert_or_assign(key, value);
    ASSERT_TRUE(disk.write(
        directory / "config/opt-data.toml", config_template(values, "A simulated month.")));
  }
  void TearDown() override {
    std::error_code error;
    fs::remove_all(directory, error);
  }

  void market_of(std::chrono::year_month_day first, int sessions) {
    MarketChoice choice;
    choice.recording = "";
    choice.symbols = {"AAPL"};
    choice.date = first;
    choice.sessions = sessions;
    choice.seed = 11;
    auto loaded = load_market(choice);
    ASSERT_TRUE(loaded) << loaded.error().message;
    market = *std::move(loaded);
  }

  static std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
      names.insert(entry.path().filename().string());
    return names;
  }

  // Retention and backup ran by themselves: raw days of three weeks are left, clean ones all, and
  // the latest two backups, each whole.
  void expect_weekly_upkeep(TradeDate last) {
    const auto raw = names_in(directory / "data/raw/ib/chain/view=intraday");
    const auto clean = names_in(directory / "data/clean/ib/chain/view=intraday");
    EXPECT_EQ(clean.size(), 30u);
    const auto first_kept = std::chrono::sys_days{last.day()} - std::chrono::days{20 + 7};
    EXPECT_GE(*raw.begin(), "date=" + iso(std::chrono::year_month_day{first_kept}));
    EXPECT_GE(raw.size(), 14u);
    const auto backups = names_in(directory / "backups");
    ASSERT_EQ(backups.size(), 2u);
    for (const std::string& backup : backups) {
      SCOPED_TRACE(backup);
      const fs::path place = directory / "backups" / backup;
      EXPECT_TRUE(fs::exists(place / "manifest.json"));
      EXPECT_GE(names_in(place / "clean/view=intraday").size(), 20u);
      EXPECT_FALSE(fs::is_empty(place / "run_logs/selfcheck"));
      EXPECT_TRUE(fs::exists(place / "config/opt-data.toml"));
    }
  }

  TradeDate date(std::chrono::year_month_day day) { return calendar.trade_date(day).value(); }

  // One process: from `start` until its schedule is over, or until it is killed.
  struct Ended {
    std::optional<ScheduleOutcome> outcome;  // Empty: it was killed, or refused.
    std::string error;
    Instant at{};
  };
  Ended run(
      Instant start, SchedulerOptions options, std::optional<Instant> kill = {},
      std::function<void(const std::string&)> progress = [](const std::string&) {}) {
    asio::io_context io;
    SimulatedWorldOptions world_options;
    world_options.gateway = gateway;
    world_options.seed = 11;
    SimulatedWorld simulated(io, *market.market, start, world_options);
    SleepyClock clock(simulated.clock(), asleep);
    bool dead = false;
    World world = simulated.world();
    world.clock = &clock;
    world.mute = [&] { return dead; };
    world.crash = [&](std::string_view) -> Result<void> {
      if (dead) return fail(ErrorKind::storage, "the process was killed");
      return {};
    };
    const auto inner = world.connect;
    world.connect = [&, inner]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
      if (dead) co_return fail(ErrorKind::unavailable, "the process was killed");
      for (const sim::Window& window : gateway.faults.down)
        if (window.contains(simulated.clock().now()))
          co_return fail(ErrorKind::unavailable, "gateway 127.0.0.1:4002: connection refused");
      co_return co_await inner();
    };
    ConfigRequest request;
    request.file = directory / "config/opt-data.toml";
    request.environment = [](const char*) -> const char* { return nullptr; };
    auto wiring = Wiring::make(load_config(request).value(), io, world);
    if (!wiring) return {{}, wiring.error().message, start};
    const auto die = [&]() -> asio::awaitable<void> {
      const auto woken = co_await simulated.clock().wait_until(*kill);
      if (!woken) co_return;
      dead = true;
      (*wiring)->close_session();
      simulated.gateway().drop_connections();
    };
    if (kill) asio::co_spawn(io, die(), asio::detached);
    Scheduler scheduler(std::move(options), **wiring, [&](const std::string& line) {
      if (!dead) progress(line);
    });
    ObservationOptions told;
    if (receiver != nullptr)
      told.channels.push_back(std::make_unique<notify::MemoryChannel>("memory", *receiver));
    const auto observation = Observation::make(**wiring, std::move(told)).value();
    scheduler.watched_by(*observation);
    observation->start();
    Ended ended;
    const auto result = simulated.clock().run_until_done(scheduler.run());
    if (!dead) observation->ended();
    ended.at = kill && dead ? *kill : simulated.clock().now();
    if (!result) {
      ended.error = "it waits for something that never comes";
    } else if (!*result) {
      ended.error = result->error().message;
    } else if (!dead) {
      ended.outcome = **result;
    }
    (*wiring)->close_session();
    simulated.gateway().drop_connections();
    simulated.clock().run_until(simulated.clock().now() + 1min);
    return ended;
  }

  std::vector<store::JobRecord> on_record(TradeDate of) {
    const auto ledger = store::Ledger::open_read_only(directory / "state/ledger.sqlite").value();
    auto jobs = ledger->jobs(of);
    return jobs ? *std::move(jobs) : std::vector<store::JobRecord>{};
  }
  int count(TradeDate of, store::JobKind kind, store::JobOutcome outcome) {
    const auto jobs = on_record(of);
    return static_cast<int>(std::ranges::count_if(jobs, [&](const store::JobRecord& job) {
      return job.key.kind == kind && job.outcome == outcome;
    }));
  }
  std::string log_of(std::chrono::year_month_day day) {
    store::RealDisk disk;
    const auto text =
        disk.read(directory / "state/run_logs/errors" / fmt::format("errors_{}.log", compact(day)));
    return text ? *text : "";
  }

  fs::path directory;
  Calendar calendar;
  LoadedMarket market;
  sim::SimOptions gateway;
  std::vector<sim::Window> asleep;
  notify::Receiver* receiver = nullptr;  // Of alerts.
};

TEST_F(ScheduledTree, thirty_trading_days_need_nobody) {
  const auto first =
      year{2025} / 10 / 20;  // Clocks go back on 2 November, Thanksgiving is the 27th.
  market_of(first, 30);
  configure(
      {{"upkeep.keep_raw_days", std::int64_t{20}},
       {"upkeep.backup_folder", (directory / "backups").string()},
       {"upkeep.backup_keep", std::int64_t{2}}});
  const auto outage = year{2025} / 10 / 28, restart = year{2025} / 11 / 5,
             sleep = year{2025} / 11 / 12;
  gateway.faults.down.push_back({new_york(outage, 11h + 50min), new_york(outage, 12h + 40min)});
  asleep.push_back({new_york(sleep, 13h + 45min), new_york(sleep, 14h + 50min)});
  TradeDate last = date(first);
  for (int i = 1; i < 30; ++i) last = calendar.next(last).value();
  ASSERT_EQ(last.day(), year{2025} / 12 / 1);

  notify::Receiver pager;
  receiver = &pager;
  const auto began = std::chrono::steady_clock::now();
  const SchedulerOptions options{date(first), Until::day_over, last};
  const Instant kill = new_york(restart, 10h + 30min + 1s);
  const Ended killed = run(new_york(first, 7h), options, kill);
  EXPECT_EQ(killed.error, "the process was killed");
  const Ended ended = run(kill + 20s, options);
  ASSERT_TRUE(ended.outcome) << ended.error;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << "thirty days in " << took.count() << " s\n";

  EXPECT_EQ(ended.outcome->verdicts.size(), 30u);
  for (const auto& [day, report] : ended.outcome->verdicts) {
    const bool good = day.day() != outage && day.day() != sleep;
    EXPECT_EQ(report.passed(), good) << day.text() << ": " << join(report.reasons(), ", ");
    const std::size_t slots = day.day() == year{2025} / 11 / 28 ? 8 : 14;
    EXPECT_EQ(report.day.cells.size(), slots) << day.text();
  }
  // The window of 12:00 fell into the outage; 12:30 was asked when the gateway was back. 14:00 and
  // 14:30 fell into the sleep.
  EXPECT_EQ(count(date(outage), store::JobKind::snapshot, store::JobOutcome::done), 13);
  EXPECT_EQ(count(date(sleep), store::JobKind::snapshot, store::JobOutcome::missed), 2);
  EXPECT_NE(log_of(sleep).find("job_missed"), std::string::npos);
  EXPECT_NE(log_of(sleep).find("woke_late"), std::string::npos);
  EXPECT_EQ(count(date(restart), store::JobKind::snapshot, store::JobOutcome::done), 14);

  // Nobody is woken for a day that needs nobody, and somebody for each that went wrong.
  std::map<std::string, std::set<std::string>> alerts;
  for (const notify::Alert& alert : pager.accepted) {
    alerts[iso(in_new_york(alert.at).day)].insert(alert.code);
    std::cout << "alert " << notify::sentence(alert) << "\n";
  }
  EXPECT_TRUE(alerts[iso(outage)].contains("gateway_away_long"));
  EXPECT_TRUE(alerts[iso(outage)].contains("verdict_failed"));
  EXPECT_TRUE(alerts[iso(restart)].contains("started_after_crash"));
  EXPECT_TRUE(alerts[iso(sleep)].contains("job_missed"));
  EXPECT_TRUE(alerts[iso(sleep)].contains("verdict_failed"));
  const auto morning_after = [](std::chrono::year_month_day day) {
    return iso(std::chrono::sys_days(day) + std::chrono::days{1});
  };
  const std::set<std::string> bad{
      iso(outage), iso(restart), iso(sleep), morning_after(outage), morning_after(sleep)};
  for (const auto& [day, codes] : alerts) EXPECT_TRUE(bad.contains(day)) << day;

  // The log is put aside each day, and bounded; what else grows, grows with what is known.
  std::map<std::string, std::uintmax_t> bytes;
  int logs = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory / "state")) {
    if (!entry.is_regular_file()) continue;
    const fs::path inside = fs::relative(entry.path(), directory / "state");
    bytes[inside.begin()->string()] += entry.file_size();
    logs += entry.path().extension() == ".jsonl" ? 1 : 0;
  }
  for (const auto& [what, size] : bytes) std::cout << "state/" << what << " " << size << " bytes\n";
  EXPECT_LE(logs, 31);
  EXPECT_LE(bytes["run_logs"], 3'000'000u);

  // Each Friday's evening the week before it was compacted; its verdicts stood already.
  EXPECT_EQ(
      count(date(year{2025} / 10 / 31), store::JobKind::compaction, store::JobOutcome::done), 1);
  int ranges = 0, slots = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory / "data/clean")) {
    const std::string name = entry.path().filename().string();
    ranges += name.starts_with("range-") ? 1 : 0;
    slots += name.starts_with("slot-") ? 1 : 0;
  }
  EXPECT_EQ(ranges, 29);
  EXPECT_EQ(slots, 14) << "of the last day";
  expect_weekly_upkeep(last);
}

// Wherever it is killed, the next start does what is due, and nothing twice.
TEST_F(ScheduledTree, killed_at_any_job_it_goes_on_and_does_nothing_twice) {
  const char* given = std::getenv("OPT_DATA_TEST_SEED");
  const std::uint64_t seed = given != nullptr
                                 ? static_cast<std::uint64_t>(parse_int(given).value_or(1))
                                 : std::uint64_t{std::random_device{}()};
  SCOPED_TRACE("OPT_DATA_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  const auto friday = year{2025} / 11 / 28, monday = year{2025} / 12 / 1;
  market_of(friday, 1);
  const SchedulerOptions options{date(friday), Until::day_over, std::nullopt};
  std::vector<Instant> kills;
  for (const auto& [day, time] : std::vector<std::pair<std::chrono::year_month_day, Instant>>{
           {friday, new_york(friday, 8h)},
           {friday, new_york(friday, 9h + 25min)},
           {friday, new_york(friday, 9h + 30min)},
           {friday, new_york(friday, 10h)},
           {friday, new_york(friday, 11h + 30min)},
           {friday, new_york(friday, 12h + 59min + 50s)},
           {friday, new_york(friday, 17h)},
           {friday, new_york(friday, 17h + 30min)},
           {monday, new_york(monday, 7h + 30min)},
           {monday, new_york(monday, 7h + 31min)},
           {monday, new_york(monday, 18h + 29min + 55s)}})
    kills.push_back(time + std::chrono::milliseconds{random.below(4'000)});
  Instant start = new_york(friday, 7h);
  std::map<std::string, int> finished;
  const auto progress = [&](const std::string& line) { ++finished[line.substr(0, 16)]; };
  for (const Instant kill : kills) {
    const Ended killed = run(start, options, kill, progress);
    EXPECT_FALSE(killed.outcome);
    start = kill + 15s;
  }
  const Ended ended = run(start, options, {}, progress);
  ASSERT_TRUE(ended.outcome) << ended.error;
  ASSERT_EQ(ended.outcome->verdicts.size(), 1u);
  const auto& report = ended.outcome->verdicts.begin()->second;
  EXPECT_TRUE(report.passed()) << join(report.reasons(), ", ");
  const auto jobs = on_record(date(friday));
  for (const store::JobRecord& job : jobs)
    EXPECT_EQ(job.outcome, store::JobOutcome::done) << job.key.text();
  for (const auto& [line, times] : finished) EXPECT_EQ(times, 1) << line;

  const Ended again = run(ended.at + 1min, options);
  ASSERT_TRUE(again.outcome) << again.error;
  EXPECT_EQ(again.outcome->run, 0);
  EXPECT_EQ(again.outcome->verdicts.size(), 1u) << "and still says what came of it";
}

TEST_F(ScheduledTree, a_late_start_takes_what_is_left_and_says_what_it_missed) {
  const auto day = year{2025} / 11 / 28;
  market_of(day, 1);
  const Ended ended = run(new_york(day, 11h + 10min), {date(day), Until::day_over, std::nullopt});
  ASSERT_TRUE(ended.outcome) << ended.error;
  EXPECT_EQ(ended.outcome->missed, 4);
  EXPECT_EQ(count(date(day), store::JobKind::snapshot, store::JobOutcome::done), 4);
  EXPECT_FALSE(ended.outcome->good());
  EXPECT_NE(log_of(day).find("snapshot 09:30 of 2025-11-28 was due at"), std::string::npos);
}

TEST_F(ScheduledTree, a_timer_that_starts_it_each_morning_is_enough) {
  const auto thursday = year{2025} / 11 / 20, friday = year{2025} / 11 / 21;
  market_of(thursday, 2);
  const Ended first =
      run(new_york(thursday, 7h), {date(thursday), Until::nothing_due, std::nullopt});
  ASSERT_TRUE(first.outcome) << first.error;
  EXPECT_EQ(in_new_york(first.at).day, thursday) << "it left in the evening";
  const Ended second = run(new_york(friday, 7h), {date(friday), Until::nothing_due, std::nullopt});
  ASSERT_TRUE(second.outcome) << second.error;
  ASSERT_TRUE(second.outcome->verdicts.contains(date(thursday)));
  EXPECT_EQ(second.outcome->verdicts.at(date(thursday)).day.phase, check::Phase::final);
  EXPECT_TRUE(second.outcome->good());
}

TEST_F(ScheduledTree, days_on_which_nothing_ran_are_said_once) {
  const auto monday = year{2025} / 11 / 17, thursday = year{2025} / 11 / 20;
  market_of(monday, 4);
  const SchedulerOptions one_day{date(monday), Until::day_over, std::nullopt};
  ASSERT_TRUE(run(new_york(monday, 7h), one_day).outcome);
  const SchedulerOptions later{date(thursday), Until::nothing_due, std::nullopt};
  const Ended ended = run(new_york(thursday, 7h), later);
  ASSERT_TRUE(ended.outcome) << ended.error;
  EXPECT_EQ(ended.outcome->missed, 2) << "Tuesday and Wednesday";
  EXPECT_NE(log_of(year{2025} / 11 / 18).find("day_missed"), std::string::npos);
  const Ended again = run(ended.at + 1min, later);
  ASSERT_TRUE(again.outcome) << again.error;
  EXPECT_EQ(again.outcome->missed, 0);
}

}  // namespace
}  // namespace opt_data::app
