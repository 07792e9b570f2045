// Answers about contracts: details, option parameters, and the small tables around them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/contract_finder.h"
#include "tws/messages.h"

namespace opt_data::sim {

class Connection;

class ContractDesk {
 public:
  explicit ContractDesk(Connection& connection) : connection_(connection) {}

  void details(const tws::RequestContractData& request);
  void option_parameters(const tws::RequestSecDefOptParams& request);
  void matching_symbols(const tws::RequestMatchingSymbols& request);
  void market_rule(std::int32_t rule);
  void smart_components(const tws::RequestSmartComponents& request);

 private:
  // A request lives longer than the frame its text fields point into.
  struct Owned;

  void answer_details(tws::RequestId id, const Owned& request, Instant asked);
  void send_option(
      tws::RequestId id, const ContractMatch& match, const OptionContract& option,
      std::string_view exchange);
  void send_stock(tws::RequestId id, const MarketUnderlying& stock, std::string_view exchange);
  void send_parameters(tws::RequestId id, const MarketUnderlying& stock, Instant asked);

  Connection& connection_;
};

}  // namespace opt_data::sim
