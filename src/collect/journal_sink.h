// Every attempt into the ledger's journal, committed in groups: after 64 answers, or 100 ms after
// the first one that waits, whether or not another comes.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "base/signal.h"
#include "collect/capture.h"

namespace opt_data::collect {

class JournalSink : public RowSink {
 public:
  JournalSink(
      store::Ledger& ledger, store::JobKey job, Clock& clock, asio::any_io_executor executor);
  ~JournalSink() override;

  asio::awaitable<Result<void>> on_attempt(store::JournalEntry entry) override;
  asio::awaitable<Result<void>> on_replayed() override;
  Result<void> finish();  // Commits what still waits. Errors: storage, also of an earlier commit.

 private:
  struct Shared;
  static asio::awaitable<void> commit_later(std::shared_ptr<Shared> shared);
  asio::awaitable<Result<void>> committed();  // With the group that is filling.

  store::JobKey job_;
  asio::any_io_executor executor_;
  std::shared_ptr<Shared> shared_;  // Outlived by no commit: it is told when the sink is gone.
};

// What earlier runs of this job have journalled.
Result<Answered> answered_before(store::Ledger& ledger, const store::JobKey& key);

}  // namespace opt_data::collect
