// How a value of the configuration reaches the settings: checked against what it may be, and
// refused with what to write instead. For the tables of keys.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "app/config.h"
#include "base/text.h"
#include "calendar/instant.h"

namespace opt_data::app {

using Apply = std::function<Result<void>(Settings&, const ConfigValue&)>;

inline tl::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorKind::invalid_input, "{}", why);
}

template <typename Set>
Apply integer(std::int64_t low, std::int64_t high, Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    const std::int64_t number = std::get<std::int64_t>(value);
    if (number < low || number > high)
      return refuse(fmt::format("is {}; use {} to {}", number, low, high));
    set(settings, number);
    return {};
  };
}

template <typename Set>
Apply number(double low, double high, Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    const double given = std::get<double>(value);
    if (!(given >= low && given <= high))
      return refuse(fmt::format("is {}; use {} to {}", given, low, high));
    set(settings, given);
    return {};
  };
}

template <typename Set>
Apply seconds(double low, double high, Set set) {
  return number(low, high, [set](Settings& settings, double given) {
    set(settings, std::chrono::milliseconds{static_cast<std::int64_t>(given * 1000.0)});
  });
}

template <typename Set>
Apply boolean(Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    set(settings, std::get<bool>(value));
    return {};
  };
}

template <typename Set>
Apply word(std::vector<std::string> allowed, Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    const std::string& given = std::get<std::string>(value);
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), given) == allowed.end())
      return refuse(fmt::format("is \"{}\"; use one of \"{}\"", given, join(allowed, "\", \"")));
    set(settings, given);
    return {};
  };
}

template <typename Set>
Apply folder(Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    const std::string& given = std::get<std::string>(value);
    if (trim(given).empty()) return refuse("is empty; name a folder");
    set(settings, given);
    return {};
  };
}

template <typename Set>
Apply clock(Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    auto minutes = parse_clock(std::get<std::string>(value));
    if (!minutes) return fail(std::move(minutes).error());
    set(settings, *minutes);
    return {};
  };
}

template <typename Set>
Apply words(Set set) {
  return [=](Settings& settings, const ConfigValue& value) -> Result<void> {
    return set(settings, std::get<std::vector<std::string>>(value));
  };
}

// The keys of [alerts] and [metrics].
std::vector<ConfigKey> alert_keys();

}  // namespace opt_data::app
