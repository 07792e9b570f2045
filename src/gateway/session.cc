#include "gateway/session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "gateway/session_core.h"

namespace opt_data::gateway {
namespace {

using observe::Level;

// One connection with one client id. Errors: unavailable with code 326 when the id is in use.
asio::awaitable<Result<std::shared_ptr<TwsSession::Core>>> connect_as(
    int client_id, Connector connect, SessionOptions options, Clock& clock, PacingBudgets& budgets,
    observe::EventSink& events) {
  OPT_CO_TRY(std::unique_ptr<net::Transport> transport, co_await connect());
  auto core =
      std::make_shared<TwsSession::Core>(std::move(transport), options, clock, budgets, events);
  core->last_read = clock.now();
  const Instant deadline = clock.now() + options.handshake_timeout;
  auto done = co_await before(clock, deadline, core->handshake(client_id));
  if (!done) {
    core->transport->close();
    co_return fail(
        ErrorKind::unavailable,
        "{} accepted the connection but said nothing for {} ms; is it TWS or IB Gateway, and does "
        "it show a dialog that asks to accept this client?",
        options.address, options.handshake_timeout.count());
  }
  if (!*done) {
    core->transport->close();
    Error error = std::move(*done).error();
    if (error.kind == ErrorKind::protocol)
      error.message = fmt::format(
          "{} does not speak the TWS API ({}); set gateway.port to TWS's or IB Gateway's API port",
          options.address, error.message);
    co_return fail(std::move(error));
  }
  co_return core;
}

}  // namespace

asio::awaitable<Result<std::unique_ptr<TwsSession>>> TwsSession::open(
    Connector connect, SessionOptions options, Clock& clock, PacingBudgets& budgets,
    observe::EventSink& events) {
  std::shared_ptr<Core> core;
  for (int offset = 0;; ++offset) {
    const int client_id = options.client_id + offset;
    auto made = co_await connect_as(client_id, connect, options, clock, budgets, events);
    if (made) {
      core = *made;
      break;
    }
    if (made.error().code != 326) co_return fail(std::move(made).error());
    if (offset + 1 >= options.client_id_tries)
      co_return fail(
          ErrorKind::unavailable,
          "gateway {} refused client ids {} to {} (code 326, in use); close another client or set "
          "gateway.client_id",
          options.address, options.client_id, client_id);
    core.reset();
    observe::Event event;
    event.level = Level::info;
    event.code = "client_id_in_use";
    event.component = "gateway";
    event.broker_code = 326;
    event.message = fmt::format(
        "gateway {} refused client id {} (code 326, in use); trying {}", options.address, client_id,
        client_id + 1);
    events.on(event);
  }
  const auto executor = co_await asio::this_coro::executor;
  asio::co_spawn(executor, core->read_loop(), asio::detached);
  asio::co_spawn(executor, core->write_loop(), asio::detached);
  asio::co_spawn(executor, core->probe_loop(), asio::detached);
  std::unique_ptr<TwsSession> session(new TwsSession(core));
  const tws::RequestMarketDataType type{static_cast<std::int32_t>(options.market_data_type)};
  OPT_CO_TRY_VOID(co_await core->send(type));
  co_return session;
}

TwsSession::~TwsSession() { close(); }

void TwsSession::close() {
  core_->lose(Error{ErrorKind::unavailable, "the gateway session was closed", 0});
}

const SessionState& TwsSession::state() const { return core_->state; }
bool TwsSession::lost() const { return core_->lost.has_value(); }
std::string TwsSession::loss() const { return core_->lost ? core_->lost->message : ""; }

asio::awaitable<Result<void>> TwsSession::ready(Instant until) {
  const auto core = core_;
  co_return co_await core->ready(&Core::data_hold, until);
}

asio::awaitable<Result<Instant>> TwsSession::gateway_time() {
  const auto core = core_;
  core->gateway_time.reset();
  OPT_CO_TRY_VOID(co_await core->send(tws::RequestCurrentTime{}));
  const Instant deadline = core->clock.now() + core->options.probe_timeout;
  while (!core->gateway_time) {
    if (core->lost) co_return fail(core->lost_error());
    if (core->clock.now() >= deadline)
      co_return fail(ErrorKind::unavailable, "the gateway did not tell its time");
    (void)co_await before(core->clock, deadline, core->session_changed.wait());
  }
  co_return *core->gateway_time;
}

}  // namespace opt_data::gateway
