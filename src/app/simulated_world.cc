#include "app/simulated_world.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "app/crash_points.h"
#include "net/memory_pipe.h"

namespace opt_data::app {

SimulatedWorld::SimulatedWorld(
    asio::io_context& io, const MarketSource& market, Instant start,
    const SimulatedWorldOptions& options)
    : io_(io),
      source_(market.source()),
      clock_(io, start),
      gateway_(market, clock_, options.gateway, options.seed) {
  if (options.limits) witness_.emplace(*options.limits);
}

World SimulatedWorld::world() {
  World world;
  world.clock = &clock_;
  world.source = source_;
  world.crash = crash_point_from_environment();
  world.quiet = true;
  world.durability = store::Durability::process_crash;
  world.connect = [this] { return connect(); };
  return world;
}

asio::awaitable<Result<std::unique_ptr<net::Transport>>> SimulatedWorld::connect() {
  auto [here, there] = net::MemoryPipe::make();
  std::unique_ptr<net::Transport> server = std::move(there);
  if (witness_) server = witness_->beside(std::move(server), clock_);
  asio::co_spawn(io_, gateway_.serve(std::move(server)), asio::detached);
  co_return std::unique_ptr<net::Transport>(std::move(here));
}

sim::ClientLimits client_limits(const Settings& settings) {
  const auto size = [](int value) { return static_cast<std::size_t>(value); };
  return {
      size(settings.limits.messages_per_second), size(settings.limits.subscriptions_per_minute),
      size(settings.limits.lines), size(settings.limits.in_flight_max)};
}

}  // namespace opt_data::app
