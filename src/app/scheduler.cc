#include "app/scheduler.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/preflight.h"
#include "app/stages.h"
#include "app/upkeep.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

using namespace std::chrono_literals;
using schedule::Decision;
using schedule::Job;
using store::JobKey;
using store::JobKind;
using store::JobOutcome;

constexpr int sessions_back = 10;  // What is older is not taken up again.
constexpr auto woke_late = 90s;    // More than any job's wait is off by.

// Which check of the day a selfcheck job makes.
check::Phase phase_of(const JobKey& key) {
  if (key.slot == schedule::intraday) return check::Phase::intraday;
  return key.slot == schedule::eod ? check::Phase::eod : check::Phase::final;
}

// A day on which no scheduler ran, and that was said already.
bool missed_whole(const store::JobRecord& job) {
  return job.key.kind == JobKind::selfcheck && job.key.slot == schedule::once &&
         job.outcome == JobOutcome::missed;
}

}  // namespace

bool ScheduleOutcome::good() const {
  return failed == 0 && missed == 0 &&
         std::ranges::all_of(verdicts, [](const auto& verdict) { return verdict.second.passed(); });
}

schedule::Times times_of(const Settings& settings) {
  schedule::Times times;
  times.discovery = settings.discovery_start;
  times.rollup = settings.rollup_at;
  times.enrichment = settings.enrichment_at;
  times.start_grace = settings.window.start_grace;
  times.window = settings.window.window;
  times.fill = settings.fill_missed;
  times.upkeep = settings.upkeep_at;
  times.compaction = settings.compaction;
  times.retention = std::ranges::any_of(settings.keep_days, [](int days) { return days > 0; });
  times.backup = !settings.backup_folder.empty();
  return times;
}

Scheduler::Scheduler(
    SchedulerOptions options, Wiring& wiring, std::function<void(const std::string&)> progress)
    : options_(std::move(options)), wiring_(wiring), progress_(std::move(progress)) {}

Scheduler::~Scheduler() = default;

// The sessions that may have something left: of the latest ones those that were to be scheduled or
// that the ledger knows, and the next one.
Result<std::vector<TradeDate>> Scheduler::dates() const {
  const Calendar& calendar = wiring_.calendar();
  const TradeDate end = std::max(options_.last.value_or(options_.date), options_.date);
  OPT_TRY(TradeDate date, calendar.on_or_after(in_new_york(shop_->clock.now()).day));
  std::vector<TradeDate> out;
  if (date < options_.date) out.push_back(options_.date);
  for (int i = 0; i < sessions_back; ++i) {
    bool wanted = date >= options_.date && (options_.until != Until::day_over || date <= end);
    if (date < options_.date) {
      OPT_TRY(const auto jobs, shop_->ledger.jobs(date));
      wanted = !jobs.empty() && std::ranges::none_of(jobs, missed_whole);
    }
    if (wanted) out.push_back(date);
    OPT_TRY(date, calendar.previous(date));
  }
  std::ranges::sort(out);
  return out;
}

Result<std::vector<schedule::Pending>> Scheduler::pending() {
  OPT_TRY(const std::vector<TradeDate> considered, dates());
  std::vector<schedule::Pending> out;
  for (const TradeDate& date : considered) {
    OPT_TRY(
        const auto jobs,
        schedule::agenda(
            date, wiring_.grid(date), wiring_.calendar(), times_of(wiring_.settings())));
    OPT_TRY(const auto records, shop_->ledger.jobs(date));
    std::map<JobKey, store::JobRecord> by_key;
    for (const store::JobRecord& record : records) by_key.emplace(record.key, record);
    for (const Job& job : jobs) {
      const auto found = by_key.find(job.key);
      out.push_back({job, found == by_key.end() ? std::nullopt : std::optional(found->second)});
    }
  }
  return out;
}

// As long as the longest of its kind lately, with some room.
std::chrono::seconds Scheduler::estimate(const Job& job) const {
  if (job.key.kind != JobKind::enrichment && job.key.kind != JobKind::discovery) return 2min;
  std::chrono::seconds longest = 5min;
  TradeDate date = job.key.date;
  for (int i = 0; i < sessions_back; ++i) {
    const auto before = wiring_.calendar().previous(date);
    if (!before) break;
    date = *before;
    const auto record = shop_->ledger.job(JobKey{job.key.kind, date, job.key.slot});
    if (!record || !*record || !(*record)->ended_at) continue;
    longest = std::max(
        longest, std::chrono::duration_cast<std::chrono::seconds>(
                     *(*record)->ended_at - (*record)->started_at) *
                     5 / 4);
  }
  return longest;
}

Result<DayJobs*> Scheduler::day(const TradeDate& date) {
  auto& place = days_[date];
  if (!place) {
    // What an earlier date found out is in the ledger.
    if (days_.size() > 3) days_.erase(days_.begin());
    auto& made = days_[date];
    OPT_TRY(std::vector<Underlying> symbols, wiring_.universe());
    made = std::make_unique<DayJobs>(date, std::move(symbols), wiring_, *shop_, progress_);
    return made.get();
  }
  return place.get();
}

