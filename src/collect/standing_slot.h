// What a slot has already: its published rows, and answers in the journal of a run that was cut
// off. A repair takes these and asks only for the rest; it publishes a whole new file, in which no
// usable row was replaced by a worse one.
#pragma once

#include <vector>

#include "collect/snapshot_job.h"

namespace opt_data::collect {

struct StandingSlot {
  std::vector<OptionQuote> rows;      // In file order; one for each contract that was asked.
  bool changed = false;               // They hold more than what is published.
  std::vector<Underlying> not_asked;  // Of the wanted symbols: without a row.
};

// Of a slot without a file, only what its journal holds.
Result<StandingSlot> standing_slot(
    const Slot& slot, const std::vector<Underlying>& symbols, Workshop& shop);

// The rows of a slot that was cut off and whose window is over: of each expected contract the best
// answer, else a row that says that it was not asked. One that is in no book any more and was not
// answered has none.
std::vector<OptionQuote> rows_of_cut_off(
    const Slot& slot, const std::vector<store::ExpectedContract>& expected,
    const std::vector<ContractBook>& books, const Answered& answered,
    const CaptureOptions& options);

// What of `ask` is still to be asked: all that has no row, and with `retry_missed` all that has no
// usable one.
std::vector<OptionContract> left_to_ask(
    const StandingSlot& standing, std::vector<OptionContract> ask, bool retry_missed);

// Both together, in file order. True when something is better than it was.
bool merge_rows(std::vector<OptionQuote>& standing, std::vector<OptionQuote> rows);

// Raw, then clean.
Result<std::vector<OptionQuote>> publish_slot(
    std::vector<OptionQuote> rows, const Slot& slot, Workshop& shop);

}  // namespace opt_data::collect
