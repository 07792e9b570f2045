#include "collect/fill_slot.h"

#include <algorithm>
#include <utility>

#include "collect/fill_rows.h"
#include "collect/standing_slot.h"

namespace opt_data::collect {
namespace {

using store::JobKey;
using store::JobKind;
using store::JobOutcome;

// What a day was to ask of a symbol: in one slot, and in any.
struct Asked {
  std::set<ContractId> in_slot, in_day;

  bool expects(ContractId id) const {
    return in_slot.empty() ? in_day.empty() || in_day.contains(id) : in_slot.contains(id);
  }
};

Asked asked_of(const Underlying& symbol, const ExpectedDay& expected, int index) {
  Asked asked;
  for (const auto& [slot, contracts] : expected) {
    for (const auto& contract : contracts) {
      if (contract.underlying != symbol) continue;
      asked.in_day.insert(contract.id);
      if (slot == index) asked.in_slot.insert(contract.id);
    }
  }
  return asked;
}

// The day's own list; an earlier one only where its contracts were asked about that day.
Result<std::optional<ContractBook>> book_for(
    const Underlying& symbol, TradeDate date, bool was_asked, const FillSettings& settings,
    Workshop& shop) {
  auto book = read_book(shop.disk, settings.contracts_cache, symbol, date);
  if (!book && book.error().kind == ErrorKind::not_found && was_asked)
    book = read_earlier_book(
        shop.disk, settings.contracts_cache, symbol, date, shop.calendar,
        settings.stale_book_sessions_max);
  if (book) return std::optional(*std::move(book));
  if (book.error().kind == ErrorKind::not_found) return std::nullopt;
  return fail(std::move(book).error());
}

// Contracts that were to be asked in this slot and have no row: those of its expected set; where it
// has none, those of the day.
Result<void> add_never_asked(
    FillSlot& work, const std::vector<Underlying>& symbols, const ExpectedDay& expected,
    const FillSettings& settings, Workshop& shop) {
  std::vector<OptionQuote> rows;
  for (const Underlying& symbol : symbols) {
    const Asked asked = asked_of(symbol, expected, work.slot.index);
    OPT_TRY(
        const auto book, book_for(symbol, work.slot.date, !asked.in_day.empty(), settings, shop));
    if (!book) continue;
    const std::vector<ContractBook> one{*book};
    for (const OptionContract& contract : plan_snapshot(work.slot, one, PlanOptions{}).ask) {
      if (!asked.expects(contract.id)) continue;
      rows.push_back(never_asked(
          contract, work.slot, book->reference, settings.require_greeks, settings.source,
          work.ingest_id));
      if (book->date != work.slot.date) rows.back().flags.set(QualityFlag::discovery_stale);
    }
  }
  merge_rows(work.rows, std::move(rows));
  return {};
}

// What earlier runs learnt: from the counts of one that ended, from the journal of one that was cut
// off.
Result<void> load_answers(
    FillSlot& work, const std::optional<store::JobRecord>& record, Workshop& shop) {
  if (record && record->ended_at) {
    OPT_TRY(const SlotFill before, slot_fill_of(record->counts));
    work.without.insert(before.without.begin(), before.without.end());
  }
  OPT_TRY(std::vector<store::JournalEntry> journal, shop.ledger.journal_of(work.key));
  for (store::JournalEntry& entry : journal) {
    if (!work.places.contains(entry.id)) continue;
    if (entry.row.error.type == no_history) {
      work.without.insert(entry.id);
    } else {
      work.take(std::move(entry.row));
    }
  }
  return {};
}

Result<void> check_over(const Slot& slot, const FillSettings& settings, Instant now) {
  const Instant end =
      slot.at + std::max<std::chrono::seconds>(settings.window.window, settings.window.start_grace);
  if (now > end) return {};
  return fail(
      ErrorKind::refused,
      "slot {} of {} can still be asked until {}; `opt-data snapshot --retry-missed` does",
      slot.label(), slot.date.text(), new_york_text(end));
}

}  // namespace

void FillSlot::take(OptionQuote row) {
  OptionQuote& standing = rows[places.at(row.contract.id)];
  if (!is_missed(standing)) return;
  standing = std::move(row);
  changed = true;
}

bool FillSlot::open(const OptionQuote& row) const {
  return has_bar && is_missed(row) && !without.contains(row.contract.id);
}

bool FillSlot::asks() const {
  return std::ranges::any_of(rows, [this](const auto& row) { return open(row); });
}

Result<FillSlot> load_fill_slot(
    const Slot& slot, const std::vector<Underlying>& symbols, const ExpectedDay& expected,
    const FillSettings& settings, const std::string& ingest_id, Workshop& shop) {
  OPT_TRY_VOID(check_over(slot, settings, shop.clock.now()));
  FillSlot work{slot, JobKey{JobKind::fill, slot.date, slot.index}, ingest_id, {}, {}, {}};
  work.has_bar = has_bar(slot, shop.calendar.session(slot.date));
  OPT_TRY(const auto record, shop.ledger.job(work.key));
  work.running = record && record->outcome == JobOutcome::running;
  if (work.running) work.ingest_id = record->ingest_id;
  const store::Partition clean{store::Layer::clean, store::View::intraday, slot.date, slot.index};
  OPT_TRY(const auto published, shop.reader.published(clean));
  OPT_TRY(StandingSlot standing, standing_slot(slot, symbols, shop));
  work.rows = std::move(standing.rows);
  work.changed = standing.changed;
  OPT_TRY_VOID(
      add_never_asked(work, published ? standing.not_asked : symbols, expected, settings, shop));
  for (std::size_t i = 0; i < work.rows.size(); ++i)
    work.places.emplace(work.rows[i].contract.id, i);
  OPT_TRY_VOID(load_answers(work, record, shop));
  return work;
}

Result<void> start_fill(FillSlot& work, Workshop& shop) {
  const Instant now = shop.clock.now();
  if (!work.running) {
    // The counts of the run before are gone once the job starts: what they knew is journalled.
    for (const ContractId id : work.without) {
      if (!work.places.contains(id)) continue;
      store::JournalEntry entry{id, 0, now, now, work.rows[work.places.at(id)]};
      entry.row.error = {std::string(no_history), "known before"};
      OPT_TRY_VOID(shop.ledger.journal(work.key, entry, now));
    }
    OPT_TRY_VOID(shop.ledger.commit());
  }
  OPT_TRY(const auto job, shop.ledger.start_job(work.key, work.ingest_id, now));
  work.ingest_id = job.ingest_id;
  work.running = true;
  return {};
}

}  // namespace opt_data::collect
