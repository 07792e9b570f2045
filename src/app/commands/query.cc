// opt-data query "SQL" [--date D]
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "store/cursor.h"
#include "store/value_text.h"

namespace opt_data::app {
namespace {

struct QueryFlags {
  std::string sql;
  std::string date;
  std::int64_t rows_max = 1000;
};

// Reads, and nothing else: no other file, no network, no setting can be changed from SQL.
Result<void> shut_in(Wiring& wiring) {
  const Settings& settings = wiring.settings();
  return wiring.reader().database().execute(fmt::format(
      "SET allowed_directories = [{}, {}]; SET enable_external_access = false; "
      "SET lock_configuration = true;",
      store::sql_text(settings.raw.string() + "/"),
      store::sql_text(settings.clean.string() + "/")));
}

Exit run(const QueryFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  std::optional<TradeDate> date;
  if (!flags.date.empty()) {
    auto parsed = day_of(flags.date, *wiring);
    if (!parsed) return complain(parsed.error(), globals);
    date = *parsed;
  }
  if (auto opened = wiring->reader().open_views(date); !opened)
    return complain(opened.error(), globals);
  if (auto shut = shut_in(*wiring); !shut) return complain(shut.error(), globals);
  store::Database& database = wiring->reader().database();
  if (auto reads = store::require_select(database, flags.sql); !reads)
    return complain(reads.error(), globals);
  auto table = database.query(flags.sql);
  if (!table) return complain(table.error(), globals);
  if (globals.json) {
    fmt::print("{}\n", store::table_json(*table).dump(2));
    return Exit::done;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& cells : table->rows) {
    if (static_cast<std::int64_t>(rows.size()) >= flags.rows_max) break;
    rows.emplace_back();
    for (const store::Value& cell : cells) rows.back().push_back(store::cell_text(cell));
  }
  fmt::print("{}", aligned_table(table->columns, rows));
  if (rows.size() < table->rows.size())
    fmt::print(
        stderr, "{} of {} rows; --rows shows more, --json all of them\n", rows.size(),
        table->rows.size());
  return Exit::done;
}

}  // namespace

void add_query(Cli& cli) {
  auto flags = std::make_shared<QueryFlags>();
  CLI::App* query = cli.root.add_subcommand(
      "query",
      "SQL over the dataset, read-only: views raw_intraday, intraday, daily_clean, daily_adjusted, "
      "enrichment");
  query->add_option("sql", flags->sql, "One SELECT; times are UTC")->required();
  query->add_option("--date", flags->date, "Only the files of this trade date");
  query->add_option("--rows", flags->rows_max, "Rows to print")->capture_default_str();
  query->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
