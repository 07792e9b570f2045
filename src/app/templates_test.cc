// The files in config/ and the page docs/configuration.md, against the table of keys and `init`.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

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

// The page with the tables as the program has them: prose stays, a section that is new comes last.
std::string with_tables(std::string_view page) {
  std::vector<std::pair<std::string, std::string>> tables;  // By section, in the program's order.
  for (const ConfigKey& key : config_keys()) {
    const std::string section(key.name.substr(0, key.name.find('.')));
    if (tables.empty() || tables.back().first != section)
      tables.emplace_back(section, "| key | default | meaning |\n|---|---|---|\n");
    tables.back().second += fmt::format(
        "| `{}` | `{}` | {} |\n", key.name.substr(section.size() + 1), text_of(key.standard),
        key.doc);
  }
  std::string out;
  std::string section;
  std::set<std::string> done;
  for (const std::string_view line : split(page, '\n')) {
    if (line.starts_with("#")) section.clear();
    if (line.starts_with("## `[")) section = line.substr(5, line.find(']') - 5);
    if (section.empty() || !line.starts_with("|")) {
      out += fmt::format("{}\n", line);
    } else if (done.insert(section).second) {
      for (const auto& [name, table] : tables) out += name == section ? table : "";
    }
  }
  out.resize(out.find_last_not_of('\n') + 2);
  for (const auto& [name, table] : tables)
    if (!done.contains(name)) out += fmt::format("\n## `[{}]`\n\n{}", name, table);
  return out;
}

// `make docs` writes the page instead.
TEST(ConfigurationPage, has_every_key_with_its_default_and_meaning) {
  const fs::path file = source / "docs/configuration.md";
  store::RealDisk disk;
  const std::string page = contents(file);
  const std::string expected = with_tables(page);
  if (std::getenv("OPT_DATA_WRITE_DOCS") != nullptr) {
    ASSERT_TRUE(store::write_atomically(disk, file, expected));
    return;
  }
  EXPECT_EQ(page, expected) << "make docs writes the tables";
}

TEST(ConfigurationPage, is_made_anew_from_its_prose) {
  const std::string page = contents(source / "docs/configuration.md");
  std::string prose;
  for (const std::string_view line : split(page, '\n'))
    if (!line.starts_with("| `")) prose += fmt::format("{}\n", line);
  EXPECT_EQ(with_tables(prose), page);
  const std::size_t head = page.find("\n## `[");
  std::vector<std::string> keys;
  for (const ConfigKey& key : config_keys())
    keys.emplace_back(key.name.substr(key.name.find('.') + 1));
  const std::string bare = with_tables(page.substr(0, head));
  for (const std::string& key : keys)
    EXPECT_NE(bare.find("\n| `" + key + "` | "), std::string::npos) << key;
}

}  // namespace
}  // namespace opt_data::app
