#include "store/statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/cursor.h"

namespace opt_data::store {
namespace {

struct BindValue {
  duckdb_prepared_statement prepared;
  idx_t index;

  duckdb_state operator()(std::monostate) const { return duckdb_bind_null(prepared, index); }
  duckdb_state operator()(bool value) const { return duckdb_bind_boolean(prepared, index, value); }
  duckdb_state operator()(std::int64_t value) const {
    return duckdb_bind_int64(prepared, index, value);
  }
  duckdb_state operator()(double value) const { return duckdb_bind_double(prepared, index, value); }
  duckdb_state operator()(const std::string& text) const {
    return duckdb_bind_varchar_length(prepared, index, text.data(), text.size());
  }
  duckdb_state operator()(std::chrono::year_month_day day) const {
    const auto days = std::chrono::sys_days{day}.time_since_epoch().count();
    return duckdb_bind_date(prepared, index, {static_cast<std::int32_t>(days)});
  }
  duckdb_state operator()(Instant at) const {
    return duckdb_bind_timestamp(prepared, index, {micros(at)});
  }
  duckdb_state operator()(const TextList& words) const {
    std::vector<duckdb_value> values;
    values.reserve(words.size() + 1);  // DuckDB takes no null pointer, not even for an empty list.
    for (const std::string& word : words)
      values.push_back(duckdb_create_varchar_length(word.data(), word.size()));
    duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_value list = duckdb_create_list_value(text, values.data(), values.size());
    const duckdb_state state =
        list == nullptr ? DuckDBError : duckdb_bind_value(prepared, index, list);
    duckdb_destroy_value(&list);
    duckdb_destroy_logical_type(&text);
    for (duckdb_value& value : values) duckdb_destroy_value(&value);
    return state;
  }
};

// The same rows, with text for each cell that has no better home.
std::string as_text(std::string_view sql, const ResultColumns& columns) {
  std::vector<std::string> names, cells;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    names.push_back(fmt::format("c{}", i));
    cells.push_back(
        columns[i].plain ? names.back() : fmt::format("CAST({} AS VARCHAR)", names.back()));
  }
  return fmt::format(
      "SELECT {} FROM (\n{}\n) AS answer({})", join(cells, ", "), sql, join(names, ", "));
}

}  // namespace

std::string_view without_semicolon(std::string_view sql) {
  sql = trim(sql);
  while (sql.ends_with(';')) sql = trim(sql.substr(0, sql.size() - 1));
  return sql;
}

Result<void> Statement::prepare(
    duckdb_connection connection, std::string_view sql, const std::vector<Value>& parameters) {
  const std::string text(sql);
  if (duckdb_prepare(connection, text.c_str(), &prepared_) != DuckDBSuccess) {
    const char* words = duckdb_prepare_error(prepared_);
    return fail(database_error(DUCKDB_ERROR_INVALID, words == nullptr ? "" : words));
  }
  if (duckdb_nparams(prepared_) != parameters.size())
    return fail(
        ErrorKind::invalid_input, "the statement takes {} parameters, {} were given: {}",
        duckdb_nparams(prepared_), parameters.size(), sql.substr(0, 200));
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (std::visit(BindValue{prepared_, i + 1}, parameters[i]) != DuckDBSuccess)
      return fail(
          ErrorKind::invalid_input, "parameter {} cannot be bound (text has to be UTF-8): {}",
          i + 1, sql.substr(0, 200));
  return {};
}

Result<void> Statement::run_streaming() {
  // Streaming, so that a result need not fit in memory. The header marks it for removal in some
  // later release, and has nothing else that streams.
  if (duckdb_pending_prepared_streaming(prepared_, &pending_) != DuckDBSuccess) {
    const char* words = duckdb_pending_error(pending_);
    return fail(database_error(DUCKDB_ERROR_INVALID, words == nullptr ? "" : words));
  }
  if (duckdb_execute_pending(pending_, &result_) != DuckDBSuccess) return fail(result_error());
  return {};
}

