// The dataset in other people's shapes: plain files, the directories of the older collector, or
// columns that are named like Cboe's.
//
//   flat       <out>/<view>/<view>_YYYY-MM-DD.csv
//   original   <out>/<layer>/view=V/date=D/underlying=SYM/exchange=EXCH/part-000.csv
//   cboe       <out>/UnderlyingOptionsIntervals_1800sec_calcs_YYYY-MM-DD.csv
//              <out>/UnderlyingOptionsEODQuotes_YYYY-MM-DD.csv
//
// Each file is whole or not there; one of an earlier export is replaced. In CSV a list is its words
// with `|` between them, and NULL is an empty cell.
//
// Errors: corrupt for a dataset that cannot be read; storage.
#pragma once

#include <string>
#include <vector>

#include "app/wiring.h"

namespace opt_data::app {

struct ExportOrder {
  std::string format = "csv";   // or "parquet"
  std::string layout = "flat";  // or "original" or "cboe"
  std::filesystem::path out;
  std::vector<TradeDate> dates;     // Those without a file are passed over.
  std::vector<Underlying> symbols;  // Empty: all.
};

struct ExportReport {
  int days = 0;
  int files = 0;
  std::int64_t rows = 0;
};

Result<ExportReport> run_export(const ExportOrder& order, Wiring& wiring);

}  // namespace opt_data::app
