// opt-data sim serve | sim list; sim day and sim soak are in sim_day.cc
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/worlds.h"
#include "base/text.h"
#include "net/tcp_transport.h"
#include "sim/replay_gateway.h"
#include "store/disk.h"
#include "tws/transcript.h"

namespace opt_data::app {
namespace {

struct ServeFlags {
  std::string recording = "twx-2014-06-05";
  std::string market = "recording";
  std::vector<std::string> symbols{"AAPL", "MSFT"};
  std::string date = "2025-11-21";
  std::string at = "10:30";
  std::uint64_t seed = 1;
  std::string host = "127.0.0.1";
  std::uint16_t port = 4002;
  bool delayed_account = false;
  bool bare_expiry = false;
  double seconds = 0;
  std::string replay;  // A transcript; empty: the gateway of a market.
  double speed = 1;
};

template <typename Gateway>
asio::awaitable<void> accept_loop(net::TcpListener& listener, Gateway& gateway) {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    auto transport = co_await listener.accept();
    if (!transport) co_return;
    asio::co_spawn(executor, gateway.serve(*std::move(transport)), asio::detached);
  }
}

// Until a signal, or for as long as the flags say.
void serve_until_stopped(const ServeFlags& flags, Clock& clock, asio::io_context& io) {
  std::fflush(stdout);
  asio::signal_set stop(io, SIGINT, SIGTERM);
  stop.async_wait([&](auto, auto) { io.stop(); });
  if (flags.seconds > 0)
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
          (void)co_await clock.wait_for(
              std::chrono::milliseconds{static_cast<std::int64_t>(flags.seconds * 1000)});
          io.stop();
        },
        asio::detached);
  io.run();
}

Result<sim::ReplayScript> read_script(const std::string& file) {
  store::RealDisk disk;
  OPT_TRY(const std::string text, disk.read(file));
  auto transcript = tws::parse_transcript(text);
  if (!transcript) return fail_within(std::move(transcript).error(), "{}", file);
  auto script = sim::ReplayScript::read(*transcript);
  if (!script) return fail_within(std::move(script).error(), "{}", file);
  return script;
}

Exit run_replay(const ServeFlags& flags, const Globals& globals) {
  auto script = read_script(flags.replay);
  if (!script) return complain(script.error(), globals);
  const Instant opened = script->opened();
  const std::string what = fmt::format(
      "{} recorded requests, server version {}, from {}", script->requests(),
      script->server_version(), new_york_text(opened));
  asio::io_context io;
  RealClock clock(opened - RealClock().now());
  sim::ReplayOptions options;
  options.speed = flags.speed;
  options.unmatched = [](std::string_view text) { fmt::print(stderr, "{}\n", text); };
  sim::ReplayGateway gateway(*std::move(script), clock, options);
  auto listener = net::TcpListener::bind(io.get_executor(), flags.host, flags.port);
  if (!listener) return complain(listener.error(), globals);
  asio::co_spawn(io, accept_loop(**listener, gateway), asio::detached);
  fmt::print(
      "replaying {} on {}:{}: {}; Ctrl-C ends it\n", flags.replay, flags.host, (*listener)->port(),
      what);
  serve_until_stopped(flags, clock, io);
  const sim::ReplayCounters& counters = gateway.counters();
  fmt::print(
      stderr, "{} connections, {} requests, {} of them not in the transcript\n",
      counters.connections, counters.requests, counters.unmatched);
  return counters.unmatched == 0 ? Exit::done : Exit::part;
}

