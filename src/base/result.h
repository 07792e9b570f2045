// Failures are values: a function that can fail returns Result<T>.
//
//   Result<TradeDate> trade_date(year_month_day day);
//
//   OPT_TRY(const TradeDate date, calendar.trade_date(day));          // take it or return the
//   error OPT_TRY_VOID(writer.publish(where, rows));                        // nothing to take
//   OPT_CO_TRY(const OptionChain chain, co_await gateway.option_chain(underlying));
//
// The class is [[nodiscard]]; the alias of the library would be silent when dropped.
#pragma once

#include <fmt/format.h>

#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace opt_data {

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

// Builds the failure that converts into any Result<T>.
template <typename... Args>
tl::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected<Error>(Error{kind, fmt::format(text, std::forward<Args>(args)...), 0});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// The same failure with the caller's words before it.
template <typename... Args>
tl::unexpected<Error> fail_within(Error error, fmt::format_string<Args...> text, Args&&... args) {
  error.message = fmt::format(text, std::forward<Args>(args)...) + ": " + error.message;
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace opt_data

#define OPT_CONCAT_INNER(a, b) a##b
#define OPT_CONCAT(a, b) OPT_CONCAT_INNER(a, b)

#define OPT_TRY_AS(name, declaration, expression, leave)      \
  auto name = (expression);                                   \
  if (!name) leave ::opt_data::fail(std::move(name).error()); \
  declaration = *std::move(name)

#define OPT_TRY(declaration, expression) \
  OPT_TRY_AS(OPT_CONCAT(opt_try_, __COUNTER__), declaration, expression, return)
#define OPT_CO_TRY(declaration, expression) \
  OPT_TRY_AS(OPT_CONCAT(opt_try_, __COUNTER__), declaration, expression, co_return)

#define OPT_TRY_VOID_AS(name, expression, leave) \
  if (auto name = (expression); !name) leave ::opt_data::fail(std::move(name).error())

#define OPT_TRY_VOID(expression) \
  OPT_TRY_VOID_AS(OPT_CONCAT(opt_try_, __COUNTER__), expression, return)
#define OPT_CO_TRY_VOID(expression) \
  OPT_TRY_VOID_AS(OPT_CONCAT(opt_try_, __COUNTER__), expression, co_return)
