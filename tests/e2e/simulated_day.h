// The demo's day inside this process, where a test may look at the gateway and break it: the same
// market, configuration, clock and wiring as `opt-data demo`.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/day.h"
#include "app/wiring.h"
#include "app/worlds.h"
#include "sim/replay_gateway.h"
#include "sim/sim_clock.h"
#include "sim/sim_gateway.h"

namespace opt_data::e2e {

struct SimulatedWorld {
  app::MarketChoice market = {};  // TWX 2014-06-05, seed 1
  bool shipped_filters = false;   // Else every listed contract that outlives the day.
  sim::SimOptions gateway = {};
  std::map<std::string, app::ConfigValue> changed = {};       // Keys of the configuration.
  std::function<void(std::string_view)> at_crash_point = {};  // Called at every crossing.
  std::filesystem::path record = {};                          // The transcript that is made.
  std::filesystem::path replay = {};  // The transcript that is played instead of the market.
};

class SimulatedDay {
 public:
  // Writes <dir>/config/opt-data.toml, as the demo does.
  SimulatedDay(std::filesystem::path dir, SimulatedWorld world);
  ~SimulatedDay();

  Result<app::DayResult> run();
  // Of the recorded day, once more: the job of the next morning, at the clock's time.
  Result<collect::EnrichmentReport> enrich();
  void wait_until(Instant when);
  // Single jobs, now, as the commands of the same names do them.
  Result<collect::DiscoverySummary> build_contracts();
  Result<collect::SnapshotReport> snapshot(int slot);
  Result<collect::FillReport> fill();  // Every slot of the day.

  TradeDate date() const { return *date_; }
  app::Wiring& wiring() { return *wiring_; }
  sim::SimGateway& gateway() { return *gateway_; }
  sim::ReplayGateway& replay() { return *replay_; }
  std::vector<OptionContract> listed(const Underlying& symbol, Instant at) const {
    return market_.market->listed(symbol, at);
  }

 private:
  asio::io_context io_;
  std::optional<sim::SimClock> clock_;
  app::LoadedMarket market_;
  std::optional<sim::SimGateway> gateway_;
  std::optional<sim::ReplayGateway> replay_;
  std::unique_ptr<app::Wiring> wiring_;
  std::optional<TradeDate> date_;
};

}  // namespace opt_data::e2e
