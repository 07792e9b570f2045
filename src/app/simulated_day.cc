#include "app/simulated_day.h"

#include <stdlib.h>  // mkdtemp

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "app/config.h"
#include "app/day.h"
#include "app/day_checks.h"
#include "app/simulated_disk.h"
#include "base/text.h"
#include "net/memory_pipe.h"
#include "sim/sim_clock.h"
#include "sim/sim_gateway.h"
#include "sim/synthetic_market.h"

namespace opt_data::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int processes_max = 300;
constexpr auto patience_max = 300s;  // Between two starts of a process that keeps failing.

// A directory of its own, in memory where the machine has such a place.
class Workplace {
 public:
  static Result<Workplace> make(const fs::path& wanted) {
    std::error_code error;
    if (!wanted.empty()) {
      if (fs::exists(wanted / "config", error))
        return fail(
            ErrorKind::invalid_input, "{} holds a day already; name another directory",
            wanted.string());
      fs::create_directories(wanted, error);
      return Workplace(wanted, false);
    }
    const char* named = std::getenv("TMPDIR");
    const fs::path memory = "/dev/shm";
    const fs::path place = fs::is_directory(memory, error) ? memory
                           : named != nullptr              ? fs::path(named)
                                                           : fs::path("/tmp");
    std::string pattern = (place / "opt-data-day-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      return fail(ErrorKind::storage, "no directory can be made in {}", place.string());
    return Workplace(pattern, true);
  }
  Workplace(Workplace&& other) noexcept
      : path_(std::move(other.path_)), remove_(std::exchange(other.remove_, false)) {}
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  Workplace& operator=(Workplace&&) = delete;
  ~Workplace() {
    std::error_code error;
    if (remove_) fs::remove_all(path_, error);
  }

  const fs::path& path() const { return path_; }

 private:
  Workplace(fs::path path, bool remove) : path_(std::move(path)), remove_(remove) {}
  fs::path path_;
  bool remove_;
};

Result<Config> write_config(
    const fs::path& directory, const std::map<std::string, ConfigValue>& values) {
  store::RealDisk disk;
  const fs::path file = directory / "config" / "opt-data.toml";
  OPT_TRY_VOID(disk.make_directories(file.parent_path()));
  OPT_TRY_VOID(disk.write(file, config_template(values, "A simulated day.")));
  ConfigRequest request;
  request.file = file;
  request.environment = [](const char*) -> const char* { return nullptr; };
  return load_config(request);
}

// What a day keeps while processes come and go.
struct Stage {
  const sim::Scenario& scenario;
  const SimulatedDayOptions& options;
  const MarketSource& market;
  Config config;
  TradeDate date;
  sim::Witness witness;
  DiskWatch disk;
  sim::CutsDone cuts = std::make_shared<sim::CutsDone::element_type>();
};

// One process of the collector, with the gateway it talks to: the gateway's answers do not depend
// on what it did before, so it is started anew as well.
class Process {
 public:
  Process(Stage& stage, Instant start)
      : stage_(stage),
        clock_(io_, start),
        gateway_(stage.market, clock_, stage.scenario.gateway, stage.scenario.seed) {}
  ~Process() {
    if (wiring_) wiring_->close_session();
    gateway_.drop_connections();
    clock_.run_until(clock_.now() + 1min);  // Whoever is on his way out gets there.
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Empty: the day waited for something that did not come until `deadline`.
  std::optional<Result<DayResult>> run(Instant deadline);
  void die();
  std::optional<Instant> died_at() const { return died_at_; }
  Instant now() const { return clock_.now(); }
  Wiring& wiring() { return *wiring_; }

 private:
  World world();
  asio::awaitable<Result<std::unique_ptr<net::Transport>>> connect();
  asio::awaitable<void> die_at(Instant when);

  Stage& stage_;
  asio::io_context io_;
  sim::SimClock clock_;
  sim::SimGateway gateway_;
  std::unique_ptr<Wiring> wiring_;
  std::optional<Instant> died_at_;
};

void Process::die() {
  if (died_at_) return;
  died_at_ = clock_.now();
  stage_.witness.process_ended();
  gateway_.drop_connections();
}

asio::awaitable<void> Process::die_at(Instant when) {
  const auto woken = co_await clock_.wait_until(when);
  if (woken) die();
}

asio::awaitable<Result<std::unique_ptr<net::Transport>>> Process::connect() {
  if (died_at_) co_return fail(ErrorKind::unavailable, "the process was killed");
  for (const sim::Window& window : stage_.scenario.gateway.faults.down)
    if (window.contains(clock_.now()))
      co_return fail(ErrorKind::unavailable, "gateway 127.0.0.1:4002: connection refused");
  auto [here, there] = net::MemoryPipe::make();
  auto link = std::make_unique<sim::FaultyTransport>(
      std::move(there), stage_.scenario.link, stage_.cuts, clock_);
  auto server = stage_.witness.beside(std::move(link), clock_);
  asio::co_spawn(io_, gateway_.serve(std::move(server)), asio::detached);
  co_return std::unique_ptr<net::Transport>(std::move(here));
}

World Process::world() {
  World world;
  world.clock = &clock_;
  world.source = DataSource::simulated;
  world.quiet = true;
  world.durability = store::Durability::process_crash;
  world.seed = stage_.scenario.seed + static_cast<std::uint64_t>(micros(clock_.now()));
  world.mute = [this] { return died_at_.has_value(); };
  world.connect = [this] { return connect(); };
  world.crash = [this](std::string_view) -> Result<void> {
    if (died_at_) return fail(ErrorKind::storage, "the process was killed");
    return {};
  };
  world.disk = [this] {
    return plant(
        stage_.options.bug,
        std::make_unique<SimulatedDisk>(
            stage_.disk, [this] { return died_at_.has_value(); }, [this] { die(); }));
  };
  world.writer = [this](std::unique_ptr<store::DatasetWriter> writer) {
    return plant(stage_.options.bug, std::move(writer));
  };
  return world;
}

std::optional<Result<DayResult>> Process::run(Instant deadline) {
  for (const Instant when : stage_.scenario.kills)
    if (when > clock_.now()) asio::co_spawn(io_, die_at(when), asio::detached);
  auto made = Wiring::make(stage_.config, io_, world());
  if (!made) return Result<DayResult>(fail(std::move(made).error()));
  wiring_ = *std::move(made);
  const auto progress = [this](const std::string& line) {
    if (stage_.options.progress && !died_at_) stage_.options.progress(line);
  };
  return clock_.run_until_done(run_day(stage_.date, *wiring_, progress), deadline);
}

// The day, process after process, and what comes of it.
class Run {
 public:
  Run(Stage& stage, Instant deadline) : stage_(stage), deadline_(deadline) {}
  Result<SimulatedDay> go();

