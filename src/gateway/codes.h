// The broker's error and notice codes, by what we do about them. Severity is only in the code:
// texts are translated and change. docs/wire.md has the table with its sources.
#pragma once

#include <cstdint>
#include <string_view>

namespace opt_data::gateway {

enum class CodeClass : std::uint8_t {
  notice,            // Log it.
  data_warning,      // The request lives on, with less data (10090, 10091) or delayed (10167).
  competing,         // 10197: another session owns the data; requests live on, open no more lines.
  rate_exceeded,     // 100: the message was not executed; repeat it, slower.
  line_limit,        // 101: not active; ask again when a line is free.
  not_listed,        // 200: there is no such contract.
  not_entitled,      // 354, 10089, 10168, 10186: no live data; 354 and 10089 may revive delayed.
  request_refused,   // The request is over.
  client_id_in_use,  // 326
  offline,           // 1100, 2110: keep the socket, stop sending.
  restored_lost,     // 1101: every line is gone.
  restored,          // 1102: lines go on.
  farm_down,         // 2103, 2105, 2157: ask nothing more of that kind.
  farm_up,           // 2104, 2106, 2158
  session_over,      // 1300, 320, 357, 10141: the session cannot go on.
};

// Unknown codes: 2000 to 2999 are notices; with request -1 notices; else the request is refused.
CodeClass classify(std::int32_t code, std::int32_t request);

// What error 162 means, which has one code for everything; of its text only the words that the
// broker has kept for years count.
enum class HistoryProblem : std::uint8_t {
  no_data,
  pacing,
  cancelled,
  not_entitled,
  elsewhere,  // This user is logged in at another address, which owns the data.
  other,
};
HistoryProblem classify_history(std::string_view text);

// After these nothing more is to be expected of the request.
bool ends_request(CodeClass kind);

// Whether the request is gone at the gateway too, so that a cancel would only bring a 300. After a
// 10089 it may wait there for delayed data, and holds its line.
bool gone_at_gateway(std::int32_t code);

}  // namespace opt_data::gateway
