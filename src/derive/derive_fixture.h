// What the tests of derivations have in common: a day of a few contracts, slot by slot.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "derive/rollup.h"
#include "store/dataset_fixture.h"

namespace opt_data::derive {

using store::Value;
using Table = std::vector<std::vector<Value>>;

inline const Value null{};
inline const Value one{std::int64_t{1}};
inline Value word(std::string_view text) { return Value(std::string(text)); }
inline Value flags(store::TextList words) { return Value(std::move(words)); }

// A row of the enrichment view.
struct Interest {
  ContractId id;
  std::string state;
  std::optional<std::int64_t> contracts;
  std::optional<std::chrono::year_month_day> as_of;
};

class RollupTest : public store::DatasetTest, protected observe::EventSink {
 protected:
  void use_date(TradeDate date, std::chrono::minutes step = std::chrono::minutes{30}) {
    date_ = date;
    grid_ = SlotGrid(Calendar{}.session(date), step);
  }
  Slot slot(int index) const { return grid_.slots().at(static_cast<std::size_t>(index)); }
  store::Partition where(int index) const {
    return store::slot_of(date_, static_cast<std::uint8_t>(index));
  }

  // A call that is quoted, of the strike 90 + id.
  OptionQuote quote(ContractId id, int index, double bid, double ask) const {
    OptionQuote row{{}, slot(index), {}, {}, {}, {}, {}, {}, DataSource::simulated, "slot"};
    row.contract.id = id;
    row.contract.underlying = row.contract.trading_class = "AAPL";
    row.contract.expiry = std::chrono::year{2025} / 12 / 19;
    row.contract.strike = Strike::from_usd(90 + static_cast<double>(id));
    row.quote.bid = bid;
    row.quote.ask = ask;
    row.quote.last = (bid + ask) / 2;
    row.quote.greeks = {0.25, 0.5, 0.01, -0.02, 0.1};
    row.quote.bid_size = 3;
    row.quote.ask_size = 4;
    row.quote.volume = 5;
    row.quote.type = MarketDataType::live;
    row.quote.as_of = row.quote.received = row.slot.at;
    row.open_interest = {OpenInterestState::value, 40};
    row.underlying = {99.9, 100.1, 100.0, row.slot.at};
    row.reference = {"AAPL", 99.5, "previous_close", row.slot.at - std::chrono::hours{20}};
    return row;
  }
  OptionQuote timed_out(ContractId id, int index) const {
    OptionQuote row = quote(id, index, 0, 0);
    row.quote = {};
    row.open_interest = {};
    row.error = {"timeout", "no answer within 12 s"};
    row.flags.set(QualityFlag::missing_price);
    return row;
  }

  void publish(int index, const std::vector<OptionQuote>& rows) {
    std::vector<store::ExpectedContract> expected;
    for (const OptionQuote& row : rows)
      expected.push_back({row.contract.id, row.contract.underlying});
    ASSERT_TRUE(ledger_->expect(slot(index), expected));
    const auto done = DatasetTest::publish(where(index), rows);
    ASSERT_TRUE(done) << done.error().message;
  }
  // As the enrichment of the next morning leaves them; with the underlying's close where given.
  void enrich(
      const std::vector<Interest>& rows, std::optional<double> close = {}, Instant close_at = {}) {
    Table cells;
    const auto add = [&](ContractId id, const Interest& row, const Value& usd, const Value& at) {
      cells.push_back(
          {date_.day(), word("AAPL"), word("SMART"), id, store::TextList{},
           row.contracts ? Value(*row.contracts) : null, row.as_of ? Value(*row.as_of) : null,
           row.state.empty() ? null : word(row.state), usd, at, slot(0).at, word("SIMULATED"),
           word("morning"), word("enrichment")});
    };
    for (const Interest& row : rows) add(row.id, row, null, null);
    if (close) add(265598, {}, *close, close_at);
    std::vector<std::string> names, types;
    for (const store::Column& column : store::columns(store::View::enrichment)) {
      names.emplace_back(column.name);
      types.emplace_back(column.type);
    }
    ASSERT_TRUE(database_->load("morning", names, types, cells));
    const auto done = DatasetTest::publish(
        {store::Layer::clean, store::View::enrichment, date_, {}}, "SELECT * FROM morning");
    ASSERT_TRUE(done) << done.error().message;
  }

  Result<RollupSummary> try_roll(const std::string& ingest_id = "rollup") {
    return roll_up(
        date_, grid_, actions_, ingest_id, *ledger_, *reader_, *writer_, grid_.close().at, *this);
  }
  RollupSummary roll(const std::string& ingest_id = "rollup") {
    auto summary = try_roll(ingest_id);
    EXPECT_TRUE(summary) << summary.error().message;
    return summary ? *summary : RollupSummary{};
  }
  Table rows_of(std::string_view view, std::string_view columns) {
    return ask(fmt::format("SELECT {} FROM {} ORDER BY conid", columns, view)).rows;
  }
  Table daily(std::string_view columns) { return rows_of("daily_clean", columns); }
  Table adjusted(std::string_view columns) { return rows_of("daily_adjusted", columns); }

  void on(const observe::Event& event) override { events_.push_back(event); }
  std::vector<observe::Event> events_of(std::string_view code) const {
    std::vector<observe::Event> found;
    for (const auto& event : events_)
      if (event.code == code) found.push_back(event);
    return found;
  }

  SlotGrid grid_{Calendar{}.session(date_), std::chrono::minutes{30}};
  std::unique_ptr<store::Ledger> ledger_ =
      store::Ledger::open(folder_ / "ledger.sqlite", store::Durability::process_crash).value();
  std::vector<CorporateAction> actions_;
  std::vector<observe::Event> events_;
};

}  // namespace opt_data::derive
