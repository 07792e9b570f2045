// How the desks refuse: TWS' error code and its text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace opt_data::sim {

inline tl::unexpected<Error> refuse(int code, std::string_view text) {
  return fail(Error{ErrorKind::refused, std::string(text), code});
}

// Error 321, as TWS says it of a request that it cannot read. `request`: bW of market data and
// contracts, bH of history.
inline tl::unexpected<Error> invalid(std::string_view request, std::string_view cause) {
  return refuse(321, fmt::format("Error validating request.-'{}' : cause - {}", request, cause));
}

}  // namespace opt_data::sim