Exit run_serve(const ServeFlags& flags, const Globals& globals) {
  if (!flags.replay.empty()) return run_replay(flags, globals);
  MarketChoice choice;
  choice.recording = flags.market == "synthetic" ? "" : flags.recording;
  choice.seed = flags.seed;
  for (const std::string& symbol : flags.symbols) choice.symbols.push_back(upper(symbol));
  auto day = parse_day(flags.date);
  if (!day) return complain(day.error(), globals);
  choice.date = *day;
  auto time = parse_clock(flags.at);
  if (!time) return complain(time.error(), globals);
  auto market = load_market(choice);
  if (!market) return complain(market.error(), globals);

  asio::io_context io;
  RealClock clock(new_york(market->date, *time) - RealClock().now());
  sim::SimOptions options;
  options.expiry_with_time = !flags.bare_expiry;
  if (flags.delayed_account) options.entitlement = sim::Entitlement::delayed;
  sim::SimGateway gateway(*market->market, clock, options, flags.seed);
  auto listener = net::TcpListener::bind(io.get_executor(), flags.host, flags.port);
  if (!listener) return complain(listener.error(), globals);
  asio::co_spawn(io, accept_loop(**listener, gateway), asio::detached);
  fmt::print(
      "simulated gateway on {}:{}: {} ({}) at {} New York, client version up to 178; Ctrl-C ends "
      "it\n",
      flags.host, (*listener)->port(), join(market->symbols, ", "), market->name, flags.at);
  serve_until_stopped(flags, clock, io);
  const sim::SimCounters& counters = gateway.counters();
  fmt::print(
      stderr, "{} connections, {} subscriptions, {} lines at most, {} errors 200\n",
      counters.connections, counters.subscriptions, counters.lines_high, counters.error_count(200));
  return Exit::done;
}

Exit run_list(const Globals& globals) {
  auto all = list_recordings();
  if (!all) return complain(all.error(), globals);
  if (globals.json) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const RecordingInfo& info : *all)
      json.push_back(
          {{"name", info.name},
           {"title", info.title},
           {"date", iso(info.date)},
           {"symbols", info.symbols},
           {"expected", info.expected_verdict},
           {"reasons", info.expected_reasons}});
    fmt::print("{}\n", json.dump(2));
    return Exit::done;
  }
  std::vector<std::vector<std::string>> rows;
  for (const RecordingInfo& info : *all)
    rows.push_back(
        {info.name, iso(info.date), join(info.symbols, ","), info.expected_verdict, info.title});
  fmt::print("{}", aligned_table({"recording", "date", "symbols", "expected", "what it is"}, rows));
  return Exit::done;
}

}  // namespace

void add_sim(Cli& cli) {
  CLI::App* sim = cli.root.add_subcommand("sim", "The simulated gateway and its recordings");
  sim->require_subcommand(1);
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* serve = sim->add_subcommand(
      "serve", "Offer the simulated gateway on a TCP port, to any TWS API client");
  serve->add_option("--recording", flags->recording, "Which recording")->capture_default_str();
  serve->add_option("--market", flags->market, "recording, or synthetic: grown from a seed")
      ->check(CLI::IsMember({"recording", "synthetic"}))
      ->capture_default_str();
  serve->add_option("--symbols", flags->symbols, "Underlyings of a synthetic market")
      ->delimiter(',')
      ->capture_default_str();
  serve->add_option("--date", flags->date, "Trade date of a synthetic market")
      ->capture_default_str();
  serve->add_option("--at", flags->at, "New York time at which the market starts, at real speed")
      ->capture_default_str();
  serve->add_option("--seed", flags->seed, "Seed of delays, and of a synthetic market")
      ->capture_default_str();
  serve->add_option("--host", flags->host, "Address to listen on")->capture_default_str();
  serve->add_option("--port", flags->port, "Port to listen on; 0 takes a free one")
      ->capture_default_str();
  serve->add_option("--seconds", flags->seconds, "End by itself after so many seconds; 0: never")
      ->capture_default_str();
  serve->add_flag(
      "--delayed-account", flags->delayed_account, "The account has delayed market data only");
  serve->add_flag(
      "--bare-expiry", flags->bare_expiry,
      "Contract rows carry the bare day, without time and zone: some clients want that");
  serve
      ->add_option(
          "--replay", flags->replay,
          "Play the gateway's side of a transcript that --record made, instead of a market")
      ->check(CLI::ExistingFile);
  serve
      ->add_option(
          "--speed", flags->speed, "With --replay: so many times the recorded pace; 0: at once")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  serve->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run_serve(*flags, cli.globals); }; });
  add_sim_days(*sim, cli);
  sim->add_subcommand("list", "The recordings that are there")->callback([&cli] {
    cli.chosen = [&cli] { return run_list(cli.globals); };
  });
}

}  // namespace opt_data::app
