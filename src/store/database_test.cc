#include "store/database.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/disk.h"
#include "store/ledger_fixture.h"

namespace opt_data::store {
namespace {

using std::chrono::year;

class DatabaseTest : public testing::Test {
 protected:
  Table ask(std::string_view sql, const std::vector<Value>& parameters = {}) {
    auto table = database_->query(sql, parameters);
    EXPECT_TRUE(table) << table.error().message;
    return table ? *table : Table{};
  }
  Error refused(std::string_view sql, const std::vector<Value>& parameters = {}) {
    const auto table = database_->query(sql, parameters);
    EXPECT_FALSE(table);
    return table ? Error{} : table.error();
  }
  std::string good_file(const char* name) {
    const std::string file = (folder_ / name).string();
    EXPECT_TRUE(database_->execute(
        "COPY (SELECT i, i * 1.5 AS d, 'text ' || i AS s FROM range(50000) t(i)) TO " +
        sql_text(file) + " (FORMAT parquet, COMPRESSION zstd)"));
    return file;
  }

  TemporaryFolder folder_;
  RealDisk disk_;
  std::unique_ptr<Database> database_ = Database::open({}).value();
};

TEST_F(DatabaseTest, answers_in_types) {
  const Table table =
      ask("SELECT NULL, true, 7::TINYINT, -7::INTEGER, 9007199254740993::BIGINT, 1.25::DOUBLE, "
          "'it''s', DATE '2025-10-06', TIMESTAMP '2025-10-06 13:30:00.000001', ['a', 'b'], "
          "TIMESTAMPTZ '2025-10-06 13:30:00+02', 200::UTINYINT, 0.5::FLOAT");
  const Instant at = std::chrono::sys_days{year{2025} / 10 / 6} + std::chrono::minutes{810};
  const std::vector<Value> expected = {
      Value(),
      Value(true),
      Value(std::int64_t{7}),
      Value(std::int64_t{-7}),
      Value(std::int64_t{9007199254740993}),
      Value(1.25),
      Value("it's"),
      Value(year{2025} / 10 / 6),
      Value(at + std::chrono::microseconds{1}),
      Value(TextList{"a", "b"}),
      Value(at - std::chrono::hours{2}),
      Value(std::int64_t{200}),
      Value(0.5)};
  EXPECT_EQ(table.rows.at(0), expected);
  EXPECT_EQ(table.types[4], "BIGINT");
  EXPECT_EQ(table.types[9], "VARCHAR[]");
}

TEST_F(DatabaseTest, what_has_no_better_home_arrives_as_text) {
  const Table table =
      ask("SELECT -0.05::DECIMAL(4,2) AS a, 12345678901234567890123.45::DECIMAL(38,2), sum(i), "
          "18446744073709551615::UBIGINT, {'x': 1}, [1, 2], INTERVAL 3 HOUR, 0.00::DECIMAL(3,2), "
          "(-170141183460469231731687303715884105727)::HUGEINT FROM range(3) t(i)");
  const std::vector<Value> expected = {
      Value("-0.05"),
      Value("12345678901234567890123.45"),
      Value("3"),
      Value("18446744073709551615"),
      Value("{'x': 1}"),
      Value("[1, 2]"),
      Value("03:00:00"),
      Value("0.00"),
      Value("-170141183460469231731687303715884105727")};
  EXPECT_EQ(table.rows.at(0), expected);
  EXPECT_EQ(table.columns[0], "a");
  EXPECT_EQ(table.types[0], "DECIMAL(4,2)");
  EXPECT_EQ(table.types[4], "STRUCT");
}

TEST_F(DatabaseTest, text_for_odd_types_keeps_order_names_and_parameters) {
  const Table table =
      ask("SELECT i, {'x': i} AS i FROM range(5000) t(i) WHERE i <> $1 ORDER BY i DESC;",
          {Value(std::int64_t{4998})});
  ASSERT_EQ(table.rows.size(), 4999u);
  EXPECT_EQ(table.rows[0][1], Value("{'x': 4999}"));
  EXPECT_EQ(table.rows[1][1], Value("{'x': 4997}"));
  EXPECT_EQ(table.rows[4998][0], Value(std::int64_t{0}));
}

TEST_F(DatabaseTest, an_empty_answer_has_columns) {
  const Table table = ask("SELECT 1 AS one, 'x' AS two WHERE false");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(table.rows.empty());
}

TEST_F(DatabaseTest, parameters_of_every_kind_are_bound) {
  const std::vector<Value> parameters = {
      Value(),
      Value(false),
      Value(std::int64_t{-5}),
      Value(0.1),
      Value("semi; 'quoted' \"text\""),
      Value(year{1998} / 2 / 28),
      Value(from_micros(-1)),
      Value(TextList{"a,b", "", "'"}),
      Value(TextList{})};
  const Table table = ask("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9", parameters);
  EXPECT_EQ(table.rows.at(0), parameters);
}

TEST_F(DatabaseTest, a_missing_parameter_is_said) {
  EXPECT_EQ(refused("SELECT $1, $2", {Value(true)}).kind, ErrorKind::invalid_input);
  EXPECT_EQ(refused("SELECT 1", {Value(true)}).kind, ErrorKind::invalid_input);
}

TEST_F(DatabaseTest, each_stops_when_it_is_told_to) {
  int seen = 0;
  const auto done = database_->each(
      "SELECT i FROM range(1000000000) t(i)", {}, [&](const std::vector<Value>& row) {
        EXPECT_EQ(row[0], Value(std::int64_t{seen}));
        return ++seen < 5000;
      });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, 5000);
  EXPECT_EQ(ask("SELECT 1").rows.size(), 1u);
}

TEST_F(DatabaseTest, several_statements_are_executed) {
  ASSERT_TRUE(database_->execute("CREATE TABLE t(a INT); INSERT INTO t VALUES (1), (2);"));
  EXPECT_EQ(ask("SELECT count(*) FROM t").rows[0][0], Value(std::int64_t{2}));
}

TEST_F(DatabaseTest, sql_it_refuses_is_told_in_its_words) {
  const Error error = refused("SELECT bid FROM nowhere");
  EXPECT_EQ(error.kind, ErrorKind::invalid_input);
  EXPECT_NE(error.message.find("nowhere"), std::string::npos);
  EXPECT_EQ(refused("SELECT '1x'::INT").kind, ErrorKind::invalid_input);
  EXPECT_EQ(refused("SELECT * FROM read_parquet('/none.parquet')").kind, ErrorKind::invalid_input);
  EXPECT_FALSE(database_->execute("SELEC 1"));
}

TEST_F(DatabaseTest, settings_it_refuses_are_told) {
  const auto database = Database::open({.memory_limit = "a lot"});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind, ErrorKind::invalid_input);
  EXPECT_NE(database.error().message.find("a lot"), std::string::npos);
}

