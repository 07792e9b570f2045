// One figure, and what it is held against: a line of JSON on standard output, which tools/bench.mjs
// gathers into results.json with machine, commit and date.
//
//   print({.name = "publish.time", .value = 1.1, .unit = "s of CPU", .against = "COPY alone",
//          .ratio = 1.24, .goal = at_most(1.3)});
//
// A figure is never a bare time: `ratio` divides it by a bound or a peer of the same run. A goal is
// one of the ratio where there is one, and of the value otherwise.
#pragma once

#include <optional>
#include <string>

namespace opt_data::bench {

struct Goal {
  enum class Side { at_least, at_most } side;
  double limit;
  bool met_by(double figure) const {
    return side == Side::at_least ? figure >= limit : figure <= limit;
  }
};
inline Goal at_least(double limit) { return {Goal::Side::at_least, limit}; }
inline Goal at_most(double limit) { return {Goal::Side::at_most, limit}; }

struct Row {
  std::string name;  // "publish.time.500000"
  double value = 0;
  std::string unit;
  std::string against{};  // The bound or the peer, in words.
  std::optional<double> ratio{};
  std::optional<Goal> goal{};
  std::string note{};

  std::optional<bool> met() const;
};

std::string to_json(const Row& row);
void print(const Row& row);
// What could not be measured here, and why: a peer that is not installed.
void print_skipped(const std::string& name, const std::string& why);

}  // namespace opt_data::bench
