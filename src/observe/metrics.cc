#include "observe/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace opt_data::observe {
namespace {

constexpr MetricType counter = MetricType::counter, gauge = MetricType::gauge;

const std::vector<MetricFamily>& families() {
  static const std::vector<MetricFamily> all = [] {
    std::vector<MetricFamily> list = {
        {"optdata_build_info", gauge, {"version"}, "1, for the version that runs."},
        {"optdata_process_start_time_seconds", gauge, {}, "When the scheduler started, Unix time."},
        {"optdata_events_total", counter, {"level", "code"}, "Events, from level info up."},
        {"optdata_gateway_losses_total", counter, {}, "Sessions with the gateway that broke."},
        {"optdata_pacing_violations_total",
         counter,
         {},
         "Complaints of the broker about our pace."},
        {"optdata_pacing_in_flight_peak",
         gauge,
         {"limit"},
         "The most that were open at once since the start, of each limit."},
        {"optdata_pacing_in_flight_limit", gauge, {"limit"}, "What may be open at once."},
        {"optdata_job_runs_total", counter, {"job", "outcome"}, "Jobs that ended."},
        {"optdata_job_last_end_timestamp_seconds",
         gauge,
         {"job", "outcome"},
         "When such a job ended last, Unix time."},
        {"optdata_job_last_duration_seconds", gauge, {"job"}, "How long the last one took."},
        {"optdata_contracts_asked_total", counter, {}, "Questions that slots put, one a contract."},
        {"optdata_contracts_usable_total", counter, {}, "Of those, answered usably."},
        {"optdata_slot_expected_contracts", gauge, {}, "Contracts of the latest slot."},
        {"optdata_slot_usable_contracts", gauge, {}, "Of those, answered usably."},
        {"optdata_slot_last_end_timestamp_seconds",
         gauge,
         {},
         "When the latest slot ended, Unix time."},
        {"optdata_day_passed", gauge, {"phase"}, "1 where the latest verdict is PASS, else 0."},
        {"optdata_day_trade_date_timestamp_seconds",
         gauge,
         {"phase"},
         "The trade date of that verdict, midnight UTC, Unix time."},
        {"optdata_day_gate_ratio",
         gauge,
         {"gate"},
         "What the gate measured; absent: not measured."},
        {"optdata_day_gate_threshold_ratio", gauge, {"gate"}, "What it is compared with."},
        {"optdata_day_gate_passed", gauge, {"gate"}, "1 where the gate passed, else 0."},
        {"optdata_day_rows", gauge, {"view"}, "Rows of the judged day: intraday, daily, filled."},
        {"optdata_day_quote_lag_seconds",
         gauge,
         {"point"},
         "Quote time minus slot time of that day, p50 and p95."},
        {"optdata_day_log_events", gauge, {"level"}, "Events of that day, by its error file."},
        {"optdata_disk_free_bytes", gauge, {}, "Free where the dataset is."},
        {"optdata_alerts_raised_total", counter, {}, "Alerts that were raised."},
        {"optdata_alerts_held_back_total",
         counter,
         {},
         "Events that would have raised one, within the cool-down of the last."},
        {"optdata_alerts_dropped_total", counter, {}, "Alerts that found the queue full."},
        {"optdata_alerts_waiting", gauge, {"channel"}, "Alerts not delivered yet."},
        {"optdata_alerts_delivered_total", counter, {"channel"}, "Alerts that were delivered."},
        {"optdata_http_requests_total",
         counter,
         {"status"},
         "Requests that opt-data serve answered, by class: 2xx, 4xx, 5xx."},
        {"optdata_http_connections", gauge, {}, "Connections that are open at opt-data serve."},
        {"optdata_http_live_readers", gauge, {}, "Pages that are open and hear what happens."},
        {"optdata_alert_attempts_failed_total",
         counter,
         {"channel"},
         "Attempts to deliver one that were in vain."},
    };
    std::ranges::sort(list, {}, &MetricFamily::name);
    return list;
  }();
  return all;
}

const MetricFamily& family_of(std::string_view name) {
  const auto found = std::ranges::find(families(), name, &MetricFamily::name);
  OPT_CHECK(found != families().end());
  return *found;
}

// A label's value, which may be anybody's bytes.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    out += c;
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

}  // namespace

std::span<const MetricFamily> metric_families() { return families(); }

double& Metrics::place(std::string_view name, const Labels& labels, MetricType type) {
  const MetricFamily& family = family_of(name);
  OPT_CHECK(family.type == type && family.labels.size() == labels.size());
  auto& series = values_[family.name];
  if (series.size() >= series_max && !series.contains(labels))
    return series[Labels(labels.size(), "other")];
  return series[labels];
}

void Metrics::add(std::string_view family, const Labels& labels, double by) {
  const std::lock_guard lock(mutex_);
  place(family, labels, counter) += by;
}

void Metrics::set(std::string_view family, const Labels& labels, double value) {
  const std::lock_guard lock(mutex_);
  place(family, labels, gauge) = value;
}

void Metrics::forget(std::string_view family) {
  const std::lock_guard lock(mutex_);
  OPT_CHECK(family_of(family).type == gauge);
  values_.erase(family_of(family).name);
}

double Metrics::value(std::string_view name, const Labels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto family = values_.find(family_of(name).name);
  if (family == values_.end()) return 0;
  const auto found = family->second.find(labels);
  return found == family->second.end() ? 0 : found->second;
}

// A family without a value is left out, but for counters without labels: those are zero.
std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const MetricFamily& family : families()) {
    const auto found = values_.find(family.name);
    const bool none = found == values_.end() || found->second.empty();
    const bool zero = family.type == counter && family.labels.empty();
    if (none && !zero) continue;
    out += fmt::format(
        "# HELP {0} {1}\n# TYPE {0} {2}\n", family.name, family.help,
        family.type == counter ? "counter" : "gauge");
    if (none) {
      out += fmt::format("{} 0\n", family.name);
      continue;
    }
    for (const auto& [labels, value] : found->second) {
      out += family.name;
      for (std::size_t i = 0; i < labels.size(); ++i)
        out += fmt::format("{}{}=\"{}\"", i == 0 ? '{' : ',', family.labels[i], escaped(labels[i]));
      out += fmt::format("{} {}\n", labels.empty() ? "" : "}", number(value));
    }
  }
  return out;
}

void MetricsSink::on(const Event& event) {
  if (event.level == Level::debug) return;
  metrics_.add("optdata_events_total", {std::string(to_text(event.level)), event.code});
  if (event.code == "gateway_lost") metrics_.add("optdata_gateway_losses_total");
  if (event.code == "pacing_violation") metrics_.add("optdata_pacing_violations_total");
}

}  // namespace opt_data::observe
