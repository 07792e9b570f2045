#include "tws/random_message.h"

#include <bit>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace opt_data::tws {
namespace {

template <typename Variant, typename Message>
constexpr std::size_t index_of = [] {
  return []<typename... All>(std::variant<All...>*) {
    std::size_t index = 0;
    static_cast<void>(((std::is_same_v<All, Message> ? false : (++index, true)) && ...));
    return index;
  }(static_cast<Variant*>(nullptr));
}();

template <typename Message>
constexpr std::size_t client_index = index_of<ClientMessage, Message>;
template <typename Message>
constexpr std::size_t server_index = index_of<ServerMessage, Message>;

constexpr std::int32_t unknown_ids[] = {3, 5, 6, 11, 18, 53, 77, 84, 100, 108, 127, 128, 5000, -7};

}  // namespace

Text RandomMessages::text() {
  std::string& out = texts_.emplace_back();
  if (chance(0.25)) return out;
  if (chance(0.02)) out.resize(5000, 'x');
  for (std::size_t n = random_.below(14); n > 0; --n)
    out += chance(0.9) ? static_cast<char>(' ' + random_.below(95))
                       : static_cast<char>(1 + random_.below(255));
  return out;
}

Text RandomMessages::word() {
  std::string& out = texts_.emplace_back();
  for (std::size_t n = 1 + random_.below(10); n > 0; --n)
    out += static_cast<char>('0' + random_.below(75));
  return out;
}

Text RandomMessages::right() {
  constexpr Text all[] = {"C", "P", ""};
  return all[random_.below(3)];
}

std::int32_t RandomMessages::whole() {
  if (chance(0.1)) return std::numeric_limits<std::int32_t>::min();
  if (chance(0.1)) return std::numeric_limits<std::int32_t>::max() - 1;
  return static_cast<std::int32_t>(random_.below(chance(0.5) ? 20 : 1000000000)) - 5;
}

std::int64_t RandomMessages::big() {
  return chance(0.2) ? static_cast<std::int64_t>(random_.next()) : std::int64_t{whole()};
}

std::int64_t RandomMessages::moment() {
  if (chance(0.1)) return epoch_seconds_max;
  return static_cast<std::int64_t>(random_.below(4000000000));
}

double RandomMessages::real() {
  switch (random_.below(6)) {
    case 0:
      return static_cast<double>(random_.below(2000)) - 1000;
    case 1:
      return static_cast<double>(random_.below(100000)) * 0.05;
    case 2:
      return random_.normal() * 1e-7;
    case 3:
      return random_.normal() * 1e17;
    case 4: {
      const double any = std::bit_cast<double>(random_.next());
      return std::abs(any) < 1e300 ? any : 0;
    }
    default:
      return random_.normal();
  }
}

Tick RandomMessages::tick() { return static_cast<Tick>(random_.below(112)); }

std::optional<double> RandomMessages::above(double bound, bool included) {
  if (chance(0.2)) return std::nullopt;
  const double value = std::abs(real()) + bound;
  if (value == bound && !included) return std::nullopt;
  return value;
}

std::optional<double> RandomMessages::other_than(double sentinel) {
  const double value = real();
  if (value == sentinel || chance(0.2)) return std::nullopt;
  return value;
}

std::optional<double> RandomMessages::price(Tick of) {
  switch (live_kind(of)) {
    case Tick::last:
    case Tick::high:
    case Tick::low:
    case Tick::close:
    case Tick::open:
      return above(0, false);
    default:
      return other_than(-1);
  }
}

std::optional<std::int64_t> RandomMessages::tally() {
  if (chance(0.2)) return std::nullopt;
  return static_cast<std::int64_t>(random_.below(1000000));
}

Contract RandomMessages::contract() {
  return {big(),  text(),        chance(0.1) ? "BAG" : text(),
          text(), other_than(0), right(),
          text(), text(),        text(),
          text(), text(),        text()};
}

