#include "collect/capacity.h"
#include "collect/collect_fixture.h"
#include "collect/fill_job.h"
#include "collect/fill_rows.h"
#include "collect/fill_slot.h"

namespace opt_data::collect {
namespace {

using gateway::BarContent;
using gateway::HistoryBar;
using gateway::HistoryRequest;
using gateway::QuoteRequest;
using store::JobKey;
using store::JobKind;
using store::JobOutcome;

// Eight calls on a Monday; the slot of 10:30, of which the ids from 5 on are lost, and that of
// 11:00, which nobody asked.
class FillTest : public CollectTest {
 protected:
  FillTest() {
    Quote quote;
    quote.last = 100;
    gateway_.underlyings["AAPL"] = quote;
    settings_.contracts_cache = snapshot_.contracts_cache = cache();
    EXPECT_TRUE(write_book(disk_, cache(), book_of(monday, calls(8))));
  }

  // As the collector has it in its time; the contracts from `silent_from` on say nothing.
  void collect(const Slot& slot, ContractId silent_from = 5) {
    gateway_.on_quote = [silent_from](const QuoteRequest& request, int) {
      return request.contract.id >= silent_from ? silence() : quoted();
    };
    go_to(slot.at);
    const auto report =
        wait(run_snapshot(slot, {"AAPL"}, snapshot_, "live", shop_, connect_all(), Replay{}));
    ASSERT_TRUE(report) << report.error().message;
  }
  Result<FillReport> fill(std::vector<Slot> slots, const std::string& id = "fill") {
    return wait(fill_missed(std::move(slots), {"AAPL"}, settings_, id, shop_, connect()));
  }
  std::vector<OptionQuote> rows(const Slot& slot) {
    auto rows =
        reader_->quotes({store::Layer::clean, store::View::intraday, slot.date, slot.index});
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? *rows : std::vector<OptionQuote>{};
  }
  bool published(const Slot& slot) {
    return reader_->published({store::Layer::clean, store::View::intraday, slot.date, slot.index})
        .value()
        .has_value();
  }
  std::int64_t asked() const { return static_cast<std::int64_t>(gateway_.asked_history.size()); }

  SlotGrid grid_ = half_hours(monday);
  Slot slot_ = grid_.slots()[2];
  Slot next_ = grid_.slots()[3];
  Instant evening_ = at(monday, 17h);
  SnapshotSettings snapshot_;
  FillSettings settings_;
};

TEST_F(FillTest, a_lost_row_gets_the_bar_that_ends_at_its_slot) {
  collect(slot_);
  const auto before = rows(slot_);
  go_to(evening_);
  const auto report = fill({slot_});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->slots[0].missed, 4);
  EXPECT_EQ(report->slots[0].filled, 4);
  EXPECT_EQ(report->requests, 8);
  EXPECT_FALSE(report->already);
  EXPECT_TRUE(report->complete());
  const auto after = rows(slot_);
  ASSERT_EQ(after.size(), 8u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(after[i], before[i]) << "answered in its time";
  for (std::size_t i = 4; i < 8; ++i) {
    const OptionQuote& row = after[i];
    EXPECT_EQ(row.source, DataSource::ibkr_historical);
    EXPECT_TRUE(row.flags.has(QualityFlag::historical_fill));
    EXPECT_FALSE(row.flags.has(QualityFlag::missing_price));
    EXPECT_TRUE(row.flags.has(QualityFlag::missing_greeks));
    EXPECT_EQ(row.quote.bid, 1.02) << "the average bid";
    EXPECT_EQ(row.quote.ask, 1.18) << "the average ask";
    EXPECT_EQ(row.quote.last, 1.10);
    EXPECT_EQ(row.quote.volume, 10) << "of the two half hours since the open";
    EXPECT_EQ(row.quote.as_of, slot_.at);
    EXPECT_EQ(row.quote.type, MarketDataType::unknown);
    EXPECT_EQ(row.quote.greeks, Greeks{});
    EXPECT_EQ(row.ingest_id, "fill");
    EXPECT_EQ(row.error.type, "timeout") << "its question still had no answer";
    EXPECT_FALSE(row.usable());
  }
}

TEST_F(FillTest, a_row_that_was_answered_without_a_price_is_an_observation) {
  gateway_.on_quote = [](const QuoteRequest& request, int) {
    Reply reply = quoted();
    if (request.contract.id == 8)
      reply.answer.quote.bid = reply.answer.quote.ask = reply.answer.quote.last = std::nullopt;
    return reply;
  };
  go_to(slot_.at);
  ASSERT_TRUE(
      wait(run_snapshot(slot_, {"AAPL"}, snapshot_, "live", shop_, connect_all(), Replay{})));
  EXPECT_FALSE(rows(slot_)[7].usable());
  go_to(evening_);
  const auto report = fill({slot_});
  EXPECT_EQ(report->slots[0].missed, 0);
  EXPECT_EQ(asked(), 0);
}

TEST_F(FillTest, a_slot_nobody_asked_is_filled_whole_and_its_plan_stays_as_it_was) {
  collect(slot_, 99);
  go_to(evening_);
  const auto report = fill({next_});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->slots[0].filled, 8);
  const auto filled = rows(next_);
  ASSERT_EQ(filled.size(), 8u);
  for (const OptionQuote& row : filled) {
    EXPECT_EQ(row.error.type, "slot_missed");
    EXPECT_TRUE(row.flags.has(QualityFlag::historical_fill));
    EXPECT_EQ(row.quote.volume, 15);
  }
  EXPECT_TRUE(ledger_->expected(monday, next_.index).value().empty());
  EXPECT_EQ(ledger_->expected(monday, slot_.index).value().size(), 8u);
}

TEST_F(FillTest, done_again_it_asks_and_publishes_nothing) {
  collect(slot_);
  go_to(evening_);
  ASSERT_TRUE(fill({slot_, next_}));
  const std::int64_t first = asked();
  const auto report = fill({slot_, next_}, "again");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->already);
  EXPECT_EQ(asked(), first);
  EXPECT_EQ(report->slots[0].filled, 4);
  EXPECT_EQ(report->slots[1].filled, 8);
  EXPECT_EQ(rows(slot_)[7].ingest_id, "fill");
}

