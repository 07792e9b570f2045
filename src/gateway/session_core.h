// The inside of TwsSession: who waits for which request, what goes out, what came in.
#pragma once

#include <boost/container/flat_map.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/signal.h"
#include "gateway/codes.h"
#include "gateway/session.h"
#include "tws/codec.h"

namespace opt_data::gateway {

// Somebody who waits for messages with one request id. Registered for as long as it lives.
class Listener {
 public:
  explicit Listener(TwsSession::Core& core);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener();

  tws::RequestId id() const { return id_; }
  // Notifies `changed` when there is something for the waiter to look at. A listener hears what it
  // asked for, and is not told of the rest.
  virtual void on(const tws::MarketDataTypeNotice&, Instant) {}
  virtual void on(const tws::TickPrice&, Instant) {}
  virtual void on(const tws::TickSize&, Instant) {}
  virtual void on(const tws::TickGeneric&, Instant) {}
  virtual void on(const tws::TickString&, Instant) {}
  virtual void on(const tws::TickOptionComputation&, Instant) {}
  virtual void on(const tws::ContractData&, Instant) {}
  virtual void on(const tws::ContractDataEnd&, Instant) {}
  virtual void on(const tws::SecDefOptParam&, Instant) {}
  virtual void on(const tws::SecDefOptParamEnd&, Instant) {}
  virtual void on(const tws::HistoricalData&, Instant) {}
  virtual void on_error(const tws::ErrorNotice& notice, CodeClass kind) = 0;

  Signal changed;

 protected:
  TwsSession::Core& core() { return *core_; }

 private:
  std::shared_ptr<TwsSession::Core> core_;
  tws::RequestId id_;
};

// An option as a request names it. The fields point into the arguments.
tws::Contract option_fields(
    const OptionContract& contract, const std::string& exchange, const std::string& expiry,
    const std::string& multiplier);

// Why a kind of question is not asked at the moment. At `try_at` one goes ahead and sees.
struct Hold {
  int code = 0;
  std::string reason;
  Instant try_at{};
};

struct TwsSession::Core : std::enable_shared_from_this<TwsSession::Core> {
  Core(
      std::unique_ptr<net::Transport> wire, SessionOptions session_options, Clock& session_clock,
      PacingBudgets& session_budgets, observe::EventSink& sink)
      : transport(std::move(wire)),
        options(std::move(session_options)),
        clock(session_clock),
        budgets(session_budgets),
        events(sink) {}

  // Waits for a message permit, then queues the message; the writer sends it at once.
  asio::awaitable<Result<void>> send(tws::ClientMessage message, Urgency urgency = Urgency::normal);
  // The same, unless the permit comes at `until` or later. False: nothing was sent.
  asio::awaitable<Result<bool>> send_before(Instant until, tws::ClientMessage message);
  // Returns when the listener has news, the session is lost, or `deadline` came (not_found).
  asio::awaitable<Result<void>> wait(Listener& listener, Instant deadline);
  // Returns when a question of the kind that `hold` is about may go out: when IBKR is reachable and
  // nothing holds it, or when it is this one's turn to try. Errors: unavailable at `until`.
  asio::awaitable<Result<void>> admitted(std::optional<Hold> Core::*hold, Instant until);
  // The same, but takes nobody's turn.
  asio::awaitable<Result<void>> ready(std::optional<Hold> Core::*hold, Instant until);
  bool held(const std::optional<Hold>& hold) const {
    return state.offline || (hold && clock.now() < hold->try_at);
  }

  asio::awaitable<Result<void>> handshake(int client_id);
  // These three run until the session is lost.
  asio::awaitable<void> read_loop();
  asio::awaitable<void> write_loop();
  asio::awaitable<void> probe_loop();
  // Reads one chunk and hands every whole frame to `dispatch`.
  asio::awaitable<Result<void>> read_once();
  Result<void> dispatch(std::string_view payload);
  void on_error(const tws::ErrorNotice& notice);
  void on_session_notice(const tws::ErrorNotice& notice, CodeClass kind);
  void on_farm(const tws::ErrorNotice& notice, bool down);
  void on_data(bool tick);  // Of a line; only ticks end a hold.
  void put_on_hold(
      std::optional<Hold>& hold, const tws::ErrorNotice& notice, std::string code,
      observe::Level level = observe::Level::warning);
  Error held_error(const std::optional<Hold>& hold) const;
  std::optional<Instant> stalled_at() const;  // When nothing came for too long.
  void lose(Error error);
  void emit(observe::Level level, std::string code, std::string message, int broker_code = 0);
  Error lost_error() const;

  std::unique_ptr<net::Transport> transport;
  SessionOptions options;
  Clock& clock;
  PacingBudgets& budgets;
  observe::EventSink& events;

  tws::FrameBuffer in;
  std::string out;
  Signal out_ready;
  // Ids only grow, so a new one goes to the end; every tick looks for its own.
  boost::container::flat_map<tws::RequestId, Listener*> listeners;
  tws::RequestId next_id = 1000;
  std::optional<Error> lost;
  SessionState state;
  Signal session_changed;  // Ready, time, offline: whatever is not one request's.
  bool accounts_known = false;
  bool id_known = false;
  bool delayed_asked = false;
  Instant last_read{};
  std::optional<Hold> data_hold;      // 10197, 2103
  std::optional<Hold> contract_hold;  // 2157
  std::optional<Hold> history_hold;   // 2105
  int lines_open = 0;
  std::optional<Instant> unanswered_since;  // A line was opened, and nothing came on any since.
  std::optional<Instant> gateway_time;
  std::set<std::int32_t> unknown_logged;  // Each unknown kind is logged once.
};

}  // namespace opt_data::gateway
