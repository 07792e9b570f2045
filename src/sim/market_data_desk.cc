#include "sim/market_data_desk.h"

#include <algorithm>

#include "sim/connection.h"
#include "sim/market_hours.h"
#include "sim/notices.h"
#include "sim/refusal.h"
#include "sim/tick_writer.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;
using tws::Tick;

constexpr auto revival = 500ms;        // From 354 to the delayed data that comes all the same.
constexpr auto delayed_start = 300ms;  // From 10167 to the first delayed tick.
constexpr auto snapshot_patience = 11s;
constexpr auto snapshot_rest = 50ms;  // From the model to the end of a snapshot.

constexpr std::string_view refused_live =
    "Requested market data is not subscribed. Delayed market data is not enabled.";
constexpr std::string_view showing_delayed =
    "Requested market data is not subscribed. Displaying delayed market data...";
constexpr std::string_view not_subscribed =
    "Requested market data is not subscribed. Check API status by selecting the Account menu then "
    "under Management choose Market Data Subscription Manager and/or availability of delayed data.";
constexpr std::string_view not_for_api =
    "Requested market data requires additional subscription for API. See link in 'Market Data "
    "Connections' dialog for more details.Delayed market data is available.";

bool chosen(
    const std::vector<RequestFilter>& filters, ContractId id, std::string_view exchange,
    Instant at) {
  return std::ranges::any_of(
      filters, [&](const RequestFilter& it) { return it.matches(id, exchange, at); });
}

bool happens(Random random, int per_thousand) {
  return per_thousand > 0 && random.below(1000) < static_cast<std::uint64_t>(per_thousand);
}

bool prices_differ(const MarketQuote& a, const MarketQuote& b) {
  return a.bid.price != b.bid.price || a.ask.price != b.ask.price || a.last != b.last;
}

}  // namespace

// ---- asking and cancelling

Result<GenericTicks> MarketDataDesk::check(const tws::RequestMarketData& request) const {
  if (active_.contains(request.request))
    return refuse(322, "Error processing request.-'bO' : cause - Duplicate ticker id");
  if (request.contract.exchange.empty()) return invalid("bW", "Please enter exchange");
  std::string_view type = request.contract.sec_type;
  if (type.empty())
    type =
        connection_.state().chains.underlying(request.contract.con_id) != nullptr ? "STK" : "OPT";
  OPT_TRY(const GenericTicks ticks, parse_generic_ticks(request.generic_ticks, type));
  if (request.snapshot && ticks.any)
    return invalid("bW", "Snapshot market data subscription is not applicable to generic ticks");
  if (request.regulatory_snapshot)
    return invalid("bW", "Regulatory snapshots cost money and are not simulated");
  return ticks;
}

Result<ContractMatch> MarketDataDesk::find_one(const tws::Contract& contract) const {
  OPT_TRY(
      ContractMatch match, find_contracts(connection_.state().chains, contract, connection_.now()));
  if (match.places.size() > 1)
    return refuse(
        200,
        fmt::format("The contract description specified for {} is ambiguous", contract.symbol));
  return match;
}

Result<void> MarketDataDesk::entitle(
    Subscription& subscription, const OptionContract* option) const {
  const GatewayState& state = connection_.state();
  const Instant now = connection_.now();
  const Entitlement entitlement = state.entitlement_at(now);
  const bool wants_delayed = wanted_type_ == 3 || wanted_type_ == 4;
  const auto frozen = [&] { return last_close_if_closed(state.calendar, now); };
  if (entitlement == Entitlement::live) {
    if (wanted_type_ == 2) subscription.frozen_at = frozen();
    subscription.type = subscription.frozen_at ? 2 : 1;
    return {};
  }
  if (entitlement == Entitlement::none) return refuse(354, not_subscribed);
  if (!wants_delayed) {
    if (entitlement == Entitlement::delayed) return refuse(10168, refused_live);
    if (entitlement == Entitlement::delayed_after_refusal) return refuse(354, not_subscribed);
    return refuse(
        10089, fmt::format(
                   "{}{} {}/TOP/ALL", not_for_api, option != nullptr ? option->underlying : "",
                   option != nullptr ? "OPT" : "STK"));
  }
  if (wanted_type_ == 4) subscription.frozen_at = frozen();
  subscription.type = subscription.frozen_at ? 4 : 3;
  subscription.notice = entitlement == Entitlement::not_for_api ? 10089 : 10167;
  return {};
}

