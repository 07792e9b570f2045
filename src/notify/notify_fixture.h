// What the tests of alerts have in common: a receiver in memory that can be away, and events.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "notify/alerter.h"
#include "store/ledger_fixture.h"

namespace opt_data::notify {

// Accepts, refuses, or accepts without telling.
struct Receiver {
  enum class Mood : std::uint8_t { accepts, refuses, accepts_silently };
  Mood mood = Mood::accepts;
  std::vector<Alert> accepted;
  int asked = 0;

  std::map<std::string, int> by_key() const {
    std::map<std::string, int> counts;
    for (const Alert& alert : accepted) ++counts[alert.key];
    return counts;
  }
};

class MemoryChannel : public Channel {
 public:
  MemoryChannel(std::string name, Receiver& receiver)
      : name_(std::move(name)), receiver_(receiver) {}
  const std::string& name() const override { return name_; }
  asio::awaitable<Delivery> send(Alert alert) override {
    ++receiver_.asked;
    Delivery delivery;
    delivery.accepted = receiver_.mood == Receiver::Mood::accepts;
    if (receiver_.mood != Receiver::Mood::refuses) receiver_.accepted.push_back(std::move(alert));
    if (!delivery.accepted) delivery.why = "memory:1: no answer was read";
    co_return delivery;
  }

 private:
  std::string name_;
  Receiver& receiver_;
};

inline observe::Event event_of(
    std::string code, observe::Level level = observe::Level::error,
    std::string message = "something happened") {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "collect";
  event.message = std::move(message);
  return event;
}

}  // namespace opt_data::notify
