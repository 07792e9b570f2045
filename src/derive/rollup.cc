#include "derive/rollup.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adjust.embedded.h"
#include "rollup.embedded.h"

namespace opt_data::derive {
namespace {

using store::Layer;
using store::Partition;
using store::Selection;
using store::Value;
using store::View;

Partition daily(View view, TradeDate date) {
  return Partition{Layer::clean, view, date, std::nullopt};
}

Result<std::int64_t> count(const store::DatasetReader& reader, const std::string& sql) {
  OPT_TRY(const store::Table table, reader.database().query(sql));
  return std::get<std::int64_t>(table.rows.at(0).at(0));
}

Result<void> load_actions(
    const std::vector<CorporateAction>& actions, const store::DatasetReader& reader) {
  std::vector<std::vector<Value>> rows;
  for (const CorporateAction& action : actions)
    rows.push_back(
        {Value(action.underlying), Value(action.effective), Value(action.ratio),
         Value(action.id())});
  return reader.database().load(
      "corporate_actions", {"underlying", "effective", "ratio", "id"},
      {"VARCHAR", "DATE", "DOUBLE", "VARCHAR"}, rows);
}

// Of any slot, ascending, each once. What the lists have in common is thrown out list by list.
Result<std::vector<ContractId>> expected_contracts(TradeDate date, const store::Ledger& ledger) {
  std::vector<ContractId> ids;
  OPT_TRY(const auto lists, ledger.expected_lists(date));
  for (const store::ExpectedList& list : lists) {
    OPT_TRY_VOID(ledger.each_expected(
        date, list.list, [&](ContractId id, std::string_view) { ids.push_back(id); }));
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  return ids;
}

// Expected in some slot, yet in no file: a slot that was lost before anything was published.
Result<std::int64_t> count_without_row(
    TradeDate date, const store::Ledger& ledger, const store::DatasetReader& reader) {
  OPT_TRY(const std::vector<ContractId> expected, expected_contracts(date, ledger));
  std::vector<bool> stored(expected.size());
  OPT_TRY_VOID(reader.database().each(
      "SELECT DISTINCT conid FROM intraday", {}, [&](const std::vector<Value>& row) {
        const auto id = std::get<ContractId>(row[0]);
        const auto at = std::ranges::lower_bound(expected, id);
        if (at != expected.end() && *at == id)
          stored[static_cast<std::size_t>(at - expected.begin())] = true;
        return true;
      }));
  return std::ranges::count(stored, false);
}

void report_fallback(const RollupSummary& summary, observe::EventSink& events) {
  for (const auto& [strategy, rows] : summary.strategies) {
    if (strategy == "close") continue;
    observe::Event event;
    event.level = observe::Level::info;
    event.code = "rollup_fallback";
    event.component = "derive";
    event.message = fmt::format(
        "{} of {} contracts have no usable row at the close: rollup_strategy {}", rows,
        summary.rows, strategy);
    events.on(event);
  }
}

Result<store::Published> publish(
    const Partition& where, std::string_view sql, std::vector<Value> parameters,
    store::Ledger& ledger, store::DatasetWriter& writer, Instant now) {
  OPT_TRY(
      store::Published done,
      writer.publish(where, Selection{std::string(sql), std::move(parameters)}));
  OPT_TRY_VOID(ledger.record_published({where.text(), done.rows, done.checksum, now}));
  return done;
}

}  // namespace

std::string daily_select(int closing_slot) {
  constexpr std::string_view name = "CLOSING_SLOT";
  std::string sql(embedded::rollup);
  for (std::size_t at = 0; (at = sql.find(name, at)) != std::string::npos;)
    sql.replace(at, name.size(), std::to_string(closing_slot));
  return sql;
}

Result<RollupSummary> roll_up(
    TradeDate date, const SlotGrid& grid, const std::vector<CorporateAction>& actions,
    const std::string& ingest_id, store::Ledger& ledger, const store::DatasetReader& reader,
    store::DatasetWriter& writer, Instant now, observe::EventSink& events) {
  OPT_TRY_VOID(reader.open_views(date));
  OPT_TRY(const std::int64_t intraday_rows, count(reader, "SELECT count(*) FROM intraday"));
  if (intraday_rows == 0)
    return fail(
        ErrorKind::not_found, "{} has no intraday rows to roll up; was a slot collected?",
        date.text());
  RollupSummary summary;
  OPT_TRY(summary.without_row, count_without_row(date, ledger, reader));
  OPT_TRY_VOID(load_actions(actions, reader));
  const int close_slot = grid.close().index;
  OPT_TRY(
      const store::Published clean, publish(
                                        daily(View::daily_clean, date), daily_select(close_slot),
                                        {Value(ingest_id)}, ledger, writer, now));
  OPT_TRY_VOID(reader.open_views(date));
  OPT_TRY(
      const store::Published adjusted, publish(
                                           daily(View::daily_adjusted, date), embedded::adjust,
                                           {Value(ingest_id)}, ledger, writer, now));
  OPT_TRY_VOID(reader.open_views(date));
  OPT_TRY(
      const store::Table strategies,
      reader.database().query(
          "SELECT rollup_strategy, count(*) FROM daily_clean GROUP BY 1 ORDER BY 1"));
  for (const auto& row : strategies.rows)
    summary.strategies[std::get<std::string>(row[0])] = std::get<std::int64_t>(row[1]);
  OPT_TRY(
      summary.adjusted, count(reader, "SELECT count(*) FROM daily_adjusted WHERE adj_factor <> 1"));
  summary.rows = clean.rows;
  summary.already = clean.already && adjusted.already;
  if (!summary.already) report_fallback(summary, events);
  return summary;
}

std::string to_json(const RollupSummary& summary) {
  const nlohmann::ordered_json json = {
      {"rows", summary.rows},
      {"strategies", summary.strategies},
      {"without_row", summary.without_row},
      {"adjusted", summary.adjusted}};
  return json.dump();
}

}  // namespace opt_data::derive
