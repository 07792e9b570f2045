// One slot, from its expected set to its published files.
//
//   1. the books of the day; an earlier day's, flagged, where discovery failed
//   2. the expected set, written before the first question
//   3. the questions; every attempt journalled
//   4. stale feeds recognised, rows published (raw, then clean), journal forgotten
//
// Run again, a published slot publishes nothing and reports the same counts; but symbols that were
// not asked, and with `retry_missed` contracts without a usable row, are asked while the window
// lasts (standing_slot.h). A slot that was cut off goes on where its journal ends; when its window
// is over, it is published with what was answered, and the rest says that it was not asked. A past
// slot without a file and without an answer is refused: what is quoted now must not be stored under
// a moment that is gone.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "collect/capture.h"
#include "collect/stale.h"
#include "store/dataset.h"
#include "store/ledger.h"

namespace opt_data::collect {

struct SnapshotSettings {
  store::Path contracts_cache;
  std::chrono::minutes slot_step{30};
  WindowOptions window;
  CaptureLimits limits;
  CaptureOptions capture;
  StaleOptions stale;
  int stale_book_sessions_max = 5;
  bool retry_missed = false;  // Ask again what a published slot has no usable row of.
};

// What a stage is handed: everything it may touch.
struct Workshop {
  const Calendar& calendar;
  Clock& clock;
  store::Disk& disk;
  store::Ledger& ledger;
  store::DatasetReader& reader;
  store::DatasetWriter& writer;
  observe::EventSink& events;
};

// Opens (or returns) the gateway session; called only when something has to be asked.
using Connect = std::function<asio::awaitable<Result<gateway::Gateway*>>()>;
// Several, of as many accounts: they share the questions of a slot. Never none.
using ConnectAll = std::function<asio::awaitable<Result<std::vector<gateway::Gateway*>>>()>;

struct SymbolCounts {
  Underlying symbol;
  std::int64_t expected = 0;
  std::int64_t usable = 0;
  std::int64_t two_sided = 0;
  std::int64_t delayed = 0;
  std::int64_t errors = 0;
  bool stale = false;
};

struct SnapshotReport {
  std::string slot;  // "10:30"
  std::string ingest_id;
  std::int64_t rows = 0;
  std::int64_t usable = 0;
  std::int64_t errors = 0;
  // Milliseconds that answers took which came in time: the least, the deciles, the most.
  std::vector<std::int64_t> answer_ms;
  std::vector<SymbolCounts> symbols;
  std::vector<std::string> missing_books;  // Symbols that have no contract list.
  bool already = false;
  std::int64_t requests = 0;
  std::int64_t replayed = 0;
  bool complete() const { return usable == rows && missing_books.empty() && rows > 0; }
};

std::string to_json(const SnapshotReport& report);
Result<SnapshotReport> report_of(const std::string& json);

// The plan of a slot, and what stands in its way. Errors: not_found when no symbol has a book.
struct PreparedSlot {
  std::vector<ContractBook> books;
  std::vector<Underlying> stale_books;  // From an earlier day.
  std::vector<std::string> missing;     // Symbols without any; each with its reason.
  SnapshotPlan plan;
  SlotWindow window;
};
Result<PreparedSlot> prepare_slot(
    const Slot& slot, const std::vector<Underlying>& symbols, const SnapshotSettings& settings,
    Workshop& shop);

// Errors: refused for a slot that is past or yet to come (says when); otherwise what stopped the
// job.
asio::awaitable<Result<SnapshotReport>> run_snapshot(
    Slot slot, std::vector<Underlying> symbols, SnapshotSettings settings, std::string ingest_id,
    Workshop& shop, ConnectAll connect, Replay replay);

}  // namespace opt_data::collect
