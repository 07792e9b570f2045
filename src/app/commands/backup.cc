// opt-data backup --out DIR | --restore DIR
#include "app/backup.h"

#include "app/command.h"

namespace opt_data::app {
namespace {

Exit run(const std::string& out, const std::string& restore, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  if (out.empty() == restore.empty())
    return complain(
        {ErrorKind::invalid_input, "name one of --out DIR, to make a backup, and --restore DIR", 0},
        globals);
  auto report = out.empty() ? restore_backup(restore, *wiring) : run_backup(out, *wiring);
  wiring->flush_console();
  if (!report) return complain(report.error(), globals);
  if (globals.json) {
    fmt::print("{}\n", to_json(*report));
  } else {
    fmt::print(
        "{} files, {} bytes {} {}\n", report->files, report->bytes,
        out.empty() ? "restored from" : "copied to", report->place.string());
  }
  return Exit::done;
}

}  // namespace

void add_backup(Cli& cli) {
  auto out = std::make_shared<std::string>();
  auto restore = std::make_shared<std::string>();
  CLI::App* backup = cli.root.add_subcommand(
      "backup",
      "Copy dataset, ledger, contract lists, reports and configuration, also beside a live "
      "collector");
  backup->add_option(
      "--out", *out,
      "Make a backup in this folder, which must be empty or new; `tar` makes one file of it");
  backup->add_option(
      "--restore", *restore, "Restore the backup in this folder into the configured, empty places");
  backup->callback([out, restore, &cli] {
    cli.chosen = [out, restore, &cli] { return run(*out, *restore, cli.globals); };
  });
}

}  // namespace opt_data::app
