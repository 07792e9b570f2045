#include "store/recording_market.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "calendar/calendar.h"
#include "calendar/slot.h"

namespace opt_data::store {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr year_month_day thursday = year{2014} / June / 5;
constexpr year_month_day friday = year{2014} / June / 6;

Instant at(year_month_day day, microseconds clock) { return new_york(day, clock); }

const std::filesystem::path recordings =
    std::filesystem::path(OPT_DATA_SOURCE_DIR) / "data" / "recordings";

std::unique_ptr<MarketSource> shipped(const char* name) {
  const auto database = Database::open({}).value();
  auto market = load_recording(*database, recordings / name);
  EXPECT_TRUE(market) << market.error().message;
  return market ? std::move(*market) : nullptr;
}

// A recording of one contract, written for the test.
class OneContract {
 public:
  OneContract() : folder_(std::filesystem::path(testing::TempDir()) / "one-contract") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write(
        "contracts",
        "SELECT 1 AS conid, 'X' AS underlying, DATE '2014-06-21' AS expiry, 70.0 AS strike, 'C' AS "
        "\"right\", 100 AS multiplier, 'X' AS trading_class, TIMESTAMP '2014-06-05 04:00:00' AS "
        "listed_from, TIMESTAMP '2014-06-07 03:59:59' AS listed_to");
  }
  ~OneContract() { std::filesystem::remove_all(folder_); }

  void write(const std::string& file, const std::string& sql) {
    const auto done = database_->execute(
        "COPY (" + sql + ") TO " + sql_text((folder_ / (file + ".parquet")).string()) +
        " (FORMAT parquet)");
    EXPECT_TRUE(done) << done.error().message;
  }
  // Rows of (starts, ends, bid_open, bid_close, bid_size, ask_open, ask_close, ask_size).
  void quotes(const std::string& rows) {
    write(
        "quotes", "SELECT 1 AS conid, c.* FROM (VALUES " + rows +
                      ") AS c(starts_at, ends_at, bid_open, bid_close, bid_size, ask_open, "
                      "ask_close, ask_size)");
  }
  void trades(const std::string& rows) {
    write(
        "trades", "SELECT 1 AS conid, c.* FROM (VALUES " + rows +
                      ") AS c(starts_at, ends_at, open, high, low, close, volume)");
  }
  std::unique_ptr<MarketSource> load() { return load_recording(*database_, folder_).value(); }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Database> database_ = Database::open({}).value();
};

constexpr const char* two_bars =
    "(TIMESTAMP '2014-06-05 13:30:00', TIMESTAMP '2014-06-05 13:31:00', 1.0::DOUBLE, 1.1::DOUBLE, "
    "10, NULL::DOUBLE, NULL::DOUBLE, NULL::INTEGER),"
    "(TIMESTAMP '2014-06-05 13:31:00', TIMESTAMP '2014-06-05 13:32:00', 1.2, 1.3, 20, 2.0, 2.0, 7)";

TEST(RecordingMarket, a_bar_opens_at_its_start_and_closes_at_its_end) {
  OneContract recording;
  recording.quotes(two_bars);
  const auto market = recording.load();
  const auto bid = [&](microseconds clock) { return market->quote(1, at(thursday, clock)).bid; };
  EXPECT_FALSE(bid(9h + 30min - 1us).seen);
  EXPECT_EQ(bid(9h + 30min), (MarketSide{true, 1.0, std::nullopt}));
  EXPECT_EQ(bid(9h + 31min - 1us), (MarketSide{true, 1.0, std::nullopt}));
  EXPECT_EQ(bid(9h + 31min), (MarketSide{true, 1.2, std::nullopt})) << "the open comes last";
  EXPECT_EQ(bid(9h + 32min), (MarketSide{true, 1.3, 20.0}));
  EXPECT_EQ(bid(20h), (MarketSide{true, 1.3, 20.0}));
}

TEST(RecordingMarket, each_side_is_carried_on_its_own) {
  OneContract recording;
  recording.quotes(two_bars);
  const auto market = recording.load();
  EXPECT_FALSE(market->quote(1, at(thursday, 9h + 30min)).ask.seen);
  const MarketQuote later = market->quote(1, at(thursday, 9h + 31min));
  EXPECT_TRUE(later.bid.seen && later.ask.seen);
  EXPECT_EQ(later.ask.price, 2.0);
}

