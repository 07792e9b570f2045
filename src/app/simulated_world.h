// A gateway in this process, on a clock that jumps, and whoever watches the wire between it and the
// collector.
//
//   asio::io_context io;
//   SimulatedWorld simulated(io, *market, start, {});
//   auto wiring = Wiring::make(config, io, simulated.world());
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "app/wiring.h"
#include "market/market_source.h"
#include "sim/sim_clock.h"
#include "sim/sim_gateway.h"
#include "sim/witness.h"

namespace opt_data::app {

struct SimulatedWorldOptions {
  sim::SimOptions gateway;
  std::optional<sim::ClientLimits> limits;  // What a witness holds the collector to.
  std::uint64_t seed = 1;
};

class SimulatedWorld {
 public:
  // `io` and `market` outlive it.
  SimulatedWorld(
      asio::io_context& io, const MarketSource& market, Instant start,
      const SimulatedWorldOptions& options);

  // Its rows say where they come from. It outlives whoever was made with this.
  World world();
  sim::SimClock& clock() { return clock_; }
  sim::SimGateway& gateway() { return gateway_; }
  // Requires: limits.
  const sim::Witness& witness() const { return *witness_; }

 private:
  asio::awaitable<Result<std::unique_ptr<net::Transport>>> connect();

  asio::io_context& io_;
  DataSource source_;
  sim::SimClock clock_;
  sim::SimGateway gateway_;
  std::optional<sim::Witness> witness_;
};

// As the witness has to know them.
sim::ClientLimits client_limits(const Settings& settings);

}  // namespace opt_data::app
