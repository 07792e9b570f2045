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
};

JournalSink::JournalSink(
    store::Ledger& ledger, store::JobKey job, Clock& clock, asio::any_io_executor executor)
    : job_(std::move(job)),
      executor_(std::move(executor)),
      shared_(std::make_shared<Shared>(Shared{&ledger, clock, false, std::nullopt})) {}

JournalSink::~JournalSink() { shared_->ledger = nullptr; }

asio::awaitable<void> JournalSink::commit_later(std::shared_ptr<Shared> shared) {
  (void)co_await shared->clock.wait_for(100ms);
  shared->waiting = false;
  if (shared->ledger == nullptr) co_return;
  if (auto done = shared->ledger->commit(); !done) shared->failed = std::move(done).error();
}

Result<void> JournalSink::on_attempt(const store::JournalEntry& entry) {
  if (shared_->failed) return fail(*shared_->failed);
  OPT_TRY_VOID(shared_->ledger->journal(job_, entry, shared_->clock.now()));
  if (!std::exchange(shared_->waiting, true))
    asio::co_spawn(executor_, commit_later(shared_), asio::detached);
  return {};
}

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
