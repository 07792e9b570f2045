// The server side of IBKR's wire over a market that is handed in: a gateway any TWS client can use.
//
//   SimGateway gateway(market, clock, options, seed);
//   auto [client, server] = net::MemoryPipe::make();
//   asio::co_spawn(io, gateway.serve(std::move(server)), asio::detached);
//
// What it does, message by message: docs/wire.md. It places no orders: an order message is answered
// with 321, read-only. The same seed and the same bytes at the same instants give the same bytes
// back.
//
// Throttle of wide contract requests: sim_options.h, WideThrottle.
//
// One thread. `market` and `clock` outlive every connection; the gateway itself need not.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>

#include "calendar/clock.h"
#include "market/market_source.h"
#include "net/transport.h"
#include "sim/sim_counters.h"
#include "sim/sim_options.h"

namespace opt_data::sim {

struct GatewayState;

class SimGateway {
 public:
  SimGateway(
      const MarketSource& market, Clock& clock, const SimOptions& options, std::uint64_t seed);
  ~SimGateway();
  SimGateway(const SimGateway&) = delete;
  SimGateway& operator=(const SimGateway&) = delete;

  // One connection, from its first byte to its end. Several may run at once.
  asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport);

  void drop_connections();  // As if the process had been killed; it may be connected to again.

  const SimCounters& counters() const;
  // Instants in the past have no effect; disconnects and notices reach later connections only.
  SimFaults& faults();

 private:
  std::shared_ptr<GatewayState> state_;
};

}  // namespace opt_data::sim
