// The keys about who is told: [alerts], [metrics] and [serve].
#include <set>

#include "app/config_apply.h"
#include "net/http.h"

namespace opt_data::app {
namespace {

void set_alert_level(Settings& settings, const std::string& given) {
  using observe::Level;
  settings.alert_rules.level_min.reset();
  for (const Level level : {Level::warning, Level::error, Level::critical})
    if (given == observe::to_text(level)) settings.alert_rules.level_min = level;
}

// An address may be a secret: what is wrong with it is told without it.
template <typename Set>
Apply address(Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    const std::string& given = std::get<std::string>(value);
    if (!given.empty()) {
      const auto url = net::parse_url(given);
      if (!url) return refuse(url.error().message);
    }
    set(settings, given);
    return {};
  };
}

template <typename Set>
Apply codes(Set set) {
  return words([set](Settings& s, const std::vector<std::string>& v) -> Result<void> {
    for (const std::string& code : v)
      if (code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != code.npos)
        return refuse(fmt::format("names \"{}\"; a code is like \"job_missed\"", code));
    set(s, std::set<std::string>(v.begin(), v.end()));
    return {};
  });
}

}  // namespace

std::vector<ConfigKey> alert_keys() {
  return {
      {"alerts.level", std::string("error"),
       "Events from this level up raise an alert: warning, error, critical or none.",
       word({"warning", "error", "critical", "none"}, set_alert_level)},
      {"alerts.codes",
       std::vector<std::string>{
           "verdict_failed", "preflight_failed", "started_after_crash", "disk_low",
           "pacing_violation", "delayed_data"},
       "Events that raise one whatever their level.",
       codes([](Settings& s, std::set<std::string> v) { s.alert_rules.codes = std::move(v); })},
      {"alerts.ignore", std::vector<std::string>{}, "Events that never raise one.",
       codes([](Settings& s, std::set<std::string> v) { s.alert_rules.ignored = std::move(v); })},
      {"alerts.gateway_away_minutes", std::int64_t{10},
       "A job that waits so long for the gateway raises one; 0: never.",
       integer(
           0, 1440,
           [](Settings& s, std::int64_t v) {
             s.alert_rules.gateway_away = std::chrono::minutes{v};
           })},
      {"alerts.cooldown_minutes", std::int64_t{60},
       "Of one code and trade date, one alert in so many minutes; the others are counted.",
       integer(
           0, 10080,
           [](Settings& s, std::int64_t v) { s.alert_queue.cooldown = std::chrono::minutes{v}; })},
      {"alerts.waiting_max", std::int64_t{1000},
       "Alerts that wait for a receiver that is away; what comes on top is dropped and counted.",
       integer(
           1, 100'000,
           [](Settings& s, std::int64_t v) { s.alert_queue.waiting_max = static_cast<int>(v); })},
      {"alerts.timeout_s", 10.0, "Seconds a receiver may take; 1 to 120.",
       seconds(1, 120, [](Settings& s, auto v) { s.alert_channels.timeout = v; })},
      {"alerts.slack_url", std::string(), "Slack's incoming webhook; a secret. Empty: none.",
       address([](Settings& s, const std::string& v) { s.alert_channels.slack_url = v; }), true},
      {"alerts.discord_url", std::string(), "Discord's webhook; a secret. Empty: none.",
       address([](Settings& s, const std::string& v) { s.alert_channels.discord_url = v; }), true},
      {"alerts.webhook_url", std::string(),
       "Any other receiver of JSON, http or https; a secret. Empty: none.",
       address([](Settings& s, const std::string& v) { s.alert_channels.webhook_url = v; }), true},
      {"alerts.command", std::vector<std::string>{},
       "A program and its arguments, run without a shell; the alert's JSON is its standard input.",
       words([](Settings& s, const std::vector<std::string>& v) -> Result<void> {
         if (!v.empty() && trim(v[0]).empty()) return refuse("names no program");
         s.alert_channels.command = v;
         return {};
       })},
      {"metrics.file", std::string(),
       "Prometheus' text for node_exporter's textfile collector, /var/lib/.../optdata.prom; empty: "
       "none.",
       word({}, [](Settings& s, const std::string& v) { s.metrics_file = v; })},
      {"metrics.port", std::int64_t{0},
       "Port on 127.0.0.1 at which schedule --live serves /metrics; 0: none.",
       integer(
           0, 65535,
           [](Settings& s, std::int64_t v) { s.metrics_port = static_cast<std::uint16_t>(v); })},
      {"serve.host", std::string("127.0.0.1"),
       "Address opt-data serve listens on. Any but 127.0.0.1 and ::1 can be reached from elsewhere "
       "and needs a token.",
       word({}, [](Settings& s, const std::string& v) { s.serve_host = v; })},
      {"serve.port", std::int64_t{8190}, "Its port; 0: any that is free.",
       integer(
           0, 65535,
           [](Settings& s, std::int64_t v) { s.serve_port = static_cast<std::uint16_t>(v); })},
      {"serve.names", std::vector<std::string>{},
       "Host names by which browsers may ask it, besides localhost: [\"desk.lan\"].",
       words([](Settings& s, const std::vector<std::string>& v) -> Result<void> {
         s.serve_names = v;
         return {};
       })},
      {"serve.token_file", std::string(),
       "File with the token; empty: serve.token in paths.state, made when one is needed.",
       word({}, [](Settings& s, const std::string& v) { s.serve_token_file = v; })},
  };
}

}  // namespace opt_data::app
