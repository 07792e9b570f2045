#include "collect/enrichment.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

using gateway::QuoteRequest;
using store::JobKind;
using store::JobOutcome;
using store::Value;

const TradeDate tuesday = store::trade_date(2025, 10, 7);
const TradeDate friday = store::trade_date(2025, 10, 3);

// A day of one slot, whose contracts had an open interest of 40 each; then the next morning.
class EnrichmentTest : public CollectTest {
 protected:
  EnrichmentTest() {
    gateway_.underlyings["AAPL"].last = 100;
    settings_.contracts_cache = cache();
  }

  void collect(TradeDate date, std::vector<OptionContract> contracts) {
    ASSERT_TRUE(write_book(disk_, cache(), book_of(date, std::move(contracts))));
    gateway_.on_quote = [this](const QuoteRequest&, int) {
      Reply reply = quoted();
      if (traded_) reply.answer.quote.volume = 12;
      return reply;
    };
    SnapshotSettings settings;
    settings.contracts_cache = cache();
    const Slot slot = half_hours(date).open();
    go_to(slot.at);
    ASSERT_TRUE(
        wait(run_snapshot(slot, {"AAPL"}, settings, "day", shop_, connect_all(), Replay{})));
    gateway_.asked.clear();
    connects_ = 0;
    // What the clearing house publishes; nothing for those it does not know.
    gateway_.on_quote = [this](const QuoteRequest& request, int) {
      Reply reply;
      const auto found = interest_.find(request.contract.id);
      reply.silent = found == interest_.end();
      if (!reply.silent) reply.answer.open_interest = found->second;
      return reply;
    };
    gateway_.underlyings["AAPL"].close = 101.5;
  }
  void collect_monday(int count) {
    collect(monday, calls(count));
    for (int id = 1; id <= count; ++id) interest_[id] = 40 + id;
  }
  Result<EnrichmentReport> run(const std::string& ingest_id = "run-1", TradeDate date = monday) {
    gateway_.asked.clear();
    return wait(run_enrichment(date, {"AAPL"}, settings_, ingest_id, shop_, connect(), Replay{}));
  }
  std::vector<std::vector<Value>> stored(std::string_view columns, TradeDate date = monday) {
    EXPECT_TRUE(reader_->open_views(date));
    auto table = database_->query(fmt::format(
        "SELECT {} FROM enrichment WHERE underlying_close IS NULL ORDER BY conid", columns));
    EXPECT_TRUE(table) << table.error().message;
    return table ? table->rows : std::vector<std::vector<Value>>{};
  }

  EnrichmentSettings settings_;
  std::map<ContractId, std::int64_t> interest_;
  bool traded_ = true;
};

using Cells = std::vector<Value>;

TEST_F(EnrichmentTest, stores_what_two_readings_agree_on) {
  collect_monday(3);
  interest_[2] = 0;
  go_to(at(tuesday, 7h + 30min));
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->considered, 3);
  EXPECT_EQ(report->updated, 3);
  EXPECT_EQ(report->with_value, 3);
  EXPECT_EQ(report->requests, 6) << "two readings";
  EXPECT_EQ(report->oi_asof, "2025-10-06");
  EXPECT_GE(clock_.now(), at(tuesday, 7h + 30min) + settings_.settle);
  const auto rows =
      stored("conid, open_interest, oi_state, oi_asof_date, fields_updated, ingest_id");
  ASSERT_EQ(rows.size(), 3U);
  const Value value(std::string("value"));
  const Value day(monday.day());
  const Value fields(store::TextList{"open_interest"});
  const Value id(std::string("run-1"));
  EXPECT_EQ(rows[0], (Cells{std::int64_t{1}, std::int64_t{41}, value, day, fields, id}));
  EXPECT_EQ(rows[1], (Cells{std::int64_t{2}, std::int64_t{0}, value, day, fields, id}))
      << "zero is a value";
  for (const QuoteRequest& request : gateway_.asked) {
    EXPECT_EQ(request.generic_ticks, "101");
    EXPECT_FALSE(request.greeks || request.price);
  }
}

TEST_F(EnrichmentTest, a_second_run_updates_nothing_and_asks_nothing) {
  collect_monday(3);
  go_to(at(tuesday, 7h + 30min));
  const auto first = run();
  ASSERT_TRUE(first);
  const auto again = run("run-2");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->already);
  EXPECT_EQ(again->updated, 0);
  EXPECT_EQ(again->with_value, 3);
  EXPECT_TRUE(gateway_.asked.empty());
  EXPECT_EQ(connects_, 1);
}

TEST_F(EnrichmentTest, a_gap_is_filled_by_a_later_run_which_asks_for_nothing_else) {
  collect_monday(4);
  interest_.erase(3);
  go_to(at(tuesday, 7h + 30min));
  const auto first = run();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->with_value, 3);
  EXPECT_EQ(first->missing, 1);
  EXPECT_EQ(stored("oi_state").at(2), Cells{std::string("missing")});
  EXPECT_EQ(events_.of("oi_missing").size(), 1U);
  interest_[3] = 7;
  const auto second = run("run-2");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->considered, 1);
  EXPECT_EQ(second->updated, 1);
  EXPECT_EQ(second->with_value, 4);
  for (const QuoteRequest& request : gateway_.asked) EXPECT_EQ(request.contract.id, 3);
}

