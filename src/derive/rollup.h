// The day's views from its slots: one row per contract that was expected in any slot, with the slot
// it came from, open interest as the enrichment view has it, and split-adjusted columns beside.
//
// No clock and no session: the same partitions give the same rows, at any hour, any number of
// times. Open interest is joined, never edited in, so a second rollup keeps it.
//
// Errors: not_found when the day has no intraday rows; corrupt and storage as dataset.h says.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "calendar/slot.h"
#include "market/corporate_action.h"
#include "observe/event.h"
#include "store/dataset.h"
#include "store/ledger.h"

namespace opt_data::derive {

struct RollupSummary {
  std::int64_t rows = 0;
  std::map<std::string, std::int64_t> strategies;  // close, slot_1530, last_good, none
  std::int64_t without_row = 0;                    // Expected, yet in no file of the day.
  std::int64_t adjusted = 0;                       // Rows with a factor other than 1.
  bool already = false;                            // Both views stood there unchanged.
};

std::string to_json(const RollupSummary& summary);

// The rows of daily_clean, with $1 for the ingest id. The closing slot is a number in the text:
// only of one that it knows when it plans does DuckDB leave the files of other slots alone.
std::string daily_select(int closing_slot);

Result<RollupSummary> roll_up(
    TradeDate date, const SlotGrid& grid, const std::vector<CorporateAction>& actions,
    const std::string& ingest_id, store::Ledger& ledger, const store::DatasetReader& reader,
    store::DatasetWriter& writer, Instant now, observe::EventSink& events);

}  // namespace opt_data::derive
