#include "store/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/duckdb_handles.h"

namespace opt_data::store {
namespace {

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

std::string_view without_semicolon(std::string_view sql) {
  sql = trim(sql);
  while (sql.ends_with(';')) sql = trim(sql.substr(0, sql.size() - 1));
  return sql;
}

void bind_feed(duckdb_bind_info info) {
  const auto* handles = static_cast<Database::Handles*>(duckdb_bind_get_extra_info(info));
  if (handles->feed == nullptr) {
    duckdb_bind_set_error(info, "opt_data_feed() has rows only while a writer holds them out");
    return;
  }
  for (const FeedColumn& column : handles->feed->columns()) {
    const bool list = column.type == "VARCHAR[]";
    duckdb_logical_type type = duckdb_create_logical_type(
        column.type == "BIGINT"      ? DUCKDB_TYPE_BIGINT
        : column.type == "BOOLEAN"   ? DUCKDB_TYPE_BOOLEAN
        : column.type == "DATE"      ? DUCKDB_TYPE_DATE
        : column.type == "DOUBLE"    ? DUCKDB_TYPE_DOUBLE
        : column.type == "INTEGER"   ? DUCKDB_TYPE_INTEGER
        : column.type == "TIMESTAMP" ? DUCKDB_TYPE_TIMESTAMP
                                     : DUCKDB_TYPE_VARCHAR);
    duckdb_logical_type list_type = list ? duckdb_create_list_type(type) : nullptr;
    duckdb_bind_add_result_column(info, column.name.c_str(), list ? list_type : type);
    duckdb_destroy_logical_type(&list_type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_bind_set_cardinality(info, static_cast<idx_t>(handles->feed->size()), true);
}

void fill_feed(duckdb_function_info info, duckdb_data_chunk chunk) {
  auto* handles = static_cast<Database::Handles*>(duckdb_function_get_extra_info(info));
  auto rows = handles->feed->fill(chunk, duckdb_vector_size());
  if (rows) {
    duckdb_data_chunk_set_size(chunk, *rows);
    return;
  }
  handles->feed_error = std::move(rows).error();
  duckdb_function_set_error(info, handles->feed_error->message.c_str());
}

bool register_feed(Database::Handles& handles) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, "opt_data_feed");
  duckdb_table_function_set_extra_info(function, &handles, nullptr);
  duckdb_table_function_set_bind(function, bind_feed);
  // One thread: the rows come in the order of the file.
  duckdb_table_function_set_init(
      function, [](duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); });
  duckdb_table_function_set_function(function, fill_feed);
  const duckdb_state state = duckdb_register_table_function(handles.connection, function);
  duckdb_destroy_table_function(&function);
  return state == DuckDBSuccess;
}

}  // namespace

Database::Handles::~Handles() {
  duckdb_disconnect(&plain);
  duckdb_disconnect(&connection);
  duckdb_close(&database);
}

Database::Database(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  duckdb_config config = nullptr;
  if (duckdb_create_config(&config) != DuckDBSuccess)
    return fail(ErrorKind::storage, "DuckDB gave no room for its settings");
  const std::pair<const char*, std::string> settings[] = {
      {"threads", std::to_string(options.threads)},
      {"memory_limit", options.memory_limit},
      {"temp_directory", options.temporary_directory.string()},
      {"preserve_insertion_order", "true"},
      // What is not linked in stays out: no download, no file from somebody's home.
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
  };
  bool accepted = true;
  for (const auto& [name, value] : settings)
    accepted = duckdb_set_config(config, name, value.c_str()) == DuckDBSuccess && accepted;
  std::unique_ptr<Database> database(new Database(std::make_unique<Handles>()));
  Handles* const handles = database->handles_.get();
  char* words = nullptr;
  const bool opened =
      accepted && duckdb_open_ext(nullptr, &handles->database, config, &words) == DuckDBSuccess &&
      duckdb_connect(handles->database, &handles->connection) == DuckDBSuccess &&
      duckdb_connect(handles->database, &handles->plain) == DuckDBSuccess &&
      duckdb_query(handles->plain, "PRAGMA disable_optimizer", nullptr) == DuckDBSuccess;
  const std::string why = words == nullptr ? "a setting was refused" : words;
  duckdb_free(words);
  duckdb_destroy_config(&config);
  if (!opened)
    return fail(
        ErrorKind::invalid_input, "cannot open DuckDB with {} threads and memory_limit '{}': {}",
        options.threads, options.memory_limit, why);
  if (!register_feed(*handles))
    return fail(ErrorKind::storage, "DuckDB did not take the table function opt_data_feed");
  // Instants are UTC wherever the machine stands; a DuckDB without time zones has no other.
  static_cast<void>(database->execute("SET TimeZone = 'UTC'"));
  // A collector runs for months and reads each file a few times. Without these every file it reads
  // stays in memory until memory_limit, and what a job has freed stays with the allocator; a DuckDB
  // that does not know them does neither. Caching files is the system's business.
  for (const char* setting :
       {"SET enable_external_file_cache = false", "SET allocator_flush_threshold = '1MB'",
        "SET allocator_bulk_deallocation_flush_threshold = '1MB'"})
    static_cast<void>(database->execute(setting));
  return database;
}

