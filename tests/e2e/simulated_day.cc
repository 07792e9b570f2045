#include "simulated_day.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "app/fill.h"
#include "net/memory_pipe.h"
#include "program.h"
#include "tws/transcript.h"

namespace opt_data::e2e {
namespace {

std::map<std::string, app::ConfigValue> demo_values(
    const app::LoadedMarket& market, bool shipped_filters) {
  std::map<std::string, app::ConfigValue> values = {
      {"universe.symbols", market.symbols},
      {"simulation.source", std::string(to_text(market.source))},
      {"discovery.start", std::string("07:00")},
      {"pacing.per_minute", std::int64_t{1'000'000}},
      {"pacing.in_flight", std::int64_t{95}}};
  if (shipped_filters) return values;
  values.insert(
      {{"filters.expiry_types", std::vector<std::string>{"monthly", "quarterly", "weekly"}},
       {"filters.expiry_months_ahead", std::int64_t{0}},
       {"filters.moneyness", 0.0},
       {"filters.strikes_per_side", std::int64_t{0}},
       {"filters.max_strikes_per_expiry", std::int64_t{0}}});
  return values;
}

// A fixture that cannot be made is nothing a test could go on with.
template <typename T>
T made(Result<T> result) {
  if (result) return *std::move(result);
  ADD_FAILURE() << result.error().message;
  std::abort();
}

}  // namespace

SimulatedDay::SimulatedDay(std::filesystem::path dir, SimulatedWorld simulated) {
  market_ = made(app::load_market(simulated.market));
  std::map<std::string, app::ConfigValue> changed = std::move(simulated.changed);
  changed.merge(demo_values(market_, simulated.shipped_filters));
  const auto file = dir / "config" / "opt-data.toml";
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << app::config_template(changed, "A simulated day.");
  app::ConfigRequest request;
  request.file = file;
  request.environment = [](const char*) -> const char* { return nullptr; };
  app::Config config = made(app::load_config(request));

  clock_.emplace(io_, new_york(market_.date, std::chrono::hours{6}));
  gateway_.emplace(*market_.market, *clock_, simulated.gateway, simulated.market.seed);
  if (!simulated.replay.empty()) {
    const auto transcript = made(tws::parse_transcript(read_file(simulated.replay)));
    replay_.emplace(made(sim::ReplayScript::read(transcript)), *clock_, sim::ReplayOptions{});
  }
  app::World world;
  world.clock = &*clock_;
  world.source = market_.source;
  world.record = std::move(simulated.record);
  if (simulated.at_crash_point)
    world.crash =
        [at = std::move(simulated.at_crash_point)](std::string_view point) -> Result<void> {
      at(point);
      return {};
    };
  world.quiet = true;
  world.durability = store::Durability::process_crash;
  world.connect = [this]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
    auto [here, there] = net::MemoryPipe::make();
    if (replay_) {
      asio::co_spawn(io_, replay_->serve(std::move(there)), asio::detached);
    } else {
      asio::co_spawn(io_, gateway_->serve(std::move(there)), asio::detached);
    }
    co_return std::unique_ptr<net::Transport>(std::move(here));
  };
  wiring_ = made(app::Wiring::make(std::move(config), io_, std::move(world)));
  date_ = made(wiring_->calendar().trade_date(market_.date));
}

SimulatedDay::~SimulatedDay() = default;

Result<app::DayResult> SimulatedDay::run() {
  auto result = clock_->run_until_done(app::run_day(*date_, *wiring_, [](const std::string&) {}));
  if (!result) return fail(ErrorKind::unavailable, "the day waits for something that never comes");
  return *std::move(result);
}

Result<collect::EnrichmentReport> SimulatedDay::enrich() {
  OPT_TRY(const auto symbols, wiring_->universe());
  OPT_TRY(collect::Workshop * shop, wiring_->workshop());
  const std::string id = wiring_->new_ingest_id();
  app::enter_job(store::JobKey{store::JobKind::enrichment, *date_, -1}, id, *wiring_);
  auto report = clock_->run_until_done(collect::run_enrichment(
      *date_, symbols, wiring_->enrichment_settings(), id, *shop, wiring_->connect(), {}));
  if (!report) return fail(ErrorKind::unavailable, "enrichment waits for what never comes");
  wiring_->close_session();
  if (*report) OPT_TRY_VOID(app::run_rollup_job(*date_, 1, *wiring_));
  return *std::move(report);
}

void SimulatedDay::wait_until(Instant when) { clock_->run_until(when); }

Result<collect::DiscoverySummary> SimulatedDay::build_contracts() {
  OPT_TRY(const auto symbols, wiring_->universe());
  const Instant latest = clock_->now() + std::chrono::minutes{5};
  app::DiscoveryJob job{*date_, symbols, latest};
  job.freeze_at_once = true;
  auto done = clock_->run_until_done(app::run_discovery_job(std::move(job), *wiring_));
  if (!done) return fail(ErrorKind::unavailable, "discovery waits for what never comes");
  return *std::move(done);
}

Result<collect::SnapshotReport> SimulatedDay::snapshot(int slot) {
  OPT_TRY(const auto symbols, wiring_->universe());
  OPT_TRY(collect::Workshop * shop, wiring_->workshop());
  const Slot planned = wiring_->grid(*date_).slots()[static_cast<std::size_t>(slot)];
  const std::string id = wiring_->new_ingest_id();
  app::enter_job(store::JobKey{store::JobKind::snapshot, *date_, planned.index}, id, *wiring_);
  auto done = clock_->run_until_done(collect::run_snapshot(
      planned, symbols, wiring_->snapshot_settings(), id, *shop, wiring_->connect_all(), {}));
  if (!done) return fail(ErrorKind::unavailable, "the slot waits for what never comes");
  return *std::move(done);
}

Result<collect::FillReport> SimulatedDay::fill() {
  const auto slots = wiring_->grid(*date_).slots();
  auto done = clock_->run_until_done(app::run_fill_job(slots, Instant::max(), *wiring_));
  if (!done) return fail(ErrorKind::unavailable, "the fill waits for what never comes");
  return *std::move(done);
}

}  // namespace opt_data::e2e
