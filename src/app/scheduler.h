// Runs what the agenda says, when it is due, for as long as it is told to.
//
// All it knows is in the ledger: a scheduler that is killed at any instant and started again does
// what is due, and nothing twice. A job that could not be begun in time is recorded as missed, with
// an event. Two schedulers never run on one state directory, the ledger's lock keeps the second
// out.
//
// Errors: what the disk or the ledger refuses ends it; a failed job does not.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/day_jobs.h"
#include "app/preflight.h"
#include "schedule/decision.h"

namespace opt_data::app {

enum class Until : std::uint8_t {
  day_over,     // Its own date is done, next morning's jobs included.
  nothing_due,  // What is left is due on another day.
  stopped       // For ever.
};

struct SchedulerOptions {
  TradeDate date;  // The first one that is planned, whatever the ledger knows.
  Until until = Until::day_over;
  std::optional<TradeDate> last;  // Of several days: until this one is over.
};

struct ScheduleOutcome {
  int run = 0, failed = 0, missed = 0;
  std::map<TradeDate, check::SelfcheckReport> verdicts;  // The latest of each date.
  bool good() const;  // Nothing failed, nothing was missed, and every verdict is a PASS.
};

// Hears what comes of everything: metrics and alerts live on it.
class JobWatcher {
 public:
  virtual ~JobWatcher() = default;
  virtual void begun() = 0;  // The lock is held, and nothing was done yet.
  virtual void job_ended(const store::JobRecord& record) = 0;
  virtual void checked(const std::vector<PreflightCheck>& checks) = 0;
  virtual void judged(const check::SelfcheckReport& report) = 0;
};

class Scheduler {
 public:
  // `wiring` outlives it. `progress` gets one line per job, and what it says.
  Scheduler(
      SchedulerOptions options, Wiring& wiring, std::function<void(const std::string&)> progress);
  ~Scheduler();

  void watched_by(JobWatcher& watcher) { watcher_ = &watcher; }  // `watcher` outlives it.
  asio::awaitable<Result<ScheduleOutcome>> run();

 private:
  Result<std::vector<TradeDate>> dates() const;
  Result<std::vector<schedule::Pending>> pending();
  std::chrono::seconds estimate(const schedule::Job& job) const;
  bool leaves(const schedule::Decision& decision) const;
  asio::awaitable<Result<void>> perform(schedule::Job job);
  asio::awaitable<Result<void>> dispatch(schedule::Job job, DayJobs& day);
  Result<void> miss(const schedule::Job& job);
  Result<void> tell_end(const store::JobKey& key) const;
  Result<void> say_missed_days();
  Result<void> judge_again();
  Result<bool> is_void(const schedule::Job& job) const;
  asio::awaitable<Result<void>> sleep_until(Instant when);
  Result<DayJobs*> day(const TradeDate& date);

  SchedulerOptions options_;
  Wiring& wiring_;
  std::function<void(const std::string&)> progress_;
  collect::Workshop* shop_ = nullptr;
  std::map<TradeDate, std::unique_ptr<DayJobs>> days_;
  ScheduleOutcome outcome_;
  JobWatcher* watcher_ = nullptr;
};

schedule::Times times_of(const Settings& settings);

}  // namespace opt_data::app
