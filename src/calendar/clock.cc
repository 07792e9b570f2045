#include "calendar/clock.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace opt_data {

Instant RealClock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) +
         offset_;
}

asio::awaitable<Result<void>> RealClock::wait_until(Instant when) {
  // Sleep in bounded steps: a machine that was suspended, or whose clock was set, is noticed
  // within a second instead of at the end of a long timer.
  while (now() < when) {
    const auto rest = std::min<std::chrono::microseconds>(when - now(), std::chrono::seconds{1});
    asio::steady_timer timer(co_await asio::this_coro::executor, rest);
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return fail(ErrorKind::cancelled, "waiting was cancelled");
  }
  co_return Result<void>();
}

}  // namespace opt_data
