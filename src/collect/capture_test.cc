#include "collect/capture.h"

#include <set>

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

using gateway::QuoteRequest;

class Kept : public RowSink {
 public:
  asio::awaitable<Result<void>> on_attempt(store::JournalEntry entry) override {
    if (entries.size() == fails_at) co_return fail(ErrorKind::storage, "cannot write: disk full");
    entries.push_back(std::move(entry));
    co_return Result<void>();
  }
  asio::awaitable<Result<void>> on_replayed() override { co_return Result<void>(); }
  std::vector<store::JournalEntry> entries;
  std::size_t fails_at = std::numeric_limits<std::size_t>::max();
};

class CaptureTest : public CollectTest {
 protected:
  CaptureTest() {
    Quote quote;
    quote.bid = 99.9;
    quote.ask = 100.1;
    quote.last = 100;
    quote.as_of = slot_.at;
    gateway_.underlyings["AAPL"] = quote;
    options_.ingest_id = "0123";
    go_to(slot_.at);
  }

  Result<CaptureSummary> collect(std::vector<ContractBook> books) {
    SnapshotPlan plan = plan_snapshot(slot_, books, {});
    return wait(collect_snapshot(
        plan, std::move(books), window_end_, at(monday, 16h), options_, gateways_, clock_, kept_,
        answered_, replay_, events_));
  }
  // The rows of `count` questions, by id - 1.
  std::vector<OptionQuote> rows_of(int count) {
    auto summary = collect({book_of(monday, calls(count))});
    EXPECT_TRUE(summary) << summary.error().message;
    if (!summary) return {};
    EXPECT_EQ(summary->rows.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(summary->requests, gateway_.asked.size());
    EXPECT_EQ(gateway_.watching, 0) << "every line is given back";
    return summary->rows;
  }
  void lose_the_session_until(Instant back);
  std::vector<std::string> exchanges(ContractId id) const {
    std::vector<std::string> names;
    for (const auto& request : gateway_.asked_about(id)) names.push_back(request.exchange);
    return names;
  }

  Slot slot_ = half_hours(monday).slots()[2];
  Instant window_end_ = slot_.at + 25min;
  std::vector<gateway::Gateway*> gateways_{&gateway_};
  CaptureOptions options_;
  Kept kept_;
  Answered answered_;
  Replay replay_;
};

using Names = std::vector<std::string>;

TEST_F(CaptureTest, whatever_the_gateway_does_every_question_has_one_row) {
  gateway_.on_quote = [](const QuoteRequest& request, int) {
    switch (request.contract.id % 4) {
      case 0:
        return quoted();
      case 1:
        return silence();
      case 2:
        return not_listed();
      default:
        return quoted(MarketDataType::delayed);
    }
  };
  const auto rows = rows_of(40);
  std::set<ContractId> ids;
  int usable = 0;
  for (const OptionQuote& row : rows) {
    ids.insert(row.contract.id);
    usable += row.usable() ? 1 : 0;
    EXPECT_EQ(row.slot, slot_);
    EXPECT_EQ(row.ingest_id, "0123");
    EXPECT_EQ(row.underlying.last, 100);
    EXPECT_EQ(row.reference->usd, 100);
  }
  EXPECT_EQ(ids.size(), 40U);
  EXPECT_EQ(usable, 20);
  EXPECT_EQ(rows[2].flags.words(), std::vector<std::string_view>{"delayed_fallback"});
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return in_file_order(a.contract, b.contract);
  }));
}

TEST_F(CaptureTest, silence_is_asked_again_on_the_fallback_exchange_and_once_more_on_its_own) {
  gateway_.on_quote = [](const QuoteRequest&, int) { return silence(); };
  const auto rows = rows_of(1);
  EXPECT_EQ(exchanges(1), (Names{"SMART", "CBOE", "SMART"}));
  EXPECT_EQ(rows[0].error.type, "timeout");
  EXPECT_TRUE(rows[0].flags.has(QualityFlag::slot_retry_exceeded));
  EXPECT_TRUE(rows[0].flags.has(QualityFlag::missing_price));
  EXPECT_FALSE(rows[0].flags.has(QualityFlag::exchange_fallback));
}

