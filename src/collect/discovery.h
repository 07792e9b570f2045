// What is listed, and the contracts of the day: no Error 200 storm.
//
// The broker's quick answer (secdef) gives strikes as the union over all expiries of a class: many
// combinations do not exist. Strikes are therefore enumerated per expiry and class, from contract
// details. The broker throttles such wide requests (the second one can be held for a minute and
// more), so what it told is kept across days:
//   - an expiry that is not known is enumerated, nearest first;
//   - a known one is enumerated again in rotation, at least every `rotation_sessions` trading days,
//     sooner when the secdef answer has a strike near the money that no listing knows;
//   - when the time until `freeze_at` does not suffice, exact candidates near the money are probed;
//     a probe's 200 is the event `discovery_probe`, and that absence is asked again after a week.
//     There are 3 minutes of grace for them, or 90 s where discovery is begun after `freeze_at`.
// At `freeze_at` the reference price is taken and the book of the day is written.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "calendar/clock.h"
#include "collect/contract_book.h"
#include "collect/filters.h"
#include "gateway/gateway.h"
#include "market/corporate_action.h"
#include "observe/event.h"

namespace opt_data::collect {

struct DiscoveryOptions {
  store::Path cache;
  ContractFilters filters;
  int rotation_sessions = 5;
  int probes_max = 200;  // Per symbol and day.
  bool force = false;    // Every listing is asked again, and a standing book is replaced.
  // As soon as the listings are known; but for the last exact questions freeze_at is the latest
  // moment.
  bool freeze_at_once = false;
  // Of the job, which a lost session begins again: what is begun after freeze_at has 90 s for exact
  // questions. Empty: now.
  std::optional<Instant> begun_at;
  std::chrono::seconds wide_cost{90};  // What one throttled request is expected to take.
  std::vector<CorporateAction> actions;
};

struct DiscoveredSymbol {
  Underlying symbol;
  std::size_t contracts = 0;
  std::size_t expiries = 0;
  int wide_requests = 0;
  int probes = 0;
  int probes_absent = 0;
  bool already = false;  // The book stood before; nothing was asked.
  std::string error;     // Empty when there is a book.
  bool lasting = false;  // The error is of the settings: asking again changes nothing.
};

struct DiscoverySummary {
  std::vector<DiscoveredSymbol> symbols;
  bool complete() const;
};

// The symbols that need no discovery: their book of `date` stands, chosen by these filters, or is
// broken, which is their error, because a broken book is never overwritten by accident. What was
// chosen on an earlier day stands whatever the filters are now.
DiscoverySummary standing_books(
    TradeDate date, const std::vector<Underlying>& symbols, Instant now,
    const DiscoveryOptions& options, store::Disk& disk);

// Errors: only what ends the whole job (session gone, cancelled, disk); a symbol that fails is in
// the summary with its reason.
asio::awaitable<Result<DiscoverySummary>> discover(
    TradeDate date, std::vector<Underlying> symbols, Instant freeze_at, DiscoveryOptions options,
    const Calendar& calendar, gateway::Gateway& gateway, Clock& clock, store::Disk& disk,
    observe::EventSink& events);

// The previous official close where the broker sends it, adjusted by splits effective since; else
// the last trade. Errors: not_found when neither was sent.
Result<ReferencePrice> reference_price(
    const Underlying& underlying, const Quote& quote, TradeDate date, Instant now,
    const Calendar& calendar, const std::vector<CorporateAction>& actions);

}  // namespace opt_data::collect
