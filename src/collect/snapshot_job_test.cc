#include "collect/snapshot_job.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

using gateway::QuoteRequest;
using store::JobKey;
using store::JobKind;
using store::JobOutcome;
using store::Layer;
using store::Partition;
using store::View;

class SnapshotJob : public CollectTest {
 protected:
  SnapshotJob() {
    Quote quote;
    quote.last = 100;
    gateway_.underlyings["AAPL"] = gateway_.underlyings["MSFT"] = quote;
    settings_.contracts_cache = cache();
    write(monday, calls(8));
  }

  void write(TradeDate date, std::vector<OptionContract> contracts) {
    ASSERT_TRUE(write_book(disk_, cache(), book_of(date, std::move(contracts))));
  }
  Result<SnapshotReport> run(
      const Slot& slot, const std::string& ingest_id = "run-1",
      std::vector<Underlying> symbols = {"AAPL"}) {
    return wait(run_snapshot(
        slot, std::move(symbols), settings_, ingest_id, shop_, connect_all(), Replay{}));
  }
  Result<SnapshotReport> run_at_its_time(const Slot& slot) {
    go_to(slot.at);
    return run(slot);
  }
  Partition clean(const Slot& slot) {
    return {Layer::clean, View::intraday, slot.date, slot.index};
  }
  std::vector<OptionQuote> rows(const Slot& slot) {
    auto rows = reader_->quotes(clean(slot));
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? *rows : std::vector<OptionQuote>{};
  }
  store::JobRecord job(const Slot& slot) {
    return ledger_->job({JobKind::snapshot, slot.date, slot.index}).value().value();
  }

  SlotGrid grid_ = half_hours(monday);
  Slot slot_ = grid_.slots()[2];
  SnapshotSettings settings_;
};

TEST_F(SnapshotJob, publishes_one_row_for_every_contract_of_the_book) {
  const auto report = run_at_its_time(slot_);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->slot, "10:30");
  EXPECT_EQ(report->rows, 8);
  EXPECT_EQ(report->usable, 8);
  EXPECT_EQ(report->requests, 8);
  EXPECT_TRUE(report->complete());
  EXPECT_FALSE(report->already);
  EXPECT_EQ(rows(slot_).size(), 8U);
  Partition raw = clean(slot_);
  raw.layer = Layer::raw;
  EXPECT_TRUE(reader_->published(raw).value());
  EXPECT_EQ(job(slot_).outcome, JobOutcome::done);
  EXPECT_EQ(ledger_->published(monday).value().size(), 2U);
  EXPECT_TRUE(ledger_->journal_of({JobKind::snapshot, monday, 2}).value().empty());
}

TEST_F(SnapshotJob, writes_the_expected_set_before_the_first_question) {
  std::size_t expected = 0;
  gateway_.on_quote = [&](const QuoteRequest&, int nth) {
    if (nth == 0 && gateway_.asked.size() == 1)
      expected = ledger_->expected(monday, slot_.index).value().size();
    return quoted();
  };
  ASSERT_TRUE(run_at_its_time(slot_));
  EXPECT_EQ(expected, 8U);
}

TEST_F(SnapshotJob, run_again_publishes_nothing_and_says_the_same) {
  gateway_.on_quote = [](const QuoteRequest& request, int) {
    return request.contract.id == 1 ? silence() : quoted();
  };
  const auto first = run_at_its_time(slot_);
  ASSERT_TRUE(first);
  EXPECT_EQ(job(slot_).outcome, JobOutcome::part);
  const auto stamp = std::filesystem::last_write_time(reader_->path(clean(slot_)));
  const auto asked = gateway_.asked.size();
  clock_.run_until(at(monday, 20h));
  const auto again = run(slot_, "run-2");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->already);
  EXPECT_EQ(to_json(*again), to_json(*first));
  EXPECT_EQ(again->requests, 0);
  EXPECT_EQ(gateway_.asked.size(), asked);
  EXPECT_EQ(connects_, 1);
  EXPECT_EQ(std::filesystem::last_write_time(reader_->path(clean(slot_))), stamp);
}

