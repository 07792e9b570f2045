#include "storm.h"

#include <malloc.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <utility>

#include "net/memory_pipe.h"

namespace opt_data::scenario {
namespace {

using namespace std::chrono_literals;

sim::SimOptions options_of_the_storm() {
  sim::SimOptions options;
  options.wide = {1s, 1s, 3s, 600s};  // No connection outlives the real throttle.
  options.faults.id_lingers = 3s;
  return options;
}

}  // namespace

Storm::Storm(
    asio::io_context& io, const MarketSource& market, sim::SimClock& clock, std::uint64_t seed,
    std::chrono::seconds calm)
    : io_(io),
      clock_(clock),
      gateway_(market, clock, options_of_the_storm(), seed),
      random_(Random::keyed(seed, {key_of("storm")})),
      calm_(calm) {}

std::chrono::microseconds Storm::between(
    std::chrono::microseconds low, std::chrono::microseconds high) {
  return low + std::chrono::microseconds{
                   random_.below(static_cast<std::uint64_t>((high - low).count()) + 1)};
}

// What the next connection meets, and when. What the last one was to meet is forgotten: nobody is
// connected any more whom it could reach.
std::string_view Storm::draw_fate() {
  sim::SimFaults& faults = gateway_.faults();
  faults = options_of_the_storm().faults;
  const double calm = static_cast<double>(calm_.count()) * -std::log(1 - random_.uniform());
  const Instant at = clock_.now() + 50ms + std::chrono::milliseconds{static_cast<int>(1e3 * calm)};
  faults.disconnect_at = {at};  // Unless something else comes first.
  switch (random_.below(9)) {
    case 0:
      faults.half_open = {{at, at + 2min}};
      faults.disconnect_at = {at + 3min};
      return "half_open";
    case 1:
    case 2: {  // IBKR is gone for a while, and the lines with it, or not.
      const Instant back = at + between(500ms, 40s);
      faults.notices = {{at, 1100, ""}, {back, random_.below(2) == 0 ? 1101 : 1102, ""}};
      faults.disconnect_at = {back + between(1s, 20s)};
      return "1100_and_back";
    }
    case 3:  // And for good.
      faults.notices = {{at, 1100, ""}};
      faults.disconnect_at = {at + 90s};
      return "1100";
    case 4:
      faults.notices = {{at, random_.below(2) == 0 ? 1300 : 100, ""}};
      return "1300_or_100";
    case 5:
      faults.garbage_at = {at};
      faults.disconnect_at = {at + 1min};
      return "garbage";
    case 6:
      faults.competing = {{at, at + between(1s, 45s)}};
      faults.disconnect_at = {faults.competing[0].to + between(1s, 20s)};
      return "competing";
    case 7:
      faults.farm_down = {{at, at + between(1s, 45s)}};
      faults.disconnect_at = {faults.farm_down[0].to + between(1s, 20s)};
      return "farm_down";
    default:
      return "reset";
  }
}

asio::awaitable<Result<std::unique_ptr<net::Transport>>> Storm::connect() {
  ++attempts_;
  if (random_.below(5) == 0) {
    ++fates_["refused"];
    co_return fail(ErrorKind::unavailable, "gateway 127.0.0.1:4002: connection refused");
  }
  ++fates_[draw_fate()];
  auto [here, there] = net::MemoryPipe::make();
  asio::co_spawn(io_, gateway_.serve(std::move(there)), asio::detached);
  co_return std::unique_ptr<net::Transport>(std::move(here));
}

Held held_now() {
  Held held;
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  statm >> size >> resident;
  constexpr double megabyte = 1024.0 * 1024.0;
  held.resident_megabytes = resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / megabyte;
  const auto heap = ::mallinfo2();
  held.heap_megabytes = static_cast<double>(heap.uordblks + heap.hblkhd) / megabyte;
  // One of them is the directory that is being read.
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++held.descriptors;
  --held.descriptors;
  return held;
}

}  // namespace opt_data::scenario