TEST(RecordingMarket, nothing_is_carried_into_the_next_day) {
  OneContract recording;
  recording.quotes(two_bars);
  const auto market = recording.load();
  EXPECT_TRUE(market->quote(1, at(thursday, 24h - 1us)).bid.seen);
  EXPECT_EQ(market->quote(1, at(friday, 0h)), MarketQuote{});
  EXPECT_EQ(market->next_change(1, at(thursday, 12h)), at(friday, 0h));
}

TEST(RecordingMarket, minus_one_is_seen_without_a_price) {
  OneContract recording;
  recording.quotes(
      "(TIMESTAMP '2014-06-05 14:00:00', TIMESTAMP '2014-06-05 14:00:00', 0.0::DOUBLE, "
      "0.0::DOUBLE, "
      "NULL::INTEGER, -1.0::DOUBLE, -1.0::DOUBLE, NULL::INTEGER)");
  const MarketQuote quote = recording.load()->quote(1, at(thursday, 10h));
  EXPECT_EQ(quote.bid, (MarketSide{true, 0.0, std::nullopt})) << "zero is a price";
  EXPECT_EQ(quote.ask, (MarketSide{true, std::nullopt, std::nullopt}));
}

TEST(RecordingMarket, trades_count_from_the_end_of_their_bar) {
  OneContract recording;
  recording.trades(
      "(TIMESTAMP '2014-06-05 14:00:00', TIMESTAMP '2014-06-05 14:01:00', 1.0::DOUBLE, "
      "1.4::DOUBLE, "
      "0.9::DOUBLE, 1.2::DOUBLE, 5),"
      "(TIMESTAMP '2014-06-05 15:00:00', TIMESTAMP '2014-06-05 15:01:00', 1.1, 1.1, 1.1, 1.1, 3)");
  const auto market = recording.load();
  MarketQuote quote = market->quote(1, at(thursday, 10h));
  EXPECT_EQ(quote.last, 1.0);
  EXPECT_EQ(quote.high, 1.0);
  EXPECT_EQ(quote.volume, std::nullopt) << "how much the bar traded is known at its end";
  quote = market->quote(1, at(thursday, 10h + 1min));
  EXPECT_EQ(quote.last, 1.2);
  EXPECT_EQ(quote.last_at, at(thursday, 10h + 1min));
  EXPECT_EQ(quote.low, 0.9);
  EXPECT_EQ(quote.volume, 5.0);
  quote = market->quote(1, at(thursday, 16h));
  EXPECT_EQ(quote.open, 1.0);
  EXPECT_EQ(quote.high, 1.4);
  EXPECT_EQ(quote.volume, 8.0);
  EXPECT_EQ(market->quote(1, at(friday, 10h)).previous_close, 1.1);
}

TEST(RecordingMarket, a_poll_dates_the_trade_whose_volume_it_saw) {
  OneContract recording;
  recording.write(
      "polls",
      "SELECT 1 AS conid, c.* FROM (VALUES (TIMESTAMP '2014-06-05 14:00:00', 1.0::DOUBLE, 5),"
      "(TIMESTAMP '2014-06-05 14:08:00', 1.5, 9), (TIMESTAMP '2014-06-05 14:16:00', 1.5, 8)) AS "
      "c(\"at\", last, volume)");
  const auto market = recording.load();
  EXPECT_EQ(market->quote(1, at(thursday, 10h)).last_at, std::nullopt);
  EXPECT_EQ(market->quote(1, at(thursday, 10h + 8min)).last_at, at(thursday, 10h + 8min));
  EXPECT_EQ(market->quote(1, at(thursday, 10h + 16min)).last_at, at(thursday, 10h + 8min));
  EXPECT_EQ(market->quote(1, at(thursday, 10h + 16min)).volume, 8.0);
}

TEST(RecordingMarket, an_unreadable_file_is_named) {
  OneContract recording;
  recording.quotes(two_bars);
  std::filesystem::resize_file(recording.folder() / "quotes.parquet", 100);
  const auto database = Database::open({}).value();
  const auto market = load_recording(*database, recording.folder());
  ASSERT_FALSE(market);
  EXPECT_EQ(market.error().kind, ErrorKind::corrupt);
  EXPECT_NE(market.error().message.find("quotes.parquet"), std::string::npos);
  EXPECT_EQ(
      load_recording(*database, recording.folder() / "none").error().kind, ErrorKind::not_found);
}

