#include "observe/event_log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <exception>
#include <utility>

#include "observe/event_line.h"

namespace opt_data::observe {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  constexpr std::array levels = {
      spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err,
      spdlog::level::critical};
  return levels[static_cast<std::size_t>(level)];
}

}  // namespace

// An object of its own, in no registry of spdlog's: several sessions of one process may each log.
struct EventLog::Logger {
  const Run& run;
  std::function<Instant()> now;
  Level level_min;
  spdlog::logger lines;
  std::atomic<bool> complained = false;

  Logger(
      const EventLogOptions& options, const Run& the_run, std::function<Instant()> the_now,
      std::ostream& complaints)
      : run(the_run),
        now(std::move(the_now)),
        level_min(options.level_min),
        lines(
            "events", std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file.string())) {
    lines.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    lines.set_level(spdlog::level::debug);
    lines.flush_on(spdlog::level::info);
    lines.set_error_handler([this, &complaints, file = options.file](const std::string& why) {
      if (complained.exchange(true)) return;
      complaints << fmt::format("opt-data: cannot write the log {}: {}\n", file.string(), why);
      complaints.flush();
    });
  }
};

EventLog::EventLog(std::unique_ptr<Logger> logger) : logger_(std::move(logger)) {}
EventLog::~EventLog() = default;

Result<std::unique_ptr<EventLog>> EventLog::open(
    const EventLogOptions& options, const Run& run, std::function<Instant()> now,
    std::ostream& complaints) {
  try {
    auto logger = std::make_unique<Logger>(options, run, std::move(now), complaints);
    return std::unique_ptr<EventLog>(new EventLog(std::move(logger)));
  } catch (const std::exception& error) {
    return fail(
        ErrorKind::storage, "cannot open the log {}: {}", options.file.string(), error.what());
  }
}

void EventLog::on(const Event& event) {
  if (event.level < logger_->level_min) return;
  try {
    const Run& run = logger_->run;
    const std::string line = to_line(run.redacted(event), run.get(), logger_->now());
    logger_->lines.log(spdlog_level(event.level), spdlog::string_view_t(line));
  } catch (const std::exception&) {
    // Out of memory: there is nothing to say it with, and the caller has work to do.
  }
}

}  // namespace opt_data::observe
