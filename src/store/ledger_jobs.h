// How a job stands in the ledger, for whoever reads that table. For this folder only.
//
// Errors: corrupt for a word or a date that is none.
#pragma once

#include <string>

#include "store/ledger.h"
#include "store/ledger_sqlite.h"

// What read_job() wants to find, in its order.
#define OPT_JOB_COLUMNS \
  "SELECT kind, date, slot, ingest_id, started_us, ended_us, outcome, starts, counts FROM jobs "

namespace opt_data::store {

Result<JobRecord> read_job(const SqliteQuery& row);
Result<TradeDate> read_date(const std::string& text);

}  // namespace opt_data::store
