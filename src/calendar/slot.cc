#include "calendar/slot.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/check.h"

namespace opt_data {

SlotGrid::SlotGrid(const TradingSession& session, std::chrono::minutes step) {
  OPT_CHECK(step > std::chrono::minutes{0});
  OPT_CHECK(session.open < session.close);
  // The last step may be a short one: the close has a slot of its own wherever it falls.
  const auto add = [&](Instant at) {
    OPT_CHECK(slots_.size() <= std::numeric_limits<std::uint8_t>::max());
    slots_.push_back({session.date, static_cast<std::uint8_t>(slots_.size()), at});
  };
  for (Instant at = session.open; at < session.close; at += step) add(at);
  add(session.close);
}

std::optional<Slot> SlotGrid::current(Instant now, std::chrono::seconds grace) const {
  const auto later = std::upper_bound(
      slots_.begin(), slots_.end(), now,
      [](Instant moment, const Slot& slot) { return moment < slot.at; });
  if (later == slots_.begin()) return std::nullopt;
  const Slot& begun = *std::prev(later);
  if (now - begun.at > grace) return std::nullopt;
  return begun;
}

std::optional<Slot> SlotGrid::labelled(std::string_view label) const {
  const auto found = std::find_if(
      slots_.begin(), slots_.end(), [&](const Slot& slot) { return slot.label() == label; });
  if (found == slots_.end()) return std::nullopt;
  return *found;
}

}  // namespace opt_data
