// A day that lost one slot whole and half of another, filled from half-hour bars afterwards: the
// values against the recording, in SQL that knows nothing of how bars are made; and the verdict,
// which stays what it was.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "app/fill.h"
#include "dataset.h"
#include "program.h"
#include "served.h"
#include "simulated_day.h"

namespace opt_data::e2e {
namespace {

constexpr int half = 3, whole = 5;  // 11:00, 12:00
constexpr const char* recording = "twx-2014-06-05";

const std::chrono::year_month_day day_of_recording = std::chrono::year{2014} / 6 / 5;

Instant at(std::chrono::microseconds time) { return new_york(day_of_recording, time); }

// Every other contract says nothing at 11:00.
SimulatedWorld with_losses() {
  SimulatedWorld world;
  world.gateway.wide = {std::chrono::seconds{1}, std::chrono::seconds{0}, std::chrono::seconds{1}};
  for (ContractId id = 700'000'001; id <= 700'000'184; id += 2)
    world.gateway.faults.silent.push_back(
        {id, "", {at(std::chrono::minutes{10 * 60 + 55}), at(std::chrono::minutes{11 * 60 + 28})}});
  return world;
}

// Contracts just before the open, every slot at its time, but for the one at 12:00.
void collect(SimulatedDay& day) {
  day.wait_until(at(std::chrono::minutes{9 * 60 + 24}));
  const auto built = day.build_contracts();
  ASSERT_TRUE(built && built->complete());
  const auto slots = day.wiring().grid(day.date()).slots();
  for (const Slot& slot : slots) {
    if (slot.index == whole) continue;
    day.wait_until(slot.at);
    const auto report = day.snapshot(slot.index);
    ASSERT_TRUE(report) << report.error().message;
    day.wiring().close_session();
  }
  day.wait_until(at(std::chrono::hours{17}));
  const auto rollup = app::run_rollup_job(day.date(), -1, day.wiring());
  ASSERT_TRUE(rollup) << rollup.error().message;
}

check::DayReport judge(SimulatedDay& day) {
  auto report = app::run_qa(day.date(), check::Phase::eod, false, day.wiring());
  EXPECT_TRUE(report) << report.error().message;
  return report ? *std::move(report) : check::DayReport{};
}

class FilledDay : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TemporaryDirectory>();
    SimulatedWorld world = with_losses();
    // In the middle of it the connection is lost.
    world.gateway.faults.disconnect_at = {at(std::chrono::minutes{17 * 60 + 25})};
    day_ = std::make_unique<SimulatedDay>(dir_->path(), std::move(world));
    collect(*day_);
    if (HasFatalFailure()) return;
    before_ = judge(*day_);
    live_ = published_files(dir_->path());
    auto report = day_->fill();
    ASSERT_TRUE(report) << report.error().message;
    report_ = *std::move(report);
    ASSERT_TRUE(app::run_rollup_job(day_->date(), -1, day_->wiring()));
    data_ = std::make_unique<Dataset>(dir_->path(), recording);
  }
  static void TearDownTestSuite() {
    data_.reset();
    day_.reset();
    dir_.reset();
  }

  inline static std::unique_ptr<TemporaryDirectory> dir_;
  inline static std::unique_ptr<SimulatedDay> day_;
  inline static std::unique_ptr<Dataset> data_;
  inline static check::DayReport before_;
  inline static std::map<std::string, Identity> live_;
  inline static collect::FillReport report_;
};

