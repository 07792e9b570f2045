// One stream of events; log, error file, metrics and alerts listen to it.
//
// An event says what happened, to which contract, in which slot, in whose run. Its level decides
// what logscan makes of it: errors and criticals fail a day, warnings have a budget of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/instant.h"
#include "market/contract.h"

namespace opt_data::observe {

enum class Level : std::uint8_t { debug, info, warning, error, critical };
std::string_view to_text(Level level);

struct Event {
  Level level = Level::info;
  std::string code;  // snake_case, stable: "gateway_lost", "discovery_probe", "rollup_fallback"
  std::string component;  // The folder it happened in: "collect"
  std::string message;    // A sentence; never an account number.
  std::string symbol;
  std::string slot;  // "10:30"
  std::optional<ContractId> conid;
  std::optional<int> broker_code;
  std::string file;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on(const Event& event) = 0;  // A sink never fails its caller.
};

// The run an event belongs to; stamped on every line by the sinks that write.
struct RunContext {
  std::string trade_date;  // YYYY-MM-DD
  std::string job;         // "snapshot/2025-10-06/03"
  std::string ingest_id;
};

}  // namespace opt_data::observe