TEST(RecordingMarket, twx_is_two_sided_for_as_many_as_were_recorded) {
  const auto market = shipped("twx-2014-06-05");
  ASSERT_TRUE(market);
  const auto listed = market->listed("TWX", at(thursday, 16h));
  ASSERT_EQ(listed.size(), 184u);
  const Calendar calendar;
  const SlotGrid slots(calendar.session(calendar.trade_date(thursday).value()), 30min);
  std::set<ContractId> without_bid;
  for (const Slot& slot : slots.slots()) {
    std::size_t two_sided = 0;
    for (const OptionContract& option : listed) {
      const MarketQuote quote = market->quote(option.id, slot.at);
      two_sided += quote.bid.price && quote.ask.price;
      if (slot == slots.close() && !quote.bid.seen) without_bid.insert(option.id);
    }
    if (slot.index == 0) continue;
    EXPECT_GE(two_sided, 169u) << slot.label();
    EXPECT_LE(two_sided, 171u) << slot.label();
  }
  EXPECT_EQ(without_bid.size(), 13u) << "contracts that never show a bid";
}

TEST(RecordingMarket, twx_publishes_open_interest_in_the_morning) {
  const auto market = shipped("twx-2014-06-05");
  ASSERT_TRUE(market);
  std::size_t changed = 0, zero = 0;
  for (const OptionContract& option : market->listed("TWX", at(friday, 8h))) {
    const auto before = market->open_interest(option.id, at(friday, 6h + 29min));
    const auto after = market->open_interest(option.id, at(friday, 8h));
    ASSERT_TRUE(before && after);
    EXPECT_EQ(before, market->open_interest(option.id, at(thursday, 16h)));
    changed += *before != *after;
    zero += *after == 0;
  }
  EXPECT_EQ(changed, 29u);
  EXPECT_EQ(zero, 37u);
}

TEST(RecordingMarket, an_underlying_has_trades_and_no_quotes) {
  const auto market = shipped("twx-2014-06-05");
  ASSERT_TRUE(market);
  const MarketUnderlying stock = market->underlyings().at(0);
  EXPECT_EQ(stock.id, 12508);
  EXPECT_EQ(stock.long_name, "TIME WARNER INC");
  const MarketQuote noon = market->quote(stock.id, at(thursday, 12h));
  EXPECT_FALSE(noon.bid.seen || noon.ask.seen);
  EXPECT_TRUE(noon.last && noon.open && noon.volume);
  EXPECT_FALSE(noon.previous_close) << "the day before was not recorded";
  const MarketQuote close = market->quote(stock.id, at(thursday, 16h));
  EXPECT_EQ(market->quote(stock.id, at(friday, 8h)).previous_close, close.last);
}

TEST(RecordingMarket, next_change_is_the_first_instant_at_which_the_quote_is_another) {
  for (const char* name : {"twx-2014-06-05", "spy-qqq-iwm-2026-02-02"}) {
    const auto market = shipped(name);
    ASSERT_TRUE(market);
    const MarketUnderlying stock = market->underlyings().at(0);
    const year_month_day day = name[0] == 't' ? thursday : year{2026} / February / 2;
    const auto listed = market->listed(stock.symbol, at(day, 12h));
    ASSERT_FALSE(listed.empty());
    for (std::size_t i = 0; i < listed.size(); i += 7) {
      const ContractId id = listed[i].id;
      Instant now = at(day, 9h);
      for (int changes = 0; changes < 20; ++changes) {
        const auto next = market->next_change(id, now);
        if (!next) break;
        EXPECT_GT(*next, now);
        EXPECT_EQ(market->quote(id, *next - 1us), market->quote(id, now));
        EXPECT_NE(market->quote(id, *next), market->quote(id, now));
        now = *next;
      }
    }
  }
}

TEST(RecordingMarket, polls_keep_their_defects) {
  const auto market = shipped("spy-qqq-iwm-2026-02-02");
  ASSERT_TRUE(market);
  constexpr year_month_day day = year{2026} / February / 2;
  EXPECT_EQ(market->underlyings().size(), 3u);
  std::size_t seen = 0;
  for (const MarketUnderlying& stock : market->underlyings()) {
    const MarketQuote quote = market->quote(stock.id, at(day, 12h));
    EXPECT_TRUE(quote.previous_close);
    EXPECT_FALSE(quote.last);
    for (const OptionContract& option : market->listed(stock.symbol, at(day, 12h))) {
      seen += market->quote(option.id, at(day, 9h + 45min)).bid.seen;
      EXPECT_FALSE(market->open_interest(option.id, at(day, 16h)));
    }
  }
  EXPECT_EQ(seen, 0u) << "nobody was asked before 09:46";
}

}  // namespace
}  // namespace opt_data::store
