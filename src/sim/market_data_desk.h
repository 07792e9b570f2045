// Market data of one connection: who may have what, and the life of every subscription.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/contract_finder.h"
#include "sim/gateway_state.h"
#include "sim/generic_ticks.h"
#include "sim/model_greeks.h"
#include "tws/messages.h"

namespace opt_data::sim {

class Connection;

class MarketDataDesk {
 public:
  explicit MarketDataDesk(Connection& connection) : connection_(connection) {}

  void set_type(std::int32_t type) { wanted_type_ = type; }
  void subscribe(const tws::RequestMarketData& request);
  void cancel(tws::RequestId request);

  // Nothing is sent until resume(). With a code, every active request is told so.
  void pause(std::int32_t code, std::string_view text);
  void resume();      // Everything again, without the previous close.
  void forget_all();  // The gateway lost the subscriptions.
  void entitlement_changed();

 private:
  struct Times {
    std::chrono::microseconds prices, model_announced, model, generics;
  };

  struct Subscription {
    tws::RequestId request = 0;
    std::uint64_t serial = 0;  // A request id may be used again; this never is.
    ContractId id = 0;
    std::optional<OptionContract> option;  // Empty: a stock.
    ContractId underlying = 0;
    GenericTicks generics;
    bool snapshot = false;
    std::int32_t type = 1;    // As sent in 58.
    std::int32_t notice = 0;  // 10167 or 10089, before delayed ticks; 10090 or 10091, before all.
    std::optional<Instant> frozen_at;
    bool silent = false;
    bool has_greeks = true;
    bool has_generics = true;
    bool with_close = true;
    bool model_open = false;  // The first model was sent, later ones follow changes.
    bool model_due = false;
    std::uint64_t epoch = 0;  // What was scheduled in an earlier one is void.
    Instant asked{};
    Times times{};
    MarketQuote sent;
    ModelAnswer model_sent;
  };
  using Step = void (MarketDataDesk::*)(Subscription&);

  // Errors: refused, with code and text.
  Result<GenericTicks> check(const tws::RequestMarketData& request) const;
  Result<void> entitle(Subscription& subscription, const OptionContract* option) const;
  std::optional<std::int32_t> refusal(ContractId id, std::string_view exchange) const;
  Result<ContractMatch> find_one(const tws::Contract& contract) const;

  void apply_faults(Subscription& subscription, std::string_view exchange) const;
  Times times(ContractId id, Instant asked) const;
  std::chrono::microseconds lag(const Subscription& subscription) const;
  Instant view(const Subscription& subscription) const;  // The instant of the market it shows.
  MarketQuote look(const Subscription& subscription) const;

  void later(const Subscription& subscription, std::chrono::microseconds delay, Step step);
  void later_at(const Subscription& subscription, Instant when, Step step);
  void follow(const Subscription& subscription, ContractId id, Step step);
  void model_later(Subscription& subscription);

  // The steps of a subscription's life.
  void announce(Subscription& subscription);
  void start(Subscription& subscription);
  void update(Subscription& subscription);
  void underlying_moved(Subscription& subscription);
  void announce_model(Subscription& subscription);
  void send_model(Subscription& subscription);
  void send_generics(Subscription& subscription);
  void end_snapshot(Subscription& subscription);
  void thaw(Subscription& subscription);

  void late_tick(const Subscription& subscription);
  void release(ContractId id, bool at_once);
  void send(const tws::ServerMessage& message);

  Connection& connection_;
  std::int32_t wanted_type_ = 1;
  int pauses_ = 0;
  std::int32_t pause_code_ = 0;
  std::string pause_text_;
  std::uint64_t serials_ = 0;
  std::map<tws::RequestId, Subscription> active_;
};

}  // namespace opt_data::sim
