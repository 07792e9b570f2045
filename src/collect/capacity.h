// What slots will cost, before they are asked: contracts, lines, messages, seconds, coverage; and
// what of a universe fits into its windows.
//
// Reads the contract lists of the day (or the newest earlier ones), the newest slot that was
// published before each slot, and its job's counts. Asks nobody and writes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collect/snapshot_job.h"

namespace opt_data::collect {

// The newest slot before `slot` that was asked and published, at most five sessions back. A file
// that a fill made of a slot nobody asked has nothing to tell of answer times.
std::optional<store::Partition> slot_before(
    const Slot& slot, std::chrono::minutes step, const Calendar& calendar,
    const store::DatasetReader& reader, const store::Ledger* ledger);

// What that slot teaches; what cannot be read is not known. `ledger` may be missing: how answer
// times spread is then assumed.
AnswerTimes times_of(
    const store::Partition& where, const SnapshotSettings& settings, const Calendar& calendar,
    const store::DatasetReader& reader, const store::Ledger* ledger);

PlanOptions plan_options(
    const Slot& slot, const SnapshotSettings& settings, const Calendar& calendar,
    AnswerTimes times);

struct SlotCapacity {
  SnapshotPlan plan;
  std::chrono::milliseconds window{};
  AnswerTimes times;
  bool fits() const { return plan.fits == plan.ask.size(); }
};

// Of one underlying: whose list it is, and what --fit leaves out of it.
struct ChainCapacity {
  Underlying symbol;
  TradeDate list_of;
  std::size_t contracts = 0;
  std::size_t left_out = 0;
};

struct Capacity {
  std::vector<ChainCapacity> chains;
  std::vector<std::string> missing;  // Underlyings without any list, each with its reason.
  std::vector<SlotCapacity> slots;
  // What fits: strikes within this share of the reference price. Empty: everything does.
  std::optional<double> moneyness;
  bool fits() const;
};

// With `fit`, what is farthest from the money is left out until every slot fits, the same for all
// slots. Errors: not_found when no underlying has a list.
Result<Capacity> measure_capacity(
    const std::vector<Slot>& slots, const std::vector<Underlying>& symbols, bool fit,
    const SnapshotSettings& settings, const Calendar& calendar, store::Disk& disk,
    const store::DatasetReader& reader, const store::Ledger* ledger);

// What to change so that `capacity` fits, as sentences; empty when it does.
std::vector<std::string> advice(const Capacity& capacity, const CaptureLimits& limits);

}  // namespace opt_data::collect
