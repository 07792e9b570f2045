// What every verb shares: global options, how a command is chosen and run, how an answer is
// printed.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/wiring.h"

namespace opt_data::app {

// Exit codes. 0 done; 1 the answer is no (FAIL, refused, lost); 2 wrong usage or configuration;
// 3 done in part.
enum class Exit : int { done = 0, no = 1, usage = 2, part = 3 };

struct Globals {
  std::string config_file;
  bool json = false;
  std::string record_file;                          // Of --record; empty: nothing is recorded.
  std::map<std::string, std::string> overrides;     // config key -> text, from options
  std::map<std::string, std::string> option_names;  // config key -> the option's name
};

using Command = std::function<Exit()>;

struct Cli {
  CLI::App root;
  Globals globals;
  Command chosen;
};

// An error, as a person reads it, on standard error; with --json also as an object on standard
// output. Returns the exit code its kind asks for.
Exit complain(const Error& error, const Globals& globals);

// As the global options and the environment say. Errors: as load_config.
Result<Config> config_of(const Globals& globals);

// Configuration and wiring on the machine's clock. Complains and gives nothing when it fails.
std::unique_ptr<Wiring> wire(const Globals& globals, asio::io_context& io, Exit& exit);

// The trade date that `text` names, and its stage's universe and limits in force.
Result<TradeDate> day_of(const std::string& text, Wiring& wiring);

// Rows of text, right-aligned where a column is all numbers.
std::string aligned_table(
    const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);

std::string percent(double met, double of);  // "98.4 %", "-" when nothing was planned

// Options that several verbs share.
void add_date_option(CLI::App& verb, std::string& date, std::string standard);
void add_symbols_option(CLI::App& verb, Globals& globals);
void add_delayed_option(CLI::App& verb, Globals& globals);
void add_record_option(CLI::App& verb, Globals& globals);
// An option that stands for a configuration key.
void add_key_option(
    CLI::App& verb, Globals& globals, const std::string& option, const std::string& key,
    const std::string& help);

// One function per file in commands/.
void add_demo(Cli& cli);
void add_init(Cli& cli);
void add_sim(Cli& cli);
void add_sim_days(CLI::App& sim, Cli& cli);
void add_contracts(Cli& cli);
void add_plan(Cli& cli);
void add_snapshot(Cli& cli);
void add_rollup(Cli& cli);
void add_enrichment(Cli& cli);
void add_qa(Cli& cli);
void add_selfcheck(Cli& cli);
void add_logscan(Cli& cli);
void add_calendar(Cli& cli);
void add_query(Cli& cli);
void add_chain(Cli& cli);
void add_inspect(Cli& cli);
void add_schedule(Cli& cli);
void add_stage(Cli& cli);
void add_day(Cli& cli);
void add_alert(Cli& cli);
void add_report(Cli& cli);
void add_serve(Cli& cli);
void add_compact(Cli& cli);
void add_retention(Cli& cli);
void add_verify(Cli& cli);
void add_export(Cli& cli);
void add_backup(Cli& cli);
void add_ledger(Cli& cli);

// The parser with every verb; tests compare it with the documents.
void add_all_commands(Cli& cli);

}  // namespace opt_data::app
