// What the connections of one simulated gateway share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/random.h"
#include "calendar/calendar.h"
#include "calendar/clock.h"
#include "sim/chain_directory.h"
#include "sim/model_greeks.h"
#include "sim/sim_counters.h"
#include "sim/sim_options.h"

namespace opt_data::sim {

class Connection;

// Words that keep the draws for different purposes apart.
enum class Draw : std::uint64_t {
  answer_times,
  contract_times,
  silence,
  no_greeks,
  late_tick,
  exchange_order,
  row_order,
  pieces,
  duplicate,
  tick_order,
  history_times,
};

struct GatewayState {
  GatewayState(
      const MarketSource& source, Clock& time, const SimOptions& wanted, std::uint64_t chance)
      : market(source),
        clock(time),
        options(wanted),
        seed(chance),
        chains(market),
        models(market, calendar, chains) {}
  GatewayState(const GatewayState&) = delete;
  GatewayState& operator=(const GatewayState&) = delete;

  const MarketSource& market;
  Clock& clock;
  SimOptions options;
  std::uint64_t seed;
  Calendar calendar;
  SimCounters counters;
  ChainDirectory chains;
  ModelGreeks models;

  std::set<Connection*> connections;
  std::set<std::int32_t> client_ids;
  std::map<std::int32_t, Instant> lingering_ids;  // Of connections that are gone, and until when.
  // Several subscriptions to one contract hold one line.
  std::map<ContractId, std::size_t> lines;
  std::vector<std::pair<Instant, ContractId>> releasing;  // Cancelled, and free from then on.
  // Wide contract requests: when the next one may be answered, and how long it is held after that.
  Instant wide_free_at = Instant::min();
  Instant wide_last = Instant::min();
  std::chrono::seconds wide_hold{0};
  // Historical requests: those of the window (of BID_ASK two for one), the last of each kind, those
  // of each contract, and how many are open.
  std::deque<Instant> history_asked;
  std::unordered_map<std::string, Instant> history_identical;
  std::unordered_map<std::string, std::deque<Instant>> history_bursts;
  std::size_t history_open = 0;

  // From (seed, purpose, contract, instant) alone.
  Random random(Draw draw, std::uint64_t key, Instant at) const {
    return Random::keyed(
        seed, {static_cast<std::uint64_t>(draw), key, static_cast<std::uint64_t>(micros(at))});
  }

  Entitlement entitlement_at(Instant at) const {
    Entitlement now = options.entitlement;
    for (const EntitlementChange& change : options.faults.entitlement_changes)
      if (change.at <= at) now = change.entitlement;
    return now;
  }

  bool take_line(ContractId id) {
    std::erase_if(releasing, [&](const auto& it) {
      if (it.first > clock.now()) return false;
      free_line(it.second);
      return true;
    });
    const auto held = lines.find(id);
    if (held == lines.end() && lines.size() >= options.lines_max) return false;
    ++lines[id];
    counters.lines = lines.size();
    counters.lines_high = std::max(counters.lines_high, lines.size());
    return true;
  }

  void free_line(ContractId id) {
    const auto held = lines.find(id);
    if (held != lines.end() && --held->second == 0) lines.erase(held);
    counters.lines = lines.size();
  }

  // The instant at which a wide request of `now` is answered.
  Instant admit_wide(Instant now) {
    const WideThrottle& rule = options.wide;
    if (wide_last == Instant::min() || now - wide_last > rule.forget) {
      wide_hold = rule.hold_first;
      wide_free_at = now;
    }
    const Instant answered = std::max(now, wide_free_at);
    wide_last = answered;
    wide_free_at = answered + wide_hold;
    wide_hold = std::min(wide_hold + rule.hold_step, rule.hold_max);
    ++counters.wide_requests;
    if (answered > now) ++counters.wide_requests_held;
    return answered;
  }
};

inline std::chrono::microseconds within(const Span& span, Random& random) {
  const double low = static_cast<double>(span.min.count());
  const double high = static_cast<double>(span.max.count());
  return std::chrono::microseconds(static_cast<std::int64_t>(1000.0 * random.uniform(low, high)));
}

}  // namespace opt_data::sim