TEST_F(EnrichmentTest, a_refused_contract_is_missing_and_the_others_go_on) {
  collect_monday(3);
  const auto answer = gateway_.on_quote;
  gateway_.on_quote = [answer](const QuoteRequest& request, int nth) {
    return request.contract.id == 2 ? not_listed() : answer(request, nth);
  };
  go_to(at(tuesday, 7h + 30min));
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->with_value, 2);
  EXPECT_EQ(report->missing, 1);
}

TEST_F(EnrichmentTest, two_readings_that_differ_are_no_value) {
  collect_monday(3);
  const auto answer = gateway_.on_quote;
  gateway_.on_quote = [answer](const QuoteRequest& request, int nth) {
    Reply reply = answer(request, nth);
    if (request.contract.id == 2 && nth == 1) reply.answer.open_interest = 9'999;
    return reply;
  };
  go_to(at(tuesday, 7h + 30min));
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->unstable, 1);
  EXPECT_EQ(report->with_value, 2);
  EXPECT_EQ(stored("open_interest, oi_state").at(1), (Cells{{}, std::string("missing")}));
  ASSERT_EQ(events_.of("oi_unstable").size(), 1U);
  EXPECT_EQ(events_.of("oi_unstable")[0].symbol, "AAPL");
}

TEST_F(EnrichmentTest, numbers_that_all_equal_the_old_ones_are_not_published_yet) {
  collect_monday(20);
  for (auto& [id, value] : interest_) value = 40;
  go_to(at(tuesday, 7h + 30min));
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->with_value, 0);
  EXPECT_EQ(report->updated, 0);
  EXPECT_EQ(report->not_published, 20);
  EXPECT_EQ(
      stored("open_interest, oi_asof_date, oi_state").at(0),
      (Cells{{}, {}, std::string("not_published")}));
  EXPECT_EQ(events_.of("oi_not_published").size(), 1U);
  // Once they are out, the same run fills them; unchanged ones among them are values.
  interest_[5] = 41;
  const auto later = run("run-2");
  ASSERT_TRUE(later);
  EXPECT_EQ(later->with_value, 20);
  EXPECT_EQ(later->updated, 20);
}

TEST_F(EnrichmentTest, a_chain_that_did_not_trade_may_stay_as_it_was) {
  traded_ = false;
  collect_monday(20);
  for (auto& [id, value] : interest_) value = 40;
  go_to(at(tuesday, 7h + 30min));
  EXPECT_EQ(run().value().with_value, 20);
}

TEST_F(EnrichmentTest, a_few_unchanged_contracts_prove_nothing) {
  collect_monday(19);
  for (auto& [id, value] : interest_) value = 40;
  go_to(at(tuesday, 7h + 30min));
  EXPECT_EQ(run().value().with_value, 19);
}

TEST_F(EnrichmentTest, before_the_hour_of_publication_a_value_is_of_the_session_before) {
  collect_monday(3);
  go_to(at(tuesday, 5h));
  const auto early = run();
  ASSERT_TRUE(early);
  EXPECT_EQ(early->oi_asof, "2025-10-03");
  EXPECT_EQ(early->with_value, 0);
  EXPECT_EQ(early->not_published, 3);
  EXPECT_EQ(stored("oi_asof_date, oi_state").at(0), (Cells{friday.day(), std::string("value")}));
  go_to(at(tuesday, 7h + 30min));
  const auto due = run("run-2");
  ASSERT_TRUE(due);
  EXPECT_EQ(due->updated, 3);
  EXPECT_EQ(stored("oi_asof_date").at(0), Cells{monday.day()});
}

TEST_F(EnrichmentTest, what_has_expired_is_not_asked) {
  auto contracts = calls(2);
  contracts.push_back(option(9, 100, Right::call, monday.day()));
  collect(monday, contracts);
  interest_ = {{1, 5}, {2, 6}};
  go_to(at(tuesday, 7h + 30min));
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->considered, 2);
  EXPECT_EQ(report->expired, 1);
  EXPECT_EQ(report->missing, 0);
  EXPECT_TRUE(gateway_.asked_about(9).empty());
  EXPECT_EQ(stored("oi_state").at(2), Cells{std::string("expired")});
  EXPECT_EQ(ledger_->job({JobKind::enrichment, monday, -1}).value()->outcome, JobOutcome::done);
}

TEST_F(EnrichmentTest, a_chain_that_has_expired_altogether_is_stored_as_expired) {
  collect(monday, {option(9, 100, Right::call, monday.day())});
  go_to(at(tuesday, 7h + 30min));
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->expired, 1);
  const auto rows = stored("oi_state");
  ASSERT_EQ(rows.size(), 1U) << "the rollup has to see it";
  EXPECT_EQ(rows[0], Cells{std::string("expired")});
  EXPECT_TRUE(run("run-2").value().already);
}