ContractData RandomMessages::contract_data() {
  ContractData out{};
  out.request = whole();
  for (Text* field :
       {&out.symbol,
        &out.sec_type,
        &out.exchange,
        &out.currency,
        &out.local_symbol,
        &out.market_name,
        &out.trading_class,
        &out.multiplier,
        &out.order_types,
        &out.valid_exchanges,
        &out.long_name,
        &out.primary_exchange,
        &out.contract_month,
        &out.industry,
        &out.category,
        &out.subcategory,
        &out.time_zone_id,
        &out.trading_hours,
        &out.liquid_hours,
        &out.ev_rule,
        &out.ev_multiplier,
        &out.under_symbol,
        &out.under_sec_type,
        &out.market_rule_ids,
        &out.real_expiration_date,
        &out.stock_type})
    *field = text();
  if (chance(0.8)) out.last_trade_date = word();
  if (chance(0.7)) out.last_trade_time = word();
  if (chance(0.6)) out.last_trade_zone = text();
  out.strike = other_than(0);
  out.right = right();
  out.con_id = big();
  out.min_tick = other_than(std::nan(""));
  out.price_magnifier = whole();
  out.under_con_id = big();
  for (std::size_t n = few(); n > 0; --n) out.sec_ids.emplace_back(text(), text());
  if (chance(0.7)) out.agg_group = whole();
  out.min_size = size();
  out.size_increment = size();
  out.suggested_size_increment = size();
  return out;
}

TickOptionComputation RandomMessages::computation() {
  return {whole(),        tick(),         whole(),        above(0, true),
          other_than(-2), other_than(-1), other_than(-1), other_than(-2),
          other_than(-2), other_than(-2), other_than(-1)};
}

HistoricalBar RandomMessages::bar() {
  return {text(),         other_than(-1), other_than(-1), other_than(-1),
          other_than(-1), size(),         other_than(-1), tally()};
}

SymbolSample RandomMessages::sample() {
  SymbolSample out{big(), text(), text(), text(), text(), {}, text(), text()};
  for (std::size_t n = few(); n > 0; --n) out.derivatives.push_back(text());
  return out;
}

ClientMessage RandomMessages::client(std::size_t index) {
  switch (index) {
    case client_index<StartApi>:
      return StartApi{whole(), text()};
    case client_index<RequestIds>:
      return RequestIds{};
    case client_index<RequestManagedAccounts>:
      return RequestManagedAccounts{};
    case client_index<SetServerLogLevel>:
      return SetServerLogLevel{whole()};
    case client_index<RequestCurrentTime>:
      return RequestCurrentTime{};
    case client_index<RequestMarketDataType>:
      return RequestMarketDataType{whole()};
    case client_index<RequestContractData>:
      return RequestContractData{whole(), contract(), chance(0.5), text(), text(), text()};
    case client_index<RequestSecDefOptParams>:
      return RequestSecDefOptParams{whole(), text(), text(), text(), big()};
    case client_index<RequestMarketData>:
      return RequestMarketData{whole(), contract(), text(), chance(0.5), chance(0.5)};
    case client_index<CancelMarketData>:
      return CancelMarketData{whole()};
    case client_index<RequestHistoricalData>:
      return RequestHistoricalData{whole(), contract(),  chance(0.5), text(),  text(),
                                   text(),  chance(0.5), text(),      whole(), chance(0.5)};
    case client_index<CancelHistoricalData>:
      return CancelHistoricalData{whole()};
    case client_index<RequestRealTimeBars>:
      return RequestRealTimeBars{whole(), contract(), whole(), text(), chance(0.5)};
    case client_index<CancelRealTimeBars>:
      return CancelRealTimeBars{whole()};
    case client_index<RequestHeadTimestamp>:
      return RequestHeadTimestamp{whole(), contract(), chance(0.5), chance(0.5), text(), whole()};
    case client_index<CancelHeadTimestamp>:
      return CancelHeadTimestamp{whole()};
    case client_index<RequestMarketRule>:
      return RequestMarketRule{whole()};
    case client_index<RequestSmartComponents>:
      return RequestSmartComponents{whole(), text()};
    case client_index<RequestMatchingSymbols>:
      return RequestMatchingSymbols{whole(), text()};
    default:
      OPT_CHECK(index == client_index<UnknownMessage>);
      return UnknownMessage{unknown_ids[random_.below(std::size(unknown_ids))]};
  }
}