TEST_F(FillTest, a_contract_without_history_is_not_asked_twice) {
  collect(slot_);
  gateway_.on_history = [](const HistoryRequest& request) -> Result<gateway::HistoryAnswer> {
    if (request.contract.id == 7) return gateway::HistoryAnswer{};
    if (request.contract.id == 8)
      return fail(Error{ErrorKind::refused, "No security definition (code 200)", 200});
    return bars(request);
  };
  go_to(evening_);
  const auto first = fill({slot_});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->slots[0].filled, 2);
  EXPECT_EQ(first->slots[0].without, (std::vector<ContractId>{7, 8}));
  EXPECT_TRUE(first->complete());
  EXPECT_EQ(rows(slot_)[6].quote, Quote{});
  EXPECT_EQ(rows(slot_)[6].source, DataSource::ibkr);
  const std::int64_t before = asked();
  const auto second = fill({slot_});
  EXPECT_TRUE(second->already);
  EXPECT_EQ(asked(), before);
  EXPECT_EQ(second->slots[0].without, (std::vector<ContractId>{7, 8}));
}

TEST_F(FillTest, one_question_serves_every_slot_a_contract_missed) {
  collect(slot_);
  go_to(evening_);
  ASSERT_TRUE(fill({slot_, next_}));
  EXPECT_EQ(asked(), 16) << "two for each of the eight";
  for (const HistoryRequest& request : gateway_.asked_history) {
    EXPECT_EQ(request.end, next_.at);
    const bool both = request.contract.id >= 5;
    const auto quotes = both ? 60min : 30min;
    EXPECT_EQ(request.duration, request.what == BarContent::trades ? 90min : quotes);
  }
}

TEST_F(FillTest, no_bar_ends_at_the_open_and_none_at_a_quarter_past) {
  const TradingSession session = calendar_.session(monday);
  EXPECT_FALSE(has_bar(grid_.open(), session));
  EXPECT_TRUE(has_bar(grid_.slots()[1], session));
  EXPECT_TRUE(has_bar(grid_.close(), session));
  EXPECT_FALSE(has_bar(SlotGrid(session, 15min).slots()[3], session));
  go_to(evening_);
  const auto report = fill({grid_.open()});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->slots[0].missed, 8);
  EXPECT_FALSE(report->slots[0].has_bar);
  EXPECT_EQ(report->slots[0].left(), 0);
  EXPECT_EQ(asked(), 0);
  EXPECT_FALSE(published(grid_.open()));
}

