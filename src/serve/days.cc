#include "serve/days.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "check/day_notes.h"
#include "check/day_summary.h"
#include "observe/error_file.h"
#include "serve/status.h"
#include "serve/words.h"

namespace opt_data::serve {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int days_max = 1'100;  // Three years.
// An event log of a month may be large; what is older than its last part is not looked for.
constexpr std::streamoff log_part = 32 << 20;

Result<DaySpan> checked(const std::optional<DaySpan>& wanted, year_month_day today) {
  const DaySpan span =
      wanted.value_or(DaySpan{year_month_day{sys_days{today} - std::chrono::days{365}}, today});
  if (sys_days{span.last} < sys_days{span.first})
    return fail(
        ErrorKind::invalid_input, "from {} to {} is no span of days", iso(span.first),
        iso(span.last));
  if (sys_days{span.last} - sys_days{span.first} > std::chrono::days{days_max})
    return fail(
        ErrorKind::invalid_input, "{} to {} is more than {} days; ask for a year at a time",
        iso(span.first), iso(span.last), days_max);
  for (const year_month_day& day : {span.first, span.last})
    if (int(day.year()) < Calendar::year_first || int(day.year()) > Calendar::year_last)
      return fail(
          ErrorKind::invalid_input, "{} is outside of {} to {}, the years that are known", iso(day),
          Calendar::year_first, Calendar::year_last);
  return span;
}

std::set<std::string> days_with_notes(Desk& desk) {
  std::set<std::string> dates;
  const auto files = desk.disk().list(desk.sources().run_logs / "notes");
  if (!files) return dates;
  constexpr std::string_view prefix = "notes_";
  for (const store::Path& file : *files)
    if (const std::string name = file.stem().string(); name.starts_with(prefix))
      if (const auto day = parse_compact_day(name.substr(prefix.size()))) dates.insert(iso(*day));
  return dates;
}

struct Overview {
  std::map<std::string, store::DayRows> rows;
  std::set<std::string> judged, noted;
};

ordered_json closed_day(year_month_day day, const std::string& why) {
  return {{"date", iso(day)},    {"kind", "closed"}, {"why_closed", why},
          {"verdict", nullptr},  {"phase", nullptr}, {"reasons", ordered_json::array()},
          {"coverage", nullptr}, {"rows", 0},        {"notes", 0},
          {"waived", false}};
}

Result<ordered_json> calendar_day(TradeDate date, const Overview& all, Desk& desk) {
  const Sources& sources = desk.sources();
  const std::string text = date.text();
  std::optional<StoredVerdict> verdict;
  if (all.judged.contains(text)) {
    auto stored = desk.verdicts().of(desk.disk(), sources.run_logs, date);
    if (stored) verdict = *std::move(stored);
  }
  std::vector<check::DayNote> notes;
  if (all.noted.contains(text)) {
    auto read = check::read_notes(desk.disk(), sources.run_logs, date);
    if (read) notes = *std::move(read);
  }
  const auto rows = all.rows.find(text);
  const bool data = rows != all.rows.end() || all.judged.contains(text);
  const TradingSession session = sources.calendar.session(date);
  const bool half = session.close - session.open < std::chrono::hours{6};
  return ordered_json{
      {"date", text},
      {"kind", half ? "half_day" : "session"},
      {"why_closed", nullptr},
      {"verdict", verdict ? ordered_json(verdict->status)
                  : data  ? ordered_json("not_judged")
                          : ordered_json()},
      {"phase", verdict ? ordered_json(verdict->phase) : ordered_json()},
      {"reasons", verdict ? ordered_json(verdict->reasons) : ordered_json::array()},
      {"coverage",
       verdict && verdict->coverage ? ordered_json(*verdict->coverage) : ordered_json()},
      {"rows", rows != all.rows.end() ? rows->second.intraday : 0},
      {"notes", notes.size()},
      {"waived", std::ranges::any_of(notes, &check::DayNote::waives)}};
}

// Of strategies and states: how many rows each has.
Result<ordered_json> counted(
    const std::string& sql, const char* name, const store::DatasetReader& reader) {
  OPT_TRY(const store::Table table, reader.database().query(sql));
  ordered_json list = ordered_json::array();
  for (const auto& row : table.rows)
    list.push_back(
        {{name, std::get<std::string>(row[0])}, {"rows", std::get<std::int64_t>(row[1])}});
  return list;
}

// The nearest dates with something on record.
std::pair<ordered_json, ordered_json> neighbours(TradeDate date, Desk& desk) {
  std::set<std::string> dates;
  for (const std::string& each : judged_dates(desk.disk(), desk.sources().run_logs))
    dates.insert(each);
  if (const auto glance = desk.glance())
    if (const auto rows = (*glance)->rows_by_date())
      for (const auto& [each, count] : *rows) dates.insert(each);
  const auto here = dates.lower_bound(date.text());
  const auto after = dates.upper_bound(date.text());
  return {
      here == dates.begin() ? ordered_json() : ordered_json(*std::prev(here)),
      after == dates.end() ? ordered_json() : ordered_json(*after)};
}

ordered_json event_json(const observe::LoggedEvent& from) {
  return {{"at", iso_utc(from.at)},        {"level", observe::to_text(from.event.level)},
          {"code", from.event.code},       {"component", from.event.component},
          {"message", from.event.message}, {"job", from.run.job},
          {"symbol", from.event.symbol},   {"slot", from.event.slot}};
}

std::vector<observe::LoggedEvent> logged(
    TradeDate date, observe::Level least, const std::filesystem::path& file) {
  std::vector<observe::LoggedEvent> found;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return found;
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - log_part));
  const std::string mark = fmt::format("\"trade_date\":\"{}\"", date.text());
  for (std::string line; std::getline(in, line);) {
    if (line.find(mark) == std::string::npos) continue;
    auto event = observe::from_line(line);
    if (event && event->event.level >= least) found.push_back(*std::move(event));
  }
  return found;
}

}  // namespace

