// What was found in Parquet files, for as long as they are the files that were read.
//
// A published file is looked at many times a day: by the slot after it, by a job that runs again,
// by every stage that opens views. While device, inode, size and time of modification are what they
// were, its footer and its cells are too, and need not be read again. For this folder only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "store/disk.h"
#include "store/schema.h"

namespace opt_data::store {

struct RowsContent {
  std::int64_t rows = 0;
  std::string checksum;
  friend bool operator==(const RowsContent&, const RowsContent&) = default;
};

struct FileContent : RowsContent {
  std::map<int, RowsContent> slots = {};  // Of an intraday file: what it has of each.
};

// Of both together: a checksum is a sum over rows, wherever they lie.
RowsContent together(const RowsContent& one, const RowsContent& other);

struct KnownFile {
  FileStamp stamp;                     // Taken before it was read.
  const Column* schema = nullptr;      // The first of the columns that its footer has.
  std::optional<FileContent> content;  // Empty: only the footer was read.
  int version = 0;                     // Its schema_version.
};

class KnownFiles {
 public:
  // What is known of `file`, if it still is what was read, with that schema; else empty.
  const KnownFile* find(
      const Path& file, const std::optional<FileStamp>& now, const Column* schema) const;
  // Keeps nothing of a file so fresh that its next change might not show.
  void keep(const Path& file, KnownFile known);
  void forget(const Path& file) { files_.erase(file); }
  // What was `from` lies at `to`, unless `now`, the stamp of `to`, says otherwise.
  void renamed(const Path& from, const Path& to, const std::optional<FileStamp>& now);

 private:
  std::map<Path, KnownFile> files_;
};

}  // namespace opt_data::store
