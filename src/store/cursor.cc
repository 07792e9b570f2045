#include "store/cursor.h"

#include <utility>

#include "store/statement.h"

namespace opt_data::store {

struct Cursor::State {
  Database& database;
  std::string sql;
  std::vector<Value> parameters;
  Answer answer;
};

Cursor::Cursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cursor::~Cursor() = default;

Result<void> require_select(Database& database, std::string_view sql) {
  OPT_TRY(const bool select, is_one_select(database.handles(), sql));
  if (!select)
    return fail(ErrorKind::invalid_input, "only one SELECT is taken here: nothing can be changed");
  return {};
}

Result<std::unique_ptr<Cursor>> Cursor::open(
    Database& database, std::string sql, std::vector<Value> parameters) {
  OPT_TRY_VOID(require_select(database, sql));
  std::unique_ptr<Cursor> cursor(new Cursor(
      std::unique_ptr<State>(new State{database, std::move(sql), std::move(parameters), {}})));
  State& state = *cursor->state_;
  if (auto started = state.answer.start(database.handles(), {state.sql, state.parameters});
      !started)
    return fail(with_path(std::move(started).error(), database, state.sql, state.parameters));
  for (const ResultColumn& column : state.answer.columns()) {
    cursor->columns_.push_back(column.name);
    cursor->types_.push_back(column.type);
  }
  return cursor;
}

Result<std::vector<std::vector<Value>>> Cursor::next() {
  std::vector<std::vector<Value>> rows;
  const auto more = state_->answer.next();
  if (!more)
    return fail(with_path(more.error(), state_->database, state_->sql, state_->parameters));
  if (!*more) return rows;
  const ResultColumns& columns = state_->answer.columns();
  duckdb_data_chunk chunk = state_->answer.chunk();
  for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row) {
    auto& cells = rows.emplace_back();
    for (idx_t c = 0; c < columns.size(); ++c)
      cells.push_back(value_at(duckdb_data_chunk_get_vector(chunk, c), columns[c], row));
  }
  return rows;
}

}  // namespace opt_data::store
