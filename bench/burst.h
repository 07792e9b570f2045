// What a gateway sends of option contracts that were just subscribed: of each its market-data type,
// its tick parameters, prices with their sizes, the day's prices, open interest, and four
// volatility computations with seventeen digits. The bytes are the same every time.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tws/messages.h"

namespace opt_data::bench {

constexpr std::size_t messages_per_contract = 21;

// Every line, `rounds` times over: messages_per_contract * lines * rounds messages.
std::string contract_burst(std::span<const tws::RequestId> lines, std::size_t rounds);
// Of 100 lines.
std::string contract_burst(std::size_t rounds);

}  // namespace opt_data::bench
