#include "app/day_jobs.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/fill.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

using store::JobKey;
using store::JobKind;
using store::JobOutcome;

// The session of a job is opened this long before it, and no longer used after it: so a resumed day
// asks with the same budgets as an undisturbed one.
constexpr std::chrono::seconds session_lead{30};
constexpr std::chrono::minutes discovery_again{1};  // After one that found nothing at all, then
constexpr std::chrono::minutes discovery_again_max{16};  // twice as long each time, up to this.

// A line whose contract has answered: held until its cancel would have gone out.
asio::awaitable<void> hold_line(
    Clock& clock, gateway::PacingBudgets& budgets, gateway::Permit line, Instant not_before) {
  (void)co_await clock.wait_until(not_before);
  (void)co_await budgets.messages.acquire(gateway::Urgency::can_wait);
  line.give_back();
}

asio::awaitable<void> open_link(gateway::Link& link, Instant until) {
  (void)co_await link.ready(until);
}

// What the journal of a cut-off job holds is waited for at its instants, with its permits but
// without the wire.
collect::Replay replay_with(Wiring& wiring) {
  return [&wiring](const store::JournalEntry& entry) -> asio::awaitable<Result<void>> {
    // Nobody noted which gateway had answered; each replays its share.
    gateway::PacingBudgets& budgets =
        wiring.budgets(static_cast<std::size_t>(entry.id) % wiring.gateways());
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
    asio::co_spawn(
        wiring.io(), hold_line(wiring.clock(), budgets, std::move(line), cancelled_from),
        asio::detached);
    co_return Result<void>();
  };
}

}  // namespace

DayJobs::DayJobs(
    TradeDate date, std::vector<Underlying> symbols, Wiring& wiring, collect::Workshop& shop,
    std::function<void(const std::string&)> progress)
    : date_(date),
      symbols_(std::move(symbols)),
      wiring_(wiring),
      shop_(shop),
      progress_(std::move(progress)),
      grid_(wiring.grid(date)) {}

Result<bool> DayJobs::finished(const JobKey& key) const {
  OPT_TRY(const auto record, shop_.ledger.job(key));
  return record && record->ended_at && record->outcome != JobOutcome::failed;
}

// Waits for the job's moment and opens its session before it. False: the job is done already.
asio::awaitable<Result<bool>> DayJobs::begin(JobKey key, Instant due, bool asks) {
  OPT_CO_TRY(const bool done, finished(key));
  if (done) co_return false;
  OPT_CO_TRY(const auto record, shop_.ledger.job(key));
  if (record && record->outcome == JobOutcome::running) due = std::max(due, record->started_at);
  if (asks) {
    OPT_CO_TRY_VOID(co_await shop_.clock.wait_until(due - session_lead));
    // The job itself waits longer, and says so when it was in vain.
    for (std::size_t i = 1; i < wiring_.gateways(); ++i)
      asio::co_spawn(wiring_.io(), open_link(wiring_.link(i), due), asio::detached);
    (void)co_await wiring_.link().ready(due);
  }
  OPT_CO_TRY_VOID(co_await shop_.clock.wait_until(due));
  co_return true;
}

