// opt-data chain AAPL --at 10:30 [--date D] [--expiry E]
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "base/text.h"
#include "chain.embedded.h"
#include "store/value_text.h"

namespace opt_data::app {
namespace {

using store::Table;
using store::Value;

struct ChainFlags {
  std::string symbol;
  std::string at;
  std::string date;
  std::string expiry;
};

Result<Table> head(Wiring& wiring, const std::string& symbol, std::int64_t slot) {
  return wiring.reader().database().query(
      "SELECT any_value(underlying_bid), any_value(underlying_ask), any_value(underlying_last), "
      "count(*), count(DISTINCT expiry), string_agg(DISTINCT strftime(expiry, '%Y-%m-%d'), ' ' "
      "ORDER BY strftime(expiry, '%Y-%m-%d')) FROM intraday WHERE underlying = $1 AND slot_30m = "
      "$2",
      {Value(symbol), Value(slot)});
}

Result<std::pair<Table, Table>> load(const ChainFlags& flags, Wiring& wiring, TradeDate date) {
  const SlotGrid grid = wiring.grid(date);
  const auto slot = grid.labelled(flags.at);
  if (!slot)
    return fail(
        ErrorKind::invalid_input, "{} has no slot '{}'; its slots are {} to {}", date.text(),
        flags.at, grid.open().label(), grid.close().label());
  const std::string symbol = upper(flags.symbol);
  Value expiry;
  if (!flags.expiry.empty()) {
    OPT_TRY(const auto day, parse_day(flags.expiry));
    expiry = iso(day);
  }
  OPT_TRY_VOID(wiring.reader().open_views(date));
  const std::int64_t index = slot->index;
  OPT_TRY(Table top, head(wiring, symbol, index));
  if (std::get<std::int64_t>(top.rows[0][3]) == 0)
    return fail(
        ErrorKind::not_found, "{} has no rows of {} in slot {}", date.text(), symbol, flags.at);
  OPT_TRY(
      Table chain,
      wiring.reader().database().query(embedded::chain, {Value(symbol), Value(index), expiry}));
  if (chain.rows.empty())
    return fail(
        ErrorKind::not_found, "{} has no expiry {} in slot {}; there are {}", symbol, flags.expiry,
        flags.at, store::cell_text(top.rows[0][5]));
  return std::pair(std::move(top), std::move(chain));
}

Exit run(const ChainFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  auto loaded = load(flags, *wiring, *date);
  if (!loaded) return complain(loaded.error(), globals);
  const auto& [top, chain] = *loaded;
  if (globals.json) {
    fmt::print("{}\n", store::table_json(chain).dump(2));
    return Exit::done;
  }
  const auto& cells = top.rows[0];
  const auto shown = [](const Value& cell) {
    const std::string text = store::cell_text(cell);
    return text.empty() ? std::string("-") : text;
  };
  fmt::print(
      "{} {} {} New York: underlying bid {} ask {} last {} USD; expiries {}\n", upper(flags.symbol),
      date->text(), flags.at, shown(cells[0]), shown(cells[1]), shown(cells[2]), shown(cells[5]));
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : chain.rows) {
    rows.emplace_back();
    for (const Value& cell : row) rows.back().push_back(store::cell_text(cell));
  }
  fmt::print("{}", aligned_table(chain.columns, rows));
  return Exit::done;
}

}  // namespace

void add_chain(Cli& cli) {
  auto flags = std::make_shared<ChainFlags>();
  CLI::App* chain =
      cli.root.add_subcommand("chain", "One underlying in one slot: calls, strikes, puts");
  chain->add_option("symbol", flags->symbol, "Underlying")->required();
  chain->add_option("--at", flags->at, "Slot, New York time: 10:30")->required();
  add_date_option(*chain, flags->date, "today");
  chain->add_option("--expiry", flags->expiry, "YYYY-MM-DD (default: the nearest)");
  chain->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
