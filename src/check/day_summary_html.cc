// The day as one HTML file: inline style and picture, no script, no request to anybody.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "check/day_summary.h"
#include "day_report.embedded.h"

namespace opt_data::check {
namespace {

constexpr std::size_t gaps_shown = 200;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Downwards: 100 says that nothing is missing.
double percent(std::int64_t usable, std::int64_t expected) {
  if (expected <= 0) return 0;
  return std::floor(1000.0 * static_cast<double>(usable) / static_cast<double>(expected)) / 10.0;
}

// Which of the five colours; 0 where nothing was planned.
int shade(const SlotCell* cell) {
  if (cell == nullptr || cell->expected <= 0) return 0;
  const double share = percent(cell->usable, cell->expected);
  return share >= 99 ? 5 : share >= 95 ? 4 : share >= 90 ? 3 : share >= 50 ? 2 : 1;
}

std::string tile(std::string_view value, std::string_view what) {
  return fmt::format(
      "<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", escaped(value), escaped(what));
}

// None is broken at the end of a line.
std::string listed(const std::vector<std::string>& contracts) {
  std::string out;
  for (const std::string& contract : contracts)
    out += fmt::format("{}<span>{}</span>", out.empty() ? "" : ", ", escaped(contract));
  return out;
}

std::string head_of(const DaySummary& day) {
  std::int64_t usable = 0, expected = 0;
  for (const SlotCell& cell : day.cells) usable += cell.usable, expected += cell.expected;
  const std::string status = day.judged ? day.status : "not judged";
  std::string out = fmt::format(
      "<h1>{0} <span class=\"status {1}\">{2}</span></h1>\n", day.trade_date,
      day.passed() ? "pass"
      : day.judged ? "fail"
                   : "none",
      escaped(status));
  if (day.judged)
    out += fmt::format(
        "<p class=\"sub\">Phase {}, {} underlyings, {} slots</p>\n", escaped(day.phase),
        day.symbols().size(), day.slots.size());
  else
    out += fmt::format(
        "<p class=\"sub\">There is no verdict yet: <code>opt-data selfcheck --date {}</code></p>\n",
        day.trade_date);
  if (!day.reasons.empty()) {
    out += "<ul class=\"reasons\">\n";
    for (const std::string& reason : day.reasons)
      out += fmt::format("<li><code>{}</code></li>\n", escaped(reason));
    out += "</ul>\n";
  }
  for (const DayNote& note : day.notes)
    out += fmt::format("<p class=\"sub\">{} ({})</p>\n", escaped(note.text()), escaped(note.at));
  const auto lag = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.0f} s", *value) : std::string("-");
  };
  out += "<div class=\"tiles\">\n";
  if (expected > 0)
    out += tile(
        fmt::format("{:.1f} %", percent(usable, expected)),
        fmt::format("{} of {} rows usable", usable, expected));
  if (day.judged) {
    out += tile(fmt::format("{}", day.daily_rows), "daily rows");
    out +=
        tile(lag(day.quote_lag_p50_s) + " / " + lag(day.quote_lag_p95_s), "quote lag, p50 / p95");
    out += tile(fmt::format("{} / {}", day.errors, day.warnings), "errors / warnings");
  }
  out += tile(fmt::format("{}", day.pacing_events()), "pacing complaints");
  out += tile(
      fmt::format("{}", day.busiest_minute),
      fmt::format("answers in the busiest minute, of {}", day.answers_limit));
  return out + "</div>\n";
}

std::string gates_of(const DaySummary& day) {
  std::string out = "<h2>Gates</h2>\n";
  if (day.gates.empty()) return out + "<p class=\"empty\">Nothing was measured.</p>\n";
  out +=
      "<div class=\"scroll\"><table><tr><th>gate</th><th class=\"n\">value</th><th>wanted</th>"
      "<th>verdict</th><th>why</th></tr>\n";
  for (const GateResult& gate : day.gates) {
    std::vector<std::string> causes(
        gate.causes.begin(),
        gate.causes.begin() +
            static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, gate.causes.size())));
    if (gate.causes.size() > 3) causes.push_back(fmt::format("{} more", gate.causes.size() - 3));
    const bool told = gate.verdict != Verdict::pass;
    out += fmt::format(
        "<tr><td><code>{}</code></td><td class=\"n\">{}</td><td class=\"l\">{} {}</td><td "
        "class=\"{}\">{}</td>"
        "<td>{}</td></tr>\n",
        escaped(gate.name), gate.value ? fmt::format("{:.4f}", *gate.value) : "-",
        escaped(gate.comparator), gate.threshold, to_text(gate.verdict),
        gate.verdict == Verdict::not_measured ? "not measured" : to_text(gate.verdict),
        told ? escaped(join(causes, "; ")) : escaped(gate.symbol));
  }
  return out + "</table></div>\n";
}

