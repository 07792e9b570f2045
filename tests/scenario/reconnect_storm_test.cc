// A whole day, and a day before it to warm up, in which no session lasts: the collector goes
// through its jobs, beside it somebody watches the underlyings and asks for options around the
// clock, and the process must not hold more in the evening than in the morning.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // mkdtemp

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <utility>

#include "app/config.h"
#include "app/day.h"
#include "base/text.h"
#include "calendar/calendar.h"
#include "gateway/link.h"
#include "observe/tee.h"
#include "sim/synthetic_market.h"
#include "storm.h"

namespace opt_data::scenario {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A sanitizer keeps what was freed for a while.
constexpr bool own_allocator =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    false;
#else
    true;
#endif

std::uint64_t fresh_seed() {
  if (const char* given = std::getenv("OPT_DATA_TEST_SEED"))
    return static_cast<std::uint64_t>(parse_int(given).value_or(1));
  return std::random_device{}();
}

// Files of a simulated collector, in memory where the machine has such a place.
class Directory {
 public:
  Directory() {
    std::string pattern =
        fs::exists("/dev/shm") ? "/dev/shm/opt-data-storm-XXXXXX" : "/tmp/opt-data-storm-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Directory() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// What an hour of virtual time cost, at its end.
struct Hour {
  Instant at{};
  Held held;
  std::size_t sleepers = 0;      // The most of the hour: whoever waits sleeps until a deadline.
  std::int64_t connections = 0;  // Tried, in this hour.
  std::int64_t subscriptions = 0;
};

class StormyDays {
 public:
  StormyDays(std::uint64_t seed, Instant start);
  ~StormyDays();

  // A trading day from discovery to its verdict. The next can follow.
  Result<app::DayResult> live_through(TradeDate date);
  std::size_t missed() const { return missed_; }  // Slots of the last day.
  std::vector<Hour> take_hours() { return std::exchange(hours_, {}); }
  std::int64_t answered() const { return answered_; }
  std::int64_t attempts() const { return collector_.attempts() + onlooker_.attempts(); }
  std::string fates() const;

 private:
  app::World world();
  asio::awaitable<void> look_on();
  asio::awaitable<void> take_notes();

  Directory directory_;
  asio::io_context io_;
  sim::SimClock clock_;
  std::unique_ptr<sim::SyntheticMarket> market_;
  Storm collector_;
  Storm onlooker_;
  std::unique_ptr<app::Wiring> wiring_;

  gateway::PacingBudgets budgets_;
  observe::Tee nobody_;
  std::unique_ptr<gateway::Link> link_;
  std::int64_t answered_ = 0;
  bool over_ = false;
  std::vector<Hour> hours_;
  std::size_t missed_ = 0;
};

const std::vector<Underlying> symbols{"AAPL", "MSFT", "NVDA"};
constexpr std::chrono::year_month_day first_day{std::chrono::year{2025} / 11 / 18};

std::unique_ptr<sim::SyntheticMarket> make_market(std::uint64_t seed) {
  sim::SyntheticOptions options;
  options.symbols = symbols;
  options.first = first_day;
  options.last = std::chrono::year{2025} / 11 / 21;
  return *sim::SyntheticMarket::make(options, seed);
}

app::Config make_config(const fs::path& directory) {
  const std::map<std::string, app::ConfigValue> values = {
      {"universe.symbols", symbols},
      {"simulation.source", std::string("SIMULATED")},
      {"discovery.start", std::string("07:00")},
      {"filters.expiry_months_ahead", std::int64_t{3}},
      {"pacing.in_flight", std::int64_t{40}}};
  const fs::path file = directory / "config" / "opt-data.toml";
  fs::create_directories(file.parent_path());
  store::RealDisk disk;
  EXPECT_TRUE(disk.write(file, app::config_template(values, "A stormy day.")));
  app::ConfigRequest request;
  request.file = file;
  request.environment = [](const char*) -> const char* { return nullptr; };
  return *app::load_config(request);
}

StormyDays::StormyDays(std::uint64_t seed, Instant start)
    : clock_(io_, start),
      market_(make_market(seed)),
      collector_(io_, *market_, clock_, seed, 6s),
      onlooker_(io_, *market_, clock_, seed + 1, 8s),
      budgets_{
          {clock_, {45, 1s}},
          {clock_, {gateway::PacingLimit::unlimited, 1s, 40}},
          {clock_, {}},
          {clock_, {}}} {
  wiring_ = *app::Wiring::make(make_config(directory_.path()), io_, world());
  auto open = [this] {
    gateway::SessionOptions options;
    options.client_id = 201;
    auto connect = [this] { return onlooker_.connect(); };
    return gateway::TwsSession::open(connect, options, clock_, budgets_, nobody_);
  };
  link_ = std::make_unique<gateway::Link>(
      open, gateway::LinkOptions{500ms, 4s}, clock_, nobody_, Random(seed + 2));
  asio::co_spawn(io_, look_on(), asio::detached);
  asio::co_spawn(io_, take_notes(), asio::detached);
}

// Whoever still waits comes to an end, or would be left behind for good.
StormyDays::~StormyDays() {
  over_ = true;
  wiring_->close_session();
  link_->close();
  clock_.run_until(clock_.now() + 11min);
}

app::World StormyDays::world() {
  app::World world;
  world.clock = &clock_;
  world.source = DataSource::simulated;
  world.quiet = true;
  world.durability = store::Durability::process_crash;
  world.connect = [this] { return collector_.connect(); };
  world.seed = 1;
  return world;
}

// Watches on every underlying that outlive sessions, some of which are opened anew now and then,
// and questions that mostly lose theirs.
asio::awaitable<void> StormyDays::look_on() {
  std::vector<OptionContract> listed = market_->listed(symbols[0], clock_.now());
  std::vector<std::unique_ptr<gateway::Watch>> watches(symbols.size());
  for (std::size_t turn = 0; !over_; ++turn) {
    const Instant until = clock_.now() + 10min;
    const auto stands = co_await link_->ready(until);
    if (stands) {
      const std::size_t which = turn % symbols.size();
      if (!watches[which] || turn % 50 < symbols.size()) {
        watches[which].reset();
        auto underlying = co_await link_->underlying(symbols[which]);
        if (underlying) {
          auto watch = co_await link_->watch(*std::move(underlying), true);
          if (watch) watches[which] = *std::move(watch);
        }
      }
      gateway::QuoteRequest request;
      request.contract = listed[turn % listed.size()];
      request.timeout = 3s;
      request.until = clock_.now() + 20s;
      const auto answer = co_await link_->quote(std::move(request));
      answered_ += answer ? 1 : 0;
    }
    (void)co_await clock_.wait_for(700ms);
  }
}

asio::awaitable<void> StormyDays::take_notes() {
  std::int64_t connections = 0, subscriptions = 0;
  Hour hour;
  for (int minute = 1; !over_; ++minute) {
    (void)co_await clock_.wait_for(1min);
    hour.sleepers = std::max(hour.sleepers, clock_.sleepers());
    if (minute % 60 != 0) continue;
    hour.at = clock_.now();
    hour.held = held_now();
    const auto asked = static_cast<std::int64_t>(
        collector_.counters().subscriptions + onlooker_.counters().subscriptions);
    hour.connections = attempts() - std::exchange(connections, attempts());
    hour.subscriptions = asked - std::exchange(subscriptions, asked);
    hours_.push_back(std::exchange(hour, {}));
  }
}

std::string StormyDays::fates() const {
  std::map<std::string_view, std::int64_t> all = collector_.fates();
  for (const auto& [fate, times] : onlooker_.fates()) all[fate] += times;
  std::string text;
  for (const auto& [fate, times] : all) text += fmt::format(" {} {}", fate, times);
  return text;
}

Result<app::DayResult> StormyDays::live_through(TradeDate date) {
  missed_ = 0;
  const auto progress = [this](const std::string& line) {
    if (!line.starts_with("slot ") || line.find("missed") == line.npos) return;
    ++missed_;
    fmt::print("{}\n", line);
  };
  auto result = clock_.run_until_done(app::run_day(date, *wiring_, progress));
  if (!result) return fail(ErrorKind::unavailable, "the day waits for something that never comes");
  return *std::move(result);
}

void print(const std::vector<Hour>& hours) {
  for (const Hour& hour : hours)
    fmt::print(
        "{}  {:5.1f} MB resident, {:5.2f} MB of heap, {:2} descriptors, {:3} sleepers at most, "
        "{:4} connections, {:5} subscriptions\n",
        new_york_text(hour.at), hour.held.resident_megabytes, hour.held.heap_megabytes,
        hour.held.descriptors, hour.sleepers, hour.connections, hour.subscriptions);
}

template <typename Figure>
void expect_flat(const std::vector<Hour>& hours, Figure figure, double share, const char* what) {
  std::vector<double> all;
  for (const Hour& hour : hours) all.push_back(figure(hour));
  std::ranges::sort(all);
  const double median = all[all.size() / 2];
  EXPECT_LE(all.back(), median * (1 + share)) << what;
  EXPECT_GE(all.front(), median * (1 - share)) << what;
}

TEST(ReconnectStorms, leave_memory_and_descriptors_as_they_were) {
  const std::uint64_t seed = fresh_seed();
  SCOPED_TRACE(fmt::format("OPT_DATA_TEST_SEED={}", seed));
  fmt::print("seed {}\n", seed);
  const Calendar calendar;
  const TradeDate before = *calendar.trade_date(first_day);
  const TradeDate measured = *calendar.next(before);
  StormyDays days(seed, new_york(first_day, 6h + 59min));
  const auto warm_up = days.live_through(before);
  ASSERT_TRUE(warm_up) << warm_up.error().message;
  const std::vector<Hour> warming = days.take_hours();
  const auto day = days.live_through(measured);
  ASSERT_TRUE(day) << day.error().message;
  const std::vector<Hour> hours = days.take_hours();
  fmt::print("warming up:\n");
  print(warming);
  fmt::print("measured:\n");
  print(hours);
  fmt::print(
      "{} connections:{}; {} answers beside the slots\n", days.attempts(), days.fates(),
      days.answered());

  EXPECT_GE(hours.size(), 23U);
  // Whatever came of them: a discovery that lasts into the first slot costs it.
  EXPECT_EQ(day->slots.size() + days.missed(), 14U);
  EXPECT_LE(days.missed(), 2U);
  EXPECT_GT(days.answered(), 1'000);
  EXPECT_GT(days.attempts(), 5'000);
  if (own_allocator) {
    expect_flat(
        hours, [](const Hour& hour) { return hour.held.resident_megabytes; }, 0.05, "RSS");
    expect_flat(
        hours, [](const Hour& hour) { return hour.held.heap_megabytes; }, 0.2, "heap");
    // At both of these nothing but the watches and the questions beside them goes on.
    EXPECT_NEAR(hours.back().held.heap_megabytes, hours[10].held.heap_megabytes, 0.25);
  }
  for (const Hour& hour : hours) {
    EXPECT_EQ(hour.held.descriptors, hours.front().held.descriptors) << new_york_text(hour.at);
    EXPECT_LT(hour.sleepers, 150U) << new_york_text(hour.at);  // Lines, links and deadlines.
  }
}

}  // namespace
}  // namespace opt_data::scenario
