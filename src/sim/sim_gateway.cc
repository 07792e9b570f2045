#include "sim/sim_gateway.h"

#include <utility>
#include <vector>

#include "sim/connection.h"
#include "sim/gateway_state.h"

namespace opt_data::sim {

SimGateway::SimGateway(
    const MarketSource& market, Clock& clock, const SimOptions& options, std::uint64_t seed)
    : state_(std::make_shared<GatewayState>(market, clock, options, seed)) {}

SimGateway::~SimGateway() = default;

asio::awaitable<void> SimGateway::serve(std::unique_ptr<net::Transport> transport) {
  Connection connection(state_, std::move(transport));
  co_await connection.run();
}

void SimGateway::drop_connections() {
  const std::vector<Connection*> all(state_->connections.begin(), state_->connections.end());
  for (Connection* connection : all) connection->drop();
}

const SimCounters& SimGateway::counters() const {
  state_->counters.models_computed = state_->models.computed();
  return state_->counters;
}

SimFaults& SimGateway::faults() { return state_->options.faults; }

}  // namespace opt_data::sim
