// A slot's makespan against the least that its limits allow (docs/pacing.md), on the virtual clock:
// sessions, budgets, scheduler and journal as they are, simulated gateways that enforce 50 messages
// a second and 100 lines, answers after 0.3 to 2 s, and one contract in fifty whose greeks never
// come (8 s).
//
//   makespan_bench          300, 3,000 and 30,000 contracts
//   makespan_bench 120000   another number
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/text.h"
#include "collect/makespan_fixture.h"

namespace opt_data::collect {
namespace {

using Wall = std::chrono::steady_clock;

// Contracts, sessions, and the share of the bound that is the goal; 0: none.
bool measure(SlotWorldOptions options, double goal) {
  SlotWorld world(options);
  bool reached = true;
  for (const std::string_view slot : {"first", "next"}) {
    const auto begun = Wall::now();
    const SlotRun run = world.run();
    const std::chrono::duration<double> wall = Wall::now() - begun;
    const bool judged = slot == "next" && goal > 0;
    if (judged) reached = run.ratio() >= goal && run.violations == 0;
    fmt::print(
        "{:>9}{:>9} {:<6}{:>9.1f}{:>9.1f}{:>9.1f}{:>8.3f}{:>7}{:>5}{:>7}{:>5}{:>8.1f}{}\n",
        options.contracts, options.sessions, slot,
        static_cast<double>(run.plan.cost.duration.count()) / 1000, run.makespan.count(),
        run.bound.count(), run.ratio(), judged ? fmt::format("{:.2f}", goal) : "",
        run.messages_in_a_second_high, run.lines_high, run.violations, wall.count(),
        judged && !reached ? "  MISSED" : "");
    std::fflush(stdout);
  }
  return reached;
}

}  // namespace
}  // namespace opt_data::collect

int main(int argc, char** argv) {
  using opt_data::collect::measure;
  fmt::print(
      "{:>9}{:>9} {:<6}{:>9}{:>9}{:>9}{:>8}{:>7}{:>5}{:>7}{:>5}{:>8}\n", "contracts", "sessions",
      "slot", "foreseen", "took s", "bound s", "ratio", "goal", "msg", "lines", "bad", "wall s");
  bool reached = true;
  for (int i = 1; i < argc; ++i)
    if (const auto contracts = opt_data::parse_int(argv[i]); contracts && *contracts > 0)
      reached = measure({.contracts = static_cast<std::size_t>(*contracts)}, 0) && reached;
  if (argc > 1) return 0;
  reached = measure({.contracts = 300}, 0.75) && reached;
  reached = measure({.contracts = 3'000}, 0.97) && reached;
  reached = measure({.contracts = 30'000, .underlyings = 20}, 0.99) && reached;
  reached = measure({.contracts = 30'000, .underlyings = 100}, 0) && reached;
  reached = measure({.contracts = 3'000, .silent_per_thousand = 10}, 0) && reached;
  reached = measure({.contracts = 3'000, .sessions = 2}, 0.95) && reached;
  reached = measure({.contracts = 12'000, .sessions = 4}, 0.95) && reached;
  return reached ? 0 : 1;
}