TEST_F(FilledDay, both_slots_have_a_row_for_every_contract) {
  ASSERT_EQ(report_.slots.size(), 14u);
  EXPECT_EQ(report_.slots[half].missed, 92);
  EXPECT_EQ(report_.slots[whole].missed, 184);
  for (const int slot : {half, whole}) {
    const collect::SlotFill& fill = report_.slots[static_cast<std::size_t>(slot)];
    EXPECT_EQ(fill.left(), 0) << fill.slot;
    EXPECT_EQ(fill.filled + static_cast<std::int64_t>(fill.without.size()), fill.missed);
    for (const char* view : {"intraday", "raw_intraday"}) {
      EXPECT_EQ(
          data_->count(fmt::format("SELECT count(*) FROM {} WHERE slot_30m = {}", view, slot)),
          184);
      EXPECT_EQ(
          data_->count(fmt::format(
              "SELECT count(*) FROM {} WHERE slot_30m = {} AND source = 'IBKR_HISTORICAL' AND "
              "list_contains(data_quality_flag, 'historical_fill')",
              view, slot)),
          fill.filled);
    }
  }
  EXPECT_EQ(data_->count("SELECT count(DISTINCT (conid, slot_30m)) FROM intraday"), 184 * 14);
  EXPECT_GT(report_.filled(), 240);
}

TEST_F(FilledDay, bid_and_ask_are_the_recordings_time_averages) {
  for (const char* side : {"bid", "ask"}) {
    const std::string averages = fmt::format(
        R"(
        WITH wanted AS (
          SELECT DISTINCT conid, slot_30m, sample_time - INTERVAL 30 MINUTE AS start,
                 sample_time AS until
          FROM intraday WHERE source = 'IBKR_HISTORICAL'
        ),
        said AS (
          SELECT conid, "at", arg_max({0}, turn) AS price FROM points WHERE {0} IS NOT NULL
          GROUP BY conid, "at"
        ),
        steps AS (
          SELECT wanted.*, "at", greatest("at", start) AS since, price
          FROM wanted JOIN said USING (conid)
          WHERE "at" < until
          QUALIFY "at" >= start OR "at" = max("at") FILTER ("at" < start) OVER (
                  PARTITION BY conid, slot_30m)
        ),
        stood AS (
          SELECT *, epoch_us(coalesce(lead(since) OVER (PARTITION BY conid, slot_30m
                    ORDER BY since, "at"), until)) - epoch_us(since) AS us
          FROM steps
        )
        SELECT conid, slot_30m, sum(price * us) / sum(us) AS average
        FROM stood WHERE us > 0 AND price >= 0 GROUP BY ALL)",
        side);
    const std::string compared = fmt::format(
        "FROM (SELECT * FROM intraday WHERE source = 'IBKR_HISTORICAL') AS stored LEFT JOIN ({}) "
        "AS said USING (conid, slot_30m) ",
        averages);
    EXPECT_EQ(
        data_->count(fmt::format(
            "SELECT count(*) {0} WHERE (stored.{1} IS NULL) <> (said.average IS NULL) OR "
            "abs(stored.{1} - said.average) > 1e-9",
            compared, side)),
        0)
        << side;
    EXPECT_GT(
        data_->count(fmt::format("SELECT count(*) {} WHERE stored.{} > 0", compared, side)), 200)
        << side;
    // They are averages, not quotes: few of them stand on a whole cent.
    EXPECT_GT(
        data_->count(fmt::format(
            "SELECT count(*) {} WHERE abs(stored.{} * 100 - round(stored.{} * 100)) > 1e-6",
            compared, side, side)),
        100)
        << side;
  }
}

TEST_F(FilledDay, trades_are_the_recordings_session_so_far) {
  const std::string said = R"(
      SELECT stored.conid, stored.slot_30m, sum(volume) AS volume,
             arg_max(trades.close, ends_at) AS last, arg_min(trades.open, starts_at) AS open,
             max(trades.high) AS high, min(trades.low) AS low
      FROM (SELECT conid, slot_30m, sample_time FROM intraday WHERE source = 'IBKR_HISTORICAL')
           AS stored
      JOIN trades ON trades.conid = stored.conid AND trades.volume > 0
       AND trades.ends_at <= stored.sample_time
       AND trades.starts_at >= TIMESTAMP '2014-06-05 13:30:00'
      GROUP BY ALL)";
  for (const char* column : {"volume", "last", "open", "high", "low"}) {
    EXPECT_EQ(
        data_->count(fmt::format(
            "SELECT count(*) FROM (SELECT * FROM intraday WHERE source = 'IBKR_HISTORICAL') AS "
            "stored LEFT JOIN ({}) AS said USING (conid, slot_30m) "
            "WHERE stored.{} IS DISTINCT FROM said.{}",
            said, column, column)),
        0)
        << column;
  }
  EXPECT_GT(
      data_->count("SELECT count(volume) FROM intraday WHERE source = 'IBKR_HISTORICAL'"), 20);
}

