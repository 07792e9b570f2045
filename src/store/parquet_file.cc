#include "store/parquet_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "store/duckdb_handles.h"

namespace opt_data::store {
namespace {

using std::filesystem::path;

std::vector<std::string> quoted(std::span<const path> files) {
  std::vector<std::string> texts;
  for (const path& file : files) texts.push_back(sql_text(file.string()));
  return texts;
}

std::string list_of(std::span<const path> files) { return "[" + join(quoted(files), ", ") + "]"; }

struct Footer {
  std::vector<std::string> columns;  // "bid DOUBLE"
  std::string schema_version;        // Empty where there is none.
};
using Footers = std::map<std::string, Footer>;

std::string text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? "" : *text;
}

// A footer lists the tree of its columns in depth-first order, the root first; a list of text is a
// branch that ends in its only leaf.
Result<void> read_columns(Database& database, std::span<const path> files, Footers& footers) {
  std::string file, branch;
  std::int64_t open = 0;  // Levels of the branch that are still to come.
  return database.each(
      "SELECT file_name, name, duckdb_type, coalesce(num_children, 0) FROM parquet_schema(" +
          list_of(files) + ")",
      {}, [&](const std::vector<Value>& row) {
        const std::string name = text_of(row[1]);
        const auto children = std::get<std::int64_t>(row[3]);
        if (file != text_of(row[0])) {
          file = text_of(row[0]);
          open = 0;
        } else if (children > 0) {
          if (open == 0) branch = name;
          open = 1;
        } else {
          footers[file].columns.push_back(
              (open == 0 ? name : branch) + " " + text_of(row[2]) + (open == 0 ? "" : "[]"));
          open = 0;
        }
        return true;
      });
}

Result<void> read_versions(Database& database, std::span<const path> files, Footers& footers) {
  const std::string sql = "SELECT file_name, decode(value) FROM parquet_kv_metadata(" +
                          list_of(files) + ") WHERE decode(key) = 'schema_version'";
  OPT_TRY_VOID(each_chunk(
      database, {sql, {}, true, true},
      [&](const ResultColumns& columns, duckdb_data_chunk chunk) -> Result<bool> {
        const auto cell = [&](idx_t column, idx_t row) {
          return text_of(
              value_at(duckdb_data_chunk_get_vector(chunk, column), columns[column], row));
        };
        for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row)
          footers[cell(0, row)].schema_version = cell(1, row);
        return true;
      }));
  return {};
}

Result<int> check_version(const std::string& file, const std::string& version, int known) {
  const auto number = parse_int(version);
  if (number && *number >= 1 && *number <= known) return static_cast<int>(*number);
  if (number && *number > known)
    return fail(
        ErrorKind::corrupt,
        "{} has schema_version {}, this opt-data reads up to {}; a newer opt-data wrote it, use "
        "that one",
        file, version, known);
  return fail(
      ErrorKind::corrupt,
      "{} has no schema_version that is known ('{}'); opt-data did not write it", file, version);
}

// Those that a file of `version` has.
std::vector<Column> columns_until(std::span<const Column> columns, int version) {
  std::vector<Column> all(columns.begin(), columns.end());
  std::erase_if(all, [version](const Column& column) { return column.since > version; });
  return all;
}

Result<void> check_columns(
    const std::string& file, const std::vector<std::string>& found,
    std::span<const Column> expected) {
  for (std::size_t i = 0; i < std::max(found.size(), expected.size()); ++i) {
    const std::string have = i < found.size() ? found[i] : "nothing";
    const std::string want =
        i < expected.size() ? fmt::format("{} {}", expected[i].name, expected[i].type) : "nothing";
    if (have != want)
      return fail(
          ErrorKind::corrupt, "{} is not a file of its view: column {} is {}, not {}", file, i + 1,
          have, want);
  }
  return {};
}

std::uint64_t mixed(std::uint64_t bits) {  // SplitMix64's finalizer.
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111ebU;
  return bits ^ bits >> 31;
}

std::string_view words_of(duckdb_string_t& text) {
  return {duckdb_string_t_data(&text), duckdb_string_t_length(text)};
}

// As duckdb_validity_row_is_valid() has it, but for the call, which costs more than the bit.
bool is_known(const std::uint64_t* valid, idx_t row) {
  return valid == nullptr || (valid[row / 64] >> (row % 64) & 1) != 0;
}

