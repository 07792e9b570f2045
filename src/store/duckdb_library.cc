#include "store/duckdb_library.h"

#include <dlfcn.h>

namespace opt_data::store {
namespace {

std::string said_by_loader() {
  const char* words = ::dlerror();
  return words == nullptr ? "the loader did not say why" : words;
}

}  // namespace

Result<DuckDbFunctions> load_duckdb(const std::string& file) {
  void* const library = ::dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr)
    return fail(
        ErrorKind::storage,
        "cannot load DuckDB: {}; nothing was read or written. Install opt-data "
        "again, or put libduckdb.so where the loader looks (LD_LIBRARY_PATH)",
        said_by_loader());
  DuckDbFunctions functions;
#define OPT_DATA_FIND(name)                                                                     \
  functions.name = reinterpret_cast<decltype(functions.name)>(::dlsym(library, #name));         \
  if (functions.name == nullptr)                                                                \
    return fail(                                                                                \
        ErrorKind::storage, "this DuckDB is of another version than opt-data was made for: {}", \
        said_by_loader());
  OPT_DATA_DUCKDB_FUNCTIONS(OPT_DATA_FIND)
#undef OPT_DATA_FIND
  return functions;
}

const Result<DuckDbFunctions>& duckdb_functions() {
  static const Result<DuckDbFunctions> functions = load_duckdb("libduckdb.so");
  return functions;
}

}  // namespace opt_data::store
