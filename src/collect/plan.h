// Deciding what a slot asks for, apart from asking it: pure functions.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "calendar/slot.h"
#include "collect/contract_book.h"
#include "collect/forecast.h"
#include "market/option_quote.h"

namespace opt_data::collect {

// Expected, not least: repetitions are in it, and what cannot be asked in time is not.
struct PlanCost {
  int lines = 0;
  int messages = 0;
  std::chrono::milliseconds duration{};
  std::size_t answered = 0;  // In time.
  std::size_t usable = 0;    // Of those, as in the slot before.
};

// Each contract of the books is in one list. `ask` is in the order of asking: nearest to the money
// first, so that what is cut off by a deadline is what matters least. Contracts that are known to
// use up their time come earlier than their place, spread so that they do not take the lines of the
// others, and so never in the last seconds. Of a plan that does not fit into its window, only the
// first `fits` are treated so; the others follow, nearest first.
struct SnapshotPlan {
  Slot slot;
  std::vector<OptionContract> ask;
  std::vector<OptionContract> omitted;  // Expired before the slot's day.
  std::size_t fits = 0;                 // So many of `ask` are expected to be answered in time.
  PlanCost cost;
};

// What a plan is made for. A window of zero is none: everything fits.
struct PlanOptions {
  CaptureLimits limits;
  AttemptLimits attempts;
  AnswerTimes times;
  std::chrono::milliseconds window{0};
};

SnapshotPlan plan_snapshot(
    const Slot& slot, std::span<const ContractBook> books, const PlanOptions& options);

// |ln(strike / reference)|: what nearest means.
double distance_to_money(const OptionContract& contract, double reference_usd);

// When a slot may start and must end. The closing slot starts early by its predicted duration, so
// that it is answered before the close.
struct SlotWindow {
  Instant start_earliest;
  Instant start_latest;
  Instant end;
};
struct WindowOptions {
  std::chrono::seconds start_grace{120};
  std::chrono::seconds window{1500};
};
SlotWindow slot_window(
    const Slot& slot, const SlotGrid& grid, std::chrono::milliseconds predicted,
    const WindowOptions& options);

}  // namespace opt_data::collect
