// Signs of a corporate action in what is listed overnight. The file of corporate actions is kept by
// a person, who is asleep when one happens; the listings tell the same morning.
//
//   strikes that all moved by one ratio                    a split, or a reverse split
//   most strikes gone, by no ratio                         a special dividend, a spin-off, a merger
//   a trading class AAPL1 or 2AAPL that was not there      adjusted options of an action
//   expiries that are gone before their day                options withdrawn; all of them: a
//   delisting another contract id behind the same symbol             a symbol that is somebody
//   else's now no such underlying any more                            a symbol change, a merger, a
//   delisting
//
// How contracts are adjusted: OCC By-Laws, Article VI, Section 11A. Each sign is a suspicion, for a
// person to look at; no row is changed by it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collect/contract_book.h"
#include "market/contract.h"

namespace opt_data::collect {

// What was known of an underlying before today's answers.
struct ListedBefore {
  const KnownListings& known;
  std::optional<ContractId> underlying_id;
};

// Sentences, each naming the suspected action and what it is seen by; none: nothing is odd.
std::vector<std::string> action_signs(
    const ListedBefore& before, const UnderlyingContract& underlying, const OptionChain& chain,
    std::chrono::year_month_day today);

// Of an underlying that the broker does not know any more. Empty: it was never known here.
std::string gone_sign(const KnownListings& known);

// Classes named like the underlying with a digit before or behind: "AAPL1", "2AAPL".
std::set<std::string> adjusted_classes(const OptionChain& chain);

}  // namespace opt_data::collect
