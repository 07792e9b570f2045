// A disk that fails when it is told to: for tests of what a fault or a crash leaves behind.
//
//   FaultyDisk disk(real);
//   disk.fail_at(3);                       // The fourth operation fails, those after it work.
//   disk.fail_at(3, FaultyDisk::stopped);  // Nothing works from the fourth on, as if power went.
//
// Operations are counted from 0 in the order in which they are called; exists() is not one.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "store/disk.h"

namespace opt_data::store {

class FaultyDisk : public Disk {
 public:
  enum Fault { once, stopped };

  explicit FaultyDisk(Disk& disk) : disk_(disk) {}

  void fail_at(int operation, Fault fault = once) {
    count_ = 0;
    fails_at_ = operation;
    fault_ = fault;
  }
  void heal() { fail_at(std::numeric_limits<int>::max()); }
  int operations() const { return count_; }  // Since the last fail_at() or heal().

  Result<void> make_directories(const Path& directory) override {
    OPT_TRY_VOID(step("create", directory));
    return disk_.make_directories(directory);
  }
  Result<std::string> read(const Path& file) override {
    OPT_TRY_VOID(step("read", file));
    return disk_.read(file);
  }
  Result<void> write(const Path& file, std::string_view bytes) override {
    OPT_TRY_VOID(step("write", file));
    return disk_.write(file, bytes);
  }
  Result<void> sync(const Path& file) override {
    OPT_TRY_VOID(step("sync", file));
    return disk_.sync(file);
  }
  Result<void> sync_directory(const Path& directory) override {
    OPT_TRY_VOID(step("sync", directory));
    return disk_.sync_directory(directory);
  }
  Result<void> rename(const Path& from, const Path& to) override {
    OPT_TRY_VOID(step("rename", from));
    return disk_.rename(from, to);
  }
  Result<void> exchange(const Path& one, const Path& other) override {
    OPT_TRY_VOID(step("exchange", one));
    return disk_.exchange(one, other);
  }
  Result<void> remove(const Path& file) override {
    OPT_TRY_VOID(step("remove", file));
    return disk_.remove(file);
  }
  Result<void> remove_directory(const Path& empty) override {
    OPT_TRY_VOID(step("remove", empty));
    return disk_.remove_directory(empty);
  }
  bool exists(const Path& file) override { return disk_.exists(file); }
  std::optional<FileStamp> stamp(const Path& file) override { return disk_.stamp(file); }
  Result<std::vector<Path>> list(const Path& directory) override {
    OPT_TRY_VOID(step("list", directory));
    return disk_.list(directory);
  }
  Result<std::uintmax_t> free_bytes(const Path& directory) override {
    OPT_TRY_VOID(step("measure", directory));
    return disk_.free_bytes(directory);
  }

 private:
  Result<void> step(std::string_view what, const Path& path) {
    const int operation = count_++;
    if (fault_ == once ? operation != fails_at_ : operation < fails_at_) return {};
    return fail(ErrorKind::storage, "cannot {} {}: injected fault", what, path.string());
  }

  Disk& disk_;
  int count_ = 0;
  int fails_at_ = std::numeric_limits<int>::max();
  Fault fault_ = once;
};

}  // namespace opt_data::store
