// What the tests of collecting have in common: a virtual clock, a gateway that does as it is told,
// a dataset and a ledger of their own.
#pragma once

#include <gtest/gtest.h>

#include "collect/contract_book.h"
#include "collect/scripted_gateway.h"
#include "collect/snapshot_job.h"
#include "sim/sim_clock.h"
#include "store/dataset.h"
#include "store/ledger_fixture.h"

namespace opt_data::collect {

using namespace std::chrono_literals;
using std::chrono::year;

inline const TradeDate monday = store::trade_date(2025, 10, 6);
inline constexpr auto october = year{2025} / 10 / 17;
inline constexpr auto november = year{2025} / 11 / 21;
inline constexpr auto december = year{2025} / 12 / 19;

inline Instant at(TradeDate date, std::chrono::microseconds time_of_day) {
  return new_york(date.day(), time_of_day);
}

inline SlotGrid half_hours(TradeDate date) { return SlotGrid(Calendar{}.session(date), 30min); }

inline OptionContract option(
    ContractId id, double strike, Right right = Right::call,
    std::chrono::year_month_day expiry = november, const Underlying& symbol = "AAPL") {
  OptionContract contract;
  contract.id = id;
  contract.underlying = contract.trading_class = symbol;
  contract.expiry = expiry;
  contract.right = right;
  contract.strike = Strike::from_usd(strike);
  return contract;
}

// `count` calls from 90 USD on, a dollar apart, with the ids 1, 2, ...
inline std::vector<OptionContract> calls(
    int count, const Underlying& symbol = "AAPL", int first = 1) {
  std::vector<OptionContract> contracts;
  for (int i = 0; i < count; ++i)
    contracts.push_back(option(first + i, 90 + i, Right::call, november, symbol));
  return contracts;
}

inline ContractBook book_of(
    TradeDate date, std::vector<OptionContract> contracts, double reference_usd = 100) {
  ContractBook book{date, {}, {}, "moneyness=0.2", at(date, 9h + 25min), std::move(contracts)};
  const Underlying symbol =
      book.contracts.empty() ? Underlying("AAPL") : book.contracts.front().underlying;
  book.underlying = {265598, symbol, "A company", "NASDAQ", "US/Eastern", "hours", "liquid"};
  if (symbol != "AAPL") book.underlying.id = 1'000'000 + static_cast<ContractId>(symbol.front());
  book.reference = {symbol, reference_usd, "previous_close", at(date, 0h)};
  return book;
}

class Heard : public observe::EventSink {
 public:
  void on(const observe::Event& event) override { events.push_back(event); }
  std::vector<observe::Event> of(std::string_view code) const {
    std::vector<observe::Event> found;
    for (const auto& event : events)
      if (event.code == code) found.push_back(event);
    return found;
  }
  std::vector<observe::Event> events;
};

class CollectTest : public testing::Test {
 protected:
  void TearDown() override { clock_.run(); }

  // Waits on the virtual clock; work that waits for ever is a failure of the test.
  template <typename T>
  Result<T> wait(asio::awaitable<Result<T>> work) {
    auto done = clock_.run_until_done(std::move(work));
    if (!done) return fail(ErrorKind::cancelled, "it waits for something that never comes");
    return *std::move(done);
  }
  void go_to(Instant when) {
    ASSERT_GE(when, clock_.now()) << "the clock is already past that";
    clock_.run_until(when);
  }
  Connect connect() {
    return [this]() -> asio::awaitable<Result<gateway::Gateway*>> {
      ++connects_;
      if (refuse_connection_) co_return fail(*refuse_connection_);
      co_return &gateway_;
    };
  }
  ConnectAll connect_all() {
    return [one = connect()]() -> asio::awaitable<Result<std::vector<gateway::Gateway*>>> {
      OPT_CO_TRY(gateway::Gateway * gateway, co_await one());
      co_return std::vector<gateway::Gateway*>{gateway};
    };
  }
  store::Path cache() const { return folder_ / "cache"; }

  store::TemporaryFolder folder_;
  boost::asio::io_context io_;
  sim::SimClock clock_{io_, at(monday, 8h)};
  ScriptedGateway gateway_{clock_};
  Heard events_;
  Calendar calendar_;
  store::RealDisk disk_;
  std::unique_ptr<store::Database> database_ = store::Database::open({}).value();
  store::DatasetPaths paths_{folder_ / "raw", folder_ / "clean"};
  std::unique_ptr<store::DatasetWriter> writer_ =
      store::make_parquet_writer(paths_, disk_, *database_);
  std::unique_ptr<store::DatasetReader> reader_ =
      store::make_parquet_reader(paths_, disk_, *database_);
  std::unique_ptr<store::Ledger> ledger_ =
      store::Ledger::open(folder_ / "ledger.sqlite", store::Durability::process_crash).value();
  Workshop shop_{calendar_, clock_, disk_, *ledger_, *reader_, *writer_, events_};
  int connects_ = 0;
  std::optional<Error> refuse_connection_;
};

}  // namespace opt_data::collect
