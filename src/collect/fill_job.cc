#include "collect/fill_job.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/signal.h"
#include "collect/fill_rows.h"
#include "collect/fill_slot.h"
#include "collect/standing_slot.h"

namespace opt_data::collect {
namespace {

using gateway::BarContent;
using observe::Level;
using store::JobOutcome;

// A run that was cut off may have asked a moment ago, and the broker minds the same request again.
constexpr std::chrono::seconds resume_pause{15};
constexpr int tries_max = 3;  // Of one question that nobody answers.

class Fill : public std::enable_shared_from_this<Fill> {
 public:
  Fill(
      std::vector<Slot> slots, std::vector<Underlying> symbols, FillSettings settings,
      std::string ingest_id, Workshop& shop)
      : slots_(std::move(slots)),
        symbols_(std::move(symbols)),
        settings_(std::move(settings)),
        ingest_id_(std::move(ingest_id)),
        shop_(shop) {}

  Result<void> load();
  Result<void> begin();  // The jobs, before the first question.
  bool anything_to_ask() const { return !questions_.empty(); }
  asio::awaitable<Result<void>> ask_all(Connect connect);
  Result<FillReport> publish();
  const std::string& refused() const { return refused_; }

 private:
  struct Question {
    OptionContract contract;
    double distance = 0;  // From the money.
    std::vector<std::size_t> works;
  };

  bool wanted(const Underlying& symbol) const {
    return std::ranges::find(symbols_, symbol) != symbols_.end();
  }
  void collect_questions();

  asio::awaitable<void> ask_on(gateway::Gateway& gateway);
  asio::awaitable<Result<void>> ask(const Question& question, gateway::Gateway& gateway);
  asio::awaitable<Result<std::optional<gateway::HistoryAnswer>>> ask_bars(
      const Question& question, BarContent what, gateway::Gateway& gateway);
  Result<void> keep(const Question& question, const SessionBars& bars, Instant asked_at);
  SlotFill count(const FillSlot& work) const;
  void tell(Level level, std::string code, const std::string& slot, std::string message);

