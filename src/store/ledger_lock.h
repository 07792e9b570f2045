// The right to write a ledger: a kernel lock on <file>.lock, whose content says who holds it.
//
// The lock is the kernel's and ends with its process, however that ends; the content (pid, host,
// since, as JSON) is only for whoever is turned away, and a dead process's is overwritten.
//
// Errors: unavailable when another process holds the lock, naming it; storage when the lock file
// cannot be opened or written.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "calendar/instant.h"

namespace opt_data::store {

class LedgerLock {
 public:
  static Result<LedgerLock> take(const std::filesystem::path& ledger, Instant now);
  ~LedgerLock();
  LedgerLock(LedgerLock&& other) noexcept;
  LedgerLock& operator=(LedgerLock&&) = delete;

 private:
  explicit LedgerLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace opt_data::store
