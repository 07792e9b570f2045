// Time, handed in. RealClock follows the machine; sim::SimClock jumps from event to event.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

#include "base/result.h"
#include "calendar/instant.h"

namespace opt_data {

namespace asio = boost::asio;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  // Returns at once when `when` has passed. Errors: cancelled.
  virtual asio::awaitable<Result<void>> wait_until(Instant when) = 0;

  asio::awaitable<Result<void>> wait_for(std::chrono::microseconds span) {
    return wait_until(now() + span);
  }
};

// The machine's clock, shifted by `offset` (zero, except where a recorded day is replayed at real
// speed). Waits on the executor of the waiting coroutine.
class RealClock : public Clock {
 public:
  explicit RealClock(std::chrono::microseconds offset = {}) : offset_(offset) {}
  Instant now() const override;
  asio::awaitable<Result<void>> wait_until(Instant when) override;

 private:
  std::chrono::microseconds offset_;
};

// The result of `work`, or empty when `deadline` came first; the loser is cancelled.
template <typename T>
asio::awaitable<std::optional<T>> before(Clock& clock, Instant deadline, asio::awaitable<T> work) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: how Asio spells the race
  auto first = co_await (std::move(work) || clock.wait_until(deadline));
  if (first.index() == 0) co_return std::optional<T>(std::get<0>(std::move(first)));
  co_return std::nullopt;
}

}  // namespace opt_data
