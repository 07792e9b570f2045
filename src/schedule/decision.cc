#include "schedule/decision.h"

#include <algorithm>
#include <vector>

namespace opt_data::schedule {
namespace {

using namespace std::chrono_literals;
using store::JobOutcome;

constexpr int tries_max = 6;
constexpr auto try_again = 10min;  // After a failure.

// When a job that is not over can be begun.
Instant begins(const Pending& pending) {
  if (pending.record && pending.record->ended_at && pending.record->outcome == JobOutcome::failed)
    return std::max(pending.job.wake, *pending.record->ended_at + try_again);
  return pending.job.wake;
}

bool cut_off(const Pending& pending) {
  return pending.record && pending.record->outcome == JobOutcome::running;
}

// The first job of each date that is not over; the others of that date come after it.
std::vector<const Pending*> heads(Instant now, std::span<const Pending> pending) {
  std::vector<const Pending*> out;
  for (const Pending& each : pending) {
    if (over(each, now)) continue;
    if (out.empty() || out.back()->job.key.date != each.job.key.date) out.push_back(&each);
  }
  return out;
}

// A slot has its moment, and so have the contracts that its questions need.
int rank(const Job& job) {
  if (job.is_slot()) return 0;
  return job.key.kind == store::JobKind::discovery ? 1 : 2;
}

// When the next slot is to be asked; `date`'s own do not count, they come later anyway.
std::optional<Instant> next_slot(
    Instant now, std::span<const Pending> pending, const TradeDate& date) {
  std::optional<Instant> next;
  for (const Pending& each : pending)
    if (each.job.is_slot() && each.job.key.date != date && !over(each, now) &&
        each.job.latest >= now)
      next = std::min(next.value_or(each.job.wake), each.job.wake);
  return next;
}

}  // namespace

bool over(const Pending& pending, Instant now) {
  if (!pending.record || !pending.record->ended_at) return false;
  switch (pending.record->outcome) {
    case JobOutcome::running:
      return false;
    case JobOutcome::done:
    case JobOutcome::part:
    case JobOutcome::missed:
      return true;
    case JobOutcome::failed:
      return pending.job.is_slot() || pending.record->starts >= tries_max ||
             std::max(now, begins(pending)) > pending.job.latest;
  }
  return true;
}

Decision decide(Instant now, std::span<const Pending> pending, const Estimate& estimate) {
  using What = Decision::What;
  const std::vector<const Pending*> candidates = heads(now, pending);
  if (candidates.empty()) return {};
  // What was cut off goes on, however late it is: its journal is worth keeping.
  for (const Pending* each : candidates)
    if (cut_off(*each)) return {What::run, each->job, now};
  for (const Pending* each : candidates)
    if (now > each->job.latest) return {What::miss, each->job, now};
  Instant until = Instant::max();
  const Pending* first = nullptr;
  for (const Pending* each : candidates) {
    Instant from = begins(*each);
    if (!each->job.is_slot()) {
      // It waits until that slot is over, if it could run into it.
      const auto slot = next_slot(now, pending, each->job.key.date);
      if (slot && std::max(now, from) + estimate(each->job) > *slot)
        from = std::max(from, *slot + 1s);
    }
    until = std::min(until, from);
    if (from > now) continue;
    if (first == nullptr || rank(each->job) < rank(first->job)) first = each;
  }
  if (first != nullptr) return {What::run, first->job, now};
  return {What::wait, std::nullopt, until};
}

}  // namespace opt_data::schedule
