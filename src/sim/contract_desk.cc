#include "sim/contract_desk.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/text.h"
#include "sim/connection.h"
#include "sim/trading_hours.h"

namespace opt_data::sim {
namespace {

constexpr std::string_view option_order_types =
    "ACTIVETIM,AD,ADJUST,ALERT,DAY,GTC,LMT,MKT,SMARTSTG";
constexpr std::string_view stock_order_types = "ACTIVETIM,AD,ADJUST,ALERT,DAY,GTC,LMT,MKT,MOC,STP";
constexpr std::string_view zone = "US/Eastern";

template <typename T>
void shuffle(std::vector<T>& items, Random random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

// Rule 32 for the exchange that routes, 109 for the others, as for most options; 26 for stocks.
std::string rules(std::size_t exchanges, std::string_view first, std::string_view other) {
  std::string out(first);
  for (std::size_t i = 1; i < exchanges; ++i) (out += ',') += other;
  return out;
}

std::uint64_t key_of_contract(const tws::Contract& contract) {
  return key_of(fmt::format(
      "{}|{}|{}|{}|{}|{}|{}", contract.con_id, contract.symbol, contract.sec_type,
      contract.last_trade_date, contract.strike.value_or(0), contract.right,
      contract.trading_class));
}

}  // namespace

struct ContractDesk::Owned {
  explicit Owned(const tws::Contract& from)
      : texts{std::string(from.symbol),           std::string(from.sec_type),
              std::string(from.last_trade_date),  std::string(from.right),
              std::string(from.multiplier),       std::string(from.exchange),
              std::string(from.primary_exchange), std::string(from.currency),
              std::string(from.local_symbol),     std::string(from.trading_class)},
        con_id(from.con_id),
        strike(from.strike) {}

  tws::Contract contract() const {
    return {con_id,   texts[0], texts[1], texts[2], strike,   texts[3],
            texts[4], texts[5], texts[6], texts[7], texts[8], texts[9]};
  }

