// DuckDB, in memory, through its C API; no exception and no DuckDB type leaves this folder. One
// connection: it serves one job at a time, and what `each` calls must not use it.
//
//   OPT_TRY(auto db, Database::open({}));
//   OPT_TRY(Table rows, db->query("SELECT count(*) FROM read_parquet($1)", {Value("x.parquet")}));
//
// Errors: corrupt, with the file's path, for a Parquet file that cannot be read; invalid_input,
// with DuckDB's words, for SQL that it refuses; storage for a write that failed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "calendar/instant.h"

namespace opt_data::store {

using TextList = std::vector<std::string>;

// One cell. monostate is NULL. DECIMAL, HUGEINT and what has no better home arrive as text.
using Value = std::variant<
    std::monostate, bool, std::int64_t, double, std::string, std::chrono::year_month_day, Instant,
    TextList>;

struct Table {  // Small results only: it is all in memory.
  std::vector<std::string> columns;
  std::vector<std::string> types;  // DuckDB's names.
  std::vector<std::vector<Value>> rows;
};

struct DatabaseOptions {
  int threads = 1;
  std::string memory_limit = "512MB";
  std::filesystem::path temporary_directory = {};  // Empty: nothing is spilled.
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<void> execute(std::string_view sql);  // One or more statements, no result.
  Result<Table> query(std::string_view sql, const std::vector<Value>& parameters = {});
  // Row by row, for results that need not fit in memory. `row` returns false to stop.
  Result<void> each(
      std::string_view sql, const std::vector<Value>& parameters,
      const std::function<bool(const std::vector<Value>&)>& row);

  // Creates (or replaces) a temporary table and fills it. Types are DuckDB's names.
  Result<void> load(
      std::string_view table, const std::vector<std::string>& columns,
      const std::vector<std::string>& types, const std::vector<std::vector<Value>>& rows);

  // From any thread: whatever runs ends soon, with an error.
  void interrupt();

  struct Handles;
  Handles& handles() { return *handles_; }  // For the writer's streaming table function only.

 private:
  explicit Database(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

std::string sql_text(std::string_view text);        // 'it''s'
std::string sql_identifier(std::string_view name);  // "right"

}  // namespace opt_data::store
