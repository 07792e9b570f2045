// A clock that jumps: a trading day passes as fast as its work can be done, the same way every
// time.
//
// Time stands still while anything can run. When everything waits, it advances to the earliest
// sleeper; sleepers of one instant wake one after the other in the order in which they came, and
// what one of them sets off is finished before the next one wakes.
//
//   asio::io_context io;
//   SimClock clock(io, session.open);
//   const auto report = clock.run_until_done(collect_day(clock, ...));   // empty: it waits for
//   ever
//
// Only what lives on `io` and in memory can be simulated: bytes on their way through a real socket
// do not hold the time up. One thread. The clock is destroyed before `io`.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "calendar/clock.h"

namespace opt_data::sim {

class SimClock : public Clock {
 public:
  SimClock(asio::io_context& io, Instant start);
  ~SimClock() override;
  SimClock(const SimClock&) = delete;
  SimClock& operator=(const SimClock&) = delete;

  Instant now() const override { return now_; }
  asio::awaitable<Result<void>> wait_until(Instant when) override;

  // Until nothing runs and nobody sleeps; whoever still waits, waits for somebody outside.
  void run();
  // Until time would pass `when`; the clock then shows `when`.
  void run_until(Instant when);
  // Until `work` has returned, then leaves everything else where it is. Empty when nothing could
  // run any more before that: `work` waits for something that never comes.
  template <typename T>
  std::optional<T> run_until_done(asio::awaitable<T> work);
  // The same, and gives up when time would pass `deadline`.
  template <typename T>
  std::optional<T> run_until_done(asio::awaitable<T> work, Instant deadline);

  std::size_t sleepers() const;

 private:
  struct Sleepers;

  // Runs what is ready; then wakes one sleeper, if it wakes at `deadline` at the latest. False: it
  // would sleep longer, or nobody sleeps.
  bool step(Instant deadline);
  void run_while(const std::function<bool()>& wanted, Instant deadline);

  asio::io_context& io_;
  Instant now_;
  std::shared_ptr<Sleepers> sleepers_;  // Shared with the cancellation handlers of the waiters.
};

template <typename T>
std::optional<T> SimClock::run_until_done(asio::awaitable<T> work) {
  return run_until_done(std::move(work), Instant::max());
}

template <typename T>
std::optional<T> SimClock::run_until_done(asio::awaitable<T> work, Instant deadline) {
  // Shared, because work that is given up may still be waiting when this function has returned.
  struct Outcome {
    bool done = false;
    std::optional<T> value;
    std::exception_ptr thrown;
  };
  const auto outcome = std::make_shared<Outcome>();
  asio::co_spawn(io_, std::move(work), [outcome](std::exception_ptr thrown, T value) {
    outcome->thrown = std::move(thrown);
    if (!outcome->thrown) outcome->value = std::move(value);
    outcome->done = true;
  });
  run_while([&outcome] { return !outcome->done; }, deadline);
  if (outcome->thrown) std::rethrow_exception(outcome->thrown);
  return std::move(outcome->value);
}

}  // namespace opt_data::sim
