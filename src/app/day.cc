#include "app/day.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace opt_data::app {
namespace {

using store::JobKey;
using store::JobKind;
using store::JobOutcome;

// The session of a job is opened this long before it, and no longer used after it: so a resumed day
// asks with the same budgets as an undisturbed one.
constexpr std::chrono::seconds session_lead{30};
constexpr std::chrono::seconds resume_lead{60};
constexpr std::chrono::minutes discovery_again{1};  // After one that found nothing at all, then
constexpr std::chrono::minutes discovery_again_max{16};  // twice as long each time, up to this.
constexpr int session_losses_max = 5;                    // Under one discovery.

// A line whose contract has answered: held until its cancel would have gone out.
asio::awaitable<void> hold_line(Wiring& wiring, gateway::Permit line, Instant not_before) {
  (void)co_await wiring.clock().wait_until(not_before);
  (void)co_await wiring.budgets().messages.acquire(gateway::Urgency::can_wait);
  line.give_back();
}

// What the journal of a cut-off job holds is waited for at its instants, with its permits but
// without the wire.
collect::Replay replay_with(Wiring& wiring) {
  return [&wiring](const store::JournalEntry& entry) -> asio::awaitable<Result<void>> {
    gateway::PacingBudgets& budgets = wiring.budgets();
    const Instant answered_at = entry.answered_at;
    const Instant cancelled_from = entry.asked_at + gateway::SessionOptions{}.line_hold_min;
    const bool refused = entry.row.error.type == "refused";
    OPT_CO_TRY(gateway::Permit line, co_await budgets.lines.acquire());
    OPT_CO_TRY(gateway::Permit subscription, co_await budgets.subscriptions.acquire());
    OPT_CO_TRY(gateway::Permit message, co_await budgets.messages.acquire());
    message.give_back();
    subscription.used(wiring.clock().now());
    OPT_CO_TRY_VOID(co_await wiring.clock().wait_until(answered_at));
    if (refused) co_return Result<void>();
    asio::co_spawn(wiring.io(), hold_line(wiring, std::move(line), cancelled_from), asio::detached);
    co_return Result<void>();
  };
}

void emit_failure(
    std::string code, std::string component, const Error& error, collect::Workshop& shop) {
  observe::Event event;
  event.level = observe::Level::error;
  event.code = std::move(code);
  event.component = std::move(component);
  event.message = error.message;
  shop.events.on(event);
}

// Failures of the broker's side, which cost a day one job; those of this machine end it.
bool can_be_mended(const Error& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::refused ||
         error.kind == ErrorKind::not_found || error.kind == ErrorKind::protocol;
}

class Day {
 public:
  Day(TradeDate date, Wiring& wiring, collect::Workshop& shop,
      std::function<void(const std::string&)> progress)
      : date_(date),
        wiring_(wiring),
        shop_(shop),
        progress_(std::move(progress)),
        grid_(wiring.grid(date)) {}

  asio::awaitable<Result<DayResult>> run();

 private:
  asio::awaitable<Result<bool>> begin(JobKey key, Instant due, bool asks);
  asio::awaitable<Result<void>> discovery();
  asio::awaitable<Result<void>> slot(Slot slot);
  void miss(const Slot& slot, const std::optional<store::JobRecord>& before, const Error& why);
  asio::awaitable<Result<void>> enrichment();
  Result<DayResult> judge(bool was_done);
  Result<bool> finished(const JobKey& key) const;
  Instant at(std::chrono::year_month_day day, std::chrono::minutes time) const {
    return new_york(day, time);
  }

