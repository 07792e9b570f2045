#include "serve/desk.h"

namespace opt_data::serve {

Result<void> Desk::open_ledger() {
  const auto now = disk_.stamp(sources_.ledger());
  if (!now)
    return fail(
        ErrorKind::not_found, "no collector has run here yet: there is no {}",
        sources_.ledger().string());
  // A ledger that was rebuilt or restored is another file.
  if (ledger_file_ && ledger_file_->device == now->device && ledger_file_->inode == now->inode)
    return {};
  ledger_.reset();
  glance_.reset();
  OPT_TRY(ledger_, store::Ledger::open_read_only(sources_.ledger()));
  OPT_TRY(glance_, store::LedgerGlance::open(sources_.ledger()));
  ledger_file_ = now;
  return {};
}

Result<store::Ledger*> Desk::ledger() {
  OPT_TRY_VOID(open_ledger());
  return ledger_.get();
}

Result<store::LedgerGlance*> Desk::glance() {
  OPT_TRY_VOID(open_ledger());
  return glance_.get();
}

Result<store::DatasetReader*> Desk::reader() {
  if (!reader_) {
    OPT_TRY(database_, store::Database::open({.threads = 1, .memory_limit = "256MB"}));
    reader_ = store::make_parquet_reader(sources_.paths, disk_, *database_);
  }
  return reader_.get();
}

Desks::Desks(const Sources& sources, int count) : pool_(static_cast<std::size_t>(count)) {
  for (int i = 0; i < count; ++i) {
    desks_.push_back(std::make_unique<Desk>(sources));
    free_.push_back(desks_.back().get());
  }
}

Desks::~Desks() {
  pool_.stop();
  pool_.join();
}

}  // namespace opt_data::serve
