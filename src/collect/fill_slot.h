// One slot of a fill: as it stands, with a row for each contract that was to be asked in it, and
// what earlier fills have learnt.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "collect/fill_job.h"

namespace opt_data::collect {

// In the journal, the error of a contract that the broker has no history of.
constexpr std::string_view no_history = "no_history";

struct FillSlot {
  Slot slot;
  store::JobKey key;
  std::string ingest_id;
  std::vector<OptionQuote> rows;  // In file order.
  std::map<ContractId, std::size_t> places;
  std::set<ContractId> without;  // History was asked for, in vain.
  bool has_bar = true;
  bool changed = false;  // The rows hold more than what is published.
  bool running = false;  // Its job was started and has not ended.

  // Puts a row in the place of one that was missed; any other stays.
  void take(OptionQuote row);
  // Whether history is to be asked about it.
  bool open(const OptionQuote& row) const;
  bool asks() const;
};

// By slot index, of one day, as the ledger has them.
using ExpectedDay = std::map<int, std::vector<store::ExpectedContract>>;

// Errors: refused while the slot's window lasts.
Result<FillSlot> load_fill_slot(
    const Slot& slot, const std::vector<Underlying>& symbols, const ExpectedDay& expected,
    const FillSettings& settings, const std::string& ingest_id, Workshop& shop);

// Its job, before the first question.
Result<void> start_fill(FillSlot& work, Workshop& shop);

}  // namespace opt_data::collect
