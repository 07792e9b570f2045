// Option chains of one day, as they are stored.
//
// Errors: not_found, with what there is instead; corrupt.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "serve/desk.h"

namespace opt_data::serve {

Result<nlohmann::ordered_json> underlyings(TradeDate date, Desk& desk);
Result<nlohmann::ordered_json> chain(
    TradeDate date, const std::string& symbol, int slot, Desk& desk);
Result<nlohmann::ordered_json> contract_day(TradeDate date, ContractId id, Desk& desk);

}  // namespace opt_data::serve