TEST_F(SnapshotJob, a_symbol_that_was_not_asked_is_asked_while_the_window_lasts) {
  ASSERT_TRUE(write_book(disk_, cache(), book_of(monday, calls(3, "MSFT", 100))));
  ASSERT_TRUE(run_at_its_time(slot_));
  const auto first = rows(slot_);
  go_to(slot_.at + 5min);
  const auto both = run(slot_, "run-2", {"AAPL", "MSFT"});
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_FALSE(both->already);
  EXPECT_EQ(both->requests, 3) << "AAPL's rows stand";
  EXPECT_EQ(both->rows, 11);
  EXPECT_EQ(rows(slot_).size(), 11U);
  EXPECT_EQ(ledger_->expected(monday, slot_.index).value().size(), 11U);
  EXPECT_TRUE(run(slot_, "run-3", {"AAPL", "MSFT"})->already);
}

TEST_F(SnapshotJob, a_symbol_that_was_not_asked_in_time_is_named) {
  ASSERT_TRUE(write_book(disk_, cache(), book_of(monday, calls(3, "MSFT", 100))));
  ASSERT_TRUE(run_at_its_time(slot_));
  go_to(slot_.at + 29min);
  const auto late = run(slot_, "run-2", {"AAPL", "MSFT"});
  ASSERT_TRUE(late) << late.error().message;
  EXPECT_FALSE(late->complete());
  ASSERT_EQ(late->missing_books.size(), 1U);
  EXPECT_EQ(late->missing_books[0], "MSFT: not asked in this slot, whose window is over");
  EXPECT_EQ(rows(slot_).size(), 8U);
  EXPECT_EQ(job(slot_).outcome, JobOutcome::done) << "what was recorded then stands";
}

TEST_F(SnapshotJob, a_repair_asks_only_for_what_has_no_usable_row) {
  bool silent = true;
  gateway_.on_quote = [&](const QuoteRequest& request, int) {
    return silent && request.contract.id <= 3 ? silence() : quoted();
  };
  ASSERT_EQ(run_at_its_time(slot_)->usable, 5);
  const auto asked = gateway_.asked.size();
  const auto before = rows(slot_);
  silent = false;
  settings_.retry_missed = true;
  go_to(slot_.at + 10min);
  const auto repaired = run(slot_, "run-2");
  ASSERT_TRUE(repaired) << repaired.error().message;
  EXPECT_EQ(repaired->usable, 8);
  EXPECT_EQ(gateway_.asked.size(), asked + 3);
  for (const OptionQuote& row : rows(slot_))
    EXPECT_EQ(row.ingest_id, row.contract.id <= 3 ? "run-2" : "run-1") << row.contract.id;
  EXPECT_TRUE(run(slot_, "run-3")->already) << "nothing is missed any more";
}

// Repaired rows never become worse ones, and what is past is not repaired.
TEST_F(SnapshotJob, a_repair_in_vain_leaves_the_file) {
  gateway_.on_quote = [&](const QuoteRequest& request, int) {
    return request.contract.id <= 3 ? silence() : quoted();
  };
  ASSERT_EQ(run_at_its_time(slot_)->usable, 5);
  settings_.retry_missed = true;
  gateway_.on_quote = [&](const QuoteRequest&, int) { return silence(); };
  EXPECT_EQ(run(slot_, "run-2")->usable, 5);
  const auto asked = gateway_.asked.size();
  go_to(slot_.at + 29min);
  gateway_.on_quote = [&](const QuoteRequest&, int) { return quoted(); };
  EXPECT_EQ(run(slot_, "run-3")->usable, 5);
  EXPECT_EQ(gateway_.asked.size(), asked);
}

