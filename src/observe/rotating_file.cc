#include "observe/rotating_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.h"
#include "observe/event_line.h"

namespace opt_data::observe {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> failure(const fs::path& file, const char* what) {
  return fail(ErrorKind::storage, "cannot {} {}: {}", what, file.string(), reason_of(errno));
}

// The New York day on which the file was begun, as its first line tells.
std::optional<std::chrono::year_month_day> first_day(int descriptor) {
  std::array<char, 8192> bytes{};
  const ssize_t size = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  if (size <= 0) return std::nullopt;
  std::string_view text(bytes.data(), static_cast<std::size_t>(size));
  text = text.substr(0, text.find('\n'));
  const auto line = from_line(text);
  // Somebody else's line, or a torn one: what is there is put aside with the first that is ours.
  return line ? in_new_york(line->at).day : std::chrono::year_month_day{};
}

// "opt-data." and ".jsonl", between which the day and the number stand.
std::pair<std::string, std::string> name_parts(const fs::path& file) {
  return {file.stem().string() + ".", file.extension().string()};
}

// Those put aside, oldest first: their names sort by day and number.
std::vector<fs::path> aside(const fs::path& file) {
  const auto [head, tail] = name_parts(file);
  constexpr std::size_t middle = 12;  // 20251006-001
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(file.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() < head.size() + middle + tail.size() || !name.starts_with(head) ||
        !name.ends_with(tail))
      continue;
    const std::string_view stamp =
        std::string_view(name).substr(head.size(), name.size() - head.size() - tail.size());
    if (stamp.find_first_not_of("0123456789-") == stamp.npos && stamp[8] == '-')
      found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

Result<RotatingFile> RotatingFile::open(fs::path file, RotationOptions options) {
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  RotatingFile opened(std::move(file), options);
  OPT_TRY_VOID(opened.reopen());
  return opened;
}

RotatingFile::RotatingFile(RotatingFile&& other) noexcept
    : file_(std::move(other.file_)),
      options_(other.options_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      ordinary_(other.ordinary_),
      day_(other.day_) {}

RotatingFile::~RotatingFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> RotatingFile::reopen() {
  const int descriptor = ::open(file_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return failure(file_, "open the log");
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = descriptor;
  struct stat status {};
  ordinary_ = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  day_ = ordinary_ ? first_day(descriptor_) : std::nullopt;
  return {};
}

// Another process may have put the file aside since, or somebody removed it.
bool RotatingFile::is_current() const {
  struct stat ours {
  }, there{};
  return ::fstat(descriptor_, &ours) == 0 && ::stat(file_.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

bool RotatingFile::is_full(std::size_t more, std::chrono::year_month_day day) const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || status.st_size == 0) return false;
  return (day_ && *day_ != day) ||
         status.st_size + static_cast<std::int64_t>(more) > options_.bytes_max;
}

Result<void> RotatingFile::put_aside(std::chrono::year_month_day day) {
  const auto [head, tail] = name_parts(file_);
  const std::string date = compact(day_ && day_->ok() ? *day_ : day);
  int number = 0;
  for (const fs::path& each : aside(file_)) {
    const std::string name = each.filename().string();
    if (name.compare(head.size(), date.size(), date) != 0) continue;
    number = std::max(number, std::atoi(name.c_str() + head.size() + date.size() + 1));
  }
  const fs::path to =
      file_.parent_path() / fmt::format("{}{}-{:03}{}", head, date, number + 1, tail);
  if (::rename(file_.c_str(), to.c_str()) != 0) return failure(file_, "put aside the log");
  forget_oldest();
  return {};
}

void RotatingFile::forget_oldest() const {
  const std::vector<fs::path> all = aside(file_);
  const auto keep = static_cast<std::size_t>(std::max(options_.files_max, 0));
  for (std::size_t i = 0; i + keep < all.size(); ++i) {
    std::error_code ignored;
    fs::remove(all[i], ignored);
  }
}

Result<void> RotatingFile::append(std::string_view lines, Instant now) {
  const auto day = in_new_york(now).day;
  while (ordinary_) {
    if (!is_current()) {
      OPT_TRY_VOID(reopen());
      continue;
    }
    if (!is_full(lines.size(), day)) break;
    // Of several who saw the full file, the first one who gets the lock puts it aside.
    if (::flock(descriptor_, LOCK_EX) != 0) return failure(file_, "lock the log");
    if (is_current()) OPT_TRY_VOID(put_aside(day));
    OPT_TRY_VOID(reopen());  // Which closes the old one, and its lock with it.
  }
  while (!lines.empty()) {
    const ssize_t size = ::write(descriptor_, lines.data(), lines.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return failure(file_, "write the log");
    lines.remove_prefix(static_cast<std::size_t>(size));
  }
  if (!day_) day_ = day;
  return {};
}

}  // namespace opt_data::observe
