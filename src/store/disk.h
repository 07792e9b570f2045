// Every file operation that publishes goes through here: the seam where faults and crash points
// live. DuckDB writes only the staged file.
//
// Errors: storage, with the path, the system's reason and what still holds; not_found for reading
// what is not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace opt_data::store {

using Path = std::filesystem::path;

// Tells one version of a file from another without reading it.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  // Modified so long ago that a change from now on would show. File systems keep the time of their
  // last tick, some milliseconds wide.
  bool settled = false;

  bool is_of_same(const FileStamp& other) const {
    return device == other.device && inode == other.inode && size == other.size &&
           modified_ns == other.modified_ns;
  }
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<void> make_directories(const Path& directory) = 0;
  virtual Result<std::string> read(const Path& file) = 0;
  virtual Result<void> write(const Path& file, std::string_view bytes) = 0;  // Not durable yet.
  virtual Result<void> sync(const Path& file) = 0;
  virtual Result<void> sync_directory(const Path& directory) = 0;
  virtual Result<void> rename(const Path& from, const Path& to) = 0;  // Replaces `to` at once.
  // Two directories change places at once: whoever looks sees one of them under each name. Errors
  // besides: refused, where the file system cannot do that or the two are on different ones.
  virtual Result<void> exchange(const Path& one, const Path& other) = 0;
  virtual Result<void> remove(const Path& file) = 0;             // Removing nothing is done.
  virtual Result<void> remove_directory(const Path& empty) = 0;  // The same.
  virtual bool exists(const Path& file) = 0;
  virtual std::optional<FileStamp> stamp(const Path& file) = 0;       // Empty: nothing is there.
  virtual Result<std::vector<Path>> list(const Path& directory) = 0;  // Sorted; whole paths.
  virtual Result<std::uintmax_t> free_bytes(const Path& directory) = 0;
};

class RealDisk : public Disk {
 public:
  Result<void> make_directories(const Path& directory) override;
  Result<std::string> read(const Path& file) override;
  Result<void> write(const Path& file, std::string_view bytes) override;
  Result<void> sync(const Path& file) override;
  Result<void> sync_directory(const Path& directory) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> exchange(const Path& one, const Path& other) override;
  Result<void> remove(const Path& file) override;
  Result<void> remove_directory(const Path& empty) override;
  bool exists(const Path& file) override;
  std::optional<FileStamp> stamp(const Path& file) override;
  Result<std::vector<Path>> list(const Path& directory) override;
  Result<std::uintmax_t> free_bytes(const Path& directory) override;
};

// Writes a small file so that a reader sees the old bytes or the new ones: stage beside it, sync,
// rename, sync the directory.
Result<void> write_atomically(Disk& disk, const Path& file, std::string_view bytes);

// Removes a directory with what is in it; nothing there is done.
Result<void> remove_tree(Disk& disk, const Path& directory);

}  // namespace opt_data::store
