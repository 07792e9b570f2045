// The rows of one SELECT, a batch at a time, for whoever takes them slowly: no more than the batch
// in hand and what DuckDB reads ahead is in memory.
//
//   OPT_TRY(auto cursor, Cursor::open(database, "SELECT * FROM intraday"));
//   for (;;) {
//     OPT_TRY(const auto rows, cursor->next());
//     if (rows.empty()) break;
//   }
//
// The database serves nobody else until the cursor is gone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/database.h"

namespace opt_data::store {

class Cursor {
 public:
  // Errors: invalid_input for what is not one SELECT; and as Database.
  static Result<std::unique_ptr<Cursor>> open(
      Database& database, std::string sql, std::vector<Value> parameters = {});
  ~Cursor();

  const std::vector<std::string>& columns() const { return columns_; }
  const std::vector<std::string>& types() const { return types_; }  // DuckDB's names.
  // Empty: that was all.
  Result<std::vector<std::vector<Value>>> next();

 private:
  struct State;
  explicit Cursor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  std::vector<std::string> columns_, types_;
};

// Errors: invalid_input for what is not one SELECT, with what to write instead.
Result<void> require_select(Database& database, std::string_view sql);

// What can stand in brackets.
std::string_view without_semicolon(std::string_view sql);

}  // namespace opt_data::store
