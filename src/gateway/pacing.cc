#include "gateway/pacing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace opt_data::gateway {

struct PacingState {
  PacingLimit limit;
  std::deque<Instant> given;  // Within the last window.
  int in_flight = 0;
  int kept = 0;  // Of those in flight.
  int in_flight_peak = 0;
  bool turn_taken = false;
  std::array<Signal, 2> turns;  // By urgency.
  Signal released;
};

namespace {

// Whose turn it is to wait for the next permit. Handed to the next in line, never put down between.
class Turn {
 public:
  explicit Turn(PacingState& state) : state_(state) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    for (Signal& turn : state_.turns) {
      if (!turn.has_waiters()) continue;
      turn.notify_one();
      return;
    }
    state_.turn_taken = false;
  }

 private:
  PacingState& state_;
};

}  // namespace

Permit& Permit::operator=(Permit&& other) noexcept {
  if (this != &other) {
    give_back();
    state_ = std::move(other.state_);
    given_ = other.given_;
    kept_ = other.kept_;
  }
  return *this;
}

void Permit::give_back() {
  if (const auto state = std::exchange(state_, nullptr)) {
    --state->in_flight;
    if (std::exchange(kept_, false)) --state->kept;
    state->released.notify_all();
  }
}

void Permit::keep() {
  if (!state_ || std::exchange(kept_, true)) return;
  ++state_->kept;
  state_->released.notify_all();
}

void Permit::used(Instant now) {
  if (!state_ || now == given_ || state_->limit.permits == PacingLimit::unlimited) return;
  auto& given = state_->given;
  const auto place = std::ranges::lower_bound(given, given_);
  if (place != given.end() && *place == given_) given.erase(place);
  given.insert(std::ranges::upper_bound(given, now), now);
  given_ = now;
}

PacingBudget::PacingBudget(Clock& clock, PacingLimit limit)
    : clock_(clock), state_(std::make_shared<PacingState>()) {
  OPT_CHECK(limit.permits > 0 && limit.window.count() > 0 && limit.in_flight_max > 0);
  state_->limit = limit;
}

asio::awaitable<Result<Permit>> PacingBudget::acquire(Urgency urgency, int weight) {
  OPT_CHECK(weight > 0 && weight <= state_->limit.permits);
  const auto state = state_;
  if (state->turn_taken) {
    OPT_CO_TRY_VOID(co_await state->turns[static_cast<std::size_t>(urgency)].wait());
  }
  state->turn_taken = true;
  const Turn turn(*state);
  const bool counts = state->limit.permits != PacingLimit::unlimited;
  Instant now = clock_.now();
  for (;;) {
    if (state->in_flight >= std::max(state->limit.in_flight_max, state->kept + 1)) {
      OPT_CO_TRY_VOID(co_await state->released.wait());
      continue;
    }
    if (!counts) break;
    now = clock_.now();
    while (!state->given.empty() && state->given.front() + state->limit.window <= now)
      state->given.pop_front();
    if (static_cast<int>(state->given.size()) + weight <= state->limit.permits) {
      state->given.insert(state->given.end(), static_cast<std::size_t>(weight), now);
      break;
    }
    OPT_CO_TRY_VOID(co_await clock_.wait_until(state->given.front() + state->limit.window));
  }
  ++state->in_flight;
  state->in_flight_peak = std::max(state->in_flight_peak, state->in_flight);
  co_return Permit(state, now);
}

void PacingBudget::shrink_in_flight(int in_flight_max) {
  state_->limit.in_flight_max = std::max(1, std::min(state_->limit.in_flight_max, in_flight_max));
}

int PacingBudget::in_flight() const { return state_->in_flight; }
int PacingBudget::in_flight_peak() const { return state_->in_flight_peak; }

int PacingBudget::used() const {
  const Instant since = clock_.now() - state_->limit.window;
  return static_cast<int>(
      std::ranges::count_if(state_->given, [&](Instant at) { return at > since; }));
}

const PacingLimit& PacingBudget::limit() const { return state_->limit; }

}  // namespace opt_data::gateway