TEST_F(FilledDay, holds_nothing_that_bars_do_not_say) {
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM intraday WHERE source = 'IBKR_HISTORICAL' AND (market_data_type IS "
          "NOT NULL OR iv IS NOT NULL OR delta IS NOT NULL OR bid_size IS NOT NULL OR ask_size IS "
          "NOT NULL OR open_interest IS NOT NULL OR last_trade_ts IS NOT NULL OR NOT "
          "snapshot_error OR asof_ts <> sample_time OR received_ts <= sample_time)"),
      0);
  EXPECT_EQ(
      data_->texts("SELECT DISTINCT error_type FROM intraday WHERE source = 'IBKR_HISTORICAL' "
                   "ORDER BY 1"),
      (std::vector<std::string>{"slot_missed", "timeout"}));
}

TEST_F(FilledDay, the_verdict_is_what_it_was) {
  const check::DayReport after = judge(*day_);
  ASSERT_EQ(after.gates.size(), before_.gates.size());
  for (std::size_t i = 0; i < after.gates.size(); ++i) {
    SCOPED_TRACE(after.gates[i].name);
    EXPECT_EQ(after.gates[i].value, before_.gates[i].value);
    EXPECT_EQ(after.gates[i].verdict, before_.gates[i].verdict);
    EXPECT_EQ(after.gates[i].measured.of, before_.gates[i].measured.of);
  }
  EXPECT_FALSE(after.passed());
  EXPECT_EQ(after.cells[whole].usable, 0);
  EXPECT_EQ(after.cells[half].usable, 92);
  EXPECT_EQ(after.filled_rows, report_.filled());
  EXPECT_EQ(before_.filled_rows, 0);
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM daily_clean WHERE source = 'IBKR_HISTORICAL' OR "
                   "list_contains(data_quality_flag, 'historical_fill')"),
      0);
}

TEST_F(FilledDay, no_other_slot_was_published_again) {
  for (const auto& [file, identity] : published_files(dir_->path())) {
    if (file.find("view=intraday") == std::string::npos) continue;
    const bool filled = file.find(fmt::format("slot-{:02}", half)) != std::string::npos ||
                        file.find(fmt::format("slot-{:02}", whole)) != std::string::npos;
    const auto before = live_.find(file);
    EXPECT_EQ(before == live_.end() || before->second != identity, filled) << file;
  }
}

TEST_F(FilledDay, the_brokers_pace_was_kept) {
  const sim::SimCounters& counters = day_->gateway().counters();
  EXPECT_EQ(counters.history_paced, 0u);
  EXPECT_LE(counters.history_units_high, 60u);
  EXPECT_GE(counters.history_units_high, 58u);
  EXPECT_GE(counters.history_requests, 2u * 184u);
  EXPECT_LE(counters.history_requests, 2u * 184u + 10u) << "those that the lost session took along";
  EXPECT_EQ(counters.rate_rejected, 0u);
}