ServerMessage RandomMessages::server(std::size_t index) {
  switch (index) {
    case server_index<ManagedAccounts>:
      return ManagedAccounts{text()};
    case server_index<NextValidId>:
      return NextValidId{whole()};
    case server_index<CurrentTime>:
      return CurrentTime{moment()};
    case server_index<ErrorNotice>:
      return ErrorNotice{whole(), whole(), text(), text()};
    case server_index<ContractData>:
      return contract_data();
    case server_index<ContractDataEnd>:
      return ContractDataEnd{whole()};
    case server_index<SecDefOptParam>: {
      SecDefOptParam out{whole(), text(), big(), text(), text(), {}, {}};
      for (std::size_t n = few(); n > 0; --n) out.expirations.push_back(text());
      for (std::size_t n = few(); n > 0; --n) out.strikes.push_back(real());
      return out;
    }
    case server_index<SecDefOptParamEnd>:
      return SecDefOptParamEnd{whole()};
    case server_index<MarketRule>: {
      MarketRule out{whole(), {}};
      for (std::size_t n = few(); n > 0; --n) out.increments.emplace_back(real(), real());
      return out;
    }
    case server_index<SmartComponents>: {
      SmartComponents out{whole(), {}};
      for (std::size_t n = few(); n > 0; --n) out.components.push_back({whole(), text(), text()});
      return out;
    }
    case server_index<SymbolSamples>: {
      SymbolSamples out{whole(), {}};
      for (std::size_t n = few(); n > 0; --n) out.samples.push_back(sample());
      return out;
    }
    case server_index<UnknownMessage>:
      return UnknownMessage{unknown_ids[random_.below(std::size(unknown_ids))]};
    default:
      return market_data(index);
  }
}

ServerMessage RandomMessages::market_data(std::size_t index) {
  switch (index) {
    case server_index<MarketDataTypeNotice>:
      return MarketDataTypeNotice{whole(), whole()};
    case server_index<TickPrice>: {
      const Tick of = tick();
      return TickPrice{whole(), of, price(of), size(), whole()};
    }
    case server_index<TickSize>:
      return TickSize{whole(), tick(), size()};
    case server_index<TickGeneric>:
      return TickGeneric{whole(), tick(), size()};
    case server_index<TickString>:
      return TickString{whole(), tick(), text()};
    case server_index<TickOptionComputation>:
      return computation();
    case server_index<TickEfp>:
      return TickEfp{whole(), tick(), size(), text(), size(), whole(), text(), size(), size()};
    case server_index<TickSnapshotEnd>:
      return TickSnapshotEnd{whole()};
    case server_index<TickReqParams>:
      return TickReqParams{whole(), size(), text(), whole()};
    case server_index<RerouteMarketData>:
      return RerouteMarketData{whole(), big(), text(), chance(0.5)};
    case server_index<HistoricalData>: {
      HistoricalData out{whole(), text(), text(), {}};
      for (std::size_t n = few(); n > 0; --n) out.bars.push_back(bar());
      return out;
    }
    case server_index<HistoricalDataUpdate>:
      return HistoricalDataUpdate{whole(), bar()};
    case server_index<HistoricalSchedule>: {
      HistoricalSchedule out{whole(), text(), text(), text(), {}};
      for (std::size_t n = few(); n > 0; --n) out.sessions.push_back({text(), text(), text()});
      return out;
    }
    case server_index<RealTimeBar>:
      return RealTimeBar{whole(),        moment(), other_than(-1), other_than(-1), other_than(-1),
                         other_than(-1), size(),   other_than(-1), tally()};
    default:
      OPT_CHECK(index == server_index<HeadTimestamp>);
      return HeadTimestamp{whole(), text()};
  }
}

}  // namespace opt_data::tws