void MarketDataDesk::apply_faults(Subscription& subscription, std::string_view exchange) const {
  const GatewayState& state = connection_.state();
  const SimFaults& faults = state.options.faults;
  const Instant now = connection_.now();
  const ContractId id = subscription.id;
  const auto key = static_cast<std::uint64_t>(id);
  subscription.silent = chosen(faults.silent, id, exchange, now) ||
                        happens(state.random(Draw::silence, key, now), faults.silent_per_thousand);
  subscription.has_greeks =
      !chosen(faults.no_greeks, id, exchange, now) &&
      !happens(state.random(Draw::no_greeks, key, now), faults.no_greeks_per_thousand);
  subscription.has_generics = !chosen(faults.no_generics, id, exchange, now);
  if (chosen(faults.late_greeks, id, exchange, now))
    subscription.times.model += faults.greeks_late_by;
  if (subscription.notice == 0 && chosen(faults.partial, id, exchange, now)) {
    subscription.notice = id % 2 == 0 ? 10090 : 10091;
    subscription.has_greeks = false;
  }
}

std::optional<std::int32_t> MarketDataDesk::refusal(
    ContractId id, std::string_view exchange) const {
  for (const Refusal& each : connection_.state().options.faults.refusals)
    if (each.which.matches(id, exchange, connection_.now())) return each.code;
  return std::nullopt;
}

void MarketDataDesk::subscribe(const tws::RequestMarketData& request) {
  GatewayState& state = connection_.state();
  const auto refuse_with = [&](const Error& error) {
    connection_.error(request.request, error.code, error.message);
  };
  const auto generics = check(request);
  if (!generics) return refuse_with(generics.error());
  const auto match = find_one(request.contract);
  if (!match) return refuse_with(match.error());
  Subscription made;
  made.request = request.request;
  made.generics = *generics;
  made.snapshot = request.snapshot;
  made.underlying = match->underlying->id;
  if (match->is_option) made.option = match->option(0);
  made.id = made.option ? made.option->id : made.underlying;
  const auto allowed = entitle(made, made.option ? &*made.option : nullptr);
  if (!allowed) return refuse_with(allowed.error());
  if (const auto code = refusal(made.id, request.contract.exchange))
    return connection_.error(request.request, *code, notice_text(*code));
  if (!state.take_line(made.id))
    return connection_.error(request.request, 101, "Max number of tickers has been reached");
  ++state.counters.subscriptions;
  made.serial = ++serials_;
  made.asked = connection_.now();
  made.times = times(made.id, made.asked);
  apply_faults(made, request.contract.exchange);
  const Subscription& kept = active_.emplace(made.request, std::move(made)).first->second;
  if (kept.silent) return;
  const bool revives =
      state.entitlement_at(connection_.now()) == Entitlement::delayed_after_refusal &&
      kept.type >= 3;
  if (revives) connection_.error(kept.request, 354, not_subscribed);
  later(
      kept,
      revives ? std::max<std::chrono::microseconds>(revival, kept.times.prices) : kept.times.prices,
      &MarketDataDesk::announce);
}

void MarketDataDesk::cancel(tws::RequestId request) {
  const auto found = active_.find(request);
  if (found == active_.end())
    return connection_.error(request, 300, fmt::format("Can't find EId with tickerId:{}", request));
  // The request is still on its way inside: the broker may not know yet what is to be cancelled.
  if (connection_.now() - found->second.asked < connection_.state().options.cancel_race)
    connection_.error(request, 300, fmt::format("Can't find EId with tickerId:{}", request));
  late_tick(found->second);
  release(found->second.id, false);
  active_.erase(found);
}

