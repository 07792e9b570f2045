// Whether options trade at an instant, and what came before and what comes next.
#pragma once

#include <optional>

#include "calendar/calendar.h"
#include "calendar/instant.h"

namespace opt_data::sim {

// The close of the last session, outside of sessions; empty within one.
std::optional<Instant> last_close_if_closed(const Calendar& calendar, Instant at);
// The open of the first session that opens after `at`.
Instant next_open(const Calendar& calendar, Instant at);

}  // namespace opt_data::sim
