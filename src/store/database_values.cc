#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "store/duckdb_handles.h"
#include "store/utf8.h"

namespace opt_data::store {
namespace {

constexpr std::array<std::string_view, 8> carried_types = {
    "BIGINT", "BOOLEAN", "DATE", "DOUBLE", "INTEGER", "TIMESTAMP", "VARCHAR", "VARCHAR[]"};

std::string_view type_name(duckdb_type type) {
  constexpr std::pair<duckdb_type, std::string_view> names[] = {
      {DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
      {DUCKDB_TYPE_TINYINT, "TINYINT"},
      {DUCKDB_TYPE_SMALLINT, "SMALLINT"},
      {DUCKDB_TYPE_INTEGER, "INTEGER"},
      {DUCKDB_TYPE_BIGINT, "BIGINT"},
      {DUCKDB_TYPE_UTINYINT, "UTINYINT"},
      {DUCKDB_TYPE_USMALLINT, "USMALLINT"},
      {DUCKDB_TYPE_UINTEGER, "UINTEGER"},
      {DUCKDB_TYPE_UBIGINT, "UBIGINT"},
      {DUCKDB_TYPE_HUGEINT, "HUGEINT"},
      {DUCKDB_TYPE_UHUGEINT, "UHUGEINT"},
      {DUCKDB_TYPE_FLOAT, "FLOAT"},
      {DUCKDB_TYPE_DOUBLE, "DOUBLE"},
      {DUCKDB_TYPE_DECIMAL, "DECIMAL"},
      {DUCKDB_TYPE_VARCHAR, "VARCHAR"},
      {DUCKDB_TYPE_BLOB, "BLOB"},
      {DUCKDB_TYPE_DATE, "DATE"},
      {DUCKDB_TYPE_TIME, "TIME"},
      {DUCKDB_TYPE_TIME_TZ, "TIME WITH TIME ZONE"},
      {DUCKDB_TYPE_INTERVAL, "INTERVAL"},
      {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
      {DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
      {DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
      {DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
      {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"},
      {DUCKDB_TYPE_ENUM, "ENUM"},
      {DUCKDB_TYPE_LIST, "LIST"},
      {DUCKDB_TYPE_STRUCT, "STRUCT"},
      {DUCKDB_TYPE_MAP, "MAP"},
      {DUCKDB_TYPE_ARRAY, "ARRAY"},
      {DUCKDB_TYPE_UUID, "UUID"},
      {DUCKDB_TYPE_UNION, "UNION"},
      {DUCKDB_TYPE_BIT, "BIT"},
      {DUCKDB_TYPE_SQLNULL, "NULL"},
  };
  for (const auto& [id, name] : names)
    if (id == type) return name;
  return "OTHER";
}

// Decimal digits of a whole number of 128 bits, with `scale` of them behind the point.
std::string decimal_text(duckdb_hugeint number, unsigned scale) {
  __extension__ using Wide = unsigned __int128;
  const bool negative = number.upper < 0;
  Wide rest = static_cast<Wide>(static_cast<std::uint64_t>(number.upper)) << 64 | number.lower;
  if (negative) rest = ~rest + 1;
  std::string digits;
  while (rest != 0 || digits.size() <= scale) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  }
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  return negative ? "-" + digits : digits;
}

duckdb_hugeint widened(std::int64_t number) {
  return {static_cast<std::uint64_t>(number), number < 0 ? -1 : 0};
}

template <typename T>
T cell(const void* data, idx_t row) {
  return static_cast<const T*>(data)[row];
}

std::int64_t whole_at(const void* data, duckdb_type type, idx_t row) {
  switch (type) {
    case DUCKDB_TYPE_TINYINT:
      return cell<std::int8_t>(data, row);
    case DUCKDB_TYPE_SMALLINT:
      return cell<std::int16_t>(data, row);
    case DUCKDB_TYPE_INTEGER:
      return cell<std::int32_t>(data, row);
    case DUCKDB_TYPE_UTINYINT:
      return cell<std::uint8_t>(data, row);
    case DUCKDB_TYPE_USMALLINT:
      return cell<std::uint16_t>(data, row);
    case DUCKDB_TYPE_UINTEGER:
      return cell<std::uint32_t>(data, row);
    default:
      return cell<std::int64_t>(data, row);
  }
}

std::string_view text_of(duckdb_string_t& text) {
  return {duckdb_string_t_data(&text), duckdb_string_t_length(text)};
}

Value day_value(std::int32_t days) {
  return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{days}}};
}

TextList words_at(duckdb_vector vector, idx_t row) {
  const auto entry = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector))[row];
  const duckdb_vector child = duckdb_list_vector_get_child(vector);
  auto* texts = static_cast<duckdb_string_t*>(duckdb_vector_get_data(child));
  std::uint64_t* valid = duckdb_vector_get_validity(child);
  TextList words;
  for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i)
    words.emplace_back(
        duckdb_validity_row_is_valid(valid, i) ? text_of(texts[i]) : std::string_view("NULL"));
  return words;
}

void assign(duckdb_vector vector, idx_t row, std::string_view text) {
  if (is_ascii(text)) {
    duckdb_vector_assign_string_element_len(vector, row, text.data(), text.size());
  } else {
    const std::string clean = as_utf8(text);
    duckdb_vector_assign_string_element_len(vector, row, clean.data(), clean.size());
  }
}

bool is_plain(duckdb_type id) {
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_DECIMAL:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_SQLNULL:
      return true;
    default:
      return false;
  }
}

// Brings cells to DuckDB in the types of a table; says which one does not fit.
class ValueFeed : public Feed {
 public:
  ValueFeed(std::vector<FeedColumn> columns, const std::vector<std::vector<Value>>& rows)
      : columns_(std::move(columns)), rows_(rows) {}

