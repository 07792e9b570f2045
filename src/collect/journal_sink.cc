#include "collect/journal_sink.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace opt_data::collect {

using namespace std::chrono_literals;

struct JournalSink::Shared {
  store::Ledger* ledger;
  Clock& clock;
  bool waiting = false;  // A commit is on its way.
  std::optional<Error> failed;
  Signal committed;
};

JournalSink::JournalSink(
    store::Ledger& ledger, store::JobKey job, Clock& clock, asio::any_io_executor executor)
    : job_(std::move(job)),
      executor_(std::move(executor)),
      shared_(std::make_shared<Shared>(Shared{&ledger, clock, false, std::nullopt, {}})) {}

JournalSink::~JournalSink() { shared_->ledger = nullptr; }

asio::awaitable<void> JournalSink::commit_later(std::shared_ptr<Shared> shared) {
  (void)co_await shared->clock.wait_for(100ms);
  shared->waiting = false;
  if (shared->ledger == nullptr) co_return;
  if (auto done = shared->ledger->commit(); !done) shared->failed = std::move(done).error();
  shared->committed.notify_all();
}

asio::awaitable<Result<void>> JournalSink::committed() {
  const auto shared = shared_;
  if (!std::exchange(shared->waiting, true))
    asio::co_spawn(executor_, commit_later(shared), asio::detached);
  OPT_CO_TRY_VOID(co_await shared->committed.wait());
  if (shared->failed) co_return fail(*shared->failed);
  co_return Result<void>();
}

asio::awaitable<Result<void>> JournalSink::on_attempt(store::JournalEntry entry) {
  if (shared_->failed) co_return fail(*shared_->failed);
  OPT_CO_TRY_VOID(shared_->ledger->journal(job_, entry, shared_->clock.now()));
  co_return co_await committed();
}

asio::awaitable<Result<void>> JournalSink::on_replayed() { co_return co_await committed(); }

Result<void> JournalSink::finish() {
  if (shared_->failed) return fail(*shared_->failed);
  return shared_->ledger->commit();
}

Result<Answered> answered_before(store::Ledger& ledger, const store::JobKey& key) {
  OPT_TRY(std::vector<store::JournalEntry> entries, ledger.journal_of(key));
  Answered answered;
  for (store::JournalEntry& entry : entries) {
    const auto place = std::pair(entry.id, entry.attempt);
    answered.insert_or_assign(place, std::move(entry));
  }
  return answered;
}

}  // namespace opt_data::collect
