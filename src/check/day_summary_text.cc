// The day on a terminal of 24 lines and 100 columns.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "check/day_summary.h"

namespace opt_data::check {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t symbols_shown = 5;
constexpr std::size_t gaps_in_text = 3;

struct Coverage {
  std::string symbol;
  std::int64_t usable = 0, expected = 0;
  double share() const {
    return expected > 0 ? static_cast<double>(usable) / static_cast<double>(expected) : 0.0;
  }
};

std::vector<Coverage> coverage_of(const DaySummary& day) {
  std::vector<Coverage> all;
  for (const SlotCell& cell : day.cells) {
    if (all.empty() || all.back().symbol != cell.symbol) all.push_back({cell.symbol, 0, 0});
    all.back().usable += cell.usable;
    all.back().expected += cell.expected;
  }
  return all;
}

// "98.4 %", downwards: 100 % says that nothing is missing.
std::string percent(double share) {
  return fmt::format("{:.1f} %", std::floor(1000.0 * share + 1e-9) / 10.0);
}

// '#' is all of it, 9 at least nine tenths, 0 less than a tenth, '-' no usable row at all.
char mark(const SlotCell* cell) {
  if (cell == nullptr) return ' ';
  if (cell->usable == 0) return '-';
  if (cell->usable >= cell->expected) return '#';
  return static_cast<char>('0' + 10 * cell->usable / std::max<std::int64_t>(cell->expected, 1));
}

class Screen {
 public:
  void line(std::string text) {
    if (text.size() > width) text = text.substr(0, width - 3) + "...";
    text_ += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void put_verdict(const DaySummary& day, Screen& screen) {
  std::int64_t usable = 0, expected = 0;
  for (const SlotCell& cell : day.cells) usable += cell.usable, expected += cell.expected;
  if (!day.judged) {
    screen.line(fmt::format(
        "{}  not judged yet: opt-data selfcheck --date {}", day.trade_date, day.trade_date));
    return;
  }
  screen.line(fmt::format(
      "{}  {} ({})  {} of {} rows usable{}", day.trade_date, day.status, day.phase, usable,
      expected,
      expected > 0 ? ", " + percent(static_cast<double>(usable) / static_cast<double>(expected))
                   : ""));
  if (!day.reasons.empty()) screen.line("because of " + join(day.reasons, ", "));
  if (!day.notes.empty()) {
    std::vector<std::string> notes;
    for (const DayNote& note : day.notes) notes.push_back(note.text());
    screen.line(join(notes, "; "));
  }
  for (const GateResult& gate : day.gates)
    screen.line(fmt::format(
        "  {:<22} {:>8}  {:<2} {:<5} {}{}", gate.name,
        gate.value ? fmt::format("{:.4f}", *gate.value) : "-", gate.comparator, gate.threshold,
        to_text(gate.verdict), gate.symbol.empty() ? "" : "  " + gate.symbol));
}

void put_coverage(const DaySummary& day, Screen& screen) {
  std::vector<Coverage> all = coverage_of(day);
  if (all.empty()) return;
  std::ranges::stable_sort(all, {}, &Coverage::share);
  screen.line(fmt::format(
      "coverage by slot, {} to {} (# all, 9 at least 90 %, - none)", day.slots.front(),
      day.slots.back()));
  for (std::size_t i = 0; i < std::min(all.size(), symbols_shown); ++i) {
    std::string marks;
    for (std::size_t slot = 0; slot < day.slots.size(); ++slot)
      marks += mark(day.cell(all[i].symbol, slot));
    screen.line(fmt::format("  {:<7} {}  {}", all[i].symbol, marks, percent(all[i].share())));
  }
  if (all.size() > symbols_shown)
    screen.line(fmt::format(
        "  {} more, each with at least {}", all.size() - symbols_shown,
        percent(all[symbols_shown].share())));
}

void put_gaps(const DaySummary& day, Screen& screen) {
  for (std::size_t i = 0; i < std::min(day.gaps.size(), gaps_in_text); ++i) {
    const SlotGap& gap = day.gaps[i];
    screen.line(fmt::format(
        "missing  {} {}: {} {} ({}{})", gap.label, gap.symbol, gap.missing, gap.cause,
        join(gap.contracts, ", "),
        gap.missing > static_cast<std::int64_t>(gap.contracts.size()) ? ", ..." : ""));
  }
  if (day.gaps.size() <= gaps_in_text) return;
  std::int64_t more = 0;
  for (std::size_t i = gaps_in_text; i < day.gaps.size(); ++i) more += day.gaps[i].missing;
  screen.line(fmt::format(
      "missing  {} more rows in {} other places: --json or --html", more,
      day.gaps.size() - gaps_in_text));
}

void put_rest(const DaySummary& day, Screen& screen) {
  std::vector<std::string> codes;
  for (const auto& [code, times] : day.events) codes.push_back(fmt::format("{} {}", code, times));
  screen.line(fmt::format(
      "events   {} errors, {} warnings{}", day.errors, day.warnings,
      codes.empty() ? "" : ": " + join(codes, ", ")));
  screen.line(fmt::format(
      "pacing   {} complaints; {} answers in the busiest minute, {} subscriptions were allowed",
      day.pacing_events(), day.busiest_minute, day.answers_limit));
  if (!day.published.empty())
    screen.line(fmt::format(
        "files    {} published, from {} to {}", day.published.size(),
        new_york_text(day.published.front().at), new_york_text(day.published.back().at)));
  int done = 0, part = 0;
  std::vector<std::string> bad;
  for (const store::JobRecord& job : day.jobs) {
    done += job.outcome == store::JobOutcome::done ? 1 : 0;
    part += job.outcome == store::JobOutcome::part ? 1 : 0;
    if (job.outcome == store::JobOutcome::failed || job.outcome == store::JobOutcome::missed)
      bad.push_back(fmt::format(
          "{} {}{}", store::to_text(job.key.kind), store::to_text(job.outcome),
          job.key.slot < 0 ? "" : fmt::format(" ({})", job.key.slot)));
  }
  screen.line(fmt::format(
      "jobs     {} done, {} in part{}", done, part, bad.empty() ? "" : "; " + join(bad, ", ")));
}

}  // namespace

std::string to_text(const DaySummary& day) {
  Screen screen;
  put_verdict(day, screen);
  put_coverage(day, screen);
  put_gaps(day, screen);
  put_rest(day, screen);
  return screen.take();
}

}  // namespace opt_data::check