// Every row is a sum over its cells, the file a sum over its rows: neither the order of rows nor of
// columns changes it, and no library's own hash is in it, so that it outlives an upgrade.
// An empty cell of a column that came later adds nothing, so that a file of before and the same
// rows written again with that column have the same.
class Checksum {
 public:
  explicit Checksum(std::span<const Column> schema) {
    for (const Column& column : schema)
      if (column.since > 1) later_.insert(column.name);
  }

  void add(const ResultColumns& columns, duckdb_data_chunk chunk) {
    const idx_t size = duckdb_data_chunk_get_size(chunk);
    rows_.assign(size, 0);
    const std::int32_t* slots = nullptr;
    for (idx_t c = 0; c < columns.size(); ++c) {
      if (columns[c].name == "ingest_id" || columns[c].name == "update_ts") continue;
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, c);
      if (columns[c].name == "slot_30m")
        slots = static_cast<std::int32_t*>(duckdb_vector_get_data(vector));
      add_column(columns[c], vector, size);
    }
    Sum* sum = nullptr;  // Neighbours are mostly of one slot.
    for (idx_t row = 0; row < size; ++row) {
      const bool same = row > 0 && (slots == nullptr || slots[row] == slots[row - 1]);
      if (!same) sum = &sums_[slots == nullptr ? 0 : slots[row]];
      sum->add(rows_[row]);
    }
    of_slots_ = of_slots_ || slots != nullptr;
  }

  FileContent content() const {
    FileContent content;
    Sum whole;
    for (const auto& [slot, sum] : sums_) {
      whole.rows += sum.rows;
      whole.low += sum.low;
      whole.high += sum.high;
      if (of_slots_) content.slots.emplace(slot, sum.content());
    }
    static_cast<RowsContent&>(content) = whole.content();
    return content;
  }

 private:
  struct Sum {
    std::int64_t rows = 0;
    std::uint64_t low = 0, high = 0;
    void add(std::uint64_t row) {
      ++rows;
      low += mixed(row);
      high += mixed(row ^ 0x9e3779b97f4a7c15U);
    }
    RowsContent content() const { return {rows, fmt::format("{:016x}{:016x}", high, low)}; }
  };

  void add_column(const ResultColumn& column, duckdb_vector vector, idx_t size) {
    void* const data = duckdb_vector_get_data(vector);
    switch (column.id) {
      case DUCKDB_TYPE_BOOLEAN:
        return add_cells(column, vector, size, [cells = static_cast<bool*>(data)](idx_t row) {
          return mixed(2 + static_cast<std::uint64_t>(cells[row]));
        });
      case DUCKDB_TYPE_INTEGER:
      case DUCKDB_TYPE_DATE:
        return add_cells(
            column, vector, size, [cells = static_cast<std::int32_t*>(data)](idx_t row) {
              return mixed(static_cast<std::uint64_t>(cells[row]));
            });
      case DUCKDB_TYPE_DOUBLE:
        return add_cells(column, vector, size, [cells = static_cast<double*>(data)](idx_t row) {
          return mixed(std::bit_cast<std::uint64_t>(cells[row] == 0 ? 0.0 : cells[row]));
        });
      case DUCKDB_TYPE_VARCHAR:
        return add_cells(
            column, vector, size,
            [cells = static_cast<duckdb_string_t*>(data), last = std::string_view(),
             hash = mixed(key_of(""))](idx_t row) mutable {
              // Neighbours often have the same word, which is sooner compared than hashed.
              const std::string_view word = words_of(cells[row]);
              if (word != last) hash = mixed(key_of(word));
              last = word;
              return hash;
            });
      case DUCKDB_TYPE_LIST:
        return add_cells(
            column, vector, size,
            [vector, cells = static_cast<duckdb_list_entry*>(data)](idx_t row) {
              return list(vector, cells[row]);
            });
      default:
        return add_cells(
            column, vector, size, [cells = static_cast<std::int64_t*>(data)](idx_t row) {
              return mixed(static_cast<std::uint64_t>(cells[row]));
            });
    }
  }

  template <typename Cell>
  void add_cells(const ResultColumn& column, duckdb_vector vector, idx_t size, Cell cell) {
    const std::uint64_t seed = key_of(column.name);
    const std::uint64_t empty = later_.contains(column.name) ? 0 : mixed(seed + 1);
    const std::uint64_t* const valid = duckdb_vector_get_validity(vector);
    for (idx_t row = 0; row < size; ++row)
      rows_[row] += is_known(valid, row) ? mixed(seed + cell(row)) : empty;
  }

  static std::uint64_t list(duckdb_vector vector, duckdb_list_entry entry) {
    auto* words =
        static_cast<duckdb_string_t*>(duckdb_vector_get_data(duckdb_list_vector_get_child(vector)));
    std::uint64_t hash = mixed(entry.length);
    for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i)
      hash = mixed(hash + key_of(words_of(words[i])));
    return hash;
  }

  std::set<std::string_view> later_;
  std::vector<std::uint64_t> rows_;
  std::map<int, Sum> sums_;  // By slot; of a daily view there is one.
  bool of_slots_ = false;
};