TEST_F(DatabaseTest, a_truncated_file_is_corrupt_and_named) {
  const std::string file = good_file("short.parquet");
  std::filesystem::resize_file(file, 5000);
  const Error error = refused("SELECT * FROM read_parquet($1)", {Value(file)});
  EXPECT_EQ(error.kind, ErrorKind::corrupt);
  EXPECT_NE(error.message.find(file), std::string::npos) << error.message;
  EXPECT_EQ(
      database_->execute("CREATE TABLE t AS FROM " + sql_text(file)).error().kind,
      ErrorKind::corrupt);
}

// Damage is found when a page is read, long after the footer was; the words of the page reader do
// not always name the file, and a view hides it.
TEST_F(DatabaseTest, a_damaged_page_is_corrupt_and_named_behind_a_view) {
  const std::string whole = good_file("whole.parquet");
  const std::string file = good_file("damaged.parquet");
  const std::string bytes = disk_.read(file).value();
  ASSERT_TRUE(database_->execute(fmt::format(
      "CREATE VIEW both_files AS SELECT * FROM read_parquet([{}, {}])", sql_text(whole),
      sql_text(file))));
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  int found = 0;
  for (int i = 0; i < 60; ++i) {
    std::string damaged = bytes;
    const std::size_t at = 4 + random.below(i % 2 == 0 ? 40 : bytes.size() - 600);
    for (std::size_t k = at; k < at + 16; ++k) damaged[k] = static_cast<char>(random.below(256));
    ASSERT_TRUE(disk_.write(file, damaged));
    const auto read = database_->each(
        "SELECT * FROM both_files", {}, [](const std::vector<Value>&) { return true; });
    if (read) continue;  // Some bytes mean nothing, and some mean another value.
    ++found;
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt) << read.error().message;
    EXPECT_NE(read.error().message.find(file), std::string::npos) << read.error().message;
  }
  EXPECT_GT(found, 20);
}

