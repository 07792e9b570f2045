// What went wrong on a trade date: <run_logs>/errors/errors_YYYYMMDD.log, a line of JSON for every
// event of level warning and above, whichever job and process it came from.
//
// The file is named by the trade date of the run, not by the day it is written (New York's day
// while the run has no date), and exists from its first event on. A line is appended in one write,
// so processes may share the file. A file that cannot be written costs no caller anything: standard
// error hears of it once, and the first line after it says how many are missing.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"
#include "calendar/instant.h"
#include "observe/event_line.h"
#include "observe/run.h"

namespace opt_data::observe {

std::filesystem::path errors_path(
    const std::filesystem::path& run_logs, std::chrono::year_month_day trade_date);

class ErrorFile : public EventSink {
 public:
  // `run` and `complaints` outlive the sink.
  ErrorFile(
      std::filesystem::path run_logs, const Run& run, std::function<Instant()> now,
      std::ostream& complaints);

  void on(const Event& event) override;
  std::size_t lost() const;  // Events that were not written. A day with some is not a clean day.

 private:
  void keep(const Event& event);

  const std::filesystem::path run_logs_;
  const Run& run_;
  const std::function<Instant()> now_;
  std::ostream& complaints_;

  mutable std::mutex mutex_;
  std::size_t lost_ = 0;
  std::size_t lost_untold_ = 0;  // Since the file could be written last.
  bool complained_ = false;
};

// Every line of such a file. One that cannot be read comes back as an error with the code
// "broken_log_line", so that whoever counts errors counts it.
// Errors: not_found where there is no file (nothing went wrong, or nothing ran); storage.
Result<std::vector<LoggedEvent>> read_errors_file(const std::filesystem::path& file);

}  // namespace opt_data::observe
