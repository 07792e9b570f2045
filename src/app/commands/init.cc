// opt-data init [--dir D] [--symbols A,B] [--test]
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>  // program_invocation_name
#include <filesystem>

#include "app/command.h"
#include "base/text.h"
#include "stages.embedded.h"
#include "store/disk.h"

namespace opt_data::app {
namespace {

struct InitFlags {
  std::string dir = ".";
  std::vector<std::string> symbols{"AAPL"};
  bool test = false;
  bool force = false;
};

// Which of the four usual API ports somebody listens on; Gateway paper where nobody does.
std::int64_t listening_port(asio::io_context& io) {
  for (const int port : {4001, 4002, 7496, 7497}) {
    asio::ip::tcp::socket socket(io);
    boost::system::error_code error;
    socket.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}, error);
    if (!error) return port;
  }
  return 4002;
}

Result<void> write_new(
    store::Disk& disk, const std::filesystem::path& file, const std::string& text, bool force) {
  if (disk.exists(file) && !force)
    return fail(
        ErrorKind::refused, "{} exists and stays as it is; --force replaces it", file.string());
  OPT_TRY_VOID(disk.make_directories(file.parent_path()));
  OPT_TRY_VOID(store::write_atomically(disk, file, text));
  fmt::print("wrote {}\n", file.string());
  return {};
}

std::map<std::string, ConfigValue> test_values() {
  return {
      {"paths.raw", std::string("data_test/raw/ib/chain")},
      {"paths.clean", std::string("data_test/clean/ib/chain")},
      {"paths.state", std::string("state_test")},
      {"paths.contracts_cache", std::string("state_test/contracts_cache")},
      {"paths.run_logs", std::string("state_test/run_logs")},
      {"gateway.client_id", std::int64_t{202}},
      {"pacing.per_minute", std::int64_t{45}},
      {"pacing.in_flight", std::int64_t{12}}};
}

Exit run(const InitFlags& flags, const Globals& globals) {
  store::RealDisk disk;
  asio::io_context io;
  const std::filesystem::path folder = std::filesystem::path(flags.dir) / "config";
  std::map<std::string, ConfigValue> values =
      flags.test ? test_values() : std::map<std::string, ConfigValue>{};
  values["gateway.port"] = listening_port(io);
  const auto config = folder / (flags.test ? "opt-data.test.toml" : "opt-data.toml");
  if (auto done = write_new(
          disk, config,
          config_template(
              values, flags.test
                          ? "opt-data: the test tree; data_test and state_test beside it"
                          : "opt-data: every setting, at its default where nothing else is said"),
          flags.force);
      !done)
    return complain(done.error(), globals);
  std::string universe = "# One underlying a line.\n";
  for (const std::string& symbol : flags.symbols) universe += upper(symbol) + "\n";
  for (const auto& [name, text] :
       {std::pair<std::string, std::string>{"universe.csv", universe},
        {"corporate_actions.csv",
         "# symbol,effective_date,split_ratio     (7 means seven new shares for one old)\n"},
        {"stages.toml", std::string(embedded::stages)}}) {
    const auto file = folder / name;
    if (disk.exists(file)) continue;  // Shared by the two configurations.
    if (auto done = write_new(disk, file, text, flags.force); !done)
      return complain(done.error(), globals);
  }
  fmt::print(
      "\nNext:\n  {0} --config {1} inspect connection\n  {0} --config {1} contracts build\n",
      program_invocation_name, config.string());
  return Exit::done;
}

}  // namespace

void add_init(Cli& cli) {
  auto flags = std::make_shared<InitFlags>();
  CLI::App* init = cli.root.add_subcommand(
      "init", "Write a commented configuration and universe for this machine");
  init->add_option("--dir", flags->dir, "The folder that gets config/")->capture_default_str();
  init->add_option("--symbols", flags->symbols, "Underlyings to begin with")
      ->delimiter(',')
      ->capture_default_str();
  init->add_flag("--test", flags->test, "The test tree: data_test, state_test, 45 per minute");
  init->add_flag("--force", flags->force, "Replace files that exist");
  init->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
