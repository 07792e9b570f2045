#include "app/jobs.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "schedule/agenda.h"

namespace opt_data::app {
namespace {

using store::JobKey;
using store::JobKind;
using store::JobOutcome;

constexpr int session_losses_max = 5;  // Under one discovery.

nlohmann::ordered_json discovery_counts(const collect::DiscoverySummary& summary) {
  nlohmann::ordered_json counts = nlohmann::ordered_json::array();
  for (const auto& symbol : summary.symbols)
    counts.push_back(
        {{"symbol", symbol.symbol},
         {"contracts", symbol.contracts},
         {"expiries", symbol.expiries},
         {"error", symbol.error}});
  return counts;
}

// What was enumerated is kept, so that asking again goes on where a session was lost.
asio::awaitable<Result<collect::DiscoverySummary>> discover_again_and_again(
    const DiscoveryJob& job, collect::DiscoveryOptions options, collect::Workshop& shop,
    Wiring& wiring) {
  const Instant patience = job.freeze_at_once ? shop.clock.now() : job.freeze_at;
  OPT_CO_TRY(gateway::Gateway * gateway, co_await wiring.connect()());
  Result<collect::DiscoverySummary> summary = collect::DiscoverySummary{};
  for (int losses = 0; losses <= session_losses_max; ++losses) {
    OPT_CO_TRY_VOID(co_await gateway->ready(patience));
    summary = co_await collect::discover(
        job.date, job.symbols, job.freeze_at, options, shop.calendar, *gateway, shop.clock,
        shop.disk, shop.events);
    if (summary || summary.error().kind != ErrorKind::unavailable) break;
  }
  co_return summary;
}

}  // namespace

void emit_failure(
    std::string code, std::string component, const Error& error, collect::Workshop& shop) {
  observe::Event event;
  event.level = observe::Level::error;
  event.code = std::move(code);
  event.component = std::move(component);
  event.message = error.message;
  shop.events.on(event);
}

bool can_be_mended(const Error& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::refused ||
         error.kind == ErrorKind::not_found || error.kind == ErrorKind::protocol;
}

Result<void> note_job(
    const JobKey& key, JobOutcome outcome, const std::string& counts, Wiring& wiring) {
  OPT_TRY(store::Ledger * ledger, wiring.ledger());
  OPT_TRY(const auto record, ledger->start_job(key, wiring.new_ingest_id(), wiring.clock().now()));
  (void)record;
  return ledger->end_job(key, outcome, counts, wiring.clock().now());
}

void enter_job(const JobKey& key, const std::string& ingest_id, Wiring& wiring) {
  wiring.run().set({key.date.text(), key.text(), ingest_id});
}

asio::awaitable<Result<collect::DiscoverySummary>> run_discovery_job(
    DiscoveryJob job, Wiring& wiring) {
  OPT_CO_TRY(collect::Workshop * shop, wiring.workshop());
  OPT_CO_TRY(const auto actions, wiring.actions());
  collect::DiscoveryOptions options = wiring.discovery_options(actions);
  options.freeze_at_once = job.freeze_at_once;
  options.force = job.force;
  options.begun_at = wiring.clock().now();
  const JobKey key{JobKind::discovery, job.date, -1};
  OPT_CO_TRY(const auto before, shop->ledger.job(key));
  const Instant now = shop->clock.now();
  const auto today = in_new_york(now).day;
  collect::DiscoverySummary standing =
      collect::standing_books(job.date, job.symbols, now, options, shop->disk);
  std::erase_if(job.symbols, [&](const Underlying& symbol) {
    return std::ranges::any_of(
        standing.symbols, [&](const auto& stands) { return stands.symbol == symbol; });
  });
  if ((job.force || !job.symbols.empty()) && job.date.day() != today)
    co_return fail(
        ErrorKind::refused, "{} is {}; only what is listed now, at the price of now, can be asked",
        job.date.text(), job.date.day() < today ? "past" : "yet to come");
  const bool cut_off = before && before->outcome == JobOutcome::running;
  if (job.symbols.empty() && !cut_off) co_return std::move(standing);

  OPT_CO_TRY(
      const store::JobRecord record, shop->ledger.start_job(key, wiring.new_ingest_id(), now));
  enter_job(key, record.ingest_id, wiring);
  Result<collect::DiscoverySummary> summary = collect::DiscoverySummary{};
  if (!job.symbols.empty())
    summary = co_await discover_again_and_again(job, std::move(options), *shop, wiring);
  if (summary) {
    std::ranges::move(standing.symbols, std::back_inserter(summary->symbols));
    std::ranges::sort(summary->symbols, {}, &collect::DiscoveredSymbol::symbol);
  } else {
    emit_failure("discovery_failed", "collect", summary.error(), *shop);
  }
  const JobOutcome outcome = !summary              ? JobOutcome::failed
                             : summary->complete() ? JobOutcome::done
                                                   : JobOutcome::part;
  OPT_CO_TRY_VOID(shop->ledger.end_job(
      key, outcome, summary ? discovery_counts(*summary).dump() : "[]", shop->clock.now()));
  co_return summary;
}

Result<derive::RollupSummary> run_rollup_job(TradeDate date, int pass, Wiring& wiring) {
  OPT_TRY(collect::Workshop * shop, wiring.workshop());
  if (const Instant close = shop->calendar.session(date).close; shop->clock.now() < close)
    return fail(
        ErrorKind::refused, "the session of {} goes on until {}; roll it up after that",
        date.text(), new_york_text(close));
  const JobKey key{JobKind::rollup, date, pass};
  OPT_TRY(
      const store::JobRecord job,
      shop->ledger.start_job(key, wiring.new_ingest_id(), shop->clock.now()));
  enter_job(key, job.ingest_id, wiring);
  OPT_TRY(const auto actions, wiring.actions());
  auto summary = derive::roll_up(
      date, wiring.grid(date), actions, job.ingest_id, shop->ledger, shop->reader, shop->writer,
      shop->clock.now(), shop->events);
  if (!summary) emit_failure("rollup_failed", "derive", summary.error(), *shop);
  OPT_TRY_VOID(shop->ledger.end_job(
      key, summary ? JobOutcome::done : JobOutcome::failed,
      summary ? derive::to_json(*summary) : "{}", shop->clock.now()));
  return summary;
}

Result<check::DayReport> run_qa(TradeDate date, check::Phase phase, bool write, Wiring& wiring) {
  OPT_TRY(store::Ledger * ledger, wiring.ledger_to_read());
  OPT_TRY(const auto symbols, wiring.universe());
  OPT_TRY(
      check::DayReport report, check::measure_day(
                                   date, wiring.grid(date), symbols, phase, wiring.settings().gates,
                                   *ledger, wiring.reader()));
  if (write)
    OPT_TRY_VOID(check::write_metrics(wiring.disk(), wiring.settings().run_logs, date, report));
  return report;
}

Result<check::LogSummary> run_logscan(TradeDate date, bool write, Wiring& wiring) {
  // A day on which nothing ran has no errors, and that is not a pass.
  const bool wrote_errors =
      wiring.disk().exists(observe::errors_path(wiring.settings().run_logs, date.day()));
  if (!wrote_errors) {
    OPT_TRY(store::Ledger * ledger, wiring.ledger_to_read());
    OPT_TRY(const auto jobs, ledger->jobs(date));
    if (jobs.empty())
      return fail(
          ErrorKind::not_found, "no job of {} is on record: nothing ran, so nothing can be scanned",
          date.text());
  }
  OPT_TRY_VOID(wiring.reader().open_views(date));
  OPT_TRY(
      const store::Table rows,
      wiring.reader().database().query(
          "SELECT count(*) FROM intraday WHERE coalesce(error_type, '') <> 'slot_missed'"));
  OPT_TRY(
      check::LogSummary summary, check::scan_log(
                                     wiring.settings().run_logs, date, wiring.settings().log_budget,
                                     std::get<std::int64_t>(rows.rows[0][0])));
  if (write)
    OPT_TRY_VOID(check::write_summary(wiring.disk(), wiring.settings().run_logs, date, summary));
  return summary;
}

Result<check::SelfcheckReport> run_selfcheck(
    TradeDate date, check::Phase phase, bool write, Wiring& wiring) {
  check::SelfcheckReport report;
  OPT_TRY(report.day, run_qa(date, phase, write, wiring));
  OPT_TRY(report.log, run_logscan(date, false, wiring));
  if (write) {
    OPT_TRY_VOID(check::write_selfcheck(wiring.disk(), wiring.settings().run_logs, date, report));
    const nlohmann::ordered_json counts = {
        {"status", report.passed() ? "PASS" : "FAIL"}, {"reasons", report.reasons()}};
    const int pass = phase == check::Phase::intraday ? schedule::intraday
                     : phase == check::Phase::eod    ? schedule::eod
                                                     : schedule::once;
    OPT_TRY_VOID(note_job(
        JobKey{JobKind::selfcheck, date, pass},
        report.passed() ? JobOutcome::done : JobOutcome::part, counts.dump(), wiring));
  }
  return report;
}

}  // namespace opt_data::app
