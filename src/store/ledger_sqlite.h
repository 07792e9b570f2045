// One SQLite file: statements that are prepared once, values bound by place, failures as values.
//
//   SqliteQuery query(file, "SELECT at_us FROM published WHERE partition = ?");
//   query.bind(partition);
//   OPT_TRY(const bool found, query.step());
//
// No SQLite type and no code of its own leaves ledger_sqlite.cc. One thread at a time.
//
// Errors, each with the file's path: corrupt for what is not an SQLite file or is damaged;
// unavailable when another process kept it busy for 5 s; not_found for reading where nothing is;
// storage for the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace opt_data::store {

class SqliteFile {
 public:
  enum class Access : std::uint8_t { read, write };  // `write` makes the file where there is none.

  static Result<std::unique_ptr<SqliteFile>> open(const std::filesystem::path& path, Access access);
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  Result<void> run(const std::string& sql);  // One or more statements without values or rows.
  // A consistent copy of what is committed, whoever writes meanwhile; replaces `to` when it is
  // whole and on the disk.
  Result<void> copy_to(const std::filesystem::path& to);
  const std::filesystem::path& path() const { return path_; }

 private:
  friend class SqliteQuery;
  SqliteFile(std::filesystem::path path, sqlite3* handle);
  Result<sqlite3_stmt*> prepared(std::string_view sql);
  Error failure(int code) const;

  std::filesystem::path path_;
  sqlite3* handle_;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

// One use of a prepared statement, from the first bind to the last row. Two uses of the same text
// must not overlap. A failure to prepare or bind is kept until step() tells it.
class SqliteQuery {
 public:
  SqliteQuery(SqliteFile& file, std::string_view sql);
  ~SqliteQuery();
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;

  // Values go to the question marks in order. Text and bytes must live until the last step().
  SqliteQuery& bind(std::int64_t value);
  SqliteQuery& bind(std::string_view text);
  SqliteQuery& bind_bytes(std::string_view bytes);

  Result<bool> step();  // True: there is a row to read.
  Result<void> done();  // Steps through all rows, for statements that have none to read.

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string text(int column) const;
  std::string_view bytes(int column) const;  // Until the next step().

 private:
  SqliteFile& file_;
  sqlite3_stmt* statement_ = nullptr;
  int place_ = 0;
  Result<void> ready_;
};

}  // namespace opt_data::store
