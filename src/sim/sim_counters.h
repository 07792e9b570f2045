// What a simulated gateway saw and did, for tests and for its operator.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "market/contract.h"

namespace opt_data::sim {

struct SimCounters {
  static constexpr std::size_t ids = 128;  // Of messages; above: counted in the last place.

  std::array<std::uint64_t, ids> received{};  // By the wire's message id.
  std::array<std::uint64_t, ids> sent{};
  std::map<std::int32_t, std::uint64_t> errors;  // By code, as sent.

  std::uint64_t connections = 0;
  std::uint64_t subscriptions = 0;  // Market data, accepted.
  std::uint64_t late_ticks = 0;
  std::uint64_t wide_requests = 0;  // Contract details of more than one option.
  std::uint64_t wide_requests_held = 0;
  std::uint64_t rate_rejected = 0;
  std::uint64_t orders_refused = 0;
  std::uint64_t unknown_messages = 0;
  std::uint64_t slow_readers_dropped = 0;
  std::uint64_t models_computed = 0;
  std::uint64_t history_requests = 0;
  std::uint64_t history_paced = 0;     // Refused as a pacing violation.
  std::size_t history_units_high = 0;  // In a window; BID_ASK counts twice.
  std::size_t history_open_high = 0;
  std::size_t lines = 0;
  std::size_t lines_high = 0;
  std::size_t messages_in_a_second_high = 0;  // On one connection.

  std::uint64_t error_count(std::int32_t code) const {
    const auto found = errors.find(code);
    return found == errors.end() ? 0 : found->second;
  }
};

}  // namespace opt_data::sim
