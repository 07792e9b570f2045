// What was to be asked in each slot of a day. Most slots of a day ask for the same contracts, so a
// list is stored once, under one of its slots: ledger_schema.h, version 3.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/ledger.h"
#include "store/ledger_sqlite.h"

namespace opt_data::store {

// Inside a transaction of the caller's. Replaces the list of a slot, and of no other. Two lists are
// the same when they are in the same order: the caller sorts them.
Result<void> put_expected(
    SqliteFile& file, const Slot& slot, const std::vector<ExpectedContract>& contracts);

Result<std::vector<ExpectedContract>> read_expected(SqliteFile& file, TradeDate date, int slot);
Result<std::vector<ExpectedList>> read_expected_lists(SqliteFile& file, TradeDate date);
// In the order of the list.
Result<void> each_of_list(
    SqliteFile& file, TradeDate date, int list, const Ledger::TakeExpected& take);
// How many contracts each slot expects, by slot index.
Result<std::map<int, std::int64_t>> count_expected(SqliteFile& file, TradeDate date);

}  // namespace opt_data::store
