# How a folder of src/ becomes a library and its tests.
#
#   opt_data_library(tws EACH_ALONE SOURCES decode.cc encode.cc DEPENDS opt_data_base)
#   opt_data_test(tws SOURCES decode_test.cc DEPENDS opt_data_sim)
#   opt_data_test(e2e SOURCES kill_test.cc day_test.cc ALONE KilledDay)
#
# A test file belongs to the folder it tests; everything is linked into one runner per folder.
# EACH_ALONE: what is counted in instructions is compiled file by file (OPT_DATA_UNITY is for the rest).

add_library(opt_data_options INTERFACE)
target_compile_features(opt_data_options INTERFACE cxx_std_20)
target_include_directories(opt_data_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
# What Asio and Beast can compile once is in base/asio.cc and net/beast.cc.
target_compile_definitions(
  opt_data_options INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
target_compile_options(
  opt_data_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies in `"text" + std::string` where there are none (GCC bug 105651),
  # and a coroutine frame freed by another function than the one that made it, at -O2 and below.
  target_compile_options(opt_data_options INTERFACE -Wno-restrict -Wno-mismatched-new-delete)
endif()
if(OPT_DATA_WERROR)
  target_compile_options(opt_data_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # clang does not announce coroutines the way Boost.Asio looks for them with libstdc++ 12.
  target_compile_definitions(
    opt_data_options INTERFACE BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_HAS_STD_COROUTINE)
endif()
if(OPT_DATA_SANITIZE)
  target_compile_options(
    opt_data_options INTERFACE -fsanitize=${OPT_DATA_SANITIZE} -fno-omit-frame-pointer)
  # A sanitizer stands between us and dlopen(3), which then looks by the old tag only.
  target_link_options(
    opt_data_options INTERFACE -fsanitize=${OPT_DATA_SANITIZE} -Wl,--disable-new-dtags)
endif()

# What nearly every source includes, compiled once: a source with Asio's coroutines takes ten seconds
# without it.
option(OPT_DATA_PCH "Precompile the headers that everybody includes" ON)
set(OPT_DATA_PCH_HEADERS
    <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <string_view> <utility>
    <variant> <vector> <fmt/format.h> <tl/expected.hpp>)
set(OPT_DATA_PCH_ASIO
    <boost/asio/any_completion_handler.hpp> <boost/asio/append.hpp>
    <boost/asio/associated_cancellation_slot.hpp> <boost/asio/associated_executor.hpp>
    <boost/asio/async_result.hpp> <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp>
    <boost/asio/detached.hpp> <boost/asio/experimental/awaitable_operators.hpp>
    <boost/asio/io_context.hpp> <boost/asio/post.hpp> <boost/asio/this_coro.hpp>
    <boost/asio/use_awaitable.hpp>)
# Most of what a source costs is what it includes and what templates make of it, again for each: eight
# sources as one take about as long as three alone.
option(OPT_DATA_UNITY "Compile the sources of a library a few at a time, as one" ON)

# opt_data_precompile(app ASIO EXTRA <CLI/CLI.hpp>)
function(opt_data_precompile target)
  if(NOT OPT_DATA_PCH)
    return()
  endif()
  cmake_parse_arguments(ARG "ASIO" "" "EXTRA" ${ARGN})
  set(headers ${OPT_DATA_PCH_HEADERS})
  if(ARG_ASIO)
    list(APPEND headers ${OPT_DATA_PCH_ASIO})
  endif()
  target_precompile_headers(${target} PRIVATE ${headers} ${ARG_EXTRA})
endfunction()

function(opt_data_library name)
  cmake_parse_arguments(ARG "EACH_ALONE" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(opt_data_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(
    opt_data_${name} PUBLIC opt_data_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
  if(OPT_DATA_UNITY AND NOT ARG_EACH_ALONE)
    set_target_properties(opt_data_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # What is in an anonymous namespace seems to be in a header there.
    target_compile_options(opt_data_${name} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

function(opt_data_test name)
  if(NOT OPT_DATA_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;DEFINES;ALONE;SOAK;THREADS" ${ARGN})
  add_executable(opt_data_${name}_test ${ARG_SOURCES})
  target_link_libraries(
    opt_data_${name}_test PRIVATE opt_data_options ${ARG_DEPENDS} GTest::gtest GTest::gmock
                                  GTest::gtest_main)
  if(TARGET opt_data_${name})
    target_link_libraries(opt_data_${name}_test PRIVATE opt_data_${name})
  endif()
  target_compile_definitions(
    opt_data_${name}_test PRIVATE OPT_DATA_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ${ARG_DEFINES})
  # A suite that takes minutes runs beside the others.
  set(rest "")
  foreach(suite ${ARG_ALONE})
    add_test(NAME ${name}_${suite} COMMAND opt_data_${name}_test --gtest_filter=${suite}.*)
    set_tests_properties(${name}_${suite} PROPERTIES TIMEOUT 600)
    string(APPEND rest ":${suite}.*")
  endforeach()
  # One that takes an hour waits for `make soak`.
  foreach(suite ${ARG_SOAK})
    add_test(NAME ${name}_${suite} COMMAND opt_data_${name}_test --gtest_filter=${suite}.*
             CONFIGURATIONS soak)
    set_tests_properties(${name}_${suite} PROPERTIES TIMEOUT 3600)
    string(APPEND rest ":${suite}.*")
  endforeach()
  # What other threads may call runs once more under ThreadSanitizer: `make tsan`.
  if(ARG_THREADS)
    list(JOIN ARG_THREADS ".*:" filter)
    add_test(NAME ${name}_threads COMMAND opt_data_${name}_test --gtest_filter=${filter}.*
             CONFIGURATIONS tsan)
    set_tests_properties(${name}_threads PROPERTIES TIMEOUT 600 LABELS threads)
  endif()
  if(rest)
    string(REGEX REPLACE "^:" "--gtest_filter=-" rest "${rest}")
  endif()
  add_test(NAME ${name} COMMAND opt_data_${name}_test ${rest})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()

# opt_data_embed(derive rollup.sql adjust.sql): each file becomes a string `opt_data::embedded::<stem>`
# declared in "<stem>.embedded.h".
function(opt_data_embed name)
  foreach(file ${ARGN})
    get_filename_component(stem ${file} NAME_WE)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${stem}.embedded.h)
    add_custom_command(
      OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_CURRENT_SOURCE_DIR}/${file} -DOUT=${out} -DNAME=${stem}
              -P ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake)
    target_sources(opt_data_${name} PRIVATE ${out})
  endforeach()
  target_include_directories(opt_data_${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded)
endfunction()

# opt_data_embed_page(serve ${PROJECT_SOURCE_DIR}/web): Vite builds the page, and its files become the
# program's (serve/assets.h).
function(opt_data_embed_page name web)
  find_program(NODE NAMES node nodejs)
  if(NOT NODE OR NOT EXISTS ${web}/node_modules/vite/bin/vite.js)
    message(FATAL_ERROR "What builds the web page is not here. Run this in ${web}:\n"
                        "  npm ci --ignore-scripts")
  endif()
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
  set(page ${CMAKE_CURRENT_BINARY_DIR}/page)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/page.cc)
  set(embed ${PROJECT_SOURCE_DIR}/cmake/embed_page.mjs)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${NODE} ${web}/node_modules/vite/bin/vite.js build --logLevel warn --outDir ${page}
            --emptyOutDir
    COMMAND ${NODE} ${embed} ${page} ${out}
    DEPENDS ${inputs} ${web}/index.html ${web}/package-lock.json ${web}/vite.config.mjs ${embed}
    WORKING_DIRECTORY ${web}
    COMMENT "Building the web page")
  target_sources(opt_data_${name} PRIVATE ${out})
  set_source_files_properties(${out} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
