// The tables of the ledger, and whether a file has them.
//
// Errors: corrupt for a file that is not a ledger; invalid_input for one of a newer schema_version.
// Neither is touched.
#pragma once

#include "base/result.h"
#include "store/ledger.h"
#include "store/ledger_sqlite.h"

namespace opt_data::store {

// Of the ledger's tables. 2: what was removed is kept on record. 3: slots that expect the same
// share one list.
constexpr int ledger_version = 3;

// Makes the tables where there is nothing yet, and every commit durable. A file of an earlier
// version gets what it lacks in one transaction, after it was copied to <file>.v<its version>.
Result<void> prepare_ledger(SqliteFile& file, Durability durability);

// For readers. Errors besides: not_found when there is nothing yet.
Result<void> check_ledger(SqliteFile& file);

}  // namespace opt_data::store
