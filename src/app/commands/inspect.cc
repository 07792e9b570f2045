// opt-data inspect paths|config|connection|runs
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/preflight.h"

namespace opt_data::app {
namespace {

nlohmann::ordered_json value_json(const ConfigValue& value) {
  return std::visit([](const auto& known) { return nlohmann::ordered_json(known); }, value);
}

Exit run_paths(const Globals& globals) {
  auto config = config_of(globals);
  if (!config) {
    complain(config.error(), globals);
    return Exit::usage;
  }
  const Settings& settings = config->settings;
  const std::vector<std::pair<std::string, std::string>> paths = {
      {"config", config->file.empty() ? "(none: defaults)" : config->file.string()},
      {"raw", settings.raw.string()},
      {"clean", settings.clean.string()},
      {"state", settings.state.string()},
      {"ledger", (settings.state / "ledger.sqlite").string()},
      {"contracts_cache", settings.contracts_cache.string()},
      {"run_logs", settings.run_logs.string()},
      {"universe", settings.universe_file.string()},
      {"corporate_actions", settings.corporate_actions.string()}};
  nlohmann::ordered_json json;
  for (const auto& [name, path] : paths) {
    json[name] = path;
    if (!globals.json) fmt::print("{:<18} {}\n", name, path);
  }
  if (globals.json) fmt::print("{}\n", json.dump(2));
  return Exit::done;
}

Exit run_config(const Globals& globals) {
  auto config = config_of(globals);
  if (!config) {
    complain(config.error(), globals);
    return Exit::usage;
  }
  nlohmann::ordered_json json;
  std::vector<std::vector<std::string>> rows;
  for (const ConfigKey& key : config_keys()) {
    const Effective& effective = config->effective.at(std::string(key.name));
    const bool hidden = key.secret && effective.value != key.standard;
    const ConfigValue shown = hidden ? ConfigValue(std::string("[hidden]")) : effective.value;
    json[std::string(key.name)] = {{"value", value_json(shown)}, {"origin", effective.origin}};
    rows.push_back({std::string(key.name), text_of(shown), effective.origin});
  }
  if (globals.json) {
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}", aligned_table({"setting", "value", "from"}, rows));
  }
  return Exit::done;
}

asio::awaitable<Result<std::vector<PreflightCheck>>> look(Wiring& wiring) {
  OPT_CO_TRY(
      const TradeDate date, wiring.calendar().on_or_after(in_new_york(wiring.clock().now()).day));
  std::vector<PreflightCheck> checks = check_machine(date, wiring);
  std::vector<PreflightCheck> gateways = co_await check_gateway(wiring);
  std::ranges::move(gateways, std::back_inserter(checks));
  co_return checks;
}

Exit run_connection(const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto checks = wiring->wait(look(*wiring));
  wiring->flush_console();
  if (!checks) return complain(checks.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const PreflightCheck& one : *checks) {
    json.push_back(
        {{"check", one.name},
         {"state", to_text(one.fitness)},
         {"found", one.found},
         {"remedy", one.remedy}});
    if (globals.json) continue;
    fmt::print("{:<18} {:<8} {}\n", one.name, to_text(one.fitness), one.found);
    if (!one.remedy.empty()) fmt::print("{:<18} {:<8} {}\n", "", "", one.remedy);
  }
  if (globals.json) fmt::print("{}\n", json.dump(2));
  return passed(*checks) ? Exit::done : Exit::no;
}

Exit run_runs(int count, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto ledger = wiring->ledger_to_read();
  if (!ledger) return complain(ledger.error(), globals);
  auto jobs = (*ledger)->recent_jobs(count);
  if (!jobs) return complain(jobs.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (const store::JobRecord& job : *jobs) {
    const std::string ended = job.ended_at ? iso_utc(*job.ended_at) : "";
    json.push_back(
        {{"job", job.key.text()},
         {"outcome", store::to_text(job.outcome)},
         {"started_at", iso_utc(job.started_at)},
         {"ended_at", ended},
         {"starts", job.starts},
         {"ingest_id", job.ingest_id},
         {"counts", nlohmann::ordered_json::parse(job.counts, nullptr, false)}});
    rows.push_back(
        {job.key.text(), std::string(store::to_text(job.outcome)), iso_utc(job.started_at), ended,
         std::to_string(job.starts), job.ingest_id});
  }
  if (globals.json) {
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print(
        "{}",
        aligned_table({"job", "outcome", "started (UTC)", "ended (UTC)", "starts", "run"}, rows));
  }
  return Exit::done;
}

}  // namespace

void add_inspect(Cli& cli) {
  CLI::App* inspect = cli.root.add_subcommand("inspect", "What is where, and how it is");
  inspect->require_subcommand(1);
  inspect->add_subcommand("paths", "Where data, state and logs are")->callback([&cli] {
    cli.chosen = [&cli] { return run_paths(cli.globals); };
  });
  inspect->add_subcommand("config", "Every setting with its origin")->callback([&cli] {
    cli.chosen = [&cli] { return run_config(cli.globals); };
  });
  CLI::App* connection =
      inspect->add_subcommand("connection", "Whether the gateway answers, and how");
  add_record_option(*connection, cli.globals);
  connection->callback([&cli] { cli.chosen = [&cli] { return run_connection(cli.globals); }; });
  auto count = std::make_shared<int>(40);
  CLI::App* runs = inspect->add_subcommand("runs", "The latest jobs and their outcome");
  runs->add_option("--count", *count, "How many")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  runs->callback(
      [count, &cli] { cli.chosen = [count, &cli] { return run_runs(*count, cli.globals); }; });
}

}  // namespace opt_data::app