// What was on its way when the cancel arrived still comes.
void MarketDataDesk::late_tick(const Subscription& subscription) {
  GatewayState& state = connection_.state();
  const MarketSide& ask = subscription.sent.ask;
  if (!ask.seen || !ask.price || !ask.size || pauses_ > 0) return;
  Random random =
      state.random(Draw::late_tick, static_cast<std::uint64_t>(subscription.id), connection_.now());
  if (!happens(random, state.options.late_ticks_per_thousand)) return;
  random.next();
  const auto delay = within({5ms, 100ms}, random);
  const Tick tick = subscription.type >= 3 ? Tick::delayed_ask_size : Tick::ask_size;
  connection_.at(
      connection_.now() + delay, [this, request = subscription.request, tick, size = *ask.size] {
        ++connection_.state().counters.late_ticks;
        connection_.send(tws::TickSize{request, tick, size});
      });
}

void MarketDataDesk::release(ContractId id, bool at_once) {
  GatewayState& state = connection_.state();
  if (at_once || state.options.line_release.count() == 0) return state.free_line(id);
  state.releasing.emplace_back(connection_.now() + state.options.line_release, id);
}

void MarketDataDesk::pause(std::int32_t code, std::string_view text) {
  ++pauses_;
  pause_code_ = code;
  pause_text_ = text;
  if (code == 0) return;
  for (const auto& [request, subscription] : active_) connection_.error(request, code, text);
}

void MarketDataDesk::resume() {
  if (pauses_ == 0 || --pauses_ > 0) return;
  pause_code_ = 0;
  for (auto& [request, subscription] : active_) {
    ++subscription.epoch;
    subscription.with_close = false;
    subscription.model_open = subscription.model_due = false;
    subscription.model_sent = {};
    subscription.notice = 0;
    subscription.times = times(subscription.id, connection_.now());
    if (!subscription.silent)
      later(subscription, subscription.times.prices, &MarketDataDesk::announce);
  }
}

void MarketDataDesk::entitlement_changed() {
  if (connection_.state().entitlement_at(connection_.now()) == Entitlement::live) return;
  std::vector<tws::RequestId> ended;
  for (auto& [request, subscription] : active_) {
    if (subscription.type >= 3) continue;
    connection_.error(request, 354, not_subscribed);
    subscription.type = 1;
    if (!entitle(subscription, subscription.option ? &*subscription.option : nullptr)) {
      ended.push_back(request);
      continue;
    }
    ++subscription.epoch;
    subscription.model_open = subscription.model_due = false;
    if (!subscription.silent) later(subscription, revival, &MarketDataDesk::announce);
  }
  for (const tws::RequestId request : ended) {
    release(active_.at(request).id, true);
    active_.erase(request);
  }
}

void MarketDataDesk::forget_all() {
  for (const auto& [request, subscription] : active_) release(subscription.id, true);
  active_.clear();
}

// ---- when

MarketDataDesk::Times MarketDataDesk::times(ContractId id, Instant asked) const {
  const GatewayState& state = connection_.state();
  const SimLatency& latency = state.options.latency;
  Random random = state.random(Draw::answer_times, static_cast<std::uint64_t>(id), asked);
  Times out{};
  out.prices = within(latency.prices, random);
  out.model_announced = within(latency.model_announced, random);
  out.model = std::max(within(latency.model, random), out.model_announced + 1ms);
  out.generics = within(latency.generics, random);
  return out;
}

std::chrono::microseconds MarketDataDesk::lag(const Subscription& subscription) const {
  if (subscription.type < 3) return 0us;
  return connection_.state().options.delayed_by;
}

Instant MarketDataDesk::view(const Subscription& subscription) const {
  return subscription.frozen_at.value_or(connection_.now() - lag(subscription));
}

MarketQuote MarketDataDesk::look(const Subscription& subscription) const {
  return connection_.state().market.quote(subscription.id, view(subscription));
}

void MarketDataDesk::later(
    const Subscription& subscription, std::chrono::microseconds delay, Step step) {
  later_at(subscription, connection_.now() + delay, step);
}

