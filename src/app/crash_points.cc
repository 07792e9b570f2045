#include "app/crash_points.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "base/text.h"

namespace opt_data::app {
namespace {

using store::Path;

std::map<std::string, std::int64_t, std::less<>>& counts() {
  static std::map<std::string, std::int64_t, std::less<>> crossed;
  return crossed;
}

class CrashingDisk : public store::Disk {
 public:
  CrashingDisk(std::unique_ptr<store::Disk> disk, CrashPoint crash)
      : disk_(std::move(disk)), crash_(std::move(crash)) {}

  Result<void> make_directories(const Path& path) override { return disk_->make_directories(path); }
  Result<std::string> read(const Path& path) override { return disk_->read(path); }
  Result<void> write(const Path& path, std::string_view bytes) override {
    return around(path, [&] { return disk_->write(path, bytes); });
  }
  Result<void> sync(const Path& path) override {
    return around(path, [&] { return disk_->sync(path); });
  }
  Result<void> sync_directory(const Path& path) override {
    return around(path, [&] { return disk_->sync_directory(path); });
  }
  Result<void> rename(const Path& from, const Path& to) override {
    return around(to, [&] { return disk_->rename(from, to); });
  }
  Result<void> exchange(const Path& one, const Path& other) override {
    return around(one, [&] { return disk_->exchange(one, other); });
  }
  Result<void> remove(const Path& path) override {
    return around(path, [&] { return disk_->remove(path); });
  }
  Result<void> remove_directory(const Path& path) override {
    return around(path, [&] { return disk_->remove_directory(path); });
  }
  bool exists(const Path& path) override { return disk_->exists(path); }
  std::optional<store::FileStamp> stamp(const Path& path) override { return disk_->stamp(path); }
  Result<std::vector<Path>> list(const Path& path) override { return disk_->list(path); }
  Result<std::uintmax_t> free_bytes(const Path& path) override { return disk_->free_bytes(path); }

 private:
  template <typename Operation>
  Result<void> around(const Path& path, Operation operation) {
    const std::string text = path.string();
    const std::string_view point = text.find("view=intraday") != std::string::npos ? "publish"
                                   : text.find("view=daily") != std::string::npos  ? "rollup"
                                   : text.find("view=enrichment") != std::string::npos
                                       ? "enrichment"
                                       : "files";
    OPT_TRY_VOID(crash_(point));
    auto done = operation();
    OPT_TRY_VOID(crash_(point));
    return done;
  }

  std::unique_ptr<store::Disk> disk_;
  CrashPoint crash_;
};

class CrashingGateway : public gateway::Gateway {
 public:
  CrashingGateway(gateway::Gateway& gateway, CrashPoint crash)
      : gateway_(gateway), crash_(std::move(crash)) {}

  gateway::asio::awaitable<Result<void>> ready(Instant until) override {
    return gateway_.ready(until);
  }
  gateway::asio::awaitable<Result<UnderlyingContract>> underlying(Underlying symbol) override {
    return gateway_.underlying(std::move(symbol));
  }
  gateway::asio::awaitable<Result<OptionChain>> option_chain(
      UnderlyingContract underlying) override {
    return gateway_.option_chain(std::move(underlying));
  }
  gateway::asio::awaitable<Result<std::vector<OptionContract>>> contracts(
      gateway::ContractQuery query) override {
    OPT_CO_TRY_VOID(crash_("discovery"));
    co_return co_await gateway_.contracts(std::move(query));
  }
  gateway::asio::awaitable<Result<gateway::QuoteAnswer>> quote(
      gateway::QuoteRequest request) override {
    OPT_CO_TRY_VOID(crash_(request.price ? "asking" : "enrichment"));
    co_return co_await gateway_.quote(std::move(request));
  }
  gateway::asio::awaitable<Result<gateway::HistoryAnswer>> historical_bars(
      gateway::HistoryRequest request) override {
    OPT_CO_TRY_VOID(crash_("fill"));
    co_return co_await gateway_.historical_bars(std::move(request));
  }
  gateway::asio::awaitable<Result<std::unique_ptr<gateway::Watch>>> watch(
      UnderlyingContract underlying, bool allow_delayed) override {
    return gateway_.watch(std::move(underlying), allow_delayed);
  }

 private:
  gateway::Gateway& gateway_;
  CrashPoint crash_;
};

class CrashingLedger : public store::Ledger {
  template <typename Operation>
  auto around(std::string_view point, Operation operation) -> decltype(operation()) {
    OPT_TRY_VOID(crash_(point));
    auto done = operation();
    OPT_TRY_VOID(crash_(point));
    return done;
  }

 public:
  CrashingLedger(std::unique_ptr<store::Ledger> ledger, CrashPoint crash)
      : ledger_(std::move(ledger)), crash_(std::move(crash)) {}

