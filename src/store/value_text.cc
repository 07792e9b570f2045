#include "store/value_text.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "calendar/instant.h"

namespace opt_data::store {

using nlohmann::ordered_json;

std::string text_or_empty(const Value& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? std::string() : *text;
}

std::string cell_text(const Value& cell) {
  if (const auto* yes = std::get_if<bool>(&cell)) return *yes ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* day = std::get_if<std::chrono::year_month_day>(&cell)) return iso(*day);
  if (const auto* at = std::get_if<Instant>(&cell)) return iso_utc(*at);
  if (const auto* list = std::get_if<TextList>(&cell)) return join(*list, ",");
  return {};
}

ordered_json cell_json(const Value& cell) {
  if (const auto* yes = std::get_if<bool>(&cell)) return *yes;
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
  if (const auto* number = std::get_if<double>(&cell))
    return std::isfinite(*number) ? ordered_json(*number) : ordered_json();
  if (const auto* list = std::get_if<TextList>(&cell)) return *list;
  if (std::holds_alternative<std::monostate>(cell)) return nullptr;
  return cell_text(cell);
}

ordered_json table_json(const Table& table) {
  ordered_json rows = ordered_json::array();
  for (const auto& cells : table.rows) {
    ordered_json row = ordered_json::object();
    for (std::size_t i = 0; i < cells.size(); ++i) row[table.columns[i]] = cell_json(cells[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace opt_data::store
