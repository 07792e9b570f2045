#include "serve/storage.h"

#include <cmath>
#include <filesystem>
#include <numeric>

#include "store/day_files.h"

namespace opt_data::serve {
namespace {

using nlohmann::ordered_json;

// The forecast looks at so many of the latest days: universes grow in stages.
constexpr std::size_t forecast_days = 20;
constexpr double sessions_in_a_year = 252;

struct Size {
  std::int64_t files = 0, bytes = 0;
};

// Files come and go meanwhile: one that is gone counts for nothing.
Size size_of(const std::filesystem::path& folder) {
  Size size;
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(
      folder, std::filesystem::directory_options::skip_permission_denied, error);
  for (const std::filesystem::recursive_directory_iterator end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    if (!at->is_regular_file(gone) || gone) continue;
    const auto bytes = at->file_size(gone);
    if (gone) continue;
    ++size.files;
    size.bytes += static_cast<std::int64_t>(bytes);
  }
  return size;
}

struct ViewSize {
  std::string layer, view;
  std::string first, last;
  int days = 0, compacted = 0;
  Size size;
};

struct DaySize {
  std::int64_t bytes = 0;
  bool compacted = false;
};

Result<std::vector<ViewSize>> views_of(Desk& desk, std::map<std::string, DaySize>& days) {
  const Sources& sources = desk.sources();
  std::vector<ViewSize> views;
  for (const store::LayerView& each : store::layer_views()) {
    ViewSize view{std::string(store::to_text(each.layer)),
                  std::string(store::to_text(each.view)),
                  "",
                  "",
                  0,
                  0,
                  {}};
    OPT_TRY(
        const auto dates,
        store::dates_of(sources.paths, desk.disk(), each.layer, each.view, sources.calendar));
    for (const TradeDate& date : dates) {
      const auto files = store::day_files(sources.paths, desk.disk(), each.layer, each.view, date);
      if (!files || files->files.empty()) continue;
      DaySize& day = days[date.text()];
      for (const store::Path& file : files->paths()) {
        const auto stamp = desk.disk().stamp(file);
        if (!stamp) continue;
        ++view.size.files;
        view.size.bytes += stamp->size;
        day.bytes += stamp->size;
      }
      ++view.days;
      if (files->compacted()) {
        ++view.compacted;
        day.compacted = true;
      }
      if (view.first.empty()) view.first = date.text();
      view.last = date.text();
    }
    views.push_back(std::move(view));
  }
  return views;
}

ordered_json forecast(const std::map<std::string, DaySize>& days, double free_bytes) {
  double bytes = 0;
  std::size_t counted = 0;
  for (auto day = days.rbegin(); day != days.rend() && counted < forecast_days; ++day, ++counted)
    bytes += static_cast<double>(day->second.bytes);
  if (counted == 0)
    return {
        {"bytes_per_day", nullptr},
        {"from_days", 0},
        {"days_until_full", nullptr},
        {"bytes_in_a_year", nullptr}};
  const double per_day = bytes / static_cast<double>(counted);
  return {
      {"bytes_per_day", std::llround(per_day)},
      {"from_days", counted},
      {"days_until_full",
       per_day > 0 ? ordered_json(std::llround(std::floor(free_bytes / per_day))) : ordered_json()},
      {"bytes_in_a_year", std::llround(per_day * sessions_in_a_year)}};
}

ordered_json folder_json(const char* name, const std::filesystem::path& path) {
  const Size size = size_of(path);
  return {{"name", name}, {"path", path.string()}, {"bytes", size.bytes}, {"files", size.files}};
}

}  // namespace

Result<ordered_json> storage(Desk& desk) {
  const Sources& sources = desk.sources();
  std::map<std::string, DaySize> by_day;
  OPT_TRY(const auto views, views_of(desk, by_day));
  std::map<std::string, store::DayRows> rows;
  std::map<std::string, std::int64_t> view_rows;
  if (const auto glance = desk.glance()) {
    OPT_TRY(rows, (*glance)->rows_by_date());
    OPT_TRY(view_rows, (*glance)->rows_by_view());
  }
  ordered_json list = ordered_json::array(), days = list, aside = list;
  for (const ViewSize& view : views)
    list.push_back(
        {{"layer", view.layer},
         {"view", view.view},
         {"days", view.days},
         {"compacted_days", view.compacted},
         {"files", view.size.files},
         {"bytes", view.size.bytes},
         {"rows", view_rows[fmt::format("{} view={}", view.layer, view.view)]},
         {"first", view.first.empty() ? ordered_json() : ordered_json(view.first)},
         {"last", view.last.empty() ? ordered_json() : ordered_json(view.last)}});
  for (const auto& [date, day] : by_day)
    days.push_back(
        {{"date", date},
         {"bytes", day.bytes},
         {"rows", rows[date].all},
         {"compacted", day.compacted}});
  std::error_code error;
  const auto space = std::filesystem::space(sources.paths.clean, error);
  const auto free_bytes = error ? 0 : space.available;
  for (const auto& [name, why] :
       {std::pair{"compacting", store::Aside::compacting},
        {"removed", store::Aside::removed},
        {"quarantine", store::Aside::quarantine}}) {
    Size sum;
    for (const store::Layer layer : {store::Layer::raw, store::Layer::clean}) {
      const Size size = size_of(store::aside_folder(sources.paths, why, layer));
      sum.files += size.files;
      sum.bytes += size.bytes;
    }
    aside.push_back({{"name", name}, {"files", sum.files}, {"bytes", sum.bytes}});
  }
  ordered_json folders = ordered_json::array();
  folders.push_back(folder_json("raw", sources.paths.raw));
  folders.push_back(folder_json("clean", sources.paths.clean));
  folders.push_back(folder_json("state", sources.state));
  folders.push_back(folder_json("run_logs", sources.run_logs));
  return ordered_json{
      {"folders", std::move(folders)},
      {"free_bytes", free_bytes},
      {"total_bytes", error ? 0 : space.capacity},
      {"views", std::move(list)},
      {"days", std::move(days)},
      {"forecast", forecast(by_day, static_cast<double>(free_bytes))},
      {"aside", std::move(aside)}};
}

}  // namespace opt_data::serve
