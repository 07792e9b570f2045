// A dataset that an older version began and this one goes on with: what came later is NULL in what
// was written before, and everything else is as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/compaction.h"
#include "store/dataset_fixture.h"
#include "store/duckdb_handles.h"
#include "store/verification.h"

namespace opt_data::store {
namespace {

using testing::HasSubstr;

constexpr std::string_view later = "last_trade_ts";
const Instant now = new_york(trade_date(2025, 10, 7).day(), std::chrono::hours{18});

// Version 1 without a column, and version 2 that has it.
struct TwoVersions {
  static std::vector<Column> without(std::span<const Column> columns) {
    std::vector<Column> left(columns.begin(), columns.end());
    std::erase_if(left, [](const Column& column) { return column.name == later; });
    return left;
  }
  static std::vector<Column> with(std::span<const Column> columns) {
    std::vector<Column> all(columns.begin(), columns.end());
    for (Column& column : all)
      if (column.name == later) column.since = 2;
    return all;
  }

  std::vector<Column> old_clean = without(columns(View::intraday));
  std::vector<Column> old_raw = without(raw_columns());
  std::vector<Column> new_clean = with(columns(View::intraday));
  std::vector<Column> new_raw = with(raw_columns());
  Schema before = of(1, old_clean, old_raw);
  Schema after = of(2, new_clean, new_raw);

  static Schema of(int version, std::span<const Column> clean, std::span<const Column> raw) {
    Schema schema = current_schema();
    schema.version = version;
    schema.views[0] = clean;
    schema.raw = raw;
    return schema;
  }
};

class OlderDataset : public DatasetTest {
 protected:
  OlderDataset() {
    older_->handles().schema = &versions_.before;
    database_->handles().schema = &versions_.after;
  }

  // Slots 0 and 1 by the older program, slot 2 by this one.
  void publish_day() {
    auto quotes = SlotRows(test_seed(), slot_of(date_, 0))(60);
    for (std::uint8_t slot = 0; slot < 3; ++slot) {
      const Partition where = slot_of(date_, slot);
      for (OptionQuote& quote : quotes) {
        quote.slot.index = slot;
        quote.slot.at = new_york(date_.day(), std::chrono::minutes{570 + 30 * slot});
        quote.quote.last_trade_at = quote.slot.at;
      }
      DatasetWriter& writer = slot < 2 ? *older_writer_ : *writer_;
      const auto done = writer.publish(where, std::span<const OptionQuote>(quotes));
      ASSERT_TRUE(done) << done.error().message;
      ASSERT_TRUE(ledger_->record_published({where.text(), done->rows, done->checksum, now}));
    }
  }
  // By slot: rows, and rows with the column.
  std::string counts() {
    const auto opened = reader_->open_views(std::nullopt);
    EXPECT_TRUE(opened) << opened.error().message;
    const Table table = ask(fmt::format(
        "SELECT string_agg(n, ' ') FROM (SELECT slot_30m || ':' || count(*) || ':' || count({}) AS "
        "n "
        "FROM intraday GROUP BY slot_30m ORDER BY slot_30m)",
        later));
    return table.rows.empty() ? "" : std::get<std::string>(table.rows[0][0]);
  }
  void expect_verified() {
    const auto verified = verify({}, paths_, real_, *database_, ledger_.get(), calendar_, now);
    ASSERT_TRUE(verified) << verified.error().message;
    for (const Finding& finding : verified->findings)
      ADD_FAILURE() << finding.file << ": " << finding.wrong;
    EXPECT_GT(verified->files, 0);
  }

  static constexpr const char* mixed = "0:60:0 1:60:0 2:60:60";

  TwoVersions versions_;
  Calendar calendar_;
  std::unique_ptr<Ledger> ledger_ = Ledger::open(folder_ / "ledger.sqlite").value();
  std::unique_ptr<Database> older_ = Database::open({}).value();
  std::unique_ptr<DatasetWriter> older_writer_ = make_parquet_writer(paths_, real_, *older_);
  std::unique_ptr<DatasetReader> older_reader_ = make_parquet_reader(paths_, real_, *older_);
};

TEST_F(OlderDataset, is_read_with_null_in_what_came_later) {
  publish_day();
  EXPECT_EQ(counts(), mixed);
  for (std::uint8_t slot = 0; slot < 3; ++slot) {
    const auto quotes = reader_->quotes(slot_of(date_, slot));
    ASSERT_TRUE(quotes) << quotes.error().message;
    ASSERT_EQ(quotes->size(), 60u);
    for (const OptionQuote& quote : *quotes)
      EXPECT_EQ(quote.quote.last_trade_at.has_value(), slot == 2);
  }
  expect_verified();
}

TEST_F(OlderDataset, is_published_already_when_the_same_rows_come_again) {
  publish_day();
  const Partition where = slot_of(date_, 1);
  const auto quotes = reader_->quotes(where).value();
  const auto again = publish(where, quotes);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->already);
}

TEST_F(OlderDataset, is_compacted_with_the_column_and_back) {
  publish_day();
  Compactor compactor(paths_, real_, *database_, *ledger_);
  const auto compacted = compactor.compact(Layer::clean, date_, {}, now, false);
  ASSERT_TRUE(compacted) << compacted.error().message;
  EXPECT_EQ(compacted->rows, 180);
  EXPECT_EQ(counts(), mixed);
  expect_verified();
  const auto undone = compactor.undo(Layer::clean, date_, {}, now, false);
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_EQ(counts(), mixed);
  expect_verified();
  // All of it is of the newer version now.
  const auto older = older_reader_->quotes(slot_of(date_, 0));
  ASSERT_FALSE(older);
  EXPECT_THAT(
      older.error().message, HasSubstr("has schema_version 2, this opt-data reads up to 1"));
}

TEST_F(OlderDataset, is_refused_by_the_older_program_where_a_newer_one_wrote) {
  publish_day();
  EXPECT_TRUE(older_reader_->quotes(slot_of(date_, 0)));
  const auto refused = older_reader_->open_views(date_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("slot-02.parquet"));
  EXPECT_THAT(refused.error().message, HasSubstr("a newer opt-data wrote it"));
}

// A file may lack only what came after its own version.
TEST_F(OlderDataset, must_have_the_columns_of_its_version) {
  publish_day();
  const std::string file = reader_->path(slot_of(date_, 0)).string();
  ASSERT_TRUE(older_->execute(fmt::format(
      "CREATE TABLE rows AS SELECT * FROM read_parquet({0}, hive_partitioning = false); "
      "COPY rows TO {0} (FORMAT parquet, KV_METADATA {{schema_version: '2'}})",
      sql_text(file))));
  const auto refused = reader_->quotes(slot_of(date_, 0));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(std::string(later)));
}

// What is required cannot be missing in what was written before.
TEST(SchemaVersion, only_what_may_be_null_comes_later) {
  for (const View view :
       {View::intraday, View::daily_clean, View::daily_adjusted, View::enrichment}) {
    for (const Column& column : columns(view)) {
      EXPECT_LE(column.since, schema_version) << column.name;
      EXPECT_TRUE(column.since == 1 || !column.required) << column.name;
    }
  }
}

}  // namespace
}  // namespace opt_data::store
