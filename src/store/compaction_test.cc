// A day in a few files: the same rows, whoever looks and whenever, and whatever fails on the way.
#include "store/compaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stop_token>
#include <thread>

#include "store/dataset_fixture.h"

namespace opt_data::store {
namespace {

using testing::HasSubstr;

const Instant now = new_york(trade_date(2025, 10, 7).day(), std::chrono::hours{18});

class Compaction : public DatasetTest {
 protected:
  static constexpr int slots = 3;

  Compaction() {
    CompactionOptions small;
    small.file_bytes = 1;  // One file for each underlying.
    options_ = small;
  }

  void publish_day(std::size_t rows = 60, Layer layer = Layer::clean) {
    // Contracts are of the first slot, as on a real day.
    auto quotes = SlotRows(test_seed(), slot_of(date_, 0, layer))(rows);
    for (std::uint8_t slot = 0; slot < slots; ++slot) {
      const Partition where = slot_of(date_, slot, layer);
      for (OptionQuote& quote : quotes) {
        quote.slot.index = slot;
        quote.slot.at = new_york(date_.day(), std::chrono::minutes{570 + 30 * slot});
      }
      const auto done = publish(where, quotes);
      ASSERT_TRUE(done) << done.error().message;
      ASSERT_TRUE(ledger_->record_published({where.text(), done->rows, done->checksum, now}));
      quotes_[slot] = reader_->quotes(where).value();
    }
  }
  Result<Compacted> compact(bool dry_run = false) {
    return compactor_.compact(Layer::clean, date_, options_, now, dry_run);
  }
  Result<Compacted> undo() { return compactor_.undo(Layer::clean, date_, {}, now, false); }

  std::vector<std::string> names() {
    std::vector<std::string> found;
    const Path day = day_directory(paths_, Layer::clean, View::intraday, date_);
    const auto entries = real_.list(day).value();
    for (const Path& entry : entries) found.push_back(entry.filename().string());
    return found;
  }
  Path beside() {
    return aside_directory(paths_, Aside::compacting, Layer::clean, View::intraday, date_);
  }
  std::vector<std::string> records() {
    std::vector<std::string> found;
    const auto published = ledger_->published(date_).value();
    for (const PublishedRecord& record : published) found.push_back(record.partition);
    return found;
  }
  // Every slot by its quotes and by its checksum.
  void expect_whole() {
    for (std::uint8_t slot = 0; slot < slots; ++slot) {
      const Partition where = slot_of(date_, slot);
      const auto read = reader_->quotes(where);
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(*read, quotes_[slot]) << where.text();
    }
    ASSERT_TRUE(reader_->open_views(date_));
    const Table counted =
        ask("SELECT count(*), count(DISTINCT conid::VARCHAR || '/' || slot_30m::VARCHAR) FROM "
            "intraday");
    const auto rows = static_cast<std::int64_t>(slots * quotes_[0].size());
    EXPECT_EQ(counted.rows[0], (std::vector<Value>{Value(rows), Value(rows)}));
  }

