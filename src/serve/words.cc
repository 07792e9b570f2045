#include "serve/words.h"

namespace opt_data::serve {

using nlohmann::json;
using nlohmann::ordered_json;

std::string job_name(const store::JobKey& key, const Sources& sources) {
  schedule::Job job{key};
  if (key.kind == store::JobKind::snapshot || key.kind == store::JobKind::fill) {
    const SlotGrid grid = sources.grid(key.date);
    const auto at = static_cast<std::size_t>(key.slot);
    if (key.slot >= 0 && at < grid.size())
      return fmt::format("{} {}", store::to_text(key.kind), grid.slots()[at].label());
  }
  if (job.is_slot()) return key.text();
  return schedule::name_of(job);
}

ordered_json job_json(const store::JobRecord& record, const Sources& sources) {
  json counts = json::parse(record.counts, nullptr, false);
  if (!counts.is_object()) counts = json::object();
  const auto rows = counts.find("rows");
  return {
      {"job", record.key.text()},
      {"kind", store::to_text(record.key.kind)},
      {"date", record.key.date.text()},
      {"name", job_name(record.key, sources)},
      {"outcome", store::to_text(record.outcome)},
      {"started_at", iso_utc(record.started_at)},
      {"ended_at", record.ended_at ? ordered_json(iso_utc(*record.ended_at)) : ordered_json()},
      {"starts", record.starts},
      {"rows", rows != counts.end() && rows->is_number() ? ordered_json(*rows) : ordered_json()},
      {"counts", std::move(counts)}};
}

}  // namespace opt_data::serve
