#include "store/ledger_expected.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace opt_data::store {
namespace {

// The slots of a ledger, each with the slot that its list is stored under. A reader does not bring
// a ledger to ours, and somebody else may while it is read.
Result<std::string> slots_table(SqliteFile& file) {
  SqliteQuery query(file, "SELECT 1 FROM pragma_table_info('expected_slots') WHERE name = 'list'");
  OPT_TRY(const bool known, query.step());
  return std::string(known ? "expected_slots" : "(SELECT *, slot AS list FROM expected_slots)");
}

Result<bool> is_list(
    SqliteFile& file, const std::string& date, int list,
    const std::vector<ExpectedContract>& contracts) {
  SqliteQuery query(
      file, "SELECT conid, underlying FROM expected WHERE date = ? AND slot = ? ORDER BY place");
  query.bind(date).bind(std::int64_t{list});
  for (const ExpectedContract& contract : contracts) {
    OPT_TRY(const bool more, query.step());
    if (!more || query.integer(0) != contract.id || query.bytes(1) != contract.underlying)
      return false;
  }
  OPT_TRY(const bool more, query.step());
  return !more;
}

// The slot under which this list stands already, the slot's own first.
Result<std::optional<int>> find_list(
    SqliteFile& file, const std::string& date, int slot,
    const std::vector<ExpectedContract>& contracts) {
  std::vector<int> lists;
  {
    SqliteQuery query(
        file,
        "SELECT DISTINCT list FROM expected_slots WHERE date = ? ORDER BY list <> ?, list DESC");
    query.bind(date).bind(std::int64_t{slot});
    for (;;) {
      OPT_TRY(const bool more, query.step());
      if (!more) break;
      lists.push_back(static_cast<int>(query.integer(0)));
    }
  }
  for (const int list : lists) {
    OPT_TRY(const bool same, is_list(file, date, list, contracts));
    if (same) return list;
  }
  return std::nullopt;
}

// What stands under this slot goes to the first of the others that have the same list, or away.
Result<void> leave_list(SqliteFile& file, const std::string& date, int slot) {
  std::optional<std::int64_t> heir;
  {
    SqliteQuery query(
        file, "SELECT min(slot) FROM expected_slots WHERE date = ? AND list = ? AND slot <> list");
    OPT_TRY_VOID(query.bind(date).bind(std::int64_t{slot}).step());
    if (!query.is_null(0)) heir = query.integer(0);
  }
  if (!heir)
    return SqliteQuery(file, "DELETE FROM expected WHERE date = ? AND slot = ?")
        .bind(date)
        .bind(std::int64_t{slot})
        .done();
  OPT_TRY_VOID(SqliteQuery(file, "UPDATE expected SET slot = ? WHERE date = ? AND slot = ?")
                   .bind(*heir)
                   .bind(date)
                   .bind(std::int64_t{slot})
                   .done());
  return SqliteQuery(file, "UPDATE expected_slots SET list = ? WHERE date = ? AND list = ?")
      .bind(*heir)
      .bind(date)
      .bind(std::int64_t{slot})
      .done();
}

}  // namespace

Result<void> put_expected(
    SqliteFile& file, const Slot& slot, const std::vector<ExpectedContract>& contracts) {
  const std::string date = slot.date.text();
  OPT_TRY(const auto found, find_list(file, date, slot.index, contracts));
  const int list = found.value_or(slot.index);
  if (found != slot.index) OPT_TRY_VOID(leave_list(file, date, slot.index));
  OPT_TRY_VOID(SqliteQuery(
                   file,
                   "INSERT OR REPLACE INTO expected_slots (date, slot, at_us, list) "
                   "VALUES (?, ?, ?, ?)")
                   .bind(date)
                   .bind(std::int64_t{slot.index})
                   .bind(micros(slot.at))
                   .bind(std::int64_t{list})
                   .done());
  if (found) return {};
  std::int64_t place = 0;
  for (const ExpectedContract& contract : contracts) {
    SqliteQuery insert(file, "INSERT INTO expected VALUES (?, ?, ?, ?, ?)");
    insert.bind(date).bind(std::int64_t{slot.index}).bind(place++);
    OPT_TRY_VOID(insert.bind(contract.id).bind(contract.underlying).done());
  }
  return {};
}

Result<std::vector<ExpectedContract>> read_expected(SqliteFile& file, TradeDate date, int slot) {
  OPT_TRY(const std::string slots, slots_table(file));
  const std::string text = date.text();
  SqliteQuery query(
      file, fmt::format(
                "SELECT e.conid, e.underlying FROM {} AS s JOIN expected AS e ON e.date = s.date "
                "AND e.slot = s.list WHERE s.date = ? AND s.slot = ? ORDER BY e.place",
                slots));
  query.bind(text).bind(std::int64_t{slot});
  std::vector<ExpectedContract> contracts;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return contracts;
    contracts.push_back({query.integer(0), query.text(1)});
  }
}

Result<std::vector<ExpectedList>> read_expected_lists(SqliteFile& file, TradeDate date) {
  OPT_TRY(const std::string slots, slots_table(file));
  const std::string text = date.text();
  SqliteQuery query(
      file, fmt::format("SELECT list, slot FROM {} WHERE date = ? ORDER BY list, slot", slots));
  query.bind(text);
  std::vector<ExpectedList> lists;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return lists;
    const int list = static_cast<int>(query.integer(0));
    if (lists.empty() || lists.back().list != list) lists.push_back({list, {}});
    lists.back().slots.push_back(static_cast<int>(query.integer(1)));
  }
}

Result<void> each_of_list(
    SqliteFile& file, TradeDate date, int list, const Ledger::TakeExpected& take) {
  const std::string text = date.text();
  SqliteQuery query(
      file, "SELECT conid, underlying FROM expected WHERE date = ? AND slot = ? ORDER BY place");
  query.bind(text).bind(std::int64_t{list});
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return {};
    take(query.integer(0), query.bytes(1));
  }
}

Result<std::map<int, std::int64_t>> count_expected(SqliteFile& file, TradeDate date) {
  OPT_TRY(const std::string slots, slots_table(file));
  const std::string text = date.text();
  SqliteQuery query(
      file, fmt::format(
                "SELECT s.slot, (SELECT count(*) FROM expected AS e WHERE e.date = s.date AND "
                "e.slot = s.list) FROM {} AS s WHERE s.date = ?",
                slots));
  query.bind(text);
  std::map<int, std::int64_t> counts;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return counts;
    counts[static_cast<int>(query.integer(0))] = query.integer(1);
  }
}

}  // namespace opt_data::store
