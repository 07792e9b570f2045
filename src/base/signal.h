// A place where coroutines wait until somebody has news.
//
// Single-threaded, like every session: notify_all() and wait() run on the same executor. A waiter
// resumes through that executor, never inside notify_all(), and it looks again for itself at what
// it waits for: a signal carries no value and remembers nothing.
//
// Errors of wait(): cancelled, when the waiting operation was cancelled.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/result.h"

namespace opt_data {

namespace asio = boost::asio;

class Signal {
 public:
  Signal() : waiters_(std::make_shared<Waiters>()) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  Signal(Signal&&) = default;
  Signal& operator=(Signal&&) = default;
  ~Signal() = default;

  asio::awaitable<Result<void>> wait();
  void notify_all();
  void notify_one();
  bool has_waiters() const { return !waiters_->pending.empty(); }

 private:
  struct Waiters {
    std::map<std::uint64_t, std::function<void(bool)>> pending;  // In order of arrival.
    std::uint64_t next = 0;
  };
  static void release(Waiters& waiters, std::uint64_t id, bool woken);

  std::shared_ptr<Waiters> waiters_;  // Shared with the cancellation handlers of the waiters.
};

}  // namespace opt_data
