// Contract details and option parameters: questions with many rows and one end.
#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "gateway/session_core.h"

namespace opt_data::gateway {
namespace {

// Collects rows until the end message. `Row` copies what it keeps: the message is a view.
template <typename Row, typename Message, typename End>
class RowListener : public Listener {
 public:
  RowListener(TwsSession::Core& core, Row (*convert)(const Message&))
      : Listener(core), convert_(convert) {}

  using Listener::on;
  void on(const Message& message, Instant) override { rows.push_back(convert_(message)); }
  void on(const End&, Instant) override {
    ended = true;
    changed.notify_all();
  }
  void on_error(const tws::ErrorNotice& notice, CodeClass kind) override {
    if (kind == CodeClass::rate_exceeded) {
      repeat = true;
    } else if (kind == CodeClass::restored_lost) {
      repeat = true;
    } else if (!ends_request(kind)) {
      return;
    } else {
      error = Error{ErrorKind::refused, std::string(notice.text), notice.code};
    }
    changed.notify_all();
  }

  std::vector<Row> rows;
  bool ended = false;
  bool repeat = false;
  std::optional<Error> error;

 private:
  Row (*convert_)(const Message&);
};

// Sends what `make` builds for a request id and returns the rows of the answer. A message that the
// broker counted as one too many was not executed: it is sent again.
template <typename Row, typename Message, typename End, typename Make>
asio::awaitable<Result<std::vector<Row>>> ask(
    std::shared_ptr<TwsSession::Core> core, std::chrono::milliseconds timeout,
    Row (*convert)(const Message&), Make make) {
  for (int tries = 0;; ++tries) {
    OPT_CO_TRY_VOID(
        co_await core->admitted(&TwsSession::Core::contract_hold, core->clock.now() + timeout));
    RowListener<Row, Message, End> listener(*core, convert);
    tws::ClientMessage message = make(listener.id());
    OPT_CO_TRY_VOID(co_await core->send(message));
    const Instant deadline = core->clock.now() + timeout;
    while (!listener.ended && !listener.error && !listener.repeat) {
      if (auto news = co_await core->wait(listener, deadline); !news) {
        if (news.error().kind == ErrorKind::not_found)
          co_return fail(
              ErrorKind::unavailable, "the gateway did not answer within {} s",
              timeout.count() / 1000);
        co_return fail(std::move(news).error());
      }
    }
    if (listener.error) co_return fail(*listener.error);
    if (listener.ended) co_return std::move(listener.rows);
    if (tries >= 3)
      co_return fail(ErrorKind::unavailable, "the gateway kept refusing the request's rate");
    OPT_CO_TRY_VOID(co_await core->clock.wait_for(std::chrono::seconds{1}));
  }
}

UnderlyingContract to_underlying(const tws::ContractData& row) {
  UnderlyingContract contract;
  contract.id = row.con_id;
  contract.symbol = std::string(row.symbol);
  contract.long_name = std::string(row.long_name);
  contract.primary_exchange = std::string(row.primary_exchange);
  contract.time_zone = std::string(row.time_zone_id);
  contract.trading_hours = std::string(row.trading_hours);
  contract.liquid_hours = std::string(row.liquid_hours);
  return contract;
}

std::optional<OptionContract> to_option(const tws::ContractData& row) {
  const auto expiry = parse_compact_day(row.last_trade_date);
  const auto right = parse_right(row.right);
  if (!expiry || !right || !row.strike || row.con_id <= 0) return std::nullopt;
  OptionContract contract;
  contract.id = row.con_id;
  contract.underlying = std::string(row.symbol);
  contract.expiry = *expiry;
  contract.right = *right;
  contract.strike = Strike::from_usd(*row.strike);
  contract.multiplier = parse_double(row.multiplier).value_or(100);
  contract.exchange = std::string(row.exchange);
  contract.trading_class = std::string(row.trading_class);
  contract.currency = std::string(row.currency);
  return contract;
}

struct SecDefRow {
  std::string exchange;
  std::string trading_class;
  double multiplier;
  std::vector<std::chrono::year_month_day> expiries;
  std::vector<Strike> strikes;
};

SecDefRow to_secdef(const tws::SecDefOptParam& row) {
  SecDefRow out;
  out.exchange = std::string(row.exchange);
  out.trading_class = std::string(row.trading_class);
  out.multiplier = parse_double(row.multiplier).value_or(100);
  for (const auto text : row.expirations)
    if (const auto day = parse_compact_day(text)) out.expiries.push_back(*day);
  for (const double strike : row.strikes) out.strikes.push_back(Strike::from_usd(strike));
  std::sort(out.strikes.begin(), out.strikes.end());
  return out;
}

}  // namespace

asio::awaitable<Result<UnderlyingContract>> TwsSession::underlying(Underlying symbol) {
  const auto core = core_;
  auto rows = co_await ask<UnderlyingContract, tws::ContractData, tws::ContractDataEnd>(
      core, core->options.request_timeout, to_underlying, [&](tws::RequestId id) {
        tws::RequestContractData request;
        request.request = id;
        request.contract.symbol = symbol;
        request.contract.sec_type = "STK";
        request.contract.exchange = "SMART";
        request.contract.currency = "USD";
        return request;
      });
  if (!rows) co_return fail_within(std::move(rows).error(), "{}", symbol);
  if (rows->empty())
    co_return fail(ErrorKind::refused, "{}: the gateway knows no such stock", symbol);
  co_return std::move(rows->front());
}

asio::awaitable<Result<OptionChain>> TwsSession::option_chain(UnderlyingContract underlying) {
  const auto core = core_;
  auto rows = co_await ask<SecDefRow, tws::SecDefOptParam, tws::SecDefOptParamEnd>(
      core, core->options.request_timeout, to_secdef, [&](tws::RequestId id) {
        tws::RequestSecDefOptParams request;
        request.request = id;
        request.symbol = underlying.symbol;
        request.sec_type = "STK";
        request.con_id = underlying.id;
        return request;
      });
  if (!rows) co_return fail_within(std::move(rows).error(), "{}", underlying.symbol);
  OptionChain chain{underlying.symbol, {}};
  // Every exchange of a class carries the same lists, so one row of a class is enough: SMART's, or
  // another's where SMART sent none.
  std::map<std::string, const SecDefRow*> by_class;
  for (const SecDefRow& row : *rows) {
    const SecDefRow*& kept = by_class[row.trading_class];
    if (kept == nullptr || row.exchange == "SMART") kept = &row;
  }
  for (const auto& [trading_class, row] : by_class)
    for (const auto expiry : row->expiries)
      chain.listings.push_back(Listing{expiry, trading_class, row->multiplier, row->strikes});
  std::sort(chain.listings.begin(), chain.listings.end(), [](const Listing& a, const Listing& b) {
    return std::tie(a.expiry, a.trading_class) < std::tie(b.expiry, b.trading_class);
  });
  co_return chain;
}

asio::awaitable<Result<std::vector<OptionContract>>> TwsSession::contracts(ContractQuery query) {
  const auto core = core_;
  const bool wide = !query.strike || !query.right;
  const std::string expiry = compact(query.expiry);
  auto rows = co_await ask<std::optional<OptionContract>, tws::ContractData, tws::ContractDataEnd>(
      core, wide ? core->options.throttled_timeout : core->options.request_timeout, to_option,
      [&](tws::RequestId id) {
        tws::RequestContractData request;
        request.request = id;
        request.contract.symbol = query.underlying;
        request.contract.sec_type = "OPT";
        request.contract.last_trade_date = expiry;
        if (query.strike) request.contract.strike = query.strike->usd();
        if (query.right) request.contract.right = *query.right == Right::call ? "C" : "P";
        request.contract.exchange = query.exchange;
        request.contract.currency = "USD";
        request.contract.trading_class = query.trading_class;
        return request;
      });
  if (!rows)
    co_return fail_within(std::move(rows).error(), "{} {}", query.underlying, iso(query.expiry));
  std::vector<OptionContract> contracts;
  for (auto& row : *rows) {
    if (!row) {
      core->emit(
          observe::Level::warning, "contract_row_unreadable",
          fmt::format(
              "{} {}: a contract row without expiry, right, strike or id was left out",
              query.underlying, expiry));
      continue;
    }
    contracts.push_back(std::move(*row));
  }
  std::sort(contracts.begin(), contracts.end(), in_file_order);
  co_return contracts;
}

}  // namespace opt_data::gateway
