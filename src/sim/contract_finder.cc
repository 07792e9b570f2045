#include "sim/contract_finder.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "sim/refusal.h"

namespace opt_data::sim {
namespace {

using std::chrono::year_month_day;

tl::unexpected<Error> not_listed() {
  return refuse(200, "No security definition has been found for the request");
}

// "20261218", or "202612" for a whole month, or nothing.
struct ExpiryFilter {
  std::optional<year_month_day> day;
  std::optional<std::chrono::year_month> month;

  bool admits(year_month_day expiry) const {
    if (day) return expiry == *day;
    return !month || (expiry.year() == month->year() && expiry.month() == month->month());
  }
};

Result<ExpiryFilter> expiry_filter(std::string_view text) {
  ExpiryFilter filter;
  if (text.empty()) return filter;
  if (text.size() == 6) {
    const auto first = parse_compact_day(std::string(text) + "01");
    if (!first) return invalid("bW", "Invalid expiry");
    filter.month = first->year() / first->month();
    return filter;
  }
  const auto day = parse_compact_day(text.substr(0, 8));
  if (!day) return invalid("bW", "Invalid expiry");
  filter.day = *day;
  return filter;
}

struct OptionFilter {
  ExpiryFilter expiry;
  std::optional<Strike> strike;
  std::optional<Right> right;
  std::string_view trading_class;
  std::string_view local_symbol;
  std::optional<double> multiplier;

