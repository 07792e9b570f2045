#include "store/known_files.h"

#include <utility>

namespace opt_data::store {

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
