#include "collect/capture.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/signal.h"

namespace opt_data::collect {
namespace {

using observe::Level;

// Sessions that may be lost under one question, before it is suspected itself.
constexpr int losses_max = 5;

struct Question {
  const OptionContract* contract;
  int attempt;
};

// The questions of one slot, the workers that ask them, and the best row of each contract so far.
class Capture : public std::enable_shared_from_this<Capture> {
 public:
  Capture(
      const SnapshotPlan& plan, const std::vector<ContractBook>& books, Instant window_end,
      Instant session_close, const CaptureOptions& options, gateway::Gateway& gateway, Clock& clock,
      RowSink& sink, const Answered& answered, const Replay& replay, observe::EventSink& events)
      : plan_(plan),
        window_end_(window_end),
        session_close_(session_close),
        options_(options),
        gateway_(gateway),
        clock_(clock),
        sink_(sink),
        answered_(answered),
        replay_(replay),
        events_(events) {
    for (const ContractBook& book : books) books_.emplace(book.underlying.symbol, &book);
    exchanges_.push_back({});
    for (const std::string& exchange : options.fallback_exchanges) exchanges_.push_back(exchange);
    for (int i = 0; i < options.retries_max; ++i) exchanges_.push_back({});
  }

  // Asks about every contract of `symbols`. Errors: storage, cancelled.
  asio::awaitable<Result<void>> run(std::vector<Underlying> symbols);
  CaptureSummary take();

 private:
  asio::awaitable<void> open_watch(Underlying symbol);
  asio::awaitable<void> work();
  asio::awaitable<Result<OptionQuote>> ask(Question question);
  asio::awaitable<Result<OptionQuote>> ask_gateway(Question question);
  gateway::QuoteRequest request_of(const Question& question) const;
  OptionQuote unanswered(const OptionContract& contract, RowError error) const;
  void keep(Question question, OptionQuote row);
  UnderlyingQuote underlying_now(const Underlying& symbol) const;
  const ReferencePrice& reference(const Underlying& symbol) const {
    return books_.at(symbol)->reference;
  }
  void lose(const Error& error);

  const SnapshotPlan& plan_;
  std::map<Underlying, const ContractBook*> books_;
  Instant window_end_;
  Instant session_close_;
  const CaptureOptions& options_;
  gateway::Gateway& gateway_;
  Clock& clock_;
  RowSink& sink_;
  const Answered& answered_;
  const Replay& replay_;
  observe::EventSink& events_;

