// What came in, and whom it concerns.
#include <chrono>
#include <type_traits>
#include <utility>

#include "gateway/session_core.h"
#include "tws/server_layouts.h"

namespace opt_data::gateway {
namespace {

using observe::Level;

template <typename T>
concept ForOneRequest = requires(const T& message) { message.request; };

template <typename T>
concept Tick = std::is_same_v<T, tws::TickPrice> || std::is_same_v<T, tws::TickSize> ||
               std::is_same_v<T, tws::TickGeneric> || std::is_same_v<T, tws::TickString> ||
               std::is_same_v<T, tws::TickOptionComputation>;

// "Market data farm connection is broken:usopt". Farms of other markets are none of our business.
bool concerns_us_options(std::string_view text) {
  const std::string_view farm = text.substr(text.rfind(':') + 1);
  return farm.starts_with("usopt") || farm.starts_with("usfarm");
}

bool concerns_us_history(std::string_view text) {
  return text.substr(text.rfind(':') + 1).starts_with("ushmds");
}

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
  const Instant now = last_read;  // Of every message in it: the clock costs as much as a tick.
  return tws::read_server(payload, state.server_version, [this, now](const auto& known) {
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
      if constexpr (Tick<Kind>)
        on_data(true);
      else if constexpr (std::is_same_v<Kind, tws::TickReqParams>)
        on_data(false);
      if (const auto found = listeners.find(known.request); found != listeners.end())
        if constexpr (requires { found->second->on(known, now); }) found->second->on(known, now);
    }
  });
}

void TwsSession::Core::on_error(const tws::ErrorNotice& notice) {
  const CodeClass kind = classify(notice.code, notice.request);
  if (kind == CodeClass::rate_exceeded) {
    ++state.pacing_violations;
    emit(
        Level::warning, "pacing_violation",
        fmt::format("the gateway counted too many messages ({})", notice.text), notice.code);
  }
  if (kind == CodeClass::competing) {
    put_on_hold(data_hold, notice, "competing_session");
    return;
  }
  // One request that could not be read says that our encoder is wrong, whoever asked.
  if (kind == CodeClass::session_over) {
    on_session_notice(notice, kind);
    return;
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
      emit(Level::warning, "gateway_lost", text, notice.code);
      lose(Error{ErrorKind::unavailable, text, notice.code});
      return;
    case CodeClass::offline:
      if (!state.offline) emit(Level::warning, "broker_offline", text, notice.code);
      state.offline = true;
      break;
    case CodeClass::restored_lost:
      emit(Level::warning, "broker_restored_data_lost", text, notice.code);
      state.offline = false;
      unanswered_since.reset();
      for (const auto& [id, listener] : listeners) listener->on_error(notice, kind);
      break;
    case CodeClass::restored:
      emit(Level::info, "broker_restored", text, notice.code);
      state.offline = false;
      unanswered_since.reset();
      break;
    case CodeClass::farm_down:
    case CodeClass::farm_up:
      on_farm(notice, kind == CodeClass::farm_down);
      break;
    default:
      emit(Level::debug, "gateway_notice", text, notice.code);
      break;
  }
  session_changed.notify_all();
}

// The first notice of an episode is told; those that follow for every line only prolong it.
void TwsSession::Core::put_on_hold(
    std::optional<Hold>& hold, const tws::ErrorNotice& notice, std::string code, Level level) {
  if (!hold) emit(level, std::move(code), std::string(notice.text), notice.code);
  hold = Hold{
      notice.code, fmt::format("{} (code {})", notice.text, notice.code),
      clock.now() + options.hold};
  session_changed.notify_all();
}

void TwsSession::Core::on_farm(const tws::ErrorNotice& notice, bool down) {
  const bool contracts = notice.code == 2157 || notice.code == 2158;
  const bool data =
      (notice.code == 2103 || notice.code == 2104) && concerns_us_options(notice.text);
  // A day's quotes do not need the farm of the past: its troubles concern whoever asks it.
  if (notice.code == 2105 || notice.code == 2106) {
    if (down && concerns_us_history(notice.text))
      return put_on_hold(history_hold, notice, "farm_down", Level::debug);
    if (!down) history_hold.reset();
    session_changed.notify_all();
  }
  std::optional<Hold>& hold = contracts ? contract_hold : data_hold;
  if (down && (contracts || data)) return put_on_hold(hold, notice, "farm_down");
  emit(Level::debug, down ? "farm_down" : "farm_up", std::string(notice.text), notice.code);
  if (down || !(contracts || data) || !hold || hold->code == 10197) return;
  emit(Level::info, "farm_up", std::string(notice.text), notice.code);
  hold.reset();
  unanswered_since.reset();
  session_changed.notify_all();
}

void TwsSession::Core::on_data(bool tick) {
  unanswered_since.reset();
  if (!tick || !data_hold) return;
  emit(Level::info, "data_back", "ticks come again", data_hold->code);
  data_hold.reset();
  session_changed.notify_all();
}

}  // namespace opt_data::gateway
