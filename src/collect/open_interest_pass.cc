#include "collect/open_interest_pass.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <utility>

#include "base/signal.h"
#include "collect/journal_sink.h"

namespace opt_data::collect {
namespace {

constexpr int losses_max = 5;  // Sessions that may be lost under one question.

class Pass : public std::enable_shared_from_this<Pass> {
 public:
  Pass(
      Slot slot, std::vector<OptionContract> contracts, Answered answered,
      const EnrichmentSettings& settings, std::string ingest_id, gateway::Gateway& gateway,
      Clock& clock, RowSink& sink, const Replay& replay)
      : slot_(slot),
        contracts_(std::move(contracts)),
        answered_(std::move(answered)),
        settings_(settings),
        ingest_id_(std::move(ingest_id)),
        gateway_(gateway),
        clock_(clock),
        sink_(sink),
        replay_(replay),
        until_(clock.now() + settings.reconnect_for) {}

  asio::awaitable<Result<PassResult>> run();

 private:
  asio::awaitable<void> work();
  asio::awaitable<Result<Reading>> ask(const OptionContract& contract);
  gateway::QuoteRequest request_of(const OptionContract& contract) const;

  Slot slot_;
  std::vector<OptionContract> contracts_;
  Answered answered_;
  const EnrichmentSettings& settings_;
  std::string ingest_id_;
  gateway::Gateway& gateway_;
  Clock& clock_;
  RowSink& sink_;
  const Replay& replay_;
  Instant until_;  // So long a gateway that is away is waited for.
  std::size_t next_ = 0;
  int working_ = 0;
  PassResult result_;
  std::optional<Error> broken_;
  Signal changed_;
};

Reading reading_of(const store::JournalEntry& entry) {
  Reading reading{std::nullopt, entry.answered_at};
  if (entry.row.open_interest.state == OpenInterestState::value)
    reading.contracts = entry.row.open_interest.contracts;
  return reading;
}

asio::awaitable<Result<PassResult>> Pass::run() {
  const auto executor = co_await asio::this_coro::executor;
  const int workers = std::min<int>(settings_.in_flight_max, static_cast<int>(contracts_.size()));
  for (int i = 0; i < workers; ++i) {
    ++working_;
    asio::co_spawn(executor, work(), asio::detached);
  }
  while (working_ > 0) OPT_CO_TRY_VOID(co_await changed_.wait());
  if (broken_) co_return fail(*broken_);
  co_return std::move(result_);
}

asio::awaitable<void> Pass::work() {
  const auto self = shared_from_this();
  while (!broken_ && next_ < contracts_.size()) {
    const OptionContract& contract = contracts_[next_++];
    auto reading = co_await ask(contract);
    if (reading) {
      result_.readings[contract.id] = *reading;
    } else {
      broken_ = std::move(reading).error();
    }
  }
  --working_;
  changed_.notify_all();
}

gateway::QuoteRequest Pass::request_of(const OptionContract& contract) const {
  gateway::QuoteRequest request;
  request.contract = contract;
  request.exchange = contract.exchange;
  request.generic_ticks = "101";
  request.greeks = false;
  request.price = false;
  request.timeout = settings_.timeout;
  request.price_timeout = settings_.timeout;
  request.allow_delayed = settings_.allow_delayed;
  return request;
}

asio::awaitable<Result<Reading>> Pass::ask(const OptionContract& contract) {
  if (const auto past = answered_.find({contract.id, 0}); past != answered_.end()) {
    if (replay_) {
      OPT_CO_TRY_VOID(co_await replay_(past->second));
      OPT_CO_TRY_VOID(co_await sink_.on_replayed());
    }
    co_return reading_of(past->second);
  }
  Result<gateway::QuoteAnswer> answer = fail(ErrorKind::unavailable, "not asked");
  Instant asked_at{};
  for (int losses = 0; !answer && losses <= losses_max && clock_.now() < until_;) {
    OPT_CO_TRY_VOID(co_await gateway_.ready(until_));
    ++result_.requests;
    asked_at = clock_.now();
    answer = co_await gateway_.quote(request_of(contract));
    if (answer || answer.error().kind != ErrorKind::unavailable) break;
    if (answer.error().code == 0) ++losses;
    // The account has fewer lines than we thought: wait until the broker has freed one.
    if (answer.error().code == 101)
      OPT_CO_TRY_VOID(co_await clock_.wait_for(std::chrono::seconds{1}));
  }
  store::JournalEntry entry{
      contract.id, 0, asked_at, clock_.now(),
      OptionQuote{contract, slot_, {}, {}, {}, {}, {}, {}, settings_.source, ingest_id_}};
  if (answer) {
    entry.asked_at = answer->asked_at;
    entry.answered_at = answer->answered_at;
    entry.row.quote = answer->quote;
    if (answer->open_interest)
      entry.row.open_interest = {OpenInterestState::value, *answer->open_interest};
  } else if (answer.error().kind == ErrorKind::refused) {
    entry.row.error = RowError{"refused", answer.error().message};
  } else {
    co_return fail(std::move(answer).error());
  }
  OPT_CO_TRY_VOID(co_await sink_.on_attempt(entry));
  co_return reading_of(entry);
}

}  // namespace

asio::awaitable<Result<PassResult>> read_open_interest(
    store::JobKey key, std::vector<OptionContract> contracts, const EnrichmentSettings& settings,
    std::string ingest_id, gateway::Gateway& gateway, Workshop& shop, const Replay& replay) {
  OPT_CO_TRY(const store::JobRecord job, shop.ledger.start_job(key, ingest_id, shop.clock.now()));
  OPT_CO_TRY(Answered answered, answered_before(shop.ledger, key));
  const Slot slot{key.date, 0, shop.calendar.session(key.date).close};
  JournalSink sink(shop.ledger, key, shop.clock, co_await asio::this_coro::executor);
  const auto pass = std::make_shared<Pass>(
      slot, std::move(contracts), std::move(answered), settings, job.ingest_id, gateway, shop.clock,
      sink, replay);
  OPT_CO_TRY(PassResult result, co_await pass->run());
  OPT_CO_TRY_VOID(sink.finish());
  OPT_CO_TRY_VOID(shop.ledger.end_job(key, store::JobOutcome::done, "{}", shop.clock.now()));
  co_return result;
}

}  // namespace opt_data::collect
