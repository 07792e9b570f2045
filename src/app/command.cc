#include "app/command.h"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/crash_points.h"
#include "app/installed.h"
#include "base/text.h"

namespace opt_data::app {

Exit complain(const Error& error, const Globals& globals) {
  fmt::print(stderr, "opt-data: {}\n", error.message);
  if (globals.json) {
    const nlohmann::ordered_json json = {
        {"error", {{"kind", to_text(error.kind)}, {"message", error.message}}}};
    fmt::print("{}\n", json.dump(2));
  }
  return error.kind == ErrorKind::invalid_input ? Exit::usage : Exit::no;
}

Result<Config> config_of(const Globals& globals) {
  ConfigRequest request;
  request.file = globals.config_file;
  request.installed = installed_config(program_folder());
  request.options = globals.overrides;
  request.option_names = globals.option_names;
  request.environment = [](const char* name) -> const char* { return std::getenv(name); };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    request.environment_names.emplace_back(text.substr(0, text.find('=')));
  }
  return load_config(request);
}

std::unique_ptr<Wiring> wire(const Globals& globals, asio::io_context& io, Exit& exit) {
  auto config = config_of(globals);
  if (!config) {
    // A configuration that cannot be read is wrong usage, whatever the reason.
    complain(config.error(), globals);
    exit = Exit::usage;
    return nullptr;
  }
  World world;
  world.record = globals.record_file;
  world.crash = crash_point_from_environment();
  auto wiring = Wiring::make(*std::move(config), io, std::move(world));
  if (!wiring) {
    exit = complain(wiring.error(), globals);
    return nullptr;
  }
  return *std::move(wiring);
}

Result<TradeDate> day_of(const std::string& text, Wiring& wiring) {
  OPT_TRY(const TradeDate date, parse_trade_date(text, wiring.calendar(), wiring.clock().now()));
  OPT_TRY_VOID(wiring.use_day(date));
  return date;
}

std::string aligned_table(
    const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> width(head.size());
  std::vector<bool> number(head.size(), true);
  for (std::size_t i = 0; i < head.size(); ++i) width[i] = head[i].size();
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      width[i] = std::max(width[i], row[i].size());
      if (!row[i].empty() && row[i] != "-" &&
          row[i].find_first_not_of("0123456789.+-%e /") != std::string::npos)
        number[i] = false;
    }
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text += "  ";
      text += number[i] ? fmt::format("{:>{}}", cells[i], width[i])
                        : fmt::format("{:<{}}", cells[i], width[i]);
    }
    out += std::string(text.substr(0, text.find_last_not_of(' ') + 1)) + "\n";
  };
  line(head);
  for (const auto& row : rows) line(row);
  return out;
}

std::string percent(double met, double of) {
  if (of <= 0) return "-";
  // Downwards: 100 % says that nothing is missing.
  return fmt::format("{:.1f} %", std::floor(1000.0 * met / of + 1e-9) / 10.0);
}

void add_date_option(CLI::App& verb, std::string& date, std::string standard) {
  date = std::move(standard);
  verb.add_option(
          "--date", date,
          "Trade date in New York: today, yesterday (the trading day before), or YYYY-MM-DD")
      ->capture_default_str();
}

void add_key_option(
    CLI::App& verb, Globals& globals, const std::string& option, const std::string& key,
    const std::string& help) {
  verb.add_option_function<std::string>(
      option,
      [&globals, key, option](const std::string& text) {
        globals.overrides[key] = text;
        globals.option_names[key] = option;
      },
      help);
}

void add_symbols_option(CLI::App& verb, Globals& globals) {
  add_key_option(
      verb, globals, "--symbols", "universe.symbols",
      "Only these underlyings, by commas (default: the universe of the configuration)");
}

void add_delayed_option(CLI::App& verb, Globals& globals) {
  verb.add_flag_function(
      "--allow-delayed,!--no-allow-delayed",
      [&globals](std::int64_t count) {
        globals.overrides["snapshot.allow_delayed"] = count > 0 ? "true" : "false";
        globals.option_names["snapshot.allow_delayed"] =
            count > 0 ? "--allow-delayed" : "--no-allow-delayed";
      },
      "Take delayed data, flagged, where the account has no live data");
}

void add_record_option(CLI::App& verb, Globals& globals) {
  verb.add_option(
      "--record", globals.record_file,
      "Keep the conversation with the gateway in this file, without account numbers; a transcript "
      "that is there is continued");
}

void add_all_commands(Cli& cli) {
  cli.root.name("opt-data");
  cli.root.description(
      "Option-chain history that its owner can trust, from an Interactive Brokers account.\n"
      "It cannot trade. Try: opt-data demo");
  cli.root.set_version_flag("--version", "opt-data " OPT_DATA_VERSION);
  cli.root.require_subcommand(1);
  cli.root.fallthrough();
  cli.root.add_option(
      "--config", cli.globals.config_file,
      "Configuration file (default: $OPT_DATA_CONFIG, else config/opt-data.toml, else, "
      "of an installed program, /etc/opt-data/opt-data.toml)");
  cli.root.add_flag("--json", cli.globals.json, "The answer as JSON");
  cli.root.footer(
      "Exit codes: 0 done; 1 the answer is no (FAIL, refused, lost); 2 wrong usage or "
      "configuration; 3 done in part.");
  add_demo(cli);
  add_init(cli);
  add_sim(cli);
  add_contracts(cli);
  add_plan(cli);
  add_schedule(cli);
  add_stage(cli);
  add_day(cli);
  add_snapshot(cli);
  add_rollup(cli);
  add_enrichment(cli);
  add_qa(cli);
  add_selfcheck(cli);
  add_logscan(cli);
  add_report(cli);
  add_serve(cli);
  add_alert(cli);
  add_calendar(cli);
  add_compact(cli);
  add_retention(cli);
  add_verify(cli);
  add_export(cli);
  add_backup(cli);
  add_ledger(cli);
  add_query(cli);
  add_chain(cli);
  add_inspect(cli);
}

}  // namespace opt_data::app
