// What a program loads before it does anything: DuckDB is 60 MB, and most verbs need none of it.
#include <gtest/gtest.h>

#include "../e2e/program.h"

namespace opt_data::e2e {
namespace {

bool loads_duckdb(std::vector<std::string> arguments) {
  // The loader tells on standard error what it looks for.
  const Finished finished =
      run_program({.arguments = std::move(arguments), .environment = {{"LD_DEBUG", "libs"}}});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_NE(finished.err.find("libsqlite3"), std::string::npos) << "the loader said nothing";
  return finished.err.find("libduckdb") != std::string::npos;
}

TEST(Starting, loads_duckdb_only_where_a_database_is_opened) {
  const TemporaryDirectory dir;
  const std::string config = (dir.path() / "config/opt-data.toml").string();
  EXPECT_FALSE(loads_duckdb({"init", "--dir", dir.path().string()}));
  EXPECT_FALSE(loads_duckdb({"--help"}));
  EXPECT_FALSE(loads_duckdb({"--version"}));
  EXPECT_FALSE(loads_duckdb({"snapshot", "--help"}));
  EXPECT_FALSE(loads_duckdb({"--config", config, "calendar", "show", "--date", "2025-11-28"}));
  EXPECT_TRUE(loads_duckdb({"--config", config, "query", "SELECT 1"}));
}

}  // namespace
}  // namespace opt_data::e2e