TEST_F(CaptureTest, a_question_is_asked_again_late_and_not_last) {
  options_.in_flight_max = 1;
  gateway_.on_quote = [](const QuoteRequest& request, int nth) {
    return request.contract.id == 11 && nth == 0 ? silence() : quoted();
  };
  rows_of(200);  // 11 is at the money, and so asked first.
  ASSERT_EQ(gateway_.asked.size(), 201U);
  EXPECT_EQ(gateway_.asked.front().contract.id, 11);
  const auto repeated = std::find_if(
      gateway_.asked.begin() + 1, gateway_.asked.end(),
      [](const QuoteRequest& request) { return request.contract.id == 11; });
  // What is left then takes as long as its two attempts may.
  EXPECT_NEAR(static_cast<double>(gateway_.asked.end() - repeated), 50, 8);
}

TEST_F(CaptureTest, a_repetition_that_cannot_end_in_the_window_is_not_sent) {
  window_end_ = slot_.at + 9s;
  gateway_.on_quote = [](const QuoteRequest&, int) { return silence(); };
  const auto rows = rows_of(1);
  EXPECT_EQ(gateway_.asked.size(), 1U);
  EXPECT_EQ(clock_.now(), slot_.at + 5s);
  EXPECT_EQ(rows[0].error.type, "timeout");
  EXPECT_TRUE(rows[0].flags.has(QualityFlag::slot_retry_exceeded));
}

TEST_F(CaptureTest, two_gateways_share_the_questions) {
  ScriptedGateway second(clock_);
  second.underlyings = gateway_.underlyings;
  gateways_.push_back(&second);
  options_.in_flight_max = 5;
  // The second one is half as fast.
  second.on_quote = [](const QuoteRequest&, int) {
    Reply reply = quoted();
    reply.after = 400ms;
    return reply;
  };
  const auto summary = collect({book_of(monday, calls(90))});
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->rows.size(), 90U);
  for (const OptionQuote& row : summary->rows) EXPECT_TRUE(row.usable());
  EXPECT_EQ(gateway_.asked.size(), 60U) << "whoever is free takes the next one";
  EXPECT_EQ(second.asked.size(), 30U);
  EXPECT_EQ(gateway_.in_flight_most, 5);
  EXPECT_EQ(second.in_flight_most, 5);
}

TEST_F(CaptureTest, a_gateway_that_is_lost_leaves_its_questions_to_the_other) {
  ScriptedGateway second(clock_);
  second.underlyings = gateway_.underlyings;
  gateways_ = {&second, &gateway_};
  options_.in_flight_max = 5;
  const auto lost_at = slot_.at + 1s;
  gateway_.on_quote = [&](const QuoteRequest&, int) {
    if (clock_.now() < lost_at) return quoted();
    gateway_.away_until = Instant::max();
    return failure(ErrorKind::unavailable, 0, "the gateway closed the connection");
  };
  const auto summary = collect({book_of(monday, calls(200))});
  ASSERT_TRUE(summary);
  for (const OptionQuote& row : summary->rows) {
    EXPECT_TRUE(row.usable()) << row.error.type;
    EXPECT_EQ(row.underlying.last, 100) << "watched by the one that is left";
  }
  EXPECT_EQ(gateway_.asked.size(), 30U);
  EXPECT_EQ(kept_.entries.size(), 200U);
  ASSERT_EQ(events_.of("capture_interrupted").size(), 1U);
  EXPECT_EQ(events_.of("capture_interrupted")[0].level, observe::Level::warning);
}

// Away when the slot begins, and first in the list: neither its share of the watches nor that of
// the questions waits for it.
TEST_F(CaptureTest, a_gateway_that_is_away_holds_nobody_up) {
  ScriptedGateway second(clock_);
  second.underlyings = gateway_.underlyings;
  gateways_.push_back(&second);
  gateway_.away_until = slot_.at + 5min;
  const auto summary = collect({book_of(monday, calls(60))});
  ASSERT_TRUE(summary);
  for (const OptionQuote& row : summary->rows) {
    EXPECT_TRUE(row.usable()) << row.error.type;
    EXPECT_EQ(row.underlying.last, 100);
  }
  EXPECT_LT(clock_.now(), slot_.at + 1min);
  EXPECT_TRUE(gateway_.asked.empty());
}

