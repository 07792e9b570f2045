#include "notify/alert.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace opt_data::notify {
namespace {

using nlohmann::ordered_json;

constexpr int schema_version = 1;
constexpr std::size_t message_max = 1500;  // Discord takes 2000 characters, Slack more.

std::string dumped(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// At most so many bytes, never half a character.
std::string shortened(std::string text) {
  if (text.size() <= message_max) return text;
  std::size_t end = message_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

// Slack reads these three as the beginning of markup, and <!channel> would wake everybody.
std::string for_slack(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string sentence(const Alert& alert) {
  std::string where;
  for (const std::string* part : {&alert.trade_date, &alert.slot, &alert.symbol})
    if (!part->empty()) where += (where.empty() ? ", " : " ") + *part;
  return shortened(fmt::format(
      "{} {}{}: {}{}", upper(observe::to_text(alert.level)), alert.code, where, alert.message,
      alert.more > 0 ? fmt::format(" ({} more like it)", alert.more) : ""));
}

std::string json_of(const Alert& alert) {
  return dumped(
      {{"schema_version", schema_version},
       {"key", alert.key},
       {"source", "opt-data"},
       {"at", iso_utc(alert.at)},
       {"level", observe::to_text(alert.level)},
       {"code", alert.code},
       {"trade_date", alert.trade_date},
       {"job", alert.job},
       {"symbol", alert.symbol},
       {"slot", alert.slot},
       {"message", shortened(alert.message)},
       {"more", alert.more},
       {"text", sentence(alert)}});
}

std::string slack_json(const Alert& alert) {
  return dumped({{"text", for_slack("opt-data: " + sentence(alert))}});
}

std::string discord_json(const Alert& alert) {
  // Nobody is mentioned, whatever the text says.
  return dumped(
      {{"content", "opt-data: " + sentence(alert)},
       {"allowed_mentions", {{"parse", ordered_json::array()}}}});
}

Result<Alert> alert_of(std::string_view text) {
  const auto json = ordered_json::parse(text, nullptr, false);
  const auto word = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!json.is_object() || word("key").empty() || word("code").empty())
    return fail(ErrorKind::corrupt, "not an alert: {}", text.substr(0, 200));
  Alert alert{
      word("key"),
      word("code"),
      observe::Level::error,
      word("trade_date"),
      word("job"),
      word("symbol"),
      word("slot"),
      word("message"),
      {},
      0};
  constexpr std::array levels{
      observe::Level::debug, observe::Level::info, observe::Level::warning, observe::Level::error,
      observe::Level::critical};
  for (const observe::Level level : levels)
    if (observe::to_text(level) == word("level")) alert.level = level;
  OPT_TRY(alert.at, parse_utc(word("at")));
  if (const auto more = json.find("more"); more != json.end() && more->is_number_integer())
    alert.more = more->get<std::int64_t>();
  return alert;
}

}  // namespace opt_data::notify
