// Everything that is to be done for one trade date, in its order, and until when it makes sense.
//
//   preflight, discovery, every slot, selfcheck (intraday); rollup, selfcheck (eod), logscan, fill
//   if wanted; in the morning after: enrichment, rollup again, selfcheck (final); in the evening
//   after the last session of a week: compaction, retention and backup, where they are wanted
//
// The jobs of a date run one after the other. Times of the day are New York's, whatever the night
// before did to the clocks; the close is the session's own, so a half day has fewer slots.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "calendar/slot.h"
#include "store/ledger.h"

namespace opt_data::schedule {

struct Times {
  std::chrono::minutes discovery{8 * 60};
  std::chrono::minutes rollup{17 * 60};
  std::chrono::minutes logscan{17 * 60 + 30};
  std::chrono::minutes enrichment{7 * 60 + 30};  // On the next trading day.
  std::chrono::seconds start_grace{120};         // A slot may start so much later,
  std::chrono::seconds window{1'500};            // and the closing one so much earlier.
  bool fill = false;                             // Missed slots from the broker's history.
  std::chrono::minutes upkeep{18 * 60 + 30};     // On the trading day after the week's last.
  bool compaction = false, retention = false, backup = false;
};

// Passes of jobs that a day has more than once: the `slot` of their keys.
constexpr int once = -1;
constexpr int intraday = 0, eod = 1;  // Of selfcheck; the final one is `once`.
constexpr int with_interest = 1;      // Of rollup.

struct Job {
  store::JobKey key;
  Instant due{};
  Instant wake{};    // What has to be ready by then is begun here: a session, the closing slot.
  Instant latest{};  // Started later it would be of no use: it is missed.

  bool is_slot() const { return key.kind == store::JobKind::snapshot; }
};

// Errors: invalid_input at the end of the years the calendar knows.
Result<std::vector<Job>> agenda(
    TradeDate date, const SlotGrid& grid, const Calendar& calendar, const Times& times);

// "snapshot 10:30", "selfcheck (eod)": for people.
std::string name_of(const Job& job);

}  // namespace opt_data::schedule
