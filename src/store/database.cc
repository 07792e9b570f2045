#include "store/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/statement.h"

namespace opt_data::store {
namespace {

// A row is an observation of its slot when the market-data type is known, there is no error, and a
// price was sent. Everybody who says "usable" says this.
constexpr const char* usable_macro =
    "CREATE MACRO is_usable(market_data_type, snapshot_error, bid, ask, last) AS "
    "coalesce(market_data_type, 0) BETWEEN 1 AND 4 AND NOT coalesce(snapshot_error, false) "
    "AND (bid IS NOT NULL OR ask IS NOT NULL OR last IS NOT NULL)";

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
  if (const auto& functions = duckdb_functions(); !functions) return fail(functions.error());
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
  OPT_TRY_VOID(database->execute(usable_macro));
  // A collector runs for months and reads each file a few times. Without these every file it reads
  // stays in memory until memory_limit, and what a job has freed stays with the allocator; a DuckDB
  // that does not know them does neither. Caching files is the system's business.
  for (const char* setting :
       {"SET enable_external_file_cache = false", "SET allocator_flush_threshold = '1MB'",
        "SET allocator_bulk_deallocation_flush_threshold = '1MB'",
        // A join with a few hundred keys reads only the row groups that may hold one of them.
        "SET dynamic_or_filter_threshold = 500"})
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
  Answer answer;
  OPT_TRY_VOID(answer.start(database.handles(), question));
  for (;;) {
    OPT_TRY(const bool more, answer.next());
    if (!more) return answer.columns();
    OPT_TRY(const bool wanted, take(answer.columns(), answer.chunk()));
    if (!wanted) return answer.columns();
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

void Database::interrupt() {
  duckdb_interrupt(handles_->connection);
  duckdb_interrupt(handles_->plain);
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
