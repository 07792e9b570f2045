// A slot's makespan against the least that its limits allow (docs/pacing.md), on the virtual clock:
// sessions, budgets, scheduler and journal as they are, simulated gateways that enforce 50 messages
// a second and 100 lines, answers after 0.3 to 2 s, and one contract in fifty whose greeks never
// come (8 s). What is measured is the second slot, which remembers the first.
//
//   makespan_bench                  every row
//   makespan_bench CONTRACTS [SESSIONS]
#include <fmt/format.h>

#include "base/text.h"
#include "collect/makespan_fixture.h"
#include "row.h"

namespace opt_data::bench {
namespace {

using collect::SlotRun;
using collect::SlotWorld;
using collect::SlotWorldOptions;

std::string name_of(const SlotWorldOptions& options) {
  std::string name = fmt::format("makespan.{}", options.contracts);
  if (options.sessions > 1) name += fmt::format(".over-{}-sessions", options.sessions);
  if (options.underlyings > 20) name += fmt::format(".of-{}-underlyings", options.underlyings);
  if (options.silent_per_thousand > 0)
    name += fmt::format(".{}-in-1000-silent", options.silent_per_thousand);
  return name;
}

void measure(const SlotWorldOptions& options, std::optional<Goal> goal) {
  SlotWorld world(options);
  world.run();
  const SlotRun run = world.run();
  const std::string name = name_of(options);
  print(
      {.name = name,
       .value = run.makespan.count(),
       .unit = "s of the virtual clock",
       .against = fmt::format("the bound, {:.1f} s", run.bound.count()),
       .ratio = run.ratio(),
       .goal = goal,
       .note = fmt::format(
           "at most {} messages in any second and {} lines for each session",
           run.messages_in_a_second_high, run.lines_high)});
  print(
      {.name = name + ".violations",
       .value = static_cast<double>(run.violations + run.cancel_errors),
       .unit = "errors 100, 101, 300, 354",
       .goal = at_most(0)});
  const std::chrono::duration<double> window = options.window;
  if (options.sessions == 4 && options.contracts > 100'000)
    print(
        {.name = name + ".answered",
         .value = static_cast<double>(run.usable),
         .unit = "contracts",
         .against =
             fmt::format("all {} within a window of {:.0f} s", options.contracts, window.count()),
         .ratio = static_cast<double>(run.usable) / static_cast<double>(options.contracts),
         .goal = at_least(1)});
}

void measure_all() {
  measure({.contracts = 300}, at_least(0.75));
  measure({.contracts = 3'000}, at_least(0.97));
  measure({.contracts = 30'000, .underlyings = 20}, at_least(0.99));
  measure({.contracts = 30'000, .underlyings = 100}, {});
  measure({.contracts = 3'000, .silent_per_thousand = 10}, {});
  measure({.contracts = 3'000, .sessions = 2}, {});
  measure({.contracts = 12'000, .sessions = 4}, {});
  measure({.contracts = 120'000, .underlyings = 20, .sessions = 4}, at_least(0.97));
}

std::size_t number(const char* text, std::size_t otherwise) {
  const auto value = parse_int(text);
  return value && *value > 0 ? static_cast<std::size_t>(*value) : otherwise;
}

}  // namespace
}  // namespace opt_data::bench

int main(int argc, char** argv) {
  using namespace opt_data::bench;
  if (argc == 1) measure_all();
  if (argc > 1)
    measure({.contracts = number(argv[1], 300), .sessions = argc > 2 ? number(argv[2], 1) : 1}, {});
}
