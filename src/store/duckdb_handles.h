// What database.cc shares with the rest of this folder: DuckDB's handles, rows that DuckDB pulls,
// and results a chunk at a time. Nobody outside the folder sees DuckDB's types.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "store/duckdb_library.h"
#include "store/known_files.h"

namespace opt_data::store {

struct FeedColumn {
  std::string name;
  std::string type;  // is_carried()
};

// Rows that DuckDB pulls while it runs `SELECT ... FROM opt_data_feed()`: nothing is copied into a
// table first, so memory holds one chunk and the row group that is being written.
class Feed {
 public:
  virtual ~Feed() = default;
  virtual std::vector<FeedColumn> columns() const = 0;
  virtual std::int64_t size() const = 0;
  // Fills at most `rows_max` rows and says how many; 0 ends the table.
  virtual Result<idx_t> fill(duckdb_data_chunk chunk, idx_t rows_max) = 0;
};

// BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, TIMESTAMP, VARCHAR and VARCHAR[]: what a feed can bring.
bool is_carried(std::string_view type);

struct Database::Handles {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  // For statements that leave nothing to choose (a file in, a file out), and are not optimized.
  duckdb_connection plain = nullptr;
  Feed* feed = nullptr;             // Only while a statement reads it.
  std::optional<Error> feed_error;  // What the feed said when it failed, with its kind.
  const Schema* schema = &current_schema();
  KnownFiles known_files;
  bool writes_versions = false;         // A file that was just written had its schema version.
  std::set<std::string> known_selects;  // Of views that were published from: they have the columns.
  std::map<std::string, std::string, std::less<>> views;  // What each was last made of.

  ~Handles();
};

// One statement and how it is run.
struct Question {
  std::string_view sql;
  const std::vector<Value>& parameters;
  // The answer fits in memory. Without parameters it is planned once then, and twice otherwise.
  bool small = false;
  bool plain = false;  // Handles::plain
};

// Runs one statement that may read opt_data_feed(); says how many rows it wrote.
Result<std::int64_t> run_with_feed(Database& database, Feed* feed, const Question& question);

// Writes the cells of one column of a chunk, each once. The caller knows the column's type.
class ColumnWriter {
 public:
  ColumnWriter(duckdb_data_chunk chunk, idx_t column)
      : vector_(duckdb_data_chunk_get_vector(chunk, column)),
        data_(duckdb_vector_get_data(vector_)) {}

  void null(idx_t row);
  void put(idx_t row, bool value) { at<bool>(row) = value; }
  void put(idx_t row, std::int32_t value) { at<std::int32_t>(row) = value; }
  void put(idx_t row, std::int64_t value) { at<std::int64_t>(row) = value; }
  void put(idx_t row, double value) { at<double>(row) = value; }
  void put(idx_t row, Instant value) { at<std::int64_t>(row) = micros(value); }
  void put(idx_t row, std::chrono::year_month_day day);
  void put(idx_t row, std::string_view text);
  void put(idx_t row, std::span<const std::string_view> words);
  template <typename T>
  void put(idx_t row, const std::optional<T>& value) {
    value ? put(row, *value) : null(row);
  }

 private:
  template <typename T>
  T& at(idx_t row) {
    return static_cast<T*>(data_)[row];
  }

  duckdb_vector vector_;
  void* data_;
  std::optional<idx_t> word_row_;  // Where a text was put last.
};

struct ResultColumn {
  std::string name;
  std::string type;  // DuckDB's name.
  duckdb_type id;
  duckdb_type storage;     // Of a DECIMAL's number; otherwise as `id`.
  std::uint8_t scale = 0;  // Of a DECIMAL.
  bool plain = true;       // Cells of other types have to be cast to text by DuckDB.
};
using ResultColumns = std::vector<ResultColumn>;

// The chunks of a result, as they come. `take` returns false to stop; it must not use `database`.
using TakeChunk = std::function<Result<bool>(const ResultColumns&, duckdb_data_chunk)>;
Result<ResultColumns> each_chunk(
    Database& database, const Question& question, const TakeChunk& take);
// The same, with DuckDB's own words for a damaged file.
Result<ResultColumns> stream_chunks(
    Database& database, const Question& question, const TakeChunk& take);

// One cell. Requires: a plain column.
Value value_at(duckdb_vector vector, const ResultColumn& column, idx_t row);
ResultColumn describe(duckdb_logical_type type, std::string name);

// DuckDB's words with our kind.
Error database_error(duckdb_error_type type, std::string_view words);
// A corrupt error with the path of the file that is; other errors as they are. `sql` and
// `parameters` are the statement that failed.
Error with_path(
    Error error, Database& database, std::string_view sql, const std::vector<Value>& parameters);

}  // namespace opt_data::store
