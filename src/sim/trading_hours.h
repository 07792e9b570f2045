// A week of trading hours as the gateway writes them:
// "20261001:0930-20261001:1600;20261003:CLOSED".
#pragma once

#include <string>

#include "calendar/calendar.h"
#include "calendar/instant.h"

namespace opt_data::sim {

// Seven days from the New York day of `at`. Days outside the calendar's years are left out.
std::string liquid_hours(const Calendar& calendar, Instant at);
// A stock also trades from 04:00 to four hours after the close.
std::string extended_hours(const Calendar& calendar, Instant at);

}  // namespace opt_data::sim