Result<void> check_required(
    std::span<const Column> expected, const ResultColumns& columns, duckdb_data_chunk chunk) {
  for (idx_t c = 0; c < columns.size(); ++c) {
    if (!expected[c].required) continue;
    std::uint64_t* valid = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(chunk, c));
    if (valid == nullptr) continue;
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row)
      if (!is_known(valid, row))
        return fail(
            ErrorKind::invalid_input, "a row leaves {} empty, which every row must have",
            columns[c].name);
  }
  return {};
}

// Rows of the partition, each key once. Every view's key is the contract, within a date, and for
// intraday the moment.
class KeyCheck {
 public:
  explicit KeyCheck(const Partition& where)
      : date_(static_cast<std::int32_t>(
            std::chrono::sys_days{where.date.day()}.time_since_epoch().count())),
        slot_(where.slot),
        any_slot_(where.range.has_value()) {}

  Result<void> add(const ResultColumns& columns, duckdb_data_chunk chunk) {
    const auto cells = [&](std::string_view name) -> void* {
      const auto found = std::ranges::find(columns, name, &ResultColumn::name);
      if (found == columns.end()) return nullptr;
      const auto index = static_cast<idx_t>(found - columns.begin());
      return duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, index));
    };
    const auto* const conids = static_cast<std::int64_t*>(cells("conid"));
    const auto* const dates = static_cast<std::int32_t*>(cells("trade_date"));
    const auto* const slots = static_cast<std::int32_t*>(cells("slot_30m"));
    const auto* const moments = static_cast<std::int64_t*>(cells("sample_time"));
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row) {
      if (dates[row] != date_ || (slots != nullptr && !any_slot_ && slots[row] != slot_))
        return fail(
            ErrorKind::invalid_input, "the row of contract {} belongs to another date or slot",
            conids[row]);
      keys_.emplace_back(conids[row], moments == nullptr ? 0 : moments[row]);
    }
    return {};
  }

  Result<void> finish() {
    std::ranges::sort(keys_);
    const auto twin = std::ranges::adjacent_find(keys_);
    if (twin == keys_.end()) return {};
    return fail(
        ErrorKind::invalid_input, "contract {} has {} rows, one is the rule", twin->first,
        std::ranges::count(keys_, *twin));
  }

 private:
  std::int32_t date_;
  std::optional<std::uint8_t> slot_;
  bool any_slot_;
  std::vector<std::pair<std::int64_t, std::int64_t>> keys_;
};

}  // namespace

std::span<const Column> columns_of(const Schema& schema, Layer layer, View view) {
  if (layer == Layer::raw && view == View::intraday) return schema.raw;
  return schema.views[static_cast<std::size_t>(view)];
}

std::string select_list(std::span<const Column> columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(sql_identifier(column.name));
  return join(names, ", ");
}

std::string read_parquet(std::span<const path> files) {
  return "read_parquet(" + list_of(files) + ", hive_partitioning = false)";
}

std::string rows_of(
    std::span<const path> files, std::span<const int> versions, std::span<const Column> columns) {
  const int newest = std::ranges::max(columns, {}, &Column::since).since;
  if (std::ranges::min(versions) >= newest) return read_parquet(files);
  std::vector<std::string> parts;
  for (std::size_t from = 0; from < files.size();) {
    std::size_t to = from + 1;
    while (to < files.size() && versions[to] == versions[from]) ++to;
    std::vector<std::string> cells;
    for (const Column& column : columns) {
      const std::string name = sql_identifier(column.name);
      cells.push_back(
          column.since > versions[from] ? fmt::format("CAST(NULL AS {}) AS {}", column.type, name)
                                        : name);
    }
    parts.push_back(fmt::format(
        "SELECT {} FROM {}", join(cells, ", "), read_parquet(files.subspan(from, to - from))));
    from = to;
  }
  return "(" + join(parts, " UNION ALL ") + ")";
}

// Prices have a few thousand distinct values in a row group: a dictionary of so many saves nothing,
// and takes longer to build than what it stands for takes to pack.
constexpr int dictionary_size_max = 1'000;

