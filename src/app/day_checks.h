// What must hold of a simulated day, whatever went wrong in it: judged from what is stored, from
// what a witness saw on the wire, and from the market itself.
//
//   - one row for every contract expected in a slot, no key twice; the slot is there unless
//     something was wrong around it
//   - no value that the gateway did not send for that contract inside the slot
//   - no answer lost while nothing was wrong
//   - flags say what the row holds; a feed that stood still is flagged, an honest market is not
//   - the daily view holds what its source slot held; open interest is the market's
//   - the verdict is the one that these rows deserve
#pragma once

#include <string>
#include <vector>

#include "app/day.h"
#include "market/market_source.h"
#include "sim/scenario.h"

namespace opt_data::app {

struct DayEvidence {
  const sim::Scenario& scenario;
  const sim::Witness& witness;
  const MarketSource& market;
  std::vector<sim::Window> troubles;  // When something outside the collector was wrong.
  TradeDate date;
  const DayResult& result;
  Wiring& wiring;
};

struct DayFindings {
  std::vector<std::string> violations;
  std::int64_t contracts = 0;
  std::int64_t rows = 0;
  std::int64_t usable = 0;
  int slots = 0;
};

// Errors: whatever the dataset, asked as its readers ask it, answers.
Result<DayFindings> check_day(const DayEvidence& evidence);

}  // namespace opt_data::app