TEST_F(FillTest, a_slot_that_can_still_be_asked_is_refused) {
  collect(slot_);
  const auto report = fill({slot_});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::refused);
  EXPECT_NE(report.error().message.find("--retry-missed"), std::string::npos);
}

TEST_F(FillTest, an_account_that_may_not_is_refused_after_one_question) {
  collect(slot_);
  settings_.in_flight_max = 1;
  gateway_.on_history = [](const HistoryRequest&) {
    return gateway::HistoryAnswer{{}, "No market data permissions for OPRA OPT", {}, {}};
  };
  go_to(evening_);
  const auto before = rows(slot_);
  const auto report = fill({slot_, next_});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::refused);
  EXPECT_NE(report.error().message.find("OPRA"), std::string::npos);
  EXPECT_EQ(asked(), 1);
  EXPECT_EQ(rows(slot_), before);
  EXPECT_FALSE(published(next_));
}

TEST_F(FillTest, a_day_that_nobody_collected_is_not_made_up) {
  const TradeDate tuesday = store::trade_date(2025, 10, 7);
  go_to(at(tuesday, 17h));
  const auto report = fill({half_hours(tuesday).slots()[2]});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::not_found);
  EXPECT_EQ(asked(), 0);
}

TEST_F(FillTest, what_was_answered_before_a_crash_is_not_asked_again) {
  collect(slot_);
  go_to(evening_);
  const JobKey key{JobKind::fill, monday, slot_.index};
  ASSERT_TRUE(ledger_->start_job(key, "crashed", clock_.now()));
  const TradingSession session = calendar_.session(monday);
  const SessionBars seen{{{slot_.at - 30min, 2.0, 2.2, 1.9, 2.1, {}}}, {}, clock_.now()};
  const OptionQuote row = filled_row(rows(slot_)[4], seen, session, "crashed");
  OptionQuote in_vain = rows(slot_)[5];
  in_vain.error = {std::string(no_history), "no bar"};
  for (const OptionQuote& each : {row, in_vain})
    ASSERT_TRUE(ledger_->journal(
        key, {each.contract.id, 0, clock_.now(), clock_.now(), each}, clock_.now()));
  ASSERT_TRUE(ledger_->commit());
  const auto report = fill({slot_});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(asked(), 4) << "of the two that are left";
  EXPECT_EQ(report->slots[0].filled, 3);
  EXPECT_EQ(report->slots[0].without, std::vector<ContractId>{6});
  EXPECT_EQ(rows(slot_)[4].quote.bid, 2.0);
  EXPECT_EQ(rows(slot_)[7].ingest_id, "crashed") << "one job, one id";
  EXPECT_TRUE(ledger_->journal_of(key).value().empty());
  EXPECT_EQ(ledger_->job(key).value()->outcome, JobOutcome::done);
}

// Killed in its slot, and started again when its window was over.
TEST_F(FillTest, answers_of_the_slots_own_time_that_never_were_published_come_first) {
  const JobKey key{JobKind::snapshot, monday, slot_.index};
  ASSERT_TRUE(ledger_->start_job(key, "killed", slot_.at));
  OptionQuote live{option(3, 92),    slot_,   quoted().answer.quote, {}, {}, {}, {}, {},
                   DataSource::ibkr, "killed"};
  live.quote.received = live.quote.as_of = slot_.at + 3s;
  ASSERT_TRUE(ledger_->journal(key, {3, 0, slot_.at, slot_.at + 3s, live}, slot_.at + 3s));
  ASSERT_TRUE(ledger_->commit());
  go_to(evening_);
  const auto report = fill({slot_});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->slots[0].filled, 7);
  const auto filled = rows(slot_);
  ASSERT_EQ(filled.size(), 8u);
  EXPECT_TRUE(filled[2].usable());
  EXPECT_EQ(filled[2].source, DataSource::ibkr);
}

