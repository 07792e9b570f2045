// Our own session at the gateway of burst_server: a hundred lines are watched, and the CPU is
// counted from the question for the time until its answer, which comes behind the burst.
//
//   burst_client PORT      prints {"cpu_s": ..., "last_bid": ...}
#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "gateway/session.h"
#include "measure.h"
#include "net/tcp_transport.h"
#include "observe/tee.h"

namespace opt_data::bench {
namespace {

using namespace std::chrono_literals;
using gateway::TwsSession;

constexpr int lines = 100;

asio::awaitable<Result<void>> run(
    std::uint16_t port, Clock& clock, gateway::PacingBudgets& budgets, observe::EventSink& events) {
  const gateway::Connector connect =
      [port]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
    OPT_CO_TRY(auto made, co_await net::TcpTransport::connect("127.0.0.1", port, 5s));
    co_return std::unique_ptr<net::Transport>(std::move(made));
  };
  const gateway::SessionOptions options;  // Named: g++ 12 destroys a temporary of it twice.
  OPT_CO_TRY(
      const auto session, co_await TwsSession::open(connect, options, clock, budgets, events));
  std::vector<std::unique_ptr<gateway::Watch>> watches;
  for (int i = 0; i < lines; ++i) {
    const UnderlyingContract underlying{1000 + i, fmt::format("S{}", i), "", "SMART", "", "", ""};
    OPT_CO_TRY(auto watch, co_await session->watch(underlying, false));
    watches.push_back(std::move(watch));
  }
  const double before = cpu_seconds();
  OPT_CO_TRY_VOID(co_await session->gateway_time());
  fmt::print(
      "{{\"cpu_s\": {}, \"last_bid\": {}}}\n", cpu_seconds() - before,
      watches.back()->quote().bid.value_or(-1));
  watches.clear();
  session->close();
  co_return Result<void>();
}

int run(std::uint16_t port) {
  asio::io_context io;
  RealClock clock;
  observe::Counters events;
  gateway::PacingBudgets budgets{{clock, {}}, {clock, {}}, {clock, {}}, {clock, {}}};
  Result<void> result = fail(ErrorKind::unavailable, "nothing was heard");
  const auto work = [&]() -> asio::awaitable<void> {
    result = co_await run(port, clock, budgets, events);
    io.stop();
  };
  asio::co_spawn(io, work(), asio::detached);
  io.run();
  if (!result) fmt::print(stderr, "{}\n", result.error().message);
  return result ? 0 : 1;
}

}  // namespace
}  // namespace opt_data::bench

int main(int argc, char** argv) {
  const auto port = argc > 1 ? opt_data::parse_int(argv[1]) : std::nullopt;
  OPT_CHECK(port && *port > 0 && *port < 65536);
  return opt_data::bench::run(static_cast<std::uint16_t>(*port));
}
