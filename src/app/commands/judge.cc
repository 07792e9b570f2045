// opt-data qa | selfcheck | logscan
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/jobs.h"
#include "check/day_notes.h"

namespace opt_data::app {
namespace {

struct JudgeFlags {
  std::string date;
  std::string phase = "final";
  bool write = true;
};

void print_gates(const check::DayReport& report) {
  for (const check::GateResult& gate : report.gates) {
    fmt::print(
        "{:<22} {:>9}  {:<2} {:<5} {}{}\n", gate.name,
        gate.value ? fmt::format("{:.4f}", *gate.value) : "-", gate.comparator, gate.threshold,
        check::to_text(gate.verdict), gate.symbol.empty() ? "" : "  (" + gate.symbol + ")");
    if (gate.verdict == check::Verdict::pass) continue;
    for (const std::string& cause : gate.causes) fmt::print("    {}\n", cause);
  }
  if (report.filled_rows > 0)
    fmt::print(
        "filled: {} of {} rows come from historical bars; they count for no gate\n",
        report.filled_rows, report.intraday_rows);
}

void print_log(const check::LogSummary& summary) {
  fmt::print(
      "log: {} errors (at most {}), {} warnings (at most {})\n", summary.errors, summary.errors_max,
      summary.warnings, summary.warnings_max);
  for (const auto& [code, count] : summary.by_code) fmt::print("    {:<40} {}\n", code, count);
  for (const std::string& first : summary.first_errors) fmt::print("    {}\n", first);
}

// A verdict is never shown without what somebody has said of the day, and never changed by it.
void print_verdict(const char* what, bool passed, const std::vector<check::DayNote>& notes) {
  const bool waived = !passed && std::ranges::any_of(notes, &check::DayNote::waives);
  for (const check::DayNote& note : notes) fmt::print("{}\n", note.text());
  fmt::print("{}: {}{}\n", what, passed ? "PASS" : "FAIL", waived ? " (waived)" : "");
}

// Without a note the answer is what is stored.
std::string with_notes(const std::string& report, const std::vector<check::DayNote>& notes) {
  if (notes.empty()) return report;
  auto json = nlohmann::ordered_json::parse(report);
  json["notes"] = nlohmann::ordered_json::array();
  for (const check::DayNote& note : notes)
    json["notes"].push_back(
        {{"kind", note.waives ? "waive" : "note"}, {"reason", note.reason}, {"at", note.at}});
  return json.dump(2);
}

Result<std::vector<check::DayNote>> notes_of(TradeDate date, Wiring& wiring) {
  return check::read_notes(wiring.disk(), wiring.settings().run_logs, date);
}

// Parses what the three verbs share and hands over a wired program and the day.
template <typename Judge>
Exit judged(const JudgeFlags& flags, const Globals& globals, Judge judge) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  auto phase = check::parse_phase(flags.phase);
  if (!phase) return complain(phase.error(), globals);
  auto passed = judge(*wiring, *date, *phase);
  if (!passed) return complain(passed.error(), globals);
  return *passed ? Exit::done : Exit::no;
}

Exit run_qa_verb(const JudgeFlags& flags, const Globals& globals) {
  return judged(
      flags, globals, [&](Wiring& wiring, TradeDate date, check::Phase phase) -> Result<bool> {
        OPT_TRY(const check::DayReport report, run_qa(date, phase, flags.write, wiring));
        OPT_TRY(const auto notes, notes_of(date, wiring));
        if (globals.json) {
          fmt::print("{}\n", with_notes(check::to_json(report), notes));
        } else {
          print_gates(report);
          print_verdict("qa", report.passed(), notes);
        }
        return report.passed();
      });
}

Exit run_selfcheck_verb(const JudgeFlags& flags, const Globals& globals) {
  return judged(
      flags, globals, [&](Wiring& wiring, TradeDate date, check::Phase phase) -> Result<bool> {
        OPT_TRY(
            const check::SelfcheckReport report, run_selfcheck(date, phase, flags.write, wiring));
        OPT_TRY(const auto notes, notes_of(date, wiring));
        if (globals.json) {
          fmt::print("{}\n", with_notes(check::to_json(report), notes));
          return report.passed();
        }
        print_gates(report.day);
        print_log(report.log);
        for (const std::string& reason : report.reasons()) fmt::print("reason: {}\n", reason);
        print_verdict("selfcheck", report.passed(), notes);
        return report.passed();
      });
}

Exit run_logscan_verb(const JudgeFlags& flags, const Globals& globals) {
  return judged(flags, globals, [&](Wiring& wiring, TradeDate date, check::Phase) -> Result<bool> {
    OPT_TRY(const check::LogSummary summary, run_logscan(date, flags.write, wiring));
    OPT_TRY(const auto notes, notes_of(date, wiring));
    if (globals.json) {
      fmt::print("{}\n", with_notes(check::to_json(summary), notes));
    } else {
      print_log(summary);
      print_verdict("logscan", summary.passed(), notes);
    }
    return summary.passed();
  });
}

using RunJudge = Exit (*)(const JudgeFlags&, const Globals&);

std::shared_ptr<JudgeFlags> add_verb(
    Cli& cli, const std::string& name, const std::string& help, bool phases, RunJudge run) {
  auto flags = std::make_shared<JudgeFlags>();
  CLI::App* verb = cli.root.add_subcommand(name, help);
  add_date_option(*verb, flags->date, "yesterday");
  if (phases)
    verb->add_option(
            "--phase", flags->phase,
            "intraday, eod (after the rollup) or final (after enrichment): what can be judged yet")
        ->capture_default_str();
  verb->add_flag("--write,!--no-write", flags->write, "Keep the answer under run_logs")
      ->capture_default_str();
  verb->callback(
      [flags, &cli, run] { cli.chosen = [flags, &cli, run] { return run(*flags, cli.globals); }; });
  return flags;
}

}  // namespace

void add_qa(Cli& cli) {
  add_verb(cli, "qa", "Measure a day against what was planned", true, run_qa_verb);
}

void add_selfcheck(Cli& cli) {
  add_verb(cli, "selfcheck", "The verdict: gates and error log together", true, run_selfcheck_verb);
}

void add_logscan(Cli& cli) {
  add_verb(cli, "logscan", "Count the day's warnings and errors", false, run_logscan_verb);
}

}  // namespace opt_data::app