  std::vector<std::string> exchanges_;  // By attempt; empty: the contract's own.
  std::map<Underlying, std::unique_ptr<gateway::Watch>> watches_;
  std::deque<Question> queue_;
  std::map<ContractId, OptionQuote> best_;
  std::optional<Error> broken_;  // Ends the job.
  std::optional<Error> lost_;    // The session: nothing more can be asked.
  int working_ = 0;
  int asking_ = 0;  // Questions under way, which may come back into the queue.
  Signal changed_;
  CaptureSummary summary_;
};

UnderlyingQuote Capture::underlying_now(const Underlying& symbol) const {
  const auto found = watches_.find(symbol);
  if (found == watches_.end() || !found->second) return {};
  const Quote quote = found->second->quote();
  return UnderlyingQuote{quote.bid, quote.ask, quote.last, quote.as_of};
}

OptionQuote Capture::unanswered(const OptionContract& contract, RowError error) const {
  OptionQuote row{
      contract,
      plan_.slot,
      {},
      {},
      underlying_now(contract.underlying),
      reference(contract.underlying),
      {},
      std::move(error),
      options_.source,
      options_.ingest_id};
  row.flags.set(QualityFlag::missing_price);
  row.flags.set(QualityFlag::missing_oi);
  if (options_.require_greeks) row.flags.set(QualityFlag::missing_greeks);
  return row;
}

gateway::QuoteRequest Capture::request_of(const Question& question) const {
  gateway::QuoteRequest request;
  request.contract = *question.contract;
  const std::string& exchange = exchanges_[static_cast<std::size_t>(question.attempt)];
  request.exchange = exchange.empty() ? question.contract->exchange : exchange;
  request.generic_ticks = options_.generic_ticks;
  request.greeks = options_.require_greeks;
  request.open_interest = options_.open_interest;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(window_end_ - clock_.now());
  request.timeout = std::min(options_.timeout, left);
  request.price_timeout = std::min(options_.price_timeout, left);
  request.allow_delayed = options_.allow_delayed;
  request.until = window_end_;
  return request;
}

void Capture::lose(const Error& error) {
  if (lost_) return;
  lost_ = error;
  const auto answered = std::count_if(
      best_.begin(), best_.end(), [](const auto& row) { return row.second.usable(); });
  observe::Event event;
  event.level = Level::error;
  event.code = "capture_interrupted";
  event.component = "collect";
  event.slot = plan_.slot.label();
  event.message = fmt::format(
      "slot {}: {} of {} contracts were answered when the session ended: {}", plan_.slot.label(),
      answered, plan_.ask.size(), error.message);
  events_.on(event);
}

asio::awaitable<Result<OptionQuote>> Capture::ask_gateway(Question question) {
  const OptionContract& contract = *question.contract;
  for (int losses = 0;;) {
    if (lost_) co_return unanswered(contract, RowError{"disconnected", lost_->message});
    if (clock_.now() >= window_end_)
      co_return unanswered(contract, RowError{"not_asked", "the slot's window was over"});
    if (auto ready = co_await gateway_.ready(window_end_); !ready) {
      if (ready.error().kind == ErrorKind::cancelled) co_return fail(std::move(ready).error());
      lose(ready.error());
      continue;
    }
    const Instant asked_at = clock_.now();
    gateway::QuoteRequest request = request_of(question);
    ++summary_.requests;
    auto answer = co_await gateway_.quote(request);
    store::JournalEntry entry{
        contract.id, question.attempt, asked_at, clock_.now(), unanswered(contract, {})};
    if (answer) {
      // Whoever waits for a permit is asked late; a quote of then does not belong to this slot.
      if (answer->asked_at >= window_end_)
        co_return unanswered(contract, RowError{"not_asked", "the slot's window was over"});
      entry.asked_at = answer->asked_at;
      entry.answered_at = answer->answered_at;
      entry.row = make_row(
          contract, plan_.slot, *answer, underlying_now(contract.underlying),
          reference(contract.underlying), session_close_, options_);
      if (!exchanges_[static_cast<std::size_t>(question.attempt)].empty() && entry.row.usable())
        entry.row.flags.set(QualityFlag::exchange_fallback);
    } else if (answer.error().kind == ErrorKind::refused) {
      entry.row.error = RowError{"refused", answer.error().message};
    } else if (answer.error().code == 101) {
      // The account has fewer lines than we thought: wait until the broker has freed one.
      OPT_CO_TRY_VOID(co_await clock_.wait_for(std::chrono::seconds{1}));
      continue;
    } else if (answer.error().kind == ErrorKind::cancelled) {
      co_return fail(std::move(answer).error());
    } else if (answer.error().code != 0 || ++losses <= losses_max) {
      // Nobody was answered, which says nothing about this contract: again, when that is over.
      continue;
    } else {
      entry.row.error = RowError{"disconnected", answer.error().message};
    }
    OPT_CO_TRY_VOID(co_await sink_.on_attempt(entry));
    co_return std::move(entry.row);
  }
}

asio::awaitable<Result<OptionQuote>> Capture::ask(Question question) {
  const auto past = answered_.find({question.contract->id, question.attempt});
  if (past == answered_.end()) co_return co_await ask_gateway(question);
  ++summary_.replayed;
  if (replay_) {
    OPT_CO_TRY_VOID(co_await replay_(past->second));
    OPT_CO_TRY_VOID(co_await sink_.on_replayed());
  }
  co_return past->second.row;
}

void Capture::keep(Question question, OptionQuote row) {
  const bool usable = row.usable();
  const bool final = row.error.type == "refused" || row.error.type == "disconnected" ||
                     row.error.type == "not_asked";
  const auto [place, first] = best_.try_emplace(question.contract->id, row);
  // A usable row is never replaced by a worse one, and a row never by a mere "not asked again".
  if (!first && (usable || (!place->second.usable() && !final))) place->second = std::move(row);
  const int next = question.attempt + 1;
  if (!usable && !final && next < static_cast<int>(exchanges_.size()))
    queue_.push_back(Question{question.contract, next});
}

asio::awaitable<void> Capture::work() {
  const auto self = shared_from_this();
  while (!broken_) {
    if (queue_.empty()) {
      if (asking_ == 0) break;
      if (!co_await changed_.wait()) break;
      continue;
    }
    const Question question = queue_.front();
    queue_.pop_front();
    ++asking_;
    auto row = co_await ask(question);
    --asking_;
    if (row) {
      keep(question, *std::move(row));
    } else {
      broken_ = std::move(row).error();
    }
    changed_.notify_all();
  }
  --working_;
  changed_.notify_all();
}

asio::awaitable<void> Capture::open_watch(Underlying symbol) {
  const auto self = shared_from_this();
  Result<std::unique_ptr<gateway::Watch>> watch = fail(ErrorKind::unavailable, "not asked");
  for (int losses = 0; !watch && losses <= losses_max; ++losses) {
    if (auto ready = co_await gateway_.ready(window_end_); !ready) {
      watch = fail(std::move(ready).error());
      break;
    }
    watch = co_await gateway_.watch(books_.at(symbol)->underlying, options_.allow_delayed);
    if (!watch && watch.error().kind != ErrorKind::unavailable) break;
  }
  if (watch) {
    watches_[symbol] = *std::move(watch);
  } else {
    observe::Event event;
    event.level = Level::warning;
    event.code = "underlying_missing";
    event.component = "collect";
    event.symbol = symbol;
    event.slot = plan_.slot.label();
    event.message = fmt::format("no quote of the underlying: {}", watch.error().message);
    events_.on(event);
  }
  --working_;
  changed_.notify_all();
}

asio::awaitable<Result<void>> Capture::run(std::vector<Underlying> symbols) {
  const auto executor = co_await asio::this_coro::executor;
  const std::set<Underlying> group(symbols.begin(), symbols.end());
  for (const OptionContract& contract : plan_.ask)
    if (group.contains(contract.underlying)) queue_.push_back(Question{&contract, 0});
  for (const Underlying& symbol : group) {
    ++working_;
    asio::co_spawn(executor, open_watch(symbol), asio::detached);
  }
  while (working_ > 0) OPT_CO_TRY_VOID(co_await changed_.wait());
  const int workers = std::min<int>(options_.in_flight_max, static_cast<int>(queue_.size()));
  for (int i = 0; i < workers; ++i) {
    ++working_;
    asio::co_spawn(executor, work(), asio::detached);
  }
  while (working_ > 0) OPT_CO_TRY_VOID(co_await changed_.wait());
  watches_.clear();
  if (broken_) co_return fail(*broken_);
  co_return Result<void>();
}

CaptureSummary Capture::take() {
  for (const OptionContract& contract : plan_.ask) {
    const auto found = best_.find(contract.id);
    OptionQuote row = found != best_.end()
                          ? found->second
                          : unanswered(contract, RowError{"not_asked", "the job ended before"});
    // A resumed job carries one id, whoever answered.
    row.ingest_id = options_.ingest_id;
    if (!row.error.type.empty() && row.error.type != "refused")
      row.flags.set(QualityFlag::slot_retry_exceeded);
    summary_.rows.push_back(std::move(row));
  }
  std::sort(summary_.rows.begin(), summary_.rows.end(), [](const auto& a, const auto& b) {
    return in_file_order(a.contract, b.contract);
  });
  return std::move(summary_);
}

}  // namespace

asio::awaitable<Result<CaptureSummary>> collect_snapshot(
    SnapshotPlan plan, std::vector<ContractBook> books, Instant window_end, Instant session_close,
    CaptureOptions options, gateway::Gateway& gateway, Clock& clock, RowSink& sink,
    const Answered& answered, Replay replay, observe::EventSink& events) {
  const auto capture = std::make_shared<Capture>(
      plan, books, window_end, session_close, options, gateway, clock, sink, answered, replay,
      events);
  // Underlyings in groups, so that watching them leaves lines for their options.
  std::vector<Underlying> group;
  for (std::size_t i = 0; i < books.size(); ++i) {
    group.push_back(books[i].underlying.symbol);
    if (static_cast<int>(group.size()) < options.watches_max && i + 1 < books.size()) continue;
    OPT_CO_TRY_VOID(co_await capture->run(std::exchange(group, {})));
  }
  co_return capture->take();
}

}  // namespace opt_data::collect
