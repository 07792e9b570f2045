#include "collect/plan.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace opt_data::collect {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds whole_day = std::chrono::hours{24};

struct Ranked {
  double distance;
  const OptionContract* contract;
};

// Every so many questions one may go to a contract that uses up its time: then such contracts hold
// half of the lines that the others, asked as fast as the messages allow, leave free.
std::size_t spacing(std::size_t slow, std::size_t all, const PlanOptions& options) {
  const CaptureLimits& limits = options.limits;
  const auto seconds = [](milliseconds span) { return static_cast<double>(span.count()) / 1000.0; };
  const double questions_per_second =
      std::min(limits.messages_per_second / 2.0, limits.subscriptions_per_minute / 60.0);
  const double lines = std::min(limits.lines, limits.in_flight_max);
  const double free = lines - questions_per_second * seconds(options.times.mean());
  const double possible = free / 2 / seconds(options.attempts.timeout) / questions_per_second;
  // A fifth more than their share, so that they are all asked before the last seconds.
  const double needed = 1.2 * static_cast<double>(slow) / static_cast<double>(all);
  return static_cast<std::size_t>(std::max(2.0, 1 / std::max(possible, needed)));
}

// The first `fits` of `ranked`, with the slow ones among them brought forward; then the others.
std::vector<OptionContract> order(
    const std::vector<Ranked>& ranked, std::size_t fits, const PlanOptions& options) {
  std::vector<std::size_t> slow, quick;
  for (std::size_t i = 0; i < fits; ++i)
    (options.times.slow(ranked[i].contract->id) != nullptr ? slow : quick).push_back(i);
  std::vector<OptionContract> ask;
  ask.reserve(ranked.size());
  const std::size_t every = spacing(slow.size(), fits, options);
  auto next_slow = slow.begin();
  auto next_quick = quick.begin();
  while (ask.size() < fits) {
    const bool place =
        next_slow != slow.end() &&
        (next_quick == quick.end() || *next_slow < *next_quick || ask.size() % every == 0);
    ask.push_back(*ranked[place ? *next_slow++ : *next_quick++].contract);
  }
  for (std::size_t i = fits; i < ranked.size(); ++i) ask.push_back(*ranked[i].contract);
  return ask;
}

}  // namespace

double distance_to_money(const OptionContract& contract, double reference_usd) {
  return std::abs(std::log(contract.strike.usd() / reference_usd));
}

SnapshotPlan plan_snapshot(
    const Slot& slot, std::span<const ContractBook> books, const PlanOptions& options) {
  SnapshotPlan plan{slot, {}, {}, 0, {}};
  std::vector<Ranked> ranked;
  for (const ContractBook& book : books) {
    for (const OptionContract& contract : book.contracts) {
      if (contract.expiry < slot.date.day()) {
        plan.omitted.push_back(contract);
      } else {
        ranked.push_back({distance_to_money(contract, book.reference.usd), &contract});
      }
    }
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return std::tie(a.distance, a.contract->id) < std::tie(b.distance, b.contract->id);
  });
  const milliseconds window = options.window.count() > 0 ? options.window : whole_day;
  const auto expect = [&] {
    return forecast(
        plan.ask, books.size(), options.limits, options.attempts, options.times, window);
  };
  Forecast expected;
  expected.answered = ranked.size();
  // What is cut off is no longer brought forward, which makes room for a few more.
  for (int round = 0; round < 4 && plan.fits != expected.answered; ++round) {
    plan.fits = expected.answered;
    plan.ask = order(ranked, plan.fits, options);
    expected = expect();
  }
  plan.cost.lines = static_cast<int>(std::min<std::size_t>(
      plan.ask.size() +
          std::min<std::size_t>(books.size(), static_cast<std::size_t>(options.limits.watches_max)),
      static_cast<std::size_t>(options.limits.lines * options.limits.sessions)));
  plan.cost.messages = static_cast<int>(2 * (expected.questions + books.size()));
  plan.cost.duration = expected.duration;
  plan.cost.answered = expected.answered;
  plan.cost.usable = expected.usable;
  return plan;
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
