// What is going on now: the session, its slots, the collector, what comes next.
#pragma once

#include <nlohmann/json.hpp>

#include "serve/desk.h"

namespace opt_data::serve {

// The body of /api/v1/status. Errors: as Desk; a machine where nothing ever ran is no error.
Result<nlohmann::ordered_json> status(Desk& desk);

// The clock of whoever collects: of a day that is replayed at real pace it is not the machine's.
Instant collectors_now(Desk& desk);

// The session that matters to somebody who looks now: today's once it is open, else the last one;
// where rows are not of the broker, the last one that is on record.
Result<TradeDate> session_of_interest(Desk& desk, Instant now);

}  // namespace opt_data::serve
