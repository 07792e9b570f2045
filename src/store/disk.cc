#include "store/disk.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <system_error>

namespace opt_data::store {
namespace {

// A descriptor that is closed when it is forgotten; close() is for those who must know whether
// closing worked.
class File {
 public:
  File(const Path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  bool close() {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    return ::close(descriptor) == 0;
  }

 private:
  int descriptor_;
};

ErrorKind kind_of_read(int error) {
  return error == ENOENT || error == ENOTDIR ? ErrorKind::not_found : ErrorKind::storage;
}

Path directory_of(const Path& file) {
  const Path parent = file.parent_path();
  return parent.empty() ? Path(".") : parent;
}

Result<void> sync_path(const Path& path, int flags) {
  File file(path, flags);
  if (!file.is_open() || ::fsync(file.descriptor()) != 0)
    return fail(
        ErrorKind::storage, "cannot sync {}: {}; it may not survive a power cut", path.string(),
        reason_of(errno));
  return {};
}

}  // namespace

Result<void> RealDisk::make_directories(const Path& directory) {
  if (directory.empty() || exists(directory)) return {};
  OPT_TRY_VOID(make_directories(directory.parent_path()));
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
    return fail(
        ErrorKind::storage, "cannot create the directory {}: {}; nothing was written",
        directory.string(), reason_of(errno));
  // A directory that nobody synced takes its files with it when the power goes.
  return sync_directory(directory_of(directory));
}

Result<std::string> RealDisk::read(const Path& file) {
  const File source(file, O_RDONLY);
  if (!source.is_open())
    return fail(kind_of_read(errno), "cannot read {}: {}", file.string(), reason_of(errno));
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(source.descriptor(), buffer, sizeof buffer);
    if (got == 0) return bytes;
    if (got > 0) {
      bytes.append(buffer, static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      return fail(ErrorKind::storage, "cannot read {}: {}", file.string(), reason_of(errno));
    }
  }
}

Result<void> RealDisk::write(const Path& file, std::string_view bytes) {
  const auto failed = [&] {
    return fail(
        ErrorKind::storage, "cannot write {}: {}; what is in it now is not whole", file.string(),
        reason_of(errno));
  };
  File target(file, O_WRONLY | O_CREAT | O_TRUNC);
  if (!target.is_open()) return failed();
  while (!bytes.empty()) {
    const ssize_t put = ::write(target.descriptor(), bytes.data(), bytes.size());
    if (put > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(put));
    } else if (put < 0 && errno != EINTR) {
      return failed();
    }
  }
  if (!target.close()) return failed();
  return {};
}

Result<void> RealDisk::sync(const Path& file) { return sync_path(file, O_RDONLY); }

Result<void> RealDisk::sync_directory(const Path& directory) {
  return sync_path(directory, O_RDONLY | O_DIRECTORY);
}

Result<void> RealDisk::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return fail(
        ErrorKind::storage, "cannot rename {} to {}: {}; what stood there still stands",
        from.string(), to.string(), reason_of(errno));
  return {};
}

Result<void> RealDisk::remove(const Path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
    return fail(
        ErrorKind::storage, "cannot remove {}: {}; it is still there", file.string(),
        reason_of(errno));
  return {};
}

Result<void> RealDisk::exchange(const Path& one, const Path& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return {};
  // EINVAL: the file system does not know the flag. EXDEV: the two are not on the same one.
  const bool never = errno == EINVAL || errno == EXDEV || errno == ENOSYS;
  return fail(
      never ? ErrorKind::refused : ErrorKind::storage,
      "cannot exchange {} and {} at once: {}; both are as they were", one.string(), other.string(),
      reason_of(errno));
}

Result<void> RealDisk::remove_directory(const Path& empty) {
  if (::rmdir(empty.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
    return fail(
        ErrorKind::storage, "cannot remove the directory {}: {}; it is still there", empty.string(),
        reason_of(errno));
  return {};
}

bool RealDisk::exists(const Path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0;
}

std::optional<FileStamp> RealDisk::stamp(const Path& file) {
  // The clock before the file: what changes it afterwards is stamped with this time or a later one.
  timespec tick{};
  struct stat status {};
  if (::clock_gettime(CLOCK_REALTIME_COARSE, &tick) != 0 || ::stat(file.c_str(), &status) != 0)
    return std::nullopt;
  const auto ns = [](const timespec& time) { return time.tv_sec * 1'000'000'000L + time.tv_nsec; };
  return FileStamp{
      status.st_dev, status.st_ino, status.st_size, ns(status.st_mtim),
      ns(status.st_mtim) < ns(tick)};
}

Result<std::vector<Path>> RealDisk::list(const Path& directory) {
  std::error_code error;
  std::vector<Path> found;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    found.push_back(entry->path());
  if (error)
    return fail(
        kind_of_read(error.value()), "cannot list {}: {}", directory.string(), error.message());
  std::ranges::sort(found);
  return found;
}

Result<std::uintmax_t> RealDisk::free_bytes(const Path& directory) {
  std::error_code error;
  const auto space = std::filesystem::space(directory, error);
  if (error)
    return fail(
        kind_of_read(error.value()), "cannot tell how much room {} has: {}", directory.string(),
        error.message());
  return space.available;
}

Result<void> write_atomically(Disk& disk, const Path& file, std::string_view bytes) {
  const Path staged = file.parent_path() / ("." + file.filename().string() + ".staged");
  const auto publish = [&]() -> Result<void> {
    OPT_TRY_VOID(disk.write(staged, bytes));
    OPT_TRY_VOID(disk.sync(staged));
    return disk.rename(staged, file);
  };
  if (auto done = publish(); !done) {
    static_cast<void>(disk.remove(staged));  // The next write starts by truncating it anyway.
    return fail_within(
        std::move(done).error(), "cannot replace {}, which stays as it was", file.string());
  }
  return disk.sync_directory(directory_of(file));
}

Result<void> remove_tree(Disk& disk, const Path& directory) {
  if (!disk.exists(directory)) return {};
  OPT_TRY(const std::vector<Path> entries, disk.list(directory));
  for (const Path& entry : entries) {
    std::error_code error;
    if (std::filesystem::is_directory(std::filesystem::symlink_status(entry, error))) {
      OPT_TRY_VOID(remove_tree(disk, entry));
    } else {
      OPT_TRY_VOID(disk.remove(entry));
    }
  }
  return disk.remove_directory(directory);
}

}  // namespace opt_data::store
