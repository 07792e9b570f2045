#include "check/day_notes.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace opt_data::check {
namespace {

std::filesystem::path file_of(const std::filesystem::path& run_logs, TradeDate date) {
  return run_logs / "notes" / fmt::format("notes_{}.json", date.compact_text());
}

}  // namespace

std::string DayNote::text() const { return (waives ? "waived: " : "note: ") + reason; }

Result<std::vector<DayNote>> read_notes(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date) {
  const auto file = file_of(run_logs, date);
  if (!disk.exists(file)) return std::vector<DayNote>{};
  OPT_TRY(const std::string text, disk.read(file));
  try {
    std::vector<DayNote> notes;
    const auto parsed = nlohmann::json::parse(text);
    for (const auto& each : parsed.at("notes"))
      notes.push_back({each.at("kind") == "waive", each.at("reason"), each.at("at")});
    return notes;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorKind::corrupt, "{} holds no notes of a day: {}", file.string(), error.what());
  }
}

Result<void> add_note(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date, DayNote note) {
  note.reason = trim(note.reason);
  if (note.reason.empty())
    return fail(ErrorKind::invalid_input, "--reason is empty; say why, for whoever reads it later");
  OPT_TRY(std::vector<DayNote> notes, read_notes(disk, run_logs, date));
  if (std::ranges::any_of(notes, [&](const DayNote& one) {
        return one.waives == note.waives && one.reason == note.reason;
      }))
    return {};
  notes.push_back(std::move(note));
  nlohmann::ordered_json entries = nlohmann::ordered_json::array();
  for (const DayNote& one : notes)
    entries.push_back(
        {{"kind", one.waives ? "waive" : "note"}, {"reason", one.reason}, {"at", one.at}});
  const nlohmann::ordered_json json = {
      {"schema_version", 1}, {"trade_date", date.text()}, {"notes", std::move(entries)}};
  const auto file = file_of(run_logs, date);
  OPT_TRY_VOID(disk.make_directories(file.parent_path()));
  return store::write_atomically(disk, file, json.dump(2) + "\n");
}

}  // namespace opt_data::check
