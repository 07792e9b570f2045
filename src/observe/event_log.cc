#include "observe/event_log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>
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

// What spdlog's own sinks have apart: by size and by day, on the clock that was handed in.
class RotatingSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  RotatingSink(RotatingFile file, std::function<Instant()> now)
      : file_(std::move(file)), now_(std::move(now)) {}
  ~RotatingSink() override {
    if (!lines_.empty()) (void)file_.append(lines_, now_());
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    lines_.append(message.payload.data(), message.payload.size());
    lines_ += '\n';
    if (lines_.size() > batch_max) flush_();
  }
  void flush_() override {
    if (lines_.empty()) return;
    const std::string lines = std::exchange(lines_, {});
    const auto written = file_.append(lines, now_());
    if (!written) throw std::runtime_error(written.error().message);
  }

 private:
  static constexpr std::size_t batch_max = 16 * 1024;
  RotatingFile file_;
  const std::function<Instant()> now_;
  std::string lines_;  // Not written yet.
};

}  // namespace

// An object of its own, in no registry of spdlog's: several sessions of one process may each log.
struct EventLog::Logger {
  const Run& run;
  std::function<Instant()> now;
  Level level_min;
  spdlog::logger lines;
  std::atomic<bool> complained = false;

  Logger(
      const EventLogOptions& options, RotatingFile file, const Run& the_run,
      std::function<Instant()> the_now, std::ostream& complaints)
      : run(the_run),
        now(the_now),
        level_min(options.level_min),
        lines("events", std::make_shared<RotatingSink>(std::move(file), std::move(the_now))) {
    lines.set_level(spdlog::level::debug);
    lines.flush_on(spdlog::level::info);
    lines.set_error_handler([this, &complaints, file = options.file](const std::string& why) {
      if (complained.exchange(true)) return;
      complaints << fmt::format("opt-data: {}; {} has no further events\n", why, file.string());
      complaints.flush();
    });
  }
};

EventLog::EventLog(std::unique_ptr<Logger> logger) : logger_(std::move(logger)) {}
EventLog::~EventLog() = default;

Result<std::unique_ptr<EventLog>> EventLog::open(
    const EventLogOptions& options, const Run& run, std::function<Instant()> now,
    std::ostream& complaints) {
  OPT_TRY(RotatingFile file, RotatingFile::open(options.file, options.rotation));
  try {
    auto logger =
        std::make_unique<Logger>(options, std::move(file), run, std::move(now), complaints);
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
