// What verify finds, one kind of damage after the other; and what it leaves alone.
#include "store/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/compaction.h"
#include "store/dataset_fixture.h"

namespace opt_data::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Instant now = new_york(trade_date(2025, 10, 7).day(), std::chrono::hours{18});

class Verification : public DatasetTest {
 protected:
  void SetUp() override {
    for (std::uint8_t slot = 1; slot <= 3; ++slot) publish_slot(slot, 40);
  }
  void publish_slot(std::uint8_t slot, std::size_t rows) {
    const Partition where = slot_of(date_, slot);
    const auto done = publish(where, SlotRows(test_seed() + slot, where)(rows));
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_TRUE(ledger_->record_published({where.text(), done->rows, done->checksum, now}));
  }
  Verified look(bool quarantine = false) {
    VerifyOptions options;
    options.quarantine = quarantine;
    auto done = verify(options, paths_, disk_, *database_, ledger_.get(), Calendar{}, now);
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : Verified{};
  }
  Path file(std::uint8_t slot) { return file_of(paths_, slot_of(date_, slot)); }
  void flip(const Path& file, std::streamoff at) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(at);
    const char byte = static_cast<char>(bytes.get());
    bytes.seekp(at);
    bytes.put(static_cast<char>(byte ^ 0x10));
  }

  std::unique_ptr<Ledger> ledger_ = Ledger::open(folder_ / "ledger.sqlite").value();
};

TEST_F(Verification, of_what_was_published_finds_nothing) {
  const Verified done = look();
  EXPECT_EQ(done.files, 3);
  EXPECT_EQ(done.rows, 120);
  EXPECT_THAT(done.findings, IsEmpty());
}

// Wherever a bit turns over, the file cannot be read, or has other cells, or is the same to every
// reader.
TEST_F(Verification, one_wrong_bit_anywhere_in_the_cells_is_found) {
  const std::string whole = real_.read(file(2)).value();
  const auto quotes = reader_->quotes(slot_of(date_, 2)).value();
  Random random(test_seed());
  int found = 0;
  for (int i = 0; i < 60; ++i) {
    const auto at = static_cast<std::streamoff>(random.below(whole.size()));
    SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << test_seed() << ", byte " << at);
    flip(file(2), at);
    const Verified done = look();
    if (done.broken() == 1) {
      ++found;
      EXPECT_EQ(done.findings[0].file, file(2));
    } else {
      const auto read = reader_->quotes(slot_of(date_, 2));
      ASSERT_TRUE(read) << read.error().message;
      for (std::size_t row = 0; row < quotes.size(); ++row)
        EXPECT_EQ((*read)[row].quote, quotes[row].quote);
    }
    ASSERT_TRUE(real_.write(file(2), whole));
  }
  EXPECT_GE(found, 30) << "of 60";
}

TEST_F(Verification, each_kind_of_damage_has_its_sentence) {
  std::filesystem::resize_file(file(1), 100);
  std::filesystem::remove(file(2));
  const Partition three = slot_of(date_, 3);
  ASSERT_TRUE(publish(three, SlotRows(7, three)(41)));
  const Partition four = slot_of(date_, 4);
  ASSERT_TRUE(publish(four, SlotRows(7, four)(5)));
  ASSERT_TRUE(real_.write(file(1).parent_path() / "note.txt", "mine"));
  std::map<std::string, std::string> wrong;
  int broken = 0;
  const Verified done = look();
  for (const Finding& finding : done.findings) {
    wrong[finding.file.filename().string()] = finding.wrong;
    broken += finding.broken ? 1 : 0;
  }
  EXPECT_EQ(broken, 2);
  EXPECT_THAT(wrong["slot-01.parquet"], HasSubstr("slot-01.parquet"));
  EXPECT_EQ(wrong["slot-02.parquet"], "is gone; 40 rows were published");
  EXPECT_EQ(wrong["slot-03.parquet"], "has 41 rows, 40 were published");
  EXPECT_THAT(wrong["slot-04.parquet"], HasSubstr("not on record as published"));
  EXPECT_THAT(wrong["note.txt"], HasSubstr("not of this dataset"));
}

TEST_F(Verification, a_day_whose_directory_is_gone_is_missed) {
  std::filesystem::remove_all(file(1).parent_path());
  EXPECT_THAT(look().findings, SizeIs(3));
}

TEST_F(Verification, a_file_of_another_schema_is_named_with_its_column) {
  ask(fmt::format(
      "COPY (SELECT * EXCLUDE (bid) FROM read_parquet({})) TO {} (FORMAT parquet, KV_METADATA "
      "{{schema_version: '{}'}})",
      sql_text(file(1).string()), sql_text(file(2).string()), schema_version));
  const Verified done = look();
  ASSERT_THAT(done.findings, SizeIs(1));
  EXPECT_THAT(done.findings[0].wrong, HasSubstr("is not a file of its view: column"));
}

TEST_F(Verification, quarantine_moves_the_broken_file_and_no_other) {
  std::filesystem::resize_file(file(2), 100);
  const Verified done = look(true);
  ASSERT_THAT(done.findings, SizeIs(1));
  EXPECT_FALSE(real_.exists(file(2)));
  EXPECT_TRUE(real_.exists(done.findings[0].moved_to));
  const auto relative = done.findings[0].moved_to.lexically_relative(paths_.clean);
  EXPECT_EQ(*relative.begin(), "..") << "outside of every pattern below the dataset";
  EXPECT_TRUE(reader_->published(slot_of(date_, 1)).value());
  EXPECT_FALSE(reader_->published(slot_of(date_, 2)).value());
  const auto removed = ledger_->removed(date_).value();
  ASSERT_THAT(removed, SizeIs(1));
  EXPECT_EQ(removed[0].was.partition, slot_of(date_, 2).text());
  EXPECT_EQ(removed[0].was.rows, 40);
  EXPECT_EQ(removed[0].why, "quarantine");
  EXPECT_THAT(look().findings, IsEmpty());
  // The same file broken again does not take the place of the first.
  publish_slot(2, 40);
  std::filesystem::resize_file(file(2), 50);
  const Verified again = look(true);
  EXPECT_NE(again.findings.at(0).moved_to, done.findings[0].moved_to);
  EXPECT_EQ(std::filesystem::file_size(done.findings[0].moved_to), 100u);
}

TEST_F(Verification, of_a_compacted_day_compares_slots_and_ranges) {
  Compactor compactor(paths_, disk_, *database_, *ledger_);
  CompactionOptions options;
  options.file_bytes = 1;
  ASSERT_TRUE(compactor.compact(Layer::clean, date_, options, now, false));
  EXPECT_THAT(look().findings, IsEmpty());
  const Path broken = file_of(paths_, {Layer::clean, View::intraday, date_, {}, 1});
  std::filesystem::resize_file(broken, std::filesystem::file_size(broken) / 2);
  const Verified done = look(true);
  EXPECT_EQ(done.broken(), 1);
  EXPECT_FALSE(real_.exists(broken));
  EXPECT_TRUE(real_.exists(file_of(paths_, {Layer::clean, View::intraday, date_, {}, 0})));
  EXPECT_THAT(look().findings, IsEmpty());
}

TEST_F(Verification, looks_only_at_the_days_that_are_asked_for) {
  std::filesystem::resize_file(file(2), 100);
  VerifyOptions options;
  options.from = trade_date(2025, 10, 7);
  const auto done = verify(options, paths_, disk_, *database_, ledger_.get(), Calendar{}, now);
  EXPECT_EQ(done->files, 0);
  EXPECT_THAT(done->findings, IsEmpty());
}

}  // namespace
}  // namespace opt_data::store
