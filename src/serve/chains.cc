#include "serve/chains.h"

#include "contract_day.embedded.h"
#include "slot_chain.embedded.h"
#include "store/value_text.h"
#include "underlyings.embedded.h"

namespace opt_data::serve {
namespace {

using nlohmann::ordered_json;
using store::cell_json;
using store::Value;

// Files of a day are replaced while it is collected and compacted: what was listed a moment ago may
// be gone, and is there under another name.
constexpr int tries = 3;

Result<store::Table> ask(
    TradeDate date, std::string_view sql, const std::vector<Value>& parameters, Desk& desk) {
  OPT_TRY(const auto* reader, desk.reader());
  Result<store::Table> table = fail(ErrorKind::unavailable, "not asked");
  for (int attempt = 0; attempt < tries; ++attempt) {
    const auto opened = reader->open_views(date);
    table = opened ? reader->database().query(sql, parameters) : fail(opened.error());
    if (table) break;
  }
  return table;
}

std::string label_of(int slot, const SlotGrid& grid) {
  const auto at = static_cast<std::size_t>(slot);
  return slot >= 0 && at < grid.size() ? grid.slots()[at].label() : std::to_string(slot);
}

tl::unexpected<Error> nothing_of(TradeDate date) {
  return fail(ErrorKind::not_found, "nothing is stored of {}", date.text());
}

}  // namespace

Result<ordered_json> underlyings(TradeDate date, Desk& desk) {
  OPT_TRY(const store::Table table, ask(date, embedded::underlyings, {}, desk));
  if (table.rows.empty()) return nothing_of(date);
  ordered_json slots = ordered_json::array();
  const SlotGrid grid = desk.sources().grid(date);
  for (const Slot& slot : grid.slots())
    slots.push_back({{"slot", slot.index}, {"label", slot.label()}});
  ordered_json list = ordered_json::array();
  for (const auto& row : table.rows)
    list.push_back(
        {{"symbol", cell_json(row[0])},
         {"contracts", cell_json(row[1])},
         {"expiries", cell_json(row[2])}});
  return ordered_json{
      {"date", date.text()}, {"slots", std::move(slots)}, {"underlyings", std::move(list)}};
}

Result<ordered_json> chain(TradeDate date, const std::string& symbol, int slot, Desk& desk) {
  const std::vector<Value> which{Value(symbol), Value(std::int64_t{slot})};
  OPT_TRY(const store::Table rows, ask(date, embedded::slot_chain, which, desk));
  const std::string label = label_of(slot, desk.sources().grid(date));
  if (rows.rows.empty())
    return fail(
        ErrorKind::not_found, "{} has no rows of {} in slot {}", date.text(), symbol, label);
  OPT_TRY(
      const store::Table underlying,
      ask(date,
          "SELECT any_value(underlying_bid), any_value(underlying_ask), "
          "any_value(underlying_last), any_value(underlying_asof_ts) FROM intraday WHERE "
          "underlying = $1 AND slot_30m = $2",
          which, desk));
  const auto& beside = underlying.rows.at(0);
  return ordered_json{
      {"date", date.text()},
      {"symbol", symbol},
      {"slot", slot},
      {"label", label},
      {"underlying",
       {{"bid", cell_json(beside[0])},
        {"ask", cell_json(beside[1])},
        {"last", cell_json(beside[2])},
        {"as_of", cell_json(beside[3])}}},
      {"rows", [&] {
         ordered_json list = store::table_json(rows);
         for (ordered_json& row : list) {
           row["trading_class"] = row["tradingClass"];
           row.erase("tradingClass");
         }
         return list;
       }()}};
}

Result<ordered_json> contract_day(TradeDate date, ContractId id, Desk& desk) {
  OPT_TRY(const store::Table rows, ask(date, embedded::contract_day, {Value(id)}, desk));
  if (rows.rows.empty())
    return fail(ErrorKind::not_found, "{} has no contract {}", date.text(), id);
  const SlotGrid grid = desk.sources().grid(date);
  const auto& first = rows.rows[0];
  ordered_json points = store::table_json(rows);
  for (ordered_json& point : points) {
    point["label"] = label_of(point["slot"].get<int>(), grid);
    for (const char* same : {"underlying", "expiry", "strike", "right", "tradingClass"})
      point.erase(same);
  }
  return ordered_json{
      {"date", date.text()},
      {"conid", id},
      {"symbol", cell_json(first[0])},
      {"expiry", cell_json(first[1])},
      {"strike", cell_json(first[2])},
      {"right", cell_json(first[3])},
      {"trading_class", cell_json(first[4])},
      {"points", std::move(points)}};
}

}  // namespace opt_data::serve
