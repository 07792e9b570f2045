#include "collect/answer_times.h"

#include <algorithm>
#include <cmath>

namespace opt_data::collect {
namespace {

using std::chrono::milliseconds;

}  // namespace

milliseconds AnswerTimes::at(double share) const {
  const double place = share * static_cast<double>(spread.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= spread.size()) return spread.back();
  const double part = place - static_cast<double>(below);
  const auto step = static_cast<double>((spread[below + 1] - spread[below]).count());
  return spread[below] + milliseconds{std::llround(part * step)};
}

milliseconds AnswerTimes::mean() const {
  // Of a line through the points: each inner one counts whole, the two ends half.
  if (spread.size() == 1) return spread.front();
  milliseconds sum{0};
  for (const milliseconds each : spread) sum += 2 * each;
  sum -= spread.front() + spread.back();
  return sum / static_cast<std::int64_t>(2 * (spread.size() - 1));
}

const KnownContract* AnswerTimes::slow(ContractId id) const {
  const auto found = known.find(id);
  if (found == known.end()) return nullptr;
  const KnownContract& contract = found->second;
  return contract.attempts > 1 || contract.last > spread.back() ? &contract : nullptr;
}

AnswerTimes learn(
    std::string from, std::span<const OptionQuote> rows, std::vector<milliseconds> spread,
    const AttemptLimits& limits) {
  AnswerTimes times;
  times.from = std::move(from);
  if (!spread.empty()) times.spread = std::move(spread);
  for (const OptionQuote& row : rows) {
    const ContractId id = row.contract.id;
    const bool timed_out = row.flags.has(QualityFlag::snapshot_timeout);
    const milliseconds quick = times.mean();
    if (row.error.type == "refused") {
      times.known[id] = {quick, quick, 1, false};
    } else if (row.usable() && row.flags.has(QualityFlag::exchange_fallback)) {
      times.known[id] = {limits.in_vain(), timed_out ? limits.timeout : quick, 2, true};
    } else if (row.usable() && timed_out) {
      times.known[id] = {limits.timeout, limits.timeout, 1, true};
    } else if (!row.usable() && (row.error.type.empty() || row.error.type == "timeout")) {
      times.known[id] = {limits.in_vain(), limits.in_vain(), limits.attempts_max, false};
    }
    // What was not asked, or lost with its session, says nothing about the contract.
  }
  return times;
}

std::vector<milliseconds> spread_of(std::vector<milliseconds> times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  std::vector<milliseconds> spread;
  for (std::size_t tenth = 0; tenth <= 10; ++tenth)
    spread.push_back(times[tenth * (times.size() - 1) / 10]);
  return spread;
}

}  // namespace opt_data::collect
