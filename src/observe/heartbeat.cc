#include "observe/heartbeat.h"

#include <nlohmann/json.hpp>

namespace opt_data::observe {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

ordered_json use_json(const Use& use) {
  return {
      {"in_use", use.in_use},
      {"limit", use.limit ? ordered_json(*use.limit) : ordered_json()},
      {"window_s", use.window ? ordered_json(use.window->count()) : ordered_json()}};
}

Use use_of(const json& from) {
  Use use;
  use.in_use = from.at("in_use").get<int>();
  if (!from.at("limit").is_null()) use.limit = from.at("limit").get<int>();
  if (!from.at("window_s").is_null())
    use.window = std::chrono::seconds{from.at("window_s").get<int>()};
  return use;
}

Instant instant_of(const json& from) {
  const auto at = parse_utc(from.get<std::string>());
  if (!at) throw json::other_error::create(501, "not an instant", nullptr);
  return *at;
}

}  // namespace

std::string to_json(const Heartbeat& heartbeat) {
  ordered_json gateways = ordered_json::array();
  for (const GatewayLife& each : heartbeat.gateways)
    gateways.push_back(
        {{"name", each.name},
         {"state", each.state},
         {"lines", use_json(each.lines)},
         {"subscriptions", use_json(each.subscriptions)},
         {"messages", use_json(each.messages)}});
  const ordered_json all = {
      {"pid", heartbeat.pid},
      {"host", heartbeat.host},
      {"since", iso_utc(heartbeat.since)},
      {"at", iso_utc(heartbeat.at)},
      {"machine", iso_utc(heartbeat.machine)},
      {"gateways", std::move(gateways)}};
  return all.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<Heartbeat> parse_heartbeat(std::string_view text) {
  try {
    const json from = json::parse(text);
    Heartbeat heartbeat;
    heartbeat.pid = from.at("pid").get<std::int64_t>();
    heartbeat.host = from.at("host").get<std::string>();
    heartbeat.since = instant_of(from.at("since"));
    heartbeat.at = instant_of(from.at("at"));
    heartbeat.machine = instant_of(from.at("machine"));
    for (const json& each : from.at("gateways"))
      heartbeat.gateways.push_back(
          {each.at("name").get<std::string>(), each.at("state").get<std::string>(),
           use_of(each.at("lines")), use_of(each.at("subscriptions")),
           use_of(each.at("messages"))});
    return heartbeat;
  } catch (const json::exception&) {
    return fail(ErrorKind::corrupt, "this is no sign of life of a collector");
  }
}

}  // namespace opt_data::observe