asio::awaitable<Result<void>> DayJobs::discovery() {
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
Result<void> DayJobs::miss(
    const Slot& slot, const std::optional<store::JobRecord>& before, const Error& why) {
  wiring_.close_session();
  progress_(fmt::format("slot {}   missed: {}", slot.label(), why.message));
  if (before && before->outcome == JobOutcome::failed) return {};
  emit_failure("slot_missed", "collect", why, shop_);
  return note_job(JobKey{JobKind::snapshot, date_, slot.index}, JobOutcome::failed, "{}", wiring_);
}

asio::awaitable<Result<void>> DayJobs::slot(Slot slot) {
  const JobKey key{JobKind::snapshot, date_, slot.index};
  const collect::SnapshotSettings settings = wiring_.snapshot_settings();
  auto prepared_or = collect::prepare_slot(slot, symbols_, settings, shop_);
  if (!prepared_or && prepared_or.error().kind == ErrorKind::not_found) {
    OPT_CO_TRY_VOID(co_await shop_.clock.wait_until(slot.at));
    OPT_CO_TRY(const auto before, shop_.ledger.job(key));
    co_return miss(slot, before, prepared_or.error());
  }
  OPT_CO_TRY(const collect::PreparedSlot prepared, std::move(prepared_or));
  OPT_CO_TRY(const bool due, co_await begin(key, prepared.window.start_earliest, true));
  const std::string id = wiring_.new_ingest_id();
  OPT_CO_TRY(const auto record, shop_.ledger.job(key));
  enter_job(key, record ? record->ingest_id : id, wiring_);
  auto made = co_await collect::run_snapshot(
      slot, symbols_, settings, id, shop_, wiring_.connect_all(), replay_with(wiring_));
  if (!made && can_be_mended(made.error())) {
    co_return miss(slot, record, made.error());
  }
  OPT_CO_TRY(collect::SnapshotReport report, std::move(made));
  result.requests += report.requests;
  result.replayed += report.replayed;
  if (due)
    progress_(fmt::format(
        "slot {}   {} of {} contracts usable{}", report.slot, report.usable, report.rows,
        report.replayed > 0 ? fmt::format(" ({} from the journal)", report.replayed) : ""));
  result.slots.push_back(std::move(report));
  wiring_.close_session();
  co_return Result<void>();
}

asio::awaitable<Result<void>> DayJobs::fill() {
  const Settings& settings = wiring_.settings();
  OPT_CO_TRY(const TradeDate next, shop_.calendar.next(date_));
  const Instant until = at(next.day(), settings.enrichment_at) - session_lead;
  const auto longest =
      std::max<std::chrono::seconds>(settings.window.window, settings.window.start_grace);
  const Instant over = grid_.close().at + longest + std::chrono::seconds{1};
  if (shop_.clock.now() >= until) co_return Result<void>();
  OPT_CO_TRY_VOID(co_await shop_.clock.wait_until(over));
  auto report = co_await run_fill_job(grid_.slots(), until, wiring_);
  wiring_.close_session();
  if (report) {
    for (const std::string& sentence : sentences(*report)) progress_("fill         " + sentence);
    if (!report->stopped.empty()) progress_("fill         stopped: " + report->stopped);
    result.requests += report->requests;
    result.fill = *std::move(report);
    co_return Result<void>();
  }
  if (!can_be_mended(report.error())) co_return fail(std::move(report).error());
  progress_("fill         " + report.error().message);
  observe::Event event;
  event.level = observe::Level::warning;
  event.code = "fill_failed";
  event.component = "collect";
  event.message = report.error().message;
  shop_.events.on(event);
  co_return Result<void>();
}

asio::awaitable<Result<void>> DayJobs::rollup() {
  const JobKey key{JobKind::rollup, date_, -1};
  OPT_CO_TRY(
      const bool due, co_await begin(key, at(date_.day(), wiring_.settings().rollup_at), false));
  if (!due) co_return Result<void>();
  OPT_CO_TRY(result.rollup, run_rollup_job(date_, -1, wiring_));
  progress_(fmt::format("rollup       {} rows", result.rollup.rows));
  co_return Result<void>();
}

asio::awaitable<Result<void>> DayJobs::enrichment() {
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
      result.enrichment.with_value = counts.value("with_value", std::int64_t{0});
      result.enrichment.missing = counts.value("missing", std::int64_t{0});
      result.enrichment.expired = counts.value("expired", std::int64_t{0});
      result.enrichment.not_published = counts.value("not_published", std::int64_t{0});
      result.enrichment.oi_asof = counts.value("oi_asof_date", std::string());
    }
    result.enrichment.already = true;
    co_return Result<void>();
  }
  enter_job(key, record ? record->ingest_id : id, wiring_);
  OPT_CO_TRY(
      result.enrichment, co_await collect::run_enrichment(
                             date_, symbols_, wiring_.enrichment_settings(), id, shop_,
                             wiring_.connect(), replay_with(wiring_)));
  result.requests += result.enrichment.requests;
  progress_(fmt::format(
      "enrichment   {} of {} contracts have open interest of {}", result.enrichment.with_value,
      result.enrichment.with_value + result.enrichment.missing + result.enrichment.not_published,
      result.enrichment.oi_asof));
  wiring_.close_session();
  co_return Result<void>();
}

Result<void> DayJobs::rollup_again() {
  OPT_TRY(result.rollup, run_rollup_job(date_, 1, wiring_));
  return {};
}

Result<void> DayJobs::judge(check::Phase phase) {
  OPT_TRY(const auto log, run_logscan(date_, true, wiring_));
  progress_(fmt::format("logscan      {} errors, {} warnings", log.errors, log.warnings));
  OPT_TRY(result.selfcheck, run_selfcheck(date_, phase, true, wiring_));
  return {};
}

}  // namespace opt_data::app