TEST_F(CaptureTest, when_the_last_gateway_is_lost_the_rows_say_so) {
  ScriptedGateway second(clock_);
  second.underlyings = gateway_.underlyings;
  gateways_.push_back(&second);
  options_.in_flight_max = 5;
  const auto lost_at = slot_.at + 1s;
  gateway_.on_quote = second.on_quote = [&](const QuoteRequest&, int) {
    if (clock_.now() < lost_at) return quoted();
    gateway_.away_until = second.away_until = Instant::max();
    return failure(ErrorKind::unavailable, 0, "gone");
  };
  const auto summary = collect({book_of(monday, calls(100))});
  ASSERT_TRUE(summary);
  int answered = 0;
  for (const OptionQuote& row : summary->rows) {
    answered += row.usable() ? 1 : 0;
    if (!row.usable()) {
      EXPECT_EQ(row.error.type, "disconnected");
    }
  }
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(summary->rows.size(), 100U);
}

TEST_F(CaptureTest, a_fallback_exchange_that_answers_is_flagged) {
  gateway_.on_quote = [](const QuoteRequest& request, int) {
    return request.exchange == "CBOE" ? quoted() : silence();
  };
  const auto rows = rows_of(1);
  EXPECT_TRUE(rows[0].usable());
  EXPECT_EQ(rows[0].flags.words(), std::vector<std::string_view>{"exchange_fallback"});
  EXPECT_EQ(rows[0].contract.exchange, "SMART") << "the contract stays what it is";
}

TEST_F(CaptureTest, a_later_answer_on_its_own_exchange_is_no_fallback) {
  gateway_.on_quote = [](const QuoteRequest&, int nth) { return nth == 2 ? quoted() : silence(); };
  const auto rows = rows_of(1);
  EXPECT_TRUE(rows[0].usable());
  EXPECT_EQ(rows[0].flags.words(), std::vector<std::string_view>{});
}

TEST_F(CaptureTest, a_refusal_is_not_asked_again) {
  gateway_.on_quote = [](const QuoteRequest&, int) { return not_listed(); };
  const auto rows = rows_of(1);
  EXPECT_EQ(gateway_.asked.size(), 1U);
  EXPECT_EQ(rows[0].error.type, "refused");
  EXPECT_NE(rows[0].error.message.find("200"), std::string::npos);
  EXPECT_FALSE(rows[0].flags.has(QualityFlag::slot_retry_exceeded));
}

TEST_F(CaptureTest, an_answer_without_a_price_is_kept_when_the_fallback_refuses) {
  gateway_.on_quote = [](const QuoteRequest& request, int) {
    if (request.exchange == "CBOE") return not_listed();
    Reply reply = quoted();
    reply.answer.quote.bid = reply.answer.quote.ask = reply.answer.quote.last = std::nullopt;
    return reply;
  };
  const auto rows = rows_of(1);
  EXPECT_EQ(rows[0].error.type, "");
  EXPECT_EQ(rows[0].quote.type, MarketDataType::live);
  EXPECT_EQ(rows[0].open_interest.contracts, 40);
  EXPECT_TRUE(rows[0].flags.has(QualityFlag::missing_price));
}

TEST_F(CaptureTest, every_attempt_is_journalled_when_it_ends) {
  gateway_.on_quote = [](const QuoteRequest&, int nth) { return nth == 1 ? quoted() : silence(); };
  rows_of(1);
  ASSERT_EQ(kept_.entries.size(), 2U);
  EXPECT_EQ(kept_.entries[0].attempt, 0);
  EXPECT_EQ(kept_.entries[0].asked_at, slot_.at);
  EXPECT_EQ(kept_.entries[0].answered_at, slot_.at + 5s) << "let go for want of a price";
  EXPECT_EQ(kept_.entries[0].row.error.type, "timeout");
  EXPECT_EQ(kept_.entries[1].attempt, 1);
  EXPECT_TRUE(kept_.entries[1].row.usable());
}

// The session is lost a second into the slot, and another stands at `back`.
void CaptureTest::lose_the_session_until(Instant back) {
  const auto lost_at = slot_.at + 1s;
  options_.in_flight_max = 5;
  gateway_.away = Error{ErrorKind::unavailable, "the gateway closed the connection", 0};
  gateway_.on_quote = [this, lost_at, back](const QuoteRequest&, int) {
    if (clock_.now() < lost_at || clock_.now() >= back) return quoted();
    gateway_.away_until = back;
    return failure(ErrorKind::unavailable, 0, gateway_.away.message);
  };
}