// A day without a row has nothing to roll up or to enrich, and why that is so was said.
Result<bool> Scheduler::is_void(const Job& job) const {
  if (job.key.kind != JobKind::rollup && job.key.kind != JobKind::enrichment) return false;
  OPT_TRY(const auto published, shop_->ledger.published(job.key.date));
  return published.empty();
}

asio::awaitable<Result<void>> Scheduler::dispatch(Job job, DayJobs& day) {
  const JobKey& key = job.key;
  OPT_CO_TRY(const bool nothing, is_void(job));
  if (nothing) {
    progress_(
        fmt::format("{} of {}: nothing was collected", schedule::name_of(job), key.date.text()));
    co_return note_job(key, JobOutcome::missed, "{}", wiring_);
  }
  switch (key.kind) {
    case JobKind::preflight: {
      OPT_CO_TRY(const auto checks, co_await run_preflight(key.date, wiring_));
      for (const PreflightCheck& one : checks)
        if (one.fitness != Fitness::fine)
          progress_(
              fmt::format("preflight    {} {}: {}", one.name, to_text(one.fitness), one.found));
      if (watcher_ != nullptr) watcher_->checked(checks);
      co_return Result<void>();
    }
    case JobKind::discovery:
      co_return co_await day.discovery();
    case JobKind::snapshot:
      co_return co_await day.slot(day.grid().slots()[static_cast<std::size_t>(key.slot)]);
    case JobKind::fill:
      co_return co_await day.fill();
    case JobKind::rollup:
      if (key.slot == schedule::once) co_return co_await day.rollup();
      co_return day.rollup_again();
    case JobKind::enrichment:
      co_return co_await day.enrichment();
    case JobKind::selfcheck: {
      OPT_CO_TRY(
          check::SelfcheckReport report, run_selfcheck(key.date, phase_of(key), true, wiring_));
      progress_(fmt::format(
          "{} {}: {}", schedule::name_of(job), key.date.text(),
          report.passed() ? "PASS" : "FAIL (" + join(report.reasons(), ", ") + ")"));
      if (watcher_ != nullptr) watcher_->judged(report);
      outcome_.verdicts.insert_or_assign(key.date, std::move(report));
      if (key.slot == schedule::intraday) co_return Result<void>();
      OPT_CO_TRY(const std::string said, watch_stage(key.date, wiring_));
      if (!said.empty()) progress_(said);
      co_return Result<void>();
    }
    case JobKind::logscan: {
      OPT_CO_TRY(const check::LogSummary log, run_logscan(key.date, true, wiring_));
      progress_(fmt::format("logscan      {} errors, {} warnings", log.errors, log.warnings));
      co_return note_job(key, JobOutcome::done, "{}", wiring_);
    }
    case JobKind::compaction:
    case JobKind::retention:
    case JobKind::backup:
      co_return run_upkeep_job(key, progress_, wiring_);
    case JobKind::qa:
      break;
  }
  co_return Result<void>();
}

// A failed job is on record and costs what it was for; the disk's failures end the scheduler.
asio::awaitable<Result<void>> Scheduler::perform(Job job) {
  OPT_CO_TRY_VOID(wiring_.use_day(job.key.date));
  OPT_CO_TRY(DayJobs * jobs, day(job.key.date));
  ++outcome_.run;
  const Result<void> done = co_await dispatch(job, *jobs);
  wiring_.close_session();
  OPT_CO_TRY(auto record, shop_->ledger.job(job.key));
  if (!done) {
    if (!can_be_mended(done.error())) co_return fail(done.error());
    ++outcome_.failed;
    emit_failure("job_failed", "schedule", done.error(), *shop_);
  } else if (record && record->outcome == JobOutcome::failed) {
    ++outcome_.failed;
  }
  // Whatever happened, the ledger says so: a job without an entry would be begun again at once.
  if (!record || !record->ended_at)
    OPT_CO_TRY_VOID(note_job(job.key, done ? JobOutcome::done : JobOutcome::failed, "{}", wiring_));
  co_return tell_end(job.key);
}

Result<void> Scheduler::tell_end(const JobKey& key) const {
  if (watcher_ == nullptr) return {};
  OPT_TRY(const auto record, shop_->ledger.job(key));
  if (record) watcher_->job_ended(*record);
  return {};
}

