#include "check/gates.h"

#include "check/check_fixture.h"

namespace opt_data::check {
namespace {

using Gates = CheckTest;
using Causes = std::vector<std::string>;

std::vector<std::string> names(const DayReport& report) {
  std::vector<std::string> all;
  for (const GateResult& each : report.gates) all.push_back(each.name);
  return all;
}

TEST_F(Gates, a_whole_day_passes_every_one) {
  publish_slots();
  publish_daily();
  const DayReport report = measure(Phase::final);
  EXPECT_TRUE(report.passed()) << fmt::format("{}", fmt::join(report.breaches(), ", "));
  for (const GateResult& each : report.gates) {
    EXPECT_EQ(each.verdict, Verdict::pass) << each.name;
    EXPECT_EQ(each.causes, Causes{}) << each.name;
  }
  EXPECT_EQ(gate(report, "slot_coverage_min").value, 1);
  EXPECT_EQ(gate(report, "slot_presence_min").value, 1);
  EXPECT_EQ(gate(report, "delayed_ratio").value, 0);
  EXPECT_EQ(gate(report, "stale_slot_ratio").value, 0);
  EXPECT_EQ(gate(report, "rollup_fallback_ratio").value, 0);
  EXPECT_EQ(gate(report, "oi_enrichment_ratio").value, 1);
  EXPECT_EQ(report.trade_date, "2025-10-06");
  EXPECT_EQ(report.intraday_rows, 60);
  EXPECT_EQ(report.daily_rows, 20);
  EXPECT_EQ(report.quote_lag_p50_s, 20);
  EXPECT_EQ(report.quote_lag_p95_s, 20);
  ASSERT_EQ(report.cells.size(), 6U);
  EXPECT_EQ(report.cells[0].symbol, "AAPL");
  EXPECT_EQ(report.cells[0].label, "09:30");
  EXPECT_EQ(report.cells[5].label, "16:00");
  EXPECT_EQ(report.cells[5].two_sided, 10);
}

// What a fill leaves: prices without a market-data type, and the error that was there.
void fill_from_history(OptionQuote& row, const std::string& error) {
  row.quote.type = MarketDataType::unknown;
  row.quote.as_of = row.slot.at;
  row.error = {error, ""};
  row.source = DataSource::ibkr_historical;
  row.flags.set(QualityFlag::historical_fill);
}

TEST_F(Gates, a_filled_row_covers_nothing) {
  publish_slot(0);
  publish_slot(1, [](OptionQuote& row) {
    if (row.contract.id <= 4) time_out(row);
  });
  publish_slot(2);
  publish_daily();
  const DayReport before = measure(Phase::final);
  publish_slot(1, [](OptionQuote& row) {
    if (row.contract.id <= 4) fill_from_history(row, "timeout");
  });
  const DayReport after = measure(Phase::final);
  ASSERT_EQ(before.gates.size(), after.gates.size());
  for (std::size_t i = 0; i < before.gates.size(); ++i) {
    SCOPED_TRACE(before.gates[i].name);
    EXPECT_EQ(before.gates[i].value, after.gates[i].value);
    EXPECT_EQ(before.gates[i].causes, after.gates[i].causes);
  }
  EXPECT_EQ(after.cells[1].usable, 6);
  EXPECT_EQ(after.cells[1].two_sided, 6);
  EXPECT_EQ(after.cells[1].filled, 4);
  EXPECT_EQ(after.filled_rows, 4);
  EXPECT_EQ(before.quote_lag_p50_s, after.quote_lag_p50_s);
}

TEST_F(Gates, a_slot_that_was_never_asked_and_filled_dilutes_nothing) {
  const auto delay = [](OptionQuote& row) {
    if (row.contract.id <= 4) row.quote.type = MarketDataType::delayed;
  };
  publish_slot(0, delay);
  publish_slot(1, delay);
  const DayReport before = measure();
  publish_slot(2, [](OptionQuote& row) { fill_from_history(row, "slot_missed"); });
  const DayReport after = measure();
  for (const char* name : {"slot_coverage_min", "slot_presence_min", "delayed_ratio"}) {
    EXPECT_EQ(gate(before, name).value, gate(after, name).value) << name;
    EXPECT_EQ(gate(before, name).measured.of, gate(after, name).measured.of) << name;
  }
  EXPECT_EQ(gate(after, "delayed_ratio").measured.met, 8);
  EXPECT_EQ(after.cells[2].filled, 10);
}

TEST_F(Gates, a_day_of_nothing_but_fills_is_not_measured) {
  for (int index = 0; index < 3; ++index)
    publish_slot(index, [](OptionQuote& row) { fill_from_history(row, "slot_missed"); });
  const DayReport report = measure();
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(gate(report, "slot_coverage_min").value, 0);
  EXPECT_EQ(gate(report, "delayed_ratio").verdict, Verdict::not_measured);
  EXPECT_EQ(gate(report, "stale_slot_ratio").verdict, Verdict::not_measured);
}

TEST_F(Gates, each_phase_judges_what_it_can_know) {
  publish_slots();
  EXPECT_EQ(
      names(measure(Phase::intraday)),
      (std::vector<std::string>{
          "slot_coverage_min", "slot_presence_min", "delayed_ratio", "stale_slot_ratio"}));
  EXPECT_EQ(names(measure(Phase::eod)).back(), "rollup_fallback_ratio");
  EXPECT_EQ(names(measure(Phase::final)).back(), "oi_enrichment_ratio");
  for (const Phase phase : {Phase::intraday, Phase::eod, Phase::final})
    EXPECT_EQ(parse_phase(to_text(phase)).value(), phase);
  EXPECT_EQ(parse_phase("evening").error().kind, ErrorKind::invalid_input);
}

TEST_F(Gates, nothing_planned_is_not_measured_and_fails) {
  const DayReport report = measure(Phase::final, {});
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report.breaches().size(), 6U);
  for (const GateResult& each : report.gates) {
    EXPECT_EQ(each.verdict, Verdict::not_measured) << each.name;
    EXPECT_FALSE(each.value) << each.name;
  }
}

TEST_F(Gates, coverage_is_that_of_the_least_covered_underlying) {
  publish_slots([](OptionQuote& row) {
    if (row.contract.id <= 2) time_out(row);
  });
  const GateResult coverage = gate(measure(), "slot_coverage_min");
  EXPECT_EQ(coverage.verdict, Verdict::fail);
  EXPECT_DOUBLE_EQ(*coverage.value, 0.8);
  EXPECT_EQ(coverage.symbol, "AAPL");
  EXPECT_EQ(coverage.measured.met, 24);
  EXPECT_EQ(coverage.measured.of, 30);
  EXPECT_EQ(
      coverage.causes, (Causes{
                           "AAPL 09:30: 8 of 10 contracts usable (timeout 2)",
                           "AAPL 12:45: 8 of 10 contracts usable (timeout 2)",
                           "AAPL 16:00: 8 of 10 contracts usable (timeout 2)"}));
}

TEST_F(Gates, coverage_at_its_threshold_passes) {
  publish_slots([](OptionQuote& row) {
    if (row.contract.id == 1) time_out(row);
  });
  EXPECT_EQ(gate(measure(), "slot_coverage_min").verdict, Verdict::pass);
  thresholds_.slot_coverage = 0.91;
  EXPECT_EQ(gate(measure(), "slot_coverage_min").verdict, Verdict::fail);
}

// Otherwise a symbol whose every request was lost would leave the denominator too.
TEST_F(Gates, a_silent_symbol_lowers_the_coverage) {
  for (int index = 0; index < 3; ++index) publish_slot(index, nullptr, 10);  // No row of MSFT.
  const DayReport report = measure();
  const GateResult coverage = gate(report, "slot_coverage_min");
  EXPECT_EQ(coverage.verdict, Verdict::fail);
  EXPECT_EQ(coverage.value, 0);
  EXPECT_EQ(coverage.symbol, "MSFT");
  EXPECT_EQ(coverage.measured.of, 30);
  EXPECT_EQ(gate(report, "slot_presence_min").value, 0);
}

TEST_F(Gates, a_symbol_of_the_universe_that_was_never_asked_is_zero) {
  publish_slots();
  const DayReport report = measure(Phase::intraday, {"AAPL", "MSFT", "NVDA"});
  const GateResult coverage = gate(report, "slot_coverage_min");
  EXPECT_EQ(coverage.verdict, Verdict::fail);
  EXPECT_EQ(coverage.value, 0);
  EXPECT_EQ(coverage.symbol, "NVDA");
  EXPECT_EQ(coverage.causes.at(0), "NVDA 09:30: 0 of 0 contracts usable (no file)");
  EXPECT_EQ(gate(report, "slot_presence_min").symbol, "NVDA");
}

TEST_F(Gates, a_slot_that_never_started_was_expected_all_the_same) {
  publish_slot(0);
  publish_slot(2);
  const DayReport report = measure();
  EXPECT_DOUBLE_EQ(*gate(report, "slot_coverage_min").value, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*gate(report, "slot_presence_min").value, 2.0 / 3);
  EXPECT_EQ(
      gate(report, "slot_presence_min").causes,
      (Causes{
          "AAPL 12:45: 0 of 10 contracts usable (no file)",
          "MSFT 12:45: 0 of 10 contracts usable (no file)"}));
}

TEST_F(Gates, a_slot_that_was_cut_off_before_it_was_published_counts) {
  publish_slot(0);
  publish_slot(1);
  expect_all(2);
  EXPECT_DOUBLE_EQ(*gate(measure(), "slot_coverage_min").value, 2.0 / 3);
}

TEST_F(Gates, presence_wants_one_usable_row_in_every_slot) {
  publish_slots([&](OptionQuote& row) {
    if (row.slot.index == 1 && row.contract.id != 5 && row.contract.id != 15) time_out(row);
  });
  EXPECT_EQ(gate(measure(), "slot_presence_min").verdict, Verdict::pass);
}

TEST_F(Gates, what_has_a_side_is_usable_and_what_has_two_is_counted_beside) {
  publish_slots([](OptionQuote& row) { row.quote.bid.reset(); });
  const DayReport report = measure();
  EXPECT_EQ(gate(report, "slot_coverage_min").value, 1);
  EXPECT_EQ(report.cells[0].usable, 10);
  EXPECT_EQ(report.cells[0].two_sided, 0);
}

TEST_F(Gates, causes_are_counted_the_most_frequent_first) {
  publish_slots([](OptionQuote& row) {
    if (row.slot.index != 0) return;
    if (row.contract.id <= 3) {
      row.quote.bid = row.quote.ask = std::nullopt;
      row.flags.set(QualityFlag::missing_price);
    } else if (row.contract.id <= 5) {
      row.quote = {};
      row.error = {"refused", "No security definition (code 200)"};
    } else if (row.contract.id == 6) {
      row.quote.type = MarketDataType::unknown;
    }
  });
  EXPECT_EQ(measure().cells[0].cause, "missing_price 3, refused 2, unusable 1");
}

TEST_F(Gates, delayed_rows_must_stay_below_a_tenth) {
  publish_slots([](OptionQuote& row) {
    if (row.contract.id == 1) row.quote.type = MarketDataType::delayed;
    if (row.contract.id == 11) row.quote.type = MarketDataType::delayed_frozen;
  });
  const GateResult delayed = gate(measure(), "delayed_ratio");
  EXPECT_DOUBLE_EQ(*delayed.value, 0.10);
  EXPECT_EQ(delayed.verdict, Verdict::fail) << "a tenth is not below a tenth";
  EXPECT_EQ(
      delayed.causes, (Causes{"AAPL: 3 of 30 rows are delayed", "MSFT: 3 of 30 rows are delayed"}));
  thresholds_.delayed = 0.11;
  EXPECT_EQ(gate(measure(), "delayed_ratio").verdict, Verdict::pass);
}

TEST_F(Gates, frozen_is_not_delayed) {
  publish_slots([](OptionQuote& row) { row.quote.type = MarketDataType::frozen; });
  const DayReport report = measure();
  EXPECT_EQ(gate(report, "delayed_ratio").value, 0);
  EXPECT_EQ(gate(report, "slot_coverage_min").value, 1) << "and usable";
}

TEST_F(Gates, one_stale_slot_fails) {
  publish_slots([](OptionQuote& row) {
    if (row.slot.index == 1 && row.contract.underlying == "MSFT")
      row.flags.set(QualityFlag::stale_feed);
  });
  const GateResult stale = gate(measure(), "stale_slot_ratio");
  EXPECT_EQ(stale.verdict, Verdict::fail);
  EXPECT_DOUBLE_EQ(*stale.value, 1.0 / 3);
  EXPECT_EQ(stale.symbol, "MSFT");
  EXPECT_EQ(stale.causes, Causes{"MSFT 12:45: 10 of 10 rows come from a feed that stood still"});
}

TEST_F(Gates, without_rows_nobody_can_say_whether_they_were_stale_or_delayed) {
  for (int index = 0; index < 3; ++index) expect_all(index);
  const DayReport report = measure();
  EXPECT_EQ(gate(report, "stale_slot_ratio").verdict, Verdict::not_measured);
  EXPECT_EQ(gate(report, "delayed_ratio").verdict, Verdict::not_measured);
  EXPECT_EQ(gate(report, "slot_coverage_min").verdict, Verdict::fail);
}

TEST_F(Gates, fallback_counts_daily_rows_that_are_not_from_the_close) {
  publish_slots();
  publish_daily({{1, "slot_1530"}});
  EXPECT_EQ(gate(measure(Phase::eod), "rollup_fallback_ratio").verdict, Verdict::pass);
  publish_daily({{1, "last_good"}, {2, "none"}});
  const GateResult fallback = gate(measure(Phase::eod), "rollup_fallback_ratio");
  EXPECT_EQ(fallback.verdict, Verdict::fail);
  EXPECT_DOUBLE_EQ(*fallback.value, 0.10);
  EXPECT_EQ(
      fallback.causes, (Causes{
                           "AAPL at the close: 1 contracts rolled up as last_good (timeout)",
                           "AAPL at the close: 1 contracts rolled up as none (timeout)"}));
}

TEST_F(Gates, a_contract_without_a_daily_row_fell_back_as_far_as_one_can) {
  publish_slots();
  publish_daily({}, {}, 10);
  EXPECT_DOUBLE_EQ(*gate(measure(Phase::eod), "rollup_fallback_ratio").value, 0.5);
}

TEST_F(Gates, before_the_rollup_its_gates_are_not_measured) {
  publish_slots();
  const DayReport report = measure(Phase::final);
  EXPECT_EQ(gate(report, "rollup_fallback_ratio").verdict, Verdict::not_measured);
  EXPECT_EQ(gate(report, "oi_enrichment_ratio").verdict, Verdict::not_measured);
  EXPECT_FALSE(report.passed());
}

TEST_F(Gates, only_open_interest_of_the_session_itself_counts) {
  publish_slots();
  publish_daily(
      {}, {{1, {.state = "value", .as_of = std::chrono::year{2025} / 10 / 3}},
           {2, {.state = "missing"}},
           {3, {.state = "not_published"}}});
  const GateResult filled = gate(measure(Phase::final), "oi_enrichment_ratio");
  EXPECT_EQ(filled.verdict, Verdict::fail);
  EXPECT_DOUBLE_EQ(*filled.value, 17.0 / 20);
  EXPECT_EQ(
      filled.causes,
      Causes{
          "AAPL: 3 contracts without open interest of the session (1 missing, 2 not published)"});
}

TEST_F(Gates, what_has_expired_needs_no_open_interest) {
  publish_slots();
  publish_daily({}, {{1, {.state = "expired"}}, {2, {.state = "expired"}}});
  const GateResult filled = gate(measure(Phase::final), "oi_enrichment_ratio");
  EXPECT_EQ(filled.value, 1);
  EXPECT_EQ(filled.measured.of, 18);
  EXPECT_EQ(filled.verdict, Verdict::pass);
}

TEST_F(Gates, a_file_that_cannot_be_read_is_an_error_with_its_path) {
  publish_slots();
  const auto file = reader_->path(where(1));
  const std::string bytes = real_.read(file).value();
  ASSERT_TRUE(real_.write(file, bytes.substr(0, bytes.size() - 5)));
  const auto report = try_measure(Phase::final, {"AAPL"});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::corrupt);
  EXPECT_NE(report.error().message.find(file.string()), std::string::npos);
}

}  // namespace
}  // namespace opt_data::check
