#include "store/day_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace opt_data::store {
namespace {

constexpr std::array<std::string_view, 3> reasons = {"compacting", "removed", "quarantine"};

Path root_of(const DatasetPaths& paths, Layer layer) {
  const Path& root = layer == Layer::raw ? paths.raw : paths.clean;
  // "data/clean/" and "data/clean" are one place.
  return root.has_filename() ? root : root.parent_path();
}

Path below(Path root, View view, TradeDate date) {
  return std::move(root) / fmt::format("view={}", to_text(view)) / ("date=" + date.text());
}

// The number between two ends of a name: of "slot-" and ".parquet".
std::optional<int> number_in(std::string_view name, std::string_view head) {
  constexpr std::string_view tail = ".parquet";
  if (!name.starts_with(head) || !name.ends_with(tail)) return std::nullopt;
  const std::string_view digits = name.substr(head.size(), name.size() - head.size() - tail.size());
  const auto number = parse_int(digits);
  if (!number || *number < 0 || *number > 100'000) return std::nullopt;
  return static_cast<int>(*number);
}

// What a published file of that name is; empty where opt-data writes none of that name.
std::optional<Partition> partition_of(
    std::string_view name, Layer layer, View view, TradeDate date) {
  Partition where{layer, view, date, std::nullopt};
  if (view != View::intraday) {
    if (name != "part-0.parquet") return std::nullopt;
    return where;
  }
  if (const auto slot = number_in(name, "slot-"); slot && *slot < 256) {
    where.slot = static_cast<std::uint8_t>(*slot);
    return where;
  }
  where.range = number_in(name, "range-");
  if (!where.range) return std::nullopt;
  return where;
}

}  // namespace

Path view_directory(const DatasetPaths& paths, Layer layer, View view) {
  return root_of(paths, layer) / fmt::format("view={}", to_text(view));
}

Path day_directory(const DatasetPaths& paths, Layer layer, View view, TradeDate date) {
  return below(root_of(paths, layer), view, date);
}

Path file_of(const DatasetPaths& paths, const Partition& where) {
  const std::string name = where.slot    ? fmt::format("slot-{:02}.parquet", *where.slot)
                           : where.range ? fmt::format("range-{}.parquet", *where.range)
                                         : "part-0.parquet";
  return day_directory(paths, where.layer, where.view, where.date) / name;
}

Path aside_folder(const DatasetPaths& paths, Aside why, Layer layer) {
  Path root = root_of(paths, layer);
  root += ".upkeep";
  return root / reasons[static_cast<std::size_t>(why)];
}

Path aside_directory(const DatasetPaths& paths, Aside why, Layer layer, View view, TradeDate date) {
  return below(aside_folder(paths, why, layer), view, date);
}

std::vector<Path> DayFiles::paths() const {
  std::vector<Path> all;
  for (const DataFile& file : files) all.push_back(file.path);
  return all;
}

Result<DayFiles> day_files(
    const DatasetPaths& paths, Disk& disk, Layer layer, View view, TradeDate date) {
  DayFiles found;
  const Path directory = day_directory(paths, layer, view, date);
  if (!disk.exists(directory)) return found;
  OPT_TRY(const std::vector<Path> entries, disk.list(directory));
  for (const Path& entry : entries) {
    const std::string name = entry.filename().string();
    if (auto where = partition_of(name, layer, view, date)) {
      found.files.push_back({entry, *where});
    } else if (name.starts_with('.') && name.ends_with(".parquet.staged")) {
      found.staged.push_back(entry);
    } else {
      found.others.push_back(entry);
    }
  }
  const auto place = [](const DataFile& file) {
    return std::pair(file.where.range.value_or(-1), file.where.slot.value_or(0));
  };
  std::ranges::sort(found.files, {}, place);
  return found;
}

Result<std::vector<TradeDate>> dates_of(
    const DatasetPaths& paths, Disk& disk, Layer layer, View view, const Calendar& calendar) {
  constexpr std::string_view mark = "date=";
  const Path directory = view_directory(paths, layer, view);
  std::vector<TradeDate> dates;
  if (!disk.exists(directory)) return dates;
  OPT_TRY(const std::vector<Path> entries, disk.list(directory));
  for (const Path& entry : entries) {
    const std::string name = entry.filename().string();
    if (!name.starts_with(mark)) continue;
    const auto day = parse_day(name.substr(mark.size()));
    const auto date = day ? calendar.trade_date(*day) : Result<TradeDate>(fail(day.error()));
    if (date) dates.push_back(*date);
  }
  return dates;
}

std::span<const LayerView> layer_views() {
  static constexpr std::array all = {
      LayerView{Layer::raw, View::intraday}, LayerView{Layer::clean, View::intraday},
      LayerView{Layer::clean, View::daily_clean}, LayerView{Layer::clean, View::daily_adjusted},
      LayerView{Layer::clean, View::enrichment}};
  return all;
}

std::string_view to_text(Layer layer) { return layer == Layer::raw ? "raw" : "clean"; }

}  // namespace opt_data::store
