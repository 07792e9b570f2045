// What went wrong, as a value.
//
// A kind of error exists because some caller does something different about it:
//
//   invalid_input   tells the person what to type instead
//   not_found       takes the other branch; an empty answer is not this
//   unavailable     waits and asks again, a counted number of times
//   refused         records the broker's code on the row and goes on with the next contract
//   protocol        drops the session; a message it could not read is never skipped
//   corrupt         stops; a file it cannot read is never overwritten
//   storage         stops the job; what was published is untouched
//   cancelled       returns
//
// A message says what failed, why, and what still holds or what to do.
#pragma once

#include <string>
#include <string_view>

namespace opt_data {

enum class ErrorKind {
  invalid_input,
  not_found,
  unavailable,
  refused,
  protocol,
  corrupt,
  storage,
  cancelled,
};

std::string_view to_text(ErrorKind kind);

struct Error {
  ErrorKind kind;
  std::string message;
  int code = 0;  // The broker's own error code, where there is one.
};

}  // namespace opt_data
