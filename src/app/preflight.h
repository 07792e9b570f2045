// Everything that a day needs, looked at before it is needed: each check with what was found, and
// what to do where it fails.
//
// The gateway's checks need a session and take some seconds; the others read this machine only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/wiring.h"
#include "calendar/broker_hours.h"

namespace opt_data::app {

// A warning does not stop a day and is worth reading.
enum class Fitness : std::uint8_t { fine, warning, failed };
std::string_view to_text(Fitness fitness);

struct PreflightCheck {
  std::string name;  // "disk_space"
  Fitness fitness = Fitness::fine;
  std::string found;
  std::string remedy;  // Empty where nothing is to be done.
};

// The machine's: the calendar, disk space, universe and contract lists, corporate actions.
std::vector<PreflightCheck> check_machine(TradeDate date, Wiring& wiring);

// The gateway's: reachable, client id, clock, market data and of which type, lines, the broker's
// own sessions against ours. Never fails: a gateway that is away is a failed check.
asio::awaitable<std::vector<PreflightCheck>> check_gateway(Wiring& wiring);

// What the broker says of the sessions of an underlying's next days.
struct SymbolHours {
  Underlying symbol;
  std::vector<BrokerDay> days;
};
asio::awaitable<Result<SymbolHours>> broker_hours(Underlying symbol, Wiring& wiring);
PreflightCheck compare_hours(const SymbolHours& hours, const Calendar& calendar);

// The job: both, one event for each check that is not fine, and its entry in the ledger.
asio::awaitable<Result<std::vector<PreflightCheck>>> run_preflight(TradeDate date, Wiring& wiring);

bool passed(const std::vector<PreflightCheck>& checks);

}  // namespace opt_data::app
