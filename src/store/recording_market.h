// A recorded market, played back: data/recordings/NAME, in memory.
//
//   OPT_TRY(auto db, Database::open({}));
//   OPT_TRY(const auto market, load_recording(*db, "data/recordings/twx-2014-06-05"));
//   market->quote(id, at);
//
// Each side of a quote is carried on its own. A bar's open is seen at its start and its close, with
// its size, at its end, never earlier; where one bar ends and the next begins, the open stands.
// What was not recorded stays absent: a side not seen yet that day is not seen, -1 is seen without
// a price, and a price that changed without a recorded size has none. Nothing is carried past
// midnight in New York. A trade bar's volume counts from its end; open, high and low of an
// underlying are those of the regular session. The previous close is known only if the session
// right before was recorded.
//
// Files (all but the first may be missing): contracts, quotes, trades, polls, underlying,
// underlying_daily, open_interest, each .parquet; recording.toml names the underlyings.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "market/market_source.h"
#include "store/database.h"

namespace opt_data::store {

// The result does not need `database` any more. Errors: not_found (no recording there), corrupt (a
// file that cannot be read, with its path).
Result<std::unique_ptr<MarketSource>> load_recording(
    Database& database, const std::filesystem::path& path);

}  // namespace opt_data::store
