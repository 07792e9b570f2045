// Datasets on disk: one partition is one file.
//
//   <root>/<layer>/ib/chain/view=<view>/date=YYYY-MM-DD/slot-NN.parquet     intraday
//   <root>/<layer>/ib/chain/view=<view>/date=YYYY-MM-DD/part-0.parquet      daily views
//
// The slots of a finished day may be compacted (compaction.h): then range-N.parquet files hold some
// underlyings each, and a partition is the rows of its slot in all of them. It is read as before,
// and not written any more.
//
// Nothing published is edited in place: a file is staged (hidden, in the same directory), read
// back, counted, synced, renamed, and its directory synced. A reader sees the old file or the new
// one. docs/data-contract.md holds the columns; schema.h is that page in code.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "calendar/trade_date.h"
#include "market/option_quote.h"
#include "store/database.h"
#include "store/disk.h"
#include "store/schema.h"

namespace opt_data::store {

struct DatasetPaths {
  std::filesystem::path raw;  // The folder that holds view=..., for each layer.
  std::filesystem::path clean;
};

enum class Layer : std::uint8_t { raw, clean };

struct Partition {
  Layer layer = Layer::clean;
  View view = View::intraday;
  TradeDate date;
  std::optional<std::uint8_t> slot;  // Only of intraday.
  std::optional<int> range = {};     // Only of a file of a compacted day, which nobody publishes.

  std::string text() const;  // "clean view=intraday/date=2025-10-06/slot-03"
};

// How cells are packed. Errors: invalid_input, with what to write.
struct Codec {
  std::string name = "zstd";
  int level = 3;             // Only of zstd.
  std::string text() const;  // "zstd:3"
};
Result<Codec> parse_codec(std::string_view text);

// Quotes in hand (intraday), or a SELECT that has the view's columns, by name, in any order; what
// else it has is left behind. The writer puts the rows into the order of the file.
struct Selection {
  std::string sql;
  std::vector<Value> parameters;
};
using Rows = std::variant<std::span<const OptionQuote>, Selection>;

struct Published {
  std::int64_t rows = 0;
  std::string checksum;  // Of every column but ingest_id and update_ts, independent of row order.
  bool already = false;  // What stands there is the same; nothing was written.
  std::filesystem::path file;
};

class DatasetWriter {
 public:
  virtual ~DatasetWriter() = default;
  // Errors: storage and corrupt; the old file stands. A published file that cannot be read is
  // never replaced: corrupt, with its path. invalid_input when the rows break the view's key or
  // leave a NOT NULL column empty. refused for other rows of a slot of a compacted day.
  virtual Result<Published> publish(const Partition& where, const Rows& rows) = 0;
};

class DatasetReader {
 public:
  virtual ~DatasetReader() = default;
  virtual Database& database() const = 0;
  // Makes SQL views raw_intraday, intraday, daily_clean, daily_adjusted, enrichment over the files
  // of `date` (all dates when empty); a view without files has its columns and no rows.
  // Errors: corrupt, naming the first file that cannot be read or has a newer schema version.
  virtual Result<void> open_views(std::optional<TradeDate> date) const = 0;
  // What is published, where something is. Errors: corrupt, for what cannot be read.
  virtual Result<std::optional<Published>> published(const Partition& where) const = 0;
  // Intraday rows of one slot, as they were answered (clean layer holds all that raw does).
  virtual Result<std::vector<OptionQuote>> quotes(const Partition& where) const = 0;
  virtual std::filesystem::path path(const Partition& where) const = 0;
};

// ParquetWriter and ParquetReader share a database, and so one memory limit.
std::unique_ptr<DatasetWriter> make_parquet_writer(
    const DatasetPaths& paths, Disk& disk, Database& database, Codec codec = {});
std::unique_ptr<DatasetReader> make_parquet_reader(
    const DatasetPaths& paths, Disk& disk, Database& database);

}  // namespace opt_data::store
