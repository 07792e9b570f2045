#include "app/worlds.h"

#include <toml++/toml.h>
#include <algorithm>
#include <cstdlib>

#include "app/installed.h"
#include "base/text.h"
#include "sim/synthetic_market.h"
#include "store/recording_market.h"

namespace opt_data::app {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> texts(const toml::node_view<const toml::node> list) {
  std::vector<std::string> out;
  if (const toml::array* array = list.as_array())
    for (const toml::node& each : *array)
      if (const auto text = each.value<std::string>()) out.push_back(*text);
  return out;
}

Result<RecordingInfo> read_info(const fs::path& folder) {
  const fs::path file = folder / "recording.toml";
  try {
    const toml::table table = toml::parse_file(file.string());
    const toml::table& read = table;
    RecordingInfo info;
    info.folder = folder;
    info.name = read["name"].value_or(std::string());
    info.title = read["title"].value_or(std::string());
    OPT_TRY(info.date, parse_day(read["demo"]["date"].value_or(std::string())));
    if (const toml::array* symbols = read["symbols"].as_array())
      for (const toml::node& each : *symbols)
        if (const toml::table* symbol = each.as_table())
          info.symbols.push_back((*symbol)["symbol"].value_or(std::string()));
    info.expected_verdict = read["expected"]["verdict"].value_or(std::string());
    info.expected_reasons = texts(read["expected"]["reasons"]);
    info.explanation = texts(read["expected"]["explanation"]);
    info.actions = texts(read["demo"]["corporate_actions"]);
    return info;
  } catch (const toml::parse_error& error) {
    return fail(
        ErrorKind::corrupt, "recording {} cannot be read: {}", file.string(), error.description());
  }
}

}  // namespace

Result<fs::path> recordings_folder() {
  std::vector<fs::path> tried;
  if (const char* named = std::getenv("OPT_DATA_RECORDINGS")) tried.emplace_back(named);
  std::error_code error;
  const fs::path program = program_folder();
  tried.push_back(program / "../share/opt-data/recordings");
  tried.push_back(program / "../data/recordings");
  tried.push_back(program / "../../data/recordings");
  tried.emplace_back(OPT_DATA_RECORDINGS_FOLDER);
  for (const fs::path& folder : tried)
    if (fs::is_directory(folder, error)) return fs::weakly_canonical(folder, error);
  return fail(
      ErrorKind::not_found,
      "the recordings are not beside the program; name their folder in OPT_DATA_RECORDINGS");
}

Result<std::vector<RecordingInfo>> list_recordings() {
  OPT_TRY(const fs::path folder, recordings_folder());
  std::vector<RecordingInfo> all;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (!fs::exists(entry.path() / "recording.toml", error)) continue;
    OPT_TRY(RecordingInfo info, read_info(entry.path()));
    all.push_back(std::move(info));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

Result<RecordingInfo> find_recording(const std::string& name) {
  OPT_TRY(const std::vector<RecordingInfo> all, list_recordings());
  std::vector<std::string> names;
  for (const RecordingInfo& info : all) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  return fail(
      ErrorKind::not_found, "there is no recording '{}'; there are {}", name, join(names, ", "));
}

Result<LoadedMarket> load_market(const MarketChoice& choice) {
  LoadedMarket loaded;
  if (choice.recording.empty()) {
    const Calendar calendar;
    OPT_TRY(const TradeDate date, calendar.trade_date(choice.date));
    loaded.symbols = choice.symbols;
    loaded.date = date.day();
    loaded.source = DataSource::simulated;
    loaded.name = fmt::format("synthetic-{}-seed-{}", date.text(), choice.seed);
    sim::SyntheticOptions options;
    options.symbols = choice.symbols;
    options.first = date.day();
    TradeDate last = date;
    for (int i = 0; i < choice.sessions; ++i) {
      OPT_TRY(last, calendar.next(last));
    }
    options.last = last.day();
    OPT_TRY(loaded.market, sim::SyntheticMarket::make(options, choice.seed));
    return loaded;
  }
  OPT_TRY(RecordingInfo info, find_recording(choice.recording));
  store::DatabaseOptions options;
  options.memory_limit = "128MB";
  OPT_TRY(const auto database, store::Database::open(options));
  OPT_TRY(loaded.market, store::load_recording(*database, info.folder));
  loaded.symbols = info.symbols;
  loaded.date = info.date;
  loaded.name = info.name;
  loaded.recording = std::move(info);
  return loaded;
}

}  // namespace opt_data::app
