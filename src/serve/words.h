// How a few things are called in every answer.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "serve/sources.h"

namespace opt_data::serve {

// "snapshot 10:30", "selfcheck (eod)".
std::string job_name(const store::JobKey& key, const Sources& sources);
nlohmann::ordered_json job_json(const store::JobRecord& record, const Sources& sources);

}  // namespace opt_data::serve
