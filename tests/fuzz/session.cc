// A session that is asked everything at once, while the gateway's end of the pipe says what the
// fuzzer wants: every question has to end, with an answer or a sentence, and leave nothing behind.
// The first byte says how the stream is cut and whether it begins with a proper greeting.
#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "fuzz_messages.h"
#include "gateway/session.h"
#include "net/memory_pipe.h"
#include "sim/sim_clock.h"

namespace opt_data::gateway {
namespace {

using namespace std::chrono_literals;
using tws::expect;

class Silence : public observe::EventSink {
 public:
  void on(const observe::Event& event) override {
    expect(!event.code.empty(), "an event has a code");
  }
};

std::string greeting() {
  std::string bytes = tws::encode_hello(tws::ServerHello{178, "20251121 10:00:00 EST"});
  tws::encode(bytes, tws::ManagedAccounts{"DU0000001"}, 178);
  tws::encode(bytes, tws::NextValidId{1}, 178);
  return bytes;
}

struct World {
  asio::io_context io;
  sim::SimClock clock{io, Instant{std::chrono::days{20413}} + 15h};
  SessionOptions options;
  PacingBudgets budgets{
      {clock, PacingLimit{45, 1s, PacingLimit::unlimited}},
      {clock, PacingLimit{PacingLimit::unlimited, 1s, 95}},
      {clock, PacingLimit{}},
      {clock, PacingLimit{}}};
  Silence events;
  int open = 0;  // Questions without an end.
};

asio::awaitable<void> speak(
    std::shared_ptr<net::MemoryPipe> end, std::string bytes, std::size_t piece) {
  const auto executor = co_await asio::this_coro::executor;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const std::string part = bytes.substr(at, piece);
    const auto done = co_await end->write_all(std::as_bytes(std::span<const char>(part)));
    if (!done) co_return;
    co_await asio::post(executor, asio::use_awaitable);  // Its reader has a turn.
  }
}

asio::awaitable<void> swallow(std::shared_ptr<net::MemoryPipe> end) {
  std::array<std::byte, 4096> room;
  for (;;) {
    const auto size = co_await end->read_some(room);
    if (!size || *size == 0) co_return;
  }
}

OptionContract option() {
  OptionContract contract;
  contract.id = 17;
  contract.underlying = "TWX";
  contract.expiry = std::chrono::year{2025} / std::chrono::December / 19;
  contract.strike = Strike::from_usd(70);
  contract.trading_class = "TWX";
  return contract;
}

asio::awaitable<void> ask_underlying(World& world, TwsSession& session) {
  (void)co_await session.underlying("TWX");
  --world.open;
}
asio::awaitable<void> ask_chain(World& world, TwsSession& session) {
  UnderlyingContract underlying;
  underlying.id = 1;
  underlying.symbol = "TWX";
  (void)co_await session.option_chain(underlying);
  --world.open;
}
asio::awaitable<void> ask_contracts(World& world, TwsSession& session) {
  ContractQuery query;
  query.underlying = "TWX";
  query.expiry = std::chrono::year{2025} / std::chrono::December / 19;
  (void)co_await session.contracts(query);
  --world.open;
}
asio::awaitable<void> ask_quote(World& world, TwsSession& session) {
  QuoteRequest request;
  request.contract = option();
  const auto answer = co_await session.quote(request);
  if (answer) expect(answer->answered_at >= answer->asked_at, "an answer follows its question");
  --world.open;
}
asio::awaitable<void> ask_watch(World& world, TwsSession& session) {
  UnderlyingContract underlying;
  underlying.id = 1;
  underlying.symbol = "TWX";
  const auto watch = co_await session.watch(underlying, true);
  if (watch) (void)(*watch)->quote();
  --world.open;
}

asio::awaitable<bool> converse(World& world, Connector connect) {
  const auto executor = co_await asio::this_coro::executor;
  auto session =
      co_await TwsSession::open(connect, world.options, world.clock, world.budgets, world.events);
  if (!session) {
    expect(!session.error().message.empty(), "a refusal has a sentence");
    co_return true;
  }
  world.open = 5;
  asio::co_spawn(executor, ask_underlying(world, **session), asio::detached);
  asio::co_spawn(executor, ask_chain(world, **session), asio::detached);
  asio::co_spawn(executor, ask_contracts(world, **session), asio::detached);
  asio::co_spawn(executor, ask_quote(world, **session), asio::detached);
  asio::co_spawn(executor, ask_watch(world, **session), asio::detached);
  // Longer than every timeout; after an end of the connection nobody waits for one.
  (void)co_await world.clock.wait_for((*session)->lost() ? 1s : 60s);
  (void)co_await (*session)->gateway_time();
  (*session)->close();
  (void)co_await world.clock.wait_for(1s);
  expect(world.open == 0, "every question ends");
  co_return true;
}

void run(std::string_view bytes, std::size_t piece, bool greeted) {
  World world;
  world.options.client_id_tries = 2;
  world.options.handshake_timeout = 1s;
  world.options.request_timeout = 5s;
  world.options.throttled_timeout = 5s;
  world.options.quiet_max = 5s;
  world.options.probe_timeout = 1s;
  const std::string said = (greeted ? greeting() : std::string()) + std::string(bytes);
  const Connector connect = [&]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
    auto [near, far] = net::MemoryPipe::make();
    const std::shared_ptr<net::MemoryPipe> end = std::move(far);
    asio::co_spawn(world.io, speak(end, said, piece), asio::detached);
    asio::co_spawn(world.io, swallow(end), asio::detached);
    co_return std::unique_ptr<net::Transport>(std::move(near));
  };
  const Instant latest = world.clock.now() + std::chrono::hours{1};
  const auto done = world.clock.run_until_done(converse(world, connect), latest);
  expect(done.has_value(), "a session comes to its end");
}

}  // namespace
}  // namespace opt_data::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = (data[0] / 2 + std::size_t{1}) * 8;
  opt_data::gateway::run(opt_data::tws::as_text(data + 1, size - 1), piece, data[0] % 2 == 0);
  return 0;
}
