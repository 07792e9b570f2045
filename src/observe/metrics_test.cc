#include "observe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "observe/observe_fixture.h"

namespace opt_data::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, have_names_and_units_as_prometheus_wants_them) {
  std::set<std::string_view> names;
  const std::regex name("optdata(_[a-z][a-z0-9]*)+"), label("[a-z][a-z0-9_]*");
  for (const MetricFamily& family : metric_families()) {
    const std::string text(family.name);
    EXPECT_TRUE(std::regex_match(text, name)) << text;
    EXPECT_TRUE(names.insert(family.name).second) << text << " is there twice";
    EXPECT_EQ(text.ends_with("_total"), family.type == MetricType::counter) << text;
    EXPECT_FALSE(family.help.empty() || family.help.find_first_of("\n\\") != family.help.npos);
    for (const char* unit : {"_ms", "_minutes", "_hours", "_percent", "_kb", "_mb", "_us"})
      EXPECT_FALSE((text + "_").find(std::string(unit) + "_") != text.npos) << text;
    for (const std::string_view each : family.labels) {
      EXPECT_TRUE(std::regex_match(std::string(each), label)) << each;
      EXPECT_TRUE(each != "conid" && each != "contract" && each != "symbol") << text;
    }
  }
}

// The grammar of the text format, line by line.
void expect_text_format(const std::string& text) {
  const std::regex help("# HELP ([a-z_]+) .+"), type("# TYPE ([a-z_]+) (counter|gauge)");
  const std::regex sample(R"re(([a-z_]+)(\{([a-z_]+="([^"\\]|\\\\|\\"|\\n)*"(,(?!\}))?)+\})? )re"
                          R"re((-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?|NaN|[+-]Inf))re");
  std::set<std::string> done, series;
  std::string current;
  bool typed = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      current = match[1];
      typed = false;
      EXPECT_TRUE(done.insert(current).second) << "a family in two pieces: " << line;
    } else if (std::regex_match(line, match, type)) {
      EXPECT_EQ(match[1], current);
      typed = true;
    } else if (std::regex_match(line, match, sample)) {
      EXPECT_TRUE(typed && match[1] == current) << line;
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
    } else {
      ADD_FAILURE() << "not of the format: " << line;
    }
  }
  EXPECT_TRUE(text.ends_with("\n"));
}

TEST(Metrics, are_written_in_the_text_format) {
  Metrics metrics;
  for (const MetricFamily& family : metric_families()) {
    const Metrics::Labels labels(family.labels.size(), "a \"b\\c\n");
    if (family.type == MetricType::counter)
      metrics.add(family.name, labels, 3);
    else
      metrics.set(family.name, labels, -1.25e-7);
  }
  metrics.set("optdata_disk_free_bytes", {}, 1.5e12);
  metrics.set("optdata_day_gate_ratio", {"nan"}, std::nan(""));
  metrics.set("optdata_day_gate_ratio", {"inf"}, -INFINITY);
  const std::string text = metrics.text();
  expect_text_format(text);
  EXPECT_THAT(text, HasSubstr("optdata_disk_free_bytes 1500000000000\n"));
  EXPECT_THAT(text, HasSubstr(R"(optdata_day_passed{phase="a \"b\\c\n"} -1.25e-07)"));
}

TEST(Metrics, that_were_never_counted_are_zero_and_those_never_measured_are_absent) {
  const std::string text = Metrics().text();
  expect_text_format(text);
  EXPECT_THAT(text, HasSubstr("optdata_pacing_violations_total 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("optdata_disk_free_bytes")));
}

TEST(Metrics, forget_what_would_mislead) {
  Metrics metrics;
  metrics.set("optdata_day_gate_ratio", {"slot_coverage_min"}, 0.5);
  metrics.forget("optdata_day_gate_ratio");
  metrics.set("optdata_day_gate_ratio", {"delayed_ratio"}, 0);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("slot_coverage_min")));
  EXPECT_THAT(metrics.text(), HasSubstr(R"(optdata_day_gate_ratio{gate="delayed_ratio"} 0)"));
}

TEST(Metrics, stay_small_whatever_is_counted) {
  Metrics metrics;
  for (int i = 0; i < 10'000; ++i)
    metrics.add("optdata_events_total", {"info", "code_" + std::to_string(i)});
  EXPECT_EQ(
      metrics.value("optdata_events_total", {"other", "other"}),
      10'000 - static_cast<double>(Metrics::series_max));
  EXPECT_LT(metrics.text().size(), 20'000u);
}

TEST(MetricsSink, counts_the_stream_of_events) {
  Metrics metrics;
  MetricsSink sink(metrics);
  for (int i = 0; i < 2; ++i) sink.on(event_of(Level::warning, "pacing_violation"));
  sink.on(event_of(Level::warning, "gateway_lost"));
  sink.on(event_of(Level::debug, "tick"));
  EXPECT_EQ(metrics.value("optdata_events_total", {"warning", "pacing_violation"}), 2);
  EXPECT_EQ(metrics.value("optdata_pacing_violations_total"), 2);
  EXPECT_EQ(metrics.value("optdata_gateway_losses_total"), 1);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("tick")));
}

// What the dashboard asks for exists, with the labels it asks by; and it shows something of
// everything that a day can go wrong in.
TEST(Dashboard, asks_only_for_metrics_that_exist) {
  const std::string text =
      contents(std::filesystem::path(OPT_DATA_SOURCE_DIR) / "config/grafana/opt-data.json");
  ASSERT_FALSE(text.empty());
  std::map<std::string, std::vector<std::string_view>> labels;
  for (const MetricFamily& family : metric_families()) labels.emplace(family.name, family.labels);
  const std::regex name(R"re((optdata_[a-z_]+)(\{([a-z_]+)=)?)re"), legend(R"(\{\{([a-z_]+)\}\})");
  const std::sregex_iterator end;
  std::set<std::string> asked, known_labels;
  for (std::sregex_iterator at(text.begin(), text.end(), name); at != end; ++at) {
    const std::string family = (*at)[1], label = (*at)[3];
    asked.insert(family);
    ASSERT_TRUE(labels.contains(family)) << family << " is no metric";
    const auto& known = labels.at(family);
    EXPECT_TRUE(label.empty() || std::ranges::find(known, label) != known.end())
        << family << " has no label " << label;
    known_labels.insert(known.begin(), known.end());
  }
  for (std::sregex_iterator at(text.begin(), text.end(), legend); at != end; ++at)
    EXPECT_TRUE(known_labels.contains((*at)[1])) << (*at)[1];
  for (const char* must :
       {"optdata_day_passed", "optdata_disk_free_bytes", "optdata_gateway_losses_total",
        "optdata_pacing_violations_total", "optdata_job_runs_total", "optdata_alerts_waiting"})
    EXPECT_TRUE(asked.contains(must)) << must;
}

}  // namespace
}  // namespace opt_data::observe