  std::unique_ptr<Ledger> ledger_ = Ledger::open(folder_ / "ledger.sqlite").value();
  Compactor compactor_{paths_, disk_, *database_, *ledger_};
  CompactionOptions options_;
  std::map<int, std::vector<OptionQuote>> quotes_;
};

TEST_F(Compaction, leaves_the_same_rows_in_fewer_files) {
  publish_day();
  options_.file_bytes = 1 << 30;
  const auto done = compact();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(done->already);
  EXPECT_EQ(done->files_before, slots);
  EXPECT_EQ(done->files_after, 1);
  EXPECT_EQ(done->rows, 60 * slots);
  EXPECT_EQ(names(), std::vector<std::string>{"range-0.parquet"});
  EXPECT_FALSE(real_.exists(beside()));
  expect_whole();
}

TEST_F(Compaction, gives_each_file_its_underlyings_and_a_contract_its_day_in_one_place) {
  publish_day();
  ASSERT_TRUE(compact());
  const Table files = ask(fmt::format(
      "SELECT filename, min(underlying), max(underlying) FROM read_parquet({}, filename = true) "
      "GROUP BY 1 ORDER BY 1",
      sql_text((folder_ / "clean/view=intraday/*/*.parquet").string())));
  ASSERT_EQ(files.rows.size(), 4u);
  for (const auto& row : files.rows) EXPECT_EQ(row[1], row[2]);
  const Table order = ask(fmt::format(
      "SELECT conid, slot_30m FROM read_parquet({})",
      sql_text((folder_ / "clean/view=intraday/date=2025-10-06/range-0.parquet").string())));
  for (std::size_t i = 0; i < order.rows.size(); ++i) {
    EXPECT_EQ(order.rows[i][1], Value(static_cast<std::int64_t>(i % slots)));
    EXPECT_EQ(order.rows[i][0], order.rows[i / slots * slots][0]);
  }
}

// Sorting needs memory; a piece of a file is some underlyings, or some expiries of one.
TEST_F(Compaction, a_file_is_the_same_whatever_pieces_it_is_put_together_of) {
  publish_day(400);
  options_.file_bytes = 1 << 30;
  const std::string rows = fmt::format(
      "SELECT conid, slot_30m FROM read_parquet({})",
      sql_text((folder_ / "clean/view=intraday/date=2025-10-06/range-0.parquet").string()));
  ASSERT_TRUE(compact());
  const auto at_once = ask(rows).rows;
  EXPECT_EQ(at_once.size(), 400u * slots);
  for (const std::int64_t rows_max : {1, 37, 310, 700}) {
    SCOPED_TRACE(testing::Message() << rows_max << " rows at once");
    ASSERT_TRUE(undo());
    options_.sorted_rows_max = rows_max;
    const auto done = compact();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(names(), std::vector<std::string>{"range-0.parquet"});
    EXPECT_EQ(ask(rows).rows, at_once);
    expect_whole();
  }
}

TEST_F(Compaction, uses_the_cold_codec) {
  publish_day(400);
  options_.codec = parse_codec("zstd:6").value();
  ASSERT_TRUE(compact());
  const Table codecs = ask(fmt::format(
      "SELECT DISTINCT compression FROM parquet_metadata({})",
      sql_text((folder_ / "clean/view=intraday/*/*.parquet").string())));
  ASSERT_EQ(codecs.rows.size(), 1u);
  EXPECT_EQ(codecs.rows[0][0], Value("ZSTD"));
}

TEST_F(Compaction, done_twice_is_already_done) {
  publish_day();
  ASSERT_TRUE(compact());
  const auto before = real_.stamp(file_of(paths_, {Layer::clean, View::intraday, date_, {}, 0}));
  const auto again = compact();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->already);
  const auto after = real_.stamp(file_of(paths_, {Layer::clean, View::intraday, date_, {}, 0}));
  EXPECT_TRUE(before->is_of_same(*after));
}

TEST_F(Compaction, only_planned_writes_nothing) {
  publish_day();
  const auto before = names();
  const auto planned = compact(true);
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_EQ(planned->files_after, 4);
  EXPECT_EQ(names(), before);
  EXPECT_FALSE(real_.exists(beside()));
}

TEST_F(Compaction, of_a_day_without_files_is_already_done) {
  const auto done = compact();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->already);
}

TEST_F(Compaction, a_repair_is_refused_and_the_same_rows_are_not) {
  publish_day();
  ASSERT_TRUE(compact());
  const auto same = publish(slot_of(date_, 2), quotes_[2]);
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_TRUE(same->already);
  auto repaired = quotes_[2];
  repaired[0].quote.bid = 123.0;
  const auto refused = publish(slot_of(date_, 2), repaired);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message, HasSubstr("compact --undo --date 2025-10-06"));
  EXPECT_THAT(names(), testing::Each(HasSubstr("range-")));
  expect_whole();
}

TEST_F(Compaction, undone_is_as_before_and_can_be_repaired) {
  publish_day();
  const auto before = names();
  ASSERT_TRUE(compact());
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_EQ(names(), before);
  expect_whole();
  EXPECT_THAT(records(), testing::Each(HasSubstr("/slot-")));
  auto repaired = quotes_[2];
  repaired[0].quote.bid = 123.0;
  EXPECT_TRUE(publish(slot_of(date_, 2), repaired));
  EXPECT_TRUE(undo()->already);
}

