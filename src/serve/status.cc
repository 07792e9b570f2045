#include "serve/status.h"

#include <algorithm>

#include "observe/error_file.h"
#include "observe/heartbeat.h"
#include "schedule/decision.h"
#include "serve/words.h"

namespace opt_data::serve {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using store::JobKind;
using store::JobOutcome;

constexpr std::size_t alerts_max = 20;

std::optional<observe::Heartbeat> heartbeat_of(Desk& desk) {
  const auto text = desk.disk().read(desk.sources().heartbeat());
  if (!text) return std::nullopt;
  auto heartbeat = observe::parse_heartbeat(*text);
  if (!heartbeat) return std::nullopt;
  return *std::move(heartbeat);
}

Instant machine_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

bool is_silent(const observe::Heartbeat& heartbeat) {
  return machine_now() - heartbeat.machine > observe::Heartbeat::silent_after;
}

// Every kind of trouble of the day, with how often and when last.
ordered_json alerts_of(Desk& desk, TradeDate date) {
  struct Alert {
    Instant at;
    std::string code, message;
    int count = 0;
  };
  std::vector<Alert> alerts;
  const auto events =
      observe::read_errors_file(observe::errors_path(desk.sources().run_logs, date.day()));
  if (events)
    for (const observe::LoggedEvent& each : *events) {
      if (each.event.level < observe::Level::error) continue;
      auto known = std::ranges::find(alerts, each.event.code, &Alert::code);
      if (known == alerts.end())
        known = alerts.insert(alerts.end(), Alert{each.at, each.event.code, "", 0});
      known->at = each.at;
      known->message = each.event.message;
      ++known->count;
    }
  std::ranges::stable_sort(alerts, std::ranges::greater{}, &Alert::at);
  if (alerts.size() > alerts_max) alerts.resize(alerts_max);
  ordered_json list = ordered_json::array();
  for (const Alert& each : alerts)
    list.push_back(
        {{"at", iso_utc(each.at)},
         {"code", each.code},
         {"message", each.message},
         {"count", each.count}});
  return list;
}

struct DayOnRecord {
  std::vector<store::JobRecord> jobs;
  std::map<int, store::SlotProgress> progress;
  std::map<int, std::int64_t> rows;
  const store::JobRecord* job(JobKind kind, int slot) const {
    for (const store::JobRecord& each : jobs)
      if (each.key.kind == kind && each.key.slot == slot) return &each;
    return nullptr;
  }
};

Result<DayOnRecord> on_record(Desk& desk, TradeDate date) {
  DayOnRecord day;
  const auto glance = desk.glance();
  if (!glance && glance.error().kind == ErrorKind::not_found) return day;
  if (!glance) return fail(glance.error());
  OPT_TRY(const auto* ledger, desk.ledger());
  OPT_TRY(day.jobs, ledger->jobs(date));
  OPT_TRY(day.progress, (*glance)->progress(date));
  OPT_TRY(day.rows, (*glance)->slot_rows(date));
  return day;
}

ordered_json slot_json(const Slot& slot, const DayOnRecord& day, Instant now, bool alive) {
  const store::JobRecord* job = day.job(JobKind::snapshot, slot.index);
  const auto progress = day.progress.find(slot.index);
  const auto rows = day.rows.find(slot.index);
  const bool running = job != nullptr && job->outcome == JobOutcome::running;
  std::string state = now < slot.at ? "waiting" : "none";
  // Nobody works on it any more: what was answered stands, the rest was not asked.
  if (job != nullptr)
    state = running && !alive ? "part" : std::string(store::to_text(job->outcome));
  const std::int64_t published = rows == day.rows.end() ? 0 : rows->second;
  const bool planned = progress != day.progress.end();
  ordered_json usable;
  if (job != nullptr && !running) {
    const json counts = json::parse(job->counts, nullptr, false);
    if (counts.is_object() && counts.contains("usable")) usable = counts["usable"];
  }
  return {
      {"slot", slot.index},
      {"label", slot.label()},
      {"at", iso_utc(slot.at)},
      {"state", state},
      {"expected", planned ? progress->second.expected : published},
      {"answered", running && planned ? progress->second.answered : published},
      {"usable", std::move(usable)},
      {"rows", published}};
}

ordered_json verdict_json(const std::optional<StoredVerdict>& verdict) {
  if (!verdict) return nullptr;
  return {
      {"date", verdict->date},
      {"phase", verdict->phase},
      {"status", verdict->status},
      {"reasons", verdict->reasons}};
}

// A report that cannot be read is no verdict; the day's own page says so.
std::optional<StoredVerdict> verdict_of(Desk& desk, TradeDate date) {
  auto verdict = desk.verdicts().of(desk.disk(), desk.sources().run_logs, date);
  return verdict ? *std::move(verdict) : std::nullopt;
}

std::optional<StoredVerdict> latest_verdict(Desk& desk) {
  const auto dates = judged_dates(desk.disk(), desk.sources().run_logs);
  if (dates.empty()) return std::nullopt;
  const auto date = desk.sources().calendar.trade_date(*parse_day(dates.back()));
  return date ? verdict_of(desk, *date) : std::nullopt;
}

ordered_json running_job(const DayOnRecord& day, const Sources& sources, bool alive) {
  if (!alive) return nullptr;
  for (const store::JobRecord& each : day.jobs)
    if (each.outcome == JobOutcome::running)
      return {
          {"job", each.key.text()},
          {"name", job_name(each.key, sources)},
          {"started_at", iso_utc(each.started_at)}};
  return nullptr;
}

Result<ordered_json> next_job(
    const DayOnRecord& day, TradeDate date, const Sources& sources, Instant now) {
  std::vector<schedule::Pending> pending;
  TradeDate each = date;
  for (int days = 0; days < 2; ++days) {
    OPT_TRY(
        const auto jobs,
        schedule::agenda(each, sources.grid(each), sources.calendar, sources.times));
    for (const schedule::Job& job : jobs) {
      const store::JobRecord* record = each == date ? day.job(job.key.kind, job.key.slot) : nullptr;
      pending.push_back({job, record ? std::optional(*record) : std::nullopt});
    }
    OPT_TRY(each, sources.calendar.next(each));
  }
  const schedule::Job* next = nullptr;
  for (const schedule::Pending& one : pending)
    if (one.job.due > now && !schedule::over(one, now) &&
        (next == nullptr || one.job.due < next->due))
      next = &one.job;
  if (next == nullptr) return ordered_json();
  return ordered_json{
      {"job", next->key.text()}, {"name", schedule::name_of(*next)}, {"due", iso_utc(next->due)}};
}

ordered_json collector_json(const std::optional<observe::Heartbeat>& heartbeat) {
  ordered_json gateways = ordered_json::array();
  const bool silent = heartbeat && is_silent(*heartbeat);
  if (heartbeat && !silent)
    gateways = ordered_json::parse(observe::to_json(*heartbeat)).at("gateways");
  const auto or_null = [&](auto value) {
    return heartbeat ? ordered_json(value(*heartbeat)) : ordered_json();
  };
  using observe::Heartbeat;
  return {
      {"state", !heartbeat ? "stopped"
                : silent   ? "silent"
                           : "running"},
      {"pid", or_null([](const Heartbeat& from) { return from.pid; })},
      {"host", or_null([](const Heartbeat& from) { return from.host; })},
      {"since", or_null([](const Heartbeat& from) { return iso_utc(from.since); })},
      {"heard_at", or_null([](const Heartbeat& from) { return iso_utc(from.at); })},
      {"gateways", std::move(gateways)}};
}

}  // namespace