  Result<store::JobRecord> start_job(
      const store::JobKey& key, std::string_view ingest_id, Instant now) override {
    return around("journal", [&] { return ledger_->start_job(key, ingest_id, now); });
  }
  Result<void> end_job(
      const store::JobKey& key, store::JobOutcome outcome, std::string_view text,
      Instant now) override {
    return around("journal", [&] { return ledger_->end_job(key, outcome, text, now); });
  }
  Result<std::optional<store::JobRecord>> job(const store::JobKey& key) const override {
    return ledger_->job(key);
  }
  Result<std::vector<store::JobRecord>> jobs(TradeDate date) const override {
    return ledger_->jobs(date);
  }
  Result<std::vector<store::JobRecord>> recent_jobs(int count_max) const override {
    return ledger_->recent_jobs(count_max);
  }
  Result<void> expect(
      const Slot& slot, const std::vector<store::ExpectedContract>& contracts) override {
    return around("journal", [&] { return ledger_->expect(slot, contracts); });
  }
  Result<std::vector<store::ExpectedContract>> expected(TradeDate date, int slot) const override {
    return ledger_->expected(date, slot);
  }
  Result<std::map<int, std::vector<store::ExpectedContract>>> expected(
      TradeDate date) const override {
    return ledger_->expected(date);
  }
  Result<std::vector<store::ExpectedList>> expected_lists(TradeDate date) const override {
    return ledger_->expected_lists(date);
  }
  Result<void> each_expected(TradeDate date, int list, const TakeExpected& take) const override {
    return ledger_->each_expected(date, list, take);
  }
  Result<void> journal(
      const store::JobKey& job, const store::JournalEntry& entry, Instant now) override {
    return around("journal", [&] { return ledger_->journal(job, entry, now); });
  }
  Result<void> commit() override {
    return around("journal", [&] { return ledger_->commit(); });
  }
  Result<std::vector<store::JournalEntry>> journal_of(const store::JobKey& job) const override {
    return ledger_->journal_of(job);
  }
  Result<void> forget_journal(const store::JobKey& job) override {
    return around("journal", [&] { return ledger_->forget_journal(job); });
  }
  Result<void> record_published(const store::PublishedRecord& record) override {
    return around("publish", [&] { return ledger_->record_published(record); });
  }
  Result<std::vector<store::PublishedRecord>> published(TradeDate date) const override {
    return ledger_->published(date);
  }
  Result<std::vector<TradeDate>> published_dates() const override {
    return ledger_->published_dates();
  }
  Result<void> record_removed(
      const std::vector<std::string>& partitions, std::string_view why, Instant now) override {
    return around("files", [&] { return ledger_->record_removed(partitions, why, now); });
  }
  Result<std::vector<store::RemovedRecord>> removed(TradeDate date) const override {
    return ledger_->removed(date);
  }
  std::int64_t commits() const override { return ledger_->commits(); }

 private:
  std::unique_ptr<store::Ledger> ledger_;
  CrashPoint crash_;
};

}  // namespace

CrashPoint crash_point_from_environment() {
  const char* plan = std::getenv("OPT_DATA_CRASH");
  const char* counting = std::getenv("OPT_DATA_CRASH_COUNTS");
  if (plan == nullptr && counting == nullptr) return {};
  std::string wanted;
  std::int64_t at = 0;
  if (plan != nullptr) {
    const auto parts = split(plan, ':');
    wanted = parts.front();
    at = parts.size() == 2 ? parse_int(parts[1]).value_or(0) : 0;
  }
  return [wanted, at](std::string_view point) -> Result<void> {
    auto& crossed = counts();
    const auto place = crossed.try_emplace(std::string(point), 0).first;
    if (++place->second == at && point == wanted) std::raise(SIGKILL);
    return {};
  };
}

void write_crash_counts() {
  const char* name = std::getenv("OPT_DATA_CRASH_COUNTS");
  if (name == nullptr) return;
  if (std::FILE* file = std::fopen(name, "w")) {
    for (const auto& [point, crossed] : counts())
      std::fprintf(file, "%s %lld\n", point.c_str(), static_cast<long long>(crossed));
    std::fclose(file);
  }
}

std::unique_ptr<store::Disk> with_crash_points(
    std::unique_ptr<store::Disk> disk, CrashPoint crash) {
  if (!crash) return disk;
  return std::make_unique<CrashingDisk>(std::move(disk), std::move(crash));
}

std::unique_ptr<store::Ledger> with_crash_points(
    std::unique_ptr<store::Ledger> ledger, CrashPoint crash) {
  if (!crash) return ledger;
  return std::make_unique<CrashingLedger>(std::move(ledger), std::move(crash));
}

std::unique_ptr<gateway::Gateway> with_crash_points(gateway::Gateway& gateway, CrashPoint crash) {
  if (!crash) return nullptr;
  return std::make_unique<CrashingGateway>(gateway, std::move(crash));
}

}  // namespace opt_data::app
