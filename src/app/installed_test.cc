#include "app/installed.h"

#include <gtest/gtest.h>

#include "app/config.h"
#include "store/disk.h"
#include "store/ledger_fixture.h"

namespace opt_data::app {
namespace {

class Installed : public testing::Test {
 protected:
  // The folder in which one stands may hold a configuration, and that would be taken first.
  void SetUp() override { std::filesystem::current_path(folder_ / "."); }
  void TearDown() override { std::filesystem::current_path(standing_); }
  std::filesystem::path prefix() { return folder_ / "prefix"; }

  const std::filesystem::path standing_ = std::filesystem::current_path();
  store::TemporaryFolder folder_;
  store::RealDisk disk_;
};

TEST_F(Installed, has_its_configuration_below_its_prefix) {
  ASSERT_TRUE(disk_.make_directories(prefix() / "share/opt-data"));
  EXPECT_EQ(installed_config(prefix() / "bin"), prefix() / "etc/opt-data/opt-data.toml");
}

TEST_F(Installed, a_program_in_a_build_tree_is_not) {
  EXPECT_EQ(installed_config(prefix() / "bin"), "");
  EXPECT_EQ(installed_config(program_folder()), "");
}

TEST_F(Installed, the_configuration_serves_who_names_no_other) {
  const auto file = prefix() / "etc/opt-data/opt-data.toml", mine = folder_ / "mine.toml";
  ASSERT_TRUE(disk_.make_directories(file.parent_path()));
  ASSERT_TRUE(disk_.write(file, "[gateway]\nport = 7496\n"));
  ASSERT_TRUE(disk_.write(mine, "[gateway]\nport = 4001\n"));
  ConfigRequest request;
  request.installed = file;
  request.environment = [](const char*) -> const char* { return nullptr; };
  EXPECT_EQ(load_config(request).value().settings.port, 7496);
  request.file = mine;
  EXPECT_EQ(load_config(request).value().settings.port, 4001);
  request.file.clear();
  request.installed = folder_ / "absent.toml";
  EXPECT_EQ(load_config(request).value().settings.port, 4002);
}

}  // namespace
}  // namespace opt_data::app
