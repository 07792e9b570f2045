#include "app/day.h"

#include <algorithm>
#include <utility>

namespace opt_data::app {
namespace {

using store::JobKey;
using store::JobKind;
using store::JobOutcome;

constexpr std::chrono::seconds resume_lead{60};

}  // namespace

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
  OPT_CO_TRY(std::vector<Underlying> symbols, wiring.universe());
  DayJobs day(date, std::move(symbols), wiring, *shop, std::move(progress));
  OPT_CO_TRY(const bool was_done, day.finished(JobKey{JobKind::selfcheck, date, -1}));
  OPT_CO_TRY_VOID(co_await day.discovery());
  for (const Slot& each : day.grid().slots()) OPT_CO_TRY_VOID(co_await day.slot(each));
  if (wiring.settings().fill_missed) OPT_CO_TRY_VOID(co_await day.fill());
  // A day without a row has nothing to roll up or to enrich; what is left is to say so.
  if (!day.result.slots.empty()) {
    OPT_CO_TRY_VOID(co_await day.rollup());
    const auto enriched = co_await day.enrichment();
    if (!enriched && !can_be_mended(enriched.error())) co_return fail(enriched.error());
    OPT_CO_TRY_VOID(day.rollup_again());
  }
  OPT_CO_TRY_VOID(day.judge(check::Phase::final));
  day.result.already = was_done && day.result.requests == 0;
  co_return std::move(day.result);
}

}  // namespace opt_data::app
