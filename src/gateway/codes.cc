#include "gateway/codes.h"

#include <string>

#include "base/text.h"

namespace opt_data::gateway {

CodeClass classify(std::int32_t code, std::int32_t request) {
  switch (code) {
    case 100:
      return CodeClass::rate_exceeded;
    case 101:
      return CodeClass::line_limit;
    case 200:
      return CodeClass::not_listed;
    case 354:
    case 10089:
    case 10168:
    case 10186:
      return CodeClass::not_entitled;
    case 326:
      return CodeClass::client_id_in_use;
    case 1100:
    case 2110:
      return CodeClass::offline;
    case 1101:
      return CodeClass::restored_lost;
    case 1102:
      return CodeClass::restored;
    case 2103:
    case 2105:
    case 2157:
      return CodeClass::farm_down;
    case 2104:
    case 2106:
    case 2158:
      return CodeClass::farm_up;
    case 320:
    case 357:
    case 1300:
    case 10141:
      return CodeClass::session_over;
    case 10090:
    case 10091:
    case 10167:
      return CodeClass::data_warning;
    case 10197:
      return CodeClass::competing;
    case 0:
    case 300:
    case 310:
    case 316:
    case 317:
    case 165:
    case 366:
    case 10147:
    case 10148:
      return CodeClass::notice;
    default:
      break;
  }
  if ((code >= 2000 && code <= 2999) || request < 0) return CodeClass::notice;
  return CodeClass::request_refused;
}

HistoryProblem classify_history(std::string_view text) {
  const std::string words = upper(text);
  const auto has = [&words](std::string_view part) {
    return words.find(part) != std::string::npos;
  };
  if (has("PACING")) return HistoryProblem::pacing;
  if (has("PERMISSION") || has("NOT SUBSCRIBED") || has("SUBSCRIPTION"))
    return HistoryProblem::not_entitled;
  if (has("CANCEL")) return HistoryProblem::cancelled;
  if (has("DIFFERENT IP")) return HistoryProblem::elsewhere;
  if (has("NO DATA")) return HistoryProblem::no_data;
  return HistoryProblem::other;
}

bool ends_request(CodeClass kind) {
  return kind == CodeClass::line_limit || kind == CodeClass::not_listed ||
         kind == CodeClass::not_entitled || kind == CodeClass::request_refused;
}

bool gone_at_gateway(std::int32_t code) { return code != 10089; }

}  // namespace opt_data::gateway
