// Sessions as the broker writes them, and where they differ from ours.
//
//   "20251127:CLOSED;20251128:0930-20251128:1300;20251129:CLOSED"
//
// That is the text `liquidHours` of a contract's details (IBKR, TWS API, class ContractDetails):
// one entry a day, in the contract's own zone, which is New York's for US equity options. A day
// with several sessions has them separated by commas.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/calendar.h"

namespace opt_data {

struct BrokerDay {
  std::chrono::year_month_day day{};
  // From its first open to its last close, New York; empty: closed.
  std::optional<std::pair<std::chrono::minutes, std::chrono::minutes>> session;
};

// Errors: invalid_input for a text of another form, quoting the entry.
Result<std::vector<BrokerDay>> parse_broker_hours(std::string_view text);

struct HoursDifference {
  std::chrono::year_month_day day{};
  std::string ours;     // "09:30-16:00", or "closed (Thanksgiving)"
  std::string brokers;  // "09:30-13:00", or "closed"
};

// Days outside the years the calendar knows are left out.
std::vector<HoursDifference> differences(
    const Calendar& calendar, const std::vector<BrokerDay>& broker);

}  // namespace opt_data
