#include "collect/plan.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace opt_data::collect {

SnapshotPlan plan_snapshot(
    const Slot& slot, std::span<const ContractBook> books, const CaptureLimits& limits) {
  SnapshotPlan plan{slot, {}, {}, {}};
  struct Ranked {
    double distance;
    const OptionContract* contract;
  };
  std::vector<Ranked> ranked;
  for (const ContractBook& book : books) {
    for (const OptionContract& contract : book.contracts) {
      if (contract.expiry < slot.date.day()) {
        plan.omitted.push_back(contract);
        continue;
      }
      const double distance = std::abs(std::log(contract.strike.usd() / book.reference.usd));
      ranked.push_back({distance, &contract});
    }
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return std::tie(a.distance, a.contract->id) < std::tie(b.distance, b.contract->id);
  });
  for (const Ranked& each : ranked) plan.ask.push_back(*each.contract);
  plan.cost.lines = std::min<int>(static_cast<int>(plan.ask.size()), limits.lines);
  plan.cost.messages = 2 * static_cast<int>(plan.ask.size());
  plan.cost.duration = predicted_duration(plan.ask.size(), limits);
  return plan;
}

std::chrono::milliseconds predicted_duration(std::size_t contracts, const CaptureLimits& limits) {
  if (contracts == 0) return std::chrono::milliseconds{0};
  const double n = static_cast<double>(contracts);
  const double lines = std::min(limits.lines, limits.in_flight_max);
  const double answer = static_cast<double>(limits.answer_time.count()) / 1000.0;
  const double rate = limits.messages_per_second;
  const double by_asking = n / rate;
  const double by_messages = (2 * n - std::min(n, lines)) / rate;
  const double by_lines = n * answer / lines;
  // A sliding minute lets its whole budget through at once, then waits for the next minute.
  const double by_minute =
      60.0 * std::floor((n - 1) / static_cast<double>(limits.subscriptions_per_minute));
  const double seconds = std::max({by_asking, by_messages, by_lines, by_minute}) + answer;
  return std::chrono::milliseconds{std::llround(seconds * 1000.0)};
}

SlotWindow slot_window(
    const Slot& slot, const SlotGrid& grid, std::chrono::milliseconds predicted,
    const WindowOptions& options) {
  SlotWindow window{slot.at, slot.at + options.start_grace, slot.at + options.window};
  if (slot.index == grid.close().index) {
    // Half a minute more than predicted: what is answered after the close is flagged.
    const Instant before_close =
        slot.at - predicted -
        std::min<std::chrono::milliseconds>(predicted / 4, std::chrono::seconds{30});
    const Instant earlier = grid.size() > 1 ? grid.slots()[slot.index - 1U].at : slot.at;
    window.start_earliest = std::max(before_close, earlier);
  } else {
    const Instant next = grid.slots()[slot.index + 1U].at;
    window.end = std::min(window.end, next - std::chrono::minutes{1});
  }
  return window;
}

}  // namespace opt_data::collect
