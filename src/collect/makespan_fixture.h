// A slot of any size on the virtual clock: sessions as they are, journal as it is, simulated
// gateways that enforce the broker's limits and answer in 0.3 to 2 s, some of them only in part.
//
//   SlotWorld world({.contracts = 3'000});
//   world.run();                        // the first slot of a day: nothing is known
//   const SlotRun run = world.run();    // the second one remembers
//   run.ratio();                        // bound / makespan
//
// The same options give the same figures on every machine.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "collect/capture.h"
#include "observe/tee.h"
#include "sim/sim_clock.h"
#include "sim/sim_gateway.h"

namespace opt_data::collect {

struct SlotWorldOptions {
  std::size_t contracts = 300;
  std::size_t underlyings = 5;
  std::size_t sessions = 1;
  int slow_per_thousand = 20;   // Their greeks never come; they take the timeout of 8 s.
  int silent_per_thousand = 0;  // Nothing comes, on no exchange.
  std::uint64_t seed = 1;
  CaptureLimits limits{};
  std::chrono::milliseconds window = std::chrono::minutes{25};
};

struct SlotRun {
  SnapshotPlan plan;
  std::chrono::duration<double> makespan{};  // From the call until the last answer.
  std::chrono::duration<double> bound{};     // Of every question that was sent.
  std::size_t rows = 0;
  std::size_t usable = 0;
  std::size_t requests = 0;
  // Of all gateways, as they counted.
  std::size_t messages_in_a_second_high = 0;
  std::size_t lines_high = 0;
  std::uint64_t violations = 0;     // 100 and 101.
  std::uint64_t cancel_errors = 0;  // 300 and 354.
  double ratio() const { return bound / makespan; }
};

class SlotWorld {
 public:
  explicit SlotWorld(const SlotWorldOptions& options);
  ~SlotWorld();
  SlotRun run();  // The next slot. Everything the one before published is remembered.

 private:
  struct Gate;
  class Timed;

  Result<CaptureSummary> capture(const SnapshotPlan& plan, RowSink& sink);

  SlotWorldOptions options_;
  std::unique_ptr<MarketSource> market_;
  std::vector<ContractBook> books_;
  boost::asio::io_context io_;
  sim::SimClock clock_;
  observe::Counters events_;
  std::filesystem::path folder_;
  std::unique_ptr<store::Ledger> ledger_;
  std::vector<std::unique_ptr<Gate>> gates_;
  CaptureOptions capture_;
  AnswerTimes times_;
  int slot_ = 0;
};

}  // namespace opt_data::collect
