#include "store/known_files.h"

#include <gtest/gtest.h>

#include "store/dataset_fixture.h"

namespace opt_data::store {
namespace {

const Column* const schema = columns(View::intraday).data();

FileStamp stamp(std::int64_t modified_ns, bool settled = true) {
  return {1, 2, 300, modified_ns, settled};
}

TEST(KnownFiles, a_file_that_changed_is_unknown) {
  KnownFiles known;
  known.keep("a", {stamp(10), schema, FileContent{7, "sum"}});
  ASSERT_NE(known.find("a", stamp(10), schema), nullptr);
  EXPECT_EQ(known.find("a", stamp(10), schema)->content->rows, 7);
  EXPECT_EQ(known.find("a", stamp(11), schema), nullptr);
  EXPECT_EQ(known.find("a", std::nullopt, schema), nullptr);
  EXPECT_EQ(known.find("a", stamp(10), raw_columns().data()), nullptr);
  EXPECT_EQ(known.find("b", stamp(10), schema), nullptr);
}

TEST(KnownFiles, a_file_whose_next_change_might_not_show_is_not_kept) {
  KnownFiles known;
  known.keep("a", {stamp(10), schema, {}});
  known.keep("a", {stamp(10, false), schema, {}});
  EXPECT_EQ(known.find("a", stamp(10), schema), nullptr);
}

TEST(KnownFiles, a_rename_takes_what_is_known_along) {
  KnownFiles known;
  known.keep("staged", {stamp(10), schema, {}});
  known.renamed("staged", "a", stamp(10));
  EXPECT_NE(known.find("a", stamp(10), schema), nullptr);
  EXPECT_EQ(known.find("staged", stamp(10), schema), nullptr);

  known.keep("staged", {stamp(20), schema, {}});
  known.renamed("staged", "a", stamp(21));
  EXPECT_EQ(known.find("a", stamp(21), schema), nullptr);
  EXPECT_EQ(known.find("a", stamp(10), schema), nullptr);
}

class KnownDataset : public DatasetTest {};

// The same size in the same place; only the time tells.
TEST_F(KnownDataset, a_file_that_was_damaged_after_it_was_read_is_read_again) {
  ASSERT_TRUE(publish(where_, SlotRows(test_seed(), where_)(50)));
  ASSERT_TRUE(reader_->published(where_).value());
  ASSERT_EQ(reader_->quotes(where_)->size(), 50u);
  const Path file = reader_->path(where_);
  std::string bytes = real_.read(file).value();
  std::fill(bytes.begin() + 4, bytes.end() - 100, '\0');
  ASSERT_TRUE(real_.write(file, bytes));
  std::filesystem::last_write_time(
      file, std::filesystem::last_write_time(file) + std::chrono::seconds{1});
  for (const ErrorKind kind :
       {reader_->published(where_).error().kind, reader_->quotes(where_).error().kind,
        reader_->open_views(date_).error().kind})
    EXPECT_EQ(kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace opt_data::store
