// What a configuration says about alerts.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "observe/event.h"

namespace opt_data::notify {

// Which events raise an alert.
struct AlertRules {
  std::optional<observe::Level> level_min = observe::Level::error;  // Empty: only by code.
  std::set<std::string> codes;                                      // Whatever their level.
  std::set<std::string> ignored;                                    // Whatever else holds.
  std::chrono::seconds gateway_away = std::chrono::minutes{10};     // Zero: never.

  bool raises(const observe::Event& event) const;
};

struct QueueOptions {
  std::chrono::seconds cooldown = std::chrono::hours{1};
  int waiting_max = 1000;
  std::chrono::seconds give_up = std::chrono::hours{72};        // Later it is no news any more.
  std::chrono::seconds remember = std::chrono::hours{24 * 14};  // What was delivered.
};

struct ChannelOptions {
  std::string slack_url, discord_url, webhook_url;  // Empty: no such channel. Secrets.
  std::vector<std::string> command;
  std::chrono::milliseconds timeout = std::chrono::seconds{10};
};

}  // namespace opt_data::notify
