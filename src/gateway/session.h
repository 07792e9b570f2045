// A session with TWS or IB Gateway: handshake, requests and their answers, market-data lines, the
// reactions to the broker's codes, a probe on a connection that has gone quiet.
//
//   OPT_CO_TRY(auto session, co_await TwsSession::open(connect, options, clock, budgets, events));
//   OPT_CO_TRY(QuoteAnswer answer, co_await session->quote(request));
//
// One executor, no threads. When the connection is lost every waiting question returns
// `unavailable` with the reason, and so does every later one: whoever owns the session opens
// another.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "calendar/clock.h"
#include "gateway/gateway.h"
#include "gateway/pacing.h"
#include "net/transport.h"
#include "observe/event.h"

namespace opt_data::gateway {

using Connector = std::function<asio::awaitable<Result<std::unique_ptr<net::Transport>>>()>;

struct SessionOptions {
  std::string address = "127.0.0.1:4002";  // For messages only.
  int client_id = 101;
  int client_id_tries = 5;  // After 326 the next id is tried.
  MarketDataType market_data_type = MarketDataType::live;
  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds request_timeout{60'000};  // Contract details can be held for minutes:
  std::chrono::milliseconds throttled_timeout{600'000};  // the wide ones get this one.
  // The broker may hold a historical request back, and wants it cancelled after some minutes.
  std::chrono::milliseconds history_timeout{120'000};
  std::chrono::milliseconds history_pause{60'000};  // After a pacing violation.
  std::chrono::milliseconds quiet_max{20'000};  // Without a byte for so long, the time is asked;
  std::chrono::milliseconds probe_timeout{10'000};  // without an answer, the connection is dead.
  // A line was opened, the gateway tells the time, and nothing comes on any line: data are dead.
  std::chrono::milliseconds stalled_max{60'000};
  std::chrono::milliseconds hold{30'000};    // Until one question tries whether data are back.
  std::chrono::milliseconds revival{4'000};  // 354 can be followed by delayed data.
  // From a subscription to its cancel: a cancel that overtakes it brings 300 or 354.
  std::chrono::milliseconds line_hold_min{50};
  std::function<void(std::string_view)> unreadable;  // Keeps a message for a bug report.
};

struct SessionState {
  int server_version = 0;
  int client_id = 0;
  int accounts = 0;  // How many; never which.
  std::string gateway_time;
  bool offline = false;  // 1100: the gateway has lost IBKR.
  std::size_t unknown_messages = 0;
  std::size_t pacing_violations = 0;
};

class TwsSession : public Gateway {
 public:
  // Errors: unavailable (no gateway, ids all in use), protocol (it does not speak the API).
  static asio::awaitable<Result<std::unique_ptr<TwsSession>>> open(
      Connector connect, SessionOptions options, Clock& clock, PacingBudgets& budgets,
      observe::EventSink& events);
  ~TwsSession() override;

  // At once, unless the gateway has lost IBKR, or another session of this user owns the data.
  asio::awaitable<Result<void>> ready(Instant until) override;
  asio::awaitable<Result<UnderlyingContract>> underlying(Underlying symbol) override;
  asio::awaitable<Result<OptionChain>> option_chain(UnderlyingContract underlying) override;
  asio::awaitable<Result<std::vector<OptionContract>>> contracts(ContractQuery query) override;
  asio::awaitable<Result<QuoteAnswer>> quote(QuoteRequest request) override;
  asio::awaitable<Result<HistoryAnswer>> historical_bars(HistoryRequest request) override;
  asio::awaitable<Result<std::unique_ptr<Watch>>> watch(
      UnderlyingContract underlying, bool allow_delayed) override;

  asio::awaitable<Result<Instant>> gateway_time();
  const SessionState& state() const;
  bool lost() const;
  std::string loss() const;  // Why; empty while it stands.
  void close();

  struct Core;

 private:
  explicit TwsSession(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  std::shared_ptr<Core> core_;
};

}  // namespace opt_data::gateway
