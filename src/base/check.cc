#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace opt_data {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(
      stderr, "opt-data: bug: %s does not hold (%s:%d); what was published is whole\n", expression,
      file, line);
  std::abort();
}

}  // namespace opt_data
