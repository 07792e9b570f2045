// Which contracts a client's twelve fields mean, on the market of one instant.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "sim/chain_directory.h"
#include "tws/messages.h"

namespace opt_data::sim {

struct ContractMatch {
  const MarketUnderlying* underlying = nullptr;  // Always set; of an option, its own.
  bool is_option = false;
  // Of options: the chain and the places in it, ascending. Not empty.
  std::shared_ptr<const Chain> chain;
  std::vector<std::size_t> places;

  const OptionContract& option(std::size_t i) const { return chain->options[places[i]]; }
};

// Whether the fields leave open which option is meant: expiry, strike and right, or a conid, or a
// local symbol, are all it takes.
bool is_wide(const tws::Contract& contract);

// Errors: refused, with the broker's code and text: 200 for what is not listed (any more), 321 for
// fields that cannot be read, 478 for a conid that contradicts them.
Result<ContractMatch> find_contracts(
    ChainDirectory& chains, const tws::Contract& contract, Instant at);

// An exchange we know, or none at all.
bool is_known_exchange(std::string_view exchange, bool is_option);
// SMART first. IBUSOPT has no adjusted classes.
const std::vector<std::string>& option_exchanges();
const std::vector<std::string>& stock_exchanges();

}  // namespace opt_data::sim
