// A budget for one of the limits IBKR sets: messages per second, subscriptions per minute, lines.
//
// At most `permits` are given out in any `window` (an exact sliding window, not a leaky bucket: the
// broker counts the same way), and at most `in_flight_max` are held at once. Whoever asked first is
// served first, and whoever can wait after all others.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/signal.h"
#include "calendar/clock.h"

namespace opt_data::gateway {

struct PacingLimit {
  static constexpr int unlimited = std::numeric_limits<int>::max();
  int permits = unlimited;  // All above zero.
  std::chrono::microseconds window = std::chrono::seconds{1};
  int in_flight_max = unlimited;
};

// A cancel can wait: it holds up nobody but the next line, and that only when all lines are taken;
// then no subscription stands in the queue and the cancel goes out at once. So the last lines of a
// slot are cancelled after its last question, never before it.
enum class Urgency : std::uint8_t { normal, can_wait };

struct PacingState;

// Gives its place back when it is destroyed.
class Permit {
 public:
  Permit() = default;
  Permit(std::shared_ptr<PacingState> state, Instant given)
      : state_(std::move(state)), given_(given) {}
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  Permit(Permit&& other) noexcept = default;
  Permit& operator=(Permit&& other) noexcept;
  ~Permit() { give_back(); }
  void give_back();
  // What it allows went out only now, having waited for something else; the broker counts from
  // here.
  void used(Instant now);
  // Held for long: however little there is, one place stays beside what is kept.
  void keep();

 private:
  std::shared_ptr<PacingState> state_;
  Instant given_{};
  bool kept_ = false;
};

class PacingBudget {
 public:
  PacingBudget(Clock& clock, PacingLimit limit);

  // One that counts `weight` times in the window; it holds one place. Requires: weight <= permits.
  // Errors: cancelled.
  asio::awaitable<Result<Permit>> acquire(Urgency urgency = Urgency::normal, int weight = 1);
  // The broker said that there is less than we thought. Never below one.
  void shrink_in_flight(int in_flight_max);

  int in_flight() const;
  int in_flight_peak() const;
  int used() const;  // Of the permits, in the window that ends now.
  const PacingLimit& limit() const;

 private:
  Clock& clock_;
  std::shared_ptr<PacingState> state_;
};

// The limits of one gateway session; several sessions have several.
struct PacingBudgets {
  PacingBudget messages;       // every message we send
  PacingBudget lines;          // open market-data lines
  PacingBudget subscriptions;  // new market-data requests
  PacingBudget history;        // historical requests; one for bid and ask counts twice
  std::map<std::string, Instant> history_asked = {};  // Each of the last 15 s, and when.
};

}  // namespace opt_data::gateway
