#include "collect/capture.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/signal.h"
#include "collect/question_queue.h"

namespace opt_data::collect {
namespace {

using observe::Level;

// Sessions that may be lost under one question, before it is suspected itself.
constexpr int losses_max = 5;

QueueOptions queue_options(const CaptureOptions& options, Instant window_end) {
  const AttemptLimits limits = attempt_limits(options);
  return {limits.attempts_max, limits.in_vain(), window_end};
}

// The questions of one slot, the workers that ask them, and the best row of each contract so far.
class Capture : public std::enable_shared_from_this<Capture> {
 public:
  Capture(
      const SnapshotPlan& plan, const std::vector<ContractBook>& books, Instant window_end,
      Instant session_close, const CaptureOptions& options,
      const std::vector<gateway::Gateway*>& gateways, Clock& clock, RowSink& sink,
      const Answered& answered, const Replay& replay, observe::EventSink& events)
      : plan_(plan),
        window_end_(window_end),
        session_close_(session_close),
        options_(options),
        gateways_(gateways),
        clock_(clock),
        sink_(sink),
        answered_(answered),
        replay_(replay),
        events_(events),
        queue_(queue_options(options, window_end)),
        left_(gateways.size()) {
    OPT_CHECK(!gateways.empty());
    for (const ContractBook& book : books) books_.emplace(book.underlying.symbol, &book);
    exchanges_.push_back({});
    for (const std::string& exchange : options.fallback_exchanges) exchanges_.push_back(exchange);
    for (int i = 0; i < options.retries_max; ++i) exchanges_.push_back({});
  }

  asio::awaitable<Result<void>> run();  // Asks about every contract. Errors: storage, cancelled.
  CaptureSummary take();

 private:
  // An empty row: the session is lost, and another one can ask.
  using Asked = Result<std::optional<OptionQuote>>;

  asio::awaitable<Result<void>> fill(std::span<const OptionContract> part);
  void wait_for(std::size_t session);
  asio::awaitable<void> keep_ready(std::size_t session);
  void watch(const Underlying& symbol, std::size_t session);
  std::optional<std::size_t> session_from(std::size_t from) const;
  asio::awaitable<void> open_watch(Underlying symbol, std::size_t session);
  void start_workers();
  asio::awaitable<void> work(std::size_t session);
  asio::awaitable<Asked> ask(Question question, std::size_t session);
  asio::awaitable<Asked> ask_gateway(Question question, std::size_t session);
  void note_time(const store::JournalEntry& entry);
  gateway::QuoteRequest request_of(const Question& question) const;
  OptionQuote unanswered(const OptionContract& contract, RowError error) const;
  void keep(Question question, OptionQuote row);
  UnderlyingQuote underlying_now(const Underlying& symbol) const;
  const ReferencePrice& reference(const Underlying& symbol) const {
    return books_.at(symbol)->reference;
  }
  void lose(std::size_t session, const Error& error);
  void report_loss(Level level, std::string message);

  const SnapshotPlan& plan_;
  std::map<Underlying, const ContractBook*> books_;
  Instant window_end_;
  Instant session_close_;
  const CaptureOptions& options_;
  const std::vector<gateway::Gateway*>& gateways_;
  Clock& clock_;
  RowSink& sink_;
  const Answered& answered_;
  const Replay& replay_;
  observe::EventSink& events_;

