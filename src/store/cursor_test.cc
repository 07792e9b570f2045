#include "store/cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace opt_data::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CursorTest : public testing::Test {
 protected:
  std::unique_ptr<Database> database = Database::open({}).value();
};

TEST_F(CursorTest, brings_every_row_once_and_then_nothing) {
  auto cursor = Cursor::open(*database, "SELECT i, i * 0.5::DOUBLE AS half FROM range(10000) t(i)");
  ASSERT_TRUE(cursor) << cursor.error().message;
  EXPECT_THAT((*cursor)->columns(), ElementsAre("i", "half"));
  EXPECT_THAT((*cursor)->types(), ElementsAre("BIGINT", "DOUBLE"));
  std::int64_t sum = 0, batches = 0;
  for (;;) {
    const auto rows = (*cursor)->next().value();
    if (rows.empty()) break;
    ++batches;
    for (const auto& row : rows) sum += std::get<std::int64_t>(row[0]);
  }
  EXPECT_EQ(sum, 10'000LL * 9'999 / 2);
  EXPECT_GT(batches, 1) << "all at once is what a cursor is there to avoid";
}

TEST_F(CursorTest, takes_one_select_and_nothing_else) {
  ASSERT_TRUE(database->execute("CREATE TABLE kept (i INTEGER)"));
  for (const char* sql :
       {"DROP TABLE kept", "COPY kept TO '/tmp/opt-data-never.csv'", "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE kept", "SET threads = 4", "ATTACH 'x.db'", "INSTALL httpfs",
        "LOAD httpfs", "PRAGMA database_list; DROP TABLE kept", "INSERT INTO kept VALUES (1)",
        "CREATE TABLE other AS SELECT 1", "UPDATE kept SET i = 2", "BEGIN", "CALL enable_logging()",
        "EXPORT DATABASE '/tmp/opt-data-never'", "PREPARE p AS DROP TABLE kept"}) {
    const auto cursor = Cursor::open(*database, sql);
    ASSERT_FALSE(cursor) << sql;
    EXPECT_EQ(cursor.error().kind, ErrorKind::invalid_input) << sql;
  }
  EXPECT_TRUE(database->query("SELECT * FROM kept"));
  EXPECT_TRUE(database->query("SELECT * FROM kept")->rows.empty());
}

TEST_F(CursorTest, tells_what_duckdb_did_not_understand) {
  for (const char* sql : {"", "   ;", "SELEC 1", "SELECT nowhere FROM range(3)", "SELECT 'open"}) {
    const auto cursor = Cursor::open(*database, sql);
    ASSERT_FALSE(cursor) << sql;
    EXPECT_EQ(cursor.error().kind, ErrorKind::invalid_input) << sql;
    EXPECT_NE(cursor.error().message, "") << sql;
  }
}

TEST_F(CursorTest, ends_soon_when_somebody_interrupts_it) {
  auto cursor = Cursor::open(*database, "SELECT i FROM range(1000000000000) t(i)");
  ASSERT_TRUE(cursor);
  ASSERT_TRUE((*cursor)->next());
  std::thread other([this] { database->interrupt(); });
  other.join();
  Result<std::vector<std::vector<Value>>> rows = (*cursor)->next();
  for (int i = 0; rows && i < 100'000; ++i) rows = (*cursor)->next();
  EXPECT_FALSE(rows);
}

}  // namespace
}  // namespace opt_data::store
