// A sign of life of the process that collects: who it is, and what its gateways are doing now.
//
//   <state>/collector.json, written about once a second and removed at the end
//
// One that is there and old was left by a process that hangs or is gone.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "calendar/instant.h"

namespace opt_data::observe {

// How much of a limit is taken: lines that are open now, or permits given within the window.
struct Use {
  int in_use = 0;
  std::optional<int> limit;                    // Empty: there is none.
  std::optional<std::chrono::seconds> window;  // Empty: what is open now.
  friend bool operator==(const Use&, const Use&) = default;
};

struct GatewayLife {
  std::string name;
  std::string state;  // idle, connecting, up, waiting
  Use lines, subscriptions, messages;
  friend bool operator==(const GatewayLife&, const GatewayLife&) = default;
};

struct Heartbeat {
  static constexpr std::chrono::seconds silent_after{10};

  std::int64_t pid = 0;
  std::string host;
  Instant since{};
  Instant at{};       // By its clock, which a replayed day has set to another year,
  Instant machine{};  // and by the machine's.
  std::vector<GatewayLife> gateways;
};

std::string to_json(const Heartbeat& heartbeat);
Result<Heartbeat> parse_heartbeat(std::string_view json);  // Errors: corrupt.

}  // namespace opt_data::observe
