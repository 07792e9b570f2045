// opt-data alert test
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/observation.h"
#include "notify/channel.h"

namespace opt_data::app {
namespace {

struct Tested {
  std::string channel;
  notify::Delivery delivery;
};

// Of its own: it says nothing about any day, and must not be held back by one.
notify::Alert test_alert(Instant now) {
  notify::Alert alert;
  alert.code = "alert_test";
  alert.level = observe::Level::info;
  alert.message = "this is a test; alerts of opt-data arrive here";
  alert.at = now;
  alert.key = fmt::format("{:032x}", static_cast<std::uint64_t>(micros(now)));
  return alert;
}

asio::awaitable<std::vector<Tested>> try_all(
    const std::vector<std::unique_ptr<notify::Channel>>& channels, notify::Alert alert) {
  std::vector<Tested> tested;
  for (const auto& channel : channels) {
    notify::Delivery delivery = co_await channel->send(alert);
    tested.push_back({channel->name(), std::move(delivery)});
  }
  co_return tested;
}

Exit run_test(const Globals& globals) {
  auto config = config_of(globals);
  if (!config) {
    complain(config.error(), globals);
    return Exit::usage;
  }
  auto channels = notify::make_channels(config->settings.alert_channels);
  if (!channels) return complain(channels.error(), globals);
  if (channels->empty())
    return complain(
        Error{
            ErrorKind::invalid_input,
            "no channel is configured; set alerts.slack_url, alerts.discord_url, "
            "alerts.webhook_url or alerts.command, in the file or as OPT_DATA_ALERTS_SLACK_URL",
            0},
        globals);
  asio::io_context io;
  std::vector<Tested> tested;
  asio::co_spawn(
      io, try_all(*channels, test_alert(RealClock().now())),
      [&](std::exception_ptr thrown, std::vector<Tested> value) {
        if (!thrown) tested = std::move(value);
      });
  io.run();
  bool good = tested.size() == channels->size();
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Tested& one : tested) {
    good = good && one.delivery.accepted;
    json.push_back(
        {{"channel", one.channel}, {"accepted", one.delivery.accepted}, {"why", one.delivery.why}});
    if (!globals.json)
      fmt::print(
          "{:<8} {}\n", one.channel,
          one.delivery.accepted ? "accepted" : "failed: " + one.delivery.why);
  }
  if (globals.json) fmt::print("{}\n", json.dump(2));
  return good ? Exit::done : Exit::no;
}

}  // namespace

void add_alert(Cli& cli) {
  CLI::App* alert = cli.root.add_subcommand("alert", "The channels on which alerts go out");
  alert->require_subcommand(1);
  alert->add_subcommand("test", "Send one through every configured channel")->callback([&cli] {
    cli.chosen = [&cli] { return run_test(cli.globals); };
  });
}

}  // namespace opt_data::app
