// Cells of a result as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "store/database.h"

namespace opt_data::store {

std::string text_or_empty(const Value& cell);  // Of what is no text: empty.
std::string cell_text(const Value& cell);      // NULL is empty.
nlohmann::ordered_json cell_json(const Value& cell);
nlohmann::ordered_json table_json(const Table& table);  // A list of objects.

}  // namespace opt_data::store