Result<void> Scheduler::miss(const Job& job) {
  ++outcome_.missed;
  const Instant now = shop_->clock.now();
  enter_job(job.key, wiring_.new_ingest_id(), wiring_);
  const auto late = std::chrono::duration_cast<std::chrono::minutes>(now - job.due);
  observe::Event event;
  event.level = observe::Level::error;
  event.code = "job_missed";
  event.component = "schedule";
  event.message = fmt::format(
      "{} of {} was due at {} and could be begun until {}; now it is {} minutes late",
      schedule::name_of(job), job.key.date.text(), new_york_text(job.due),
      new_york_text(job.latest), late.count());
  if (job.is_slot()) event.slot = new_york_clock(job.due);
  shop_->events.on(event);
  progress_(fmt::format("{} of {} missed", schedule::name_of(job), job.key.date.text()));
  const nlohmann::ordered_json counts = {{"late_minutes", late.count()}};
  OPT_TRY_VOID(note_job(job.key, JobOutcome::missed, counts.dump(), wiring_));
  return tell_end(job.key);
}

// Sessions of which nothing was begun between the last one on record and this start.
Result<void> Scheduler::say_missed_days() {
  const Calendar& calendar = wiring_.calendar();
  std::vector<TradeDate> none;
  TradeDate date = options_.date;
  bool known = false;
  for (int i = 0; i < sessions_back && !known; ++i) {
    OPT_TRY(date, calendar.previous(date));
    OPT_TRY(const auto jobs, shop_->ledger.jobs(date));
    known = !jobs.empty();
    if (!known) none.push_back(date);
  }
  if (!known) return {};  // The first day ever, or after a long pause.
  std::ranges::reverse(none);
  for (const TradeDate& missed : none) {
    const JobKey key{JobKind::selfcheck, missed, schedule::once};
    enter_job(key, wiring_.new_ingest_id(), wiring_);
    observe::Event event;
    event.level = observe::Level::error;
    event.code = "day_missed";
    event.component = "schedule";
    event.message = fmt::format(
        "nothing of {} was collected: no scheduler ran that day; what was quoted then cannot be "
        "asked any more",
        missed.text());
    shop_->events.on(event);
    progress_(fmt::format("{} missed", missed.text()));
    ++outcome_.missed;
    OPT_TRY_VOID(note_job(key, JobOutcome::missed, "{}", wiring_));
  }
  return {};
}

// A machine that was suspended, or whose clock was set, wakes later than it wanted to.
asio::awaitable<Result<void>> Scheduler::sleep_until(Instant when) {
  OPT_CO_TRY_VOID(co_await shop_->clock.wait_until(when));
  const auto late = std::chrono::duration_cast<std::chrono::seconds>(shop_->clock.now() - when);
  if (late < woke_late) co_return Result<void>();
  observe::Event event;
  event.level = observe::Level::warning;
  event.code = "woke_late";
  event.component = "schedule";
  event.message = fmt::format(
      "the next job was due at {}, and this machine woke up {} minutes later: it was suspended, or "
      "its clock was set; switch off sleep while the market is open",
      new_york_text(when), late.count() / 60);
  shop_->events.on(event);
  co_return Result<void>();
}

bool Scheduler::leaves(const Decision& decision) const {
  if (decision.what == Decision::What::idle) return true;
  if (options_.until != Until::nothing_due || decision.what != Decision::What::wait) return false;
  return in_new_york(decision.until).day != in_new_york(shop_->clock.now()).day;
}

asio::awaitable<Result<ScheduleOutcome>> Scheduler::run() {
  OPT_CO_TRY(shop_, wiring_.workshop());
  OPT_CO_TRY(const std::string missed, watch_what_was_missed(options_.date, wiring_));
  if (!missed.empty()) progress_(missed);
  OPT_CO_TRY_VOID(wiring_.use_day(options_.date));
  OPT_CO_TRY_VOID(wiring_.universe());
  if (watcher_ != nullptr) watcher_->begun();
  OPT_CO_TRY_VOID(say_missed_days());
  for (;;) {
    OPT_CO_TRY(const auto jobs, pending());
    const Decision next = schedule::decide(
        shop_->clock.now(), jobs, [this](const Job& job) { return estimate(job); });
    if (leaves(next)) break;
    if (next.what == Decision::What::run) {
      OPT_CO_TRY_VOID(co_await perform(*next.job));
    } else if (next.what == Decision::What::miss) {
      OPT_CO_TRY_VOID(miss(*next.job));
    } else {
      OPT_CO_TRY_VOID(co_await sleep_until(next.until));
    }
  }
  OPT_CO_TRY_VOID(judge_again());
  co_return outcome_;
}

// The verdict of a day that was over before this start is as good as a new one.
Result<void> Scheduler::judge_again() {
  const TradeDate end = std::max(options_.last.value_or(options_.date), options_.date);
  for (TradeDate date = options_.date; date <= end;) {
    OPT_TRY(const auto judged, shop_->ledger.job(JobKey{JobKind::selfcheck, date, schedule::once}));
    if (judged && judged->ended_at && !outcome_.verdicts.contains(date)) {
      OPT_TRY(
          check::SelfcheckReport report, run_selfcheck(date, check::Phase::final, false, wiring_));
      outcome_.verdicts.emplace(date, std::move(report));
    }
    OPT_TRY(date, shop_->calendar.next(date));
  }
  return {};
}

}  // namespace opt_data::app
