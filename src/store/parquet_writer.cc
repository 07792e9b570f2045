#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"
#include "store/day_files.h"
#include "store/duckdb_handles.h"
#include "store/parquet_file.h"
#include "store/quote_columns.h"

namespace opt_data::store {
namespace {

// A row is a kilobyte, and rows that were answered one after the other lie anywhere in the file:
// what is compared is copied out first, in numbers, so that a sort of many rows stays in the cache.
std::vector<const OptionQuote*> in_order_of_file(std::span<const OptionQuote> quotes) {
  std::map<std::string_view, std::uint32_t> ranks;  // Of the underlyings, which are few.
  for (const OptionQuote& quote : quotes) ranks.try_emplace(quote.contract.underlying);
  std::uint32_t next = 0;
  for (auto& [underlying, rank] : ranks) rank = next++;
  struct Place {
    std::uint32_t underlying;
    std::chrono::year_month_day expiry;
    Strike strike;
    Right right;
    ContractId id;
    const OptionQuote* quote;
  };
  std::vector<Place> places;
  places.reserve(quotes.size());
  for (const OptionQuote& quote : quotes) {
    const OptionContract& contract = quote.contract;
    places.push_back(
        {ranks.find(contract.underlying)->second, contract.expiry, contract.strike, contract.right,
         contract.id, &quote});
  }
  std::ranges::sort(places, [](const Place& a, const Place& b) {
    return std::tie(a.underlying, a.expiry, a.strike, a.right, a.id) <
           std::tie(b.underlying, b.expiry, b.strike, b.right, b.id);
  });
  std::vector<const OptionQuote*> order;
  order.reserve(places.size());
  for (const Place& place : places) order.push_back(place.quote);
  return order;
}

// So many rows stay in the cache while one column after the other takes its cell from each.
constexpr idx_t block_rows = 128;

// Holds quotes out to DuckDB in the order of the file, without copying or moving one.
class QuoteFeed : public Feed {
 public:
  QuoteFeed(const Schema& schema, const Partition& where, std::span<const OptionQuote> quotes)
      : where_(where),
        schema_(columns_of(schema, where.layer, where.view)),
        order_(in_order_of_file(quotes)) {
    for (const Column& column : schema_) writers_.push_back(&quote_column(column.name));
  }

  std::vector<FeedColumn> columns() const override {
    std::vector<FeedColumn> columns;
    for (const Column& column : schema_)
      columns.push_back({std::string(column.name), std::string(column.type)});
    return columns;
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(order_.size()); }

  Result<idx_t> fill(duckdb_data_chunk chunk, idx_t rows_max) override {
    const idx_t count = std::min<idx_t>(rows_max, order_.size() - next_);
    std::vector<ColumnWriter> columns;
    for (idx_t c = 0; c < writers_.size(); ++c) columns.emplace_back(chunk, c);
    for (idx_t begin = 0; begin < count; begin += block_rows) {
      const idx_t end = std::min<idx_t>(count, begin + block_rows);
      for (idx_t row = begin; row < end; ++row) OPT_TRY_VOID(check(*order_[next_ + row]));
      for (idx_t c = 0; c < writers_.size(); ++c)
        for (idx_t row = begin; row < end; ++row) {
          const OptionQuote& quote = *order_[next_ + row];
          writers_[c]->write(columns[c], row, {quote, sample_time_et(quote.slot.at)});
        }
    }
    next_ += count;
    return count;
  }

 private:
  Result<void> check(const OptionQuote& quote) const {
    if (quote.slot.date != where_.date || quote.slot.index != where_.slot)
      return fail(
          ErrorKind::invalid_input, "the row of contract {} belongs to {} slot {}",
          quote.contract.id, quote.slot.date.text(), quote.slot.index);
    if (!quote.contract.expiry.ok())
      return fail(
          ErrorKind::invalid_input, "the row of contract {} has no expiry", quote.contract.id);
    return {};
  }

  std::string_view sample_time_et(Instant at) {
    if (sample_time_et_.empty() || at != sample_time_) {
      sample_time_ = at;
      sample_time_et_ = new_york_sample_time(at);
    }
    return sample_time_et_;
  }

