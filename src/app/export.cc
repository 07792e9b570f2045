#include "app/export.h"

#include <utility>

#include "base/text.h"
#include "export_eod.embedded.h"
#include "export_intervals.embedded.h"
#include "store/day_files.h"

namespace opt_data::app {
namespace {

using store::LayerView;
using store::Path;
using store::sql_identifier;
using store::sql_text;
using store::Value;
using store::View;

std::string view_name(const LayerView& what) {
  return what.layer == store::Layer::raw ? "raw_intraday" : std::string(to_text(what.view));
}

class Export {
 public:
  Export(const ExportOrder& order, Wiring& wiring) : order_(order), wiring_(wiring) {}

  Result<ExportReport> run() {
    for (const TradeDate& date : order_.dates) {
      const int before = report_.files;
      OPT_TRY_VOID(wiring_.reader().open_views(date));
      if (order_.layout == "cboe") {
        OPT_TRY_VOID(cboe(date));
      } else {
        for (const LayerView& what : store::layer_views()) OPT_TRY_VOID(view(what, date));
      }
      report_.days += report_.files > before ? 1 : 0;
    }
    return report_;
  }

 private:
  Result<void> view(const LayerView& what, const TradeDate& date) {
    const std::string name = view_name(what);
    if (order_.layout == "flat")
      return write(select(what, ""), order_.out / name / fmt::format("{}_{}", name, date.text()));
    OPT_TRY(
        const store::Table leaves,
        wiring_.reader().database().query(fmt::format(
            "SELECT DISTINCT underlying, exchange FROM {} WHERE {} ORDER BY ALL", name, wanted())));
    for (const auto& leaf : leaves.rows) {
      const std::string symbol = std::get<std::string>(leaf[0]);
      const std::string exchange = std::get<std::string>(leaf[1]);
      const Path place = order_.out / store::to_text(what.layer) /
                         fmt::format("view={}", store::to_text(what.view)) /
                         ("date=" + date.text()) / ("underlying=" + symbol) /
                         ("exchange=" + exchange) / "part-000";
      OPT_TRY_VOID(write(
          select(
              what,
              fmt::format(
                  " AND underlying = {} AND exchange = {}", sql_text(symbol), sql_text(exchange))),
          place));
    }
    return {};
  }

  Result<void> cboe(const TradeDate& date) {
    const auto seconds = std::chrono::seconds(wiring_.settings().slot_step).count();
    const auto of = [&](std::string_view sql) {
      return fmt::format(
          "SELECT * FROM ({}) WHERE {}", sql,
          replaced(wanted(), "underlying", "underlying_symbol"));
    };
    OPT_TRY_VOID(write(
        of(embedded::export_intervals),
        order_.out /
            fmt::format("UnderlyingOptionsIntervals_{}sec_calcs_{}", seconds, date.text())));
    return write(
        of(embedded::export_eod),
        order_.out / fmt::format("UnderlyingOptionsEODQuotes_{}", date.text()));
  }

  static std::string replaced(std::string text, std::string_view from, std::string_view to) {
    if (text.starts_with(from)) text.replace(0, from.size(), to);
    return text;
  }

  std::string wanted() const {
    if (order_.symbols.empty()) return "true";
    std::vector<std::string> texts;
    for (const Underlying& symbol : order_.symbols) texts.push_back(sql_text(symbol));
    return fmt::format("underlying IN ({})", join(texts, ", "));
  }

  std::string select(const LayerView& what, const std::string& leaf) const {
    std::vector<std::string> cells, by;
    const auto columns =
        what.layer == store::Layer::raw ? store::raw_columns() : store::columns(what.view);
    for (const store::Column& column : columns) {
      const std::string name = sql_identifier(column.name);
      const bool list = column.type == "VARCHAR[]" && order_.format == "csv";
      cells.push_back(list ? fmt::format("array_to_string({}, '|') AS {}", name, name) : name);
    }
    for (const std::string_view name : store::order(what.view)) by.push_back(sql_identifier(name));
    if (what.view == View::intraday) by.insert(by.begin() + 1, "sample_time");
    return fmt::format(
        "SELECT {} FROM {} WHERE {}{} ORDER BY {}", join(cells, ", "), view_name(what), wanted(),
        leaf, join(by, ", "));
  }

  Result<void> write(const std::string& select, Path file) {
    store::Database& database = wiring_.reader().database();
    OPT_TRY(
        const store::Table counted,
        database.query(fmt::format("SELECT count(*) FROM ({}) AS rows", select)));
    const std::int64_t rows = std::get<std::int64_t>(counted.rows[0][0]);
    if (rows == 0) return {};
    file += "." + order_.format;
    const Path staged = file.parent_path() / ("." + file.filename().string() + ".staged");
    store::Disk& disk = wiring_.disk();
    OPT_TRY_VOID(disk.make_directories(file.parent_path()));
    const bool csv = order_.format == "csv";
    auto written = database.execute(fmt::format(
        "COPY ({}) TO {} ({}, USE_TMP_FILE false)", select, sql_text(staged.string()),
        csv ? "FORMAT csv, HEADER" : "FORMAT parquet, COMPRESSION zstd"));
    if (written) written = disk.sync(staged);
    if (written) written = disk.rename(staged, file);
    if (!written) {
      static_cast<void>(disk.remove(staged));
      return fail_within(std::move(written).error(), "cannot export {}", file.string());
    }
    ++report_.files;
    report_.rows += rows;
    return disk.sync_directory(file.parent_path());
  }

  const ExportOrder& order_;
  Wiring& wiring_;
  ExportReport report_;
};

}  // namespace

Result<ExportReport> run_export(const ExportOrder& order, Wiring& wiring) {
  return Export(order, wiring).run();
}

}  // namespace opt_data::app