TEST_F(FilledDay, a_second_fill_asks_nothing_and_publishes_nothing) {
  const auto files = published_files(dir_->path());
  const std::uint64_t asked = day_->gateway().counters().history_requests;
  const std::uint64_t connections = day_->gateway().counters().connections;
  const auto again = day_->fill();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->already);
  EXPECT_EQ(again->filled(), report_.filled());
  EXPECT_EQ(again->missed(), report_.missed());
  EXPECT_EQ(day_->gateway().counters().history_requests, asked);
  EXPECT_EQ(day_->gateway().counters().connections, connections);
  EXPECT_EQ(published_files(dir_->path()), files);
}

TEST(FillRefused, an_account_without_live_data_is_told_so_and_nothing_changes) {
  const TemporaryDirectory dir;
  SimulatedWorld world = with_losses();
  world.gateway.entitlement = sim::Entitlement::delayed;
  world.changed = {{"pacing.in_flight", std::int64_t{1}}};
  SimulatedDay day(dir.path(), std::move(world));
  day.wait_until(at(std::chrono::minutes{9 * 60 + 24}));
  const auto built = day.build_contracts();
  ASSERT_TRUE(built && built->complete());
  const Slot slot = day.wiring().grid(day.date()).slots()[half];
  day.wait_until(slot.at);
  ASSERT_TRUE(day.snapshot(half));
  const auto files = published_files(dir.path());
  day.wait_until(at(std::chrono::hours{17}));
  const auto report = day.fill();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::refused);
  EXPECT_NE(
      report.error().message.find("No market data permissions for OPRA OPT"), std::string::npos)
      << report.error().message;
  EXPECT_EQ(day.gateway().counters().history_requests, 1u);
  EXPECT_EQ(published_files(dir.path()), files);
}

// The whole day by itself, with the setting on: what was lost is filled between the close and the
// next morning.
TEST(FillByItself, a_day_fills_what_it_missed_after_its_close) {
  const TemporaryDirectory dir;
  SimulatedWorld world = with_losses();
  world.changed = {{"snapshot.fill_missed", true}};
  SimulatedDay day(dir.path(), std::move(world));
  const auto result = day.run();
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_TRUE(result->fill);
  EXPECT_EQ(result->fill->slots[half].missed, 92);
  EXPECT_TRUE(result->fill->complete());
  EXPECT_EQ(result->selfcheck.day.filled_rows, result->fill->filled());
  EXPECT_EQ(day.gateway().counters().history_paced, 0u);
  Dataset data(dir.path(), recording);
  EXPECT_EQ(
      data.count(
          "SELECT count(*) FROM intraday WHERE source = 'IBKR_HISTORICAL' AND slot_30m <> 3"),
      0);
  EXPECT_EQ(
      data.count("SELECT count(*) FROM intraday WHERE source = 'IBKR_HISTORICAL' AND received_ts < "
                 "TIMESTAMP '2014-06-05 20:25:00'"),
      0);
  // Asked again, the day knows.
  const std::uint64_t asked = day.gateway().counters().history_requests;
  const auto again = day.run();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(day.gateway().counters().history_requests, asked);
}

