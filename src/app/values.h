// Cells of a result as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "store/database.h"

namespace opt_data::app {

std::string cell_text(const store::Value& cell);  // NULL is empty.
nlohmann::ordered_json cell_json(const store::Value& cell);
nlohmann::ordered_json table_json(const store::Table& table);  // A list of objects.

}  // namespace opt_data::app
