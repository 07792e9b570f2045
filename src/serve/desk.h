// Where questions are worked on: threads of their own, each with a database, a ledger and a reader
// that nobody else uses, so that the thread of the network never waits for a disk.
//
//   const Result<ordered_json> day = co_await desks.ask<Result<ordered_json>>(work);
//
// Errors: unavailable, when more wait than ever would be answered in time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/signal.h"
#include "serve/elsewhere.h"
#include "serve/sources.h"
#include "serve/verdicts.h"
#include "store/ledger_glance.h"

namespace opt_data::serve {

class Desk {
 public:
  explicit Desk(const Sources& sources) : sources_(sources) {}

  const Sources& sources() const { return sources_; }
  store::Disk& disk() { return disk_; }
  Verdicts& verdicts() { return verdicts_; }
  // Opened when first asked for, and again when another file stands there. Errors: not_found
  // before a collector has ever run here.
  Result<store::Ledger*> ledger();
  Result<store::LedgerGlance*> glance();
  // Errors: as Database.
  Result<store::DatasetReader*> reader();

 private:
  Result<void> open_ledger();

  const Sources& sources_;
  store::RealDisk disk_;
  Verdicts verdicts_;
  std::optional<store::FileStamp> ledger_file_;
  std::unique_ptr<store::Ledger> ledger_;
  std::unique_ptr<store::LedgerGlance> glance_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::DatasetReader> reader_;
};

class Desks {
 public:
  static constexpr int waiting_max = 512;

  Desks(const Sources& sources, int count);
  ~Desks();

  // On one executor, that of whoever asks. Requires: T is a Result.
  template <typename T>
  asio::awaitable<T> ask(std::function<T(Desk&)> work);

 private:
  std::vector<std::unique_ptr<Desk>> desks_;
  std::vector<Desk*> free_;  // These three only on the executor.
  Signal freed_;
  int waiting_ = 0;
  asio::thread_pool pool_;
};

template <typename T>
asio::awaitable<T> Desks::ask(std::function<T(Desk&)> work) {
  if (waiting_ >= waiting_max)
    co_return fail(ErrorKind::unavailable, "too many questions wait already; ask again shortly");
  ++waiting_;
  while (free_.empty()) static_cast<void>(co_await freed_.wait());
  --waiting_;
  Desk* const desk = free_.back();
  free_.pop_back();
  std::function<T()> at_desk = [desk, work = std::move(work)] { return work(*desk); };
  T result = co_await elsewhere<T>(pool_, std::move(at_desk));
  free_.push_back(desk);
  freed_.notify_one();
  co_return result;
}

}  // namespace opt_data::serve
