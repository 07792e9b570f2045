#include "serve/sandbox.h"

#include <utility>

namespace opt_data::serve {

Sandbox::Sandbox(
    store::DatasetPaths paths, std::filesystem::path spool,
    std::unique_ptr<store::Database> database)
    : paths_(std::move(paths)), spool_(std::move(spool)), database_(std::move(database)) {}

Result<std::unique_ptr<Sandbox>> Sandbox::open(
    const store::DatasetPaths& paths, const std::filesystem::path& spool,
    const std::string& memory_limit) {
  OPT_TRY(auto database, store::Database::open({.threads = 1, .memory_limit = memory_limit}));
  OPT_TRY_VOID(database->execute(fmt::format(
      "SET allowed_directories = [{}, {}, {}]; SET enable_external_access = false; "
      "SET lock_configuration = true;",
      store::sql_text(paths.raw.string() + "/"), store::sql_text(paths.clean.string() + "/"),
      store::sql_text(spool.string() + "/"))));
  return std::unique_ptr<Sandbox>(new Sandbox(paths, spool, std::move(database)));
}

Result<void> Sandbox::look_at(const store::TradeDates& days) {
  return store::open_views(paths_, disk_, *database_, days);
}

Result<std::filesystem::path> Sandbox::spool_parquet(const std::string& select) {
  OPT_TRY_VOID(store::require_select(*database_, select));
  const std::filesystem::path file = spool_ / fmt::format("{}.parquet", spooled_++);
  if (auto copied = database_->execute(fmt::format(
          "COPY (\n{}\n) TO {} (FORMAT parquet, COMPRESSION zstd)",
          store::without_semicolon(select), store::sql_text(file.string())));
      !copied) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    return fail(std::move(copied).error());
  }
  return file;
}

}  // namespace opt_data::serve