  std::vector<Slot> slots_;
  std::vector<Underlying> symbols_;
  FillSettings settings_;
  std::string ingest_id_;
  Workshop& shop_;
  std::vector<FillSlot> works_;
  std::vector<Question> questions_;  // Nearest to the money first.
  bool resumed_ = false;             // A run before this one was cut off.
  std::size_t next_ = 0;
  int working_ = 0;
  std::int64_t requests_ = 0;
  std::optional<Error> broken_;  // Of this machine: ends the job.
  std::string refused_;          // The account may not: nothing more is asked.
  std::string stopped_;          // Nobody answers any more.
  Signal changed_;
};

void Fill::tell(Level level, std::string code, const std::string& slot, std::string message) {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "collect";
  event.slot = slot;
  event.message = std::move(message);
  shop_.events.on(event);
}

void Fill::collect_questions() {
  std::map<ContractId, Question> by_id;
  for (std::size_t i = 0; i < works_.size(); ++i) {
    for (const OptionQuote& row : works_[i].rows) {
      if (!wanted(row.contract.underlying) || !works_[i].open(row)) continue;
      Question& question = by_id[row.contract.id];
      question.contract = row.contract;
      if (row.reference) question.distance = distance_to_money(row.contract, row.reference->usd);
      question.works.push_back(i);
    }
  }
  for (auto& [id, question] : by_id) questions_.push_back(std::move(question));
  std::ranges::stable_sort(questions_, {}, &Question::distance);
}

Result<void> Fill::load() {
  const TradeDate date = slots_.front().date;
  OPT_TRY(const ExpectedDay expected, shop_.ledger.expected(date));
  for (const Slot& slot : slots_) {
    OPT_TRY(FillSlot work, load_fill_slot(slot, symbols_, expected, settings_, ingest_id_, shop_));
    works_.push_back(std::move(work));
  }
  if (std::ranges::all_of(works_, [](const FillSlot& work) { return work.rows.empty(); }))
    return fail(
        ErrorKind::not_found,
        "{} has no slot and no contract list of its own: nobody knows what to ask for. History "
        "fills what a collected day missed; it does not make a day",
        date.text());
  collect_questions();
  return {};
}

Result<void> Fill::begin() {
  for (FillSlot& work : works_) {
    if (!work.asks()) continue;
    resumed_ = resumed_ || work.running;
    OPT_TRY_VOID(start_fill(work, shop_));
  }
  return {};
}

// ---- asking

asio::awaitable<Result<void>> Fill::ask_all(Connect connect) {
  if (resumed_) OPT_CO_TRY_VOID(co_await shop_.clock.wait_for(resume_pause));
  OPT_CO_TRY(gateway::Gateway * gateway, co_await connect());
  const auto executor = co_await asio::this_coro::executor;
  const int workers = std::min(settings_.in_flight_max, static_cast<int>(questions_.size()));
  for (int i = 0; i < workers; ++i) {
    ++working_;
    asio::co_spawn(executor, ask_on(*gateway), asio::detached);
  }
  while (working_ > 0) OPT_CO_TRY_VOID(co_await changed_.wait());
  if (broken_) co_return fail(*broken_);
  co_return Result<void>();
}

asio::awaitable<void> Fill::ask_on(gateway::Gateway& gateway) {
  const auto self = shared_from_this();
  while (!broken_ && refused_.empty() && stopped_.empty() && next_ < questions_.size()) {
    const Question& question = questions_[next_++];
    auto done = co_await ask(question, gateway);
    if (!done) broken_ = std::move(done).error();
  }
  --working_;
  changed_.notify_all();
}

// Empty: not answered, or not worth asking any more.
asio::awaitable<Result<std::optional<gateway::HistoryAnswer>>> Fill::ask_bars(
    const Question& question, BarContent what, gateway::Gateway& gateway) {
  const TradingSession session = shop_.calendar.session(slots_.front().date);
  const Slot& first = works_[question.works.front()].slot;
  const Slot& last = works_[question.works.back()].slot;
  const Instant from = what == BarContent::trades ? session.open : first.at - gateway::bar_length;
  gateway::HistoryRequest request;
  request.contract = question.contract;
  request.exchange = question.contract.exchange;
  request.what = what;
  request.end = last.at;
  request.duration = std::chrono::duration_cast<std::chrono::seconds>(last.at - from);
  request.until = settings_.until;
  for (int tries = 0; tries < tries_max; ++tries) {
    const Instant now = shop_.clock.now();
    if (!refused_.empty() || !stopped_.empty() || now >= settings_.until) break;
    auto ready = co_await gateway.ready(std::min(settings_.until, now + settings_.reconnect_for));
    if (!ready) {
      if (ready.error().kind == ErrorKind::cancelled) co_return fail(std::move(ready).error());
      stopped_ = ready.error().message;
      break;
    }
    ++requests_;
    auto answer = co_await gateway.historical_bars(request);
    if (answer) co_return std::optional(*std::move(answer));
    if (answer.error().kind == ErrorKind::refused) {
      tell(Level::info, "history_refused", "", answer.error().message);
      co_return std::optional(gateway::HistoryAnswer{{}, {}, now, shop_.clock.now()});
    }
    if (answer.error().kind != ErrorKind::unavailable) co_return fail(std::move(answer).error());
  }
  if (shop_.clock.now() >= settings_.until && stopped_.empty())
    stopped_ = fmt::format("the time for it ended at {}", new_york_text(settings_.until));
  co_return std::nullopt;
}

asio::awaitable<Result<void>> Fill::ask(const Question& question, gateway::Gateway& gateway) {
  SessionBars bars;
  std::optional<Instant> asked_at;
  for (const BarContent what : {BarContent::bid_ask, BarContent::trades}) {
    OPT_CO_TRY(auto answer, co_await ask_bars(question, what, gateway));
    if (!answer) co_return Result<void>();
    if (!answer->not_entitled.empty()) {
      refused_ = answer->not_entitled;
      co_return Result<void>();
    }
    if (!asked_at) asked_at = answer->asked_at;
    bars.received = answer->answered_at;
    (what == BarContent::bid_ask ? bars.quotes : bars.trades) = std::move(answer->bars);
  }
  co_return keep(question, bars, *asked_at);
}

// Each slot's row into the journal of its job, committed before the next question of this worker.
Result<void> Fill::keep(const Question& question, const SessionBars& bars, Instant asked_at) {
  const TradingSession session = shop_.calendar.session(slots_.front().date);
  for (const std::size_t index : question.works) {
    FillSlot& work = works_[index];
    const OptionQuote& missed = work.rows[work.places.at(question.contract.id)];
    store::JournalEntry entry{
        question.contract.id, 0, asked_at, bars.received,
        filled_row(missed, bars, session, work.ingest_id)};
    const bool filled = is_filled(entry.row);
    if (!filled) entry.row.error = {std::string(no_history), "the broker has no bar of it"};
    OPT_TRY_VOID(shop_.ledger.journal(work.key, entry, shop_.clock.now()));
    if (filled) {
      work.take(std::move(entry.row));
    } else {
      work.without.insert(entry.id);
    }
  }
  return shop_.ledger.commit();
}

// ---- the end

SlotFill Fill::count(const FillSlot& work) const {
  SlotFill fill;
  fill.slot = work.slot.label();
  fill.has_bar = work.has_bar;
  for (const OptionQuote& row : work.rows) {
    if (!wanted(row.contract.underlying)) continue;
    fill.filled += is_filled(row) ? 1 : 0;
    fill.missed += is_filled(row) || is_missed(row) ? 1 : 0;
    if (is_missed(row) && work.without.contains(row.contract.id))
      fill.without.push_back(row.contract.id);
  }
  return fill;
}

Result<FillReport> Fill::publish() {
  FillReport report;
  report.requests = requests_;
  report.stopped = stopped_.empty() ? refused_ : stopped_;
  report.already = requests_ == 0;
  for (FillSlot& work : works_) {
    const SlotFill fill = count(work);
    if (work.changed) {
      report.already = false;
      OPT_TRY(work.rows, publish_slot(std::move(work.rows), work.slot, shop_));
      tell(
          Level::info, "slot_filled", fill.slot,
          fmt::format(
              "{} of {} contracts that were missed have half-hour bars", fill.filled, fill.missed));
    }
    if (work.running) {
      // Of other symbols, what an earlier run learnt is kept.
      SlotFill counts = fill;
      counts.without.assign(work.without.begin(), work.without.end());
      OPT_TRY_VOID(shop_.ledger.end_job(
          work.key, fill.left() == 0 ? JobOutcome::done : JobOutcome::part, to_json(counts),
          shop_.clock.now()));
      OPT_TRY_VOID(shop_.ledger.forget_journal(work.key));
    }
    report.slots.push_back(fill);
  }
  return report;
}

}  // namespace

bool FillReport::complete() const {
  return std::ranges::all_of(slots, [](const SlotFill& fill) { return fill.left() == 0; });
}

std::int64_t FillReport::missed() const {
  std::int64_t sum = 0;
  for (const SlotFill& fill : slots) sum += fill.missed;
  return sum;
}

std::int64_t FillReport::filled() const {
  std::int64_t sum = 0;
  for (const SlotFill& fill : slots) sum += fill.filled;
  return sum;
}

std::string to_json(const SlotFill& fill) {
  const nlohmann::ordered_json json = {
      {"slot", fill.slot},      {"missed", fill.missed},
      {"filled", fill.filled},  {"without_history", fill.without.size()},
      {"left", fill.left()},    {"has_bar", fill.has_bar},
      {"without", fill.without}};
  return json.dump();
}

Result<SlotFill> slot_fill_of(const std::string& text) {
  try {
    const auto json = nlohmann::json::parse(text);
    SlotFill fill;
    fill.slot = json.at("slot");
    fill.missed = json.at("missed");
    fill.filled = json.at("filled");
    fill.without = json.at("without").get<std::vector<ContractId>>();
    fill.has_bar = json.at("has_bar");
    return fill;
  } catch (const nlohmann::json::exception& error) {
    return fail(
        ErrorKind::corrupt, "the ledger's counts of a fill cannot be read: {}", error.what());
  }
}

asio::awaitable<Result<FillReport>> fill_missed(
    std::vector<Slot> slots, std::vector<Underlying> symbols, FillSettings settings,
    std::string ingest_id, Workshop& shop, Connect connect) {
  const auto fill = std::make_shared<Fill>(
      std::move(slots), std::move(symbols), std::move(settings), std::move(ingest_id), shop);
  OPT_CO_TRY_VOID(fill->load());
  if (!fill->anything_to_ask()) co_return fill->publish();
  OPT_CO_TRY_VOID(fill->begin());
  auto asked = co_await fill->ask_all(std::move(connect));
  // What was answered is published, whatever ended the asking.
  OPT_CO_TRY(FillReport report, fill->publish());
  if (!asked) co_return fail(std::move(asked).error());
  const bool nothing =
      std::ranges::all_of(report.slots, [](const auto& it) { return it.filled == 0; });
  if (!fill->refused().empty() && nothing)
    co_return fail(
        ErrorKind::refused, "the account may not see history, so nothing can be filled: {}",
        fill->refused());
  if (!report.stopped.empty() && fill->refused().empty() && nothing)
    co_return fail(ErrorKind::unavailable, "nothing was filled: {}", report.stopped);
  co_return report;
}

}  // namespace opt_data::collect