TEST_F(DatabaseTest, a_write_that_failed_is_storage) {
  if (!std::filesystem::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto copy = [&](const char* to) {
    return database_
        ->execute(
            fmt::format("COPY (SELECT range FROM range(100000)) TO '{}' (FORMAT parquet)", to))
        .error();
  };
  EXPECT_EQ(copy("/dev/full").kind, ErrorKind::storage);
  EXPECT_NE(copy("/dev/full").message.find("No space left"), std::string::npos);
  EXPECT_EQ(copy("/no/such/directory/x.parquet").kind, ErrorKind::storage);
}

TEST_F(DatabaseTest, too_little_memory_is_storage_and_says_so) {
  auto small = Database::open({.memory_limit = "20MB"}).value();
  const auto answer = small->query("SELECT count(DISTINCT hash(i)) FROM range(20000000) t(i)");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::storage);
  EXPECT_NE(answer.error().message.find("memory_limit"), std::string::npos);
  EXPECT_TRUE(small->query("SELECT 1"));
}

TEST_F(DatabaseTest, what_is_loaded_is_read) {
  const std::vector<std::string> columns = {"flag", "n",  "i",    "d",    "text",
                                            "day",  "at", "list", "exact"};
  const std::vector<std::string> types = {"BOOLEAN",   "BIGINT",    "INTEGER",
                                          "DOUBLE",    "VARCHAR",   "DATE",
                                          "TIMESTAMP", "VARCHAR[]", "DECIMAL(9,3)"};
  std::vector<std::vector<Value>> rows;
  for (std::int64_t i = 0; i < 5000; ++i)
    rows.push_back(
        {Value(i % 2 == 0), Value(i << 40), Value(-i), Value(static_cast<double>(i) / 3),
         Value(fmt::format("row {} 延迟", i)),
         Value(std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{i}}}),
         Value(from_micros(i * 1'000'003)),
         Value(TextList(static_cast<std::size_t>(i % 4), fmt::format("it's {}", i))),
         Value(fmt::format("{}.125", i))});
  rows[77] = std::vector<Value>(columns.size());
  ASSERT_TRUE(database_->load("loaded", columns, types, rows));
  const Table table = ask("SELECT * FROM loaded");
  EXPECT_EQ(table.rows, rows);
  EXPECT_EQ(table.columns, columns);
  EXPECT_EQ(table.types, types);
  ASSERT_TRUE(database_->load("loaded", {"x"}, {"DOUBLE"}, {{Value(std::int64_t{3})}}));
  EXPECT_EQ(ask("SELECT * FROM loaded").rows[0][0], Value(3.0));
}

TEST_F(DatabaseTest, a_cell_that_does_not_fit_is_named) {
  const auto loaded = database_->load(
      "t", {"a", "b"}, {"BIGINT", "INTEGER"}, {{Value(std::int64_t{1}), Value("one")}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::invalid_input);
  EXPECT_NE(loaded.error().message.find("its b is not INTEGER"), std::string::npos)
      << loaded.error().message;
  EXPECT_FALSE(database_->load("t", {"a"}, {"INTEGER"}, {{Value(std::int64_t{1} << 40)}}));
  EXPECT_FALSE(database_->load("t", {"a", "b"}, {"INTEGER", "INTEGER"}, {{Value()}}));
  EXPECT_FALSE(database_->load("t", {"a"}, {"NO_TYPE"}, {}));
  EXPECT_FALSE(database_->query("SELECT * FROM opt_data_feed()"));
}

TEST_F(DatabaseTest, text_that_is_not_utf8_is_mended_or_refused_but_never_lost) {
  const std::string latin = "caf\xe9, and long enough to lie outside of its cell";
  ASSERT_TRUE(database_->load(
      "t", {"a", "b"}, {"VARCHAR", "VARCHAR[]"}, {{Value(latin), Value(TextList{latin, "é"})}}));
  std::string mended = latin;
  mended[3] = '?';
  const Table table = ask("SELECT * FROM t");
  EXPECT_EQ(table.rows.at(0)[0], Value(mended));
  EXPECT_EQ(table.rows.at(0)[1], Value(TextList{mended, "é"}));
  EXPECT_EQ(refused("SELECT $1", {Value(latin)}).kind, ErrorKind::invalid_input);
  EXPECT_EQ(refused("SELECT $1", {Value(TextList{latin})}).kind, ErrorKind::invalid_input);
}

TEST(SqlText, doubles_its_quotes) {
  EXPECT_EQ(sql_text("it's"), "'it''s'");
  EXPECT_EQ(sql_identifier("a \"b\""), "\"a \"\"b\"\"\"");
}

}  // namespace
}  // namespace opt_data::store
