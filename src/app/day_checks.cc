#include "app/day_checks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "app/day_rows.h"
#include "collect/contract_book.h"

namespace opt_data::app {
namespace {

using namespace std::chrono_literals;
using sim::Told;
using sim::Trouble;
using sim::Window;

constexpr std::size_t violations_max = 30;

bool meets(const Window& a, const Window& b) { return a.from <= b.to && b.from <= a.to; }

class Checks {
 public:
  explicit Checks(const DayEvidence& evidence)
      : evidence_(evidence), grid_(evidence.wiring.grid(evidence.date)) {
    for (const MarketUnderlying& stock : evidence.market.underlyings())
      stocks_[stock.symbol] = stock.id;
  }

  Result<DayFindings> run();

 private:
  Result<void> load_expected();
  Result<void> check_raw();
  void check_slot(const Slot& slot);
  void check_keys(const Slot& slot, const SlotRows& rows);
  void check_values(const Slot& slot, const Row& row);
  void check_flags(const Slot& slot, const Row& row);
  void check_answered(const Slot& slot, const Row& row);
  void check_stale(const Slot& slot);
  Result<void> check_daily();
  void check_verdict();
  std::map<std::string, bool> deserved() const;

  Window window_of(const Slot& slot) const;
  bool undisturbed(const Slot& slot) const;
  std::optional<Window> capture_of(const Slot& slot, const std::string& symbol) const;
  const Row* find(int slot, ContractId id) const;
  template <typename... Parts>
  void violate(fmt::format_string<Parts...> sentence, Parts&&... parts) {
    if (found_.violations.size() < violations_max)
      found_.violations.push_back(fmt::format(sentence, std::forward<Parts>(parts)...));
  }