 private:
  void judge(Process& process, const DayResult& day);
  bool explained(Instant at) const;
  void complain(std::string sentence) { out_.violations.push_back(std::move(sentence)); }

  Stage& stage_;
  Instant deadline_;
  std::vector<sim::Window> troubles_;
  SimulatedDay out_;
};

bool Run::explained(Instant at) const {
  for (const std::optional<Instant>& cut : *stage_.cuts)
    if (cut && *cut <= at && at <= *cut + stage_.scenario.recovery) return true;
  for (const sim::Window& trouble : troubles_)
    if (trouble.from <= at &&
        (trouble.to == Instant::max() || at <= trouble.to + stage_.scenario.recovery))
      return true;
  return stage_.disk.met_a_fault();
}

void Run::judge(Process& process, const DayResult& day) {
  for (const std::optional<Instant>& cut : *stage_.cuts)
    if (cut) troubles_.push_back({*cut, *cut + 1us});
  out_.verdict = day.selfcheck.passed() ? "PASS" : "FAIL";
  out_.reasons = day.selfcheck.reasons();
  const DayEvidence evidence{stage_.scenario, stage_.witness, stage_.market,
                             troubles_,       stage_.date,    day,
                             process.wiring()};
  auto found = check_day(evidence);
  if (!found) return complain("the day cannot be read: " + found.error().message);
  for (std::string& sentence : found->violations) complain(std::move(sentence));
  out_.contracts = found->contracts;
  out_.rows = found->rows;
  out_.usable = found->usable;
  out_.slots = found->slots;
}

Result<SimulatedDay> Run::go() {
  troubles_ = sim::disturbances(stage_.scenario);
  Instant start = new_york(stage_.date.day(), stage_.config.settings.discovery_start) - 1min;
  std::chrono::seconds patience = stage_.scenario.restart_after;
  for (;; ++out_.processes) {
    Process process(stage_, start);
    const auto result = process.run(deadline_);
    if (const auto died = process.died_at()) {
      start = *died + stage_.scenario.restart_after;
      out_.endings.push_back(fmt::format("{} killed", new_york_text(*died)));
      troubles_.push_back({*died, start});
    } else if (!result) {
      complain("the day was not over at " + new_york_text(deadline_));
      break;
    } else if (*result) {
      judge(process, **result);
      break;
    } else {
      const Instant ended = process.now();
      const std::string& why = result->error().message;
      if (!explained(ended))
        complain(fmt::format("{}: ended with nothing wrong: {}", new_york_text(ended), why));
      out_.endings.push_back(fmt::format("{} {}", new_york_text(ended), why));
      start = ended + patience;
      patience = std::min<std::chrono::seconds>(patience * 2, patience_max);
      troubles_.push_back({ended, start});
      stage_.witness.process_ended();
    }
    if (start > deadline_ || out_.processes >= processes_max) {
      complain(fmt::format("the day was not over after {} processes", out_.processes));
      break;
    }
  }
  stage_.disk.finish();
  for (const auto* others : {&stage_.witness.violations(), &stage_.disk.violations()})
    out_.violations.insert(out_.violations.end(), others->begin(), others->end());
  out_.hash = stage_.witness.hash();
  out_.frames = stage_.witness.frames();
  out_.disk_operations = stage_.disk.operations();
  out_.syncs = stage_.disk.syncs();
  return std::move(out_);
}

}  // namespace

std::map<std::string, ConfigValue> scenario_settings(const sim::Scenario& scenario) {
  const auto whole = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  std::vector<std::string> types{"monthly", "quarterly"};
  if (scenario.universe.weekly) types.emplace_back("weekly");
  return {
      {"universe.symbols", scenario.universe.symbols},
      {"simulation.source", std::string(to_text(DataSource::simulated))},
      {"discovery.start", std::string("07:00")},
      {"filters.expiry_types", types},
      {"filters.expiry_months_ahead", std::int64_t{scenario.universe.expiry_months_ahead}},
      {"filters.strikes_per_side", std::int64_t{scenario.universe.strikes_per_side}},
      {"filters.max_strikes_per_expiry",
       std::int64_t{scenario.universe.strikes_per_side == 0 ? 0 : 10}},
      {"pacing.messages_per_second", whole(scenario.limits.messages_per_second)},
      {"pacing.per_minute", whole(scenario.limits.subscriptions_per_minute)},
      {"pacing.lines", whole(scenario.limits.lines)},
      {"pacing.in_flight", whole(scenario.limits.in_flight)}};
}

Result<SimulatedDay> simulate_day(
    const sim::Scenario& scenario, const SimulatedDayOptions& options) {
  const Calendar calendar;
  OPT_TRY(const TradeDate date, calendar.trade_date(scenario.date));
  OPT_TRY(const TradeDate next, calendar.next(date));
  sim::SyntheticOptions wanted;
  wanted.symbols = scenario.universe.symbols;
  wanted.first = date.day();
  wanted.last = next.day();
  OPT_TRY(const auto well, sim::SyntheticMarket::make(wanted, scenario.seed));
  const sim::TroubledMarket market(*well, scenario.market, new_york(date.day(), 7h));
  OPT_TRY(const Workplace place, Workplace::make(options.directory));
  auto values = scenario_settings(scenario);
  plant(options.bug, values);
  OPT_TRY(Config config, write_config(place.path(), values));
  Stage stage{
      scenario,
      options,
      market,
      std::move(config),
      date,
      sim::Witness(scenario.limits),
      DiskWatch(scenario.disk)};
  stage.witness.trace = options.trace;
  return Run(stage, new_york(next.day(), 12h)).go();
}

}  // namespace opt_data::app