TEST_F(EnrichmentTest, brings_the_official_close_of_the_underlying) {
  collect_monday(3);
  go_to(at(tuesday, 7h + 30min));
  EXPECT_EQ(run().value().closes, 1);
  ASSERT_TRUE(reader_->open_views(monday));
  const auto table = database_->query(
      "SELECT underlying, underlying_close, underlying_close_asof, oi_state, fields_updated FROM "
      "enrichment WHERE underlying_close IS NOT NULL");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows.size(), 1U);
  EXPECT_EQ(
      table->rows[0],
      (Cells{
          std::string("AAPL"), 101.5, at(monday, 16h), {}, store::TextList{"underlying_close"}}));
  EXPECT_EQ(gateway_.watching, 0);
}

// The previous close that is shown on another day is the close of another session.
TEST_F(EnrichmentTest, takes_the_close_only_on_the_next_trading_day) {
  clock_.run_until(at(friday, 0h));
  collect_monday(3);
  go_to(at(monday, 20h));
  EXPECT_EQ(run().value().closes, 0) << "on the evening itself";
  go_to(at(store::trade_date(2025, 10, 8), 7h + 30min));
  EXPECT_EQ(run("run-2").value().closes, 0) << "two days later";
}

TEST_F(EnrichmentTest, takes_no_close_on_a_weekend) {
  const TradeDate next_friday = store::trade_date(2025, 10, 10);
  collect(next_friday, calls(3));
  go_to(new_york(year{2025} / 10 / 11, 7h + 30min));
  const auto report = run("run-1", next_friday);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->closes, 0);
  EXPECT_EQ(report->oi_asof, "2025-10-09");
}

TEST_F(EnrichmentTest, is_refused_while_the_session_goes_on) {
  collect_monday(3);
  go_to(at(monday, 16h));
  const auto report = run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::refused);
  EXPECT_NE(report.error().message.find("2025-10-07"), std::string::npos) << report.error().message;
}

TEST_F(EnrichmentTest, of_a_day_without_expected_contracts_is_not_found) {
  go_to(at(tuesday, 7h + 30min));
  const auto report = run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::not_found);
}

TEST_F(EnrichmentTest, without_a_gateway_fails_and_can_run_again) {
  collect_monday(3);
  refuse_connection_ = Error{ErrorKind::unavailable, "no gateway at 127.0.0.1:4002", 0};
  go_to(at(tuesday, 7h + 30min));
  EXPECT_EQ(run().error().kind, ErrorKind::unavailable);
  EXPECT_EQ(events_.of("gateway_unavailable").size(), 1U);
  refuse_connection_.reset();
  EXPECT_EQ(run("run-2").value().with_value, 3);
}

TEST_F(EnrichmentTest, goes_on_where_its_journal_ends) {
  collect_monday(4);
  settings_.in_flight_max = 1;
  const auto answer = gateway_.on_quote;
  gateway_.on_quote = [&](const QuoteRequest& request, int nth) {
    return gateway_.asked.size() < 3 ? answer(request, nth)
                                     : failure(ErrorKind::unavailable, 0, "connection closed");
  };
  go_to(at(tuesday, 7h + 30min));
  EXPECT_EQ(run().error().kind, ErrorKind::unavailable);
  ASSERT_TRUE(ledger_->commit());
  gateway_.on_quote = answer;
  const auto report = run("run-2");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->with_value, 4);
  EXPECT_EQ(report->requests, 6) << "two of the first reading stood in the journal";
  EXPECT_EQ(report->ingest_id, "run-1");
}

TEST(OpenInterestSession, turns_at_the_hour_of_publication_on_trading_days) {
  const auto public_at = [](std::chrono::year_month_day day, std::chrono::microseconds time) {
    return open_interest_session(new_york(day, time), 6h + 30min, Calendar{}).value().text();
  };
  EXPECT_EQ(public_at(year{2025} / 10 / 7, 6h + 29min), "2025-10-03");
  EXPECT_EQ(public_at(year{2025} / 10 / 7, 6h + 30min), "2025-10-06");
  EXPECT_EQ(public_at(year{2025} / 10 / 7, 23h), "2025-10-06");
  EXPECT_EQ(public_at(year{2025} / 10 / 6, 7h), "2025-10-03") << "over a weekend";
  EXPECT_EQ(public_at(year{2025} / 10 / 4, 12h), "2025-10-02") << "on it, Friday's is not out yet";
  EXPECT_EQ(public_at(year{2025} / 11 / 27, 12h), "2025-11-25") << "on Thanksgiving";
  EXPECT_EQ(public_at(year{2025} / 11 / 28, 6h + 30min), "2025-11-26");
}

}  // namespace
}  // namespace opt_data::collect