  TradeDate date_;
  Wiring& wiring_;
  collect::Workshop& shop_;
  std::function<void(const std::string&)> progress_;
  SlotGrid grid_;
  std::vector<Underlying> symbols_;
  DayResult result_;
};

Result<bool> Day::finished(const JobKey& key) const {
  OPT_TRY(const auto record, shop_.ledger.job(key));
  return record && record->ended_at && record->outcome != JobOutcome::failed;
}

// Waits for the job's moment and opens its session before it. False: the job is done already.
asio::awaitable<Result<bool>> Day::begin(JobKey key, Instant due, bool asks) {
  OPT_CO_TRY(const bool done, finished(key));
  if (done) co_return false;
  OPT_CO_TRY(const auto record, shop_.ledger.job(key));
  if (record && record->outcome == JobOutcome::running) due = std::max(due, record->started_at);
  if (asks) {
    OPT_CO_TRY_VOID(co_await shop_.clock.wait_until(due - session_lead));
    // The job itself waits longer, and says so when it was in vain.
    (void)co_await wiring_.link().ready(due);
  }
  OPT_CO_TRY_VOID(co_await shop_.clock.wait_until(due));
  co_return true;
}

asio::awaitable<Result<void>> Day::discovery() {
  const JobKey key{JobKind::discovery, date_, -1};
  const Settings& settings = wiring_.settings();
  OPT_CO_TRY(const bool due, co_await begin(key, at(date_.day(), settings.discovery_start), true));
  OPT_CO_TRY(const auto actions, wiring_.actions());
  const auto options = wiring_.discovery_options(actions);
  const auto standing =
      collect::standing_books(date_, symbols_, shop_.clock.now(), options, shop_.disk);
  if (!due && !standing.symbols.empty()) co_return Result<void>();
  collect::DiscoverySummary summary;
  for (auto wait = discovery_again;; wait = std::min(2 * wait, discovery_again_max)) {
    DiscoveryJob job{date_, symbols_, at(date_.day(), settings.discovery_freeze)};
    auto found = co_await run_discovery_job(std::move(job), wiring_);
    if (!found && !can_be_mended(found.error())) co_return fail(std::move(found).error());
    const auto failed = [](const collect::DiscoveredSymbol& symbol) {
      return !symbol.error.empty();
    };
    const auto worth_it = [](const collect::DiscoveredSymbol& symbol) { return !symbol.lasting; };
    const bool none = !found || (std::ranges::all_of(found->symbols, failed) &&
                                 std::ranges::any_of(found->symbols, worth_it));
    if (found) summary = *std::move(found);
    // Without any contract list the day is lost; with some, those who have one are asked in time.
    if (!none || shop_.clock.now() + wait > grid_.close().at) break;
    wiring_.close_session();
    OPT_CO_TRY_VOID(co_await shop_.clock.wait_for(wait));
  }
  for (const auto& symbol : summary.symbols)
    progress_(
        symbol.error.empty()
            ? fmt::format(
                  "discovery    {:<6} {} contracts, {} expiries, {} wide requests", symbol.symbol,
                  symbol.contracts, symbol.expiries, symbol.wide_requests)
            : fmt::format("discovery    {:<6} failed: {}", symbol.symbol, symbol.error));
  wiring_.close_session();
  co_return Result<void>();
}

// One slot that is lost costs the day that slot. A job that runs again finds it lost already.
void Day::miss(const Slot& slot, const std::optional<store::JobRecord>& before, const Error& why) {
  wiring_.close_session();
  progress_(fmt::format("slot {}   missed: {}", slot.label(), why.message));
  if (before && before->outcome == JobOutcome::failed) return;
  emit_failure("slot_missed", "collect", why, shop_);
}

asio::awaitable<Result<void>> Day::slot(Slot slot) {
  const JobKey key{JobKind::snapshot, date_, slot.index};
  const collect::SnapshotSettings settings = wiring_.snapshot_settings();
  auto prepared_or = collect::prepare_slot(slot, symbols_, settings, shop_);
  if (!prepared_or && prepared_or.error().kind == ErrorKind::not_found) {
    OPT_CO_TRY_VOID(co_await shop_.clock.wait_until(slot.at));
    OPT_CO_TRY(const auto before, shop_.ledger.job(key));
    miss(slot, before, prepared_or.error());
    co_return Result<void>();
  }
  OPT_CO_TRY(const collect::PreparedSlot prepared, std::move(prepared_or));
  OPT_CO_TRY(const bool due, co_await begin(key, prepared.window.start_earliest, true));
  const std::string id = wiring_.new_ingest_id();
  OPT_CO_TRY(const auto record, shop_.ledger.job(key));
  enter_job(key, record ? record->ingest_id : id, wiring_);
  auto made = co_await collect::run_snapshot(
      slot, symbols_, settings, id, shop_, wiring_.connect(), replay_with(wiring_));
  if (!made && can_be_mended(made.error())) {
    miss(slot, record, made.error());
    co_return Result<void>();
  }
  OPT_CO_TRY(collect::SnapshotReport report, std::move(made));
  result_.requests += report.requests;
  result_.replayed += report.replayed;
  if (due)
    progress_(fmt::format(
        "slot {}   {} of {} contracts usable{}", report.slot, report.usable, report.rows,
        report.replayed > 0 ? fmt::format(" ({} from the journal)", report.replayed) : ""));
  result_.slots.push_back(std::move(report));
  wiring_.close_session();
  co_return Result<void>();
}

asio::awaitable<Result<void>> Day::enrichment() {
  const JobKey key{JobKind::enrichment, date_, -1};
  OPT_CO_TRY(const TradeDate next, shop_.calendar.next(date_));
  OPT_CO_TRY(
      const bool due, co_await begin(key, at(next.day(), wiring_.settings().enrichment_at), true));
  const std::string id = wiring_.new_ingest_id();
  OPT_CO_TRY(const auto record, shop_.ledger.job(key));
  if (!due && record) {
    // Asked for already; what was not sent then is not asked again by the same day.
    const auto counts = nlohmann::json::parse(record->counts, nullptr, false);
    if (counts.is_object()) {
      result_.enrichment.with_value = counts.value("with_value", std::int64_t{0});
      result_.enrichment.missing = counts.value("missing", std::int64_t{0});
      result_.enrichment.expired = counts.value("expired", std::int64_t{0});
      result_.enrichment.not_published = counts.value("not_published", std::int64_t{0});
      result_.enrichment.oi_asof = counts.value("oi_asof_date", std::string());
    }
    result_.enrichment.already = true;
    co_return Result<void>();
  }
  enter_job(key, record ? record->ingest_id : id, wiring_);
  OPT_CO_TRY(
      result_.enrichment, co_await collect::run_enrichment(
                              date_, symbols_, wiring_.enrichment_settings(), id, shop_,
                              wiring_.connect(), replay_with(wiring_)));
  result_.requests += result_.enrichment.requests;
  progress_(fmt::format(
      "enrichment   {} of {} contracts have open interest of {}", result_.enrichment.with_value,
      result_.enrichment.with_value + result_.enrichment.missing + result_.enrichment.not_published,
      result_.enrichment.oi_asof));
  wiring_.close_session();
  co_return Result<void>();
}

asio::awaitable<Result<DayResult>> Day::run() {
  OPT_CO_TRY(symbols_, wiring_.universe());
  OPT_CO_TRY(const bool was_done, finished(JobKey{JobKind::selfcheck, date_, -1}));
  OPT_CO_TRY_VOID(co_await discovery());
  for (const Slot& each : grid_.slots()) OPT_CO_TRY_VOID(co_await slot(each));
  // A day without a row has nothing to roll up or to enrich; what is left is to say so.
  if (result_.slots.empty()) co_return judge(was_done);
  const JobKey rollup{JobKind::rollup, date_, -1};
  OPT_CO_TRY(
      const bool due, co_await begin(rollup, at(date_.day(), wiring_.settings().rollup_at), false));
  if (due) {
    OPT_CO_TRY(result_.rollup, run_rollup_job(date_, -1, wiring_));
    progress_(fmt::format("rollup       {} rows", result_.rollup.rows));
  }
  auto enriched = co_await enrichment();
  if (!enriched && !can_be_mended(enriched.error())) co_return fail(std::move(enriched).error());
  OPT_CO_TRY(result_.rollup, run_rollup_job(date_, 1, wiring_));
  co_return judge(was_done);
}

Result<DayResult> Day::judge(bool was_done) {
  OPT_TRY(const auto log, run_logscan(date_, true, wiring_));
  progress_(fmt::format("logscan      {} errors, {} warnings", log.errors, log.warnings));
  OPT_TRY(result_.selfcheck, run_selfcheck(date_, check::Phase::final, true, wiring_));
  result_.already = was_done && result_.requests == 0;
  return std::move(result_);
}

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

Result<void> note_job(
    const JobKey& key, JobOutcome outcome, const std::string& counts, Wiring& wiring) {
  OPT_TRY(store::Ledger * ledger, wiring.ledger());
  OPT_TRY(const auto record, ledger->start_job(key, wiring.new_ingest_id(), wiring.clock().now()));
  (void)record;
  return ledger->end_job(key, outcome, counts, wiring.clock().now());
}

}  // namespace

