#include "app/day_rows.h"

#include <fmt/format.h>

namespace opt_data::app {

std::optional<double> number(const store::Value& cell) {
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  return std::nullopt;
}

std::string words(const store::Value& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text != nullptr ? *text : std::string();
}

Result<std::map<int, SlotRows>> load_rows(store::Database& database) {
  std::map<int, SlotRows> slots;
  std::string columns =
      "slot_30m, conid, underlying, market_data_type, received_ts, error_type, "
      "data_quality_flag, underlying_bid, underlying_ask, underlying_last, "
      "oi_state";
  for (const auto& [name, told] : sent_columns) columns += fmt::format(", \"{}\"", name);
  OPT_TRY_VOID(database.each(
      fmt::format("SELECT {} FROM intraday ORDER BY slot_30m, conid", columns), {},
      [&](const std::vector<store::Value>& cells) {
        Row row;
        row.id = static_cast<ContractId>(number(cells[1]).value_or(0));
        row.symbol = words(cells[2]);
        row.type = static_cast<std::int64_t>(number(cells[3]).value_or(0));
        if (const auto* at = std::get_if<Instant>(&cells[4])) row.received = *at;
        row.error = words(cells[5]);
        if (const auto* flags = std::get_if<store::TextList>(&cells[6]))
          row.flags.insert(flags->begin(), flags->end());
        for (std::size_t i = 0; i < 3; ++i) row.underlying[i] = number(cells[7 + i]);
        row.oi_state = words(cells[10]);
        for (std::size_t i = 0; i < sent_columns.size(); ++i) row.sent[i] = number(cells[11 + i]);
        slots[static_cast<int>(number(cells[0]).value_or(-1))].push_back(std::move(row));
        return true;
      }));
  return slots;
}

}  // namespace opt_data::app
