// A market grown from a seed, with the shipped filters: half strikes that exist only for some
// expiries, several trading classes, and a half day.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "dataset.h"
#include "program.h"
#include "simulated_day.h"

namespace opt_data::e2e {
namespace {

std::string seed() {
  if (const char* named = std::getenv("OPT_DATA_TEST_SEED")) return named;
  return std::to_string(std::random_device{}() % 1'000'000);
}

Finished run_synthetic(
    const std::filesystem::path& dir, const std::string& date, const std::string& seed) {
  return run_demo(
      dir, {"--market", "synthetic", "--symbols", "AAPL,MSFT", "--date", date, "--seed", seed,
            "--shipped-filters"});
}

TEST(SyntheticDay, passes_with_the_shipped_filters) {
  const std::string chosen = seed();
  SCOPED_TRACE("OPT_DATA_TEST_SEED=" + chosen);
  const TemporaryDirectory dir;
  const Finished run = run_synthetic(dir.path(), "2025-11-21", chosen);
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  EXPECT_EQ(run.json()["status"], "PASS");
  Dataset data(dir.path());
  EXPECT_EQ(
      data.texts("SELECT DISTINCT underlying FROM intraday ORDER BY 1"),
      (std::vector<std::string>{"AAPL", "MSFT"}));
  EXPECT_EQ(data.count("SELECT count(DISTINCT slot_30m) FROM intraday"), 14);
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday WHERE error_type <> ''"), 0);
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday WHERE source <> 'SIMULATED'"), 0);
  // Shipped: within 20 % of the money, seven strikes of an expiry at most, nothing that expires
  // the same day.
  EXPECT_EQ(
      data.count(
          "SELECT count(*) FROM intraday WHERE strike NOT BETWEEN 0.8 * underlying_close AND 1.2 * "
          "underlying_close OR expiry <= trade_date"),
      0);
  EXPECT_EQ(
      data.count(
          "SELECT count(*) FROM (SELECT underlying, expiry FROM daily_clean GROUP BY ALL HAVING "
          "count(DISTINCT strike) > 7)"),
      0);
}

// The day again with the gateway in hand, which counts what it refused.
TEST(SyntheticDay, discovery_never_asks_for_what_is_not_listed) {
  const std::string chosen = seed();
  SCOPED_TRACE("OPT_DATA_TEST_SEED=" + chosen);
  const TemporaryDirectory dir;
  SimulatedWorld world;
  world.market = {"", {"AAPL", "MSFT"}, std::chrono::year{2025} / 11 / 21, 1, std::stoull(chosen)};
  world.shipped_filters = true;
  world.changed = {{"logging.level", std::string("debug")}};
  SimulatedDay day(dir.path(), std::move(world));
  const auto result = day.run();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->selfcheck.passed());
  const sim::SimCounters& counters = day.gateway().counters();
  EXPECT_EQ(counters.error_count(200), 0u);
  EXPECT_GT(counters.subscriptions, 0u);
  EXPECT_GT(counters.wide_requests, 0u);
  EXPECT_EQ(counters.rate_rejected, 0u);
  EXPECT_EQ(counters.error_count(101), 0u);
  // What the half strikes are: listed for some expiry, and not for all of them. A cross product of
  // the chain's answer would have met them.
  const Instant open = new_york(std::chrono::year{2025} / 11 / 21, std::chrono::hours{10});
  std::map<std::string, std::set<std::int64_t>> by_expiry;
  std::set<std::int64_t> strikes;
  for (const OptionContract& contract : day.listed("AAPL", open)) {
    by_expiry[contract.trading_class + iso(contract.expiry)].insert(contract.strike.mills);
    strikes.insert(contract.strike.mills);
  }
  EXPECT_TRUE(std::any_of(by_expiry.begin(), by_expiry.end(), [&](const auto& listed) {
    return listed.second.size() < strikes.size();
  }));
  // The event log is kept in full, and says nothing of the kind either.
  const std::string log = read_file(dir.path() / "state" / "run_logs" / "opt-data.jsonl");
  EXPECT_FALSE(log.empty());
  EXPECT_EQ(log.find("code 200"), std::string::npos);
  EXPECT_EQ(log.find("discovery_probe"), std::string::npos);
}

TEST(SyntheticDay, a_half_day_has_eight_slots_and_passes) {
  const std::string chosen = seed();
  SCOPED_TRACE("OPT_DATA_TEST_SEED=" + chosen);
  const TemporaryDirectory dir;
  const Finished run = run_synthetic(dir.path(), "2025-11-28", chosen);
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  const auto qa = run.json()["selfcheck"]["qa"];
  EXPECT_EQ(qa["status"], "PASS");
  ASSERT_EQ(qa["slots"].size(), 2u * 8u);
  EXPECT_EQ(qa["slots"][7]["label"], "13:00");
  Dataset data(dir.path());
  EXPECT_EQ(data.count("SELECT count(DISTINCT slot_30m) FROM intraday"), 8);
  EXPECT_EQ(
      data.texts("SELECT DISTINCT rollup_source_time::VARCHAR FROM daily_clean WHERE "
                 "rollup_strategy = 'close'"),
      std::vector<std::string>{"2025-11-28 18:00:00"});
}

TEST(SyntheticDay, the_same_seed_gives_the_same_day) {
  const std::string chosen = seed();
  SCOPED_TRACE("OPT_DATA_TEST_SEED=" + chosen);
  const TemporaryDirectory once, again;
  ASSERT_EQ(run_synthetic(once.path(), "2025-11-28", chosen).exit_code, 0);
  ASSERT_EQ(run_synthetic(again.path(), "2025-11-28", chosen).exit_code, 0);
  Dataset data(once.path());
  const std::string other = (again.path() / "data/clean/ib/chain/view=intraday/date=*/*.parquet");
  EXPECT_EQ(
      data.count(fmt::format(
          "SELECT count(*) FROM (SELECT * EXCLUDE (ingest_id) FROM intraday EXCEPT ALL SELECT * "
          "EXCLUDE (ingest_id) FROM read_parquet({}, hive_partitioning = false))",
          store::sql_text(other))),
      0);
}

}  // namespace
}  // namespace opt_data::e2e