  std::vector<FeedColumn> columns() const override { return columns_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(rows_.size()); }

  Result<idx_t> fill(duckdb_data_chunk chunk, idx_t rows_max) override {
    const std::size_t count = std::min<std::size_t>(rows_max, rows_.size() - next_);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      ColumnWriter writer(chunk, c);
      for (std::size_t r = 0; r < count; ++r) {
        const auto& row = rows_[next_ + r];
        if (row.size() != columns_.size() || !put(writer, r, columns_[c].type, row[c]))
          return fail(
              ErrorKind::invalid_input, "row {} of the table to load: its {} is not {}", next_ + r,
              columns_[c].name, columns_[c].type);
      }
    }
    next_ += count;
    return count;
  }

 private:
  static bool put(ColumnWriter& writer, idx_t row, std::string_view type, const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) {
      writer.null(row);
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      return put_whole(writer, row, type, *whole);
    } else if (const auto* number = std::get_if<double>(&value); number && type == "DOUBLE") {
      writer.put(row, *number);
    } else if (const auto* yes = std::get_if<bool>(&value); yes && type == "BOOLEAN") {
      writer.put(row, *yes);
    } else if (const auto* text = std::get_if<std::string>(&value); text && type == "VARCHAR") {
      writer.put(row, std::string_view(*text));
    } else if (const auto* day = std::get_if<std::chrono::year_month_day>(&value);
               day && type == "DATE") {
      writer.put(row, *day);
    } else if (const auto* at = std::get_if<Instant>(&value); at && type == "TIMESTAMP") {
      writer.put(row, *at);
    } else if (const auto* list = std::get_if<TextList>(&value); list && type == "VARCHAR[]") {
      const std::vector<std::string_view> words(list->begin(), list->end());
      writer.put(row, std::span(words));
    } else {
      return false;
    }
    return true;
  }

  static bool put_whole(
      ColumnWriter& writer, idx_t row, std::string_view type, std::int64_t whole) {
    if (type == "BIGINT") {
      writer.put(row, whole);
    } else if (type == "DOUBLE") {
      writer.put(row, static_cast<double>(whole));
    } else if (type == "INTEGER" && std::in_range<std::int32_t>(whole)) {
      writer.put(row, static_cast<std::int32_t>(whole));
    } else {
      return false;
    }
    return true;
  }

  std::vector<FeedColumn> columns_;
  const std::vector<std::vector<Value>>& rows_;
  std::size_t next_ = 0;
};

}  // namespace

bool is_carried(std::string_view type) {
  return std::ranges::find(carried_types, type) != carried_types.end();
}

ResultColumn describe(duckdb_logical_type type, std::string name) {
  const duckdb_type id = duckdb_get_type_id(type);
  ResultColumn column{std::move(name), std::string(type_name(id)), id, id, 0, is_plain(id)};
  if (id == DUCKDB_TYPE_DECIMAL) {
    column.storage = duckdb_decimal_internal_type(type);
    column.scale = duckdb_decimal_scale(type);
    column.type = fmt::format("DECIMAL({},{})", duckdb_decimal_width(type), column.scale);
  } else if (id == DUCKDB_TYPE_LIST) {
    duckdb_logical_type child = duckdb_list_type_child_type(type);
    const ResultColumn element = describe(child, "");
    duckdb_destroy_logical_type(&child);
    column.type = element.type + "[]";
    column.plain = element.id == DUCKDB_TYPE_VARCHAR;
  }
  return column;
}