TEST_F(Compaction, a_damaged_slot_is_named_and_nothing_is_replaced) {
  publish_day();
  auto altered = quotes_[2];
  altered[0].quote.ask = 9.5;
  ASSERT_TRUE(publish(slot_of(date_, 2), altered));  // The ledger does not hear of it.
  const auto refused = compact();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("slot-02.parquet"));
  EXPECT_EQ(names().size(), static_cast<std::size_t>(slots));
}

TEST_F(Compaction, what_somebody_else_put_there_is_not_taken_away) {
  publish_day();
  const Path note = day_directory(paths_, Layer::clean, View::intraday, date_) / "note.txt";
  ASSERT_TRUE(real_.write(note, "mine"));
  const auto refused = compact();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_EQ(real_.read(note).value(), "mine");
}

// Every step fails once, and every step is the last one of a process.
TEST_F(Compaction, a_fault_at_any_step_leaves_the_old_day_or_the_new_one) {
  publish_day(12);
  const auto old_names = names();
  for (const bool back : {false, true}) {
    for (const auto fault : {FaultyDisk::once, FaultyDisk::stopped}) {
      int failures = 0;
      for (int step = 0;; ++step) {
        SCOPED_TRACE(testing::Message() << (back ? "undo" : "compact") << ", operation " << step);
        const auto act = [&] { return back ? undo() : compact(); };
        const auto prepared = back ? compact() : undo();
        ASSERT_TRUE(prepared) << prepared.error().message;
        disk_.fail_at(step, fault);
        const auto done = act();
        const bool reached = disk_.operations() > step;
        disk_.heal();
        if (!done) ++failures;
        const auto found = names();
        const bool compacted = found.front().starts_with("range-");
        EXPECT_EQ(found.size(), compacted ? 4u : old_names.size());
        expect_whole();
        const auto again = act();
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->already, compacted != back);
        EXPECT_FALSE(real_.exists(beside()));
        expect_whole();
        const auto known = records();
        const auto ranges = std::ranges::count_if(
            known, [](const auto& each) { return each.find("/range-") != std::string::npos; });
        EXPECT_EQ(ranges, back ? 0 : 4);
        if (!reached) break;
      }
      EXPECT_GE(failures, 12) << "list, stage, sync, exchange, sync, remove";
    }
  }
}

// Another program, with a DuckDB of its own, that knows nothing but the pattern.
TEST_F(Compaction, a_reader_that_globs_never_sees_a_row_twice_or_not_at_all) {
  publish_day(200);
  const auto rows = static_cast<std::int64_t>(slots * quotes_[0].size());
  const std::string sql = fmt::format(
      "SELECT count(*), count(DISTINCT conid::VARCHAR || '/' || slot_30m::VARCHAR) FROM "
      "read_parquet({}, hive_partitioning = true)",
      sql_text((folder_ / "clean/view=intraday/*/*.parquet").string()));
  int whole = 0, gone = 0;
  std::vector<std::string> wrong;
  std::jthread reader([&](std::stop_token over) {
    auto database = Database::open({}).value();
    while (!over.stop_requested()) {
      const auto counted = database->query(sql);
      if (!counted) {
        // It had listed files that have changed places since; it looks again.
        const bool listed_before =
            counted.error().message.find("No such file") != std::string::npos ||
            counted.error().message.find("No files found") != std::string::npos;
        if (!listed_before) wrong.push_back(counted.error().message);
        ++gone;
      } else if (counted->rows[0] != std::vector<Value>{Value(rows), Value(rows)}) {
        wrong.push_back(fmt::format("{} rows", std::get<std::int64_t>(counted->rows[0][0])));
      } else {
        ++whole;
      }
    }
  });
  for (int round = 0; round < 40; ++round) {
    const auto done = round % 2 == 0 ? compact() : undo();
    EXPECT_TRUE(done) << done.error().message;
  }
  reader.request_stop();
  reader.join();
  EXPECT_THAT(wrong, testing::IsEmpty());
  EXPECT_GE(whole, 20);
  RecordProperty("looked", whole);
  RecordProperty("asked_again", gone);
}

}  // namespace
}  // namespace opt_data::store