  bool admits(const OptionContract& option) const {
    return expiry.admits(option.expiry) && (!strike || option.strike == *strike) &&
           (!right || option.right == *right) &&
           (trading_class.empty() || option.trading_class == trading_class) &&
           (!multiplier || option.multiplier == *multiplier) &&
           (local_symbol.empty() || occ_symbol(option) == local_symbol);
  }
};

Result<OptionFilter> option_filter(const tws::Contract& contract) {
  OptionFilter filter;
  OPT_TRY(filter.expiry, expiry_filter(contract.last_trade_date));
  if (contract.strike && *contract.strike > 0) filter.strike = Strike::from_usd(*contract.strike);
  if (!contract.right.empty()) {
    const auto right = parse_right(contract.right);
    if (!right) return invalid("bW", "Invalid right");
    filter.right = *right;
  }
  filter.trading_class = contract.trading_class;
  filter.local_symbol = contract.local_symbol;
  filter.multiplier = parse_double(contract.multiplier);
  return filter;
}

Result<ContractMatch> by_id(ChainDirectory& chains, const tws::Contract& contract, Instant at) {
  ContractMatch match;
  if ((match.underlying = chains.underlying(contract.con_id)) != nullptr) return match;
  for (const MarketUnderlying& underlying : chains.underlyings()) {
    if (!contract.symbol.empty() && contract.symbol != underlying.symbol) continue;
    const auto chain = chains.chain(underlying.symbol, at);
    const auto found = chain->by_id.find(contract.con_id);
    if (found == chain->by_id.end()) continue;
    match = {&underlying, true, chain, {found->second}};
    return match;
  }
  return not_listed();
}

// The fields that came beside the conid must say the same, or be absent.
Result<void> check_agreement(const ContractMatch& match, const tws::Contract& contract) {
  const auto conflict = [](std::string_view requested, std::string_view known) {
    return refuse(
        478, fmt::format(
                 "Parameters in request conflicts with contract parameters received by contract "
                 "id: requested {}, in contract {}",
                 requested, known));
  };
  if (!contract.symbol.empty() && contract.symbol != match.underlying->symbol)
    return conflict(contract.symbol, match.underlying->symbol);
  if (!contract.sec_type.empty() && (contract.sec_type == "OPT") != match.is_option)
    return conflict(contract.sec_type, match.is_option ? "OPT" : "STK");
  if (!match.is_option) return {};
  const OptionContract& option = match.option(0);
  OPT_TRY(const OptionFilter filter, option_filter(contract));
  if (!filter.expiry.admits(option.expiry))
    return conflict(contract.last_trade_date, compact(option.expiry));
  if (filter.strike && *filter.strike != option.strike)
    return conflict(
        fmt::format("strike {}", filter.strike->usd()),
        fmt::format("strike {}", option.strike.usd()));
  if (filter.right && *filter.right != option.right)
    return conflict(contract.right, std::string(1, letter(option.right)));
  return {};
}

Result<ContractMatch> options(ChainDirectory& chains, const tws::Contract& contract, Instant at) {
  OPT_TRY(const OptionFilter filter, option_filter(contract));
  for (const MarketUnderlying& underlying : chains.underlyings()) {
    if (!contract.symbol.empty() && contract.symbol != underlying.symbol) continue;
    if (contract.symbol.empty() && contract.local_symbol.empty()) break;
    ContractMatch match{&underlying, true, chains.chain(underlying.symbol, at), {}};
    for (std::size_t i = 0; i < match.chain->options.size(); ++i)
      if (filter.admits(match.chain->options[i])) match.places.push_back(i);
    if (!match.places.empty()) return match;
  }
  return not_listed();
}

}  // namespace

bool is_wide(const tws::Contract& contract) {
  if (contract.sec_type != "OPT" || contract.con_id > 0 || !contract.local_symbol.empty())
    return false;
  return contract.last_trade_date.size() < 8 || !contract.strike || *contract.strike <= 0 ||
         contract.right.empty();
}

Result<ContractMatch> find_contracts(
    ChainDirectory& chains, const tws::Contract& contract, Instant at) {
  static constexpr std::array<std::string_view, 16> types = {
      "STK",   "OPT", "FUT", "FOP",  "IND",    "CASH",    "BOND", "FUND",
      "CMDTY", "CFD", "WAR", "IOPT", "CRYPTO", "CONTFUT", "NEWS", "BAG"};
  const bool typed = std::ranges::find(types, contract.sec_type) != types.end();
  if (!typed && (contract.con_id <= 0 || !contract.sec_type.empty()))
    return invalid("bW", "Please enter a valid security type");
  if (!contract.currency.empty() && contract.currency != "USD") return not_listed();
  ContractMatch match;
  if (contract.con_id > 0) {
    OPT_TRY(match, by_id(chains, contract, at));
    OPT_TRY_VOID(check_agreement(match, contract));
  } else if (contract.sec_type == "STK") {
    match.underlying =
        chains.underlying(contract.symbol.empty() ? contract.local_symbol : contract.symbol);
    if (match.underlying == nullptr) return not_listed();
  } else if (contract.sec_type == "OPT") {
    OPT_TRY(match, options(chains, contract, at));
  } else {
    return not_listed();
  }
  if (!is_known_exchange(contract.exchange, match.is_option)) return not_listed();
  return match;
}

const std::vector<std::string>& option_exchanges() {
  static const std::vector<std::string> all = {
      "SMART",    "AMEX",     "BATS",    "BOX",  "CBOE", "CBOE2",   "EDGX",
      "EMERALD",  "GEMINI",   "IBUSOPT", "ISE",  "MEMX", "MERCURY", "MIAX",
      "NASDAQBX", "NASDAQOM", "PEARL",   "PHLX", "PSE",  "SAPPHIRE"};
  return all;
}

const std::vector<std::string>& stock_exchanges() {
  static const std::vector<std::string> all = {
      "SMART",  "AMEX",     "NYSE", "CBOE", "PHLX",  "ISE", "CHX", "ARCA",
      "NASDAQ", "DRCTEDGE", "BEX",  "BATS", "EDGEA", "BYX", "IEX", "PSX"};
  return all;
}

bool is_known_exchange(std::string_view exchange, bool is_option) {
  if (exchange.empty()) return true;
  const auto& known = is_option ? option_exchanges() : stock_exchanges();
  return std::ranges::find(known, exchange) != known.end();
}

}  // namespace opt_data::sim
