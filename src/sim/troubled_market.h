// A market in which something is wrong for a while, over one that is well.
//
//   frozen_chain   the underlying moves, every option of its chain stands still
//   halted         underlying and chain stand still: an honest market
//   crossed        the bids of every third option stand above their asks
//
// The first instant after a trouble is a change.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "market/market_source.h"
#include "sim/sim_options.h"

namespace opt_data::sim {

enum class Trouble : std::uint8_t { frozen_chain, halted, crossed };
std::string_view to_text(Trouble trouble);

struct MarketTrouble {
  Trouble kind = Trouble::frozen_chain;
  Underlying symbol;
  Window when;
};

class TroubledMarket : public MarketSource {
 public:
  // `market` outlives this one. `day` is inside the time it can be asked about.
  TroubledMarket(const MarketSource& market, std::vector<MarketTrouble> troubles, Instant day);

  DataSource source() const override { return market_.source(); }
  std::vector<MarketUnderlying> underlyings() const override { return market_.underlyings(); }
  std::vector<OptionContract> listed(const Underlying& symbol, Instant at) const override {
    return market_.listed(symbol, at);
  }
  MarketQuote quote(ContractId id, Instant at) const override;
  std::optional<Instant> next_change(ContractId id, Instant after) const override;
  std::optional<std::int64_t> open_interest(ContractId id, Instant at) const override {
    return market_.open_interest(id, at);
  }
  double rate() const override { return market_.rate(); }

 private:
  struct Place {
    Underlying symbol;
    bool option = false;
  };
  bool stands_still(const MarketTrouble& trouble, const Place& place) const {
    return trouble.symbol == place.symbol &&
           (trouble.kind == Trouble::halted ||
            (trouble.kind == Trouble::frozen_chain && place.option));
  }

  const MarketSource& market_;
  std::vector<MarketTrouble> troubles_;
  std::unordered_map<ContractId, Place> places_;
};

}  // namespace opt_data::sim