void ColumnWriter::null(idx_t row) {
  duckdb_vector_ensure_validity_writable(vector_);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector_), row);
}

void ColumnWriter::put(idx_t row, std::chrono::year_month_day day) {
  at<std::int32_t>(row) =
      static_cast<std::int32_t>(std::chrono::sys_days{day}.time_since_epoch().count());
}

// A word that the row before has is not checked, counted and copied again: the two cells share it.
void ColumnWriter::put(idx_t row, std::string_view text) {
  if (word_row_) {
    duckdb_string_t& word = at<duckdb_string_t>(*word_row_);
    if (std::string_view(duckdb_string_t_data(&word), duckdb_string_t_length(word)) == text) {
      at<duckdb_string_t>(row) = word;
      return;
    }
  }
  assign(vector_, row, text);
  word_row_ = row;
}

void ColumnWriter::put(idx_t row, std::span<const std::string_view> words) {
  const idx_t begin = duckdb_list_vector_get_size(vector_);
  duckdb_list_vector_reserve(vector_, begin + words.size());
  duckdb_list_vector_set_size(vector_, begin + words.size());
  const duckdb_vector child = duckdb_list_vector_get_child(vector_);
  for (std::size_t i = 0; i < words.size(); ++i) assign(child, begin + i, words[i]);
  at<duckdb_list_entry>(row) = {begin, words.size()};
}

Value value_at(duckdb_vector vector, const ResultColumn& column, idx_t row) {
  if (!duckdb_validity_row_is_valid(duckdb_vector_get_validity(vector), row)) return {};
  void* const data = duckdb_vector_get_data(vector);
  switch (column.id) {
    case DUCKDB_TYPE_BOOLEAN:
      return cell<bool>(data, row);
    case DUCKDB_TYPE_UBIGINT: {
      const auto number = cell<std::uint64_t>(data, row);
      if (std::in_range<std::int64_t>(number)) return static_cast<std::int64_t>(number);
      return std::to_string(number);
    }
    case DUCKDB_TYPE_FLOAT:
      return static_cast<double>(cell<float>(data, row));
    case DUCKDB_TYPE_DOUBLE:
      return cell<double>(data, row);
    case DUCKDB_TYPE_VARCHAR:
      return std::string(text_of(static_cast<duckdb_string_t*>(data)[row]));
    case DUCKDB_TYPE_DATE:
      return day_value(cell<std::int32_t>(data, row));
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return from_micros(cell<std::int64_t>(data, row));
    case DUCKDB_TYPE_TIMESTAMP_S:
      return from_micros(cell<std::int64_t>(data, row) * 1'000'000);
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return from_micros(cell<std::int64_t>(data, row) * 1'000);
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return std::chrono::floor<std::chrono::microseconds>(
          std::chrono::sys_time<std::chrono::nanoseconds>{
              std::chrono::nanoseconds{cell<std::int64_t>(data, row)}});
    case DUCKDB_TYPE_HUGEINT:
      return decimal_text(cell<duckdb_hugeint>(data, row), 0);
    case DUCKDB_TYPE_DECIMAL:
      return decimal_text(
          column.storage == DUCKDB_TYPE_HUGEINT ? cell<duckdb_hugeint>(data, row)
                                                : widened(whole_at(data, column.storage, row)),
          column.scale);
    case DUCKDB_TYPE_LIST:
      return words_at(vector, row);
    default:
      return whole_at(data, column.id, row);
  }
}

Result<void> Database::load(
    std::string_view table, const std::vector<std::string>& columns,
    const std::vector<std::string>& types, const std::vector<std::vector<Value>>& rows) {
  if (columns.size() != types.size())
    return fail(
        ErrorKind::invalid_input, "table {} has {} columns and {} types", table, columns.size(),
        types.size());
  std::vector<FeedColumn> carried;
  std::string cells;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    // What a feed cannot bring travels as text, and DuckDB reads it.
    carried.push_back({columns[i], is_carried(types[i]) ? types[i] : "VARCHAR"});
    const std::string name = sql_identifier(columns[i]);
    cells += fmt::format("{}CAST({} AS {}) AS {}", i == 0 ? "" : ", ", name, types[i], name);
  }
  ValueFeed feed(std::move(carried), rows);
  OPT_TRY_VOID(run_with_feed(
      *this, &feed,
      {fmt::format(
           "CREATE OR REPLACE TEMPORARY TABLE {} AS SELECT {} FROM opt_data_feed()",
           sql_identifier(table), cells),
       {},
       true}));
  return {};
}

}  // namespace opt_data::store
