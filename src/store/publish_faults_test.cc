// What a fault leaves behind while a partition is published: the old file or the new one, whole.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "store/dataset_fixture.h"

namespace opt_data::store {
namespace {

// Files of this process may not grow beyond this: the nearest thing to a full disk that needs no
// disk of its own. Without the signal a write says EFBIG, as it says ENOSPC elsewhere.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

class PublishFaults : public DatasetTest {
 protected:
  std::vector<OptionQuote> rows_of(std::uint64_t seed) { return SlotRows(seed, where_)(200); }
  std::string standing() {
    const auto published = reader_->published(where_);
    EXPECT_TRUE(published) << published.error().message;
    return published && *published ? (*published)->checksum : "nothing";
  }
};

TEST_F(PublishFaults, at_every_step_leave_the_old_file_or_the_new_one) {
  const auto old_rows = rows_of(test_seed());
  const auto new_rows = rows_of(test_seed() + 1);
  const std::string new_checksum = publish(where_, new_rows).value().checksum;
  const std::string old_checksum = publish(where_, old_rows).value().checksum;
  int failures = 0;
  for (const auto fault : {FaultyDisk::once, FaultyDisk::stopped}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE(testing::Message() << "operation " << step);
      ASSERT_TRUE(publish(where_, old_rows));
      disk_.fail_at(step, fault);
      const auto published = publish(where_, new_rows);
      const bool reached = disk_.operations() > step;
      disk_.heal();
      const std::string stands = standing();
      if (published) {
        EXPECT_EQ(stands, new_checksum);
      } else {
        ++failures;
        EXPECT_EQ(published.error().kind, ErrorKind::storage) << published.error().message;
        EXPECT_TRUE(stands == old_checksum || stands == new_checksum);
      }
      const auto repeated = publish(where_, new_rows);
      ASSERT_TRUE(repeated) << repeated.error().message;
      EXPECT_EQ(repeated->already, stands == new_checksum);
      EXPECT_EQ(standing(), new_checksum);
      EXPECT_TRUE(leftovers(where_).empty());
      if (!reached) break;
    }
  }
  EXPECT_EQ(failures, 2 * 4) << "make directories, sync, rename, sync the directory";
}

TEST_F(PublishFaults, before_the_first_file_leave_none) {
  for (int step = 0; step < 3; ++step) {
    disk_.fail_at(step);
    EXPECT_FALSE(publish(where_, rows_of(test_seed())));
    disk_.heal();
    EXPECT_EQ(standing(), "nothing");
  }
  ASSERT_TRUE(publish(where_, rows_of(test_seed())));
  EXPECT_TRUE(leftovers(where_).empty());
}

// The file of the old rows is a few hundred kilobytes; these limits cut the new one everywhere.
TEST_F(PublishFaults, a_full_disk_leaves_the_old_file) {
  const auto old_rows = SlotRows(test_seed(), where_)(3000);
  const Published old_file = publish(where_, old_rows).value();
  const auto bytes = std::filesystem::file_size(old_file.file);
  const auto new_rows = SlotRows(test_seed() + 1, where_)(3000);
  for (const std::uintmax_t limit :
       {std::uintmax_t{0}, std::uintmax_t{3}, bytes / 2, bytes - 2000}) {
    SCOPED_TRACE(testing::Message() << "limit " << limit);
    const auto published = [&] {
      const FileSizeLimit full(limit);
      return publish(where_, new_rows);
    }();
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().kind, ErrorKind::storage) << published.error().message;
    EXPECT_NE(published.error().message.find("what was published stands"), std::string::npos)
        << published.error().message;
    EXPECT_EQ(standing(), old_file.checksum);
    EXPECT_TRUE(leftovers(where_).empty());
  }
  EXPECT_TRUE(publish(where_, new_rows));
}

TEST_F(PublishFaults, no_space_left_is_said) {
  if (!std::filesystem::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const Published old_file = publish(where_, rows_of(test_seed())).value();
  const Path staged = old_file.file.parent_path() / ".slot-03.parquet.staged";
  std::filesystem::create_symlink("/dev/full", staged);
  const auto published = publish(where_, rows_of(test_seed() + 1));
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::storage);
  EXPECT_NE(published.error().message.find("No space left on device"), std::string::npos)
      << published.error().message;
  EXPECT_EQ(standing(), old_file.checksum);
  EXPECT_TRUE(leftovers(where_).empty());
}

// What a killed run left is overwritten, whatever it is.
TEST_F(PublishFaults, a_leftover_of_a_killed_run_goes_away) {
  const Path file = reader_->path(where_);
  ASSERT_TRUE(real_.make_directories(file.parent_path()));
  const Path staged = file.parent_path() / ".slot-03.parquet.staged";
  ASSERT_TRUE(real_.write(staged, std::string(1'000'000, 'x')));
  ASSERT_TRUE(publish(where_, rows_of(test_seed())));
  EXPECT_TRUE(leftovers(where_).empty());
  EXPECT_EQ(reader_->quotes(where_).value().size(), 200u);
}

TEST_F(PublishFaults, an_unwritable_place_is_storage) {
  ASSERT_TRUE(real_.write(folder_ / "clean", "a file where the dataset should be"));
  const auto published = publish(where_, rows_of(test_seed()));
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::storage) << published.error().message;
}

TEST_F(PublishFaults, a_query_over_a_damaged_file_publishes_nothing) {
  const Partition other = slot_of(date_, 4);
  ASSERT_TRUE(publish(where_, rows_of(test_seed())));
  ASSERT_TRUE(reader_->open_views(date_));
  const Path file = reader_->path(where_);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 100);
  const auto published = publish(other, "SELECT * REPLACE (4 AS slot_30m) FROM intraday");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::corrupt) << published.error().message;
  EXPECT_NE(published.error().message.find(file.string()), std::string::npos);
  EXPECT_FALSE(real_.exists(reader_->path(other)));
}

}  // namespace
}  // namespace opt_data::store
