// What a simulated gateway is like, and what goes wrong with it.
//
// Nothing here is drawn from a running sequence: every delay and every fault comes from the seed,
// the contract and the instant of the request. Who asks for the same contract at the same instant
// gets the same answer at the same instants, also from a gateway that was started anew in between.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "market/contract.h"

namespace opt_data::sim {

// What the account may see.
enum class Entitlement : std::uint8_t {
  live,
  delayed,                // Types 1, 2: 10168. Types 3, 4: 10167, then delayed ticks.
  delayed_after_refusal,  // Types 1, 2: 354. Types 3, 4: 354, half a second later as `delayed`.
  not_for_api,            // Types 1, 2: 10089. Types 3, 4: 10089, then delayed ticks.
  none,                   // 354 for every type.
};

struct Span {
  std::chrono::milliseconds min, max;
};

struct SimLatency {
  Span contract{std::chrono::milliseconds{20}, std::chrono::milliseconds{90}};
  Span wide_contract{std::chrono::milliseconds{400}, std::chrono::milliseconds{1500}};
  Span prices{std::chrono::milliseconds{20}, std::chrono::milliseconds{420}};
  // After the prices: the model without values, the model with values, ticks 27 to 30.
  Span model_announced{std::chrono::milliseconds{30}, std::chrono::milliseconds{150}};
  Span model{std::chrono::milliseconds{300}, std::chrono::milliseconds{1500}};
  Span generics{std::chrono::milliseconds{200}, std::chrono::milliseconds{1800}};
  std::chrono::milliseconds model_repeat{120};  // From a change to the model that follows it.
  Span history{std::chrono::milliseconds{150}, std::chrono::milliseconds{2500}};
};

// Wide contract requests (an option whose expiry, strike or right is left open, and no conid): the
// first is answered at once, each later one `hold_first` after the one before, and that by
// `hold_step` more each time, up to `hold_max`. Forgotten after `forget` without one. Exact ones
// are not held.
struct WideThrottle {
  std::chrono::seconds hold_first{60};
  std::chrono::seconds hold_step{10};
  std::chrono::seconds hold_max{120};
  std::chrono::seconds forget{600};
};

// How often history may be asked, as published for bars of 30 seconds and less. For longer ones the
// broker says that it lifted the first three rules and throttles softly instead
// (interactivebrokers.github.io/tws-api/historical_limitations.html); whoever keeps them there too
// is on the safe side of either reading, so they hold for all bars unless `small_bars_only`.
struct HistoryRule {
  std::size_t requests_max = 60;  // In `window`; one for BID_ASK counts twice.
  std::chrono::seconds window{600};
  std::chrono::seconds identical{15};  // The same request again.
  std::size_t burst_max = 5;  // Of the same contract, exchange and kind, in `burst_window`.
  std::chrono::seconds burst_window{2};
  std::size_t open_max = 50;
  bool small_bars_only = false;
};

struct Window {
  Instant from{}, to{};  // [from, to)
  bool contains(Instant at) const { return from <= at && at < to; }
};

// Requests it applies to; an open field matches every one.
struct RequestFilter {
  std::optional<ContractId> id;
  std::string exchange;                         // Empty: all
  Window when{Instant::min(), Instant::max()};  // Instant of the request.

  bool matches(ContractId of, std::string_view where, Instant at) const {
    return (!id || *id == of) && (exchange.empty() || exchange == where) && when.contains(at);
  }
};

// A notice about the session, as the gateway sends it, with what it means: 1100 silences the
// gateway until 1101 (every subscription is gone) or 1102 (they go on); after 1300, and after 100,
// it closes the connection.
struct ScriptedNotice {
  Instant at{};
  std::int32_t code = 0;
  std::string text;  // Empty: the gateway's own words where it has some.
};

// Market data that is answered with an error and nothing else.
struct Refusal {
  RequestFilter which;
  std::int32_t code = 200;
};

// History that is answered with error 162 and these words of the service.
struct HistoryRefusal {
  RequestFilter which;
  std::string text = "No market data permissions for OPRA OPT";
};

// From `at` on the account may see this. Whoever loses live data is told 354: a request for live
// data ends with it, one for delayed data is revived as delayed.
struct EntitlementChange {
  Instant at{};
  Entitlement entitlement = Entitlement::live;
};

struct SimFaults {
  std::vector<RequestFilter> silent;       // Market data: nothing at all comes.
  std::vector<RequestFilter> no_greeks;    // The model stays without values.
  std::vector<RequestFilter> no_generics;  // Ticks 27 to 30 never come.
  std::vector<RequestFilter> late_greeks;  // The model with values comes `greeks_late_by` later.
  std::chrono::milliseconds greeks_late_by{9'000};
  std::vector<RequestFilter> partial;  // 10090 (or 10091) first, and the model without values.
  std::vector<Refusal> refusals;
  std::vector<HistoryRefusal> history_refusals;
  std::vector<RequestFilter> silent_history;           // Historical requests: never answered.
  std::vector<EntitlementChange> entitlement_changes;  // Ascending.
  // Of a thousand market-data requests, so many are chosen by seed, contract and instant.
  int silent_per_thousand = 0;
  int no_greeks_per_thousand = 0;
  int duplicates_per_thousand = 0;  // Of the ticks: sent twice.
  bool permuted_ticks = false;      // The first set of a subscription, in another order.

  std::vector<Instant> disconnect_at;  // All sockets are closed.
  std::vector<Window> refuse;          // Whoever connects is closed at once.
  std::vector<Window> down;            // A restart: all sockets close, nobody listens.
  std::vector<Window> half_open;       // The sockets stay, nothing is read or answered.
  std::vector<Window> competing;       // Another session owns the data: 10197, and a pause.
  std::vector<Window> farm_down;       // 2103, no market data, 2104 and everything again.
  std::vector<ScriptedNotice> notices;
  std::vector<Instant> garbage_at;     // A frame that nobody can read.
  std::chrono::seconds id_lingers{0};  // A client id stays in use after its connection: 326.
  std::chrono::seconds clock_skew{0};  // Of the gateway's own clock.
  bool split_frames = false;           // Every frame in pieces of a few bytes.
};

struct SimOptions {
  // Negotiated: the smaller of the client's and ours. Clamped to what the codec speaks (176 to
  // 178).
  std::int32_t server_version_min = 176;
  std::int32_t server_version_max = 178;
  std::string accounts = "DU0000001";
  Entitlement entitlement = Entitlement::live;
  std::chrono::minutes delayed_by{15};  // Delayed data is the market of so long ago.
  std::size_t lines_max = 100;          // Contracts with market data, all connections together.
  std::chrono::milliseconds line_release{0};  // From a cancel until the line is free.
  std::chrono::milliseconds cancel_race{5};   // A cancel so soon after its request brings 300.
  std::size_t messages_per_second = 50;       // Per connection; more: error 100.
  std::size_t rate_strikes_max = 3;           // So many errors 100 end the connection.
  std::size_t outbox_bytes_max = 16U << 20U;  // Unread by the client; more: it is dropped.
  int late_ticks_per_thousand = 300;          // Of the cancelled subscriptions.
  bool expiry_with_time = true;  // "20261218 16:00:00 US/Eastern"; some clients want the bare day.
  WideThrottle wide;
  HistoryRule history;
  SimLatency latency;
  SimFaults faults;
};

}  // namespace opt_data::sim
