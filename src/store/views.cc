#include "store/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "store/day_files.h"
#include "store/duckdb_handles.h"
#include "store/parquet_file.h"

namespace opt_data::store {
namespace {

struct NamedView {
  std::string_view name;
  Layer layer;
  View view;
};

constexpr NamedView views[] = {
    {"raw_intraday", Layer::raw, View::intraday},
    {"intraday", Layer::clean, View::intraday},
    {"daily_clean", Layer::clean, View::daily_clean},
    {"daily_adjusted", Layer::clean, View::daily_adjusted},
    {"enrichment", Layer::clean, View::enrichment},
};

// What is staged is hidden, and no part of the dataset.
bool is_data_file(const Path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".parquet") && !name.starts_with('.');
}

std::string no_rows(std::span<const Column> columns) {
  std::vector<std::string> cells;
  for (const Column& column : columns)
    cells.push_back(
        fmt::format("CAST(NULL AS {}) AS {}", column.type, sql_identifier(column.name)));
  return fmt::format("SELECT {} WHERE false", join(cells, ", "));
}

// Nothing yet is not a failure.
Result<std::vector<Path>> entries(Disk& disk, const Path& directory) {
  if (!disk.exists(directory)) return std::vector<Path>{};
  return disk.list(directory);
}

// Sorted by date, then by name.
Result<std::vector<Path>> files_of(
    const NamedView& view, const DatasetPaths& paths, Disk& disk,
    const std::optional<TradeDates>& days) {
  const Path directory = view_directory(paths, view.layer, view.view);
  std::vector<Path> folders, files;
  if (days && days->first == days->last) {
    folders.push_back(directory / ("date=" + days->first.text()));
  } else {
    OPT_TRY(folders, entries(disk, directory));
  }
  for (const Path& folder : folders) {
    constexpr std::string_view mark = "date=";
    const std::string name = folder.filename().string();
    if (!name.starts_with(mark)) continue;
    const std::string date = name.substr(mark.size());
    if (days && (date < days->first.text() || date > days->last.text())) continue;
    OPT_TRY(const std::vector<Path> found, entries(disk, folder));
    std::ranges::copy_if(found, std::back_inserter(files), is_data_file);
  }
  return files;
}

}  // namespace

Result<void> open_views(
    const DatasetPaths& paths, Disk& disk, Database& database,
    const std::optional<TradeDates>& days) {
  for (const NamedView& view : views) {
    OPT_TRY(const std::vector<Path> files, files_of(view, paths, disk, days));
    OPT_TRY(
        const std::vector<int> versions,
        check_footers(database, disk, files, view.layer, view.view));
    const std::span<const Column> columns =
        columns_of(*database.handles().schema, view.layer, view.view);
    const std::string rows = files.empty() ? no_rows(columns)
                                           : fmt::format(
                                                 "SELECT {} FROM {}", select_list(columns),
                                                 rows_of(files, versions, columns));
    std::string& standing = database.handles().views[std::string(view.name)];
    if (rows == standing) continue;
    OPT_TRY_VOID(database.execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", view.name, rows)));
    standing = rows;
  }
  return {};
}

std::vector<std::string_view> view_names() {
  std::vector<std::string_view> names;
  for (const NamedView& view : views) names.push_back(view.name);
  return names;
}

std::span<const Column> columns_of_view(std::string_view name) {
  for (const NamedView& view : views)
    if (view.name == name) return columns_of(current_schema(), view.layer, view.view);
  return {};
}

}  // namespace opt_data::store
