// opt-data serve [--host H] [--port N]
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/scheduler.h"
#include "app/worlds.h"
#include "base/text.h"
#include "serve/server.h"

namespace opt_data::app {
namespace {

constexpr std::size_t token_min = 16;

// 256 bits of the machine's own chance.
Result<std::string> new_secret() {
  unsigned char bytes[32];
  if (::getentropy(bytes, sizeof bytes) != 0)
    return fail(ErrorKind::storage, "the system gave no random bytes for a token");
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

// Only its owner may read it: a token that others can read is none.
Result<std::string> read_token(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0)
    return fail(ErrorKind::not_found, "there is no token file {}", file.string());
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail(
        ErrorKind::invalid_input, "others may read {}; chmod 600 {}", file.string(), file.string());
  store::RealDisk disk;
  OPT_TRY(const std::string text, disk.read(file));
  const std::string token(trim(text));
  if (token.size() < token_min)
    return fail(
        ErrorKind::invalid_input,
        "{} holds fewer than {} characters; a token has to be hard to "
        "guess",
        file.string(), token_min);
  return token;
}

Result<void> make_token(const std::filesystem::path& file) {
  OPT_TRY(const std::string secret, new_secret());
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string line = secret + "\n";
  const bool written = descriptor >= 0 && ::write(descriptor, line.data(), line.size()) ==
                                              static_cast<ssize_t>(line.size());
  if (descriptor >= 0) ::close(descriptor);
  if (!written) return fail(ErrorKind::storage, "cannot write a token to {}", file.string());
  return {};
}

Result<std::string> token_for(const Settings& settings, std::filesystem::path& file) {
  if (serve::is_loopback(settings.serve_host)) return std::string();
  file = settings.serve_token_file.empty() ? settings.state / "serve.token"
                                           : settings.serve_token_file;
  if (settings.serve_token_file.empty() && !std::filesystem::exists(file)) {
    OPT_TRY_VOID(make_token(file));
  }
  return read_token(file);
}

serve::Sources sources_of(Wiring& wiring) {
  const Settings& settings = wiring.settings();
  return {
      .paths = wiring.dataset_paths(),
      .state = settings.state,
      .run_logs = settings.run_logs,
      .event_log = settings.run_logs / "opt-data.jsonl",
      .calendar = wiring.calendar(),
      .slot_step = settings.slot_step,
      .times = times_of(settings),
      .subscriptions_per_minute = settings.limits.subscriptions_per_minute,
      .source =
          [&wiring, marker = settings.state / simulated_marker] {
            return wiring.disk().exists(marker) ? DataSource::simulated : wiring.source();
          },
      .version = OPT_DATA_VERSION,
      .now = [&wiring] { return wiring.clock().now(); },
      .secret = [] { return new_secret().value_or(std::string()); }};
}

Exit run(const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  const Settings& settings = wiring->settings();
  std::filesystem::path token_file;
  auto token = token_for(settings, token_file);
  if (!token) return complain(token.error(), globals);
  const serve::Sources sources = sources_of(*wiring);
  serve::ServerOptions options;
  options.host = settings.serve_host == "localhost" ? "127.0.0.1" : settings.serve_host;
  options.port = settings.serve_port;
  options.guard.token = *token;
  options.guard.hosts = settings.serve_names;
  options.guard.hosts.push_back(settings.serve_host);
  auto server = serve::Server::make(io.get_executor(), options, sources);
  if (!server) return complain(server.error(), globals);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](boost::system::error_code error, int) {
    if (!error) io.stop();
  });
  (*server)->start();
  const std::string host =
      options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
  const std::string url = fmt::format("http://{}:{}/", host, (*server)->port());
  if (globals.json) {
    const nlohmann::ordered_json json = {
        {"url", url},
        {"pid", ::getpid()},
        {"token_file",
         token->empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(token_file.string())}};
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("{}\n", url);
    if (!token->empty())
      fmt::print(
          stderr,
          "{} can be reached from elsewhere: everybody who asks needs the token in {}. What is "
          "said on the way is not encrypted; a tunnel (ssh -L {}:127.0.0.1:{}) is.\n",
          options.host, token_file.string(), (*server)->port(), (*server)->port());
    fmt::print(stderr, "reading only; Ctrl-C ends it\n");
  }
  std::fflush(stdout);
  io.run();
  server->reset();
  return Exit::done;
}

}  // namespace

void add_serve(Cli& cli) {
  CLI::App* serve = cli.root.add_subcommand(
      "serve", "Web page, JSON API and Prometheus metrics over what is on disk; it reads only");
  add_key_option(*serve, cli.globals, "--host", "serve.host", "Address to listen on");
  add_key_option(*serve, cli.globals, "--port", "serve.port", "Port; 0: any that is free");
  serve->callback([&cli] { cli.chosen = [&cli] { return run(cli.globals); }; });
}

}  // namespace opt_data::app
