#include "row.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace opt_data::bench {

using Json = nlohmann::ordered_json;

std::optional<bool> Row::met() const {
  if (!goal) return std::nullopt;
  return goal->met_by(ratio.value_or(value));
}

std::string to_json(const Row& row) {
  Json json{{"name", row.name}, {"value", row.value}, {"unit", row.unit}};
  json["against"] = row.against.empty() ? Json() : Json(row.against);
  json["ratio"] = row.ratio ? Json(*row.ratio) : Json();
  json["goal"] = nullptr;
  if (row.goal)
    json["goal"] = fmt::format(
        "{} {:g}", row.goal->side == Goal::Side::at_least ? ">=" : "<=", row.goal->limit);
  json["met"] = row.met() ? Json(*row.met()) : Json();
  if (!row.note.empty()) json["note"] = row.note;
  return json.dump();
}

void print(const Row& row) {
  fmt::print("{}\n", to_json(row));
  std::fflush(stdout);
}

void print_skipped(const std::string& name, const std::string& why) {
  fmt::print("{}\n", Json{{"name", name}, {"skipped", why}}.dump());
  std::fflush(stdout);
}

}  // namespace opt_data::bench
