// What is listed now, found quickly: the market's listing of a symbol, kept for a minute.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "market/market_source.h"

namespace opt_data::sim {

struct Chain {
  Instant minute{};                     // The listing is as of the start of this minute.
  std::vector<OptionContract> options;  // In file order.
  std::unordered_map<ContractId, std::size_t> by_id;
};

class ChainDirectory {
 public:
  explicit ChainDirectory(const MarketSource& market)
      : market_(market), underlyings_(market.underlyings()) {}

  std::shared_ptr<const Chain> chain(const Underlying& symbol, Instant at);
  const std::vector<MarketUnderlying>& underlyings() const { return underlyings_; }
  const MarketUnderlying* underlying(std::string_view symbol) const;
  const MarketUnderlying* underlying(ContractId id) const;

 private:
  const MarketSource& market_;
  std::vector<MarketUnderlying> underlyings_;
  std::unordered_map<Underlying, std::shared_ptr<const Chain>> chains_;
};

}  // namespace opt_data::sim
