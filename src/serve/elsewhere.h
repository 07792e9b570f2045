// Work on another thread, while the one that asks serves others.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/signal.h"

namespace opt_data::serve {

// Resumes on the executor of whoever asks, who sees all that `work` did. What `work` refers to
// outlives the pool's threads, not only this call: nobody waits for it when the program ends.
template <typename T>
asio::awaitable<T> elsewhere(asio::thread_pool& pool, std::function<T()> work) {
  struct Turn {
    std::optional<T> result;
    bool done = false;  // Only on the executor.
    Signal signal;
  };
  // Whoever runs the executor has work as long as somebody works for it.
  const asio::any_io_executor executor =
      asio::prefer(co_await asio::this_coro::executor, asio::execution::outstanding_work.tracked);
  const auto turn = std::make_shared<Turn>();
  asio::post(pool, [executor, turn, work = std::move(work)] {
    turn->result.emplace(work());
    asio::post(executor, [turn] {
      turn->done = true;
      turn->signal.notify_all();
    });
  });
  while (!turn->done) static_cast<void>(co_await turn->signal.wait());
  co_return *std::move(turn->result);
}

}  // namespace opt_data::serve
