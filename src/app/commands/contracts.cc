// opt-data contracts build|verify|diff|show
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "app/command.h"
#include "app/jobs.h"
#include "collect/contract_book.h"

namespace opt_data::app {
namespace {

struct ContractsFlags {
  std::string date;
  std::string against;
  bool force = false;
  int minutes = 0;  // Until the freeze; after it, 20.
};

using Books = std::vector<collect::ContractBook>;

nlohmann::ordered_json book_json(const collect::ContractBook& book) {
  std::set<std::string> expiries;
  for (const OptionContract& contract : book.contracts) expiries.insert(iso(contract.expiry));
  return {
      {"symbol", book.underlying.symbol},
      {"trade_date", book.date.text()},
      {"contracts", book.contracts.size()},
      {"expiries", expiries},
      {"reference_usd", book.reference.usd},
      {"reference_source", book.reference.source},
      {"filters", book.filters},
      {"built_at", iso_utc(book.built_at)}};
}

// What is wrong with a book besides what reading it already found.
std::string trouble(const collect::ContractBook& book, const collect::ContractFilters& filters) {
  if (book.filters != filters.fingerprint())
    return fmt::format("was built with other filters ({}); build it again", book.filters);
  std::set<ContractId> ids;
  for (const OptionContract& contract : book.contracts) {
    if (!ids.insert(contract.id).second) return fmt::format("holds conid {} twice", contract.id);
    if (contract.expiry < book.date.day())
      return fmt::format("holds {}, which has expired", occ_symbol(contract));
    if (filters.moneyness > 0 &&
        (contract.strike.usd() < book.reference.usd * (1 - filters.moneyness) - 1e-9 ||
         contract.strike.usd() > book.reference.usd * (1 + filters.moneyness) + 1e-9))
      return fmt::format("holds {}, outside the band", occ_symbol(contract));
  }
  return {};
}

Exit run_build(const ContractsFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  auto symbols = wiring->universe();
  if (!symbols) return complain(symbols.error(), globals);
  // By hand nobody wants to wait for 09:25: the price of now freezes the list. What the broker's
  // throttle does not let through until then is probed instead; slots need the ledger from 09:30.
  const Instant now = wiring->clock().now();
  const Instant freeze = new_york(date->day(), wiring->settings().discovery_freeze);
  Instant latest = now + std::chrono::minutes{flags.minutes > 0 ? flags.minutes : 20};
  if (flags.minutes == 0 && now < freeze) latest = std::min(latest, freeze);
  DiscoveryJob job{*date, *symbols, latest};
  job.freeze_at_once = true;
  job.force = flags.force;
  auto summary = wiring->wait(run_discovery_job(std::move(job), *wiring));
  wiring->flush_console();
  if (!summary) return complain(summary.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  std::size_t built = 0;
  for (const auto& symbol : summary->symbols) {
    built += symbol.error.empty() ? 1 : 0;
    json.push_back(
        {{"symbol", symbol.symbol},
         {"contracts", symbol.contracts},
         {"expiries", symbol.expiries},
         {"wide_requests", symbol.wide_requests},
         {"probes", symbol.probes},
         {"probes_absent", symbol.probes_absent},
         {"already", symbol.already},
         {"error", symbol.error}});
    if (!globals.json)
      fmt::print(
          "{:<6} {}\n", symbol.symbol,
          !symbol.error.empty() ? "failed: " + symbol.error
          : symbol.already
              ? fmt::format(
                    "{} contracts of {} expiries; already built", symbol.contracts, symbol.expiries)
              : fmt::format(
                    "{} contracts of {} expiries; {} wide requests, {} probes", symbol.contracts,
                    symbol.expiries, symbol.wide_requests, symbol.probes));
  }
  if (globals.json) fmt::print("{}\n", json.dump(2));
  if (built == summary->symbols.size()) return Exit::done;
  return built == 0 ? Exit::no : Exit::part;
}

Exit run_verify(const ContractsFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  auto symbols = wiring->universe();
  if (!symbols) return complain(symbols.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Underlying& symbol : *symbols) {
    auto book =
        collect::read_book(wiring->disk(), wiring->settings().contracts_cache, symbol, *date);
    const std::string wrong =
        !book ? book.error().message : trouble(*book, wiring->settings().filters);
    if (!wrong.empty()) exit = Exit::no;
    json.push_back({{"symbol", symbol}, {"ok", wrong.empty()}, {"trouble", wrong}});
    if (!globals.json)
      fmt::print(
          "{:<6} {}\n", symbol,
          wrong.empty() ? fmt::format(
                              "ok: {} contracts, reference {} ({})", book->contracts.size(),
                              book->reference.usd, book->reference.source)
                        : wrong);
  }
  if (globals.json) fmt::print("{}\n", json.dump(2));
  return exit;
}

Exit run_show(const ContractsFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  auto symbols = wiring->universe();
  if (!symbols) return complain(symbols.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Underlying& symbol : *symbols) {
    auto book =
        collect::read_book(wiring->disk(), wiring->settings().contracts_cache, symbol, *date);
    if (!book) return complain(book.error(), globals);
    nlohmann::ordered_json of = book_json(*book);
    std::vector<std::vector<std::string>> rows;
    for (const OptionContract& contract : book->contracts)
      rows.push_back(
          {occ_symbol(contract), std::to_string(contract.id), iso(contract.expiry),
           fmt::format("{}", contract.strike.usd()), std::string(1, letter(contract.right)),
           contract.trading_class});
    if (globals.json) {
      for (const auto& row : rows) of["list"].push_back(row[0]);
      json.push_back(std::move(of));
      continue;
    }
    fmt::print(
        "{} {}: {} contracts, reference {} ({} of {})\n{}", symbol, date->text(),
        book->contracts.size(), book->reference.usd, book->reference.source,
        new_york_text(book->reference.at),
        aligned_table({"symbol", "conid", "expiry", "strike", "right", "class"}, rows));
  }
  if (globals.json) fmt::print("{}\n", json.dump(2));
  return Exit::done;
}

Exit run_diff(const ContractsFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  auto before =
      flags.against.empty() ? wiring->calendar().previous(*date) : day_of(flags.against, *wiring);
  if (!before) return complain(before.error(), globals);
  auto symbols = wiring->universe();
  if (!symbols) return complain(symbols.error(), globals);
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  const auto& cache = wiring->settings().contracts_cache;
  for (const Underlying& symbol : *symbols) {
    auto now = collect::read_book(wiring->disk(), cache, symbol, *date);
    if (!now) return complain(now.error(), globals);
    auto then = collect::read_book(wiring->disk(), cache, symbol, *before);
    if (!then) return complain(then.error(), globals);
    std::set<std::string> of_now;
    std::set<std::string> of_then;
    for (const auto& contract : now->contracts) of_now.insert(occ_symbol(contract));
    for (const auto& contract : then->contracts) of_then.insert(occ_symbol(contract));
    std::vector<std::string> added;
    std::vector<std::string> gone;
    std::set_difference(
        of_now.begin(), of_now.end(), of_then.begin(), of_then.end(), std::back_inserter(added));
    std::set_difference(
        of_then.begin(), of_then.end(), of_now.begin(), of_now.end(), std::back_inserter(gone));
    json.push_back({{"symbol", symbol}, {"added", added}, {"gone", gone}});
    if (globals.json) continue;
    fmt::print(
        "{} {} against {}: {} added, {} gone\n", symbol, date->text(), before->text(), added.size(),
        gone.size());
    for (const std::string& name : added) fmt::print("  + {}\n", name);
    for (const std::string& name : gone) fmt::print("  - {}\n", name);
  }
  if (globals.json) fmt::print("{}\n", json.dump(2));
  return Exit::done;
}

using RunContracts = Exit (*)(const ContractsFlags&, const Globals&);

CLI::App* add_verb(
    CLI::App& parent, Cli& cli, const std::string& name, const std::string& help,
    const std::shared_ptr<ContractsFlags>& flags, RunContracts run) {
  CLI::App* verb = parent.add_subcommand(name, help);
  add_date_option(*verb, flags->date, "today");
  add_symbols_option(*verb, cli.globals);
  verb->callback(
      [flags, &cli, run] { cli.chosen = [flags, &cli, run] { return run(*flags, cli.globals); }; });
  return verb;
}

}  // namespace

void add_contracts(Cli& cli) {
  CLI::App* contracts =
      cli.root.add_subcommand("contracts", "Which contracts a day collects, and their cache");
  contracts->require_subcommand(1);
  auto flags = std::make_shared<ContractsFlags>();
  CLI::App* build = add_verb(
      *contracts, cli, "build", "Ask the gateway what is listed and freeze the day's contracts",
      flags, run_build);
  build
      ->add_option(
          "--minutes", flags->minutes,
          "How long the throttled enumeration may take at most; 0: 20, and not beyond the freeze")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  build->add_flag("--force", flags->force, "Forget what the cache holds for these symbols first");
  add_record_option(*build, cli.globals);
  add_verb(
      *contracts, cli, "verify", "Check the day's lists: checksum, filters, band, duplicates",
      flags, run_verify);
  add_verb(*contracts, cli, "show", "Print the day's lists", flags, run_show);
  add_verb(*contracts, cli, "diff", "What changed since another day's lists", flags, run_diff)
      ->add_option("--against", flags->against, "The other day (default: the trade date before)");
}

}  // namespace opt_data::app
