// opt-data export --out DIR [--format csv|parquet] [--layout flat|original|cboe]
//                 [--date D | --from D --to D] [--symbols A,B]
#include "app/export.h"

#include <nlohmann/json.hpp>
#include <set>

#include "app/command.h"
#include "store/day_files.h"

namespace opt_data::app {
namespace {

struct ExportFlags {
  ExportOrder order;
  std::string out, date, from, to;
  std::vector<std::string> symbols;
};

// The dates that have a file of any view, within what was asked for.
Result<std::vector<TradeDate>> dates_of(const ExportFlags& flags, Wiring& wiring) {
  const auto parse = [&](const std::string& text) {
    return parse_trade_date(text, wiring.calendar(), wiring.clock().now());
  };
  if (!flags.date.empty()) {
    OPT_TRY(const TradeDate date, parse(flags.date));
    return std::vector<TradeDate>{date};
  }
  std::set<TradeDate> dates;
  for (const store::LayerView& what : store::layer_views()) {
    OPT_TRY(
        const auto found,
        store::dates_of(
            wiring.dataset_paths(), wiring.disk(), what.layer, what.view, wiring.calendar()));
    dates.insert(found.begin(), found.end());
  }
  if (!flags.from.empty()) {
    OPT_TRY(const TradeDate from, parse(flags.from));
    std::erase_if(dates, [&](const TradeDate& date) { return date < from; });
  }
  if (!flags.to.empty()) {
    OPT_TRY(const TradeDate to, parse(flags.to));
    std::erase_if(dates, [&](const TradeDate& date) { return to < date; });
  }
  return std::vector<TradeDate>(dates.begin(), dates.end());
}

Exit run(ExportFlags flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto dates = dates_of(flags, *wiring);
  if (!dates) return complain(dates.error(), globals);
  auto symbols = parse_underlyings(flags.symbols);
  if (!symbols) return complain(symbols.error(), globals);
  flags.order.dates = *std::move(dates);
  flags.order.symbols = *std::move(symbols);
  flags.order.out = flags.out;
  auto report = run_export(flags.order, *wiring);
  if (!report) return complain(report.error(), globals);
  if (globals.json) {
    const nlohmann::ordered_json json = {
        {"out", flags.out},
        {"days", report->days},
        {"files", report->files},
        {"rows", report->rows}};
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print(
        "{} rows of {} days in {} files: {}\n", report->rows, report->days, report->files,
        flags.out);
  }
  return report->files > 0 ? Exit::done : Exit::no;
}

}  // namespace

void add_export(Cli& cli) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* verb = cli.root.add_subcommand("export", "The dataset in other people's shapes");
  verb->add_option("--out", flags->out, "Folder that the files go to")->required();
  verb->add_option("--format", flags->order.format, "csv or parquet")
      ->check(CLI::IsMember({"csv", "parquet"}))
      ->capture_default_str();
  verb->add_option(
          "--layout", flags->order.layout,
          "flat: a file for each view and date; original: the older collector's directories; cboe: "
          "columns named like Cboe's")
      ->check(CLI::IsMember({"flat", "original", "cboe"}))
      ->capture_default_str();
  CLI::Option* date = verb->add_option("--date", flags->date, "Only this trade date");
  verb->add_option("--from", flags->from, "From this trade date on")->excludes(date);
  verb->add_option("--to", flags->to, "Up to this trade date")->excludes(date);
  verb->add_option("--symbols", flags->symbols, "Only these underlyings")->delimiter(',');
  verb->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
