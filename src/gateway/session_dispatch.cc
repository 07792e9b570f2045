// What came in, and whom it concerns.
#include <chrono>
#include <type_traits>
#include <utility>

#include "gateway/session_core.h"

namespace opt_data::gateway {
namespace {

using observe::Level;

template <typename T>
concept ForOneRequest = requires(const T& message) { message.request; };

}  // namespace

Result<void> TwsSession::Core::dispatch(std::string_view payload) {
  if (state.server_version == 0) {
    OPT_TRY(const tws::ServerHello hello, tws::decode_server_hello(payload));
    if (hello.version < tws::version_min || hello.version > tws::version_max)
      return fail(
          ErrorKind::protocol,
          "the gateway at {} chose server version {}; opt-data speaks {} to {}", options.address,
          hello.version, tws::version_min, tws::version_max);
    state.server_version = hello.version;
    state.gateway_time = std::string(hello.time);
    return {};
  }
  OPT_TRY(const tws::ServerMessage message, tws::decode_server(payload, state.server_version));
  const Instant now = clock.now();
  std::visit(
      [&](const auto& known) {
        using Kind = std::decay_t<decltype(known)>;
        if constexpr (std::is_same_v<Kind, tws::ErrorNotice>) {
          on_error(known);
        } else if constexpr (std::is_same_v<Kind, tws::ManagedAccounts>) {
          accounts_known = true;
          state.accounts = known.accounts.empty() ? 0 : 1;
          for (const char c : known.accounts) state.accounts += c == ',' ? 1 : 0;
        } else if constexpr (std::is_same_v<Kind, tws::NextValidId>) {
          id_known = true;
        } else if constexpr (std::is_same_v<Kind, tws::CurrentTime>) {
          gateway_time = Instant{std::chrono::seconds{known.epoch_seconds}};
          session_changed.notify_all();
        } else if constexpr (std::is_same_v<Kind, tws::UnknownMessage>) {
          ++state.unknown_messages;
          if (unknown_logged.insert(known.id).second)
            emit(Level::debug, "unknown_message", fmt::format("message {} is skipped", known.id));
        } else if constexpr (ForOneRequest<Kind>) {
          // A tick for nobody is late: its line was cancelled.
          if (const auto found = listeners.find(known.request); found != listeners.end())
            found->second->on(message, now);
        }
      },
      message);
  return {};
}

void TwsSession::Core::on_error(const tws::ErrorNotice& notice) {
  const CodeClass kind = classify(notice.code, notice.request);
  if (kind == CodeClass::rate_exceeded) {
    ++state.pacing_violations;
    emit(
        Level::warning, "pacing_violation",
        fmt::format("the gateway counted too many messages ({})", notice.text), notice.code);
  }
  if (const auto found = listeners.find(notice.request);
      notice.request >= 0 && found != listeners.end()) {
    found->second->on_error(notice, kind);
    return;
  }
  on_session_notice(notice, kind);
}

void TwsSession::Core::on_session_notice(const tws::ErrorNotice& notice, CodeClass kind) {
  const std::string text(notice.text);
  switch (kind) {
    case CodeClass::client_id_in_use:
      lose(Error{
          ErrorKind::unavailable,
          fmt::format("gateway {} refused the client id (code 326, in use)", options.address),
          326});
      return;
    case CodeClass::session_over:
      emit(Level::error, "gateway_lost", text, notice.code);
      lose(Error{ErrorKind::unavailable, text, notice.code});
      return;
    case CodeClass::offline:
      if (!state.offline) emit(Level::warning, "broker_offline", text, notice.code);
      state.offline = true;
      break;
    case CodeClass::restored_lost:
      emit(Level::warning, "broker_restored_data_lost", text, notice.code);
      state.offline = false;
      for (const auto& [id, listener] : listeners) listener->on_error(notice, kind);
      break;
    case CodeClass::restored:
      emit(Level::info, "broker_restored", text, notice.code);
      state.offline = false;
      break;
    case CodeClass::farm_down:
      emit(Level::warning, "farm_down", text, notice.code);
      break;
    default:
      emit(Level::debug, "gateway_notice", text, notice.code);
      break;
  }
  session_changed.notify_all();
}

}  // namespace opt_data::gateway