TEST_F(CaptureTest, a_session_that_comes_back_in_time_costs_nothing) {
  lose_the_session_until(slot_.at + 10min);
  for (const OptionQuote& row : rows_of(40)) {
    EXPECT_TRUE(row.usable());
    EXPECT_TRUE(row.error.type.empty());
  }
  EXPECT_EQ(gateway_.asked.size(), 45U) << "the five that were under way are asked again";
  EXPECT_TRUE(events_.of("capture_interrupted").empty());
}

TEST_F(CaptureTest, a_question_under_which_sessions_fall_is_given_up) {
  gateway_.on_quote = [](const QuoteRequest&, int) {
    return failure(ErrorKind::unavailable, 0, "the gateway closed the connection");
  };
  options_.fallback_exchanges.clear();
  options_.retries_max = 0;
  const auto rows = rows_of(1);
  EXPECT_EQ(rows.at(0).error.type, "disconnected");
  EXPECT_EQ(gateway_.asked.size(), 6U);
}

TEST_F(CaptureTest, a_session_that_is_lost_leaves_rows_that_say_so) {
  lose_the_session_until(Instant::max());
  const auto rows = rows_of(40);
  int answered = 0;
  for (const OptionQuote& row : rows) {
    if (row.usable()) {
      ++answered;
      continue;
    }
    EXPECT_EQ(row.error.type, "disconnected");
    EXPECT_EQ(row.error.message, "the gateway closed the connection");
    EXPECT_TRUE(row.flags.has(QualityFlag::slot_retry_exceeded));
  }
  EXPECT_EQ(answered, 25) << "five at once, 200 ms each";
  EXPECT_EQ(gateway_.asked.size(), 30U) << "nothing more is asked";
  ASSERT_EQ(events_.of("capture_interrupted").size(), 1U);
  EXPECT_EQ(events_.of("capture_interrupted")[0].level, observe::Level::error);
  EXPECT_EQ(events_.of("capture_interrupted")[0].slot, "10:30");
}

TEST_F(CaptureTest, what_the_window_leaves_no_time_for_is_not_asked) {
  options_.in_flight_max = 2;
  window_end_ = slot_.at + 1s;
  const auto rows = rows_of(20);
  int not_asked = 0;
  for (const OptionQuote& row : rows) {
    if (row.usable()) continue;
    ++not_asked;
    EXPECT_EQ(row.error.type, "not_asked");
    EXPECT_TRUE(row.flags.has(QualityFlag::slot_retry_exceeded));
  }
  EXPECT_EQ(not_asked, 10);
  EXPECT_TRUE(rows[10].usable()) << "what is at the money comes first";
  EXPECT_EQ(clock_.now(), window_end_);
}

TEST_F(CaptureTest, a_question_ends_with_the_window) {
  window_end_ = slot_.at + 3s;
  gateway_.on_quote = [](const QuoteRequest&, int) { return silence(); };
  rows_of(1);
  EXPECT_EQ(clock_.now(), window_end_);
  EXPECT_EQ(gateway_.asked.size(), 1U);
}

// Whoever waits for a permit is asked late; quotes of then do not belong to this slot.
TEST_F(CaptureTest, what_is_asked_after_the_window_is_not_of_this_slot) {
  window_end_ = slot_.at + 60s;
  gateway_.on_quote = [](const QuoteRequest&, int) {
    Reply reply = quoted();
    reply.queued = 61s;
    return reply;
  };
  const auto rows = rows_of(1);
  EXPECT_EQ(rows[0].error.type, "not_asked");
  EXPECT_FALSE(rows[0].usable());
}

TEST_F(CaptureTest, no_more_questions_are_on_their_way_than_allowed) {
  options_.in_flight_max = 7;
  rows_of(60);
  EXPECT_EQ(gateway_.in_flight_most, 7);
}

TEST_F(CaptureTest, a_full_account_is_waited_for) {
  const auto free_at = slot_.at + 30s;
  gateway_.on_quote = [&](const QuoteRequest&, int) {
    return clock_.now() < free_at
               ? failure(ErrorKind::unavailable, 101, "Max number of tickers has been reached")
               : quoted();
  };
  for (const OptionQuote& row : rows_of(3)) EXPECT_TRUE(row.usable()) << row.error.type;
  EXPECT_TRUE(events_.of("capture_interrupted").empty());
}

