#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"
#include "store/day_files.h"
#include "store/duckdb_handles.h"
#include "store/parquet_file.h"
#include "store/quote_columns.h"
#include "store/views.h"

namespace opt_data::store {
namespace {

class ParquetReader : public DatasetReader {
 public:
  ParquetReader(const DatasetPaths& paths, Disk& disk, Database& database)
      : paths_(paths), disk_(disk), database_(database) {}

  Database& database() const override { return database_; }

  Result<void> open_views(std::optional<TradeDate> date) const override {
    const auto days = date ? std::optional(TradeDates{*date, *date}) : std::nullopt;
    return store::open_views(paths_, disk_, database_, days);
  }

  Result<std::optional<Published>> published(const Partition& where) const override {
    const Path file = path(where);
    const auto stamp = disk_.stamp(file);
    if (!stamp) return published_in_ranges(where);
    OPT_TRY(const FileContent content, content_of(file, stamp, where));
    return Published{content.rows, content.checksum, true, file};
  }

  Result<std::vector<OptionQuote>> quotes(const Partition& where) const override {
    const Path file = path(where);
    if (where.view != View::intraday || !where.slot)
      return fail(ErrorKind::invalid_input, "{} holds no quotes of a slot", where.text());
    const auto stamp = disk_.stamp(file);
    std::vector<Path> files{file};
    if (!stamp) {
      OPT_TRY(files, ranges_with(where));
      if (files.empty())
        return fail(
            ErrorKind::not_found, "{} was not published: no {}", where.text(), file.string());
    } else if (last_.file == file && last_.stamp.settled && last_.stamp.is_of_same(*stamp)) {
      return last_.quotes;
    }
    OPT_TRY(
        const std::vector<int> versions,
        check_footers(database_, disk_, files, where.layer, where.view));
    const std::span<const Column> schema = database_.handles().schema->raw;
    std::vector<const QuoteColumn*> columns;
    for (const Column& column : schema) columns.push_back(&quote_column(column.name));

    std::vector<OptionQuote> quotes;
    std::optional<Error> unknown;
    // Of a compacted day the underlyings are in order over all files, and each file's rows in it.
    const std::string sql = fmt::format(
        "SELECT {} FROM {}{}", select_list(schema), rows_of(files, versions, schema),
        stamp ? "" : fmt::format(" WHERE slot_30m = {}", *where.slot));
    OPT_TRY_VOID(each_chunk(
        database_, {sql, {}, stamp && is_small(*stamp), stamp.has_value()},
        [&](const ResultColumns& found, duckdb_data_chunk chunk) -> Result<bool> {
          const idx_t rows = duckdb_data_chunk_get_size(chunk);
          const std::size_t first = quotes.size();
          quotes.resize(
              first + rows,
              OptionQuote{{}, {where.date, *where.slot, {}}, {}, {}, {}, {}, {}, {}, {}, {}});
          for (std::size_t i = 0; i < columns.size(); ++i) {
            duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
            for (idx_t row = 0; row < rows && !unknown; ++row)
              if (auto read =
                      columns[i]->read(value_at(vector, found[i], row), quotes[first + row]);
                  !read)
                unknown = std::move(read).error();
          }
          return !unknown;
        }));
    if (unknown)
      return fail(ErrorKind::corrupt, "cannot read {}: {}", file.string(), unknown->message);
    if (stamp) last_ = {file, *stamp, quotes};
    return quotes;
  }

  Path path(const Partition& where) const override { return file_of(paths_, where); }

 private:
  Result<FileContent> content_of(
      const Path& file, const std::optional<FileStamp>& stamp, const Partition& where) const {
    auto content = read_through(database_, file, stamp, where, Origin::found);
    if (!content && content.error().kind == ErrorKind::invalid_input)
      return fail(ErrorKind::corrupt, "{}: {}", file.string(), content.error().message);
    return content;
  }

  // What a compacted day has of a slot.
  Result<std::optional<Published>> published_in_ranges(const Partition& where) const {
    if (!where.slot) return std::nullopt;
    OPT_TRY(const DayFiles day, day_files(paths_, disk_, where.layer, where.view, where.date));
    if (!day.compacted()) return std::nullopt;
    std::optional<RowsContent> found;
    for (const DataFile& file : day.files) {
      OPT_TRY(const FileContent content, content_of(file.path, disk_.stamp(file.path), file.where));
      const auto slot = content.slots.find(*where.slot);
      if (slot != content.slots.end())
        found = together(found.value_or(RowsContent{}), slot->second);
    }
    if (!found) return std::nullopt;
    return Published{found->rows, found->checksum, true, day.files.front().path};
  }

  Result<std::vector<Path>> ranges_with(const Partition& where) const {
    OPT_TRY(const auto published, published_in_ranges(where));
    if (!published) return std::vector<Path>{};
    OPT_TRY(const DayFiles day, day_files(paths_, disk_, where.layer, where.view, where.date));
    return day.paths();
  }

  // The slot that was read last: the next one asks for it to be planned, and to be compared.
  struct LastQuotes {
    Path file;
    FileStamp stamp;
    std::vector<OptionQuote> quotes;
  };

  DatasetPaths paths_;
  Disk& disk_;
  Database& database_;
  mutable LastQuotes last_;
};

}  // namespace

std::string Partition::text() const {
  return fmt::format(
      "{} view={}/date={}/{}", layer == Layer::raw ? "raw" : "clean", to_text(view), date.text(),
      slot    ? fmt::format("slot-{:02}", *slot)
      : range ? fmt::format("range-{}", *range)
              : "part-0");
}

std::string Codec::text() const {
  return name == "zstd" ? fmt::format("{}:{}", name, level) : name;
}

Result<Codec> parse_codec(std::string_view text) {
  if (text == "snappy" || text == "uncompressed") return Codec{std::string(text), 0};
  constexpr std::string_view zstd = "zstd:";
  const auto level =
      text.starts_with(zstd) ? parse_int(text.substr(zstd.size())) : std::optional<std::int64_t>{};
  if (level && *level >= 1 && *level <= 22) return Codec{"zstd", static_cast<int>(*level)};
  return fail(
      ErrorKind::invalid_input, "'{}' is no codec; write zstd:1 to zstd:22, snappy or uncompressed",
      text);
}

std::unique_ptr<DatasetReader> make_parquet_reader(
    const DatasetPaths& paths, Disk& disk, Database& database) {
  return std::make_unique<ParquetReader>(paths, disk, database);
}

}  // namespace opt_data::store
