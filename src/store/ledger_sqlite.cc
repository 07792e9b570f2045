#include "store/ledger_sqlite.h"

#include <sqlite3.h>

#include <string>

#include "base/text.h"
#include "store/disk.h"

namespace opt_data::store {
namespace {

constexpr int busy_timeout_ms = 5000;

ErrorKind kind_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // Our words are fixed, so it is the file that lacks a table or a column.
      return ErrorKind::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::unavailable;
    default:
      return ErrorKind::storage;
  }
}

}  // namespace

SqliteFile::SqliteFile(std::filesystem::path path, sqlite3* handle)
    : path_(std::move(path)), handle_(handle) {}

SqliteFile::~SqliteFile() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Result<std::unique_ptr<SqliteFile>> SqliteFile::open(
    const std::filesystem::path& path, Access access) {
  std::error_code ignored;
  if (access == Access::read && !std::filesystem::exists(path, ignored))
    return fail(ErrorKind::not_found, "{} does not exist", path.string());

  sqlite3* handle = nullptr;
  const int flags =
      access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  // SQLite hands out a handle even where it fails, to ask it why.
  std::unique_ptr<SqliteFile> file(new SqliteFile(path, handle));
  if (code != SQLITE_OK) return fail(file->failure(code));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  return file;
}

Result<void> SqliteFile::run(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(failure(code));
  return {};
}

Result<void> SqliteFile::copy_to(const std::filesystem::path& to) {
  std::filesystem::path staged = to;
  staged += ".staged";
  std::error_code error;
  std::filesystem::remove(staged, error);
  {
    OPT_TRY(auto copy, open(staged, Access::write));
    sqlite3_backup* const backup = sqlite3_backup_init(copy->handle_, "main", handle_, "main");
    if (backup == nullptr) return fail(copy->failure(sqlite3_errcode(copy->handle_)));
    // All pages in one step: a step that lets writers in between starts from the beginning again.
    const int stepped = sqlite3_backup_step(backup, -1);
    const int finished = sqlite3_backup_finish(backup);
    if (stepped != SQLITE_DONE) return fail(copy->failure(stepped));
    if (finished != SQLITE_OK) return fail(copy->failure(finished));
    // A copy is one file, without a log beside it.
    OPT_TRY_VOID(copy->run("PRAGMA journal_mode = DELETE"));
  }
  RealDisk disk;
  OPT_TRY_VOID(disk.sync(staged));
  OPT_TRY_VOID(disk.rename(staged, to));
  return disk.sync_directory(to.has_parent_path() ? to.parent_path() : ".");
}

Result<sqlite3_stmt*> SqliteFile::prepared(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(
      handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
      nullptr);
  if (code != SQLITE_OK) return fail(failure(code));
  statements_.emplace(sql, statement);
  return statement;
}

Error SqliteFile::failure(int code) const {
  // What the disk said is one level below: "disk I/O error" alone helps nobody.
  const char* said = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  const int system = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
  const bool disk = (code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CANTOPEN ||
                    (code & 0xFF) == SQLITE_FULL;
  const std::string why =
      disk && system != 0 ? fmt::format("{} ({})", said, reason_of(system)) : std::string(said);
  const char* stands = (code & 0xFF) == SQLITE_FULL ? "; what was committed stands" : "";
  return {kind_of(code), fmt::format("{}: {}{}", path_.string(), why, stands), 0};
}

SqliteQuery::SqliteQuery(SqliteFile& file, std::string_view sql) : file_(file) {
  if (auto statement = file.prepared(sql))
    statement_ = *statement;
  else
    ready_ = fail(std::move(statement).error());
}

SqliteQuery::~SqliteQuery() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

SqliteQuery& SqliteQuery::bind(std::int64_t value) {
  if (!ready_) return *this;
  const int code = sqlite3_bind_int64(statement_, ++place_, value);
  if (code != SQLITE_OK) ready_ = fail(file_.failure(code));
  return *this;
}

SqliteQuery& SqliteQuery::bind(std::string_view text) {
  if (!ready_) return *this;
  // An empty view may have no address, which SQLite would take for NULL.
  const char* data = text.empty() ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_, ++place_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) ready_ = fail(file_.failure(code));
  return *this;
}

SqliteQuery& SqliteQuery::bind_bytes(std::string_view bytes) {
  if (!ready_) return *this;
  const char* data = bytes.empty() ? "" : bytes.data();
  const int code = sqlite3_bind_blob64(statement_, ++place_, data, bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) ready_ = fail(file_.failure(code));
  return *this;
}

Result<bool> SqliteQuery::step() {
  if (!ready_) return fail(ready_.error());
  switch (const int code = sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return fail(file_.failure(code));
  }
}

Result<void> SqliteQuery::done() {
  for (;;) {
    OPT_TRY(const bool more, step());
    if (!more) return {};
  }
}

bool SqliteQuery::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t SqliteQuery::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string SqliteQuery::text(int column) const { return std::string(bytes(column)); }

std::string_view SqliteQuery::bytes(int column) const {
  // The bytes first: asking for them can change how many there are.
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

}  // namespace opt_data::store
