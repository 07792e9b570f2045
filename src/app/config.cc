#include "app/config.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "store/utf8.h"

namespace opt_data::app {
namespace {

namespace fs = std::filesystem;

std::string_view type_name(const ConfigValue& value) {
  constexpr std::array<std::string_view, 5> names = {
      "a whole number", "a number", "true or false", "a text in quotes",
      "a list of texts, [\"a\", \"b\"]"};
  return names[value.index()];
}

const ConfigKey* find_key(std::string_view name) {
  for (const ConfigKey& key : config_keys())
    if (key.name == name) return &key;
  return nullptr;
}

// Kept, because nearest_word() answers with a view into it.
const std::vector<std::string>& key_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const ConfigKey& key : config_keys()) all.emplace_back(key.name);
    return all;
  }();
  return names;
}

Result<ConfigValue> from_toml(const ConfigKey& key, const toml::node& node) {
  const ConfigValue& like = key.standard;
  if (std::holds_alternative<std::int64_t>(like)) {
    if (const auto* value = node.as_integer()) return ConfigValue(value->get());
  } else if (std::holds_alternative<double>(like)) {
    if (const auto* value = node.as_floating_point()) return ConfigValue(value->get());
    if (const auto* value = node.as_integer())
      return ConfigValue(static_cast<double>(value->get()));
  } else if (std::holds_alternative<bool>(like)) {
    if (const auto* value = node.as_boolean()) return ConfigValue(value->get());
  } else if (std::holds_alternative<std::string>(like)) {
    if (const auto* value = node.as_string()) return ConfigValue(value->get());
  } else if (const auto* list = node.as_array()) {
    std::vector<std::string> words;
    for (const toml::node& element : *list) {
      const auto* text = element.as_string();
      if (text == nullptr) return fail(ErrorKind::invalid_input, "must be {}", type_name(like));
      words.push_back(text->get());
    }
    return ConfigValue(words);
  }
  return fail(ErrorKind::invalid_input, "must be {}", type_name(like));
}

// From the environment or the command line: the same types, without quotes; lists by commas.
Result<ConfigValue> from_text(const ConfigKey& key, std::string_view text) {
  // TOML is UTF-8, and so is the JSON that shows a setting.
  if (store::as_utf8(text) != text) return fail(ErrorKind::invalid_input, "must be UTF-8");
  const ConfigValue& like = key.standard;
  if (std::holds_alternative<std::int64_t>(like)) {
    if (const auto value = parse_int(trim(text))) return ConfigValue(*value);
  } else if (std::holds_alternative<double>(like)) {
    if (const auto value = parse_double(trim(text)); value && std::isfinite(*value))
      return ConfigValue(*value);
  } else if (std::holds_alternative<bool>(like)) {
    if (trim(text) == "true" || trim(text) == "1") return ConfigValue(true);
    if (trim(text) == "false" || trim(text) == "0") return ConfigValue(false);
  } else if (std::holds_alternative<std::string>(like)) {
    return ConfigValue(std::string(text));
  } else {
    std::vector<std::string> words;
    for (const std::string_view word : split(text, ','))
      if (!trim(word).empty()) words.emplace_back(trim(word));
    return ConfigValue(words);
  }
  return fail(ErrorKind::invalid_input, "is \"{}\"; must be {}", text, type_name(like));
}

// Everything that is wrong with one configuration, told at once.
class Loader {
 public:
  Result<Config> load(const ConfigRequest& request);

 private:
  Result<void> read_file(const fs::path& file);
  void read_table(const toml::table& table, const std::string& prefix, const fs::path& file);
  void read_environment(const ConfigRequest& request);
  void check_environment_names(const ConfigRequest& request);
  void read_options(const ConfigRequest& request);
  void apply();
  void resolve_paths();
  void put(const ConfigKey& key, Result<ConfigValue> value, const std::string& origin);
  void violation(std::string_view origin, std::string_view key, std::string_view why) {
    violations_.push_back(fmt::format("{}: {} {}", origin, key, why));
  }

  Config config_;
  std::vector<std::string> violations_;
};

void Loader::put(const ConfigKey& key, Result<ConfigValue> value, const std::string& origin) {
  if (!value) {
    violation(origin, key.name, value.error().message);
    return;
  }
  config_.effective[std::string(key.name)] = Effective{*std::move(value), origin};
}

void Loader::read_table(const toml::table& table, const std::string& prefix, const fs::path& file) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const std::string origin = fmt::format("{}:{}", file.string(), node.source().begin.line);
    if (const toml::table* section = node.as_table()) {
      read_table(*section, key + ".", file);
      continue;
    }
    if (const ConfigKey* known = find_key(key)) {
      put(*known, from_toml(*known, node), origin);
      continue;
    }
    const std::string_view near = nearest_word(key, key_names());
    violation(
        origin, key,
        near.empty() ? "is not a setting; `opt-data inspect config` lists them"
                     : fmt::format("is not a setting; did you mean {}?", near));
  }
}

Result<void> Loader::read_file(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error))
    return fail(
        ErrorKind::invalid_input, "config: {} is a directory; name the file", file.string());
  std::ifstream in(file);
  if (!in)
    return fail(
        ErrorKind::not_found,
        "config: cannot read {} ({}); name another with --config, or write one with `opt-data "
        "init`",
        file.string(), reason_of(errno));
  std::stringstream bytes;
  bytes << in.rdbuf();
  try {
    read_table(toml::parse(bytes.str(), file.string()), "", file);
  } catch (const toml::parse_error& parse_error) {
    return fail(
        ErrorKind::invalid_input, "config: {}:{}: {}", file.string(),
        parse_error.source().begin.line, parse_error.description());
  }
  config_.file = file;
  return {};
}

