#include "store/known_files.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace opt_data::store {

namespace {

std::uint64_t half(const std::string& checksum, std::size_t from) {
  const std::string_view digits = std::string_view(checksum).substr(from, 16);
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

}  // namespace

RowsContent together(const RowsContent& one, const RowsContent& other) {
  if (one.checksum.empty()) return other;
  if (other.checksum.empty()) return one;
  return {
      one.rows + other.rows, fmt::format(
                                 "{:016x}{:016x}", half(one.checksum, 0) + half(other.checksum, 0),
                                 half(one.checksum, 16) + half(other.checksum, 16))};
}

const KnownFile* KnownFiles::find(
    const Path& file, const std::optional<FileStamp>& now, const Column* schema) const {
  const auto found = files_.find(file);
  if (!now || found == files_.end()) return nullptr;
  const KnownFile& known = found->second;
  return known.schema == schema && known.stamp.is_of_same(*now) ? &known : nullptr;
}

void KnownFiles::keep(const Path& file, KnownFile known) {
  if (known.stamp.settled) {
    files_.insert_or_assign(file, std::move(known));
  } else {
    files_.erase(file);
  }
}

void KnownFiles::renamed(const Path& from, const Path& to, const std::optional<FileStamp>& now) {
  auto moved = files_.extract(from);
  files_.erase(to);
  if (moved.empty() || !now || !moved.mapped().stamp.is_of_same(*now)) return;
  moved.key() = to;
  files_.insert(std::move(moved));
}

}  // namespace opt_data::store
