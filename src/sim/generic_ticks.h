// The list of generic ticks of a market-data request, as the gateway judges it.
#pragma once

#include <string_view>

#include "base/result.h"

namespace opt_data::sim {

struct GenericTicks {
  bool any = false;
  bool volume = false;         // 100: ticks 29 and 30
  bool open_interest = false;  // 101: ticks 27 and 28
  bool no_defaults = false;    // mdoff: no ticks but these
};

// Blanks are trimmed and empty elements skipped. Errors: refused with 321 and the gateway's text;
// one illegal id rejects the whole request.
Result<GenericTicks> parse_generic_ticks(std::string_view list, std::string_view sec_type);

}  // namespace opt_data::sim
