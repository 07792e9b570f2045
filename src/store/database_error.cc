#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "store/duckdb_handles.h"

namespace opt_data::store {
namespace {

// How DuckDB speaks of a Parquet file that is cut short or damaged. Most of these name no file and
// carry no type of their own; they were collected by damaging files at random.
constexpr std::string_view damage[] = {
    "No magic bytes found",
    "Could not read enough bytes from file",
    "too small to be a Parquet file",
    "TProtocolException",
    "don't know what type",
    "invalid TType",
    "Out of buffer",
    "Decompression failure",
    "Failed to read file",
    "Invalid string encoding found in Parquet",
    "requires a length and scale specifier",
    "bytes outside file",
    "Footer length error",
};

bool mentions(std::string_view words, std::string_view what) {
  return words.find(what) != std::string_view::npos;
}

std::string_view first_line(std::string_view words) { return words.substr(0, words.find('\n')); }

void collect_paths(std::string_view text, std::set<std::string>& paths) {
  for (const char quote : {'\'', '"'}) {
    for (const std::string_view part : split(text, quote))
      if (part.ends_with(".parquet") && !mentions(part, "*")) paths.emplace(part);
  }
}

// Reads the files that a statement or an open view names, until one of them fails.
std::string culprit(
    Database& database, std::string_view sql, const std::vector<Value>& parameters) {
  std::set<std::string> paths;
  collect_paths(sql, paths);
  for (const Value& parameter : parameters)
    if (const auto* text = std::get_if<std::string>(&parameter)) paths.insert(*text);
  if (const auto views = database.query("SELECT sql FROM duckdb_views() WHERE NOT internal"))
    for (const auto& row : views->rows) collect_paths(std::get<std::string>(row[0]), paths);
  const auto read = [](const ResultColumns&, duckdb_data_chunk) -> Result<bool> { return true; };
  for (const std::string& path : paths) {
    const std::string all = "SELECT * FROM read_parquet(" + sql_text(path) + ")";
    if (const auto done = stream_chunks(database, {all, {}}, read);
        !done && done.error().kind == ErrorKind::corrupt)
      return path;
  }
  return "";
}

}  // namespace

Error database_error(duckdb_error_type type, std::string_view words) {
  // A statement that could not be prepared has no type, only its name before the words.
  const auto is = [&](duckdb_error_type id, std::string_view name) {
    return type == id || words.starts_with(name);
  };
  if (std::ranges::any_of(damage, [&](std::string_view sign) { return mentions(words, sign); }))
    return {ErrorKind::corrupt, std::string(first_line(words))};
  if (is(DUCKDB_ERROR_INTERRUPT, "INTERRUPT"))
    return {ErrorKind::cancelled, "the statement was interrupted"};
  if (is(DUCKDB_ERROR_OUT_OF_MEMORY, "Out of Memory"))
    return {
        ErrorKind::storage, fmt::format(
                                "{}; give DuckDB a larger memory_limit or a directory "
                                "to spill into",
                                first_line(words))};
  const bool absent = mentions(words, "No files found");
  if ((is(DUCKDB_ERROR_IO, "IO Error") && !absent) || is(DUCKDB_ERROR_FATAL, "FATAL") ||
      is(DUCKDB_ERROR_INTERNAL, "INTERNAL"))
    return {ErrorKind::storage, std::string(first_line(words))};
  return {ErrorKind::invalid_input, std::string(words)};
}

Error with_path(
    Error error, Database& database, std::string_view sql, const std::vector<Value>& parameters) {
  if (error.kind != ErrorKind::corrupt) return error;
  std::set<std::string> named;
  collect_paths(error.message, named);
  const std::string path = named.size() == 1 ? *named.begin() : culprit(database, sql, parameters);
  error.message = path.empty()
                      ? "a Parquet file that this statement reads is damaged: " + error.message
                      : fmt::format("cannot read {}: {}", path, error.message);
  return error;
}

}  // namespace opt_data::store
