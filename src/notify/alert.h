// Something a person should look at, and how receivers want it told.
//
// The key is the alert's own: however often it is sent, by whichever process, it stays the same, so
// that a receiver who keeps keys sees an alert once even where an answer was lost on the way.
#pragma once

#include <cstdint>
#include <string>

#include "calendar/instant.h"
#include "observe/event.h"

namespace opt_data::notify {

struct Alert {
  std::string key;  // 32 hexadecimal digits.
  std::string code;
  observe::Level level = observe::Level::error;
  std::string trade_date;  // YYYY-MM-DD, or empty.
  std::string job;
  std::string symbol;
  std::string slot;  // "10:30"
  std::string message;
  Instant at{};
  std::int64_t more = 0;  // Events like it that were held back, before this one or while it waited.
};

// "ERROR job_missed, 2025-10-06 10:30 AAPL: snapshot ... (3 more like it)"
std::string sentence(const Alert& alert);

// One JSON object. docs/ops-runbook.md has the fields of the first.
std::string json_of(const Alert& alert);
std::string slack_json(const Alert& alert);
std::string discord_json(const Alert& alert);
Result<Alert> alert_of(std::string_view json);  // Of json_of(). Errors: corrupt.

}  // namespace opt_data::notify
