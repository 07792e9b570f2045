#include "collect/standing_slot.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace opt_data::collect {

bool merge_rows(std::vector<OptionQuote>& standing, std::vector<OptionQuote> rows) {
  std::map<ContractId, std::size_t> places;
  for (std::size_t i = 0; i < standing.size(); ++i) places.emplace(standing[i].contract.id, i);
  bool better = false;
  for (OptionQuote& row : rows) {
    const auto [place, is_new] = places.try_emplace(row.contract.id, standing.size());
    if (is_new) {
      standing.push_back(std::move(row));
    } else if (row.usable() && !standing[place->second].usable()) {
      standing[place->second] = std::move(row);
    } else {
      continue;
    }
    better = true;
  }
  std::sort(standing.begin(), standing.end(), [](const auto& a, const auto& b) {
    return in_file_order(a.contract, b.contract);
  });
  return better;
}

Result<StandingSlot> standing_slot(
    const Slot& slot, const std::vector<Underlying>& symbols, Workshop& shop) {
  StandingSlot standing;
  const store::Partition clean{store::Layer::clean, store::View::intraday, slot.date, slot.index};
  OPT_TRY(const auto published, shop.reader.published(clean));
  if (published) {
    OPT_TRY(standing.rows, shop.reader.quotes(clean));
  }
  const store::JobKey key{store::JobKind::snapshot, slot.date, slot.index};
  OPT_TRY(std::vector<store::JournalEntry> journal, shop.ledger.journal_of(key));
  std::vector<OptionQuote> answered;
  for (store::JournalEntry& entry : journal)
    if (entry.row.usable()) answered.push_back(std::move(entry.row));
  standing.changed = merge_rows(standing.rows, std::move(answered));
  std::set<Underlying> asked;
  for (const OptionQuote& row : standing.rows) asked.insert(row.contract.underlying);
  for (const Underlying& symbol : symbols)
    if (!asked.contains(symbol)) standing.not_asked.push_back(symbol);
  return standing;
}

std::vector<OptionQuote> rows_of_cut_off(
    const Slot& slot, const std::vector<store::ExpectedContract>& expected,
    const std::vector<ContractBook>& books, const Answered& answered,
    const CaptureOptions& options) {
  std::map<ContractId, OptionQuote> best;
  for (const auto& [attempt, entry] : answered) {
    const auto [place, first] = best.try_emplace(entry.id, entry.row);
    if (!first && (entry.row.usable() || (!place->second.usable() && !is_final(entry.row))))
      place->second = entry.row;
  }
  std::set<ContractId> wanted;
  for (const store::ExpectedContract& contract : expected) wanted.insert(contract.id);
  const RowError not_asked{"not_asked", "the process ended, and came back after the window"};
  for (const ContractBook& book : books)
    for (const OptionContract& contract : book.contracts)
      if (wanted.contains(contract.id))
        best.try_emplace(
            contract.id, unanswered_row(contract, slot, {}, book.reference, not_asked, options));
  std::vector<OptionQuote> rows;
  for (auto& [id, row] : best) {
    if (!wanted.contains(id)) continue;
    close_row(row, options);
    rows.push_back(std::move(row));
  }
  std::ranges::sort(
      rows, [](const auto& a, const auto& b) { return in_file_order(a.contract, b.contract); });
  return rows;
}

std::vector<OptionContract> left_to_ask(
    const StandingSlot& standing, std::vector<OptionContract> ask, bool retry_missed) {
  std::map<ContractId, bool> usable;
  for (const OptionQuote& row : standing.rows) usable[row.contract.id] = row.usable();
  std::erase_if(ask, [&](const OptionContract& contract) {
    const auto found = usable.find(contract.id);
    return found != usable.end() && (found->second || !retry_missed);
  });
  return ask;
}

Result<std::vector<OptionQuote>> publish_slot(
    std::vector<OptionQuote> rows, const Slot& slot, Workshop& shop) {
  for (const store::Layer layer : {store::Layer::raw, store::Layer::clean}) {
    const store::Partition where{layer, store::View::intraday, slot.date, slot.index};
    OPT_TRY(
        const store::Published done,
        shop.writer.publish(where, std::span<const OptionQuote>(rows)));
    OPT_TRY_VOID(
        shop.ledger.record_published({where.text(), done.rows, done.checksum, shop.clock.now()}));
  }
  return rows;
}

}  // namespace opt_data::collect
