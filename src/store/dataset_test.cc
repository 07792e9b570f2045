#include "store/dataset.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "store/dataset_fixture.h"

namespace opt_data::store {
namespace {

std::vector<OptionQuote> in_order(std::vector<OptionQuote> rows) {
  std::ranges::sort(rows, [](const OptionQuote& a, const OptionQuote& b) {
    return in_file_order(a.contract, b.contract);
  });
  return rows;
}

class Dataset : public DatasetTest {
 protected:
  std::vector<OptionQuote> some(std::size_t count) { return SlotRows(test_seed(), where_)(count); }
  // A SELECT of one row of daily_clean, with the given cells instead of the plain ones.
  static std::string daily_row(std::int64_t conid, std::string_view replace = "") {
    std::string cells = fmt::format(
        "DATE '2025-10-06' AS trade_date, 'AAPL' AS underlying, {} AS conid, 'AAPL' AS symbol, "
        "DATE '2025-11-21' AS expiry, 'C' AS \"right\", 250 AS strike, 100 AS multiplier, "
        "'SMART' AS exchange, 'AAPL' AS \"tradingClass\", 'USD' AS currency, 'close' AS "
        "rollup_strategy, 'id' AS ingest_id, 'eod_rollup' AS ingest_run_type",
        conid);
    for (const Column& column : columns(View::daily_clean))
      if (!column.required)
        cells += fmt::format(", NULL::{} AS {}", column.type, sql_identifier(column.name));
    return fmt::format("SELECT * {} FROM (SELECT {})", replace, cells);
  }
};

TEST_F(Dataset, what_is_written_is_read) {
  for (std::uint64_t seed = test_seed(); seed < test_seed() + 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
    for (const Layer layer : {Layer::raw, Layer::clean}) {
      const Partition where = slot_of(date_, static_cast<std::uint8_t>(seed % 14), layer);
      const auto rows = SlotRows(seed, where)(1 + seed % 5 * 900);
      const auto published = publish(where, rows);
      ASSERT_TRUE(published) << published.error().message;
      EXPECT_EQ(published->rows, static_cast<std::int64_t>(rows.size()));
      const auto read = reader_->quotes(where);
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(*read, in_order(rows));
    }
  }
}

TEST_F(Dataset, flags_come_back_as_a_list_of_words) {
  auto rows = some(3);
  rows[0].flags = {};
  rows[1].flags = {};
  rows[1].flags.set(QualityFlag::missing_oi);
  rows[2].flags = QualityFlags((1U << flag_count) - 1);
  ASSERT_TRUE(publish(where_, rows));
  ASSERT_TRUE(reader_->open_views(date_));
  for (const OptionQuote& row : rows) {
    const Table answer = ask(fmt::format(
        "SELECT data_quality_flag, list_contains(data_quality_flag, 'missing_oi') FROM intraday "
        "WHERE conid = {}",
        row.contract.id));
    ASSERT_EQ(answer.rows.size(), 1u);
    const auto words = row.flags.words();
    EXPECT_EQ(answer.rows[0][0], Value(TextList(words.begin(), words.end())));
    EXPECT_EQ(answer.rows[0][1], Value(row.flags.has(QualityFlag::missing_oi)));
  }
}

TEST_F(Dataset, clean_rows_carry_what_is_derived_and_raw_rows_do_not) {
  auto rows = some(1);
  OptionQuote& row = rows[0];
  row.quote.bid = 1.0;
  row.quote.ask = 1.5;
  row.contract.strike = Strike::from_usd(50);
  row.contract.multiplier = 10;
  row.reference = ReferencePrice{row.contract.underlying, 55, "previous_close", {}};
  ASSERT_TRUE(publish(where_, rows));
  ASSERT_TRUE(publish(slot_of(date_, 3, Layer::raw), rows));
  ASSERT_TRUE(reader_->open_views(date_));
  const Table clean =
      ask("SELECT mid, strike_per_100, moneyness_pct, sample_time_et, symbol, snapshot_error "
          "FROM intraday");
  EXPECT_EQ(clean.rows[0][0], Value(1.25));
  EXPECT_EQ(clean.rows[0][1], Value(500.0));
  EXPECT_EQ(clean.rows[0][2], Value(55.0 / 50 - 1));
  EXPECT_EQ(clean.rows[0][3], Value("2025-10-06 11:00:00"));
  EXPECT_EQ(clean.rows[0][4], Value(occ_symbol(row.contract)));
  EXPECT_EQ(clean.rows[0][5], Value(!row.error.type.empty()));
  const auto raw = database_->query("SELECT mid FROM raw_intraday");
  ASSERT_FALSE(raw);
  EXPECT_EQ(raw.error().kind, ErrorKind::invalid_input);
}

TEST_F(Dataset, one_side_alone_has_no_mid) {
  auto rows = some(1);
  rows[0].quote.bid.reset();
  rows[0].quote.ask = 1.5;
  ASSERT_TRUE(publish(where_, rows));
  ASSERT_TRUE(reader_->open_views(date_));
  EXPECT_EQ(ask("SELECT mid FROM intraday").rows[0][0], Value());
}

TEST_F(Dataset, rows_lie_in_file_order_in_groups_of_30720) {
  const auto rows = some(40'000);
  ASSERT_TRUE(publish(where_, rows));
  const std::string file = sql_text(reader_->path(where_).string());
  const Table groups =
      ask("SELECT DISTINCT row_group_id, row_group_num_rows, compression FROM parquet_metadata(" +
          file + ") ORDER BY 1");
  ASSERT_EQ(groups.rows.size(), 2u);
  EXPECT_EQ(groups.rows[0][1], Value(std::int64_t{30'720}));
  EXPECT_EQ(groups.rows[0][2], Value("ZSTD"));
  const Table lying = ask("SELECT conid FROM read_parquet(" + file + ")");
  const auto ordered = in_order(rows);
  for (std::size_t i = 0; i < ordered.size(); ++i)
    ASSERT_EQ(lying.rows[i][0], Value(ordered[i].contract.id)) << "row " << i;
}

TEST_F(Dataset, a_short_slot_is_packed_with_what_short_pages_need) {
  ASSERT_TRUE(publish(where_, some(1'000)));
  const Table groups =
      ask("SELECT DISTINCT compression FROM parquet_metadata(" +
          sql_text(reader_->path(where_).string()) + ")");
  ASSERT_EQ(groups.rows.size(), 1u);
  EXPECT_EQ(groups.rows[0][0], Value("SNAPPY"));
}

TEST_F(Dataset, text_in_another_encoding_does_not_cost_the_row) {
  auto rows = some(2);
  rows[0].error = {"refused", "caf\xe9 \xff\xc0\xaf ok"};
  rows[1].contract.exchange = std::string("a\0b\x80", 4);
  ASSERT_TRUE(publish(where_, rows));
  const auto read = reader_->quotes(where_).value();
  std::set<std::string> texts;
  for (const OptionQuote& row : read) texts.insert({row.error.message, row.contract.exchange});
  EXPECT_TRUE(texts.contains("caf? ??? ok"));
  EXPECT_TRUE(texts.contains(std::string("a\0b?", 4)));
}

TEST_F(Dataset, an_empty_slot_is_a_file_without_rows) {
  ASSERT_TRUE(publish(where_, std::vector<OptionQuote>{}));
  EXPECT_EQ(reader_->published(where_).value()->rows, 0);
  EXPECT_TRUE(reader_->quotes(where_).value().empty());
}

TEST_F(Dataset, the_same_rows_again_publish_nothing) {
  auto rows = some(500);
  const Published first = publish(where_, rows).value();
  EXPECT_FALSE(first.already);
  const auto written_at = std::filesystem::last_write_time(first.file);
  std::ranges::reverse(rows);
  for (OptionQuote& row : rows) row.ingest_id = "another run";
  const Published second = publish(where_, rows).value();
  EXPECT_TRUE(second.already);
  EXPECT_EQ(second.checksum, first.checksum);
  EXPECT_EQ(second.rows, first.rows);
  EXPECT_EQ(std::filesystem::last_write_time(first.file), written_at);
  EXPECT_TRUE(leftovers(where_).empty());
}

TEST_F(Dataset, one_changed_cell_is_another_content) {
  auto rows = some(300);
  const Published first = publish(where_, rows).value();
  rows[150].quote.bid = rows[150].quote.bid.value_or(0) + 0.01;
  const Published second = publish(where_, rows).value();
  EXPECT_FALSE(second.already);
  EXPECT_NE(second.checksum, first.checksum);
  EXPECT_EQ(*reader_->quotes(where_), in_order(rows));
}

TEST_F(Dataset, published_tells_what_stands) {
  EXPECT_EQ(reader_->published(where_).value(), std::nullopt);
  const Published first = publish(where_, some(10)).value();
  const auto standing = reader_->published(where_).value();
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->rows, 10);
  EXPECT_EQ(standing->checksum, first.checksum);
  EXPECT_EQ(standing->file, first.file);
}

// The ledger keeps checksums for years: they may not move with a library.
TEST_F(Dataset, a_checksum_is_the_same_for_ever) {
  ASSERT_TRUE(publish({Layer::clean, View::daily_clean, date_, {}}, daily_row(1)));
  EXPECT_EQ(
      reader_->published({Layer::clean, View::daily_clean, date_, {}}).value()->checksum,
      "9b2116bdfc9331919b9d104708d12ef9");
}

TEST_F(Dataset, a_contract_twice_is_refused) {
  auto rows = some(5);
  rows.push_back(rows[2]);
  const auto published = publish(where_, rows);
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::invalid_input);
  EXPECT_NE(
      published.error().message.find(fmt::format("contract {} has 2 rows", rows[2].contract.id)),
      std::string::npos)
      << published.error().message;
  EXPECT_FALSE(real_.exists(reader_->path(where_)));
  EXPECT_TRUE(leftovers(where_).empty());
}

TEST_F(Dataset, a_row_of_another_slot_is_refused) {
  auto rows = some(5);
  rows[4].slot.index = 4;
  const auto published = publish(where_, rows);
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::invalid_input);
  EXPECT_FALSE(publish({Layer::clean, View::daily_clean, date_, {}}, rows));
  EXPECT_FALSE(publish({Layer::clean, View::intraday, date_, {}}, rows));
}

TEST_F(Dataset, a_query_is_published_in_the_columns_and_order_of_its_view) {
  const Partition daily{Layer::clean, View::daily_clean, date_, {}};
  const auto published = publish(
      daily, daily_row(2, "REPLACE (260 AS strike)") + " UNION ALL BY NAME " + daily_row(1) + ";");
  ASSERT_TRUE(published) << published.error().message;
  EXPECT_EQ(published->rows, 2);
  EXPECT_EQ(published->file.filename(), "part-0.parquet");
  ASSERT_TRUE(reader_->open_views(date_));
  const Table rows = ask("SELECT * FROM daily_clean");
  ASSERT_EQ(rows.columns.size(), columns(View::daily_clean).size());
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    EXPECT_EQ(rows.columns[i], columns(View::daily_clean)[i].name);
    EXPECT_EQ(rows.types[i], columns(View::daily_clean)[i].type);
  }
  EXPECT_EQ(rows.rows[0][2], Value(std::int64_t{1}));
}

TEST_F(Dataset, a_query_may_have_parameters) {
  const Partition daily{Layer::clean, View::daily_clean, date_, {}};
  const auto published = writer_->publish(
      daily, Selection{
                 daily_row(1, "REPLACE ($1::DOUBLE AS bid, $2 AS ingest_id), 7 AS left_behind"),
                 {Value(1.25), Value("it's")}});
  ASSERT_TRUE(published) << published.error().message;
  ASSERT_TRUE(reader_->open_views({}));
  const Table rows = ask("SELECT bid, ingest_id FROM daily_clean");
  EXPECT_EQ(rows.rows[0][0], Value(1.25));
  EXPECT_EQ(rows.rows[0][1], Value("it's"));
}

TEST_F(Dataset, a_query_that_does_not_fit_its_view_is_refused) {
  const Partition daily{Layer::clean, View::daily_clean, date_, {}};
  const std::pair<std::string, std::string_view> wrong[] = {
      {daily_row(1, "EXCLUDE (bid)"), "no column bid"},
      {daily_row(1, "RENAME (bid AS bit)"), "no column bid"},
      {daily_row(1, ", 2 AS bid"), "two columns bid"},
      {daily_row(1, "REPLACE (NULL AS rollup_strategy)"), "rollup_strategy empty"},
      {daily_row(1, "REPLACE (DATE '2025-10-07' AS trade_date)"), "another date"},
      {daily_row(1) + " UNION ALL " + daily_row(1), "has 2 rows"},
      {"SELECT nonsense", "nonsense"},
  };
  for (const auto& [sql, words] : wrong) {
    const auto published = publish(daily, sql);
    ASSERT_FALSE(published) << words;
    EXPECT_EQ(published.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(published.error().message.find(words), std::string::npos)
        << published.error().message;
    EXPECT_TRUE(leftovers(daily).empty());
  }
  EXPECT_FALSE(real_.exists(reader_->path(daily)));
}

TEST_F(Dataset, views_without_files_have_their_columns) {
  ASSERT_TRUE(reader_->open_views({}));
  for (const std::string_view view :
       {"raw_intraday", "intraday", "daily_clean", "daily_adjusted", "enrichment"}) {
    const Table rows = ask(fmt::format("SELECT * FROM {}", view));
    EXPECT_FALSE(rows.columns.empty()) << view;
    EXPECT_TRUE(rows.rows.empty()) << view;
  }
}

TEST_F(Dataset, views_hold_one_date_or_all) {
  const TradeDate next = trade_date(2025, 10, 7);
  for (const Partition& where : {slot_of(date_, 0), slot_of(date_, 1), slot_of(next, 0)})
    ASSERT_TRUE(publish(where, SlotRows(test_seed() + *where.slot, where)(20)));
  ASSERT_TRUE(reader_->open_views(date_));
  EXPECT_EQ(ask("SELECT count(*) FROM intraday").rows[0][0], Value(std::int64_t{40}));
  ASSERT_TRUE(reader_->open_views({}));
  EXPECT_EQ(ask("SELECT count(*) FROM intraday").rows[0][0], Value(std::int64_t{60}));
}

TEST_F(Dataset, what_is_staged_or_foreign_is_no_part_of_a_view) {
  ASSERT_TRUE(publish(where_, some(10)));
  const Path directory = reader_->path(where_).parent_path();
  ASSERT_TRUE(real_.write(directory / ".slot-04.parquet.staged", "half a file"));
  ASSERT_TRUE(real_.write(directory / "notes.txt", "x"));
  ASSERT_TRUE(reader_->open_views(date_));
  EXPECT_EQ(ask("SELECT count(*) FROM intraday").rows[0][0], Value(std::int64_t{10}));
}

TEST_F(Dataset, quotes_that_were_never_published_are_not_found) {
  EXPECT_EQ(reader_->quotes(where_).error().kind, ErrorKind::not_found);
  EXPECT_EQ(
      reader_->quotes({Layer::clean, View::daily_clean, date_, {}}).error().kind,
      ErrorKind::invalid_input);
}

// Files that are not what their place says, each with what is said of it.
class Refusal : public Dataset {
 protected:
  void expect_refused(std::string_view words) {
    const std::string file = reader_->path(where_).string();
    const std::string before = real_.read(file).value();
    const auto expect = [&](const auto& result) {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().kind, ErrorKind::corrupt) << result.error().message;
      EXPECT_NE(result.error().message.find(file), std::string::npos) << result.error().message;
      EXPECT_NE(result.error().message.find(words), std::string::npos) << result.error().message;
    };
    expect(reader_->open_views(date_));
    expect(reader_->published(where_));
    expect(reader_->quotes(where_));
    expect(publish(where_, some(3)));
    EXPECT_EQ(real_.read(file).value(), before) << "it was replaced";
    EXPECT_TRUE(leftovers(where_).empty());
  }
  // The published file again, through a SELECT over it, with other metadata.
  void rewrite(std::string_view replace, std::string_view metadata) {
    const std::string file = reader_->path(where_).string();
    ASSERT_TRUE(publish(where_, some(50)));
    ASSERT_TRUE(publish(slot_of(date_, 5), SlotRows(1, slot_of(date_, 5))(50)));
    const auto copied = database_->execute(fmt::format(
        "COPY (SELECT * {} FROM read_parquet({}, hive_partitioning = false)) TO {} (FORMAT "
        "parquet, KV_METADATA {{{}}})",
        replace, sql_text(reader_->path(slot_of(date_, 5)).string()), sql_text(file), metadata));
    ASSERT_TRUE(copied) << copied.error().message;
  }
};

TEST_F(Refusal, of_a_truncated_file) {
  ASSERT_TRUE(publish(where_, some(50)));
  const Path file = reader_->path(where_);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  expect_refused("cannot read");
}

TEST_F(Refusal, of_an_empty_file) {
  ASSERT_TRUE(publish(where_, some(50)));
  std::filesystem::resize_file(reader_->path(where_), 0);
  expect_refused("cannot read");
}

TEST_F(Refusal, of_a_newer_schema) {
  rewrite("", "schema_version: '2'");
  expect_refused("a newer opt-data wrote it");
}

TEST_F(Refusal, of_a_file_without_a_version) {
  rewrite("", "other: '1'");
  expect_refused("opt-data did not write it");
}

TEST_F(Refusal, of_another_type) {
  rewrite("REPLACE (CAST(bid AS FLOAT) AS bid)", "schema_version: '1'");
  expect_refused("bid FLOAT, not bid DOUBLE");
}

TEST_F(Refusal, of_a_missing_column) {
  rewrite("EXCLUDE (data_quality_flag)", "schema_version: '1'");
  expect_refused("not data_quality_flag VARCHAR[]");
}

TEST_F(Refusal, of_a_further_column) {
  rewrite(", 1 AS more", "schema_version: '1'");
  expect_refused("more INTEGER, not nothing");
}

TEST_F(Dataset, an_unknown_word_is_corrupt_and_names_the_file) {
  ASSERT_TRUE(publish(where_, some(5)));
  const std::string file = reader_->path(where_).string();
  ASSERT_TRUE(database_->execute(fmt::format(
      "CREATE TABLE standing AS SELECT * REPLACE (['brand_new'] AS data_quality_flag) FROM "
      "read_parquet({0}, hive_partitioning = false); COPY standing TO {0} (FORMAT parquet, "
      "KV_METADATA {{schema_version: "
      "'1'}})",
      sql_text(file))));
  const auto read = reader_->quotes(where_);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
  EXPECT_NE(read.error().message.find(file), std::string::npos);
  EXPECT_NE(read.error().message.find("brand_new"), std::string::npos);
}

TEST(Partition, is_named_by_its_place) {
  EXPECT_EQ(
      slot_of(trade_date(2025, 10, 6), 3).text(), "clean view=intraday/date=2025-10-06/slot-03");
  EXPECT_EQ(
      (Partition{Layer::clean, View::daily_clean, trade_date(2025, 10, 6), {}}).text(),
      "clean view=daily_clean/date=2025-10-06/part-0");
}

// DuckDB asks for rows on whichever of its threads it likes, one at a time and in order.
TEST_F(Dataset, rows_in_hand_go_out_to_a_database_of_several_threads) {
  DatabaseOptions options;
  options.threads = 4;
  const auto database = Database::open(options).value();
  const auto writer = make_parquet_writer(paths_, real_, *database);
  const auto rows = SlotRows(6, where_)(10'000);
  const auto done = writer->publish(where_, std::span(rows));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->rows, 10'000);
  EXPECT_EQ(done->checksum, writer_->publish(where_, std::span(rows)).value().checksum)
      << "read back by one thread";
}

}  // namespace
}  // namespace opt_data::store
