#include "observe/error_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace opt_data::observe {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// Somebody died, or the disk was full, in the middle of the last line.
bool ends_in_a_line(int file) {
  struct stat status {};
  char last = '\n';
  if (::fstat(file, &status) != 0 || status.st_size == 0) return true;
  return ::pread(file, &last, 1, status.st_size - 1) != 1 || last == '\n';
}

// Opened for each line: events are rare here, and a file that was moved away, a new trade date and
// a disk that has room again all come right by themselves. 0, or what the system said.
int append(const std::filesystem::path& path, std::string lines) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return error.value();
  const Descriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (file.number() < 0) return errno;
  if (!ends_in_a_line(file.number())) lines.insert(lines.begin(), '\n');
  const ssize_t written = ::write(file.number(), lines.data(), lines.size());
  if (written < 0) return errno;
  return static_cast<std::size_t>(written) == lines.size() ? 0 : ENOSPC;
}

}  // namespace

std::filesystem::path errors_path(
    const std::filesystem::path& run_logs, std::chrono::year_month_day trade_date) {
  return run_logs / "errors" / fmt::format("errors_{}.log", compact(trade_date));
}

ErrorFile::ErrorFile(
    std::filesystem::path run_logs, const Run& run, std::function<Instant()> now,
    std::ostream& complaints)
    : run_logs_(std::move(run_logs)), run_(run), now_(std::move(now)), complaints_(complaints) {}

void ErrorFile::on(const Event& event) {
  if (event.level < Level::warning) return;
  const std::lock_guard lock(mutex_);
  try {
    keep(event);
  } catch (const std::exception&) {
    // Out of memory: there is nothing to say it with, but it is counted.
    ++lost_, ++lost_untold_;
  }
}

std::size_t ErrorFile::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void ErrorFile::keep(const Event& event) {
  const Instant now = now_();
  const RunContext run = run_.get();
  const auto date = parse_day(run.trade_date);
  const auto path = errors_path(run_logs_, date ? *date : in_new_york(now).day);

  std::string lines;
  if (lost_untold_ > 0) {
    Event gap{Level::error, "errors_lost", "observe", "", "", "", {}, {}, path.string()};
    gap.message = fmt::format("{} events before this one could not be written", lost_untold_);
    lines = to_line(run_.redacted(gap), run, now) + "\n";
  }
  lines += to_line(run_.redacted(event), run, now) + "\n";

  const int trouble = append(path, std::move(lines));
  if (trouble == 0) {
    lost_untold_ = 0;
    return;
  }
  ++lost_, ++lost_untold_;
  if (std::exchange(complained_, true)) return;
  complaints_ << fmt::format(
      "opt-data: cannot write {}: {}; what goes wrong from here on is missing there\n",
      path.string(), reason_of(trouble));
  complaints_.flush();
}

Result<std::vector<LoggedEvent>> read_errors_file(const std::filesystem::path& file) {
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  if (error) return fail(ErrorKind::storage, "cannot read {}: {}", file.string(), error.message());
  if (!exists) return fail(ErrorKind::not_found, "{} does not exist", file.string());
  std::ifstream in(file, std::ios::binary);
  std::vector<LoggedEvent> events;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (trim(line).empty()) continue;  // Two processes have ended the same broken line.
    auto read = from_line(line);
    LoggedEvent logged;
    if (read) {
      logged = *std::move(read);
    } else {
      logged.broken = true;
      logged.event = {Level::error, "broken_log_line", "observe", "", "", "", {},
                      {},           file.string()};
      logged.event.message = fmt::format(
          "line {} of {} cannot be read: {}", number, file.string(), read.error().message);
    }
    logged.line = number;
    events.push_back(std::move(logged));
  }
  if (!in.eof())
    return fail(ErrorKind::storage, "cannot read {}: {}", file.string(), reason_of(errno));
  return events;
}

}  // namespace opt_data::observe
