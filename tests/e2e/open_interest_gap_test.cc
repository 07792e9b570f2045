// Open interest that the gateway did not send in the morning, and sends later.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "app/day.h"
#include "dataset.h"
#include "program.h"
#include "simulated_day.h"

namespace opt_data::e2e {
namespace {

constexpr int gap = 12;  // Of 184: more than the gate lets pass.
constexpr auto next_morning = std::chrono::year{2014} / std::chrono::June / 6;

class OpenInterestGap : public testing::Test {
 protected:
  OpenInterestGap() {
    SimulatedWorld world;
    for (ContractId id = 700'000'010; id < 700'000'010 + gap; ++id) {
      sim::RequestFilter filter;
      filter.id = id;
      filter.when.to = new_york(next_morning, std::chrono::hours{8});
      world.gateway.faults.no_generics.push_back(filter);
    }
    day_.emplace(dir_.path(), std::move(world));
  }

  std::int64_t count(const std::string& where) {
    return Dataset(dir_.path()).count("SELECT count(*) FROM daily_clean WHERE " + where);
  }
  Result<check::SelfcheckReport> selfcheck() {
    return app::run_selfcheck(day_->date(), check::Phase::final, false, day_->wiring());
  }

  const std::string in_gap_ = fmt::format("conid BETWEEN 700000010 AND {}", 700'000'010 + gap - 1);
  TemporaryDirectory dir_;
  std::optional<SimulatedDay> day_;
};

TEST_F(OpenInterestGap, is_seen_by_the_rows_and_by_the_gate) {
  const auto day = day_->run();
  ASSERT_TRUE(day) << day.error().message;
  EXPECT_EQ(day->selfcheck.reasons(), std::vector<std::string>{"qa:oi_enrichment_ratio"});
  EXPECT_EQ(
      count(
          in_gap_ + " AND oi_state = 'missing' AND open_interest IS NULL AND oi_asof_date IS NULL "
                    "AND list_contains(data_quality_flag, 'missing_oi') AND NOT "
                    "list_contains(data_quality_flag, 'oi_enriched')"),
      gap);
  EXPECT_EQ(count("oi_state = 'value'"), 184 - gap);
}

TEST_F(OpenInterestGap, is_filled_by_a_later_run_and_by_no_third) {
  const auto day = day_->run();
  ASSERT_TRUE(day) << day.error().message;
  day_->wait_until(new_york(next_morning, std::chrono::hours{9}));
  const auto filled = day_->enrich();
  ASSERT_TRUE(filled) << filled.error().message;
  EXPECT_EQ(filled->considered, gap);  // Who has a value is not asked again.
  EXPECT_EQ(filled->updated, gap);
  EXPECT_EQ(filled->with_value, 184);
  EXPECT_EQ(
      count(
          in_gap_ + " AND oi_state = 'value' AND open_interest IS NOT NULL AND oi_asof_date = "
                    "DATE '2014-06-05' AND list_contains(data_quality_flag, 'oi_enriched') AND "
                    "NOT list_contains(data_quality_flag, 'missing_oi')"),
      gap);
  EXPECT_EQ(count("list_contains(data_quality_flag, 'oi_enriched')"), 184);
  const auto verdict = selfcheck();
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->reasons(), std::vector<std::string>{});

  const auto files = published_files(dir_.path());
  const auto again = day_->enrich();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->updated, 0);
  EXPECT_EQ(again->considered, 0);
  EXPECT_EQ(again->with_value, 184);
  EXPECT_TRUE(again->already);
  EXPECT_EQ(published_files(dir_.path()), files);
}

}  // namespace
}  // namespace opt_data::e2e