std::string heat_cell(const SlotCell* cell, double x, double y, double wide, double high) {
  const int kind = shade(cell);
  std::string title = "not planned", label;
  if (cell != nullptr && cell->expected > 0) {
    const double share = percent(cell->usable, cell->expected);
    title = fmt::format(
        "{} {}: {} of {} usable ({:.1f} %){}{}", cell->symbol, cell->label, cell->usable,
        cell->expected, share, cell->cause.empty() ? "" : "; ", cell->cause);
    if (cell->stale > 0) title += "; the feed stood still";
    if (cell->delayed > 0) title += fmt::format("; {} delayed", cell->delayed);
    // Whole numbers: 99 is less than all.
    label = fmt::format("{:.0f}", std::floor(share));
  }
  std::string out = fmt::format(
      "<g><title>{}</title><rect class=\"k{}{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
      "height=\"{:.1f}\" rx=\"2\"/>",
      escaped(title), kind, cell != nullptr && (cell->stale > 0 || cell->delayed > 0) ? " odd" : "",
      x, y, wide - 2, high - 2);
  if (high >= 18 && !label.empty())
    out += fmt::format(
        "<text class=\"in{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
        kind >= 3 && kind <= 4 ? " dark" : "", x + (wide - 2) / 2, y + high / 2 + 2.5, label);
  return out + "</g>\n";
}

std::string heatmap_of(const DaySummary& day) {
  std::string out = "<h2>Coverage by underlying and slot</h2>\n";
  const std::vector<std::string> symbols = day.symbols();
  if (symbols.empty())
    return out + "<p class=\"empty\">No coverage is on record for this day.</p>\n";
  const double high = symbols.size() <= 60 ? 22 : 13, left = 66, top = 20;
  const double wide = std::max(36.0, std::min(64.0, 900.0 / static_cast<double>(day.slots.size())));
  const double width = left + wide * static_cast<double>(day.slots.size());
  const double height = top + high * static_cast<double>(symbols.size());
  out += fmt::format(
      "<div class=\"scroll\"><svg role=\"img\" aria-label=\"coverage by underlying and slot\" "
      "width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\">\n",
      width, height);
  for (std::size_t slot = 0; slot < day.slots.size(); ++slot)
    out += fmt::format(
        "<text class=\"faint\" text-anchor=\"middle\" x=\"{:.1f}\" y=\"13\">{}</text>\n",
        left + wide * (static_cast<double>(slot) + 0.5) - 1, escaped(day.slots[slot]));
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const double y = top + high * static_cast<double>(i);
    out += fmt::format(
        "<text x=\"0\" y=\"{:.1f}\">{}</text>\n", y + high / 2 + 3.5, escaped(symbols[i]));
    for (std::size_t slot = 0; slot < day.slots.size(); ++slot)
      out += heat_cell(
          day.cell(symbols[i], slot), left + wide * static_cast<double>(slot), y, wide, high);
  }
  out += "</svg></div>\n";
  return out +
         "<p class=\"note\">Percent of the planned contracts with a usable row; a cell tells "
         "more when pointed at. Grey was not planned; a dashed frame is a feed that stood still, "
         "or "
         "delayed data.</p>\n";
}