std::string copy_to(
    const Schema& schema, std::string_view select, const path& file, const Partition& where,
    const Codec& codec) {
  return fmt::format(
      "COPY ({}) TO {} (FORMAT parquet, COMPRESSION {}{}, ROW_GROUP_SIZE {}, "
      "DICTIONARY_SIZE_LIMIT {}, USE_TMP_FILE false, "
      "KV_METADATA {{schema_version: '{}', view: '{}', layer: '{}'}})",
      select, sql_text(file.string()), codec.name,
      codec.name == "zstd" ? fmt::format(", COMPRESSION_LEVEL {}", codec.level) : "",
      where.slot ? 30'720 : 122'880, dictionary_size_max, schema.version, to_text(where.view),
      where.layer == Layer::raw ? "raw" : "clean");
}

bool is_small(const FileStamp& stamp) { return stamp.size <= 1 << 20; }

Result<std::vector<int>> check_footers(
    Database& database, Disk& disk, std::span<const path> files, Layer layer, View view) {
  const int newest = database.handles().schema->version;
  const std::span<const Column> schema = columns_of(*database.handles().schema, layer, view);
  KnownFiles& known = database.handles().known_files;
  std::vector<int> versions;
  std::vector<path> unknown;
  std::vector<std::size_t> places;  // Among the files.
  std::vector<std::optional<FileStamp>> stamps;
  for (const path& file : files) {
    const auto stamp = disk.stamp(file);
    const KnownFile* found = known.find(file, stamp, schema.data());
    versions.push_back(found == nullptr ? 0 : found->version);
    if (found != nullptr) continue;
    unknown.push_back(file);
    places.push_back(versions.size() - 1);
    stamps.push_back(stamp);
  }
  if (unknown.empty()) return versions;
  Footers footers;
  OPT_TRY_VOID(read_columns(database, unknown, footers));
  OPT_TRY_VOID(read_versions(database, unknown, footers));
  for (std::size_t i = 0; i < unknown.size(); ++i) {
    const std::string file = unknown[i].string();
    const Footer& footer = footers[file];
    // The version first: a newer one is the better explanation of other columns.
    OPT_TRY(const int version, check_version(file, footer.schema_version, newest));
    OPT_TRY_VOID(check_columns(file, footer.columns, columns_until(schema, version)));
    if (stamps[i]) known.keep(unknown[i], {*stamps[i], schema.data(), {}, version});
    versions[places[i]] = version;
  }
  return versions;
}

Result<FileContent> read_through(
    Database& database, const path& file, const std::optional<FileStamp>& stamp,
    const Partition& where, Origin origin) {
  const Schema& schema = *database.handles().schema;
  const std::span<const Column> all = columns_of(schema, where.layer, where.view);
  KnownFiles& known_files = database.handles().known_files;
  const KnownFile* known = known_files.find(file, stamp, all.data());
  if (known != nullptr && known->content) return *known->content;
  int version = schema.version;
  bool& writes_versions = database.handles().writes_versions;
  if (origin == Origin::found || !writes_versions) {
    Footers footers;
    OPT_TRY_VOID(read_versions(database, std::array{file}, footers));
    OPT_TRY(
        version,
        check_version(file.string(), footers[file.string()].schema_version, schema.version));
    writes_versions = writes_versions || origin == Origin::ours;
  }
  const std::vector<Column> expected = columns_until(all, version);
  const auto check = [&](const ResultColumns& columns) {
    std::vector<std::string> found;
    for (const ResultColumn& column : columns) found.push_back(column.name + " " + column.type);
    return check_columns(file.string(), found, expected);
  };
  std::int64_t rows = 0;
  Checksum checksum(all);
  KeyCheck keys(where);
  const std::string sql = "SELECT * FROM " + read_parquet(std::array{file});
  const bool small = stamp && is_small(*stamp);
  OPT_TRY(
      const ResultColumns found,
      each_chunk(
          database, {sql, {}, small, true},
          [&](const ResultColumns& columns, duckdb_data_chunk chunk) -> Result<bool> {
            if (rows == 0) OPT_TRY_VOID(check(columns));
            rows += static_cast<std::int64_t>(duckdb_data_chunk_get_size(chunk));
            checksum.add(columns, chunk);
            // In this order: a key that is empty has no value to compare.
            OPT_TRY_VOID(check_required(expected, columns, chunk));
            OPT_TRY_VOID(keys.add(columns, chunk));
            return true;
          }));
  if (rows == 0) OPT_TRY_VOID(check(found));
  const FileContent content = checksum.content();
  OPT_TRY_VOID(keys.finish());
  if (stamp) known_files.keep(file, {*stamp, all.data(), content, version});
  return content;
}

}  // namespace opt_data::store
