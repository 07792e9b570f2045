// What a monitor may ask about: counters and gauges with a fixed list of names, in Prometheus' text
// format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
//
//   metrics.add("optdata_events_total", {"error", "gateway_lost"});
//   metrics.set("optdata_disk_free_bytes", {}, 2.1e9);
//   metrics.text();
//
// Names begin with optdata_, units are base units (seconds, bytes, ratios from 0 to 1) and counters
// end in _total. A label's values are words of the program (a job, a gate, an event's code), never
// a contract, so that a family stays small; one that grows beyond series_max all the same counts
// the rest under "other". Safe to use from several threads.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/event.h"

namespace opt_data::observe {

enum class MetricType : std::uint8_t { counter, gauge };

struct MetricFamily {
  std::string_view name;
  MetricType type = MetricType::gauge;
  std::vector<std::string_view> labels;
  std::string_view help;
};

// Every family there is, by name.
std::span<const MetricFamily> metric_families();

class Metrics {
 public:
  static constexpr std::size_t series_max = 200;
  using Labels = std::vector<std::string>;  // As many as the family has.

  // Requires: the family exists and has so many labels; only a counter is added to, and only a
  // gauge is set or forgotten.
  void add(std::string_view family, const Labels& labels = {}, double by = 1);
  void set(std::string_view family, const Labels& labels, double value);
  void forget(std::string_view family);  // Its values, where older ones would mislead.

  double value(std::string_view family, const Labels& labels = {}) const;  // 0 where there is none.
  std::string text() const;

 private:
  double& place(std::string_view family, const Labels& labels, MetricType type);

  mutable std::mutex mutex_;
  std::map<std::string_view, std::map<Labels, double>> values_;
};

// Counts the stream of events.
class MetricsSink : public EventSink {
 public:
  explicit MetricsSink(Metrics& metrics) : metrics_(metrics) {}  // `metrics` outlives it.
  void on(const Event& event) override;

 private:
  Metrics& metrics_;
};

}  // namespace opt_data::observe