void Loader::read_environment(const ConfigRequest& request) {
  for (const ConfigKey& key : config_keys()) {
    const std::string name = environment_name(key.name);
    if (const char* text = request.environment(name.c_str()))
      put(key, from_text(key, text), "environment " + name);
  }
}

// A misspelt override would be ignored, and the day collected with another value.
void Loader::check_environment_names(const ConfigRequest& request) {
  std::vector<std::string> known;
  for (const ConfigKey& key : config_keys()) known.push_back(environment_name(key.name));
  for (const std::string& name : request.environment_names) {
    const auto same_section = [&](const std::string& other) {
      return name.starts_with(
          other.substr(0, other.find('_', std::string_view("OPT_DATA_").size()) + 1));
    };
    if (!name.starts_with("OPT_DATA_") || std::ranges::find(known, name) != known.end() ||
        std::ranges::none_of(known, same_section))
      continue;
    const std::string_view near = nearest_word(name, known);
    violation(
        "environment", name,
        near.empty() ? "is not a setting"
                     : fmt::format("is not a setting; did you mean {}?", near));
  }
}

void Loader::read_options(const ConfigRequest& request) {
  for (const auto& [name, text] : request.options) {
    const ConfigKey* key = find_key(name);
    const auto option = request.option_names.find(name);
    if (key != nullptr)
      put(*key, from_text(*key, text),
          option == request.option_names.end() ? name : option->second);
  }
}

void Loader::apply() {
  for (const ConfigKey& key : config_keys()) {
    const Effective& effective = config_.effective.at(std::string(key.name));
    if (auto done = key.apply(config_.settings, effective.value); !done)
      violation(effective.origin, key.name, done.error().message);
  }
  const Settings& settings = config_.settings;
  if (settings.discovery_start >= settings.discovery_freeze)
    violation(
        config_.effective.at("discovery.start").origin, "discovery.start",
        "is not before discovery.freeze");
  if (settings.capture.price_timeout > settings.capture.timeout)
    violation(
        config_.effective.at("snapshot.price_timeout_s").origin, "snapshot.price_timeout_s",
        "is above snapshot.timeout_s");
  if (settings.raw == settings.clean)
    violation(
        config_.effective.at("paths.clean").origin, "paths.clean",
        "is paths.raw; the two datasets need a folder each");
  if (!settings.simulation_clock.empty() && settings.simulation_source.empty())
    violation(
        config_.effective.at("simulation.clock").origin, "simulation.clock",
        "needs simulation.source, so that no row can be mistaken for IBKR's");
}

void Loader::resolve_paths() {
  Settings& settings = config_.settings;
  for (fs::path* path :
       {&settings.raw, &settings.clean, &settings.state, &settings.contracts_cache,
        &settings.backup_folder, &settings.run_logs, &settings.universe_file,
        &settings.corporate_actions, &settings.closures, &settings.stages_file,
        &settings.metrics_file})
    if (!path->empty() && path->is_relative()) *path = (config_.root / *path).lexically_normal();
}

Result<Config> Loader::load(const ConfigRequest& request) {
  for (const ConfigKey& key : config_keys())
    config_.effective[std::string(key.name)] = Effective{key.standard, "default"};
  fs::path file = request.file;
  if (file.empty())
    if (const char* named = request.environment("OPT_DATA_CONFIG")) file = named;
  std::error_code error;
  config_.root = fs::current_path(error);
  if (file.empty() && fs::exists("config/opt-data.toml", error)) file = "config/opt-data.toml";
  if (file.empty() && !request.installed.empty() && fs::exists(request.installed, error))
    file = request.installed;
  if (!file.empty()) {
    OPT_TRY_VOID(read_file(file));
    const fs::path folder = fs::absolute(file, error).lexically_normal().parent_path();
    config_.root = folder.filename() == "config" ? folder.parent_path() : folder;
  }
  read_environment(request);
  check_environment_names(request);
  read_options(request);
  if (violations_.empty()) apply();
  if (!violations_.empty())
    return fail(ErrorKind::invalid_input, "config: {}", join(violations_, "\nconfig: "));
  resolve_paths();
  return std::move(config_);
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x20 || value == 0x7F) {
      out += fmt::format("\\u{:04X}", value);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string environment_name(std::string_view key) {
  std::string name = "OPT_DATA_" + upper(key);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::string text_of(const ConfigValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) {
    std::string text = fmt::format("{}", *number);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }
  if (const auto* yes = std::get_if<bool>(&value)) return *yes ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return toml_text(*text);
  std::vector<std::string> words;
  for (const std::string& word : std::get<std::vector<std::string>>(value))
    words.push_back(toml_text(word));
  return "[" + join(words, ", ") + "]";
}

Result<Config> load_config(const ConfigRequest& request) { return Loader().load(request); }

std::string config_template(
    const std::map<std::string, ConfigValue>& changed, std::string_view heading) {
  std::string out;
  for (const std::string_view line : split(heading, '\n')) out += fmt::format("# {}\n", line);
  std::string section;
  for (const ConfigKey& key : config_keys()) {
    const std::size_t dot = key.name.find('.');
    if (key.name.substr(0, dot) != section) {
      section = key.name.substr(0, dot);
      out += fmt::format("\n[{}]\n", section);
    }
    const auto other = changed.find(std::string(key.name));
    out += fmt::format(
        "# {}\n{} = {}\n", key.doc, key.name.substr(dot + 1),
        text_of(other == changed.end() ? key.standard : other->second));
  }
  return out;
}

}  // namespace opt_data::app
