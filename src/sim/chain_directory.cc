#include "sim/chain_directory.h"

#include <algorithm>
#include <chrono>

namespace opt_data::sim {

std::shared_ptr<const Chain> ChainDirectory::chain(const Underlying& symbol, Instant at) {
  const Instant minute = std::chrono::floor<std::chrono::minutes>(at);
  std::shared_ptr<const Chain>& known = chains_[symbol];
  if (known && known->minute == minute) return known;
  const auto fresh = std::make_shared<Chain>();
  fresh->minute = minute;
  fresh->options = market_.listed(symbol, minute);
  fresh->by_id.reserve(fresh->options.size());
  for (std::size_t i = 0; i < fresh->options.size(); ++i)
    fresh->by_id.emplace(fresh->options[i].id, i);
  known = fresh;
  return known;
}

const MarketUnderlying* ChainDirectory::underlying(std::string_view symbol) const {
  const auto found = std::ranges::find(
      underlyings_, symbol, [](const auto& it) { return std::string_view(it.symbol); });
  return found == underlyings_.end() ? nullptr : &*found;
}

const MarketUnderlying* ChainDirectory::underlying(ContractId id) const {
  const auto found = std::ranges::find(underlyings_, id, &MarketUnderlying::id);
  return found == underlyings_.end() ? nullptr : &*found;
}

}  // namespace opt_data::sim
