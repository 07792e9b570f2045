#include "store/disk.h"

#include <gtest/gtest.h>

#include "store/faulty_disk.h"
#include "store/ledger_fixture.h"

namespace opt_data::store {
namespace {

class DiskTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  RealDisk disk_;
};

TEST_F(DiskTest, reads_what_was_written) {
  const std::string bytes("a\0b\n", 4);
  const std::string long_one(300'000, 'x');
  ASSERT_TRUE(disk_.write(folder_ / "file", long_one));
  EXPECT_EQ(disk_.read(folder_ / "file").value(), long_one);
  ASSERT_TRUE(disk_.write(folder_ / "file", bytes));
  EXPECT_EQ(disk_.read(folder_ / "file").value(), bytes);
  EXPECT_TRUE(disk_.sync(folder_ / "file"));
}

TEST_F(DiskTest, what_is_not_there_is_not_found) {
  EXPECT_EQ(disk_.read(folder_ / "none").error().kind, ErrorKind::not_found);
  EXPECT_EQ(disk_.list(folder_ / "none").error().kind, ErrorKind::not_found);
  EXPECT_EQ(disk_.free_bytes(folder_ / "none").error().kind, ErrorKind::not_found);
  EXPECT_FALSE(disk_.exists(folder_ / "none"));
  EXPECT_TRUE(disk_.remove(folder_ / "none"));
}

TEST_F(DiskTest, directories_are_made_with_their_parents) {
  const Path deep = folder_ / "a" / "b" / "c";
  ASSERT_TRUE(disk_.make_directories(deep));
  ASSERT_TRUE(disk_.make_directories(deep));
  EXPECT_TRUE(disk_.exists(deep));
  EXPECT_GT(disk_.free_bytes(deep).value(), 0u);
}

TEST_F(DiskTest, lists_in_order_with_whole_paths) {
  for (const char* name : {"b", "a", "c"}) ASSERT_TRUE(disk_.write(folder_ / name, ""));
  EXPECT_EQ(
      disk_.list(folder_ / "").value(),
      (std::vector<Path>{folder_ / "a", folder_ / "b", folder_ / "c"}));
}

TEST_F(DiskTest, what_the_system_refuses_is_storage_and_names_the_path) {
  if (!std::filesystem::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  ASSERT_TRUE(disk_.write(folder_ / "file", "x"));
  const Path under = folder_ / "file" / "x";
  for (const Error& error :
       {disk_.write(under, "y").error(), disk_.make_directories(under).error(),
        disk_.rename(folder_ / "file", under).error(), disk_.sync(under).error(),
        disk_.write("/dev/full", "y").error()}) {
    EXPECT_EQ(error.kind, ErrorKind::storage) << error.message;
    EXPECT_NE(error.message.find(": "), std::string::npos);
  }
  EXPECT_NE(disk_.write("/dev/full", "y").error().message.find("/dev/full"), std::string::npos);
  EXPECT_NE(disk_.write("/dev/full", "y").error().message.find("No space"), std::string::npos);
}

TEST_F(DiskTest, a_small_file_is_replaced_whole_or_not_at_all) {
  const Path file = folder_ / "file";
  for (const auto fault : {FaultyDisk::once, FaultyDisk::stopped}) {
    for (int step = 0, steps = 1; step <= steps; ++step) {
      SCOPED_TRACE(testing::Message() << "operation " << step);
      ASSERT_TRUE(disk_.write(file, "old"));
      FaultyDisk faulty(disk_);
      faulty.fail_at(step, fault);
      const auto done = write_atomically(faulty, file, "new");
      const std::string bytes = disk_.read(file).value();
      EXPECT_TRUE(bytes == "new" || (bytes == "old" && !done)) << bytes;
      if (done) continue;
      steps = step + 1;
      EXPECT_EQ(done.error().kind, ErrorKind::storage);
      ASSERT_TRUE(write_atomically(disk_, file, "newer"));
      EXPECT_EQ(disk_.read(file).value(), "newer");
      EXPECT_EQ(disk_.list(folder_ / "").value(), std::vector<Path>{file});
    }
  }
}

TEST_F(DiskTest, two_directories_change_places) {
  ASSERT_TRUE(disk_.make_directories(folder_ / "one"));
  ASSERT_TRUE(disk_.make_directories(folder_ / "other"));
  ASSERT_TRUE(disk_.write(folder_ / "one" / "a", "1"));
  ASSERT_TRUE(disk_.write(folder_ / "other" / "b", "2"));
  const auto done = disk_.exchange(folder_ / "one", folder_ / "other");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(disk_.read(folder_ / "other" / "a").value(), "1");
  EXPECT_EQ(disk_.read(folder_ / "one" / "b").value(), "2");
}

TEST_F(DiskTest, what_is_not_there_cannot_be_exchanged) {
  ASSERT_TRUE(disk_.make_directories(folder_ / "one"));
  const auto done = disk_.exchange(folder_ / "one", folder_ / "other");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::storage);
  EXPECT_TRUE(disk_.exists(folder_ / "one"));
}

TEST_F(DiskTest, a_tree_is_removed_with_what_is_in_it_and_no_link_is_followed) {
  ASSERT_TRUE(disk_.make_directories(folder_ / "tree" / "inner"));
  ASSERT_TRUE(disk_.make_directories(folder_ / "elsewhere"));
  ASSERT_TRUE(disk_.write(folder_ / "tree" / "inner" / "a", "1"));
  ASSERT_TRUE(disk_.write(folder_ / "elsewhere" / "b", "2"));
  std::filesystem::create_directory_symlink(folder_ / "elsewhere", folder_ / "tree" / "link");
  ASSERT_TRUE(remove_tree(disk_, folder_ / "tree"));
  EXPECT_FALSE(disk_.exists(folder_ / "tree"));
  EXPECT_EQ(disk_.read(folder_ / "elsewhere" / "b").value(), "2");
  EXPECT_TRUE(remove_tree(disk_, folder_ / "tree"));
}

}  // namespace
}  // namespace opt_data::store
