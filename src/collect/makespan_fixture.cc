#include "collect/makespan_fixture.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/check.h"
#include "base/random.h"
#include "collect/journal_sink.h"
#include "gateway/session.h"
#include "net/memory_pipe.h"

namespace opt_data::collect {
namespace {

using namespace std::chrono_literals;

constexpr double spot = 100;

TradeDate day() { return Calendar{}.trade_date(std::chrono::year{2025} / 10 / 6).value(); }

// Chains whose quotes stand still: ten expiries, strikes half a dollar apart around the spot.
class StillMarket : public MarketSource {
 public:
  StillMarket(std::size_t contracts, std::size_t underlyings) {
    for (std::size_t u = 0; u < underlyings; ++u) {
      const auto letter = [](std::size_t i) { return static_cast<char>('A' + i % 26); };
      const Underlying symbol{'T', letter(u / 26), letter(u)};
      underlyings_.push_back({static_cast<ContractId>(u + 1), symbol, "A company", "NYSE"});
    }
    std::vector<std::size_t> places(underlyings, 0);
    for (std::size_t i = 0; i < contracts; ++i) {
      const std::size_t u = i % underlyings;
      const std::size_t place = places[u]++;
      const auto step = static_cast<double>((place / 20 + 1) / 2);
      OptionContract contract;
      contract.id = static_cast<ContractId>(100'000 + i);
      contract.underlying = contract.trading_class = underlyings_[u].symbol;
      contract.right = place % 2 == 0 ? Right::call : Right::put;
      contract.expiry = std::chrono::year{2025} / 12 / 1;
      contract.expiry = std::chrono::year_month_day{
          std::chrono::sys_days{contract.expiry} + std::chrono::days{7 * (place / 2 % 10)}};
      contract.strike = Strike::from_usd(spot + 0.5 * (place / 20 % 2 == 0 ? step : -step));
      contracts_.emplace(contract.id, contract);
      chains_[contract.underlying].push_back(contract);
    }
    for (auto& [symbol, chain] : chains_) std::sort(chain.begin(), chain.end(), in_file_order);
  }

  DataSource source() const override { return DataSource::simulated; }
  std::vector<MarketUnderlying> underlyings() const override { return underlyings_; }
  std::vector<OptionContract> listed(const Underlying& symbol, Instant) const override {
    const auto found = chains_.find(symbol);
    return found == chains_.end() ? std::vector<OptionContract>{} : found->second;
  }
  MarketQuote quote(ContractId id, Instant) const override {
    MarketQuote quote;
    double price = spot;
    if (const auto found = contracts_.find(id); found != contracts_.end()) {
      const double strike = found->second.strike.usd();
      const bool call = found->second.right == Right::call;
      price = 2 + std::max(0.0, call ? spot - strike : strike - spot);
    }
    quote.bid = {true, price - 0.05, 10};
    quote.ask = {true, price + 0.05, 12};
    return quote;
  }
  std::optional<Instant> next_change(ContractId, Instant) const override { return std::nullopt; }
  std::optional<std::int64_t> open_interest(ContractId, Instant) const override { return 40; }
  double rate() const override { return 0.03; }

 private:
  std::vector<MarketUnderlying> underlyings_;
  std::unordered_map<ContractId, OptionContract> contracts_;
  std::map<Underlying, std::vector<OptionContract>> chains_;
};

std::vector<ContractBook> books_of(const MarketSource& market) {
  std::vector<ContractBook> books;
  for (const MarketUnderlying& known : market.underlyings()) {
    ContractBook book{day(), {}, {}, "", {}, market.listed(known.symbol, {})};
    if (book.contracts.empty()) continue;
    book.underlying.id = known.id;
    book.underlying.symbol = known.symbol;
    book.underlying.primary_exchange = known.primary_exchange;
    book.reference = {known.symbol, spot, "previous_close", {}};
    books.push_back(std::move(book));
  }
  return books;
}

sim::SimOptions gateway_options(const SlotWorldOptions& options, const MarketSource& market) {
  sim::SimOptions made;
  // Together 0.3 to 2 s from the subscription to the last tick.
  made.latency.prices = {20ms, 200ms};
  made.latency.model = {280ms, 1'800ms};
  made.latency.generics = {200ms, 1'500ms};
  for (const MarketUnderlying& known : market.underlyings()) {
    for (const OptionContract& contract : market.listed(known.symbol, {})) {
      Random random = Random::keyed(options.seed, {static_cast<std::uint64_t>(contract.id)});
      const auto drawn = static_cast<int>(random.below(1000));
      sim::RequestFilter filter;
      filter.id = contract.id;
      if (drawn < options.slow_per_thousand) {
        made.faults.no_greeks.push_back(filter);
      } else if (drawn < options.slow_per_thousand + options.silent_per_thousand) {
        made.faults.silent.push_back(filter);
      }
    }
  }
  return made;
}

}  // namespace

// One account: its gateway, its budgets, its session.
struct SlotWorld::Gate {
  Gate(const MarketSource& market, const SlotWorldOptions& options, Clock& clock, std::uint64_t n)
      : gateway(market, clock, gateway_options(options, market), options.seed + n),
        budgets{
            {clock, {options.limits.messages_per_second, 1s, gateway::PacingLimit::unlimited}},
            {clock, {gateway::PacingLimit::unlimited, 1s, options.limits.lines}},
            {clock,
             {options.limits.subscriptions_per_minute, 60s, gateway::PacingLimit::unlimited}},
            {clock, gateway::PacingLimit{}}} {}
  sim::SimGateway gateway;
  gateway::PacingBudgets budgets;
  std::unique_ptr<gateway::TwsSession> session;
};

// Notes how long every question took, and when the last answer came.
class SlotWorld::Timed : public RowSink {
 public:
  explicit Timed(JournalSink& sink) : sink_(sink) {}
  asio::awaitable<Result<void>> on_attempt(store::JournalEntry entry) override {
    times.push_back(entry.answered_at - entry.asked_at);
    last = std::max(last, entry.answered_at);
    co_return co_await sink_.on_attempt(std::move(entry));
  }
  asio::awaitable<Result<void>> on_replayed() override { co_return co_await sink_.on_replayed(); }

  std::vector<std::chrono::microseconds> times;
  Instant last = Instant::min();

 private:
  JournalSink& sink_;
};

SlotWorld::SlotWorld(const SlotWorldOptions& options)
    : options_(options),
      market_(std::make_unique<StillMarket>(options.contracts, options.underlyings)),
      books_(books_of(*market_)),
      clock_(io_, new_york(day().day(), 9h + 30min)) {
  std::string name = (std::filesystem::temp_directory_path() / "makespan-XXXXXX").string();
  OPT_CHECK(::mkdtemp(name.data()) != nullptr);
  folder_ = name;
  ledger_ =
      store::Ledger::open(folder_ / "ledger.sqlite", store::Durability::process_crash).value();
  for (std::size_t i = 0; i < options.sessions; ++i) {
    auto gate = std::make_unique<Gate>(*market_, options_, clock_, i);
    const gateway::Connector connect =
        [this, to = gate.get()]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
      auto [near, far] = net::MemoryPipe::make();
      asio::co_spawn(io_, to->gateway.serve(std::move(far)), asio::detached);
      co_return std::unique_ptr<net::Transport>(std::move(near));
    };
    auto opened = clock_.run_until_done(
        gateway::TwsSession::open(connect, {}, clock_, gate->budgets, events_));
    OPT_CHECK(opened && *opened);
    gate->session = *std::move(*opened);
    gates_.push_back(std::move(gate));
  }
  capture_.timeout = 8s;
  capture_.source = DataSource::simulated;
  capture_.in_flight_max = options.limits.in_flight_max;
  capture_.watches_max = options.limits.watches_max;
}

SlotWorld::~SlotWorld() {
  for (const auto& gate : gates_) gate->session->close();
  clock_.run();
  ledger_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Result<CaptureSummary> SlotWorld::capture(const SnapshotPlan& plan, RowSink& sink) {
  std::vector<gateway::Gateway*> gateways;
  for (const auto& gate : gates_) gateways.push_back(gate->session.get());
  static const Answered nothing;
  auto done = clock_.run_until_done(collect_snapshot(
      plan, books_, clock_.now() + options_.window, clock_.now() + 6h, capture_, gateways, clock_,
      sink, nothing, {}, events_));
  OPT_CHECK(done);
  return *std::move(done);
}

SlotRun SlotWorld::run() {
  clock_.run_until(new_york(day().day(), 9h + 30min) + slot_ * 30min);
  const Slot slot{day(), static_cast<std::uint8_t>(slot_++), clock_.now()};
  const store::JobKey job{store::JobKind::snapshot, day(), slot.index};
  OPT_CHECK(ledger_->start_job(job, "makespan", clock_.now()));
  PlanOptions plan_options;
  plan_options.limits = options_.limits;
  plan_options.limits.sessions = static_cast<int>(options_.sessions);
  plan_options.attempts = attempt_limits(capture_);
  plan_options.times = times_;
  plan_options.window = options_.window;

  JournalSink journal(*ledger_, job, clock_, io_.get_executor());
  Timed timed(journal);
  const SnapshotPlan plan = plan_snapshot(slot, books_, plan_options);
  auto summary = capture(plan, timed);
  OPT_CHECK(summary && journal.finish());
  OPT_CHECK(ledger_->forget_journal(job));
  times_ = learn(
      "slot " + slot.label(), summary->rows, spread_of(summary->times), plan_options.attempts);

  SlotRun run{plan, timed.last - slot.at, {}, summary->rows.size(), 0, summary->requests};
  for (const OptionQuote& row : summary->rows) run.usable += row.usable() ? 1 : 0;
  const auto sessions = static_cast<double>(options_.sessions);
  run.bound = makespan_bound(
      sessions * options_.limits.messages_per_second, sessions * options_.limits.lines,
      timed.times);
  for (const auto& gate : gates_) {
    const sim::SimCounters& counters = gate->gateway.counters();
    run.messages_in_a_second_high =
        std::max(run.messages_in_a_second_high, counters.messages_in_a_second_high);
    run.lines_high = std::max(run.lines_high, counters.lines_high);
    run.violations += counters.error_count(100) + counters.error_count(101);
    run.cancel_errors += counters.error_count(300) + counters.error_count(354);
  }
  return run;
}

}  // namespace opt_data::collect
