// A gateway whose answers the test sets: no wire, no broker, and every question remembered.
//
//   gateway.list("AAPL", november, {95, 100, 105});        // a call and a put of each strike
//   gateway.on_quote = [](const QuoteRequest&, int nth) { return nth == 0 ? silence() : quoted();
//   };
//
// Wide contract requests are throttled as the broker throttles them: the first of the session is
// answered at once, each later one takes `wide_takes`, and each exact one `exact_takes`.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <utility>

#include "calendar/clock.h"
#include "collect/scripted_reply.h"

namespace opt_data::collect {

class ScriptedGateway : public gateway::Gateway {
 public:
  explicit ScriptedGateway(Clock& clock) : clock_(clock) {}

  // What exists, and what secdef says on top of it.
  void list(
      const Underlying& symbol, std::chrono::year_month_day expiry,
      const std::vector<double>& strikes) {
    for (const double strike : strikes)
      for (const Right right : {Right::call, Right::put}) {
        OptionContract contract;
        contract.id = ++last_id_;
        contract.underlying = contract.trading_class = symbol;
        contract.expiry = expiry;
        contract.right = right;
        contract.strike = Strike::from_usd(strike);
        listed.push_back(contract);
      }
  }
  std::vector<OptionContract> listed;
  std::map<Underlying, std::set<Strike>> candidates;  // Strikes that no expiry has.
  std::map<Underlying, Quote> underlyings;            // Those that are known, with their quotes.
  std::map<Underlying, Error> watch_errors;
  std::function<Reply(const gateway::QuoteRequest&, int nth)> on_quote =
      [](const gateway::QuoteRequest&, int) { return quoted(); };
  // By default one bar of quotes for each half hour that is asked for, and one of trades.
  std::function<Result<gateway::HistoryAnswer>(const gateway::HistoryRequest&)> on_history =
      [](const gateway::HistoryRequest& request) { return bars(request); };
  std::chrono::milliseconds history_takes{500};
  std::chrono::seconds wide_takes{0}, exact_takes{0};
  std::optional<Error> contracts_error;
  Instant away_until{};  // ready() waits for it, or fails with `away`.
  Error away{ErrorKind::unavailable, "no gateway there", 0};

  // What was asked.
  std::vector<gateway::QuoteRequest> asked;
  std::vector<gateway::HistoryRequest> asked_history;
  std::vector<gateway::ContractQuery> wide;
  std::vector<gateway::ContractQuery> exact;
  int refused_200 = 0, in_flight_most = 0, watching = 0;

  std::vector<gateway::QuoteRequest> asked_about(ContractId id) const {
    auto found = asked;
    std::erase_if(found, [&](const auto& request) { return request.contract.id != id; });
    return found;
  }

  asio::awaitable<Result<void>> ready(Instant until) override {
    if (away_until > until) co_return fail(away);
    co_return co_await clock_.wait_until(away_until);
  }

  asio::awaitable<Result<UnderlyingContract>> underlying(Underlying symbol) override {
    if (!underlyings.contains(symbol))
      co_return fail(Error{ErrorKind::refused, "No security definition for " + symbol, 200});
    UnderlyingContract contract;
    contract.id = 1'000'000 + symbol.front();
    contract.symbol = symbol;
    contract.primary_exchange = "NASDAQ";
    contract.time_zone = "US/Eastern";
    co_return contract;
  }

  // As the broker's: every strike that any expiry of the class has, for all of them.
  asio::awaitable<Result<OptionChain>> option_chain(UnderlyingContract of) override {
    std::map<std::string, std::set<Strike>> strikes;
    std::set<std::pair<std::chrono::year_month_day, std::string>> expiries;
    for (const OptionContract& contract : listed) {
      if (contract.underlying != of.symbol) continue;
      strikes[contract.trading_class].insert(contract.strike);
      expiries.emplace(contract.expiry, contract.trading_class);
    }
    strikes[of.symbol].insert(candidates[of.symbol].begin(), candidates[of.symbol].end());
    OptionChain chain{of.symbol, {}};
    for (const auto& [expiry, name] : expiries)
      chain.listings.push_back({expiry, name, 100, {strikes[name].begin(), strikes[name].end()}});
    co_return chain;
  }

  asio::awaitable<Result<std::vector<OptionContract>>> contracts(
      gateway::ContractQuery query) override {
    if (contracts_error) co_return fail(*contracts_error);
    const bool is_wide = !query.strike;
    (is_wide ? wide : exact).push_back(query);
    if (is_wide && wide.size() > 1) OPT_CO_TRY_VOID(co_await clock_.wait_for(wide_takes));
    if (!is_wide) OPT_CO_TRY_VOID(co_await clock_.wait_for(exact_takes));
    std::vector<OptionContract> found;
    for (const OptionContract& contract : listed)
      if (contract.underlying == query.underlying && contract.expiry == query.expiry &&
          contract.trading_class == query.trading_class &&
          (!query.strike || contract.strike == *query.strike) &&
          (!query.right || contract.right == *query.right))
        found.push_back(contract);
    if (!found.empty()) co_return found;
    ++refused_200;
    co_return fail(Error{ErrorKind::refused, "No security definition has been found", 200});
  }

  asio::awaitable<Result<gateway::QuoteAnswer>> quote(gateway::QuoteRequest request) override {
    const int nth = static_cast<int>(asked_about(request.contract.id).size());
    asked.push_back(request);
    Reply reply = on_quote(request, nth);
    in_flight_most = std::max(in_flight_most, ++in_flight_);
    if (reply.queued.count() > 0) OPT_CO_TRY_VOID(co_await clock_.wait_for(reply.queued));
    const Instant asked_at = clock_.now();
    const auto span = reply.silent ? std::min(request.timeout, request.price_timeout)
                                   : std::min(request.timeout, reply.after);
    OPT_CO_TRY_VOID(co_await clock_.wait_for(span));
    --in_flight_;
    if (reply.error) co_return fail(*reply.error);
    reply.answer.asked_at = asked_at;
    reply.answer.answered_at = clock_.now();
    if (!reply.silent && !reply.answer.quote.received) {
      reply.answer.quote.received = clock_.now();
      if (reply.answer.quote.has_price()) reply.answer.quote.as_of = clock_.now();
    }
    co_return reply.answer;
  }

  asio::awaitable<Result<gateway::HistoryAnswer>> historical_bars(
      gateway::HistoryRequest request) override {
    asked_history.push_back(request);
    const Instant asked_at = clock_.now();
    OPT_CO_TRY_VOID(co_await clock_.wait_for(history_takes));
    OPT_CO_TRY(gateway::HistoryAnswer answer, on_history(request));
    answer.asked_at = asked_at;
    answer.answered_at = clock_.now();
    co_return answer;
  }

  asio::awaitable<Result<std::unique_ptr<gateway::Watch>>> watch(
      UnderlyingContract of, bool) override {
    if (const auto error = watch_errors.find(of.symbol); error != watch_errors.end())
      co_return fail(error->second);
    co_return std::make_unique<Line>(*this, of.symbol);
  }

 private:
  class Line : public gateway::Watch {
   public:
    Line(ScriptedGateway& gateway, Underlying symbol)
        : gateway_(gateway), symbol_(std::move(symbol)) {
      ++gateway_.watching;
    }
    ~Line() override { --gateway_.watching; }
    Quote quote() const override { return gateway_.underlyings[symbol_]; }

   private:
    ScriptedGateway& gateway_;
    Underlying symbol_;
  };

  Clock& clock_;
  ContractId last_id_ = 100;
  int in_flight_ = 0;
};

}  // namespace opt_data::collect
