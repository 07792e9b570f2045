// The configuration: one table of keys, read by the loader, `init`, `inspect config`, the
// templates' test and docs/configuration.md.
//
// Order of precedence: option on the command line, environment (OPT_DATA_GATEWAY_PORT=4001), file,
// default. An unknown key, a wrong type or an impossible value is an error with its line and what
// to write instead. Relative paths are resolved against the folder above the file's own.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/settings.h"
#include "base/result.h"

namespace opt_data::app {

using ConfigValue = std::variant<std::int64_t, double, bool, std::string, std::vector<std::string>>;

constexpr std::string_view standard_closures = "config/closures.toml";
constexpr std::string_view standard_stages = "config/stages.toml";
constexpr std::string_view standard_corporate_actions = "config/corporate_actions.csv";

struct ConfigKey {
  std::string_view name;  // "gateway.port"
  ConfigValue standard;   // The default; its type is the key's type.
  std::string_view doc;   // One line; with unit and bounds.
  // Puts the value into the settings. Errors: invalid_input, what to write instead.
  std::function<Result<void>(Settings&, const ConfigValue&)> apply;
  bool secret = false;  // Never shown, and no message repeats it.
};

std::span<const ConfigKey> config_keys();
std::string environment_name(std::string_view key);  // "OPT_DATA_GATEWAY_PORT"
std::string text_of(const ConfigValue& value);       // As TOML writes it.

struct Effective {
  ConfigValue value;
  std::string origin;  // "default", "config/opt-data.toml:12", "environment", "--allow-delayed"
};

struct Config {
  Settings settings;
  std::map<std::string, Effective> effective;
  std::filesystem::path file;  // Empty: there was none, and defaults hold.
  std::filesystem::path root;  // What relative paths are relative to.
};

struct ConfigRequest {
  std::filesystem::path
      file;  // Empty: OPT_DATA_CONFIG, else config/opt-data.toml where there is one.
  std::filesystem::path installed;                      // Where there is none of them either.
  std::map<std::string, std::string> options;           // key -> text, from the command line
  std::map<std::string, std::string> option_names;      // key -> "--no-allow-delayed", for messages
  std::function<const char*(const char*)> environment;  // ::getenv, or a test's
  std::vector<std::string> environment_names;           // What is set; to find misspelt ones.
};

// Errors: invalid_input and not_found; all violations of one file in one message.
Result<Config> load_config(const ConfigRequest& request);

// A commented file with every key at its default; `changed` replaces values.
std::string config_template(
    const std::map<std::string, ConfigValue>& changed, std::string_view heading);

}  // namespace opt_data::app
