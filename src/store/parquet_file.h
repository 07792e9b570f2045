// What can be known of a Parquet file of ours, from its footer and from reading all of it.
// For this folder only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "store/dataset.h"

namespace opt_data::store {

std::span<const Column> columns_of(Layer layer, View view);

// "trade_date", "underlying", ... for a SELECT.
std::string select_list(std::span<const Column> columns);

// "read_parquet(['a', 'b'], hive_partitioning = false)". Requires: at least one path.
std::string read_parquet(std::span<const std::filesystem::path> files);

// Compares the footers with the schema, all files in one go. Errors: corrupt, naming the first file
// that cannot be read, has other columns, or a schema version that is not ours.
Result<void> check_footers(
    Database& database, std::span<const std::filesystem::path> files, Layer layer, View view);

struct FileContent {
  std::int64_t rows = 0;
  std::string checksum;
};

// Reads every cell. Errors: invalid_input for a required column that is empty, a key that occurs
// twice or a row of another partition; corrupt for what cannot be read.
Result<FileContent> read_through(
    Database& database, const std::filesystem::path& file, const Partition& where);

}  // namespace opt_data::store