void MarketDataDesk::later_at(const Subscription& subscription, Instant when, Step step) {
  connection_.at(
      when, [this, request = subscription.request, serial = subscription.serial,
             epoch = subscription.epoch, step] {
        const auto found = active_.find(request);
        if (found == active_.end() || found->second.serial != serial) return;
        if (found->second.epoch == epoch) (this->*step)(found->second);
      });
}

void MarketDataDesk::follow(const Subscription& subscription, ContractId id, Step step) {
  if (subscription.frozen_at || subscription.snapshot) return;
  if (const auto next = connection_.state().market.next_change(id, view(subscription)))
    later_at(subscription, *next + lag(subscription), step);
}

void MarketDataDesk::model_later(Subscription& subscription) {
  if (!subscription.model_open || subscription.model_due) return;
  subscription.model_due = true;
  later(
      subscription, connection_.state().options.latency.model_repeat, &MarketDataDesk::send_model);
}

// ---- the steps of a subscription's life

void MarketDataDesk::announce(Subscription& subscription) {
  if (pauses_ > 0) {
    if (pause_code_ != 0) connection_.error(subscription.request, pause_code_, pause_text_);
    return;
  }
  send(tws::MarketDataTypeNotice{subscription.request, subscription.type});
  if (subscription.notice != 0)
    connection_.error(
        subscription.request, subscription.notice,
        subscription.notice == 10167   ? showing_delayed
        : subscription.notice == 10089 ? not_for_api
                                       : notice_text(subscription.notice));
  const std::string_view components = subscription.option ? "9c0001" : "a60001";
  send(tws::TickReqParams{subscription.request, 0.01, components, 3});
  if (subscription.notice != 0 && subscription.type >= 3)
    later(subscription, delayed_start, &MarketDataDesk::start);
  else
    start(subscription);
}

void MarketDataDesk::start(Subscription& subscription) {
  if (pauses_ > 0) return;
  subscription.sent = look(subscription);
  TickWriter writer(
      subscription.request, subscription.type >= 3, [this](const auto& message) { send(message); });
  if (connection_.state().options.faults.permuted_ticks)
    writer.permute(connection_.state().random(
        Draw::tick_order, static_cast<std::uint64_t>(subscription.id), connection_.now()));
  if (!subscription.generics.no_defaults)
    writer.first_set(subscription.sent, subscription.with_close);
  follow(subscription, subscription.id, &MarketDataDesk::update);
  const Times& after = subscription.times;
  if (subscription.frozen_at) {
    const Instant open = next_open(connection_.state().calendar, connection_.now());
    if (!subscription.snapshot) later_at(subscription, open, &MarketDataDesk::thaw);
  } else {
    if (subscription.option) {
      later(subscription, after.model_announced, &MarketDataDesk::announce_model);
      later(subscription, after.model, &MarketDataDesk::send_model);
    }
    if (subscription.generics.volume || subscription.generics.open_interest)
      later(subscription, after.generics, &MarketDataDesk::send_generics);
  }
  if (!subscription.snapshot) return;
  const bool whole = subscription.sent.bid.seen && subscription.sent.ask.seen;
  later(
      subscription,
      whole ? after.model + snapshot_rest
            : std::chrono::microseconds(snapshot_patience) - after.prices,
      &MarketDataDesk::end_snapshot);
}

void MarketDataDesk::update(Subscription& subscription) {
  if (pauses_ > 0) return;
  const MarketQuote now = look(subscription);
  TickWriter writer(
      subscription.request, subscription.type >= 3, [this](const auto& message) { send(message); });
  if (!subscription.generics.no_defaults) writer.changes(subscription.sent, now);
  if (subscription.option && prices_differ(subscription.sent, now)) model_later(subscription);
  subscription.sent = now;
  follow(subscription, subscription.id, &MarketDataDesk::update);
}

void MarketDataDesk::underlying_moved(Subscription& subscription) {
  if (pauses_ > 0) return;
  model_later(subscription);
  follow(subscription, subscription.underlying, &MarketDataDesk::underlying_moved);
}