TEST_F(SnapshotJob, its_report_comes_back_from_the_ledger) {
  SnapshotReport report;
  report.slot = "09:30";
  report.ingest_id = "id";
  report.rows = 4;
  report.usable = 3;
  report.errors = 1;
  report.symbols = {{"AAPL", 4, 3, 2, 1, 1, true}};
  report.missing_books = {"MSFT has no contract list"};
  EXPECT_EQ(to_json(report_of(to_json(report)).value()), to_json(report));
  EXPECT_EQ(report_of("{}").error().kind, ErrorKind::corrupt);
}

TEST_F(SnapshotJob, refuses_a_slot_that_is_yet_to_come) {
  for (const auto time_of_day : {8h + 0min, 10h + 29min}) {
    go_to(at(monday, time_of_day));
    const auto report = run(slot_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::refused);
    EXPECT_NE(
        report.error().message.find("slot 10:30 of 2025-10-06 is yet to come"), std::string::npos)
        << report.error().message;
  }
  EXPECT_EQ(connects_, 0);
  EXPECT_FALSE(ledger_->job({JobKind::snapshot, monday, 2}).value());
}

TEST_F(SnapshotJob, refuses_a_slot_that_is_past) {
  go_to(slot_.at + 121s);
  const auto report = run(slot_);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::refused);
  EXPECT_NE(report.error().message.find("is past"), std::string::npos);
  EXPECT_FALSE(reader_->published(clean(slot_)).value());
  EXPECT_EQ(connects_, 0);
}

TEST_F(SnapshotJob, may_start_within_the_grace) {
  go_to(slot_.at + 120s);
  EXPECT_TRUE(run(slot_));
}

TEST_F(SnapshotJob, the_closing_slot_is_answered_before_the_close) {
  const PreparedSlot prepared = prepare_slot(grid_.close(), {"AAPL"}, settings_, shop_).value();
  go_to(prepared.window.start_earliest);
  ASSERT_TRUE(run(grid_.close()));
  EXPECT_LT(clock_.now(), at(monday, 16h));
  for (const OptionQuote& row : rows(grid_.close()))
    EXPECT_FALSE(row.flags.has(QualityFlag::after_close));
}

// As a process leaves it that died in the middle: answers in the journal, and the job not ended.
TEST_F(SnapshotJob, goes_on_where_its_journal_ends) {
  settings_.capture.in_flight_max = 1;
  gateway_.on_quote = [&](const QuoteRequest&, int) {
    return gateway_.asked.size() < 5 ? quoted() : failure(ErrorKind::cancelled, 0, "cancelled");
  };
  ASSERT_FALSE(run_at_its_time(slot_));
  ASSERT_TRUE(ledger_->commit());
  ASSERT_EQ(ledger_->journal_of({JobKind::snapshot, monday, 2}).value().size(), 4U);
  EXPECT_EQ(job(slot_).outcome, JobOutcome::running);
  gateway_.on_quote = [](const QuoteRequest&, int) { return quoted(); };
  gateway_.asked.clear();
  go_to(slot_.at + 10min);  // Too late to start, yet not to go on.
  const auto report = run(slot_, "run-2");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows, 8);
  EXPECT_EQ(report->usable, 8);
  EXPECT_EQ(report->replayed, 4);
  EXPECT_EQ(report->requests, 4);
  EXPECT_EQ(report->ingest_id, "run-1") << "a resumed job keeps its id";
  for (const OptionQuote& row : rows(slot_)) EXPECT_EQ(row.ingest_id, "run-1");
  EXPECT_EQ(job(slot_).starts, 2);
}

