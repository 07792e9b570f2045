// How long a slot takes: the least that its limits allow, and what is to be expected.
// docs/pacing.md derives the bound.
//
//   makespan_bound(45, 95, times);              // no schedule is faster
//   forecast(plan.ask, 2, limits, times, 25min) // what the scheduler will make of it
//
// Pure functions. The forecast plays the scheduler's own rules (question_queue.h, and that cancels
// yield to subscriptions) with the answer times that are known, without a gateway.
#pragma once

#include <chrono>
#include <span>

#include "collect/answer_times.h"

namespace opt_data::collect {

// What the account and the settings allow.
struct CaptureLimits {
  int messages_per_second = 45;
  int lines = 95;
  int subscriptions_per_minute = 1'000'000;
  int in_flight_max = 95;
  int watches_max = 20;  // Lines on underlyings, which come out of `lines`.
  int sessions = 1;      // Each has all of the above.
};

// The least time in seconds in which every contract can be answered, with R messages a second, L
// lines and the answer times T of N contracts:
//
//   max(N / R, (2 N - min(N, L)) / R, sum T / L) + min T
std::chrono::duration<double> makespan_bound(
    double messages_per_second, double lines, std::span<const std::chrono::microseconds> times);

struct Forecast {
  std::chrono::milliseconds duration{};  // Until the last answer.
  std::size_t questions = 0;             // Subscriptions, repetitions too.
  std::size_t answered = 0;              // Contracts whose answer comes inside the window.
  std::size_t usable = 0;                // Of those.
};

Forecast forecast(
    std::span<const OptionContract> ask, std::size_t underlyings, const CaptureLimits& limits,
    const AttemptLimits& attempts, const AnswerTimes& times, std::chrono::milliseconds window);

}  // namespace opt_data::collect
