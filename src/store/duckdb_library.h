// DuckDB's functions, found in its library when they are first needed: a program that opens no
// database does not wait for 60 MB to be mapped and relocated.
//
// In this namespace each function of the list has the name that DuckDB gives it, so that a call
// reads as duckdb.h tells it. A function that is not in the list does not link.
#pragma once

#include <duckdb.h>

#include <string>

#include "base/result.h"

// clang-format off
#define OPT_DATA_DUCKDB_FUNCTIONS(F) \
  F(duckdb_bind_add_result_column) \
  F(duckdb_bind_boolean) \
  F(duckdb_bind_date) \
  F(duckdb_bind_double) \
  F(duckdb_bind_get_extra_info) \
  F(duckdb_bind_int64) \
  F(duckdb_bind_null) \
  F(duckdb_bind_set_cardinality) \
  F(duckdb_bind_set_error) \
  F(duckdb_bind_timestamp) \
  F(duckdb_bind_value) \
  F(duckdb_bind_varchar_length) \
  F(duckdb_close) \
  F(duckdb_column_count) \
  F(duckdb_column_logical_type) \
  F(duckdb_column_name) \
  F(duckdb_connect) \
  F(duckdb_create_config) \
  F(duckdb_create_list_type) \
  F(duckdb_create_list_value) \
  F(duckdb_create_logical_type) \
  F(duckdb_create_table_function) \
  F(duckdb_create_varchar_length) \
  F(duckdb_data_chunk_get_size) \
  F(duckdb_data_chunk_get_vector) \
  F(duckdb_data_chunk_set_size) \
  F(duckdb_decimal_internal_type) \
  F(duckdb_decimal_scale) \
  F(duckdb_decimal_width) \
  F(duckdb_destroy_config) \
  F(duckdb_destroy_data_chunk) \
  F(duckdb_destroy_extracted) \
  F(duckdb_destroy_logical_type) \
  F(duckdb_destroy_pending) \
  F(duckdb_destroy_prepare) \
  F(duckdb_destroy_result) \
  F(duckdb_destroy_table_function) \
  F(duckdb_destroy_value) \
  F(duckdb_disconnect) \
  F(duckdb_execute_pending) \
  F(duckdb_extract_statements) \
  F(duckdb_extract_statements_error) \
  F(duckdb_fetch_chunk) \
  F(duckdb_free) \
  F(duckdb_function_get_extra_info) \
  F(duckdb_function_set_error) \
  F(duckdb_get_type_id) \
  F(duckdb_init_set_max_threads) \
  F(duckdb_interrupt) \
  F(duckdb_list_type_child_type) \
  F(duckdb_list_vector_get_child) \
  F(duckdb_list_vector_get_size) \
  F(duckdb_list_vector_reserve) \
  F(duckdb_list_vector_set_size) \
  F(duckdb_nparams) \
  F(duckdb_open_ext) \
  F(duckdb_pending_error) \
  F(duckdb_pending_prepared_streaming) \
  F(duckdb_prepare) \
  F(duckdb_prepare_error) \
  F(duckdb_prepare_extracted_statement) \
  F(duckdb_prepared_statement_type) \
  F(duckdb_query) \
  F(duckdb_register_table_function) \
  F(duckdb_result_error) \
  F(duckdb_result_error_type) \
  F(duckdb_result_statement_type) \
  F(duckdb_set_config) \
  F(duckdb_string_t_data) \
  F(duckdb_string_t_length) \
  F(duckdb_table_function_set_bind) \
  F(duckdb_table_function_set_extra_info) \
  F(duckdb_table_function_set_function) \
  F(duckdb_table_function_set_init) \
  F(duckdb_table_function_set_name) \
  F(duckdb_validity_row_is_valid) \
  F(duckdb_validity_set_row_invalid) \
  F(duckdb_vector_assign_string_element_len) \
  F(duckdb_vector_ensure_validity_writable) \
  F(duckdb_vector_get_data) \
  F(duckdb_vector_get_validity) \
  F(duckdb_vector_size)
// clang-format on

namespace opt_data::store {

struct DuckDbFunctions {
#define OPT_DATA_MEMBER(name) decltype(&::name) name = nullptr;
  OPT_DATA_DUCKDB_FUNCTIONS(OPT_DATA_MEMBER)
#undef OPT_DATA_MEMBER
};

// Finds them in `file`, a path or a name as dlopen(3) takes it. An error names what was not found.
Result<DuckDbFunctions> load_duckdb(const std::string& file);

// Of libduckdb.so, loaded by the first call of any thread and never unloaded. Whoever opens a
// database asks for this first; nothing below is called without one.
const Result<DuckDbFunctions>& duckdb_functions();

template <auto member>
struct LateFunction;
template <typename R, typename... Arguments, R (*DuckDbFunctions::*member)(Arguments...)>
struct LateFunction<member> {
  R operator()(Arguments... arguments) const {
    return ((*duckdb_functions()).*member)(arguments...);
  }
};

#define OPT_DATA_FUNCTION(name) inline constexpr LateFunction<&DuckDbFunctions::name> name;
OPT_DATA_DUCKDB_FUNCTIONS(OPT_DATA_FUNCTION)
#undef OPT_DATA_FUNCTION

}  // namespace opt_data::store
