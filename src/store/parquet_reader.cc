#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"
#include "store/duckdb_handles.h"
#include "store/parquet_file.h"
#include "store/quote_columns.h"

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

class ParquetReader : public DatasetReader {
 public:
  ParquetReader(const DatasetPaths& paths, Disk& disk, Database& database)
      : paths_(paths), disk_(disk), database_(database) {}

  Database& database() const override { return database_; }

  Result<void> open_views(std::optional<TradeDate> date) const override {
    for (const NamedView& view : views) {
      OPT_TRY(const std::vector<Path> files, files_of(view, date));
      OPT_TRY_VOID(check_footers(database_, disk_, files, view.layer, view.view));
      const std::span<const Column> columns = columns_of(view.layer, view.view);
      const std::string rows =
          files.empty()
              ? no_rows(columns)
              : fmt::format("SELECT {} FROM {}", select_list(columns), read_parquet(files));
      std::string& standing = database_.handles().views[std::string(view.name)];
      if (rows == standing) continue;
      OPT_TRY_VOID(
          database_.execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", view.name, rows)));
      standing = rows;
    }
    return {};
  }

  Result<std::optional<Published>> published(const Partition& where) const override {
    const Path file = path(where);
    const auto stamp = disk_.stamp(file);
    if (!stamp) return std::nullopt;
    auto content = read_through(database_, file, stamp, where, Origin::found);
    if (!content && content.error().kind == ErrorKind::invalid_input)
      return fail(ErrorKind::corrupt, "{}: {}", file.string(), content.error().message);
    if (!content) return fail(std::move(content).error());
    return Published{content->rows, content->checksum, true, file};
  }

  Result<std::vector<OptionQuote>> quotes(const Partition& where) const override {
    const Path file = path(where);
    if (where.view != View::intraday || !where.slot)
      return fail(ErrorKind::invalid_input, "{} holds no quotes of a slot", where.text());
    const auto stamp = disk_.stamp(file);
    if (!stamp)
      return fail(ErrorKind::not_found, "{} was not published: no {}", where.text(), file.string());
    if (last_.file == file && last_.stamp.settled && last_.stamp.is_of_same(*stamp))
      return last_.quotes;
    OPT_TRY_VOID(check_footers(database_, disk_, std::array{file}, where.layer, where.view));
    std::vector<const QuoteColumn*> columns;
    for (const Column& column : raw_columns()) columns.push_back(&quote_column(column.name));

    std::vector<OptionQuote> quotes;
    std::optional<Error> unknown;
    const std::string sql = fmt::format(
        "SELECT {} FROM {}", select_list(raw_columns()), read_parquet(std::array{file}));
    OPT_TRY_VOID(each_chunk(
        database_, {sql, {}, is_small(*stamp), true},
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
    last_ = {file, *stamp, quotes};
    return quotes;
  }

  Path path(const Partition& where) const override {
    const std::string name =
        where.slot ? fmt::format("slot-{:02}.parquet", *where.slot) : "part-0.parquet";
    return view_directory(where.layer, where.view) / ("date=" + where.date.text()) / name;
  }

 private:
  Path view_directory(Layer layer, View view) const {
    const Path& root = layer == Layer::raw ? paths_.raw : paths_.clean;
    return root / fmt::format("view={}", to_text(view));
  }

  // Sorted by date, then by name.
  Result<std::vector<Path>> files_of(const NamedView& view, std::optional<TradeDate> date) const {
    const Path directory = view_directory(view.layer, view.view);
    std::vector<Path> days, files;
    if (date) {
      days.push_back(directory / ("date=" + date->text()));
    } else {
      OPT_TRY(days, entries(directory));
    }
    for (const Path& day : days) {
      if (!day.filename().string().starts_with("date=")) continue;
      OPT_TRY(const std::vector<Path> found, entries(day));
      std::ranges::copy_if(found, std::back_inserter(files), is_data_file);
    }
    return files;
  }

  // Nothing yet is not a failure.
  Result<std::vector<Path>> entries(const Path& directory) const {
    if (!disk_.exists(directory)) return std::vector<Path>{};
    return disk_.list(directory);
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
      slot ? fmt::format("slot-{:02}", *slot) : "part-0");
}

std::unique_ptr<DatasetReader> make_parquet_reader(
    const DatasetPaths& paths, Disk& disk, Database& database) {
  return std::make_unique<ParquetReader>(paths, disk, database);
}

}  // namespace opt_data::store
