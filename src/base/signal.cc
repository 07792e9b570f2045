#include "base/signal.h"

#include <utility>

namespace opt_data {

void Signal::release(Waiters& waiters, std::uint64_t id, bool woken) {
  const auto found = waiters.pending.find(id);
  if (found == waiters.pending.end()) return;
  auto complete = std::move(found->second);
  waiters.pending.erase(found);
  complete(woken);
}

asio::awaitable<Result<void>> Signal::wait() {
  // Captures `this` and owns nothing: g++ 12 destroys an owning lambda twice when it is a temporary
  // of a co_await expression, and a waiter that owned the list it stands in would never be freed.
  auto enlist = [this](auto handler) {
    const std::uint64_t id = waiters_->next++;
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    waiters_->pending.emplace(id, [shared](bool is_woken) {
      auto executor = asio::get_associated_executor(*shared);
      asio::post(executor, asio::append(std::move(*shared), is_woken));
    });
    if (slot.is_connected())
      slot.assign([waiters = std::weak_ptr(waiters_), id](asio::cancellation_type) {
        if (const auto alive = waiters.lock()) release(*alive, id, false);
      });
  };
  const bool woken = co_await asio::async_initiate<decltype(asio::use_awaitable), void(bool)>(
      enlist, asio::use_awaitable);
  if (!woken) co_return fail(ErrorKind::cancelled, "waiting was cancelled");
  co_return Result<void>();
}

void Signal::notify_all() {
  auto pending = std::exchange(waiters_->pending, {});
  for (auto& [id, complete] : pending) complete(true);
}

void Signal::notify_one() {
  if (waiters_->pending.empty()) return;
  release(*waiters_, waiters_->pending.begin()->first, true);
}

}  // namespace opt_data
