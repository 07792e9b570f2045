// A collector in a process of its own, with the simulated gateway it talks to, that somebody else
// may kill at any instruction: what it had reached is left in memory that both share.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "calendar/instant.h"
#include "calendar/trade_date.h"
#include "market/market_source.h"
#include "sim/scenario.h"

namespace opt_data::scenario {

// Where the day was when the process ended.
enum class Phase : std::uint8_t {
  starting,  // Nothing was done yet, in this process.
  discovery,
  asking,
  journal,
  publish,
  rollup,
  enrichment,
  selfcheck,
  files,
};
std::string_view to_text(Phase phase);

// When a process is killed: so long after it first did something of `aim` (`starting`: anything at
// all), and at any rate after `at_most`.
struct Kill {
  Phase aim = Phase::starting;
  std::chrono::microseconds after{0};
  std::chrono::microseconds at_most{0};
};

struct Ending {
  Instant at{};  // On the virtual clock.
  Phase phase = Phase::starting;
  bool killed = false;
  bool done = false;   // The day is over, and judged.
  std::string error;   // Why the process ended by itself before the day did.
  double seconds = 0;  // That it lived.
};

// One day of one scenario on one directory, process after process.
class KilledProcess {
 public:
  // `market` outlives it. Writes the configuration.
  KilledProcess(
      const sim::Scenario& scenario, const MarketSource& market, TradeDate date,
      std::filesystem::path directory);
  ~KilledProcess();
  KilledProcess(const KilledProcess&) = delete;
  KilledProcess& operator=(const KilledProcess&) = delete;

  // A new process goes on at `start` of its virtual clock. Without a kill it may live.
  Ending run(Instant start, std::optional<Kill> kill);

  const std::filesystem::path& directory() const { return directory_; }

 private:
  struct Shared {
    std::atomic<std::int64_t> now{0};  // Microseconds.
    std::atomic<Phase> phase{Phase::starting};
    std::atomic<bool> done{false};
    char error[1024] = {};
  };

  // In the child; a byte goes into `reached` when it is where the kill is aimed at.
  [[noreturn]] void live(Instant start, Phase aim, int reached);
  void note(Instant now) { shared_->now = micros(now); }

  const sim::Scenario& scenario_;
  const MarketSource& market_;
  TradeDate date_;
  std::filesystem::path directory_;
  Shared* shared_;
};

}  // namespace opt_data::scenario
