#include "store/duckdb_library.h"

#include <gtest/gtest.h>

namespace opt_data::store {
namespace {

TEST(DuckDbLibrary, is_found_where_the_program_looks) {
  ASSERT_TRUE(duckdb_functions()) << duckdb_functions().error().message;
  EXPECT_EQ(duckdb_vector_size(), 2048);
}

TEST(DuckDbLibrary, that_is_nowhere_is_told_with_what_to_do) {
  const auto functions = load_duckdb("/nowhere/libduckdb.so");
  ASSERT_FALSE(functions);
  EXPECT_EQ(
      functions.error().message,
      "cannot load DuckDB: /nowhere/libduckdb.so: cannot open shared object file: No such file or "
      "directory; nothing was read or written. Install opt-data again, or put libduckdb.so where "
      "the loader looks (LD_LIBRARY_PATH)");
}

TEST(DuckDbLibrary, of_another_version_is_told_with_what_it_lacks) {
  const auto functions = load_duckdb("libc.so.6");
  ASSERT_FALSE(functions);
  EXPECT_NE(functions.error().message.find("of another version"), std::string::npos);
  EXPECT_NE(functions.error().message.find("duckdb_bind_"), std::string::npos)
      << functions.error().message;
}

}  // namespace
}  // namespace opt_data::store
