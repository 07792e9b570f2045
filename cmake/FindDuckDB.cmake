# Finds DuckDB's C API: the header duckdb.h and the shared library libduckdb.so.
#
# A DuckDB of the system wins (set DuckDB_ROOT to its prefix if CMake does not look there by itself),
# because whoever installed one wants it used. Otherwise the two npm packages that package-lock.json
# pins are taken from node_modules, where `npm ci` put them.
#
#   DuckDB::Header    what calls it includes, and the loader that finds the library at run time
#   DuckDB_LIBRARY    the shared library, with its path
#   DuckDB_ORIGIN     "system" or "npm": `make install` copies the library only if it came from npm
#
# A program in the build tree finds the library by the path CMake writes into it (CMAKE_BUILD_RPATH).

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(_duckdb_machine x64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(_duckdb_machine arm64)
else()
  set(_duckdb_machine "")
endif()
set(_duckdb_modules ${PROJECT_SOURCE_DIR}/node_modules)
set(_duckdb_npm_library
    ${_duckdb_modules}/@duckdb/node-bindings-linux-${_duckdb_machine}/libduckdb.so)
set(_duckdb_npm_include ${_duckdb_modules}/duckdb/src/duckdb/src/include)

# Both or neither come from the system: a header of one version and a library of another meet only
# where somebody has tried that pair.
find_path(DuckDB_SYSTEM_INCLUDE_DIR duckdb.h)
find_library(DuckDB_SYSTEM_LIBRARY duckdb)
mark_as_advanced(DuckDB_SYSTEM_INCLUDE_DIR DuckDB_SYSTEM_LIBRARY)
if(DuckDB_SYSTEM_INCLUDE_DIR AND DuckDB_SYSTEM_LIBRARY)
  set(DuckDB_INCLUDE_DIR ${DuckDB_SYSTEM_INCLUDE_DIR})
  set(DuckDB_LIBRARY ${DuckDB_SYSTEM_LIBRARY})
  set(DuckDB_ORIGIN system)
elseif(EXISTS ${_duckdb_npm_library} AND EXISTS ${_duckdb_npm_include}/duckdb.h)
  set(DuckDB_INCLUDE_DIR ${_duckdb_npm_include})
  set(DuckDB_LIBRARY ${_duckdb_npm_library})
  set(DuckDB_ORIGIN npm)
endif()

if(_duckdb_machine)
  set(_duckdb_advice
      "DuckDB is not here. Run this in ${PROJECT_SOURCE_DIR}:\n"
      "  npm ci --ignore-scripts --omit=dev\n"
      "or point DuckDB_ROOT at an installed DuckDB (lib/libduckdb.so and include/duckdb.h)")
else()
  set(_duckdb_advice
      "There is no pinned DuckDB for ${CMAKE_SYSTEM_PROCESSOR}, only for x86_64 and aarch64.\n"
      "Point DuckDB_ROOT at an installed DuckDB (lib/libduckdb.so and include/duckdb.h)")
endif()
string(CONCAT _duckdb_advice ${_duckdb_advice})

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  DuckDB
  REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "${_duckdb_advice}")

# Its header, and a loader: the program opens the library itself when it first needs it
# (src/store/duckdb_library.h). What is built here finds it where it was found.
if(DuckDB_FOUND AND NOT TARGET DuckDB::Header)
  # SYSTEM by being imported: the header is not held to our warnings.
  add_library(DuckDB::Header INTERFACE IMPORTED)
  target_include_directories(DuckDB::Header INTERFACE ${DuckDB_INCLUDE_DIR})
  target_link_libraries(DuckDB::Header INTERFACE ${CMAKE_DL_LIBS})
  cmake_path(GET DuckDB_LIBRARY PARENT_PATH _duckdb_folder)
  list(APPEND CMAKE_BUILD_RPATH ${_duckdb_folder})
endif()
