// How much there is, where, and for how long there is room.
#pragma once

#include <nlohmann/json.hpp>

#include "serve/desk.h"

namespace opt_data::serve {

// The body of /api/v1/storage. Errors: storage.
Result<nlohmann::ordered_json> storage(Desk& desk);

}  // namespace opt_data::serve
