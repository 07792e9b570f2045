// One event, several listeners; and one that only counts.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "observe/event.h"

namespace opt_data::observe {

// In the order they were added. A listener outlives the tee, or is removed before it goes. One
// thread adds and removes, while no other tells events.
class Tee : public EventSink {
 public:
  Tee() = default;
  explicit Tee(std::vector<EventSink*> sinks) : sinks_(std::move(sinks)) {}

  void add(EventSink& sink) { sinks_.push_back(&sink); }
  void remove(EventSink& sink) { std::erase(sinks_, &sink); }
  void on(const Event& event) override;

 private:
  std::vector<EventSink*> sinks_;
};

// Lets events through, until `shut` says otherwise: a simulated process that was killed tells
// nobody what happens to it afterwards. An empty `shut` is never.
class Gate : public EventSink {
 public:
  Gate(EventSink& next, std::function<bool()> shut) : next_(next), shut_(std::move(shut)) {}
  void on(const Event& event) override {
    if (!shut_ || !shut_()) next_.on(event);
  }

 private:
  EventSink& next_;
  std::function<bool()> shut_;
};

// How many events there were, by level and code. Safe to use from several threads.
class Counters : public EventSink {
 public:
  using Counts = std::map<std::pair<Level, std::string>, std::size_t>;

  void on(const Event& event) override;

  std::size_t count(Level level) const;
  std::size_t count(std::string_view code) const;
  std::size_t count(Level level, std::string_view code) const;
  Counts all() const;

 private:
  template <typename Wanted>
  std::size_t sum(Wanted wanted) const;

  mutable std::mutex mutex_;
  Counts counts_;
};

}  // namespace opt_data::observe
