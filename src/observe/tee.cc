#include "observe/tee.h"

#include <exception>

namespace opt_data::observe {

void Tee::on(const Event& event) {
  for (EventSink* sink : sinks_) sink->on(event);
}

void Counters::on(const Event& event) {
  try {
    const std::lock_guard lock(mutex_);
    ++counts_[{event.level, event.code}];
  } catch (const std::exception&) {
    // Out of memory; the sinks that write say more than a count could.
  }
}

template <typename Wanted>
std::size_t Counters::sum(Wanted wanted) const {
  const std::lock_guard lock(mutex_);
  std::size_t total = 0;
  for (const auto& [what, count] : counts_)
    if (wanted(what.first, what.second)) total += count;
  return total;
}

std::size_t Counters::count(Level level) const {
  return sum([&](Level of, const std::string&) { return of == level; });
}

std::size_t Counters::count(std::string_view code) const {
  return sum([&](Level, const std::string& of) { return of == code; });
}

std::size_t Counters::count(Level level, std::string_view code) const {
  return sum([&](Level of, const std::string& word) { return of == level && word == code; });
}

Counters::Counts Counters::all() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace opt_data::observe
