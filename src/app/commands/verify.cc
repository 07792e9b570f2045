// opt-data verify [--date D | --from D --to D] [--quarantine]
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "store/verification.h"

namespace opt_data::app {
namespace {

struct VerifyFlags {
  std::string date, from, to;
  bool quarantine = false;
};

Result<store::VerifyOptions> options_of(const VerifyFlags& flags, Wiring& wiring) {
  store::VerifyOptions options;
  options.quarantine = flags.quarantine;
  const auto parse = [&](const std::string& text) {
    return parse_trade_date(text, wiring.calendar(), wiring.clock().now());
  };
  if (!flags.date.empty()) {
    OPT_TRY(options.from, parse(flags.date));
    options.to = options.from;
  }
  if (!flags.from.empty()) {
    OPT_TRY(options.from, parse(flags.from));
  }
  if (!flags.to.empty()) {
    OPT_TRY(options.to, parse(flags.to));
  }
  return options;
}

// Without a ledger the files are read all the same: nothing says what they should be.
Result<store::Verified> look(const VerifyFlags& flags, Wiring& wiring) {
  OPT_TRY(const store::VerifyOptions options, options_of(flags, wiring));
  auto ledger = flags.quarantine ? wiring.ledger() : wiring.ledger_to_read();
  if (!ledger && ledger.error().kind != ErrorKind::not_found)
    return fail(std::move(ledger).error());
  return store::verify(
      options, wiring.dataset_paths(), wiring.disk(), wiring.reader().database(),
      ledger ? *ledger : nullptr, wiring.calendar(), wiring.clock().now());
}

void tell(const store::Finding& finding, Wiring& wiring) {
  observe::Event event;
  event.level = observe::Level::error;
  event.code = "file_quarantined";
  event.component = "store";
  event.message = fmt::format(
      "{}: {}; it is now {}", finding.file.string(), finding.wrong, finding.moved_to.string());
  event.file = finding.file.string();
  wiring.events().on(event);
}

nlohmann::ordered_json json_of(const store::Verified& result) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const store::Finding& finding : result.findings)
    findings.push_back(
        {{"file", finding.file.string()},
         {"partition", finding.partition},
         {"wrong", finding.wrong},
         {"broken", finding.broken},
         {"moved_to", finding.moved_to.string()}});
  return {{"files", result.files}, {"rows", result.rows}, {"findings", findings}};
}

Exit run(const VerifyFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto result = look(flags, *wiring);
  if (!result) return complain(result.error(), globals);
  for (const store::Finding& finding : result->findings)
    if (!finding.moved_to.empty()) tell(finding, *wiring);
  wiring->flush_console();
  if (globals.json) {
    fmt::print("{}\n", json_of(*result).dump(2));
  } else {
    for (const store::Finding& finding : result->findings) {
      fmt::print("{}: {}\n", finding.file.string(), finding.wrong);
      if (!finding.moved_to.empty()) fmt::print("  now {}\n", finding.moved_to.string());
    }
    fmt::print(
        "{} files, {} rows: {} broken, {} other findings\n", result->files, result->rows,
        result->broken(), static_cast<int>(result->findings.size()) - result->broken());
  }
  return result->findings.empty() ? Exit::done : Exit::no;
}

}  // namespace

void add_verify(Cli& cli) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* verify =
      cli.root.add_subcommand("verify", "Whether every file can be read and is what was published");
  CLI::Option* date = verify->add_option("--date", flags->date, "Only this trade date");
  verify->add_option("--from", flags->from, "From this trade date on")->excludes(date);
  verify->add_option("--to", flags->to, "Up to this trade date")->excludes(date);
  verify->add_flag(
      "--quarantine", flags->quarantine, "Put broken files aside; their neighbours stay");
  verify->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
