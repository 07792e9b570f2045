// What the tests of datasets have in common: a dataset of their own, and rows of a slot as a day
// may leave them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "store/dataset.h"
#include "store/faulty_disk.h"
#include "store/ledger_fixture.h"

namespace opt_data::store {

// Rows of one slot: each optional value there or absent on its own, every flag and word possible.
// Counts are whole and an error has a type, as everywhere in the program.
class SlotRows {
 public:
  SlotRows(std::uint64_t seed, const Partition& where) : random_(seed), where_(where) {}

  std::vector<OptionQuote> operator()(std::size_t count) {
    std::vector<OptionQuote> rows;
    std::set<ContractId> used;
    while (rows.size() < count) {
      OptionQuote row = quote();
      if (used.insert(row.contract.id).second) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  template <typename T>
  T word(std::uint64_t bound) {
    return static_cast<T>(random_.below(bound));
  }
  bool seldom() { return random_.below(4) == 0; }
  void fill(std::optional<double>& value) {
    if (!seldom()) value = random_.below(50) == 0 ? 0.0 : random_.normal() * 100;
  }
  void fill_whole(std::optional<double>& value) {
    if (!seldom()) value = static_cast<double>(random_.below(1'000'000));
  }
  void fill(std::optional<Instant>& value) {
    if (!seldom()) value = instant();
  }
  Instant instant() { return at_ + std::chrono::microseconds{random_.below(1'800'000'000)}; }
  std::string message() {
    constexpr std::string_view messages[] = {
        "No security definition has been found (200)",
        "it's \"quoted\", [listed], \\n\n",
        "延迟",
        "naïve €",
        "NULL",
        " "};
    return std::string(messages[random_.below(std::size(messages))]);
  }

  OptionContract contract() {
    constexpr std::string_view tickers[] = {"AAPL", "BRK B", "SPX", "TWX"};
    OptionContract contract;
    contract.id = static_cast<ContractId>(random_.next() >> 2) + 1;
    contract.underlying = tickers[random_.below(std::size(tickers))];
    const auto days = std::chrono::days{20'000 + random_.below(700)};
    contract.expiry = std::chrono::sys_days{days};
    contract.right = word<Right>(2);
    contract.strike = {static_cast<std::int64_t>(1 + random_.below(10'000'000))};
    contract.multiplier = seldom() ? 10 : 100;
    contract.exchange = seldom() ? "CBOE" : "SMART";
    contract.trading_class = contract.underlying.substr(0, 3) + (seldom() ? "W" : "");
    return contract;
  }

  Quote prices() {
    Quote q;
    for (auto* value :
         {&q.bid, &q.ask, &q.last, &q.open, &q.high, &q.low, &q.close, &q.last_size, &q.bid_iv,
          &q.ask_iv, &q.last_iv, &q.model_underlying, &q.greeks.iv, &q.greeks.delta,
          &q.greeks.gamma, &q.greeks.theta, &q.greeks.vega})
      fill(*value);
    for (auto* value : {&q.bid_size, &q.ask_size, &q.volume}) fill_whole(*value);
    for (auto* value : {&q.as_of, &q.received, &q.last_trade_at}) fill(*value);
    q.type = word<MarketDataType>(5);
    return q;
  }

  OptionQuote quote() {
    OptionQuote row{contract(), {where_.date, *where_.slot, at_}, prices(), {}, {}, {}, {}, {}, {},
                    {}};
    row.open_interest.state = word<OpenInterestState>(4);
    if (row.open_interest.state == OpenInterestState::value)
      row.open_interest.contracts = static_cast<std::int64_t>(random_.below(100'000));
    for (auto* value : {&row.underlying.bid, &row.underlying.ask, &row.underlying.last})
      fill(*value);
    fill(row.underlying.as_of);
    if (!seldom())
      row.reference = {
          row.contract.underlying, 10 + random_.uniform(), "previous_close", instant()};
    row.flags = QualityFlags(word<std::uint32_t>(1U << flag_count));
    if (seldom()) row.error = {"refused", message()};
    row.source = word<DataSource>(4);
    row.ingest_id = hex_id(random_);
    return row;
  }

  Random random_;
  Partition where_;
  Instant at_ = new_york(where_.date.day(), std::chrono::hours{11});
};

inline Partition slot_of(TradeDate date, std::uint8_t slot, Layer layer = Layer::clean) {
  return {layer, View::intraday, date, slot};
}

class DatasetTest : public testing::Test {
 protected:
  Result<Published> publish(const Partition& where, const std::vector<OptionQuote>& rows) {
    return writer_->publish(where, std::span(rows));
  }
  Result<Published> publish(const Partition& where, std::string sql) {
    return writer_->publish(where, Selection{std::move(sql), {}});
  }
  // What a directory holds beside data files: nothing, unless somebody died.
  std::vector<Path> leftovers(const Partition& where) {
    std::vector<Path> found;
    if (auto entries = real_.list(reader_->path(where).parent_path()); entries)
      for (const Path& entry : *entries)
        if (entry.filename().string().starts_with('.')) found.push_back(entry);
    return found;
  }
  Table ask(std::string_view sql) {
    auto table = database_->query(sql);
    EXPECT_TRUE(table) << table.error().message;
    return table ? *table : Table{};
  }

  TemporaryFolder folder_;
  RealDisk real_;
  FaultyDisk disk_{real_};
  std::unique_ptr<Database> database_ = Database::open({}).value();
  DatasetPaths paths_{folder_ / "raw", folder_ / "clean"};
  std::unique_ptr<DatasetWriter> writer_ = make_parquet_writer(paths_, disk_, *database_);
  std::unique_ptr<DatasetReader> reader_ = make_parquet_reader(paths_, disk_, *database_);
  TradeDate date_ = trade_date(2025, 10, 6);
  Partition where_ = slot_of(date_, 3);
};

}  // namespace opt_data::store