  std::vector<std::string> exchanges_;  // By attempt; empty: the contract's own.
  std::map<Underlying, std::unique_ptr<gateway::Watch>> watches_;
  std::map<Underlying, std::size_t> watcher_;  // Which session holds the watch.
  std::map<Underlying, std::size_t> open_;     // Contracts that may still be asked.
  QuestionQueue queue_;
  std::unordered_map<ContractId, OptionQuote> best_;
  std::optional<Error> broken_;       // Ends the job.
  std::set<std::size_t> gone_;        // Sessions that are lost for the rest of the window.
  std::set<std::size_t> away_;        // Those that may come back; they ask nothing meanwhile.
  std::map<ContractId, int> losses_;  // Sessions that fell while this was asked.
  bool done_ = false;
  std::size_t left_;           // The others.
  std::optional<Error> lost_;  // The last session: nothing more can be asked.
  bool filled_ = false;        // No more questions follow those in the queue.
  bool started_ = false;
  int opening_ = 0;
  int working_ = 0;
  asio::any_io_executor executor_;
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
  return unanswered_row(
      contract, plan_.slot, underlying_now(contract.underlying), reference(contract.underlying),
      std::move(error), options_);
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
  request.until = window_end_;
  request.allow_delayed = options_.allow_delayed;
  request.until = window_end_;
  return request;
}

void Capture::report_loss(Level level, std::string message) {
  observe::Event event;
  event.level = level;
  event.code = "capture_interrupted";
  event.component = "collect";
  event.slot = plan_.slot.label();
  event.message = std::move(message);
  events_.on(event);
}

void Capture::lose(std::size_t session, const Error& error) {
  if (!gone_.insert(session).second) return;
  if (--left_ == 0) {
    lost_ = error;
    const auto answered = std::count_if(
        best_.begin(), best_.end(), [](const auto& row) { return row.second.usable(); });
    report_loss(
        Level::error, fmt::format(
                          "slot {}: {} of {} contracts were answered when the session ended: {}",
                          plan_.slot.label(), answered, plan_.ask.size(), error.message));
    return;
  }
  report_loss(
      Level::warning, fmt::format(
                          "slot {}: session {} of {} ended, the others take its questions: {}",
                          plan_.slot.label(), session + 1, gateways_.size(), error.message));
  for (const auto& [symbol, watcher] : watcher_)
    if (watcher == session && watches_.erase(symbol) > 0) watch(symbol, session);
}

asio::awaitable<Capture::Asked> Capture::ask_gateway(Question question, std::size_t session) {
  const OptionContract& contract = *question.contract;
  for (;;) {
    if (lost_) co_return unanswered(contract, RowError{"disconnected", lost_->message});
    if (gone_.contains(session)) co_return std::nullopt;
    if (clock_.now() >= window_end_)
      co_return unanswered(contract, RowError{"not_asked", "the slot's window was over"});
    const Instant asked_at = clock_.now();
    gateway::QuoteRequest request = request_of(question);
    ++summary_.requests;
    auto answer = co_await gateways_[session]->quote(request);
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
    } else if (answer.error().code == 0 && ++losses_[contract.id] > losses_max) {
      entry.row.error = RowError{"disconnected", answer.error().message};
    } else {
      // Nobody was answered, which says nothing about this contract.
      wait_for(session);
      co_return std::nullopt;
    }
    note_time(entry);
    OPT_CO_TRY_VOID(co_await sink_.on_attempt(entry));
    co_return std::move(entry.row);
  }
}

void Capture::note_time(const store::JournalEntry& entry) {
  if (const auto time = answer_time(entry)) summary_.times.push_back(*time);
}

asio::awaitable<Capture::Asked> Capture::ask(Question question, std::size_t session) {
  const auto past = answered_.find({question.contract->id, question.attempt});
  if (past == answered_.end()) co_return co_await ask_gateway(question, session);
  ++summary_.replayed;
  note_time(past->second);
  if (replay_) {
    OPT_CO_TRY_VOID(co_await replay_(past->second));
    OPT_CO_TRY_VOID(co_await sink_.on_replayed());
  }
  co_return past->second.row;
}

void Capture::keep(Question question, OptionQuote row) {
  const bool usable = row.usable();
  const bool final = is_final(row);
  const auto [place, first] = best_.try_emplace(question.contract->id, row);
  // A usable row is never replaced by a worse one, and a row never by a mere "not asked again".
  if (!first && (usable || (!place->second.usable() && !final))) place->second = std::move(row);
  const auto attempts = static_cast<int>(exchanges_.size());
  if (!usable && !final && question.attempt + 1 < attempts) return queue_.again(question);
  const Underlying& symbol = question.contract->underlying;
  if (--open_.at(symbol) == 0) watches_.erase(symbol);
}

asio::awaitable<void> Capture::work(std::size_t session) {
  const auto self = shared_from_this();
  while (!broken_ && (lost_ || !gone_.contains(session))) {
    const bool away = away_.contains(session) && !lost_;
    const auto question = away ? std::nullopt : queue_.next(clock_.now());
    if (!question) {
      if (away && !(filled_ && asking_ == 0 && queue_.empty())) {
        const auto woken = co_await changed_.wait();
        if (!woken) break;
        continue;
      }
      if (filled_ && asking_ == 0) break;
      if (!co_await changed_.wait()) break;
      continue;
    }
    ++asking_;
    auto row = co_await ask(*question, session);
    --asking_;
    if (!row) {
      broken_ = std::move(row).error();
    } else if (*row) {
      keep(*question, **std::move(row));
    } else {
      queue_.put_back(*question);
    }
    changed_.notify_all();
  }
  --working_;
  changed_.notify_all();
}

// Takes a session out of the game until it can be asked again, or its window is over.
void Capture::wait_for(std::size_t session) {
  if (away_.insert(session).second) asio::co_spawn(executor_, keep_ready(session), asio::detached);
}

asio::awaitable<void> Capture::keep_ready(std::size_t session) {
  const auto self = shared_from_this();
  gateway::Gateway& gateway = *gateways_[session];
  const auto ready = co_await gateway.ready(window_end_);
  if (done_) co_return;  // Others have answered everything meanwhile.
  away_.erase(session);
  if (!ready) lose(session, ready.error());
  changed_.notify_all();
}

// On `session`, or the next one that is there.
void Capture::watch(const Underlying& symbol, std::size_t session) {
  ++opening_;
  asio::co_spawn(executor_, open_watch(symbol, session), asio::detached);
}

// The first session from `from` on that is there, or may come back when none is. Empty: all are
// lost.
std::optional<std::size_t> Capture::session_from(std::size_t from) const {
  std::optional<std::size_t> may_come;
  for (std::size_t i = 0; i < gateways_.size(); ++i) {
    const std::size_t session = (from + i) % gateways_.size();
    if (gone_.contains(session)) continue;
    if (!away_.contains(session)) return session;
    if (!may_come) may_come = session;
  }
  return may_come;
}

asio::awaitable<void> Capture::open_watch(Underlying symbol, std::size_t session) {
  const auto self = shared_from_this();
  const UnderlyingContract underlying = books_.at(symbol)->underlying;
  Result<std::unique_ptr<gateway::Watch>> watch = fail(ErrorKind::unavailable, "not asked");
  for (int losses = 0; losses <= losses_max;) {
    const auto at = session_from(session);
    if (!at) {
      if (lost_) watch = fail(*lost_);
      break;
    }
    // Not with ready(): another session may be there long before this one is back.
    if (away_.contains(*at)) {
      auto changed = co_await changed_.wait();
      if (changed) continue;
      watch = fail(std::move(changed).error());
      break;
    }
    watcher_[symbol] = *at;
    watch = co_await gateways_[*at]->watch(underlying, options_.allow_delayed);
    if (watch || watch.error().kind != ErrorKind::unavailable) break;
    ++losses;
    wait_for(*at);
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
  --opening_;
  changed_.notify_all();
}

void Capture::start_workers() {
  if (std::exchange(started_, true)) return;
  // One after the other, so that the sessions share what there is from the first question on.
  for (int i = 0; i < options_.in_flight_max; ++i) {
    for (std::size_t session = 0; session < gateways_.size(); ++session) {
      if (static_cast<std::size_t>(working_) >= plan_.ask.size()) return;
      ++working_;
      asio::co_spawn(executor_, work(session), asio::detached);
    }
  }
}

// Puts `part` into the queue: all at once, or in groups of underlyings, so that watching them
// leaves lines for their options. A group follows when the last one is nearly asked, and while it
// is still being answered; a watch ends with the last answer of its chain.
asio::awaitable<Result<void>> Capture::fill(std::span<const OptionContract> part) {
  std::map<Underlying, std::size_t> chains;
  for (const OptionContract& contract : part) ++chains[contract.underlying];
  const auto watches_max = static_cast<std::size_t>(options_.watches_max);
  const std::size_t group_max =
      chains.size() <= watches_max ? watches_max : std::max<std::size_t>(1, watches_max / 2);
  const std::size_t nearly = static_cast<std::size_t>(options_.in_flight_max) * gateways_.size();
  for (auto next = chains.begin(); next != chains.end();) {
    std::set<Underlying> group;
    for (; next != chains.end() && group.size() < group_max; ++next) {
      open_[next->first] += next->second;
      group.insert(next->first);
      if (!watches_.contains(next->first)) watch(next->first, group.size() % gateways_.size());
    }
    while (opening_ > 0) OPT_CO_TRY_VOID(co_await changed_.wait());
    for (const OptionContract& contract : part)
      if (group.contains(contract.underlying)) queue_.add(contract);
    start_workers();
    changed_.notify_all();
    const auto follows = static_cast<std::size_t>(std::distance(next, chains.end()));
    const auto too_early = [&] {
      if (follows == 0 || broken_ || (asking_ == 0 && queue_.empty())) return false;
      return queue_.first_left() > nearly ||
             watches_.size() + std::min(follows, group_max) > watches_max;
    };
    while (too_early()) OPT_CO_TRY_VOID(co_await changed_.wait());
  }
  co_return Result<void>();
}

asio::awaitable<Result<void>> Capture::run() {
  executor_ = co_await asio::this_coro::executor;
  const std::span<const OptionContract> all(plan_.ask);
  // What does not fit is asked when everything else has been: nearest to the money first, across
  // all groups.
  for (std::size_t session = 0; session < gateways_.size(); ++session) wait_for(session);
  const std::size_t fits = std::min(plan_.fits, all.size());
  auto filled = co_await fill(all.first(fits));
  if (filled && !broken_) filled = co_await fill(all.subspan(fits));
  filled_ = true;
  changed_.notify_all();
  while (working_ > 0 || opening_ > 0) OPT_CO_TRY_VOID(co_await changed_.wait());
  watches_.clear();
  done_ = true;
  if (broken_) co_return fail(*broken_);
  co_return filled;
}

CaptureSummary Capture::take() {
  for (const OptionContract& contract : plan_.ask) {
    const auto found = best_.find(contract.id);
    OptionQuote row = found != best_.end()
                          ? found->second
                          : unanswered(contract, RowError{"not_asked", "the job ended before"});
    close_row(row, options_);
    summary_.rows.push_back(std::move(row));
  }
  std::sort(summary_.rows.begin(), summary_.rows.end(), [](const auto& a, const auto& b) {
    return in_file_order(a.contract, b.contract);
  });
  return std::move(summary_);
}

}  // namespace

AttemptLimits attempt_limits(const CaptureOptions& options) {
  AttemptLimits limits;
  limits.timeout = options.timeout;
  limits.price_timeout = options.price_timeout;
  limits.attempts_max =
      1 + static_cast<int>(options.fallback_exchanges.size()) + options.retries_max;
  return limits;
}

asio::awaitable<Result<CaptureSummary>> collect_snapshot(
    SnapshotPlan plan, std::vector<ContractBook> books, Instant window_end, Instant session_close,
    CaptureOptions options, std::vector<gateway::Gateway*> gateways, Clock& clock, RowSink& sink,
    const Answered& answered, Replay replay, observe::EventSink& events) {
  const auto capture = std::make_shared<Capture>(
      plan, books, window_end, session_close, options, gateways, clock, sink, answered, replay,
      events);
  OPT_CO_TRY_VOID(co_await capture->run());
  co_return capture->take();
}

}  // namespace opt_data::collect
