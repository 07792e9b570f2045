// For tests: a simulated gateway on a virtual clock, and clients that write down what it says.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/memory_pipe.h"
#include "sim/sim_clock.h"
#include "sim/sim_gateway.h"
#include "sim/synthetic_market.h"
#include "tws/codec.h"

namespace opt_data::sim {

using namespace std::chrono_literals;

constexpr std::chrono::year_month_day session_day =
    std::chrono::year{2025} / std::chrono::November / 21;  // A Friday.
constexpr std::chrono::year_month_day next_session_day =
    std::chrono::year{2025} / std::chrono::November / 24;

inline Instant at_clock(std::chrono::microseconds time_of_day) {
  return new_york(session_day, time_of_day);
}

// A market whose every answer the test sets.
class StubMarket : public MarketSource {
 public:
  static constexpr ContractId stock_id = 100;

  // `right` at 100 USD, expiring four weeks after the session.
  static OptionContract option(ContractId id, Right right, double strike = 100) {
    OptionContract contract;
    contract.id = id;
    contract.underlying = "STUB";
    contract.expiry = std::chrono::year{2025} / std::chrono::December / 19;
    contract.right = right;
    contract.strike = Strike::from_usd(strike);
    contract.trading_class = "STUB";
    return contract;
  }

  DataSource source() const override { return DataSource::simulated; }
  std::vector<MarketUnderlying> underlyings() const override {
    return {{stock_id, "STUB", "STUB INC", "NYSE"}};
  }
  std::vector<OptionContract> listed(const Underlying& symbol, Instant) const override {
    return symbol == "STUB" ? contracts : std::vector<OptionContract>{};
  }
  // The last one set at or before `at`.
  MarketQuote quote(ContractId id, Instant at) const override {
    const auto of = quotes.find(id);
    if (of == quotes.end()) return {};
    const auto later = of->second.upper_bound(at);
    return later == of->second.begin() ? MarketQuote{} : std::prev(later)->second;
  }
  std::optional<Instant> next_change(ContractId id, Instant after) const override {
    const auto of = quotes.find(id);
    if (of == quotes.end()) return std::nullopt;
    const auto later = of->second.upper_bound(after);
    return later == of->second.end() ? std::nullopt : std::optional(later->first);
  }
  std::optional<std::int64_t> open_interest(ContractId id, Instant) const override {
    const auto found = interest.find(id);
    return found == interest.end() ? std::nullopt : std::optional(found->second);
  }
  double rate() const override { return 0.03; }

  static MarketQuote two_sided(double bid, double ask) {
    MarketQuote quote;
    quote.bid = {true, bid, 10};
    quote.ask = {true, ask, 20};
    return quote;
  }

  std::vector<OptionContract> contracts = {option(1, Right::call), option(2, Right::put)};
  std::map<ContractId, std::map<Instant, MarketQuote>> quotes;
  std::map<ContractId, std::int64_t> interest;
};

struct Heard {
  Instant at;
  std::string payload;
  std::optional<tws::ServerMessage> message;  // Its text points into `payload`.
};

class TestClient {
 public:
  TestClient(asio::io_context& io, SimClock& clock, SimGateway& gateway);
  ~TestClient();  // The gateway has seen it go when it returns.

  void hello(std::string_view offer = "v176..178");
  void start(std::int32_t client_id = 17);
  void send(const tws::ClientMessage& message);
  void send_bytes(std::string_view bytes);

  bool closed() const { return told_->closed; }
  const std::string& bytes() const { return told_->bytes; }
  const std::deque<Heard>& heard() const { return told_->heard; }

  template <typename Message>
  std::vector<Message> all() const {
    std::vector<Message> found;
    for (const Heard& it : heard())
      if (it.message && std::holds_alternative<Message>(*it.message))
        found.push_back(std::get<Message>(*it.message));
    return found;
  }
  // Those about one request.
  template <typename Message>
  std::vector<Message> all(tws::RequestId request) const {
    std::vector<Message> found = all<Message>();
    std::erase_if(found, [request](const Message& it) { return it.request != request; });
    return found;
  }
  // Of errors about `request`, the codes, in order.
  std::vector<std::int32_t> codes(tws::RequestId request) const;
  std::string error_text(tws::RequestId request, std::int32_t code) const;
  // "58 81 45 4 5 ...": message ids, and tick numbers where there are any.
  std::string order(tws::RequestId request) const;
  std::optional<Instant> first_at(tws::RequestId request) const;

 private:
  // Shared with the coroutine that listens, which may outlive the client.
  struct Told {
    SimClock& clock;
    std::unique_ptr<net::MemoryPipe> pipe;
    std::string bytes;
    std::deque<Heard> heard;
    bool closed = false;
  };
  static asio::awaitable<void> listen(std::shared_ptr<Told> told);

  asio::io_context& io_;
  std::shared_ptr<Told> told_;
};

class GatewayTest : public testing::Test {
 protected:
  static std::uint64_t seed();

  // The market is the synthetic one unless `stub_market` is called before.
  StubMarket& stub_market();
  SimGateway& gateway();
  TestClient& client();  // The first one, connected and started.
  std::unique_ptr<TestClient> connect();
  void pass(std::chrono::microseconds span) { clock.run_until(clock.now() + span); }

  const OptionContract& near_the_money(Right right = Right::call);
  std::vector<OptionContract> listed() {
    gateway();
    return market->listed("AAPL", clock.now());
  }

  static tws::Contract stock(std::string_view symbol = "AAPL");
  static tws::RequestMarketData stream(
      tws::RequestId request, const tws::Contract& contract, std::string_view generics = "");
  // Names the option by conid; `texts` keeps what the fields point into.
  tws::Contract by_id(const OptionContract& option);
  tws::Contract by_fields(const OptionContract& option);

  asio::io_context io;
  SimClock clock{io, at_clock(10h)};
  SimOptions options;
  std::unique_ptr<MarketSource> market;

 private:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  // Whatever fails says with which seed; OPT_DATA_TEST_SEED runs it again.
  testing::ScopedTrace seed_trace_{__FILE__, __LINE__, "seed " + std::to_string(seed())};
  std::deque<std::string> texts_;
  std::deque<OptionContract> contracts_;
  std::unique_ptr<SimGateway> gateway_;
  std::unique_ptr<TestClient> client_;
};

}  // namespace opt_data::sim