TEST_F(CaptureTest, a_request_carries_what_the_settings_say) {
  options_.generic_ticks = "100,106";
  options_.require_greeks = options_.open_interest = options_.allow_delayed = false;
  options_.timeout = 9s;
  options_.price_timeout = 4s;
  rows_of(1);
  const QuoteRequest& request = gateway_.asked.at(0);
  EXPECT_EQ(request.generic_ticks, "100,106");
  EXPECT_FALSE(request.greeks || request.open_interest || request.allow_delayed);
  EXPECT_EQ(request.timeout, 9s);
  EXPECT_EQ(request.price_timeout, 4s);
}

TEST_F(CaptureTest, without_its_underlyings_quote_a_slot_goes_on) {
  gateway_.watch_errors["AAPL"] =
      Error{ErrorKind::refused, "Requested market data is not subscribed (code 354)", 354};
  const auto rows = rows_of(3);
  EXPECT_TRUE(rows[0].usable());
  EXPECT_EQ(rows[0].underlying, UnderlyingQuote{});
  ASSERT_EQ(events_.of("underlying_missing").size(), 1U);
  EXPECT_EQ(events_.of("underlying_missing")[0].symbol, "AAPL");
}

TEST_F(CaptureTest, underlyings_are_watched_in_groups) {
  gateway_.underlyings["MSFT"] = gateway_.underlyings["NVDA"] = gateway_.underlyings["AAPL"];
  options_.watches_max = 2;
  int most = 0;
  gateway_.on_quote = [&](const QuoteRequest&, int) {
    most = std::max(most, gateway_.watching);
    return quoted();
  };
  const auto summary = collect(
      {book_of(monday, calls(5)), book_of(monday, calls(5, "MSFT", 21)),
       book_of(monday, calls(5, "NVDA", 41))});
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->rows.size(), 15U);
  for (const OptionQuote& row : summary->rows) EXPECT_EQ(row.underlying.last, 100);
  EXPECT_EQ(most, 2);
}

TEST_F(CaptureTest, what_an_earlier_run_was_answered_is_not_asked_again) {
  rows_of(4);
  for (const auto& entry : kept_.entries)
    if (entry.id != 3) answered_.emplace(std::pair(entry.id, entry.attempt), entry);
  kept_.entries.clear();
  gateway_.asked.clear();
  std::vector<ContractId> waited_for;
  replay_ = [&](const store::JournalEntry& entry) -> asio::awaitable<Result<void>> {
    waited_for.push_back(entry.id);
    co_return Result<void>();
  };
  options_.ingest_id = "4567";
  const auto summary = collect({book_of(monday, calls(4))});
  ASSERT_TRUE(summary);
  ASSERT_EQ(gateway_.asked.size(), 1U);
  EXPECT_EQ(gateway_.asked[0].contract.id, 3);
  EXPECT_EQ(summary->replayed, 3U);
  EXPECT_EQ(waited_for.size(), 3U);
  EXPECT_EQ(kept_.entries.size(), 1U) << "what is in the journal is not written twice";
  for (const OptionQuote& row : summary->rows) {
    EXPECT_TRUE(row.usable());
    EXPECT_EQ(row.ingest_id, "4567") << "one job, one id";
  }
}

TEST_F(CaptureTest, an_attempt_that_failed_before_goes_on_with_the_next_one) {
  gateway_.on_quote = [](const QuoteRequest&, int) { return silence(); };
  rows_of(1);
  answered_.emplace(std::pair(ContractId{1}, 0), kept_.entries.at(0));
  gateway_.asked.clear();
  gateway_.on_quote = [](const QuoteRequest&, int) { return quoted(); };
  const auto summary = collect({book_of(monday, calls(1))});
  ASSERT_TRUE(summary);
  EXPECT_EQ(exchanges(1), Names{"CBOE"});
  EXPECT_TRUE(summary->rows[0].flags.has(QualityFlag::exchange_fallback));
}

TEST_F(CaptureTest, a_journal_that_cannot_be_written_ends_the_job) {
  kept_.fails_at = 5;
  const auto summary = collect({book_of(monday, calls(40))});
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::storage);
}

TEST_F(CaptureTest, a_cancelled_question_ends_the_job) {
  gateway_.on_quote = [](const QuoteRequest&, int) {
    return failure(ErrorKind::cancelled, 0, "cancelled");
  };
  const auto summary = collect({book_of(monday, calls(2))});
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::cancelled);
}

}  // namespace
}  // namespace opt_data::collect
