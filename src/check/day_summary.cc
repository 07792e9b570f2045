#include "check/day_summary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "gaps.embedded.h"

namespace opt_data::check {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

template <typename T>
T of(const json& object, const char* name, T otherwise) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return otherwise;
  return found->get<T>();
}

std::optional<double> number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

GateResult gate_of(const json& from) {
  GateResult gate;
  gate.name = of<std::string>(from, "name", "");
  const std::string verdict = of<std::string>(from, "verdict", "");
  gate.verdict = verdict == "pass"   ? Verdict::pass
                 : verdict == "fail" ? Verdict::fail
                                     : Verdict::not_measured;
  gate.value = number_of(from, "value");
  gate.threshold = of(from, "threshold", 0.0);
  gate.comparator = of<std::string>(from, "comparator", "");
  const json details = of(from, "details", json::object());
  gate.measured = {of(details, "met", 0.0), of(details, "of", 0.0)};
  gate.symbol = of<std::string>(details, "symbol", "");
  gate.causes = of(details, "causes", std::vector<std::string>{});
  return gate;
}

SlotCell cell_of(const json& from) {
  SlotCell cell;
  cell.symbol = of<std::string>(from, "symbol", "");
  cell.slot = of(from, "slot", 0);
  cell.label = of<std::string>(from, "label", "");
  cell.expected = of<std::int64_t>(from, "expected", 0);
  cell.rows = of<std::int64_t>(from, "rows", 0);
  cell.usable = of<std::int64_t>(from, "usable", 0);
  cell.two_sided = of<std::int64_t>(from, "two_sided", 0);
  cell.delayed = of<std::int64_t>(from, "delayed", 0);
  cell.stale = of<std::int64_t>(from, "stale", 0);
  cell.filled = of<std::int64_t>(from, "filled", 0);
  cell.cause = of<std::string>(from, "cause", "");
  return cell;
}

void take_verdict(const json& report, DaySummary& day) {
  day.judged = true;
  day.phase = of<std::string>(report, "phase", "");
  day.status = of<std::string>(report, "status", "");
  day.reasons = of(report, "reasons", std::vector<std::string>{});
  const json qa = of<json::object_t>(report, "qa", {});
  const json logs = of<json::object_t>(report, "logs", {});
  for (const json& gate : of(qa, "metrics", json::array())) day.gates.push_back(gate_of(gate));
  for (const json& cell : of(qa, "slots", json::array())) day.cells.push_back(cell_of(cell));
  day.intraday_rows = of<std::int64_t>(qa, "intraday_rows", 0);
  day.daily_rows = of<std::int64_t>(qa, "daily_rows", 0);
  day.filled_rows = of<std::int64_t>(qa, "filled_rows", 0);
  day.quote_lag_p50_s = number_of(qa, "quote_lag_p50_s");
  day.quote_lag_p95_s = number_of(qa, "quote_lag_p95_s");
  day.errors = of<std::int64_t>(logs, "errors", 0);
  day.warnings = of<std::int64_t>(logs, "warnings", 0);
  day.events = of(logs, "by_code", std::map<std::string, std::int64_t>{});
  day.first_errors = of(logs, "first_errors", std::vector<std::string>{});
}

// A report may be of another version, or somebody's edit: whatever it is, it must not end us.
Result<void> read_verdict(const std::string& text, const std::string& file, DaySummary& day) {
  try {
    const json report = json::parse(text);
    if (!report.is_object()) throw json::other_error::create(501, "not an object", nullptr);
    take_verdict(report, day);
    return {};
  } catch (const json::exception&) {
    return fail(
        ErrorKind::corrupt, "{} is not a selfcheck's report; repeat opt-data selfcheck --date {}",
        file, day.trade_date);
  }
}

Result<void> read_gaps(TradeDate date, const store::DatasetReader& reader, DaySummary& day) {
  OPT_TRY_VOID(reader.open_views(date));
  OPT_TRY(const store::Table gaps, reader.database().query(embedded::gaps));
  for (const auto& row : gaps.rows) {
    SlotGap gap;
    gap.symbol = std::get<std::string>(row[0]);
    gap.slot = static_cast<int>(std::get<std::int64_t>(row[1]));
    const auto at = static_cast<std::size_t>(gap.slot);
    gap.label = at < day.slots.size() ? day.slots[at] : std::to_string(gap.slot);
    gap.cause = std::get<std::string>(row[2]);
    gap.missing = std::get<std::int64_t>(row[3]);
    if (const auto* list = std::get_if<store::TextList>(&row[4])) gap.contracts = *list;
    day.gaps.push_back(std::move(gap));
  }
  OPT_TRY(
      const store::Table busiest,
      reader.database().query(
          "SELECT max(answers) FROM (SELECT count(*) AS answers FROM intraday WHERE received_ts IS "
          "NOT NULL GROUP BY time_bucket(INTERVAL 1 MINUTE, received_ts))"));
  if (const auto* most = std::get_if<std::int64_t>(&busiest.rows.at(0).at(0)))
    day.busiest_minute = *most;
  return {};
}

ordered_json optional_json(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

}  // namespace

