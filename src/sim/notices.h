// Words of the gateway that are not part of any answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "calendar/instant.h"

namespace opt_data::sim {

std::string_view notice_text(std::int32_t code);  // "Notice" for a code without words of its own.
std::string gateway_time(Instant at);             // "20261001 10:15:00 EST"

}  // namespace opt_data::sim
