#include "gateway/session_core.h"

#include <algorithm>
#include <utility>

namespace opt_data::gateway {

using observe::Level;

Listener::Listener(TwsSession::Core& core) : core_(core.shared_from_this()), id_(core.next_id++) {
  core_->listeners.emplace(id_, this);
}

Listener::~Listener() { core_->listeners.erase(id_); }

void TwsSession::Core::emit(Level level, std::string code, std::string message, int broker_code) {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "gateway";
  event.message = std::move(message);
  if (broker_code != 0) event.broker_code = broker_code;
  events.on(event);
}

Error TwsSession::Core::lost_error() const {
  return lost ? *lost : Error{ErrorKind::unavailable, "the gateway session is closed", 0};
}

void TwsSession::Core::lose(Error error) {
  if (lost) return;
  lost = std::move(error);
  transport->close();
  out_ready.notify_all();
  session_changed.notify_all();
  for (const auto& [id, listener] : listeners) listener->changed.notify_all();
}

asio::awaitable<Result<void>> TwsSession::Core::send(tws::ClientMessage message, Urgency urgency) {
  if (lost) co_return fail(lost_error());
  OPT_CO_TRY(const Permit permit, co_await budgets.messages.acquire(urgency));
  if (lost) co_return fail(lost_error());
  tws::encode(out, message, state.server_version);
  out_ready.notify_all();
  co_return Result<void>();
}

asio::awaitable<Result<bool>> TwsSession::Core::send_before(
    Instant until, tws::ClientMessage message) {
  if (lost) co_return fail(lost_error());
  OPT_CO_TRY(const Permit permit, co_await budgets.messages.acquire());
  if (lost) co_return fail(lost_error());
  if (clock.now() >= until) co_return false;
  tws::encode(out, message, state.server_version);
  out_ready.notify_all();
  co_return true;
}

asio::awaitable<Result<void>> TwsSession::Core::wait(Listener& listener, Instant deadline) {
  if (lost) co_return fail(lost_error());
  const auto woken = co_await before(clock, deadline, listener.changed.wait());
  if (lost) co_return fail(lost_error());
  if (!woken) co_return fail(ErrorKind::not_found, "no answer in time");
  co_return *woken;
}

Error TwsSession::Core::held_error(const std::optional<Hold>& hold) const {
  if (state.offline)
    return Error{ErrorKind::unavailable, "the gateway has lost its connection to IBKR", 1100};
  return Error{ErrorKind::unavailable, hold->reason, hold->code};
}

asio::awaitable<Result<void>> TwsSession::Core::ready(
    std::optional<Hold> Core::*hold, Instant until) {
  const auto self = shared_from_this();
  while (!lost && held(this->*hold)) {
    if (clock.now() >= until) co_return fail(held_error(this->*hold));
    const Instant wake = state.offline ? until : std::min(until, (this->*hold)->try_at);
    (void)co_await before(clock, wake, session_changed.wait());
  }
  if (lost) co_return fail(lost_error());
  co_return Result<void>();
}

asio::awaitable<Result<void>> TwsSession::Core::admitted(
    std::optional<Hold> Core::*hold, Instant until) {
  OPT_CO_TRY_VOID(co_await ready(hold, until));
  if (this->*hold) (this->*hold)->try_at = clock.now() + options.hold;
  co_return Result<void>();
}

std::optional<Instant> TwsSession::Core::stalled_at() const {
  if (lines_open == 0 || !unanswered_since || state.offline || data_hold) return std::nullopt;
  return *unanswered_since + options.stalled_max;
}

asio::awaitable<Result<void>> TwsSession::Core::handshake(int client_id) {
  const std::string hello =
      tws::encode_hello(tws::ClientHello{tws::version_min, tws::version_max, {}});
  OPT_CO_TRY_VOID(co_await transport->write_all(
      std::as_bytes(std::span<const char>(hello.data(), hello.size()))));
  while (state.server_version == 0 && !lost) {
    OPT_CO_TRY_VOID(co_await read_once());
  }
  if (lost) co_return fail(lost_error());
  // The writer does not run yet: the first message goes out by hand, and counts like every other.
  OPT_CO_TRY(const Permit permit, co_await budgets.messages.acquire());
  std::string start_api;
  tws::encode(start_api, tws::ClientMessage(tws::StartApi{client_id, {}}), state.server_version);
  OPT_CO_TRY_VOID(co_await transport->write_all(
      std::as_bytes(std::span<const char>(start_api.data(), start_api.size()))));
  while (!(accounts_known && id_known) && !lost) {
    OPT_CO_TRY_VOID(co_await read_once());
  }
  if (lost) co_return fail(lost_error());
  state.client_id = client_id;
  co_return Result<void>();
}

asio::awaitable<Result<void>> TwsSession::Core::read_once() {
  const std::span<std::byte> room = in.prepare(64 * 1024);
  OPT_CO_TRY(const std::size_t size, co_await transport->read_some(room));
  if (size == 0) {
    co_return fail(
        ErrorKind::unavailable, "the gateway at {} closed the connection", options.address);
  }
  last_read = clock.now();
  in.commit(size);
  for (;;) {
    OPT_CO_TRY(const std::optional<std::string_view> payload, in.next());
    if (!payload) co_return Result<void>();
    if (auto done = dispatch(*payload); !done) {
      if (options.unreadable) options.unreadable(*payload);
      co_return done;
    }
    if (lost) co_return fail(lost_error());
  }
}

asio::awaitable<void> TwsSession::Core::read_loop() {
  const auto self = shared_from_this();
  while (!lost) {
    if (auto done = co_await read_once(); !done) {
      if (!lost && done.error().kind != ErrorKind::cancelled)
        emit(Level::warning, "gateway_lost", done.error().message);
      lose(std::move(done).error());
    }
  }
}

asio::awaitable<void> TwsSession::Core::write_loop() {
  const auto self = shared_from_this();
  std::string sending;
  while (!lost) {
    if (out.empty()) {
      if (!co_await out_ready.wait()) break;
      continue;
    }
    sending.clear();
    std::swap(sending, out);
    const auto bytes = std::as_bytes(std::span<const char>(sending.data(), sending.size()));
    if (auto done = co_await transport->write_all(bytes); !done) lose(std::move(done).error());
  }
}

asio::awaitable<void> TwsSession::Core::probe_loop() {
  const auto self = shared_from_this();
  while (!lost) {
    // Woken early by whatever changes the session, above all its end.
    Instant wake = last_read + options.quiet_max;
    if (const auto stalled = stalled_at()) wake = std::min(wake, *stalled);
    (void)co_await before(clock, wake, session_changed.wait());
    if (lost) break;
    if (const auto stalled = stalled_at(); stalled && clock.now() >= *stalled) {
      Error error{
          ErrorKind::unavailable,
          fmt::format(
              "lines were opened, and not one tick has come on any for {} s",
              std::chrono::duration_cast<std::chrono::seconds>(options.stalled_max).count()),
          0};
      emit(Level::warning, "data_stalled", error.message);
      lose(std::move(error));
      break;
    }
    if (clock.now() < last_read + options.quiet_max) continue;
    const Instant asked = clock.now();
    if (!co_await send(tws::RequestCurrentTime{})) break;
    while (!lost && last_read < asked && clock.now() < asked + options.probe_timeout)
      (void)co_await before(clock, asked + options.probe_timeout, session_changed.wait());
    if (lost || last_read >= asked) continue;
    Error error{
        ErrorKind::unavailable,
        fmt::format(
            "the gateway at {} has not answered for {} s: the connection is half-open",
            options.address,
            std::chrono::duration_cast<std::chrono::seconds>(clock.now() - last_read).count()),
        0};
    emit(Level::warning, "gateway_lost", error.message);
    lose(std::move(error));
  }
}

}  // namespace opt_data::gateway