std::int64_t DaySummary::pacing_events() const {
  std::int64_t count = 0;
  for (const auto& [code, times] : events)
    if (code.ends_with(":pacing_violation")) count += times;
  return count;
}

std::vector<std::string> DaySummary::symbols() const {
  std::vector<std::string> names;
  for (const SlotCell& each : cells)
    if (names.empty() || names.back() != each.symbol) names.push_back(each.symbol);
  return names;
}

const SlotCell* DaySummary::cell(const std::string& symbol, std::size_t slot) const {
  const auto found = std::ranges::find_if(cells, [&](const SlotCell& each) {
    return each.symbol == symbol && each.slot == static_cast<int>(slot);
  });
  return found == cells.end() ? nullptr : &*found;
}

Result<DaySummary> summarize_day(
    TradeDate date, const SlotGrid& grid, const std::filesystem::path& run_logs,
    int subscriptions_per_minute, const store::Ledger& ledger, const store::DatasetReader& reader,
    store::Disk& disk) {
  DaySummary day;
  day.trade_date = date.text();
  day.answers_limit = subscriptions_per_minute;
  for (const Slot& slot : grid.slots()) day.slots.push_back(slot.label());
  OPT_TRY(day.jobs, ledger.jobs(date));
  OPT_TRY(day.published, ledger.published(date));
  std::ranges::stable_sort(day.jobs, {}, &store::JobRecord::started_at);
  std::ranges::stable_sort(day.published, {}, &store::PublishedRecord::at);
  const auto file = run_logs / "selfcheck" / fmt::format("selfcheck_{}.json", date.compact_text());
  const auto text = disk.read(file);
  if (!text && text.error().kind != ErrorKind::not_found) return fail(text.error());
  if (!text && day.jobs.empty())
    return fail(
        ErrorKind::not_found,
        "no job of {} is on record: nothing ran, so there is nothing to report", date.text());
  if (text) OPT_TRY_VOID(read_verdict(*text, file.string(), day));
  OPT_TRY(day.notes, read_notes(disk, run_logs, date));
  OPT_TRY_VOID(read_gaps(date, reader, day));
  return day;
}

std::string to_json(const DaySummary& day) {
  ordered_json gates = ordered_json::array(), cells = gates, gaps = gates, jobs = gates,
               published = gates;
  for (const GateResult& gate : day.gates)
    gates.push_back(
        {{"name", gate.name},
         {"value", optional_json(gate.value)},
         {"threshold", gate.threshold},
         {"comparator", gate.comparator},
         {"verdict", to_text(gate.verdict)},
         {"met", gate.measured.met},
         {"of", gate.measured.of},
         {"symbol", gate.symbol},
         {"causes", gate.causes}});
  for (const SlotCell& cell : day.cells)
    cells.push_back(
        {{"symbol", cell.symbol},
         {"slot", cell.slot},
         {"label", cell.label},
         {"expected", cell.expected},
         {"usable", cell.usable},
         {"cause", cell.cause}});
  for (const SlotGap& gap : day.gaps)
    gaps.push_back(
        {{"symbol", gap.symbol},
         {"slot", gap.slot},
         {"label", gap.label},
         {"cause", gap.cause},
         {"missing", gap.missing},
         {"contracts", gap.contracts}});
  for (const store::JobRecord& job : day.jobs)
    jobs.push_back(
        {{"job", job.key.text()},
         {"outcome", store::to_text(job.outcome)},
         {"started_at", iso_utc(job.started_at)},
         {"ended_at", job.ended_at ? ordered_json(iso_utc(*job.ended_at)) : ordered_json()},
         {"starts", job.starts}});
  for (const store::PublishedRecord& file : day.published)
    published.push_back(
        {{"partition", file.partition}, {"rows", file.rows}, {"at", iso_utc(file.at)}});
  ordered_json notes = ordered_json::array();
  for (const DayNote& note : day.notes)
    notes.push_back(
        {{"kind", note.waives ? "waive" : "note"}, {"reason", note.reason}, {"at", note.at}});
  const ordered_json json = {
      {"schema_version", 1},
      {"trade_date", day.trade_date},
      {"status", day.judged ? ordered_json(day.status) : ordered_json()},
      {"phase", day.judged ? ordered_json(day.phase) : ordered_json()},
      {"reasons", day.reasons},
      {"notes", std::move(notes)},
      {"metrics", gates},
      {"intraday_rows", day.intraday_rows},
      {"daily_rows", day.daily_rows},
      {"filled_rows", day.filled_rows},
      {"quote_lag_p50_s", optional_json(day.quote_lag_p50_s)},
      {"quote_lag_p95_s", optional_json(day.quote_lag_p95_s)},
      {"slots", cells},
      {"missing", gaps},
      {"errors", day.errors},
      {"warnings", day.warnings},
      {"by_code", day.events},
      {"first_errors", day.first_errors},
      {"pacing",
       {{"events", day.pacing_events()},
        {"busiest_minute_answers", day.busiest_minute},
        {"subscriptions_per_minute", day.answers_limit}}},
      {"jobs", jobs},
      {"published", published}};
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace opt_data::check