void MarketDataDesk::announce_model(Subscription& subscription) {
  if (pauses_ > 0) return;
  const bool delayed = subscription.type >= 3;
  if (!delayed && subscription.sent.bid.price)
    send(tws::TickString{subscription.request, Tick::bid_exchange, "CWZ"});
  if (!delayed && subscription.sent.ask.price)
    send(tws::TickString{subscription.request, Tick::ask_exchange, "BHZ"});
  tws::TickOptionComputation unknown;
  unknown.request = subscription.request;
  unknown.tick = delayed ? Tick::delayed_model_option : Tick::model_option;
  send(unknown);
}

void MarketDataDesk::send_model(Subscription& subscription) {
  if (pauses_ > 0) return;
  subscription.model_due = false;
  const bool first = !std::exchange(subscription.model_open, true);
  if (!subscription.has_greeks) return;
  if (first) follow(subscription, subscription.underlying, &MarketDataDesk::underlying_moved);
  const ModelAnswer& answer =
      connection_.state().models.at(*subscription.option, look(subscription), view(subscription));
  const auto computation = [&](Tick tick, const std::optional<ModelValues>& before,
                               const std::optional<ModelValues>& now, bool may_vanish) {
    if (before == now || (!now && !may_vanish)) return;
    tws::TickOptionComputation message;
    message.request = subscription.request;
    message.tick = subscription.type >= 3 ? tws::delayed_kind(tick) : tick;
    if (now) {
      message.implied_vol = now->iv;
      message.delta = now->delta;
      message.price = now->price;
      message.pv_dividend = 0;
      message.gamma = now->gamma;
      message.vega = now->vega;
      message.theta = now->theta;
      message.under_price = now->underlying;
    }
    send(message);
  };
  const ModelAnswer& before = subscription.model_sent;
  computation(Tick::bid_option, before.bid, answer.bid, false);
  computation(Tick::ask_option, before.ask, answer.ask, false);
  computation(Tick::last_option, before.last, answer.last, false);
  computation(Tick::model_option, before.model, answer.model, true);
  subscription.model_sent = answer;
}

void MarketDataDesk::send_generics(Subscription& subscription) {
  if (pauses_ > 0 || !subscription.has_generics || !subscription.option) return;
  const GatewayState& state = connection_.state();
  const bool call = subscription.option->right == Right::call;
  // Both are sent: the own right with its value, the other one with zero.
  const auto pair = [&](Tick call_tick, Tick put_tick, double value) {
    send(tws::TickSize{subscription.request, call_tick, call ? value : 0});
    send(tws::TickSize{subscription.request, put_tick, call ? 0 : value});
  };
  if (subscription.generics.volume && subscription.sent.volume)
    pair(Tick::call_volume, Tick::put_volume, *subscription.sent.volume);
  if (!subscription.generics.open_interest) return;
  if (const auto held = state.market.open_interest(subscription.id, connection_.now()))
    pair(Tick::call_open_interest, Tick::put_open_interest, static_cast<double>(*held));
}

void MarketDataDesk::end_snapshot(Subscription& subscription) {
  send(tws::TickSnapshotEnd{subscription.request});
  release(subscription.id, true);
  active_.erase(subscription.request);
}

// The market opens, and the gateway switches from the frozen to the running quotes by itself.
void MarketDataDesk::thaw(Subscription& subscription) {
  subscription.frozen_at.reset();
  subscription.type = subscription.type == 4 ? 3 : 1;
  subscription.notice = 0;
  ++subscription.epoch;
  announce(subscription);
}

void MarketDataDesk::send(const tws::ServerMessage& message) {
  connection_.send(message);
  GatewayState& state = connection_.state();
  const int doubled = state.options.faults.duplicates_per_thousand;
  if (doubled > 0 &&
      happens(state.random(Draw::duplicate, message.index(), connection_.now()), doubled))
    connection_.send(message);
}

}  // namespace opt_data::sim
