// One event as one line of JSON, and back.
//
//   {"ts":"2025-10-06T14:30:01.250000Z","level":"error","code":"gateway_lost",
//    "component":"gateway","job":"snapshot/2025-10-06/02","ingest_id":"...",
//    "trade_date":"2025-10-06","slot":"10:30","message":"..."}
//
// `symbol`, `slot`, `conid`, `broker_code` and `file` are there where they say something. Bytes
// that are not UTF-8 (the broker's may be Latin-1) become U+FFFD.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "calendar/instant.h"
#include "observe/event.h"

namespace opt_data::observe {

struct LoggedEvent {
  Event event;
  RunContext run;
  Instant at{};
  int line = 0;         // In its file, from 1.
  bool broken = false;  // The line could not be read; `event` says so, as an error.
};

std::string to_line(const Event& event, const RunContext& run, Instant at);  // Without line end.

// Errors: corrupt, with the reason.
Result<LoggedEvent> from_line(std::string_view line);

}  // namespace opt_data::observe