  const Partition& where_;
  std::span<const Column> schema_;
  std::vector<const QuoteColumn*> writers_;
  std::vector<const OptionQuote*> order_;
  std::size_t next_ = 0;
  Instant sample_time_{};
  std::string sample_time_et_;
};

// Every column of the view, once. What else a query carries is left behind, but of two columns with
// one name DuckDB calls the later one name_1, and nobody could tell which was meant.
Result<void> check_names(const std::vector<std::string>& names, std::span<const Column> schema) {
  const auto has = [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  for (const Column& column : schema) {
    if (!has(column.name))
      return fail(ErrorKind::invalid_input, "the query has no column {}", column.name);
    if (has(fmt::format("{}_1", column.name)))
      return fail(ErrorKind::invalid_input, "the query has two columns {}", column.name);
  }
  return {};
}

// The columns of the view in their order and types, from a query that has them in any order.
Result<std::string> select_from(
    Database& database, const Partition& where, const Selection& selection) {
  const std::span<const Column> schema =
      columns_of(*database.handles().schema, where.layer, where.view);
  std::string_view sql = trim(selection.sql);
  while (sql.ends_with(';')) sql = trim(sql.substr(0, sql.size() - 1));
  // The same statement has the same columns; a day is rolled up again and again.
  std::set<std::string>& known = database.handles().known_selects;
  if (std::string key = fmt::format("{}: {}", to_text(where.view), sql); !known.contains(key)) {
    OPT_TRY(
        const Table shape,
        database.query(fmt::format("SELECT * FROM (\n{}\n) LIMIT 0", sql), selection.parameters));
    OPT_TRY_VOID(check_names(shape.columns, schema));
    known.insert(std::move(key));
  }
  std::vector<std::string> cells, order_by;
  for (const Column& column : schema) {
    const std::string name = sql_identifier(column.name);
    cells.push_back(fmt::format("CAST({} AS {}) AS {}", name, column.type, name));
  }
  for (const std::string_view name : order(where.view)) order_by.push_back(sql_identifier(name));
  return fmt::format(
      "SELECT {} FROM (\n{}\n) ORDER BY {}", join(cells, ", "), sql, join(order_by, ", "));
}

// Of pages this short zstd makes no smaller file than snappy does, and building its tables anew for
// each page costs a third of the whole publication; in a virtual machine, where it asks a trapped
// instruction what the processor can do, more.
constexpr std::int64_t snappy_rows_max = 1'000;

Codec codec_of(const Codec& hot, std::optional<std::int64_t> rows) {
  const bool tiny = rows && *rows <= snappy_rows_max && hot.name == "zstd";
  return tiny ? Codec{"snappy", 0} : hot;
}

class ParquetWriter : public DatasetWriter {
 public:
  ParquetWriter(const DatasetPaths& paths, Disk& disk, Database& database, Codec codec)
      : paths_(paths),
        disk_(disk),
        database_(database),
        codec_(std::move(codec)),
        reader_(make_parquet_reader(paths, disk, database)) {}

  Result<Published> publish(const Partition& where, const Rows& rows) override {
    auto published = try_publish(where, rows);
    if (!published)
      return fail_within(std::move(published).error(), "cannot publish {}", where.text());
    return published;
  }

 private:
  Result<Published> try_publish(const Partition& where, const Rows& rows) {
    OPT_TRY_VOID(check_partition(where));
    const Path file = reader_->path(where);
    const Path staged = file.parent_path() / ("." + file.filename().string() + ".staged");
    OPT_TRY_VOID(disk_.make_directories(file.parent_path()));
    // Read before anything is written: a file that cannot be read is never replaced.
    OPT_TRY(const auto standing, reader_->published(where));
    auto published = stage_and_rename(where, rows, standing, staged, file);
    if (!published) {
      static_cast<void>(disk_.remove(staged));  // The next publish truncates what is left.
      return published;
    }
    // Also after `already`: a run that died before this line left the rename to chance.
    if (auto synced = disk_.sync_directory(file.parent_path()); !synced)
      return fail_within(
          std::move(synced).error(), "the new file stands, but may not survive a power cut");
    return published;
  }

  Result<Published> stage_and_rename(
      const Partition& where, const Rows& rows, const std::optional<Published>& standing,
      const Path& staged, const Path& file) {
    auto sent = stage(where, rows, staged);
    if (!sent && sent.error().kind == ErrorKind::storage)
      return fail(ErrorKind::storage, "{}; what was published stands", sent.error().message);
    if (!sent) return fail(std::move(sent).error());
    OPT_TRY(const FileContent content, read_back(where, staged, *sent));
    Published published{content.rows, content.checksum, false, file};
    published.already =
        standing && standing->checksum == content.checksum && standing->rows == content.rows;
    if (published.already) {
      OPT_TRY_VOID(disk_.remove(staged));
    } else {
      // Where the slot's own file stands, the day is not compacted.
      if (!standing || standing->file != file) OPT_TRY_VOID(check_open(where));
      OPT_TRY_VOID(disk_.sync(staged));
      OPT_TRY_VOID(disk_.rename(staged, file));
      database_.handles().known_files.renamed(staged, file, disk_.stamp(file));
    }
    return published;
  }

  // A file of its own beside those of a compacted day would hold its rows a second time.
  Result<void> check_open(const Partition& where) {
    if (!where.slot) return {};
    OPT_TRY(const DayFiles day, day_files(paths_, disk_, where.layer, where.view, where.date));
    if (!day.compacted()) return {};
    return fail(
        ErrorKind::refused,
        "the day is compacted, and its slots are not changed any more; what stands stands. To "
        "repair it, run `opt-data compact --undo --date {}` first",
        where.date.text());
  }

  static Result<void> check_partition(const Partition& where) {
    const bool intraday = where.view == View::intraday;
    if (intraday != where.slot.has_value())
      return fail(
          ErrorKind::invalid_input, "a partition of {} {} a slot", to_text(where.view),
          intraday ? "needs" : "has not");
    if (where.layer == Layer::raw && !intraday)
      return fail(ErrorKind::invalid_input, "only intraday has a raw layer");
    return {};
  }

  // Says how many rows DuckDB took.
  Result<std::int64_t> stage(const Partition& where, const Rows& rows, const Path& staged) {
    const Schema& schema = *database_.handles().schema;
    if (const auto* quotes = std::get_if<std::span<const OptionQuote>>(&rows)) {
      if (where.view != View::intraday)
        return fail(ErrorKind::invalid_input, "quotes in hand are rows of intraday only");
      QuoteFeed feed(schema, where, *quotes);
      OPT_TRY(
          const std::int64_t written, run_with_feed(
                                          database_, &feed,
                                          {copy_to(
                                               schema, "SELECT * FROM opt_data_feed()", staged,
                                               where, codec_of(codec_, feed.size())),
                                           {},
                                           true,
                                           true}));
      if (written != feed.size())
        return fail(ErrorKind::storage, "held out {} rows, DuckDB took {}", feed.size(), written);
      return written;
    }
    const Selection& selection = std::get<Selection>(rows);
    OPT_TRY(const std::string select, select_from(database_, where, selection));
    return run_with_feed(
        database_, nullptr,
        {copy_to(schema, select, staged, where, codec_), selection.parameters, true});
  }

  // A full disk and a short write both look like success until somebody counts the rows.
  Result<FileContent> read_back(const Partition& where, const Path& staged, std::int64_t sent) {
    database_.handles().known_files.forget(staged);
    auto stamp = disk_.stamp(staged);
    if (stamp) stamp->settled = true;  // Fresh as it is, nobody else writes it.
    auto content = read_through(database_, staged, stamp, where, Origin::ours);
    if (!content && content.error().kind == ErrorKind::corrupt)
      return fail(
          ErrorKind::storage, "the staged file cannot be read back ({}); what was published stands",
          content.error().message);
    if (content && content->rows != sent)
      return fail(
          ErrorKind::storage, "staged {} rows, read back {}; what was published stands", sent,
          content->rows);
    return content;
  }

  DatasetPaths paths_;
  Disk& disk_;
  Database& database_;
  Codec codec_;
  std::unique_ptr<DatasetReader> reader_;
};

}  // namespace

std::unique_ptr<DatasetWriter> make_parquet_writer(
    const DatasetPaths& paths, Disk& disk, Database& database, Codec codec) {
  return std::make_unique<ParquetWriter>(paths, disk, database, std::move(codec));
}

}  // namespace opt_data::store
