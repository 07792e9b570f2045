#include "app/config.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/ledger_fixture.h"

namespace opt_data::app {
namespace {

using namespace std::chrono_literals;

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() { std::filesystem::create_directories(folder_ / "config"); }

  void write(std::string_view text) { std::ofstream(file_) << text; }
  Result<Config> load() {
    ConfigRequest request;
    request.file = file_;
    request.options = options_;
    request.option_names = {{"snapshot.allow_delayed", "--no-allow-delayed"}};
    request.environment = [this](const char* name) -> const char* {
      const auto found = environment_.find(name);
      return found == environment_.end() ? nullptr : found->second.c_str();
    };
    return load_config(request);
  }
  Config load(std::string_view text) {
    write(text);
    auto config = load();
    EXPECT_TRUE(config) << config.error().message;
    return config ? *config : Config{};
  }
  // Refused, with the file, the line and each of `parts` in the message.
  void expect_refused(
      std::string_view text, int line, std::initializer_list<std::string_view> parts) {
    SCOPED_TRACE(text);
    write(text);
    const auto config = load();
    ASSERT_FALSE(config);
    const std::string& message = config.error().message;
    EXPECT_EQ(config.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(message.find(fmt::format("config: {}:{}: ", file_.string(), line)), std::string::npos)
        << message;
    for (const std::string_view part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  std::string origin(const Config& config, const char* key) {
    return config.effective.at(key).origin;
  }

  store::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "config/opt-data.toml";
  std::map<std::string, std::string> environment_, options_;
};

TEST_F(ConfigFile, that_is_empty_gives_every_default) {
  const Config config = load("");
  EXPECT_EQ(config.effective.size(), config_keys().size());
  for (const ConfigKey& key : config_keys()) {
    const Effective& effective = config.effective.at(std::string(key.name));
    EXPECT_EQ(effective.value, key.standard) << key.name;
    EXPECT_EQ(effective.origin, "default") << key.name;
  }
  EXPECT_EQ(config.settings.port, 4002);
  EXPECT_EQ(config.settings.filters.strikes_per_side, 3);
  EXPECT_EQ(config.settings.window.start_grace, 120s);
  EXPECT_EQ(config.settings.rollup_at, 17h);
}

TEST_F(ConfigFile, its_values_reach_the_settings_with_their_line) {
  const Config config = load(
      "[gateway]\nport = 7497\n\n[filters]\nmoneyness = 1\nexpiry_types = [\"weekly\"]\n"
      "[snapshot]\nallow_delayed = false\ntimeout_s = 8.5\n");
  EXPECT_EQ(config.settings.port, 7497);
  EXPECT_EQ(config.settings.filters.moneyness, 1) << "a whole number is a number";
  EXPECT_EQ(config.settings.filters.expiry_types, std::vector{ExpiryType::weekly});
  EXPECT_FALSE(config.settings.capture.allow_delayed);
  EXPECT_EQ(config.settings.capture.timeout, 8500ms);
  EXPECT_EQ(origin(config, "gateway.port"), file_.string() + ":2");
  EXPECT_EQ(origin(config, "filters.expiry_types"), file_.string() + ":6");
  EXPECT_EQ(origin(config, "gateway.host"), "default");
}

TEST_F(ConfigFile, with_an_unknown_key_gets_a_suggestion) {
  expect_refused("[gateway]\nprot = 4002\n", 2, {"gateway.prot is not a setting", "gateway.port?"});
  expect_refused("[snapshot]\nwindow = 4\n", 2, {"snapshot.window_s?"});
  expect_refused("[brokerage]\n\naccount = \"x\"\n", 3, {"brokerage.account is not a setting"});
  expect_refused("port = 4002\n", 1, {"port is not a setting"});
}

TEST_F(ConfigFile, with_a_wrong_type_says_which_one_to_write) {
  expect_refused("[gateway]\nport = \"4002\"\n", 2, {"gateway.port must be a whole number"});
  expect_refused("[gateway]\nport = 4002.0\n", 2, {"must be a whole number"});
  expect_refused("[filters]\nmoneyness = true\n", 2, {"filters.moneyness must be a number"});
  expect_refused("[snapshot]\nallow_delayed = 1\n", 2, {"must be true or false"});
  expect_refused("[gateway]\nhost = 127\n", 2, {"must be a text in quotes"});
  expect_refused("[universe]\nsymbols = \"AAPL\"\n", 2, {"must be a list of texts"});
  expect_refused("[universe]\nsymbols = [1]\n", 2, {"must be a list of texts"});
}

TEST_F(ConfigFile, with_an_impossible_value_says_what_is_possible) {
  expect_refused("[pacing]\nin_flight = 0\n", 2, {"pacing.in_flight is 0; use 1 to 1000"});
  expect_refused("[gateway]\nport = 65536\n", 2, {"is 65536; use 1 to 65535"});
  expect_refused("[qa]\ndelayed_ratio_threshold = 1.5\n", 2, {"is 1.5; use 0 to 1"});
  expect_refused("[filters]\nmoneyness = nan\n", 2, {"filters.moneyness is nan; use 0 to 10"});
  expect_refused("[rollup]\nat = \"25:00\"\n", 2, {"rollup.at", "25:00"});
  expect_refused(
      "[logging]\nlevel = \"loud\"\n", 2,
      {"use one of \"debug\", \"info\", \"warning\", \"error\""});
  expect_refused("[filters]\nexpiry_types = []\n", 2, {"name at least one type"});
  expect_refused("[filters]\nexpiry_types = [\"yearly\"]\n", 2, {"'yearly'", "weekly"});
  expect_refused("[snapshot]\ngeneric_ticks = \"100,104\"\n", 2, {"104"});
  expect_refused("[snapshot]\ngeneric_ticks = \"volume\"\n", 2, {"\"100,101,106\""});
  expect_refused("[snapshot]\nslots = \"09:30\"\n", 2, {"\"09:30-12:00\""});
}

TEST_F(ConfigFile, with_values_that_contradict_each_other_names_one_of_them) {
  expect_refused("[discovery]\n\nstart = \"09:25\"\n", 3, {"is not before discovery.freeze"});
  expect_refused("[snapshot]\nprice_timeout_s = 20\n", 2, {"is above snapshot.timeout_s"});
  expect_refused("[simulation]\nclock = \"2014-06-05 09:29:30\"\n", 2, {"simulation.source"});
}

TEST_F(ConfigFile, that_would_write_nowhere_is_refused) {
  for (const char* path : {"raw", "clean", "state", "contracts_cache", "run_logs"})
    expect_refused(fmt::format("[paths]\n{} = \"\"\n", path), 2, {"paths.", path});
}

TEST_F(ConfigFile, tells_everything_that_is_wrong_at_once) {
  write("[gateway]\nprot = 1\nhost = 2\n[pacing]\nlines = \"many\"\n");
  const std::string message = load().error().message;
  for (const char* part : {":2: gateway.prot", ":3: gateway.host", ":5: pacing.lines"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST_F(ConfigFile, that_is_no_toml_is_refused_with_the_line) {
  expect_refused("[gateway]\nport = \n", 2, {});
  expect_refused("[gateway]\nport = 1\nport = 2\n", 3, {});
}

TEST_F(ConfigFile, that_is_not_there_says_how_to_get_one) {
  const auto config = load();
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::not_found);
  for (const std::string& part : {file_.string(), std::string("opt-data init")})
    EXPECT_NE(config.error().message.find(part), std::string::npos) << config.error().message;
}

TEST_F(ConfigFile, that_is_a_directory_is_refused) {
  std::filesystem::create_directories(file_);
  const auto config = load();
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("is a directory"), std::string::npos);
}

TEST_F(ConfigFile, is_overridden_by_the_environment_and_that_by_an_option) {
  environment_ = {
      {"OPT_DATA_GATEWAY_PORT", "4001"},
      {"OPT_DATA_SNAPSHOT_ALLOW_DELAYED", "1"},
      {"OPT_DATA_UNIVERSE_SYMBOLS", "aapl, MSFT"},
      {"OPT_DATA_FILTERS_MONEYNESS", "0.3"},
      {"OPT_DATA_PATHS_STATE", "/elsewhere"}};
  options_ = {{"snapshot.allow_delayed", "false"}, {"pacing.in_flight", "7"}};
  const Config config = load("[gateway]\nport = 7497\n[filters]\nmoneyness = 0.1\n");
  EXPECT_EQ(config.settings.port, 4001);
  EXPECT_EQ(config.settings.symbols, (std::vector<std::string>{"AAPL", "MSFT"}));
  EXPECT_EQ(config.settings.filters.moneyness, 0.3);
  EXPECT_EQ(config.settings.state, "/elsewhere");
  EXPECT_FALSE(config.settings.capture.allow_delayed);
  EXPECT_EQ(config.settings.limits.in_flight_max, 7);
  EXPECT_EQ(config.settings.capture.in_flight_max, 7);
  EXPECT_EQ(origin(config, "gateway.port"), "environment OPT_DATA_GATEWAY_PORT");
  EXPECT_EQ(origin(config, "snapshot.allow_delayed"), "--no-allow-delayed");
}

TEST_F(ConfigFile, overrides_have_the_types_of_their_keys) {
  const auto refused = [&](const char* name, const char* text, std::string_view part) {
    write("");
    environment_ = {{name, text}};
    const auto config = load();
    ASSERT_FALSE(config) << name;
    EXPECT_NE(config.error().message.find(fmt::format("environment {}: ", name)), std::string::npos)
        << config.error().message;
    EXPECT_NE(config.error().message.find(part), std::string::npos) << config.error().message;
  };
  refused("OPT_DATA_GATEWAY_PORT", "4001.5", "is \"4001.5\"; must be a whole number");
  refused("OPT_DATA_GATEWAY_PORT", "", "must be a whole number");
  refused("OPT_DATA_GATEWAY_PORT", "0", "use 1 to 65535");
  refused("OPT_DATA_FILTERS_MONEYNESS", "wide", "must be a number");
  refused("OPT_DATA_FILTERS_MONEYNESS", "inf", "must be a number");
  refused("OPT_DATA_SNAPSHOT_ALLOW_DELAYED", "yes", "must be true or false");
  refused("OPT_DATA_FILTERS_EXPIRY_TYPES", "daily", "'daily'");
}

TEST_F(ConfigFile, resolves_paths_against_the_folder_above_config) {
  const std::filesystem::path root = file_.parent_path().parent_path();
  const Config config = load("[paths]\nraw = \"../raw\"\nclean = \"/srv/clean\"\n");
  EXPECT_EQ(config.root, root);
  EXPECT_EQ(config.settings.raw, root.parent_path() / "raw");
  EXPECT_EQ(config.settings.clean, "/srv/clean");
  EXPECT_EQ(config.settings.state, root / "state");
  EXPECT_EQ(config.settings.universe_file, root / "config/universe.csv");
}

TEST_F(ConfigFile, elsewhere_resolves_paths_beside_itself) {
  file_ = folder_ / "mine.toml";
  EXPECT_EQ(load("").settings.state, folder_ / "state");
}

TEST_F(ConfigFile, may_be_named_by_the_environment) {
  write("[gateway]\nport = 7496\n");
  environment_ = {{"OPT_DATA_CONFIG", file_.string()}};
  file_.clear();
  EXPECT_EQ(load().value().settings.port, 7496);
}

TEST_F(ConfigFile, open_interest_is_waited_for_only_where_it_is_asked_for) {
  EXPECT_TRUE(load("").settings.capture.open_interest);
  EXPECT_FALSE(load("[snapshot]\ngeneric_ticks = \"100,106\"\n").settings.capture.open_interest);
}

TEST_F(ConfigFile, a_text_with_control_characters_is_written_so_that_it_reads_back) {
  const Config config = load("[gateway]\nhost = \"a\\nb\\u0000\\u007F\\\\\"\n");
  const auto host = config.effective.at("gateway.host").value;
  const Config again = load(config_template({{"gateway.host", host}}, "Again."));
  EXPECT_EQ(again.effective.at("gateway.host").value, host);
  EXPECT_EQ(again.settings.host, std::string("a\nb\0\x7F\\", 6));
}

TEST_F(ConfigFile, an_override_that_is_no_text_is_refused) {
  environment_["OPT_DATA_PATHS_RAW"] = "data\xFF";
  write("");
  const auto config = load();
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("paths.raw must be UTF-8"), std::string::npos)
      << config.error().message;
}

TEST(ConfigKeys, are_named_once_and_documented) {
  std::map<std::string, std::string> names;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(names.emplace(environment_name(key.name), key.name).second) << key.name;
    EXPECT_TRUE(key.doc.ends_with('.')) << key.name << ": " << key.doc;
    EXPECT_EQ(key.doc.find_first_of("|\n"), std::string_view::npos) << key.name;
  }
  EXPECT_EQ(environment_name("gateway.port"), "OPT_DATA_GATEWAY_PORT");
}

TEST(ConfigKeys, text_of_a_value_is_toml) {
  EXPECT_EQ(text_of(ConfigValue(std::int64_t{5})), "5");
  EXPECT_EQ(text_of(ConfigValue(1.0)), "1.0");
  EXPECT_EQ(text_of(ConfigValue(0.25)), "0.25");
  EXPECT_EQ(text_of(ConfigValue(true)), "true");
  EXPECT_EQ(text_of(ConfigValue(std::string("a \"b\" \\"))), R"("a \"b\" \\")");
  EXPECT_EQ(text_of(ConfigValue(std::vector<std::string>{"a", "b"})), R"(["a", "b"])");
}

}  // namespace
}  // namespace opt_data::app
