// The moments of a session at which the chain is sampled.
//
// A session has a slot at its open, then one every `step`, then one at its close. A half day has
// fewer slots, not later ones, so code that wants to know how many there are asks the grid.
//
//   SlotGrid grid(calendar.session(date), std::chrono::minutes{30});
//   grid.size();         // 14 on a full day, 8 on a half day
//   grid.close().index;  // 13, or 7
//
// Immutable, and so safe to share between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/instant.h"
#include "calendar/trade_date.h"

namespace opt_data {

struct Slot {
  TradeDate date;
  std::uint8_t index;  // 0 at the open
  Instant at;          // UTC

  std::string label() const { return new_york_clock(at); }  // "09:30"
  friend bool operator==(const Slot&, const Slot&) = default;
};

class SlotGrid {
 public:
  // Requires: step > 0, and no more than 255 steps in the session.
  SlotGrid(const TradingSession& session, std::chrono::minutes step);

  // The slot that began at most `grace` before `now`. Empty in between: a quote taken late
  // belongs to no slot.
  std::optional<Slot> current(Instant now, std::chrono::seconds grace) const;

  // The slot with this label, "10:30"; empty when the session has none.
  std::optional<Slot> labelled(std::string_view label) const;

  std::size_t size() const { return slots_.size(); }
  const Slot& open() const { return slots_.front(); }
  const Slot& close() const { return slots_.back(); }
  const std::vector<Slot>& slots() const { return slots_; }

 private:
  std::vector<Slot> slots_;  // Never empty; ascending.
};

}  // namespace opt_data
