// What one connection still has to do, and when: earliest first, ties by arrival.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "calendar/instant.h"

namespace opt_data::sim {

class Timeline {
 public:
  using Action = std::function<void()>;

  // True: it is now the earliest.
  bool add(Instant when, Action action) {
    const bool earliest = items_.empty() || when < items_.front().when;
    items_.push_back({when, arrivals_++, std::move(action)});
    std::push_heap(items_.begin(), items_.end(), later);
    return earliest;
  }

  std::optional<Instant> next() const {
    return items_.empty() ? std::nullopt : std::optional(items_.front().when);
  }

  // Takes the earliest out if it is due.
  std::optional<Action> take(Instant now) {
    if (items_.empty() || items_.front().when > now) return std::nullopt;
    std::pop_heap(items_.begin(), items_.end(), later);
    Action action = std::move(items_.back().action);
    items_.pop_back();
    return action;
  }

 private:
  struct Item {
    Instant when;
    std::uint64_t arrival;
    Action action;
  };
  static bool later(const Item& a, const Item& b) {
    return std::pair(a.when, a.arrival) > std::pair(b.when, b.arrival);
  }

  std::vector<Item> items_;  // A heap.
  std::uint64_t arrivals_ = 0;
};

}  // namespace opt_data::sim
