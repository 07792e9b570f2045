// A bug is not a failure: OPT_CHECK stays on in release and ends the process, which is safe because
// whatever was published was published whole.
#pragma once

namespace opt_data {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace opt_data

#define OPT_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::opt_data::check_failed(#expression, __FILE__, __LINE__))
