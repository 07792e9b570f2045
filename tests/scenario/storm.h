// A gateway that is never well for long: every connection to it gets a fate of its own, and ends
// within minutes, each in one of the ways in which connections end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "base/random.h"
#include "gateway/session.h"
#include "sim/sim_clock.h"
#include "sim/sim_gateway.h"

namespace opt_data::scenario {

class Storm {
 public:
  // `io`, `market` and `clock` outlive it. A connection lasts `calm` on average.
  Storm(
      asio::io_context& io, const MarketSource& market, sim::SimClock& clock, std::uint64_t seed,
      std::chrono::seconds calm);

  // One attempt in five is refused.
  asio::awaitable<Result<std::unique_ptr<net::Transport>>> connect();

  std::int64_t attempts() const { return attempts_; }
  // How often each fate was drawn: "refused", "half_open".
  const std::map<std::string_view, std::int64_t>& fates() const { return fates_; }
  const sim::SimCounters& counters() const { return gateway_.counters(); }

 private:
  std::string_view draw_fate();
  std::chrono::microseconds between(std::chrono::microseconds low, std::chrono::microseconds high);

  asio::io_context& io_;
  sim::SimClock& clock_;
  sim::SimGateway gateway_;
  Random random_;
  std::chrono::seconds calm_;
  std::int64_t attempts_ = 0;
  std::map<std::string_view, std::int64_t> fates_;
};

// What this process holds of the machine.
struct Held {
  double resident_megabytes = 0;  // Of /proc/self/statm.
  double heap_megabytes = 0;      // Asked of malloc, by its main arena, and not given back.
  int descriptors = 0;            // In /proc/self/fd.
};
Held held_now();

}  // namespace opt_data::scenario
