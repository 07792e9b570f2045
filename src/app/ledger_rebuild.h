// The ledger again, from the files, when it was lost.
//
// What is published is known again, with its rows and checksums as they are now, and so are the
// contracts that each published slot expected: every question left a row. Jobs whose result stands
// are over, so that a scheduler does not begin them anew.
//
// What no file tells: the contracts of a slot that was lost whole, the answers of a slot that was
// being asked, how often and how fast was asked, when jobs ran, and whether a file was damaged
// before.
#pragma once

#include <string>
#include <vector>

#include "app/wiring.h"

namespace opt_data::app {

struct RebuildReport {
  int days = 0;
  int files = 0;
  std::int64_t rows = 0;
  std::int64_t expected = 0;        // Contracts in expected sets, slot by slot.
  std::vector<std::string> unread;  // Files that cannot be read, and why; they are left out.
  std::filesystem::path set_aside;  // Where the ledger that stood there is now; empty: none did.
};

// A ledger that can be read is refused, unless `force`. Errors: refused; unavailable when another
// process holds it; storage.
Result<RebuildReport> rebuild_ledger(bool force, Wiring& wiring);

std::string to_json(const RebuildReport& report);

}  // namespace opt_data::app
