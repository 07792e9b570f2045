// Which files a day has, by their names, and where what is no part of the dataset is put.
//
//   <root>/view=<view>/date=YYYY-MM-DD/slot-NN.parquet   a slot; NN from 00
//                                      range-N.parquet   some underlyings, every slot: compacted
//                                      part-0.parquet    a daily view
//
// Beside the root, and so outside of every pattern that reads below it, <root>.upkeep holds what
// is being compacted or removed, and what was put aside because it is broken.
//
// Errors: storage.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "calendar/calendar.h"
#include "store/dataset.h"
#include "store/disk.h"

namespace opt_data::store {

Path view_directory(const DatasetPaths& paths, Layer layer, View view);
Path day_directory(const DatasetPaths& paths, Layer layer, View view, TradeDate date);
Path file_of(const DatasetPaths& paths, const Partition& where);

enum class Aside : std::uint8_t { compacting, removed, quarantine };
Path aside_folder(const DatasetPaths& paths, Aside why, Layer layer);
// Of a day, in the same place below it as in the dataset.
Path aside_directory(const DatasetPaths& paths, Aside why, Layer layer, View view, TradeDate date);

struct DataFile {
  Path path;
  Partition where;
};

struct DayFiles {
  std::vector<DataFile> files;  // By slot, or by number.
  std::vector<Path> staged;     // What a killed run left; no part of the dataset.
  std::vector<Path> others;     // What opt-data did not put there.
  bool compacted() const { return !files.empty() && files.front().where.range.has_value(); }
  std::vector<Path> paths() const;
};

// Nothing there is no failure.
Result<DayFiles> day_files(
    const DatasetPaths& paths, Disk& disk, Layer layer, View view, TradeDate date);

// The dates that have a directory, ascending; `calendar` says which are trade dates, and what is
// none of them is left out.
Result<std::vector<TradeDate>> dates_of(
    const DatasetPaths& paths, Disk& disk, Layer layer, View view, const Calendar& calendar);

// Each layer with its views: raw has intraday only.
struct LayerView {
  Layer layer;
  View view;
};
std::span<const LayerView> layer_views();
std::string_view to_text(Layer layer);

}  // namespace opt_data::store
