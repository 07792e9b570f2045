#include "sim/notices.h"

#include <algorithm>

namespace opt_data::sim {

std::string_view notice_text(std::int32_t code) {
  switch (code) {
    case 200:
      return "No security definition has been found for the request";
    case 100:
      return "Max rate of messages per second has been exceeded:max=50 rec=51 (1)";
    case 321:
      return "Error validating request.-'bO' : cause - The API interface is currently in Read-Only "
             "mode.";
    case 322:
      return "Error processing request.";
    case 326:
      return "Unable to connect as the client id is already in use. Retry with a unique client id.";
    case 1100:
      return "Connectivity between IBKR and Trader Workstation has been lost.";
    case 1101:
      return "Connectivity between IBKR and Trader Workstation has been restored - data lost.";
    case 1102:
      return "Connectivity between IBKR and Trader Workstation has been restored - data "
             "maintained.";
    case 1300:
      return "TWS socket port has been reset and this connection is being dropped.";
    case 2103:
      return "Market data farm connection is broken:usopt";
    case 2104:
      return "Market data farm connection is OK:usopt";
    case 2105:
      return "HMDS data farm connection is broken:ushmds";
    case 2106:
      return "HMDS data farm connection is OK:ushmds";
    case 2110:
      return "Connectivity between Trader Workstation and server is broken. It will be restored "
             "automatically.";
    case 2157:
      return "Sec-def data farm connection is broken:secdefil";
    case 2158:
      return "Sec-def data farm connection is OK:secdefil";
    case 10090:
      return "Part of requested market data is not subscribed. Subscription-independent ticks are "
             "still active.";
    case 10091:
      return "Part of requested market data requires additional subscription for API.";
    case 10197:
      return "No market data during competing live session";
    default:
      return "Notice";
  }
}

std::string gateway_time(Instant at) {
  std::string text = new_york_text(at);  // "2026-10-01 10:15:00 EDT"
  const std::size_t day_end = std::min(text.find(' '), text.size());
  text.erase(
      std::remove(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(day_end), '-'),
      text.begin() + static_cast<std::ptrdiff_t>(day_end));
  return text;
}

}  // namespace opt_data::sim