// Nothing is prepared: DuckDB would plan a statement that reads files again when it is run.
Result<void> Statement::run_at_once(duckdb_connection connection, std::string_view sql) {
  const std::string text(sql);
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = duckdb_extract_statements(connection, text.c_str(), &statements);
  duckdb_destroy_extracted(&statements);
  if (count > 1)
    return fail(ErrorKind::invalid_input, "one statement is taken, these are {}: {}", count, sql);
  if (duckdb_query(connection, text.c_str(), &result_) != DuckDBSuccess)
    return fail(result_error());
  return {};
}

Result<void> Statement::run(Database::Handles& handles, const Question& question) {
  const auto connection = question.plain ? handles.plain : handles.connection;
  if (question.small && question.parameters.empty()) return run_at_once(connection, question.sql);
  OPT_TRY_VOID(prepare(connection, question.sql, question.parameters));
  return run_streaming();
}

Result<bool> Statement::next() {
  duckdb_destroy_data_chunk(&chunk_.handle);
  chunk_.handle = duckdb_fetch_chunk(result_);
  if (chunk_.handle != nullptr) return duckdb_data_chunk_get_size(chunk_.handle) > 0;
  // A stream that broke ends like one that is over, but for this.
  const char* words = duckdb_result_error(&result_);
  if (words != nullptr && *words != '\0') return fail(result_error());
  return false;
}

ResultColumns Statement::columns() {
  ResultColumns columns;
  for (idx_t i = 0; i < duckdb_column_count(&result_); ++i) {
    duckdb_logical_type type = duckdb_column_logical_type(&result_, i);
    columns.push_back(describe(type, duckdb_column_name(&result_, i)));
    duckdb_destroy_logical_type(&type);
  }
  return columns;
}

Result<void> Answer::start(Database::Handles& handles, const Question& question) {
  OPT_TRY_VOID(first_.run(handles, question));
  columns_ = first_.columns();
  if (std::ranges::all_of(columns_, &ResultColumn::plain)) return {};
  if (!first_.is_select())
    return fail(ErrorKind::invalid_input, "a column of this answer has no text: {}", question.sql);
  const std::string text = as_text(without_semicolon(question.sql), columns_);
  OPT_TRY_VOID(second_.run(handles, {text, question.parameters, question.small, question.plain}));
  current_ = &second_;
  for (ResultColumn& column : columns_)
    if (!column.plain) column.id = column.storage = DUCKDB_TYPE_VARCHAR;
  return {};
}

Result<bool> is_one_select(Database::Handles& handles, std::string_view sql) {
  const std::string text(sql);
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = duckdb_extract_statements(handles.connection, text.c_str(), &statements);
  if (count == 0) {
    const char* words = duckdb_extract_statements_error(statements);
    const std::string complaint = words == nullptr ? "" : words;
    duckdb_destroy_extracted(&statements);
    if (complaint.empty()) return fail(ErrorKind::invalid_input, "there is no statement in it");
    return fail(database_error(DUCKDB_ERROR_INVALID, complaint));
  }
  duckdb_prepared_statement prepared = nullptr;
  const bool known =
      count == 1 && duckdb_prepare_extracted_statement(
                        handles.connection, statements, 0, &prepared) == DuckDBSuccess;
  const bool select =
      known && duckdb_prepared_statement_type(prepared) == DUCKDB_STATEMENT_TYPE_SELECT;
  const char* words = count == 1 && !known ? duckdb_prepare_error(prepared) : nullptr;
  const std::string complaint = words == nullptr ? "" : words;
  duckdb_destroy_prepare(&prepared);
  duckdb_destroy_extracted(&statements);
  if (count == 1 && !known) return fail(database_error(DUCKDB_ERROR_INVALID, complaint));
  return select;
}

}  // namespace opt_data::store