  std::vector<std::string> texts;
  std::int64_t con_id;
  std::optional<double> strike;
};

void ContractDesk::details(const tws::RequestContractData& request) {
  GatewayState& state = connection_.state();
  const Instant asked = connection_.now();
  const bool wide = is_wide(request.contract);
  Random random = state.random(Draw::contract_times, key_of_contract(request.contract), asked);
  const SimLatency& latency = state.options.latency;
  const Instant admitted = wide ? state.admit_wide(asked) : asked;
  const Instant when = admitted + within(wide ? latency.wide_contract : latency.contract, random);
  connection_.at(
      when, [this, id = request.request, owned = std::make_shared<const Owned>(request.contract)] {
        answer_details(id, *owned, connection_.now());
      });
}

void ContractDesk::answer_details(tws::RequestId id, const Owned& request, Instant asked) {
  GatewayState& state = connection_.state();
  const tws::Contract contract = request.contract();
  const auto match = find_contracts(state.chains, contract, asked);
  if (!match) return connection_.error(id, match.error().code, match.error().message);
  if (!match->is_option) {
    send_stock(id, *match->underlying, contract.exchange.empty() ? "SMART" : contract.exchange);
  } else {
    // Without an exchange the rows of several come mixed.
    std::vector<std::pair<std::size_t, std::string_view>> rows;
    for (std::size_t i = 0; i < match->places.size(); ++i) {
      if (!contract.exchange.empty()) {
        rows.emplace_back(i, contract.exchange);
      } else {
        for (std::size_t e = 0; e < 3; ++e) rows.emplace_back(i, option_exchanges()[e]);
      }
    }
    shuffle(rows, state.random(Draw::row_order, key_of_contract(contract), asked));
    for (const auto& [place, exchange] : rows)
      send_option(id, *match, match->option(place), exchange);
  }
  connection_.send(tws::ContractDataEnd{id});
}

void ContractDesk::send_option(
    tws::RequestId id, const ContractMatch& match, const OptionContract& option,
    std::string_view exchange) {
  GatewayState& state = connection_.state();
  const std::string expiry = compact(option.expiry);
  const std::string local_symbol = occ_symbol(option);
  const std::string multiplier = fmt::format("{}", option.multiplier);
  const std::string month = expiry.substr(0, 6);
  const std::string hours = liquid_hours(state.calendar, connection_.now());
  const std::string exchanges = join(option_exchanges(), ",");
  const std::string rule_ids = rules(option_exchanges().size(), "32", "109");
  tws::ContractData row;
  row.request = id;
  row.symbol = option.underlying;
  row.sec_type = "OPT";
  row.last_trade_date = expiry;
  if (state.options.expiry_with_time) {
    row.last_trade_time = "16:00:00";
    row.last_trade_zone = zone;
  }
  row.strike = option.strike.usd();
  row.right = option.right == Right::call ? "C" : "P";
  row.exchange = exchange;
  row.currency = option.currency;
  row.local_symbol = local_symbol;
  row.market_name = option.trading_class;
  row.trading_class = option.trading_class;
  row.con_id = option.id;
  row.min_tick = 0.01;
  row.multiplier = multiplier;
  row.order_types = option_order_types;
  row.valid_exchanges = exchanges;
  row.under_con_id = match.underlying->id;
  row.long_name = match.underlying->long_name;
  row.contract_month = month;
  row.time_zone_id = zone;
  row.trading_hours = hours;
  row.liquid_hours = hours;
  row.agg_group = 2;
  row.under_symbol = option.underlying;
  row.under_sec_type = "STK";
  row.market_rule_ids = rule_ids;
  row.real_expiration_date = expiry;
  row.min_size = row.size_increment = row.suggested_size_increment = 1;
  connection_.send(row);
}

void ContractDesk::send_stock(
    tws::RequestId id, const MarketUnderlying& stock, std::string_view exchange) {
  GatewayState& state = connection_.state();
  const std::string trading = extended_hours(state.calendar, connection_.now());
  const std::string liquid = liquid_hours(state.calendar, connection_.now());
  const std::string exchanges = join(stock_exchanges(), ",");
  const std::string rule_ids = rules(stock_exchanges().size(), "26", "26");
  const std::string group = stock.primary_exchange == "NASDAQ" ? "NMS" : stock.symbol;
  tws::ContractData row;
  row.request = id;
  row.symbol = stock.symbol;
  row.sec_type = "STK";
  row.exchange = exchange;
  row.currency = "USD";
  row.local_symbol = stock.symbol;
  row.market_name = group;
  row.trading_class = group;
  row.con_id = stock.id;
  row.min_tick = 0.01;
  row.order_types = stock_order_types;
  row.valid_exchanges = exchanges;
  row.long_name = stock.long_name;
  row.primary_exchange = stock.primary_exchange;
  row.time_zone_id = zone;
  row.trading_hours = trading;
  row.liquid_hours = liquid;
  row.agg_group = 1;
  row.market_rule_ids = rule_ids;
  row.stock_type = "COMMON";
  row.min_size = row.size_increment = 0.0001;
  row.suggested_size_increment = 100;
  connection_.send(row);
}

void ContractDesk::option_parameters(const tws::RequestSecDefOptParams& request) {
  GatewayState& state = connection_.state();
  const Instant asked = connection_.now();
  const MarketUnderlying* stock = state.chains.underlying(request.symbol);
  Random random = state.random(Draw::contract_times, key_of(request.symbol), asked);
  const Instant when = asked + within(state.options.latency.contract, random);
  const bool is_known =
      stock != nullptr && stock->id == request.con_id && request.sec_type == "STK";
  if (!is_known)
    return connection_.at(when, [this, id = request.request] {
      connection_.error(id, 200, "No security definition has been found for the request");
    });
  // A futures exchange filters everything away.
  if (!request.fut_fop_exchange.empty())
    return connection_.at(
        when, [this, id = request.request] { connection_.send(tws::SecDefOptParamEnd{id}); });
  connection_.at(
      when, [this, id = request.request, stock, asked] { send_parameters(id, *stock, asked); });
}

void ContractDesk::matching_symbols(const tws::RequestMatchingSymbols& request) {
  tws::SymbolSamples answer{request.request, {}};
  const std::string pattern = upper(request.pattern);
  for (const MarketUnderlying& stock : connection_.state().chains.underlyings()) {
    if (!stock.symbol.starts_with(pattern) || answer.samples.size() == 16) continue;
    answer.samples.push_back(
        {stock.id,
         stock.symbol,
         "STK",
         stock.primary_exchange,
         "USD",
         {"OPT"},
         stock.long_name,
         ""});
  }
  connection_.send(answer);
}

void ContractDesk::market_rule(std::int32_t rule) {
  tws::MarketRule answer{rule, {}};
  if (rule == 26) answer.increments = {{0.0, 0.01}};
  if (rule == 32 || rule == 109) answer.increments = {{0.0, 0.01}, {3.0, 0.05}};
  if (answer.increments.empty())
    return connection_.error(
        -1, 321, "Error validating request.-'bW' : cause - Invalid market rule id");
  connection_.send(answer);
}

void ContractDesk::smart_components(const tws::RequestSmartComponents& request) {
  tws::SmartComponents answer{request.request, {}};
  static constexpr std::string_view letters = "ZABCDEGHIJMNOPQRTUWX";
  const auto& exchanges = option_exchanges();
  for (std::size_t i = 1; i < exchanges.size(); ++i)
    answer.components.push_back(
        {static_cast<std::int32_t>(i - 1), exchanges[i], letters.substr(i, 1)});
  connection_.send(answer);
}

void ContractDesk::send_parameters(
    tws::RequestId id, const MarketUnderlying& stock, Instant asked) {
  GatewayState& state = connection_.state();
  struct Class {
    std::set<std::string> expiries;
    std::set<double> strikes;
    double multiplier = 100;
  };
  std::map<std::string, Class> classes;
  for (const OptionContract& option :
       state.chains.chain(stock.symbol, connection_.now())->options) {
    Class& of = classes[option.trading_class];
    of.expiries.insert(compact(option.expiry));
    of.strikes.insert(option.strike.usd());
    of.multiplier = option.multiplier;
  }
  struct Row {
    std::string_view exchange;
    const std::string* trading_class;
    const Class* of;
  };
  std::vector<Row> rows;
  for (const auto& [name, of] : classes)
    for (const std::string& exchange : option_exchanges())
      if (exchange != "IBUSOPT" || name == stock.symbol) rows.push_back({exchange, &name, &of});
  shuffle(rows, state.random(Draw::exchange_order, key_of(stock.symbol), asked));
  for (const Row& row : rows) {
    const std::string multiplier = fmt::format("{}", row.of->multiplier);
    tws::SecDefOptParam message{id, row.exchange, stock.id, *row.trading_class, multiplier, {}, {}};
    message.expirations.assign(row.of->expiries.begin(), row.of->expiries.end());
    message.strikes.assign(row.of->strikes.begin(), row.of->strikes.end());
    shuffle(message.expirations, state.random(Draw::row_order, key_of(row.exchange), asked));
    connection_.send(message);
  }
  connection_.send(tws::SecDefOptParamEnd{id});
}

}  // namespace opt_data::sim