  const DayEvidence& evidence_;
  SlotGrid grid_;
  std::map<Underlying, ContractId> stocks_;
  std::map<int, SlotRows> slots_;
  std::map<int, std::vector<store::ExpectedContract>> expected_;
  std::map<int, Instant> ended_;                           // Of the slots, when their job did.
  std::map<std::string, std::set<ContractId>> contracts_;  // Expected in any slot.
  std::map<ContractId, std::string> daily_;                // Strategy.
  std::map<std::string, double> daily_oi_;                 // Of the session, by underlying.
  double expired_ = 0;                                     // Without an open interest any more.
  std::optional<Instant> discovered_;
  DayFindings found_;
};

// ---- what is there

Result<void> Checks::load_expected() {
  OPT_TRY(store::Ledger * ledger, evidence_.wiring.ledger());
  OPT_TRY(expected_, ledger->expected(evidence_.date));
  for (const auto& [slot, contracts] : expected_)
    for (const auto& contract : contracts) contracts_[contract.underlying].insert(contract.id);
  OPT_TRY(
      const auto discovery,
      ledger->job(store::JobKey{store::JobKind::discovery, evidence_.date, -1}));
  if (discovery) discovered_ = discovery->ended_at;
  OPT_TRY(const auto jobs, ledger->jobs(evidence_.date));
  for (const store::JobRecord& job : jobs)
    if (job.key.kind == store::JobKind::snapshot && job.ended_at)
      ended_[job.key.slot] = *job.ended_at;
  return {};
}

const Row* Checks::find(int slot, ContractId id) const {
  const auto rows = slots_.find(slot);
  if (rows == slots_.end()) return nullptr;
  const auto place = std::ranges::lower_bound(rows->second, id, {}, &Row::id);
  return place != rows->second.end() && place->id == id ? &*place : nullptr;
}

// What the answers of a slot may date from.
Window Checks::window_of(const Slot& slot) const {
  const auto& settings = evidence_.wiring.settings();
  const auto& slots = grid_.slots();
  const bool closing = slot.index + 1U == slots.size();
  const Instant from = closing && slot.index > 0 ? slots[slot.index - 1U].at : slot.at;
  Instant to = slot.at + settings.window.window;
  if (!closing) to = std::min(to, slots[slot.index + 1U].at - 1min);
  return {from, to + settings.capture.timeout};
}

// Nothing was wrong from before the session was opened until long after the last answer.
bool Checks::undisturbed(const Slot& slot) const {
  const bool closing = slot.index + 1U == grid_.size();
  const Window work{slot.at - (closing ? 10min : 2min), slot.at + 2min};
  return std::ranges::none_of(evidence_.troubles, [&](const Window& trouble) {
    const Instant well =
        trouble.to == Instant::max() ? trouble.to : trouble.to + evidence_.scenario.recovery;
    return meets({trouble.from, well}, work);
  });
}

// ---- slots

void Checks::check_keys(const Slot& slot, const SlotRows& rows) {
  std::set<ContractId> seen;
  for (const Row& row : rows)
    if (!seen.insert(row.id).second)
      violate("slot {}: contract {} has more than one row", slot.label(), row.id);
  std::set<ContractId> wanted;
  for (const auto& contract : expected_[slot.index]) wanted.insert(contract.id);
  for (const ContractId id : wanted)
    if (!seen.contains(id))
      violate("slot {}: contract {} was expected and has no row", slot.label(), id);
  for (const ContractId id : seen)
    if (!wanted.contains(id))
      violate("slot {}: contract {} has a row and was not expected", slot.label(), id);
}

void Checks::check_values(const Slot& slot, const Row& row) {
  const Window window = window_of(slot);
  const Instant to = row.received.value_or(window.from);
  if (row.received && (*row.received < window.from || *row.received > window.to))
    violate(
        "slot {}: contract {} was answered at {}, outside the slot", slot.label(), row.id,
        new_york_text(*row.received));
  const auto& told = evidence_.witness;
  for (std::size_t i = 0; i < sent_columns.size(); ++i) {
    if (!row.sent[i] || (i == interest && row.oi_state != "value")) continue;
    if (!told.was_told(row.id, sent_columns[i].second, *row.sent[i], window.from, to))
      violate(
          "slot {}: contract {} has {} {}, which was not sent for it in this slot", slot.label(),
          row.id, sent_columns[i].first, *row.sent[i]);
  }
  // The type comes before any tick, and a row without a tick has no moment.
  if (row.type != 0 && !told.was_told(
                           row.id, Told::type, static_cast<double>(row.type), window.from,
                           row.received.value_or(window.to)))
    violate(
        "slot {}: contract {} has market data type {}, which was not sent", slot.label(), row.id,
        row.type);
  constexpr std::array sides{Told::bid, Told::ask, Told::last};
  for (std::size_t i = 0; i < sides.size(); ++i)
    if (row.underlying[i] &&
        !told.was_told(
            stocks_.at(row.symbol), sides[i], *row.underlying[i], window.from, window.to))
      violate(
          "slot {}: the underlying of contract {} has {} {}, which was not sent", slot.label(),
          row.id, to_text(sides[i]), *row.underlying[i]);
}

void Checks::check_flags(const Slot& slot, const Row& row) {
  const auto& v = row.sent;
  const bool greeks = v[iv] && v[delta] && v[gamma] && v[theta] && v[vega];
  const std::array<std::pair<std::string_view, bool>, 7> truths = {
      {{"delayed_fallback", row.type == 3 || row.type == 4},
       {"frozen_quote", row.type == 2 || row.type == 4},
       {"missing_price", !row.priced()},
       {"missing_greeks", !greeks},
       {"missing_oi", row.oi_state == "missing"},
       {"crossed_market", v[bid] && v[ask] && *v[bid] > *v[ask]},
       {"slot_retry_exceeded", !row.error.empty() && row.error != "refused"}}};
  for (const auto& [flag, truth] : truths)
    if (row.flags.contains(std::string(flag)) != truth)
      violate(
          "slot {}: contract {} is {}flagged {}", slot.label(), row.id, truth ? "not " : "", flag);
  if (!row.error.empty() && row.priced())
    violate("slot {}: contract {} has an error and a price", slot.label(), row.id);
}

void Checks::check_answered(const Slot& slot, const Row& row) {
  if (row.usable()) return;
  Window window = window_of(slot);
  window.to -= evidence_.wiring.settings().capture.timeout;  // Answers count until the window ends:
  window.from = std::max(window.from, slot.at - 10min);      // not what the slot before was told,
  if (const auto ended = ended_.find(slot.index); ended != ended_.end())
    window.to = std::min(window.to, ended->second);  // nor the closing one, which begins early.
  const auto& told = evidence_.witness;
  for (const Told side : {Told::bid, Told::ask, Told::last}) {
    if (!told.was_told_price(row.id, side, window.from, window.to)) continue;
    violate(
        "slot {}: contract {} was answered while nothing was wrong, and its row is not usable ({})",
        slot.label(), row.id, row.error.empty() ? "no error" : row.error);
    return;
  }
}

void Checks::check_slot(const Slot& slot) {
  const auto rows = slots_.find(slot.index);
  const bool well = undisturbed(slot);
  if (rows == slots_.end()) {
    // Without a list of contracts nothing can be asked; why there is none is told elsewhere.
    const bool late = !discovered_ || *discovered_ > slot.at || contracts_.empty();
    if (well && !late)
      violate("slot {} was not published, and nothing was wrong around it", slot.label());
    return;
  }
  ++found_.slots;
  check_keys(slot, rows->second);
  for (const Row& row : rows->second) {
    ++found_.rows;
    found_.usable += row.usable() ? 1 : 0;
    check_values(slot, row);
    check_flags(slot, row);
    if (well) check_answered(slot, row);
  }
  check_stale(slot);
}

// ---- stale feeds

std::optional<Window> Checks::capture_of(const Slot& slot, const std::string& symbol) const {
  const auto rows = slots_.find(slot.index);
  if (rows == slots_.end()) return std::nullopt;
  std::optional<Window> span;
  for (const Row& row : rows->second) {
    if (row.symbol != symbol || !row.received) continue;
    if (!span) span = Window{*row.received, *row.received};
    span->from = std::min(span->from, *row.received);
    span->to = std::max(span->to, *row.received);
  }
  // The first answers are a few seconds older than their last tick.
  if (span) span->from -= 15s;
  return span;
}

void Checks::check_stale(const Slot& slot) {
  for (const Underlying& symbol : evidence_.scenario.universe.symbols) {
    int usable = 0, live = 0, flagged = 0, all = 0;
    for (const Row& row : slots_[slot.index]) {
      if (row.symbol != symbol) continue;
      ++all;
      usable += row.usable() ? 1 : 0;
      live += row.usable() && row.type == 1 ? 1 : 0;
      flagged += row.flags.contains("stale_feed") ? 1 : 0;
    }
    if (all == 0) continue;
    if (flagged != 0 && flagged != all)
      violate("slot {}: {} of {} rows of {} are flagged stale", slot.label(), flagged, all, symbol);
    const auto now = capture_of(slot, symbol);
    const Instant earlier =
        slot.index > 0 ? grid_.slots()[slot.index - 1U].at - 10min : slot.at - 10min;
    bool touched = false, inside = false, halted = false, crossed = false;
    for (const sim::MarketTrouble& trouble : evidence_.scenario.market) {
      if (trouble.symbol != symbol) continue;
      if (trouble.kind == Trouble::crossed) {
        // Quotes that cross, or cross no more, are quotes that changed.
        crossed = crossed || (now && meets(trouble.when, {earlier - 30min, now->to}));
        continue;
      }
      // Delayed data shows it a quarter of an hour later.
      const Window shown{trouble.when.from, trouble.when.to + 20min};
      if (now && meets(shown, {earlier, now->to})) touched = true;
      if (trouble.kind == Trouble::halted && touched) halted = true;
      if (trouble.kind != Trouble::frozen_chain || slot.index == 0 || !now) continue;
      const auto before = capture_of(grid_.slots()[slot.index - 1U], symbol);
      inside = inside || (before && trouble.when.from <= before->from && now->to < trouble.when.to);
    }
    if (flagged > 0 && !touched)
      violate("slot {}: {} is flagged stale, and its market moved", slot.label(), symbol);
    int compared = 0;
    bool moved = false;
    if (inside)
      for (const Row& row : slots_[slot.index])
        if (const Row* before = find(slot.index - 1, row.id);
            row.symbol == symbol && row.usable() && before != nullptr && before->usable() &&
            before->type == 1) {
          ++compared;
          moved = moved || row.underlying != before->underlying;
        }
    const bool seen = inside && moved && !halted && !crossed && live == usable &&
                      compared == usable &&
                      compared >= evidence_.wiring.settings().stale.contracts_min;
    if (seen && flagged == 0 && undisturbed(slot) && undisturbed(grid_.slots()[slot.index - 1U]))
      violate("slot {}: the chain of {} stood still and is not flagged", slot.label(), symbol);
  }
}

// ---- the day

Result<void> Checks::check_raw() {
  OPT_TRY(
      const store::Table unequal,
      evidence_.wiring.reader().database().query(
          "SELECT count(*) FROM raw_intraday FULL JOIN intraday AS clean USING (slot_30m, conid) "
          "WHERE raw_intraday.bid IS DISTINCT FROM clean.bid OR raw_intraday.ask IS DISTINCT FROM "
          "clean.ask OR raw_intraday.last IS DISTINCT FROM clean.last OR raw_intraday.iv IS "
          "DISTINCT FROM clean.iv OR raw_intraday.underlying IS DISTINCT FROM clean.underlying"));
  if (const auto rows = number(unequal.rows[0][0]); rows != 0.0)
    violate("{} rows differ between the raw and the clean layer", *rows);
  return {};
}

Result<void> Checks::check_daily() {
  OPT_TRY(
      const store::Table table,
      evidence_.wiring.reader().database().query(
          "SELECT conid, underlying, rollup_strategy, rollup_source_slot, bid, ask, last, "
          "open_interest, oi_state, oi_asof_date IS NOT DISTINCT FROM trade_date FROM daily_clean "
          "ORDER BY conid"));
  OPT_TRY(const TradeDate next, evidence_.wiring.calendar().next(evidence_.date));
  const Instant published = new_york(next.day(), 12h);
  for (const auto& cells : table.rows) {
    const auto id = static_cast<ContractId>(number(cells[0]).value_or(0));
    const std::string symbol = words(cells[1]), strategy = words(cells[2]);
    if (!daily_.emplace(id, strategy).second) violate("daily: contract {} has two rows", id);
    if (!contracts_[symbol].contains(id)) violate("daily: contract {} was never expected", id);
    const auto slot = number(cells[3]);
    const Row* row = slot ? find(static_cast<int>(*slot), id) : nullptr;
    int usable_last = -1;
    for (const Slot& each : grid_.slots())
      if (const Row* one = find(each.index, id); one != nullptr && one->usable())
        usable_last = each.index;
    if (usable_last != (slot ? static_cast<int>(*slot) : -1))
      violate(
          "daily: contract {} comes from slot {}, its latest usable row is in slot {}", id,
          slot ? static_cast<int>(*slot) : -1, usable_last);
    for (std::size_t i = 0; i < 3 && row != nullptr; ++i)
      if (row->sent[i] != number(cells[4 + i]))
        violate("daily: contract {} differs from its source slot in {}", id, sent_columns[i].first);
    expired_ += words(cells[8]) == "expired" ? 1 : 0;
    if (words(cells[8]) != "value") continue;
    const bool of_session = std::get<bool>(cells[9]);
    daily_oi_[symbol] += of_session ? 1 : 0;
    if (!of_session) continue;
    const auto truth = evidence_.market.open_interest(id, published);
    if (!truth || static_cast<double>(*truth) != number(cells[7]))
      violate("daily: contract {} has an open interest that was not published", id);
  }
  for (const auto& [symbol, ids] : contracts_) {
    found_.contracts += static_cast<std::int64_t>(ids.size());
    for (const ContractId id : ids)
      if (!daily_.contains(id)) violate("daily: contract {} of {} has no row", id, symbol);
  }
  return {};
}

// What each gate should have said, from the rows.
std::map<std::string, bool> Checks::deserved() const {
  const check::GateThresholds want;
  double coverage = 1, presence = 1, stale = 0, rows_all = 0, delayed = 0, from_close = 0, all = 0,
         oi = 0;
  const int closing = grid_.close().index;
  for (const Underlying& symbol : evidence_.scenario.universe.symbols) {
    const auto ids = contracts_.find(symbol);
    const double whole = ids == contracts_.end() ? 0 : static_cast<double>(ids->second.size());
    double expected = 0, usable = 0, present = 0, stood = 0;
    for (const Slot& slot : grid_.slots()) {
      double asked = 0, good = 0, flagged = 0;
      if (const auto set = expected_.find(slot.index); set != expected_.end())
        for (const auto& contract : set->second) asked += contract.underlying == symbol ? 1 : 0;
      expected += asked > 0 ? asked : whole;
      if (const auto rows = slots_.find(slot.index); rows != slots_.end())
        for (const Row& row : rows->second) {
          if (row.symbol != symbol) continue;
          good += row.usable() ? 1 : 0;
          flagged += row.flags.contains("stale_feed") ? 1 : 0;
          delayed += row.type >= 3 ? 1 : 0;
          ++rows_all;
          if (slot.index == closing && row.usable()) ++from_close;
        }
      usable += good;
      present += good > 0 ? 1 : 0;
      stood += flagged > 0 ? 1 : 0;
    }
    const double slots = static_cast<double>(grid_.size());
    coverage = std::min(coverage, expected > 0 ? usable / expected : 0);
    presence = std::min(presence, present / slots);
    stale = std::max(stale, stood / slots);
    all += whole;
    const auto filled = daily_oi_.find(symbol);
    oi += filled == daily_oi_.end() ? 0 : filled->second;
  }
  return {
      {"slot_coverage_min", coverage >= want.slot_coverage},
      {"slot_presence_min", presence >= want.slot_presence},
      {"delayed_ratio", rows_all > 0 && delayed / rows_all < want.delayed},
      {"stale_slot_ratio", rows_all > 0 && stale <= want.stale_slots},
      {"rollup_fallback_ratio", all > 0 && (all - from_close) / all <= want.rollup_fallback},
      {"oi_enrichment_ratio", all > expired_ && oi / (all - expired_) >= want.oi_enrichment}};
}

void Checks::check_verdict() {
  const auto right = deserved();
  bool passed = true;
  for (const check::GateResult& gate : evidence_.result.selfcheck.day.gates) {
    const auto deserves = right.find(gate.name);
    if (deserves == right.end()) continue;
    const bool said = gate.verdict == check::Verdict::pass;
    passed = passed && deserves->second;
    if (said != deserves->second)
      violate(
          "the gate {} says {}, and the rows deserve {}", gate.name, check::to_text(gate.verdict),
          deserves->second ? "pass" : "fail");
  }
  if (!passed && evidence_.result.selfcheck.passed())
    violate("the day passed, and it did not deserve it");
  const bool calm = evidence_.troubles.empty() && !sim::refuses(evidence_.scenario);
  if (calm && evidence_.result.selfcheck.log.errors > 0)
    violate(
        "nothing went wrong, and the log has {} errors: {}", evidence_.result.selfcheck.log.errors,
        evidence_.result.selfcheck.log.first_errors.empty()
            ? ""
            : evidence_.result.selfcheck.log.first_errors.front());
}

Result<DayFindings> Checks::run() {
  OPT_TRY_VOID(evidence_.wiring.reader().open_views(evidence_.date));
  OPT_TRY(slots_, load_rows(evidence_.wiring.reader().database()));
  OPT_TRY_VOID(load_expected());
  for (const Slot& slot : grid_.slots()) check_slot(slot);
  OPT_TRY_VOID(check_raw());
  OPT_TRY_VOID(check_daily());
  check_verdict();
  return std::move(found_);
}

}  // namespace

Result<DayFindings> check_day(const DayEvidence& evidence) { return Checks(evidence).run(); }

}  // namespace opt_data::app
