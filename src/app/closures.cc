#include "app/closures.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/text.h"
#include "calendar/instant.h"
#include "store/value_text.h"

namespace opt_data::app {
namespace {

constexpr std::chrono::days expires_max{400};  // After its day.

Result<ListedClosure> read_entry(const toml::table& entry) {
  ListedClosure out;
  for (const auto& [key, value] : entry) {
    const std::string_view name = key.str();
    if (name != "day" && name != "close" && name != "reason" && name != "expires")
      return fail(
          ErrorKind::invalid_input,
          "{} is not a key of a closure; it has day, close, reason, expires", name);
  }
  const auto text = [&](std::string_view key) { return entry[key].value_or(std::string()); };
  OPT_TRY(out.day, parse_day(text("day")));
  OPT_TRY(out.expires, parse_day(text("expires")));
  if (const std::string close = text("close"); !close.empty()) {
    OPT_TRY(const auto at, parse_clock(close));
    out.close = at;
  }
  out.reason = text("reason");
  if (out.reason.empty())
    return fail(ErrorKind::invalid_input, "the closure of {} has no reason; say why", iso(out.day));
  const std::chrono::sys_days day = out.day, expires = out.expires;
  if (expires < day || expires > day + expires_max)
    return fail(
        ErrorKind::invalid_input, "the closure of {} expires {}; write a day in the year after it",
        iso(out.day), iso(out.expires));
  return out;
}

}  // namespace

Result<std::vector<ListedClosure>> parse_closures(std::string_view text, const std::string& file) {
  std::vector<ListedClosure> out;
  try {
    const toml::table parsed = toml::parse(text, file);
    for (const auto& [key, value] : parsed) {
      if (key.str() != "closure" || !value.is_array_of_tables())
        return fail(
            ErrorKind::invalid_input, "{}:{}: only [[closure]] entries are known", file,
            value.source().begin.line);
      for (const toml::node& node : *value.as_array()) {
        auto entry = read_entry(*node.as_table());
        if (!entry)
          return fail_within(std::move(entry).error(), "{}:{}", file, node.source().begin.line);
        out.push_back(*std::move(entry));
      }
    }
  } catch (const toml::parse_error& error) {
    return fail(
        ErrorKind::invalid_input, "{}:{}: {}", file, error.source().begin.line,
        error.description());
  }
  return out;
}

}  // namespace opt_data::app
