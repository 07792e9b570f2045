// The log of a program: every event as a line of JSON, appended to one file that is put aside by
// size and day (observe/rotating_file.h).
//
// A line is in the system's hands when on() returns, except those of level debug, which are written
// in batches. When the file cannot be written any more, standard error hears of it once.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>

#include "base/result.h"
#include "calendar/instant.h"
#include "observe/rotating_file.h"
#include "observe/run.h"

namespace opt_data::observe {

struct EventLogOptions {
  std::filesystem::path file;  // Its folder is made.
  Level level_min = Level::info;
  RotationOptions rotation = {};
};

class EventLog : public EventSink {
 public:
  // `run` and `complaints` outlive the log. Errors: storage, with the path and the reason.
  static Result<std::unique_ptr<EventLog>> open(
      const EventLogOptions& options, const Run& run, std::function<Instant()> now,
      std::ostream& complaints);
  ~EventLog() override;

  void on(const Event& event) override;

 private:
  struct Logger;
  explicit EventLog(std::unique_ptr<Logger> logger);
  std::unique_ptr<Logger> logger_;
};

}  // namespace opt_data::observe