TEST_F(FillTest, a_gateway_that_does_not_come_leaves_everything_as_it_is) {
  collect(slot_);
  go_to(evening_);
  gateway_.away_until = at(monday, 20h);
  const auto report = fill({slot_});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::unavailable);
  const JobKey key{JobKind::fill, monday, slot_.index};
  EXPECT_EQ(ledger_->job(key).value()->outcome, JobOutcome::part);
  gateway_.away_until = {};
  EXPECT_EQ(fill({slot_})->slots[0].filled, 4);
}

TEST_F(FillTest, what_its_time_does_not_suffice_for_is_left_for_another_run) {
  collect(slot_);
  go_to(evening_);
  settings_.in_flight_max = 1;
  settings_.until = clock_.now() + 1500ms;
  const auto report = fill({slot_});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->slots[0].filled, 1);
  EXPECT_EQ(report->slots[0].left(), 3);
  EXPECT_FALSE(report->complete());
  EXPECT_NE(report->stopped, "");
  settings_.until = Instant::max();
  const auto rest = fill({slot_});
  EXPECT_EQ(rest->slots[0].filled, 4);
  EXPECT_TRUE(rest->complete());
}

TEST_F(FillTest, a_snapshot_of_a_filled_slot_says_that_nothing_was_collected) {
  collect(slot_);
  refuse_connection_ = Error{ErrorKind::unavailable, "no gateway", 0};
  go_to(next_.at);
  ASSERT_FALSE(
      wait(run_snapshot(next_, {"AAPL"}, snapshot_, "lost", shop_, connect_all(), Replay{})));
  refuse_connection_.reset();
  go_to(evening_);
  ASSERT_TRUE(fill({next_}));
  const auto report =
      wait(run_snapshot(next_, {"AAPL"}, snapshot_, "late", shop_, connect_all(), Replay{}));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->already);
  EXPECT_EQ(report->rows, 8);
  EXPECT_EQ(report->usable, 0);
}

TEST_F(FillTest, a_slot_that_was_only_filled_teaches_the_next_one_nothing) {
  collect(slot_);
  go_to(evening_);
  ASSERT_TRUE(fill({slot_, next_}));
  const auto before = slot_before(grid_.slots()[4], 30min, calendar_, *reader_, ledger_.get());
  ASSERT_TRUE(before);
  EXPECT_EQ(before->slot, slot_.index);
}

TEST(FilledRow, holds_nothing_from_after_its_slot) {
  const Calendar calendar;
  const TradingSession session = calendar.session(monday);
  const Slot slot = half_hours(monday).slots()[2];
  const OptionQuote missed = never_asked(
      option(1, 100), slot, {"AAPL", 100, "previous_close", {}}, true, DataSource::ibkr, "id");
  SessionBars bars;
  bars.received = slot.at + 6h;
  bars.quotes = {{slot.at - 1h, 1, 2, 0.5, 1.5, {}}, {slot.at, 3, 4, 2.5, 3.5, {}}};
  bars.trades = {{slot.at, 3, 4, 2.5, 3.5, 100}, {session.open - 30min, 9, 9, 9, 9, 9}};
  EXPECT_EQ(filled_row(missed, bars, session, "fill"), missed);
  bars.trades.push_back({session.open, 1.0, 1.4, 0.9, 1.2, 7});
  const OptionQuote filled = filled_row(missed, bars, session, "fill");
  EXPECT_EQ(filled.quote.bid, std::nullopt);
  EXPECT_EQ(filled.quote.last, 1.2);
  EXPECT_EQ(filled.quote.high, 1.4);
  EXPECT_EQ(filled.quote.low, 0.9);
  EXPECT_EQ(filled.quote.volume, 7);
}

TEST(FilledRow, an_average_bid_above_the_average_ask_is_flagged) {
  const Slot slot = half_hours(monday).slots()[2];
  const OptionQuote missed = never_asked(option(1, 100), slot, {}, true, DataSource::ibkr, "id");
  const SessionBars bars{{{slot.at - 30min, 1.3, 1.5, 1.0, 1.2, {}}}, {}, slot.at + 6h};
  const OptionQuote row = filled_row(missed, bars, Calendar{}.session(monday), "fill");
  EXPECT_TRUE(row.flags.has(QualityFlag::crossed_market));
}

}  // namespace
}  // namespace opt_data::collect
