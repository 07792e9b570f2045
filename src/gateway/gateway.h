// What the collector can ask of a broker. TwsSession asks IBKR; in tests, ScriptedGateway answers.
//
// ready() is asked before a question; whoever was told `unavailable` asks it again.
//
// Errors of every question: refused (with the broker's code) when this one contract or request has
// no answer; unavailable when the session is down or the limit was hit, and asking again can help;
// protocol when the session spoke nonsense and is gone; cancelled.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "calendar/instant.h"
#include "market/contract.h"
#include "market/quote.h"

namespace opt_data::gateway {

namespace asio = boost::asio;

// One subscription of one contract on one exchange.
struct QuoteRequest {
  OptionContract contract;
  std::string exchange = "SMART";
  std::string generic_ticks = "100,101,106";
  bool greeks = true;         // Wait for the model's greeks.
  bool open_interest = true;  // Wait for open interest, where generic tick 101 is asked for.
  bool price = true;          // Wait for bid, ask or last.
  std::chrono::milliseconds timeout{12'000};        // From the subscription on.
  std::chrono::milliseconds price_timeout{12'000};  // Without a price, no longer than this.
  // Not asked at this moment or later (the answer is empty, and its asked_at says so), and not
  // listened to beyond it, however long permits were waited for.
  Instant until = Instant::max();
  bool allow_delayed = true;
};

struct QuoteAnswer {
  Quote quote;
  std::optional<std::int64_t> open_interest;  // Of the contract's own right; empty: none was sent.
  bool complete = false;                      // Everything asked for arrived in time.
  Instant asked_at{};                         // When the subscription was sent.
  Instant answered_at{};                      // When waiting ended; the cancel follows by itself.
};

// One contract, or one expiry and trading class: then it is wide, and the broker throttles it.
struct ContractQuery {
  Underlying underlying;
  std::chrono::year_month_day expiry{};
  std::string trading_class;
  std::string exchange = "SMART";
  std::optional<Strike> strike;  // Both set: one exact contract.
  std::optional<Right> right;
};

// Bars of half an hour, of regular hours. Of bid and ask a bar's open is the time average of the
// bid and its close that of the ask, its high the highest ask and its low the lowest bid
// (interactivebrokers.github.io/tws-api/historical_bars.html).
enum class BarContent : std::uint8_t { bid_ask, trades };
constexpr std::chrono::minutes bar_length{30};

struct HistoryRequest {
  OptionContract contract;
  std::string exchange = "SMART";
  BarContent what = BarContent::bid_ask;
  Instant end{};                    // Bars that start before this, and
  std::chrono::seconds duration{};  // no earlier than so long before it.
  // Not asked at this moment or later, nor waited for: then unavailable.
  Instant until = Instant::max();
};

struct HistoryBar {
  Instant start{};
  std::optional<double> open, high, low, close;
  std::optional<double> volume;  // Contracts; of trades only.
  friend bool operator==(const HistoryBar&, const HistoryBar&) = default;
};

struct HistoryAnswer {
  std::vector<HistoryBar> bars;  // Ascending; none: the broker has none of that time.
  std::string not_entitled;      // The broker's words, where the account may not see history.
  Instant asked_at{};
  Instant answered_at{};
};

// An open line on an underlying; closed when it is destroyed.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual Quote quote() const = 0;  // As it stands now; empty when the line is down.
};

class Gateway {
 public:
  virtual ~Gateway() = default;

  // Returns when questions can be asked. Errors: unavailable with the reason when that is not so by
  // `until`; protocol; cancelled.
  virtual asio::awaitable<Result<void>> ready(Instant until) = 0;
  virtual asio::awaitable<Result<UnderlyingContract>> underlying(Underlying symbol) = 0;
  // The quick, unthrottled answer: per expiry and class, strikes are candidates only.
  virtual asio::awaitable<Result<OptionChain>> option_chain(UnderlyingContract underlying) = 0;
  // What really exists. Errors: refused with code 200 when nothing does.
  virtual asio::awaitable<Result<std::vector<OptionContract>>> contracts(ContractQuery query) = 0;
  virtual asio::awaitable<Result<QuoteAnswer>> quote(QuoteRequest request) = 0;
  virtual asio::awaitable<Result<HistoryAnswer>> historical_bars(HistoryRequest request) = 0;
  virtual asio::awaitable<Result<std::unique_ptr<Watch>>> watch(
      UnderlyingContract underlying, bool allow_delayed) = 0;
};

}  // namespace opt_data::gateway
