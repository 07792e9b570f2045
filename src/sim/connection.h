// One client of the simulated gateway: its handshake, its requests, its queue of bytes to send.
//
// Reading, sending and the timeline run side by side, so that a client that does not read, or a
// socket that is dead, holds up nobody else. Whoever of the three ends first ends the connection.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/signal.h"
#include "net/transport.h"
#include "sim/contract_desk.h"
#include "sim/gateway_state.h"
#include "sim/history_desk.h"
#include "sim/market_data_desk.h"
#include "sim/timeline.h"
#include "tws/codec.h"

namespace opt_data::sim {

class Connection {
 public:
  Connection(std::shared_ptr<GatewayState> state, std::unique_ptr<net::Transport> transport);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  asio::awaitable<void> run();
  void drop();  // Closes at once; what was not sent yet is lost.

  // ---- for the desks
  GatewayState& state() { return *state_; }
  Instant now() const { return state_->clock.now(); }
  void send(const tws::ServerMessage& message);
  void error(tws::RequestId request, std::int32_t code, std::string_view text);
  void at(Instant when, Timeline::Action action);

 private:
  asio::awaitable<void> read_requests();
  asio::awaitable<void> send_queued();
  asio::awaitable<void> follow_timeline();
  asio::awaitable<bool> write_pieces(const std::string& bytes);

  asio::awaitable<bool> shake_hands(tws::FrameBuffer& in);
  asio::awaitable<bool> read_more(tws::FrameBuffer& in);
  void schedule_faults();
  void on_notice(const ScriptedNotice& notice);
  void send_garbage();
  bool half_open() const;

  void on_frame(std::string_view payload);
  bool admit_message();
  void connect_farm();
  bool take_client_id(std::int32_t id);
  void start_api(const tws::StartApi& request);
  void on_unknown(std::int32_t id);
  void dispatch(const tws::ClientMessage& message);
  void queue(std::string_view bytes);
  void close_when_sent();

  std::shared_ptr<GatewayState> state_;
  std::unique_ptr<net::Transport> transport_;
  Timeline timeline_;
  ContractDesk contracts_;
  MarketDataDesk market_data_;
  HistoryDesk history_;
  Signal timeline_changed_;
  Signal outbox_changed_;
  std::string outbox_;
  std::deque<Instant> recent_;  // Messages of the last second.
  std::optional<std::int32_t> client_id_;
  std::int32_t version_ = 0;
  std::size_t rate_strikes_ = 0;
  bool farm_up_ = false;  // The options' data farm connects on demand.
  bool offline_ = false;  // Between 1100 and 1101 or 1102.
  bool closing_ = false;  // Nothing is read any more; the queue is still sent.
  bool dropped_ = false;
};

}  // namespace opt_data::sim
