// Deciding what a slot asks for, apart from asking it: pure functions.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "calendar/slot.h"
#include "collect/contract_book.h"
#include "market/option_quote.h"

namespace opt_data::collect {

// What the account and the settings allow; what the prediction is made of.
struct CaptureLimits {
  int messages_per_second = 45;
  int lines = 95;
  int subscriptions_per_minute = 1'000'000;
  int in_flight_max = 95;
  std::chrono::milliseconds answer_time{2'000};  // What an answer usually takes.
};

struct PlanCost {
  int lines = 0;
  int messages = 0;
  std::chrono::milliseconds duration{};
};

// Each contract of the books is in one list. `ask` is in the order of asking: nearest to the money
// first, so that what is cut off by a deadline is what matters least.
struct SnapshotPlan {
  Slot slot;
  std::vector<OptionContract> ask;
  std::vector<OptionContract> omitted;  // Expired before the slot's day.
  PlanCost cost;
};

SnapshotPlan plan_snapshot(
    const Slot& slot, std::span<const ContractBook> books, const CaptureLimits& limits);

// How long `contracts` questions take at least: subscriptions and cancels share the messages; the
// last lines need no cancel to be answered; a line is busy for the time of its answer.
std::chrono::milliseconds predicted_duration(std::size_t contracts, const CaptureLimits& limits);

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
