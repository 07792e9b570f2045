#include "sim/sim_clock.h"

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <compare>

namespace opt_data::sim {

struct SimClock::Sleepers {
  struct Key {
    Instant when;
    std::uint64_t arrival;
    auto operator<=>(const Key&) const = default;
  };
  using Wake = std::function<void(bool)>;

  std::map<Key, Wake> waiting;
  std::uint64_t arrivals = 0;

  void release(const Key& key, bool woken) {
    const auto found = waiting.find(key);
    if (found == waiting.end()) return;
    const Wake wake = std::move(found->second);
    waiting.erase(found);
    wake(woken);
  }
};

SimClock::SimClock(asio::io_context& io, Instant start)
    : io_(io), now_(start), sleepers_(std::make_shared<Sleepers>()) {}

SimClock::~SimClock() {
  // Out of the map first: a coroutine that is destroyed here may destroy others that sleep.
  auto abandoned = std::exchange(sleepers_->waiting, {});
}

asio::awaitable<Result<void>> SimClock::wait_until(Instant when) {
  if (when <= now_) co_return Result<void>();
  // Captures nothing that owns: g++ 12 destroys an owning lambda twice when it is a temporary of a
  // co_await expression, and a sleeper that owned the list it stands in would never be freed.
  auto fall_asleep = [this, when](auto handler) {
    const Sleepers::Key key{when, sleepers_->arrivals++};
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    sleepers_->waiting.emplace(key, [shared](bool is_woken) {
      const auto executor = asio::get_associated_executor(*shared);
      asio::post(executor, asio::append(std::move(*shared), is_woken));
    });
    if (slot.is_connected())
      slot.assign([sleepers = std::weak_ptr(sleepers_), key](asio::cancellation_type) {
        if (const auto alive = sleepers.lock()) alive->release(key, false);
      });
  };
  const bool woken = co_await asio::async_initiate<decltype(asio::use_awaitable), void(bool)>(
      fall_asleep, asio::use_awaitable);
  if (!woken) co_return fail(ErrorKind::cancelled, "waiting was cancelled");
  co_return Result<void>();
}

bool SimClock::step(Instant deadline) {
  io_.restart();
  if (io_.poll() > 0) return true;
  if (sleepers_->waiting.empty()) return false;
  const Sleepers::Key next = sleepers_->waiting.begin()->first;
  if (next.when > deadline) return false;
  now_ = next.when;
  sleepers_->release(next, true);
  return true;
}

void SimClock::run_while(const std::function<bool()>& wanted, Instant deadline) {
  while (wanted() && step(deadline)) {
  }
}

void SimClock::run() {
  while (step(Instant::max())) {
  }
}

void SimClock::run_until(Instant when) {
  while (step(when)) {
  }
  if (now_ < when) now_ = when;
}

std::size_t SimClock::sleepers() const { return sleepers_->waiting.size(); }

}  // namespace opt_data::sim