Result<ordered_json> days(const std::optional<DaySpan>& wanted, Desk& desk) {
  const Sources& sources = desk.sources();
  const year_month_day today = in_new_york(collectors_now(desk)).day;
  OPT_TRY(const DaySpan span, checked(wanted, today));
  Overview all;
  const auto glance = desk.glance();
  if (glance) {
    OPT_TRY(all.rows, (*glance)->rows_by_date());
  } else if (glance.error().kind != ErrorKind::not_found) {
    return fail(glance.error());
  }
  for (std::string& date : judged_dates(desk.disk(), sources.run_logs))
    all.judged.insert(std::move(date));
  all.noted = days_with_notes(desk);
  ordered_json list = ordered_json::array();
  for (sys_days at = span.first; at <= sys_days{span.last}; at += std::chrono::days{1}) {
    const year_month_day each{at};
    if (const auto why = sources.calendar.closed_on(each)) {
      list.push_back(closed_day(each, *why));
      continue;
    }
    OPT_TRY(const TradeDate date, sources.calendar.trade_date(each));
    OPT_TRY(ordered_json one, calendar_day(date, all, desk));
    list.push_back(std::move(one));
  }
  return ordered_json{
      {"from", iso(span.first)},
      {"to", iso(span.last)},
      {"today", iso(today)},
      {"days", std::move(list)}};
}

Result<ordered_json> day(TradeDate date, Desk& desk) {
  const Sources& sources = desk.sources();
  OPT_TRY(const auto* ledger, desk.ledger());
  OPT_TRY(const auto* reader, desk.reader());
  const SlotGrid grid = sources.grid(date);
  OPT_TRY(
      const check::DaySummary summary,
      check::summarize_day(
          date, grid, sources.run_logs, sources.subscriptions_per_minute, *ledger, *reader,
          desk.disk()));
  ordered_json json = ordered_json::parse(check::to_json(summary));
  json["slot_labels"] = summary.slots;
  ordered_json jobs = ordered_json::array();
  for (const store::JobRecord& job : summary.jobs) jobs.push_back(job_json(job, sources));
  json["jobs"] = std::move(jobs);
  OPT_TRY(
      json["rollup"],
      counted(
          "SELECT rollup_strategy, count(*) FROM daily_clean GROUP BY ALL ORDER BY ALL", "strategy",
          *reader));
  OPT_TRY(
      json["open_interest"],
      counted(
          "SELECT coalesce(oi_state, 'not_asked'), count(*) FROM daily_clean GROUP BY ALL ORDER BY "
          "ALL",
          "state", *reader));
  std::tie(json["previous"], json["next"]) = neighbours(date, desk);
  return json;
}

Result<std::string> day_version(TradeDate date, Desk& desk) {
  const Sources& sources = desk.sources();
  OPT_TRY(const auto* ledger, desk.ledger());
  OPT_TRY(const auto jobs, ledger->jobs(date));
  OPT_TRY(const auto published, ledger->published(date));
  std::string version;
  for (const store::JobRecord& job : jobs)
    version += fmt::format(
        "{} {} {} {};", job.key.text(), static_cast<int>(job.outcome), micros(job.started_at),
        job.ended_at ? micros(*job.ended_at) : 0);
  for (const store::PublishedRecord& each : published)
    version += fmt::format("{} {} {};", each.partition, each.checksum, micros(each.at));
  for (const auto& file :
       {sources.run_logs / "selfcheck" / fmt::format("selfcheck_{}.json", date.compact_text()),
        sources.run_logs / "notes" / fmt::format("notes_{}.json", date.compact_text())}) {
    const auto stamp = desk.disk().stamp(file);
    if (stamp) version += fmt::format("{} {} {};", stamp->inode, stamp->size, stamp->modified_ns);
  }
  return version;
}

Result<ordered_json> events(
    TradeDate date, observe::Level least, std::size_t count_max, Desk& desk) {
  const Sources& sources = desk.sources();
  std::vector<observe::LoggedEvent> found;
  if (least < observe::Level::warning) found = logged(date, least, sources.event_log);
  std::erase_if(found, [](const observe::LoggedEvent& each) {
    return each.event.level >= observe::Level::warning;  // The error file has them all.
  });
  auto worse = observe::read_errors_file(observe::errors_path(sources.run_logs, date.day()));
  if (!worse && worse.error().kind != ErrorKind::not_found) return fail(worse.error());
  if (worse)
    std::ranges::copy_if(*worse, std::back_inserter(found), [least](const auto& each) {
      return each.event.level >= least;
    });
  std::ranges::stable_sort(found, {}, &observe::LoggedEvent::at);
  const std::size_t total = found.size();
  if (total > count_max)
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(count_max));
  ordered_json list = ordered_json::array();
  for (const observe::LoggedEvent& each : found) list.push_back(event_json(each));
  return ordered_json{{"date", date.text()}, {"events", std::move(list)}, {"total", total}};
}

Result<ordered_json> runs(std::optional<Instant> before, int count_max, Desk& desk) {
  ordered_json list = ordered_json::array();
  const auto glance = desk.glance();
  if (!glance && glance.error().kind != ErrorKind::not_found) return fail(glance.error());
  if (glance) {
    OPT_TRY(const auto jobs, (*glance)->jobs_before(before, count_max));
    for (const store::JobRecord& job : jobs) list.push_back(job_json(job, desk.sources()));
  }
  return ordered_json{{"runs", std::move(list)}};
}

}  // namespace opt_data::serve