std::string gaps_of(const DaySummary& day) {
  std::string out = "<h2>Missing contracts</h2>\n";
  if (day.gaps.empty()) {
    const bool nothing = day.published.empty();
    return out + fmt::format(
                     "<p class=\"empty\">{}</p>\n",
                     nothing ? "No slot was published." : "Every row that was stored is usable.");
  }
  out +=
      "<div class=\"scroll\"><table><tr><th>slot</th><th>underlying</th><th>why</th>"
      "<th class=\"n\">rows</th><th>contracts</th></tr>\n";
  for (std::size_t i = 0; i < std::min(day.gaps.size(), gaps_shown); ++i) {
    const SlotGap& gap = day.gaps[i];
    const auto more = gap.missing - static_cast<std::int64_t>(gap.contracts.size());
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td class=\"n\">{}</td>"
        "<td class=\"c\">{}{}</td></tr>\n",
        escaped(gap.label), escaped(gap.symbol), escaped(gap.cause), gap.missing,
        listed(gap.contracts), more > 0 ? fmt::format(" and {} more", more) : "");
  }
  out += "</table></div>\n";
  if (day.gaps.size() > gaps_shown)
    out += fmt::format(
        "<p class=\"note\">{} more places are in <code>report --json</code>.</p>\n",
        day.gaps.size() - gaps_shown);
  return out;
}

std::string events_of(const DaySummary& day) {
  std::string out = "<h2>Events</h2>\n";
  if (day.events.empty()) return out + "<p class=\"empty\">No warning and no error.</p>\n";
  out += "<table><tr><th>level</th><th>code</th><th class=\"n\">times</th></tr>\n";
  for (const auto& [code, times] : day.events) {
    const std::size_t colon = std::min(code.find(':'), code.size());
    out += fmt::format(
        "<tr><td>{}</td><td><code>{}</code></td><td class=\"n\">{}</td></tr>\n",
        escaped(code.substr(0, colon)), escaped(code.substr(std::min(colon + 1, code.size()))),
        times);
  }
  out += "</table>\n";
  for (const std::string& first : day.first_errors)
    out += fmt::format("<p class=\"note\"><code>{}</code></p>\n", escaped(first));
  return out;
}

std::string jobs_of(const DaySummary& day) {
  std::string out = "<h2>Jobs and publications</h2>\n";
  if (day.jobs.empty() && day.published.empty())
    return out + "<p class=\"empty\">Nothing ran.</p>\n";
  out +=
      "<div class=\"scroll\"><table><tr><th>job</th><th>outcome</th><th>started, New York</th>"
      "<th class=\"n\">took</th></tr>\n";
  for (const store::JobRecord& job : day.jobs) {
    const bool good = job.outcome == store::JobOutcome::done;
    const bool bad =
        job.outcome == store::JobOutcome::failed || job.outcome == store::JobOutcome::missed;
    const auto took = job.ended_at ? fmt::format(
                                         "{} s", std::chrono::duration_cast<std::chrono::seconds>(
                                                     *job.ended_at - job.started_at)
                                                     .count())
                                   : std::string("-");
    out += fmt::format(
        "<tr><td><code>{}</code></td><td class=\"{}\">{}</td><td>{}</td><td class=\"n\">{}</td>"
        "</tr>\n",
        escaped(job.key.text()),
        good  ? "pass"
        : bad ? "fail"
              : "not_measured",
        store::to_text(job.outcome), new_york_text(job.started_at), took);
  }
  out +=
      "</table></div>\n<div class=\"scroll\"><table><tr><th>published</th><th class=\"n\">rows</th>"
      "<th>at, New York</th></tr>\n";
  for (const store::PublishedRecord& file : day.published)
    out += fmt::format(
        "<tr><td><code>{}</code></td><td class=\"n\">{}</td><td>{}</td></tr>\n",
        escaped(file.partition), file.rows, new_york_text(file.at));
  return out + "</table></div>\n";
}

}  // namespace

std::string to_html(const DaySummary& day) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<title>{0} {1}, opt-data</title>\n<style>\n{2}</style>\n</head>\n"
      "<body>\n{3}{4}{5}{6}{7}{8}<footer>opt-data report of {0}; times are New York's.</footer>\n"
      "</body>\n</html>\n",
      day.trade_date, day.judged ? escaped(day.status) : "not judged", embedded::day_report,
      head_of(day), heatmap_of(day), gates_of(day), gaps_of(day), events_of(day), jobs_of(day));
}

}  // namespace opt_data::check
