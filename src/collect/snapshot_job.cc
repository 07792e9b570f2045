#include "collect/snapshot_job.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "collect/capacity.h"
#include "collect/fill_rows.h"
#include "collect/journal_sink.h"
#include "collect/standing_slot.h"

namespace opt_data::collect {
namespace {

using observe::Level;
using store::JobKey;
using store::JobKind;
using store::JobOutcome;
using store::Layer;
using store::Partition;

void emit(
    Workshop& shop, Level level, std::string code, const Slot& slot, std::string symbol,
    std::string message) {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "collect";
  event.slot = slot.label();
  event.symbol = std::move(symbol);
  event.message = std::move(message);
  shop.events.on(event);
}

Result<std::vector<OptionQuote>> rows_before(const Slot& slot, Workshop& shop) {
  if (slot.index == 0) return std::vector<OptionQuote>{};
  const Partition before{
      Layer::clean, store::View::intraday, slot.date, static_cast<std::uint8_t>(slot.index - 1)};
  OPT_TRY(const auto published, shop.reader.published(before));
  if (!published) return std::vector<OptionQuote>{};
  return shop.reader.quotes(before);
}

Result<std::set<Underlying>> flag_stale(
    std::vector<OptionQuote>& rows, const Slot& slot, const SlotGrid& grid,
    const SnapshotSettings& settings, Workshop& shop) {
  std::set<Underlying> stale;
  if (slot.index == 0) return stale;
  OPT_TRY(const auto before, rows_before(slot, shop));
  const auto found =
      stale_underlyings(before, grid.slots()[slot.index - 1U].at, rows, slot.at, settings.stale);
  for (const auto& [symbol, reason] : found) {
    stale.insert(symbol);
    emit(shop, Level::warning, "stale_feed", slot, symbol, reason);
  }
  for (OptionQuote& row : rows)
    if (stale.contains(row.contract.underlying)) row.flags.set(QualityFlag::stale_feed);
  return stale;
}

SnapshotReport count(
    const std::vector<OptionQuote>& rows, const Slot& slot, const std::set<Underlying>& stale) {
  SnapshotReport report;
  report.slot = slot.label();
  std::map<Underlying, SymbolCounts> by_symbol;
  for (const OptionQuote& row : rows) {
    SymbolCounts& counts = by_symbol[row.contract.underlying];
    counts.symbol = row.contract.underlying;
    counts.stale = stale.contains(row.contract.underlying);
    ++counts.expected;
    counts.usable += row.usable() ? 1 : 0;
    counts.two_sided += row.quote.two_sided() && !is_filled(row) ? 1 : 0;
    counts.delayed += is_delayed(row.quote.type) ? 1 : 0;
    counts.errors += row.error.type.empty() ? 0 : 1;
  }
  for (auto& [symbol, counts] : by_symbol) {
    report.rows += counts.expected;
    report.usable += counts.usable;
    report.errors += counts.errors;
    report.symbols.push_back(std::move(counts));
  }
  return report;
}

void report_gaps(const SnapshotReport& report, const Slot& slot, Workshop& shop) {
  for (const SymbolCounts& counts : report.symbols) {
    if (counts.usable == counts.expected) continue;
    // Some strikes are never quoted; a chain of which a tenth is missing is another matter.
    const bool bad =
        static_cast<double>(counts.usable) < 0.9 * static_cast<double>(counts.expected);
    emit(
        shop, bad ? Level::warning : Level::info, "slot_incomplete", slot, counts.symbol,
        fmt::format(
            "{} of {} contracts have no usable answer ({} errors)", counts.expected - counts.usable,
            counts.expected, counts.errors));
  }
}

// What needs no contract list to be told: the slot is hours away, or its window is over.
Result<void> check_hour(const Slot& slot, const WindowOptions& options, Instant now) {
  constexpr std::chrono::minutes early_start_max{30};
  if (now + early_start_max < slot.at)
    return fail(
        ErrorKind::refused, "slot {} of {} is yet to come; it can start at {}", slot.label(),
        slot.date.text(), new_york_text(slot.at));
  if (now > slot.at + std::max<std::chrono::seconds>(options.window, options.start_grace))
    return fail(
        ErrorKind::refused,
        "slot {} of {} is past ({} now) and has no file; quotes of now are not stored under a "
        "moment that is gone",
        slot.label(), slot.date.text(), new_york_text(now));
  return {};
}

Result<void> check_moment(const Slot& slot, const SlotWindow& window, bool resumed, Instant now) {
  if (now < window.start_earliest)
    return fail(
        ErrorKind::refused, "slot {} of {} is yet to come; it can start at {}", slot.label(),
        slot.date.text(), new_york_text(window.start_earliest));
  if (now > (resumed ? window.end : window.start_latest))
    return fail(
        ErrorKind::refused,
        "slot {} of {} is past ({} now) and has no file; quotes of now are not stored under a "
        "moment that is gone",
        slot.label(), slot.date.text(), new_york_text(now));
  return {};
}

// From the rows of a slot to its files and the end of its job.
Result<SnapshotReport> conclude(
    std::vector<OptionQuote> rows, std::vector<std::chrono::milliseconds> times,
    const PreparedSlot& prepared, const Slot& slot, const store::JobRecord& job,
    const SnapshotSettings& settings, Workshop& shop) {
  const SlotGrid grid(shop.calendar.session(slot.date), settings.slot_step);
  for (OptionQuote& row : rows)
    if (std::ranges::find(prepared.stale_books, row.contract.underlying) !=
        prepared.stale_books.end())
      row.flags.set(QualityFlag::discovery_stale);
  OPT_TRY(const auto stale, flag_stale(rows, slot, grid, settings, shop));
  SnapshotReport report = count(rows, slot, stale);
  report.ingest_id = job.ingest_id;
  for (const auto time : spread_of(std::move(times))) report.answer_ms.push_back(time.count());
  report.missing_books = prepared.missing;
  OPT_TRY(rows, publish_slot(std::move(rows), slot, shop));
  report_gaps(report, slot, shop);
  OPT_TRY_VOID(shop.ledger.end_job(
      job.key, report.complete() ? JobOutcome::done : JobOutcome::part, to_json(report),
      shop.clock.now()));
  OPT_TRY_VOID(shop.ledger.forget_journal(job.key));
  return report;
}

// A slot that was cut off, and whose window ended before anybody came back: what was answered was
// promised to be kept, and what was asked in vain has its rows too. Empty: it never began.
Result<std::optional<SnapshotReport>> conclude_cut_off(
    const Slot& slot, const std::vector<Underlying>& symbols, SnapshotSettings settings,
    const std::string& ingest_id, Workshop& shop) {
  const JobKey key{JobKind::snapshot, slot.date, slot.index};
  OPT_TRY(const Answered answered, answered_before(shop.ledger, key));
  OPT_TRY(const auto begun, shop.ledger.job(key));
  const bool cut_off = begun && begun->outcome == JobOutcome::running;
  if ((answered.empty() && !cut_off) || shop.clock.now() < slot.at)
    return std::optional<SnapshotReport>{};
  OPT_TRY(const PreparedSlot prepared, prepare_slot(slot, symbols, settings, shop));
  OPT_TRY(const store::JobRecord job, shop.ledger.start_job(key, ingest_id, shop.clock.now()));
  settings.capture.ingest_id = job.ingest_id;
  OPT_TRY(const auto expected, shop.ledger.expected(slot.date, slot.index));
  std::vector<OptionQuote> rows =
      rows_of_cut_off(slot, expected, prepared.books, answered, settings.capture);
  const auto usable = std::ranges::count_if(rows, &OptionQuote::usable);
  emit(
      shop, Level::error, "slot_cut_off", slot, "",
      fmt::format(
          "the process ended in the middle of the slot and came back after its window; {} of {} "
          "contracts had been answered",
          usable, rows.size()));
  std::vector<std::chrono::milliseconds> times;
  for (const auto& [attempt, entry] : answered)
    if (const auto time = answer_time(entry)) times.push_back(*time);
  OPT_TRY(
      SnapshotReport report,
      conclude(std::move(rows), std::move(times), prepared, slot, job, settings, shop));
  report.replayed = static_cast<std::int64_t>(answered.size());
  return std::optional<SnapshotReport>(std::move(report));
}

// Nothing is left to ask: what stands is the answer. A crash may have come between publishing and
// the end of the job, or in a repair whose answers are only in the journal.
Result<SnapshotReport> finish_standing(
    StandingSlot standing, const Slot& slot, const JobKey& key, const std::string& ingest_id,
    Workshop& shop) {
  if (standing.changed) {
    OPT_TRY(standing.rows, publish_slot(std::move(standing.rows), slot, shop));
  }
  std::set<Underlying> stale;
  for (const OptionQuote& row : standing.rows)
    if (row.flags.has(QualityFlag::stale_feed)) stale.insert(row.contract.underlying);
  SnapshotReport report = count(standing.rows, slot, stale);
  for (const Underlying& symbol : standing.not_asked)
    report.missing_books.push_back(
        fmt::format("{}: not asked in this slot, whose window is over", symbol));
  report.ingest_id = standing.rows.front().ingest_id;
  report.already = !standing.changed;
  OPT_TRY(const auto before, shop.ledger.job(key));
  if (report.already && before && before->ended_at) return report;
  // The journal outlives the job: the next slot is to learn from it what it would have learnt.
  OPT_TRY(const Answered answered, answered_before(shop.ledger, key));
  std::vector<std::chrono::milliseconds> times;
  for (const auto& [attempt, entry] : answered)
    if (const auto time = answer_time(entry)) times.push_back(*time);
  for (const auto time : spread_of(std::move(times))) report.answer_ms.push_back(time.count());
  OPT_TRY(const store::JobRecord job, shop.ledger.start_job(key, ingest_id, shop.clock.now()));
  OPT_TRY_VOID(shop.ledger.end_job(
      job.key, report.complete() ? JobOutcome::done : JobOutcome::part, to_json(report),
      shop.clock.now()));
  OPT_TRY_VOID(shop.ledger.forget_journal(key));
  return report;
}

// Whether each symbol was asked in this slot, as far as the ledger knows.
Result<bool> all_asked(
    const Slot& slot, const std::vector<Underlying>& symbols, const Workshop& shop) {
  OPT_TRY(const auto expected, shop.ledger.expected(slot.date, slot.index));
  std::set<Underlying> asked;
  for (const store::ExpectedContract& contract : expected) asked.insert(contract.underlying);
  return std::ranges::all_of(symbols, [&](const auto& symbol) { return asked.contains(symbol); });
}

}  // namespace

Result<PreparedSlot> prepare_slot(
    const Slot& slot, const std::vector<Underlying>& symbols, const SnapshotSettings& settings,
    Workshop& shop) {
  PreparedSlot prepared{{}, {}, {}, SnapshotPlan{slot, {}, {}, 0, {}}, {}};
  for (const Underlying& symbol : symbols) {
    auto book = read_book(shop.disk, settings.contracts_cache, symbol, slot.date);
    if (!book && book.error().kind == ErrorKind::not_found) {
      book = read_earlier_book(
          shop.disk, settings.contracts_cache, symbol, slot.date, shop.calendar,
          settings.stale_book_sessions_max);
      if (book) prepared.stale_books.push_back(symbol);
    }
    if (!book) {
      if (book.error().kind != ErrorKind::not_found) return fail(std::move(book).error());
      prepared.missing.push_back(book.error().message);
      continue;
    }
    prepared.books.push_back(*std::move(book));
  }
  if (prepared.books.empty())
    return fail(
        ErrorKind::not_found, "{}; run `opt-data contracts build --date {}`",
        fmt::join(prepared.missing, "; "), slot.date.text());
  AnswerTimes times;
  if (const auto before =
          slot_before(slot, settings.slot_step, shop.calendar, shop.reader, &shop.ledger))
    times = times_of(*before, settings, shop.calendar, shop.reader, &shop.ledger);
  prepared.plan = plan_snapshot(
      slot, prepared.books, plan_options(slot, settings, shop.calendar, std::move(times)));
  const SlotGrid grid(shop.calendar.session(slot.date), settings.slot_step);
  // A contract whose greeks never come takes its whole timeout; the last ones asked may be such.
  prepared.window = slot_window(
      slot, grid, prepared.plan.cost.duration + settings.capture.timeout, settings.window);
  return prepared;
}

asio::awaitable<Result<SnapshotReport>> run_snapshot(
    Slot slot, std::vector<Underlying> symbols, SnapshotSettings settings, std::string ingest_id,
    Workshop& shop, ConnectAll connect, Replay replay) {
  const JobKey key{JobKind::snapshot, slot.date, slot.index};
  const Partition clean{Layer::clean, store::View::intraday, slot.date, slot.index};
  OPT_CO_TRY(const auto record, shop.ledger.job(key));
  OPT_CO_TRY(const auto published, shop.reader.published(clean));
  StandingSlot standing;
  if (published) {
    OPT_CO_TRY(const bool whole, all_asked(slot, symbols, shop));
    // Of a job that failed, the file that stands is a fill's, and its counts say nothing.
    const bool ended = record && record->ended_at && record->outcome != JobOutcome::failed;
    if (whole && ended && !settings.retry_missed) {
      OPT_CO_TRY(SnapshotReport report, report_of(record->counts));
      report.already = true;
      co_return report;
    }
    OPT_CO_TRY(standing, standing_slot(slot, symbols, shop));
  } else if (auto hour = check_hour(slot, settings.window, shop.clock.now()); !hour) {
    OPT_CO_TRY(
        auto concluded, conclude_cut_off(slot, symbols, std::move(settings), ingest_id, shop));
    if (concluded) co_return *std::move(concluded);
    co_return fail(std::move(hour).error());
  }
  auto may_ask = prepare_slot(slot, symbols, settings, shop);
  if (!may_ask && published)
    co_return finish_standing(std::move(standing), slot, key, ingest_id, shop);
  OPT_CO_TRY(PreparedSlot prepared, std::move(may_ask));
  const bool resumed = published || (record && record->outcome == JobOutcome::running);
  auto moment = check_moment(slot, prepared.window, resumed, shop.clock.now());
  if (!moment && !published) {
    OPT_CO_TRY(
        auto concluded, conclude_cut_off(slot, symbols, std::move(settings), ingest_id, shop));
    if (concluded) co_return *std::move(concluded);
    co_return fail(std::move(moment).error());
  }
  prepared.plan.ask = left_to_ask(standing, std::move(prepared.plan.ask), settings.retry_missed);
  if (published && (!moment || prepared.plan.ask.empty()))
    co_return finish_standing(std::move(standing), slot, key, ingest_id, shop);

  OPT_CO_TRY(const store::JobRecord job, shop.ledger.start_job(key, ingest_id, shop.clock.now()));
  settings.capture.ingest_id = job.ingest_id;
  std::vector<store::ExpectedContract> expected;
  for (const OptionQuote& row : standing.rows)
    expected.push_back({row.contract.id, row.contract.underlying});
  for (const OptionContract& contract : left_to_ask(standing, prepared.plan.ask, false))
    expected.push_back({contract.id, contract.underlying});
  OPT_CO_TRY_VOID(shop.ledger.expect(slot, expected));
  OPT_CO_TRY(const Answered answered, answered_before(shop.ledger, key));
  for (const std::string& missing : prepared.missing)
    emit(shop, Level::error, "no_contract_list", slot, "", missing);
  for (const Underlying& symbol : prepared.stale_books)
    emit(
        shop, Level::warning, "discovery_stale", slot, symbol,
        "today's contract list is missing; asking from an earlier day's");

  auto gateways = co_await connect();
  if (gateways && gateways->size() == 1) {
    // A gateway that is away is waited for by the questions; what is no gateway ends the job. Of
    // several, the others go on without it.
    auto ready = co_await gateways->front()->ready(prepared.window.end);
    if (!ready && ready.error().kind != ErrorKind::unavailable)
      gateways = fail(std::move(ready).error());
  }
  if (!gateways) {
    emit(shop, Level::error, "gateway_unavailable", slot, "", gateways.error().message);
    OPT_CO_TRY_VOID(shop.ledger.end_job(key, JobOutcome::failed, "{}", shop.clock.now()));
    co_return fail(std::move(gateways).error());
  }
  JournalSink sink(shop.ledger, key, shop.clock, co_await asio::this_coro::executor);
  const Instant close = shop.calendar.session(slot.date).close;
  OPT_CO_TRY(
      CaptureSummary capture,
      co_await collect_snapshot(
          prepared.plan, prepared.books, prepared.window.end, close, settings.capture, *gateways,
          shop.clock, sink, answered, replay, shop.events));
  OPT_CO_TRY_VOID(sink.finish());
  merge_rows(standing.rows, std::move(capture.rows));
  OPT_CO_TRY(
      SnapshotReport report,
      conclude(
          std::move(standing.rows), std::move(capture.times), prepared, slot, job, settings, shop));
  report.requests = static_cast<std::int64_t>(capture.requests);
  report.replayed = static_cast<std::int64_t>(capture.replayed);
  co_return report;
}

std::string to_json(const SnapshotReport& report) {
  nlohmann::ordered_json symbols = nlohmann::ordered_json::array();
  for (const SymbolCounts& counts : report.symbols)
    symbols.push_back(
        {{"symbol", counts.symbol},
         {"expected", counts.expected},
         {"usable", counts.usable},
         {"two_sided", counts.two_sided},
         {"delayed", counts.delayed},
         {"errors", counts.errors},
         {"stale", counts.stale}});
  const nlohmann::ordered_json json = {
      {"slot", report.slot},           {"ingest_id", report.ingest_id},
      {"rows", report.rows},           {"usable", report.usable},
      {"errors", report.errors},       {"answer_ms", report.answer_ms},
      {"symbols", std::move(symbols)}, {"missing", report.missing_books}};
  return json.dump();
}

Result<SnapshotReport> report_of(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    SnapshotReport report;
    report.slot = json.at("slot");
    report.ingest_id = json.at("ingest_id");
    report.rows = json.at("rows");
    report.usable = json.at("usable");
    report.errors = json.at("errors");
    report.answer_ms = json.value("answer_ms", std::vector<std::int64_t>{});
    report.missing_books = json.at("missing").get<std::vector<std::string>>();
    for (const auto& of : json.at("symbols"))
      report.symbols.push_back(
          {of.at("symbol"), of.at("expected"), of.at("usable"), of.at("two_sided"),
           of.at("delayed"), of.at("errors"), of.at("stale")});
    return report;
  } catch (const nlohmann::json::exception& error) {
    return fail(
        ErrorKind::corrupt, "the ledger's counts of a job cannot be read: {}", error.what());
  }
}

}  // namespace opt_data::collect