// Killed in the middle, and nobody came back before the window was over: what had been committed is
// the slot, and the rest says why it is not there.
TEST_F(SnapshotJob, that_was_cut_off_keeps_its_answers_after_its_window) {
  settings_.capture.in_flight_max = 1;
  gateway_.on_quote = [&](const QuoteRequest&, int) {
    return gateway_.asked.size() < 5 ? quoted() : failure(ErrorKind::cancelled, 0, "cancelled");
  };
  ASSERT_FALSE(run_at_its_time(slot_));
  ASSERT_TRUE(ledger_->commit());
  const auto journal = ledger_->journal_of({JobKind::snapshot, monday, 2}).value();
  ASSERT_EQ(journal.size(), 4U);
  for (const auto late : {std::chrono::minutes{29}, std::chrono::minutes{240}}) {
    go_to(slot_.at + late);
    gateway_.asked.clear();
    const int connects = connects_;
    const auto report = run(slot_, "run-2");
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->rows, 8);
    EXPECT_EQ(report->usable, 4);
    EXPECT_EQ(report->already, late > 29min);
    EXPECT_TRUE(gateway_.asked.empty());
    EXPECT_EQ(connects_, connects);
  }
  std::map<ContractId, OptionQuote> stored;
  for (const OptionQuote& row : rows(slot_)) {
    EXPECT_EQ(row.ingest_id, "run-1");
    stored.emplace(row.contract.id, row);
  }
  ASSERT_EQ(stored.size(), 8U);
  for (const store::JournalEntry& entry : journal) {
    EXPECT_EQ(stored.at(entry.id).quote.bid, entry.row.quote.bid);
    stored.erase(entry.id);
  }
  for (const auto& [id, row] : stored) {
    EXPECT_EQ(row.error.type, "not_asked");
    EXPECT_TRUE(row.flags.has(QualityFlag::slot_retry_exceeded));
    EXPECT_TRUE(row.flags.has(QualityFlag::missing_price));
  }
  EXPECT_EQ(job(slot_).outcome, JobOutcome::part);
  EXPECT_TRUE(ledger_->journal_of({JobKind::snapshot, monday, 2}).value().empty());
  EXPECT_EQ(events_.of("slot_cut_off").size(), 1U);
}

// Every question in vain, and then killed: nothing is in the journal, and there is a row for each.
TEST_F(SnapshotJob, that_was_cut_off_without_an_answer_has_its_rows_all_the_same) {
  gateway_.on_quote = [](const QuoteRequest&, int) {
    return failure(ErrorKind::cancelled, 0, "cancelled");
  };
  ASSERT_FALSE(run_at_its_time(slot_));
  ASSERT_TRUE(ledger_->journal_of({JobKind::snapshot, monday, 2}).value().empty());
  go_to(slot_.at + 29min);
  const auto report = run(slot_, "run-2");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows, 8);
  EXPECT_EQ(report->usable, 0);
  for (const OptionQuote& row : rows(slot_)) EXPECT_EQ(row.error.type, "not_asked");
  EXPECT_EQ(job(slot_).outcome, JobOutcome::part);
  EXPECT_EQ(events_.of("slot_cut_off").size(), 1U);
}

TEST_F(SnapshotJob, published_but_not_ended_is_published) {
  ASSERT_TRUE(run_at_its_time(slot_));
  // As after a crash between the rename and the end of the job.
  const JobKey key{JobKind::snapshot, monday, slot_.index};
  ASSERT_TRUE(ledger_->start_job(key, "run-1", clock_.now()));
  const Instant asked_at = slot_.at + 1s;
  ASSERT_TRUE(
      ledger_->journal(key, {1, 0, asked_at, asked_at + 250ms, rows(slot_).front()}, clock_.now()));
  ASSERT_TRUE(ledger_->commit());
  const auto asked = gateway_.asked.size();
  clock_.run_until(at(monday, 20h));
  const auto report = run(slot_, "run-2");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->already);
  EXPECT_EQ(report->answer_ms, std::vector<std::int64_t>(11, 250))
      << "the next slot learns what it would have learnt";
  EXPECT_EQ(report->rows, 8);
  EXPECT_EQ(report->usable, 8);
  EXPECT_EQ(gateway_.asked.size(), asked);
  EXPECT_EQ(job(slot_).outcome, JobOutcome::done);
}