void enter_job(const JobKey& key, const std::string& ingest_id, Wiring& wiring) {
  wiring.run().set({key.date.text(), key.text(), ingest_id});
}

Result<Instant> resume_instant(TradeDate date, Wiring& wiring) {
  OPT_TRY(store::Ledger * ledger, wiring.ledger());
  OPT_TRY(const auto jobs, ledger->jobs(date));
  std::optional<Instant> cut_off;
  std::optional<Instant> last_end;
  for (const store::JobRecord& job : jobs) {
    if (job.outcome == JobOutcome::running)
      cut_off = std::min(cut_off.value_or(job.started_at), job.started_at);
    if (job.ended_at) last_end = std::max(last_end.value_or(*job.ended_at), *job.ended_at);
  }
  if (cut_off) return *cut_off - resume_lead;
  if (last_end) return *last_end;
  return new_york(date.day(), wiring.settings().discovery_start) - resume_lead;
}

asio::awaitable<Result<DayResult>> run_day(
    TradeDate date, Wiring& wiring, std::function<void(const std::string&)> progress) {
  OPT_CO_TRY(collect::Workshop * shop, wiring.workshop());
  Day day(date, wiring, *shop, std::move(progress));
  co_return co_await day.run();
}

asio::awaitable<Result<collect::DiscoverySummary>> run_discovery_job(
    DiscoveryJob job, Wiring& wiring) {
  OPT_CO_TRY(collect::Workshop * shop, wiring.workshop());
  OPT_CO_TRY(const auto actions, wiring.actions());
  collect::DiscoveryOptions options = wiring.discovery_options(actions);
  options.freeze_at_once = job.freeze_at_once;
  options.force = job.force;
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
      const store::Table rows, wiring.reader().database().query("SELECT count(*) FROM intraday"));
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
    OPT_TRY_VOID(note_job(
        JobKey{JobKind::selfcheck, date, -1}, report.passed() ? JobOutcome::done : JobOutcome::part,
        counts.dump(), wiring));
  }
  return report;
}

}  // namespace opt_data::app
