// What can be known of a Parquet file of ours, from its footer and from reading all of it.
// For this folder only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/dataset.h"
#include "store/known_files.h"

namespace opt_data::store {

std::span<const Column> columns_of(const Schema& schema, Layer layer, View view);

// "trade_date", "underlying", ... for a SELECT.
std::string select_list(std::span<const Column> columns);

// "read_parquet(['a', 'b'], hive_partitioning = false)". Requires: at least one path.
std::string read_parquet(std::span<const std::filesystem::path> files);

// What a SELECT takes these files' rows from: every column of the view, NULL where a file is older
// than the column. `versions` are those of the files. Requires: at least one.
std::string rows_of(
    std::span<const std::filesystem::path> files, std::span<const int> versions,
    std::span<const Column> columns);

// "COPY (<select>) TO '<file>' (...)": slots in small row groups, because they are read in part,
// days in large ones.
std::string copy_to(
    const Schema& schema, std::string_view select, const std::filesystem::path& file,
    const Partition& where, const Codec& codec);

// Compares the footers with the schema, all files in one go; those that are known to be right are
// not read. The schema version of each. Errors: corrupt, naming the first file that cannot be read,
// has other columns than its version, or a version that is newer than ours.
Result<std::vector<int>> check_footers(
    Database& database, Disk& disk, std::span<const std::filesystem::path> files, Layer layer,
    View view);

// Whether all rows of a file may be in memory at once.
bool is_small(const FileStamp& stamp);

// Reads the footer and every cell, and remembers what it found; `stamp` was taken before. Of
// `ours`, files that DuckDB wrote a moment ago, the schema version is looked for until it once was
// there: DuckDB writes metadata, or it does not. Errors: as check_footers; invalid_input for a
// required column that is empty, a key that occurs twice or a row of another partition.
enum class Origin : std::uint8_t { ours, found };
Result<FileContent> read_through(
    Database& database, const std::filesystem::path& file, const std::optional<FileStamp>& stamp,
    const Partition& where, Origin origin);

}  // namespace opt_data::store