Result<void> Database::execute(std::string_view sql) {
  const std::string text(sql);
  duckdb_result result{};
  const duckdb_state state = duckdb_query(handles_->connection, text.c_str(), &result);
  const char* words = duckdb_result_error(&result);
  Error error = database_error(duckdb_result_error_type(&result), words == nullptr ? "" : words);
  duckdb_destroy_result(&result);
  if (state != DuckDBSuccess) return fail(with_path(std::move(error), *this, sql, {}));
  return {};
}

Result<void> Database::each(
    std::string_view sql, const std::vector<Value>& parameters,
    const std::function<bool(const std::vector<Value>&)>& row) {
  OPT_TRY_VOID(each_chunk(
      *this, {sql, parameters},
      [&](const ResultColumns& columns, duckdb_data_chunk chunk) -> Result<bool> {
        std::vector<Value> cells(columns.size());
        for (idx_t r = 0; r < duckdb_data_chunk_get_size(chunk); ++r) {
          for (idx_t c = 0; c < columns.size(); ++c)
            cells[c] = value_at(duckdb_data_chunk_get_vector(chunk, c), columns[c], r);
          if (!row(cells)) return false;
        }
        return true;
      }));
  return {};
}

Result<Table> Database::query(std::string_view sql, const std::vector<Value>& parameters) {
  Table table;
  OPT_TRY(
      const ResultColumns columns,
      each_chunk(
          *this, {sql, parameters, true},
          [&](const ResultColumns& cells, duckdb_data_chunk chunk) -> Result<bool> {
            for (idx_t r = 0; r < duckdb_data_chunk_get_size(chunk); ++r) {
              auto& row = table.rows.emplace_back();
              for (idx_t c = 0; c < cells.size(); ++c)
                row.push_back(value_at(duckdb_data_chunk_get_vector(chunk, c), cells[c], r));
            }
            return true;
          }));
  for (const ResultColumn& column : columns) {
    table.columns.push_back(column.name);
    table.types.push_back(column.type);
  }
  return table;
}

Result<ResultColumns> each_chunk(
    Database& database, const Question& question, const TakeChunk& take) {
  auto columns = stream_chunks(database, question, take);
  if (!columns)
    return fail(with_path(std::move(columns).error(), database, question.sql, question.parameters));
  return columns;
}

Result<ResultColumns> stream_chunks(
    Database& database, const Question& question, const TakeChunk& take) {
  Statement first, second;
  Statement* statement = &first;
  OPT_TRY_VOID(first.run(database.handles(), question));
  ResultColumns columns = first.columns();
  if (!std::ranges::all_of(columns, &ResultColumn::plain)) {
    if (!first.is_select())
      return fail(
          ErrorKind::invalid_input, "a column of this answer has no text: {}", question.sql);
    const std::string text = as_text(without_semicolon(question.sql), columns);
    OPT_TRY_VOID(second.run(
        database.handles(), {text, question.parameters, question.small, question.plain}));
    statement = &second;
    for (ResultColumn& column : columns)
      if (!column.plain) column.id = column.storage = DUCKDB_TYPE_VARCHAR;
  }
  for (;;) {
    OPT_TRY(const bool more, statement->next());
    if (!more) return columns;
    OPT_TRY(const bool wanted, take(columns, statement->chunk()));
    if (!wanted) return columns;
  }
}

Result<std::int64_t> run_with_feed(Database& database, Feed* feed, const Question& question) {
  Database::Handles& handles = database.handles();
  OPT_CHECK(handles.feed == nullptr);
  handles.feed = feed;
  handles.feed_error.reset();
  const auto run = [&]() -> Result<std::int64_t> {
    Statement statement;
    OPT_TRY_VOID(statement.run(handles, question));
    const ResultColumns columns = statement.columns();
    OPT_TRY(const bool counted, statement.next());
    if (!counted || columns.size() != 1 || columns[0].id != DUCKDB_TYPE_BIGINT) return 0;
    const Value count = value_at(duckdb_data_chunk_get_vector(statement.chunk(), 0), columns[0], 0);
    return std::get<std::int64_t>(count);
  };
  auto rows = run();
  handles.feed = nullptr;
  if (handles.feed_error) return fail(*std::exchange(handles.feed_error, std::nullopt));
  if (!rows)
    return fail(with_path(std::move(rows).error(), database, question.sql, question.parameters));
  return rows;
}

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}

std::string sql_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

}  // namespace opt_data::store
