// A statement that runs: prepared, bound, executed, and its result a chunk at a time. For this
// folder only.
#pragma once

#include <string_view>
#include <vector>

#include "store/duckdb_handles.h"

namespace opt_data::store {

// A prepared statement and, later, its result; both are freed with it.
class Statement {
 public:
  Statement() = default;
  ~Statement() {
    duckdb_destroy_result(&result_);
    duckdb_destroy_pending(&pending_);
    duckdb_destroy_prepare(&prepared_);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Result<void> run(Database::Handles& handles, const Question& question);
  Result<bool> next();  // False after the last chunk.

  bool is_select() const {
    return duckdb_result_statement_type(result_) == DUCKDB_STATEMENT_TYPE_SELECT;
  }
  ResultColumns columns();
  duckdb_data_chunk chunk() const { return chunk_.handle; }

 private:
  Result<void> prepare(
      duckdb_connection connection, std::string_view sql, const std::vector<Value>& parameters);
  Result<void> run_streaming();
  Result<void> run_at_once(duckdb_connection connection, std::string_view sql);

  struct Chunk {
    duckdb_data_chunk handle = nullptr;
    ~Chunk() { duckdb_destroy_data_chunk(&handle); }
  };

  Error result_error() {
    const char* words = duckdb_result_error(&result_);
    return database_error(duckdb_result_error_type(&result_), words == nullptr ? "" : words);
  }

  duckdb_prepared_statement prepared_ = nullptr;
  duckdb_pending_result pending_ = nullptr;
  duckdb_result result_{};
  Chunk chunk_;
};

// The rows that a question has, as they come, with text for each cell that has no better home.
class Answer {
 public:
  Result<void> start(Database::Handles& handles, const Question& question);
  const ResultColumns& columns() const { return columns_; }
  Result<bool> next() { return current_->next(); }  // False after the last chunk.
  duckdb_data_chunk chunk() const { return current_->chunk(); }

 private:
  Statement first_, second_;
  Statement* current_ = &first_;
  ResultColumns columns_;
};

// Whether `sql` is one statement, and one that only reads. Errors: invalid_input, with DuckDB's
// words for what it does not understand.
Result<bool> is_one_select(Database::Handles& handles, std::string_view sql);

}  // namespace opt_data::store