Instant collectors_now(Desk& desk) {
  const auto heartbeat = heartbeat_of(desk);
  if (heartbeat && !is_silent(*heartbeat))
    return heartbeat->at + (machine_now() - heartbeat->machine);
  return desk.sources().now();
}

Result<TradeDate> session_of_interest(Desk& desk, Instant now) {
  const Sources& sources = desk.sources();
  const auto heartbeat = heartbeat_of(desk);
  const bool alive = heartbeat && !is_silent(*heartbeat);
  if (sources.source() != DataSource::ibkr && !alive) {
    const auto glance = desk.glance();
    if (glance) {
      OPT_TRY(const auto jobs, (*glance)->jobs_before(std::nullopt, 200));
      std::optional<TradeDate> last;
      for (const store::JobRecord& job : jobs)
        if (!last || *last < job.key.date) last = job.key.date;
      if (last) return *last;
    }
  }
  const NewYorkTime here = in_new_york(now);
  const auto today = sources.calendar.trade_date(here.day);
  // The jobs of a day begin before its session does.
  if (today && now >= new_york(here.day, sources.times.discovery)) return *today;
  OPT_TRY(const TradeDate next, sources.calendar.on_or_after(here.day));
  return sources.calendar.previous(next);
}

Result<ordered_json> status(Desk& desk) {
  const Sources& sources = desk.sources();
  const auto heartbeat = heartbeat_of(desk);
  const bool alive = heartbeat && !is_silent(*heartbeat);
  const Instant now = collectors_now(desk);
  OPT_TRY(const TradeDate date, session_of_interest(desk, now));
  OPT_TRY(const DayOnRecord day, on_record(desk, date));
  const TradingSession session = sources.calendar.session(date);
  const SlotGrid grid = sources.grid(date);
  ordered_json slots = ordered_json::array();
  for (const Slot& slot : grid.slots()) slots.push_back(slot_json(slot, day, now, alive));
  const bool is_today = in_new_york(now).day == date.day();
  OPT_TRY(const TradeDate next_session, sources.calendar.next(date));
  ordered_json collector = collector_json(heartbeat);
  collector["job"] = running_job(day, sources, alive);
  OPT_TRY(collector["next"], next_job(day, date, sources, now));
  collector["alerts"] = alerts_of(desk, date);
  return ordered_json{
      {"version", sources.version},
      {"now", iso_utc(now)},
      {"now_new_york", new_york_text(now).substr(0, 19)},
      {"source", to_text(sources.source())},
      {"session",
       {{"date", date.text()},
        {"is_today", is_today},
        {"phase", !is_today             ? "past"
                  : now < session.open  ? "before"
                  : now < session.close ? "open"
                                        : "after"},
        {"open", iso_utc(session.open)},
        {"close", iso_utc(session.close)},
        {"half_day", session.close - session.open < std::chrono::hours{6}},
        {"verdict", verdict_json(verdict_of(desk, date))},
        {"slots", std::move(slots)},
        {"next_session", next_session.text()}}},
      {"latest_verdict", verdict_json(latest_verdict(desk))},
      {"collector", std::move(collector)}};
}

}  // namespace opt_data::serve
