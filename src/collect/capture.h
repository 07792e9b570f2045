// Asking: one row for every contract of the plan, as soon as it is known.
//
// Several questions are on their way at once; the session's budgets decide when each may go out.
// Every attempt ends in a journal entry. A contract without a usable answer is asked again (on the
// next fallback exchange, then once more on its own), when question_queue.h says.
//
// Several gateways, each with its own budgets, share one plan: whichever is free takes the next
// question. One that is lost leaves its questions to the others.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calendar/clock.h"
#include "collect/plan.h"
#include "gateway/gateway.h"
#include "observe/event.h"
#include "store/ledger.h"

namespace opt_data::collect {

struct CaptureOptions {
  std::string generic_ticks = "100,101,106";
  bool require_greeks = true;
  bool open_interest = true;
  std::chrono::milliseconds timeout{12'000};
  std::chrono::milliseconds price_timeout{5'000};
  std::vector<std::string> fallback_exchanges{"CBOE"};
  int retries_max = 1;  // After the fallback exchanges.
  bool allow_delayed = true;
  int in_flight_max = 95;
  int watches_max = 20;  // Underlyings watched at once; the others wait for their turn.
  DataSource source = DataSource::ibkr;
  std::string ingest_id;
};

// Takes each attempt as it ends. Errors: storage, which ends the job.
class RowSink {
 public:
  virtual ~RowSink() = default;
  // Returns when the attempt is committed: until then its question counts as under way, so that a
  // crash asks no more questions twice than may be under way.
  virtual asio::awaitable<Result<void>> on_attempt(store::JournalEntry entry) = 0;
  // Waits as long as on_attempt would: for an attempt that an earlier run has committed.
  virtual asio::awaitable<Result<void>> on_replayed() = 0;
};

// What earlier runs of the same job journalled, by contract and attempt.
using Answered = std::map<std::pair<ContractId, int>, store::JournalEntry>;

// In a resumed simulation the clock was set back to the start of the job; what the journal holds is
// waited for at its instants, with its permits but without the wire, so that everything after it
// happens when it would have happened. Empty on a real day: what is answered is simply taken.
using Replay = std::function<asio::awaitable<Result<void>>(const store::JournalEntry&)>;

struct CaptureSummary {
  std::vector<OptionQuote> rows;  // One for each contract of plan.ask, in file order.
  std::size_t requests = 0;       // Subscriptions that went out.
  std::size_t replayed = 0;
  std::vector<std::chrono::milliseconds> times;  // Of the answers that came in time.
};

// The limits of one contract's attempts, as the options have them.
AttemptLimits attempt_limits(const CaptureOptions& options);

// At least one gateway; `options.in_flight_max` is each one's. Errors: storage from the sink,
// cancelled. A session that is lost is not one: questions wait for the next one as long as the
// window lasts, others take them meanwhile, and what is not answered then gets a row that says so.
asio::awaitable<Result<CaptureSummary>> collect_snapshot(
    SnapshotPlan plan, std::vector<ContractBook> books, Instant window_end, Instant session_close,
    CaptureOptions options, std::vector<gateway::Gateway*> gateways, Clock& clock, RowSink& sink,
    const Answered& answered, Replay replay, observe::EventSink& events);

// How long an attempt took that was answered in time; empty for the others.
std::optional<std::chrono::milliseconds> answer_time(const store::JournalEntry& entry);

// The row of one attempt; pure.
OptionQuote make_row(
    const OptionContract& contract, const Slot& slot, const gateway::QuoteAnswer& answer,
    const UnderlyingQuote& underlying, const ReferencePrice& reference, Instant session_close,
    const CaptureOptions& options);

// The row of a question that has no answer, and says why.
OptionQuote unanswered_row(
    const OptionContract& contract, const Slot& slot, const UnderlyingQuote& underlying,
    const ReferencePrice& reference, RowError error, const CaptureOptions& options);

// Whether another attempt of the same slot could give the contract a better row.
bool is_final(const OptionQuote& row);

// What a row becomes when its slot is over: a resumed job carries one id, whoever answered.
void close_row(OptionQuote& row, const CaptureOptions& options);

}  // namespace opt_data::collect
