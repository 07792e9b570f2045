#include "serve/verdicts.h"

#include <nlohmann/json.hpp>

#include "calendar/instant.h"

namespace opt_data::serve {
namespace {

using nlohmann::json;

constexpr std::string_view prefix = "selfcheck_";

StoredVerdict verdict_of(const json& report) {
  StoredVerdict verdict;
  verdict.date = report.at("trade_date").get<std::string>();
  verdict.phase = report.at("phase").get<std::string>();
  verdict.status = report.at("status").get<std::string>();
  verdict.reasons = report.at("reasons").get<std::vector<std::string>>();
  const json& qa = report.at("qa");
  verdict.intraday_rows = qa.at("intraday_rows").get<std::int64_t>();
  for (const json& gate : qa.at("metrics"))
    if (gate.at("name") == "slot_coverage_min" && gate.at("value").is_number())
      verdict.coverage = gate.at("value").get<double>();
  return verdict;
}

}  // namespace

Result<std::optional<StoredVerdict>> Verdicts::of(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date) {
  const store::Path file =
      run_logs / "selfcheck" / fmt::format("{}{}.json", prefix, date.compact_text());
  const auto stamp = disk.stamp(file);
  if (!stamp) return std::nullopt;
  const auto known = known_.find(file);
  if (known != known_.end() && known->second.stamp.settled &&
      known->second.stamp.is_of_same(*stamp))
    return known->second.verdict;
  OPT_TRY(const std::string text, disk.read(file));
  try {
    StoredVerdict verdict = verdict_of(json::parse(text));
    known_.insert_or_assign(file, Known{*stamp, verdict});
    return verdict;
  } catch (const json::exception&) {
    return fail(
        ErrorKind::corrupt, "{} is not a selfcheck's report; repeat opt-data selfcheck --date {}",
        file.string(), date.text());
  }
}

std::vector<std::string> judged_dates(store::Disk& disk, const std::filesystem::path& run_logs) {
  std::vector<std::string> dates;
  const auto files = disk.list(run_logs / "selfcheck");
  if (!files) return dates;
  for (const store::Path& file : *files) {
    const std::string name = file.stem().string();
    if (!name.starts_with(prefix) || file.extension() != ".json") continue;
    if (const auto day = parse_compact_day(name.substr(prefix.size()))) dates.push_back(iso(*day));
  }
  return dates;
}

}  // namespace opt_data::serve
