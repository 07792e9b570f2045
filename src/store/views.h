// SQL views over published files: raw_intraday, intraday, daily_clean, daily_adjusted, enrichment.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/dataset.h"

namespace opt_data::store {

struct TradeDates {  // Both of them, and all between.
  TradeDate first, last;
};

// Over the files of `days`, or over all there are. A view without files has its columns and no
// rows. What stands there as it should is left alone.
// Errors: corrupt, naming the first file that cannot be read or has a newer schema version.
Result<void> open_views(
    const DatasetPaths& paths, Disk& disk, Database& database,
    const std::optional<TradeDates>& days);

// Their names, in that order.
std::vector<std::string_view> view_names();

// The columns of a view by that name; empty for a name that is none.
std::span<const Column> columns_of_view(std::string_view name);

}  // namespace opt_data::store
