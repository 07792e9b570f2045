// The JSON files of a day, and docs/reports.md, which tells readers what is in them.
#include "check/reports.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "check/check_fixture.h"
#include "check/day_summary.h"

namespace opt_data::check {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

class Reports : public testing::Test {
 protected:
  Reports() {
    day_.trade_date = log_.trade_date = "2025-10-06";
    GateResult coverage;
    coverage.name = "slot_coverage_min";
    coverage.verdict = Verdict::fail;
    coverage.value = 0.8;
    coverage.threshold = 0.9;
    coverage.comparator = ">=";
    coverage.measured = {24, 30};
    coverage.symbol = "AAPL";
    coverage.causes = {"AAPL 09:30: 8 of 10 contracts usable (timeout 2)"};
    GateResult filled;
    filled.name = "oi_enrichment_ratio";
    GateResult delayed;
    delayed.name = "delayed_ratio";
    delayed.verdict = Verdict::pass;
    delayed.value = 0;
    day_.gates = {coverage, delayed, filled};
    day_.cells = {{"AAPL", 0, "09:30", 10, 9, 8, 7, 6, 5, "timeout 2"}};
    day_.intraday_rows = 60;
    day_.daily_rows = 20;
    day_.quote_lag_p50_s = 20.5;
    log_.by_code = {{"error:gateway_lost", 1}};
  }
  SelfcheckReport selfcheck() const { return {day_, log_}; }

  // The names of all fields, "slots[].usable"; what is not in `closed` is looked into.
  static Words fields(
      const json& value, const std::set<std::string>& closed, std::string name = "") {
    Words names;
    if (!name.empty()) names.push_back(name);
    if (closed.contains(name)) return names;
    const auto add = [&](const Words& more) {
      names.insert(names.end(), more.begin(), more.end());
    };
    if (value.is_object()) {
      for (const auto& [key, inner] : value.items())
        add(fields(inner, closed, name.empty() ? key : name + "." + key));
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
      for (const auto& [key, inner] : value.front().items())
        add(fields(inner, closed, name + "[]." + key));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // The first column of the table under a heading of docs/reports.md.
  static Words documented(std::string_view heading) {
    static const std::string page =
        store::RealDisk{}.read(store::Path(OPT_DATA_SOURCE_DIR) / "docs/reports.md").value();
    Words names;
    bool inside = false;
    for (const std::string_view line : split(page, '\n')) {
      if (line.starts_with("## ")) inside = line.substr(3).starts_with(heading);
      if (!inside || !line.starts_with("| `")) continue;
      const std::string_view cell = line.substr(3);
      names.emplace_back(cell.substr(0, cell.find('`')));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  DayReport day_;
  LogSummary log_;
};

TEST_F(Reports, metrics_say_what_was_measured) {
  const json report = json::parse(to_json(day_));
  EXPECT_EQ(report["schema_version"], 1);
  EXPECT_EQ(report["trade_date"], "2025-10-06");
  EXPECT_EQ(report["phase"], "final");
  EXPECT_EQ(report["status"], "FAIL");
  EXPECT_EQ(report["breaches"], json({"slot_coverage_min", "oi_enrichment_ratio"}));
  const json& coverage = report["metrics"][0];
  EXPECT_EQ(coverage["value"], 0.8);
  EXPECT_EQ(coverage["passed"], false);
  EXPECT_EQ(coverage["details"]["symbol"], "AAPL");
  EXPECT_EQ(coverage["details"]["causes"].size(), 1U);
  EXPECT_EQ(report["metrics"][1]["passed"], true);
  EXPECT_TRUE(report["metrics"][2]["value"].is_null()) << "not measured is not a number";
  EXPECT_EQ(report["metrics"][2]["verdict"], "not_measured");
  EXPECT_EQ(report["metrics"][2]["passed"], false);
  EXPECT_EQ(report["slots"][0]["cause"], "timeout 2");
  EXPECT_TRUE(report["quote_lag_p95_s"].is_null());
}

TEST_F(Reports, a_selfcheck_gives_every_reason) {
  log_.errors = 1;
  log_.warnings = 31;
  log_.warnings_max = 30;
  EXPECT_EQ(
      selfcheck().reasons(),
      (Words{
          "qa:slot_coverage_min", "qa:oi_enrichment_ratio", "logs:errors>0", "logs:warnings>30"}));
  const json report = json::parse(to_json(selfcheck()));
  EXPECT_EQ(report["status"], "FAIL");
  EXPECT_EQ(report["reasons"].size(), 4U);
  EXPECT_EQ(report["qa"], json::parse(to_json(day_)));
  EXPECT_EQ(report["logs"], json::parse(to_json(log_)));
}

TEST_F(Reports, a_selfcheck_without_reasons_passes) {
  day_.gates = {day_.gates[1]};
  EXPECT_TRUE(selfcheck().passed());
  EXPECT_EQ(json::parse(to_json(selfcheck()))["status"], "PASS");
  log_.errors = 1;
  EXPECT_FALSE(selfcheck().passed()) << "a clean day with an error is no clean day";
}

TEST_F(Reports, a_day_without_gates_did_not_pass) {
  day_.gates.clear();
  EXPECT_FALSE(day_.passed());
  EXPECT_FALSE(selfcheck().passed());
}

TEST_F(Reports, are_written_where_the_page_says) {
  const store::TemporaryFolder folder;
  store::RealDisk disk;
  const TradeDate date = store::trade_date(2025, 10, 6);
  const auto root = folder / "run_logs";
  const auto metrics = write_metrics(disk, root, date, day_);
  const auto summary = write_summary(disk, root, date, log_);
  const auto verdict = write_selfcheck(disk, root, date, selfcheck());
  ASSERT_TRUE(metrics && summary && verdict);
  EXPECT_EQ(*metrics, root / "metrics/metrics_20251006.json");
  EXPECT_EQ(*summary, root / "errors/summary_20251006.json");
  EXPECT_EQ(*verdict, root / "selfcheck/selfcheck_20251006.json");
  EXPECT_EQ(json::parse(disk.read(*metrics).value()), json::parse(to_json(day_)));
  EXPECT_EQ(json::parse(disk.read(*summary).value()), json::parse(to_json(log_)));
  EXPECT_EQ(json::parse(disk.read(*verdict).value()), json::parse(to_json(selfcheck())));
}

TEST_F(Reports, have_exactly_the_fields_that_are_documented) {
  EXPECT_EQ(fields(json::parse(to_json(day_)), {}), documented("`metrics_"));
  EXPECT_EQ(fields(json::parse(to_json(log_)), {"by_code", "by_keyword"}), documented("`summary_"));
  EXPECT_EQ(fields(json::parse(to_json(selfcheck())), {"qa", "logs"}), documented("`selfcheck_"));
  DaySummary day;
  day.gates = day_.gates;
  day.cells = day_.cells;
  day.gaps = {{"AAPL", 0, "09:30", "timeout", 2, {"2025-12-19 91C"}}};
  const store::JobKey key{store::JobKind::rollup, store::trade_date(2025, 10, 6), -1};
  day.jobs = {{key, "id", {}, {}, store::JobOutcome::done, 1, "{}"}};
  day.published = {{"clean view=intraday/date=2025-10-06/slot-00", 20, "", {}}};
  EXPECT_EQ(fields(json::parse(to_json(day)), {"by_code"}), documented("`report --json`"));
}

}  // namespace
}  // namespace opt_data::check
