// The files in config/ and the page docs/configuration.md, against the table of keys and `init`.
#include <gtest/gtest.h>

#include "app/command.h"
#include "app/config.h"
#include "base/text.h"
#include "store/disk.h"
#include "store/ledger_fixture.h"

namespace opt_data::app {
namespace {

namespace fs = std::filesystem;

const fs::path source = OPT_DATA_SOURCE_DIR;

std::string contents(const fs::path& file) {
  auto bytes = store::RealDisk{}.read(file);
  EXPECT_TRUE(bytes) << bytes.error().message;
  return bytes ? *bytes : "";
}

// What `init` writes. The port it found on this machine is put back to the one where nobody
// listens.
class Templates : public testing::Test {
 protected:
  void init(std::vector<std::string> arguments) {
    Cli cli;
    add_init(cli);
    arguments.insert(arguments.begin(), {"init", "--dir", (folder_ / ".").string()});
    std::reverse(arguments.begin(), arguments.end());  // As CLI11 wants them.
    ASSERT_NO_THROW(cli.root.parse(arguments));
    ASSERT_EQ(cli.chosen(), Exit::done);
  }
  std::string written(const char* name) {
    std::string text = contents(folder_ / "config" / name);
    const std::size_t port = text.find("\nport = ");
    if (port == std::string::npos) return text;
    return text.replace(port, text.find('\n', port + 1) - port, "\nport = 4002");
  }
  Result<Config> load(const char* name) {
    ConfigRequest request;
    request.file = source / "config" / name;
    request.environment = [](const char*) -> const char* { return nullptr; };
    return load_config(request);
  }

  store::TemporaryFolder folder_;
};

TEST_F(Templates, are_what_init_writes) {
  init({});
  for (const char* name : {"opt-data.toml", "universe.csv", "corporate_actions.csv"})
    EXPECT_EQ(contents(source / "config" / name), written(name)) << name;
}

TEST_F(Templates, of_the_test_tree_are_what_init_writes_for_it) {
  init({"--test"});
  for (const char* name : {"opt-data.test.toml", "universe.csv"})
    EXPECT_EQ(contents(source / "config" / name), written(name)) << name;
}

TEST_F(Templates, hold_every_key_at_its_default) {
  const auto config = load("opt-data.toml");
  ASSERT_TRUE(config) << config.error().message;
  for (const ConfigKey& key : config_keys()) {
    const Effective& effective = config->effective.at(std::string(key.name));
    EXPECT_EQ(effective.value, key.standard) << key.name;
    EXPECT_NE(effective.origin, "default") << key.name << " is not in the file";
  }
}

TEST_F(Templates, of_the_test_tree_keep_away_from_the_real_one) {
  const auto config = load("opt-data.test.toml");
  ASSERT_TRUE(config) << config.error().message;
  const Settings& settings = config->settings;
  EXPECT_EQ(settings.raw, source / "data_test/raw/ib/chain");
  EXPECT_EQ(settings.clean, source / "data_test/clean/ib/chain");
  EXPECT_EQ(settings.state, source / "state_test");
  EXPECT_EQ(settings.contracts_cache, source / "state_test/contracts_cache");
  EXPECT_EQ(settings.run_logs, source / "state_test/run_logs");
  EXPECT_EQ(settings.client_id, 202);
  EXPECT_EQ(settings.limits.subscriptions_per_minute, 45);
  EXPECT_EQ(settings.limits.in_flight_max, 12);
}

TEST_F(Templates, are_not_overwritten_without_force) {
  init({});
  Cli cli;
  add_init(cli);
  cli.root.parse(std::vector<std::string>{(folder_ / ".").string(), "--dir", "init"});
  EXPECT_EQ(cli.chosen(), Exit::no);
}

TEST(ConfigurationPage, has_every_key_with_its_default_and_meaning) {
  std::vector<std::vector<std::string>> expected, documented;
  for (const ConfigKey& key : config_keys()) {
    const std::size_t dot = key.name.find('.');
    expected.push_back(
        {fmt::format("[{}]", key.name.substr(0, dot)),
         fmt::format("`{}`", key.name.substr(dot + 1)), fmt::format("`{}`", text_of(key.standard)),
         std::string(key.doc)});
  }
  const std::string page = contents(source / "docs/configuration.md");
  std::string section;
  for (const std::string_view line : split(page, '\n')) {
    if (line.starts_with("## `")) section = line.substr(4, line.find('`', 4) - 4);
    if (!line.starts_with("| `")) continue;
    auto& row = documented.emplace_back(1, section);
    for (const std::string_view cell : split(line.substr(1, line.size() - 2), '|'))
      row.emplace_back(trim(cell));
  }
  EXPECT_EQ(documented, expected);
}

}  // namespace
}  // namespace opt_data::app