TEST_F(SnapshotJob, a_symbol_without_a_book_is_asked_from_an_earlier_one_and_flagged) {
  write(store::trade_date(2025, 10, 3), calls(3, "MSFT", 50));
  go_to(slot_.at);
  const auto report = run(slot_, "run-1", {"AAPL", "MSFT"});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows, 11);
  for (const OptionQuote& row : rows(slot_))
    EXPECT_EQ(row.flags.has(QualityFlag::discovery_stale), row.contract.underlying == "MSFT");
  ASSERT_EQ(events_.of("discovery_stale").size(), 1U);
  EXPECT_EQ(events_.of("discovery_stale")[0].symbol, "MSFT");
}

TEST_F(SnapshotJob, a_symbol_without_any_book_is_an_error_event_and_the_others_go_on) {
  go_to(slot_.at);
  const auto report = run(slot_, "run-1", {"AAPL", "MSFT"});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows, 8);
  EXPECT_FALSE(report->complete());
  ASSERT_EQ(report->missing_books.size(), 1U);
  EXPECT_NE(report->missing_books[0].find("MSFT"), std::string::npos);
  ASSERT_EQ(events_.of("no_contract_list").size(), 1U);
  EXPECT_EQ(events_.of("no_contract_list")[0].level, observe::Level::error);
  EXPECT_EQ(job(slot_).outcome, JobOutcome::part);
}

TEST_F(SnapshotJob, without_any_book_says_what_to_run) {
  go_to(slot_.at);
  const auto report = run(slot_, "run-1", {"MSFT"});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::not_found);
  EXPECT_NE(
      report.error().message.find("opt-data contracts build --date 2025-10-06"), std::string::npos);
}

TEST_F(SnapshotJob, a_corrupt_book_stops_the_slot_with_its_path) {
  const auto file = book_path(cache(), "AAPL", monday);
  ASSERT_TRUE(disk_.write(file, "{"));
  go_to(slot_.at);
  const auto report = run(slot_);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::corrupt);
  EXPECT_NE(report.error().message.find(file.string()), std::string::npos);
}

TEST_F(SnapshotJob, without_a_gateway_is_an_error_event_and_can_start_again) {
  refuse_connection_ = Error{ErrorKind::unavailable, "no gateway at 127.0.0.1:4002", 0};
  const auto report = run_at_its_time(slot_);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::unavailable);
  ASSERT_EQ(events_.of("gateway_unavailable").size(), 1U);
  EXPECT_EQ(job(slot_).outcome, JobOutcome::failed);
  EXPECT_EQ(ledger_->expected(monday, slot_.index).value().size(), 8U) << "it was expected";
  refuse_connection_.reset();
  EXPECT_TRUE(run(slot_, "run-2"));
}

TEST_F(SnapshotJob, a_feed_that_stands_still_is_flagged_and_told) {
  ASSERT_TRUE(run_at_its_time(grid_.slots()[1]));
  EXPECT_TRUE(events_.of("stale_feed").empty());
  gateway_.underlyings["AAPL"].last = 104;
  const auto report = run_at_its_time(slot_);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->symbols.at(0).stale);
  ASSERT_EQ(events_.of("stale_feed").size(), 1U);
  EXPECT_EQ(events_.of("stale_feed")[0].slot, "10:30");
  for (const OptionQuote& row : rows(slot_)) {
    EXPECT_TRUE(row.flags.has(QualityFlag::stale_feed));
    EXPECT_TRUE(row.usable()) << "stale is judged, not removed";
  }
}

TEST_F(SnapshotJob, gaps_are_told_by_symbol_and_slot) {
  gateway_.on_quote = [](const QuoteRequest& request, int) {
    return request.contract.id <= 2 ? not_listed() : quoted();
  };
  ASSERT_TRUE(run_at_its_time(slot_));
  const auto gaps = events_.of("slot_incomplete");
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].level, observe::Level::warning) << "a quarter of the chain is missing";
  EXPECT_EQ(gaps[0].symbol, "AAPL");
  EXPECT_EQ(gaps[0].slot, "10:30");
  EXPECT_EQ(gaps[0].message, "2 of 8 contracts have no usable answer (2 errors)");
}

}  // namespace
}  // namespace opt_data::collect
