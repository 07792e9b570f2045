// SQL of somebody else, shut in: a database of its own that reads published files and can do
// nothing else. No other file, no network, no extension, no setting, nothing written; memory and
// time end.
//
//   OPT_TRY(auto sandbox, Sandbox::open(paths, spool, limits));
//   OPT_TRY_VOID(sandbox->look_at(days));
//   OPT_TRY(auto cursor, Cursor::open(sandbox->database(), sql));
//
// allowed_directories, enable_external_access = false and lock_configuration are what holds it;
// Cursor takes nothing but a SELECT.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "store/cursor.h"
#include "store/views.h"

namespace opt_data::serve {

class Sandbox {
 public:
  // `spool` is a folder of its own, for what is made before it is sent.
  static Result<std::unique_ptr<Sandbox>> open(
      const store::DatasetPaths& paths, const std::filesystem::path& spool,
      const std::string& memory_limit);

  // The views have the files of these days. Errors: corrupt.
  Result<void> look_at(const store::TradeDates& days);
  // Writes the rows of a SELECT into the spool, as Parquet. Errors: as Cursor.
  Result<std::filesystem::path> spool_parquet(const std::string& select);
  store::Database& database() { return *database_; }

 private:
  Sandbox(
      store::DatasetPaths paths, std::filesystem::path spool,
      std::unique_ptr<store::Database> database);

  store::DatasetPaths paths_;
  std::filesystem::path spool_;
  store::RealDisk disk_;
  std::unique_ptr<store::Database> database_;
  int spooled_ = 0;
};

}  // namespace opt_data::serve