TEST(FillVerb, says_what_it_did_and_what_it_will_not_do) {
  const TemporaryDirectory dir;
  ASSERT_EQ(run_demo(dir.path(), {"--recording", recording}).exit_code, 0);
  const auto files = published_files(dir.path());
  const Finished nothing =
      run_verb(dir.path(), {"snapshot", "--fill-missed", "--date", "2014-06-05"});
  EXPECT_EQ(nothing.exit_code, 0) << nothing.err;
  EXPECT_EQ(nothing.out, "2014-06-05: 0 of 0 missed contracts filled; nothing was left to ask\n");
  const Finished json = run_verb(
      dir.path(),
      {"--json", "snapshot", "--fill-missed", "--date", "2014-06-05", "--slot", "10:30"});
  EXPECT_EQ(json.json()["slots"][0]["slot"], "10:30");
  EXPECT_EQ(json.json()["slots"][0]["missed"], 0);
  const Finished both =
      run_verb(dir.path(), {"snapshot", "--fill-missed", "--retry-missed", "--date", "2014-06-05"});
  EXPECT_EQ(both.exit_code, 2);
  const Finished other =
      run_verb(dir.path(), {"snapshot", "--fill-missed", "--date", "2014-06-06"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("nobody knows what to ask for"), std::string::npos) << other.err;
  const Finished odd = run_verb(
      dir.path(), {"snapshot", "--fill-missed", "--date", "2014-06-05", "--slot", "10:31"});
  EXPECT_EQ(odd.exit_code, 2);
  EXPECT_EQ(published_files(dir.path()), files);
}

// Contracts whose bars of 12:00 stand in the journal.
std::int64_t answered_before(const std::filesystem::path& dir) {
  const auto ledger = store::Ledger::open_read_only(dir / "state" / "ledger.sqlite");
  const auto date = Calendar{}.trade_date(day_of_recording);
  if (!ledger || !date) return -1;
  const auto journal = (*ledger)->journal_of({store::JobKind::fill, *date, whole});
  return journal ? static_cast<std::int64_t>(journal->size()) : -1;
}

// The program itself, over TCP and in real time, killed between two questions.
TEST(FillVerb, killed_in_the_middle_it_asks_nothing_twice) {
  const TemporaryDirectory dir;
  {
    SimulatedWorld world = with_losses();
    world.changed = {
        {"filters.expiry_types", std::vector<std::string>{"monthly"}},
        {"filters.max_expiries", std::int64_t{1}},
        {"filters.max_strikes_per_expiry", std::int64_t{2}},
        {"pacing.in_flight", std::int64_t{1}}};
    SimulatedDay day(dir.path(), std::move(world));
    day.wait_until(at(std::chrono::minutes{9 * 60 + 24}));
    ASSERT_TRUE(day.build_contracts());
    day.wait_until(at(std::chrono::hours{11}));
    ASSERT_TRUE(day.snapshot(half));
  }
  const auto files = published_files(dir.path());
  Served gateway({"--recording", recording, "--at", "17:00"});
  Invocation invocation;
  invocation.arguments = {"--config",     (dir.path() / "config" / "opt-data.toml").string(),
                          "--json",       "snapshot",
                          "--date",       "2014-06-05",
                          "--fill-missed"};
  invocation.environment = {
      {"OPT_DATA_GATEWAY_PORT", std::to_string(gateway.port())},
      {"OPT_DATA_SIMULATION_CLOCK", "2014-06-05 17:00:02"},
      {"OPT_DATA_SNAPSHOT_SLOTS", "11:00-12:00"}};
  invocation.kill_after = std::chrono::seconds{5};  // Of about ten.
  const Finished killed = run_program(invocation);
  EXPECT_TRUE(killed.killed) << killed.out << killed.err;
  EXPECT_EQ(published_files(dir.path()), files);
  invocation.kill_after.reset();
  const std::int64_t answered = answered_before(dir.path());
  ASSERT_GE(answered, 0);
  fmt::print("killed with {} of 4 contracts answered\n", answered);
  const Finished again = run_program(invocation);
  ASSERT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_EQ(again.json()["requests"], 2 * (4 - answered));
  for (const auto& slot : again.json()["slots"]) {
    EXPECT_EQ(slot["left"], 0);
    EXPECT_EQ(slot["filled"], slot["missed"]);
  }
  EXPECT_EQ(again.json()["slots"][0]["slot"], "11:00");
  EXPECT_EQ(again.json()["slots"][1]["missed"], 4);
  Dataset data(dir.path());
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday"), 12);
  EXPECT_EQ(data.count("SELECT count(DISTINCT (conid, slot_30m)) FROM intraday"), 12);
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday WHERE slot_30m IN (4, 5) AND ask > 0"), 8);
  const Finished third = run_program(invocation);
  EXPECT_EQ(third.json()["requests"], 0);
  EXPECT_EQ(third.json()["already"], true);
}

}  // namespace
}  // namespace opt_data::e2e
