#include "collect/discovery.h"

#include <algorithm>
#include <set>
#include <utility>

#include "collect/action_signs.h"

namespace opt_data::collect {
namespace {

using gateway::ContractQuery;
using observe::Event;
using observe::Level;

constexpr std::chrono::days absence_believed{7};
constexpr std::chrono::seconds first_ticks{2};
// Exact questions are quick: better late than no list. After the freeze, which leaves time before
// the first slot; where discovery is begun later, as on the first day of somebody who starts at
// noon, after its begin, for less than a slot waits to be begun.
constexpr std::chrono::minutes probe_grace{3};
constexpr std::chrono::seconds late_probe_grace{90};

// One symbol's way from the secdef answer to its book.
struct SymbolDiscovery {
  DiscoveredSymbol summary;
  UnderlyingContract underlying;
  OptionChain chain;            // As secdef told it today.
  std::vector<Listing> wanted;  // Of those, what the filters on expiry and class let through.
  KnownListings known;
};

class Discovery {
 public:
  Discovery(
      TradeDate date, Instant freeze_at, DiscoveryOptions options, const Calendar& calendar,
      gateway::Gateway& gateway, Clock& clock, store::Disk& disk, observe::EventSink& events)
      : date_(date),
        freeze_at_(freeze_at),
        options_(std::move(options)),
        calendar_(calendar),
        gateway_(gateway),
        clock_(clock),
        disk_(disk),
        events_(events),
        probe_until_(std::max(
            freeze_at + probe_grace, options_.begun_at.value_or(clock.now()) + late_probe_grace)) {}

  asio::awaitable<Result<DiscoverySummary>> run(std::vector<Underlying> symbols);

 private:
  asio::awaitable<Result<void>> ask_listed(SymbolDiscovery& symbol);
  asio::awaitable<Result<void>> enumerate(SymbolDiscovery& symbol);
  asio::awaitable<Result<void>> enumerate_one(SymbolDiscovery& symbol, const Listing& listing);
  asio::awaitable<Result<void>> probe(SymbolDiscovery& symbol);
  asio::awaitable<Result<bool>> probe_one(
      SymbolDiscovery& symbol, KnownListing& listing, Strike strike, Right right);
  asio::awaitable<Result<ReferencePrice>> take_reference(SymbolDiscovery& symbol);
  asio::awaitable<Result<void>> freeze(SymbolDiscovery& symbol);
  std::vector<Listing> to_enumerate(SymbolDiscovery& symbol) const;
  bool due(const KnownListing& known) const;
  bool has_new_strike(const SymbolDiscovery& symbol, const Listing& listing) const;
  Result<void> look_for_actions(SymbolDiscovery& symbol);
  void suspect(SymbolDiscovery& symbol, const std::vector<std::string>& signs);
  void fail_symbol(SymbolDiscovery& symbol, const Error& error);
  void emit(Level level, std::string code, const Underlying& symbol, std::string message);

  TradeDate date_;
  Instant freeze_at_;
  DiscoveryOptions options_;
  const Calendar& calendar_;
  gateway::Gateway& gateway_;
  Clock& clock_;
  store::Disk& disk_;
  observe::EventSink& events_;
  Instant probe_until_;
  int wide_requests_ = 0;  // The broker counts them by session, not by symbol.
};

void count(const ContractBook& book, DiscoveredSymbol& summary) {
  std::set<std::chrono::year_month_day> expiries;
  for (const OptionContract& contract : book.contracts) expiries.insert(contract.expiry);
  summary.contracts = book.contracts.size();
  summary.expiries = expiries.size();
}

// Whether an error is about one symbol only, so that the others go on.
bool concerns_one_symbol(const Error& error) {
  return error.kind == ErrorKind::refused || error.kind == ErrorKind::not_found ||
         error.kind == ErrorKind::corrupt || error.kind == ErrorKind::invalid_input;
}

void Discovery::emit(Level level, std::string code, const Underlying& symbol, std::string message) {
  Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "collect";
  event.symbol = symbol;
  event.message = std::move(message);
  events_.on(event);
}

void Discovery::fail_symbol(SymbolDiscovery& symbol, const Error& error) {
  symbol.summary.error = error.message;
  symbol.summary.lasting = error.kind == ErrorKind::invalid_input;
  emit(Level::error, "discovery_failed", symbol.summary.symbol, error.message);
}

asio::awaitable<Result<void>> Discovery::ask_listed(SymbolDiscovery& symbol) {
  auto known = read_listings(disk_, options_.cache, symbol.summary.symbol);
  if (!known && !options_.force) co_return fail(std::move(known).error());
  symbol.known = known ? *std::move(known) : KnownListings{symbol.summary.symbol, {}};
  auto underlying = co_await gateway_.underlying(symbol.summary.symbol);
  if (!underlying) {
    // 200: no such contract, and yesterday there was.
    if (underlying.error().code == 200) suspect(symbol, {gone_sign(symbol.known)});
    co_return fail(std::move(underlying).error());
  }
  symbol.underlying = *std::move(underlying);
  OPT_CO_TRY(symbol.chain, co_await gateway_.option_chain(symbol.underlying));
  OPT_CO_TRY_VOID(look_for_actions(symbol));
  symbol.wanted =
      select_listings(symbol.chain.listings, symbol.summary.symbol, date_, options_.filters);
  if (symbol.wanted.empty())
    co_return fail(
        ErrorKind::invalid_input,
        "{}: none of the {} listed expiries passes the filters ({}); widen filters.expiry_types or "
        "filters.expiry_months_ahead",
        symbol.summary.symbol, symbol.chain.listings.size(), options_.filters.fingerprint());
  co_return Result<void>();
}

void Discovery::suspect(SymbolDiscovery& symbol, const std::vector<std::string>& signs) {
  for (const std::string& sign : signs)
    if (!sign.empty())
      emit(
          Level::warning, "corporate_action_suspected", symbol.summary.symbol,
          sign + "; look it up, and add a split to reference.corporate_actions");
}

// What is told once is remembered: strikes and expiries by asking for every listing again, classes
// by their names.
Result<void> Discovery::look_for_actions(SymbolDiscovery& symbol) {
  ListedBefore before{symbol.known, {}};
  if (const auto book = read_earlier_book(
          disk_, options_.cache, symbol.summary.symbol, date_, calendar_,
          options_.rotation_sessions + 1))
    before.underlying_id = book->underlying.id;
  const auto signs = action_signs(before, symbol.underlying, symbol.chain, date_.day());
  if (signs.empty()) return {};
  suspect(symbol, signs);
  symbol.known.adjusted_classes = adjusted_classes(symbol.chain);
  std::erase_if(symbol.known.listings, [&](const KnownListing& known) {
    return std::ranges::none_of(symbol.chain.listings, [&](const Listing& listing) {
      return listing.expiry == known.expiry && listing.trading_class == known.trading_class;
    });
  });
  for (KnownListing& known : symbol.known.listings)
    known.enumerated_on = std::chrono::year_month_day{std::chrono::sys_days{}};
  return write_listings(disk_, options_.cache, symbol.known);
}

bool Discovery::due(const KnownListing& known) const {
  if (known.contracts.empty()) return true;
  if (options_.force) return true;
  auto day = calendar_.on_or_after(known.enumerated_on);
  if (!day) return true;
  int sessions = 0;
  for (TradeDate at = *day; at < date_ && sessions < options_.rotation_sessions; ++sessions) {
    auto next = calendar_.next(at);
    if (!next) break;
    at = *next;
  }
  return sessions >= options_.rotation_sessions;
}

bool Discovery::has_new_strike(const SymbolDiscovery& symbol, const Listing& listing) const {
  // A strike near the money that secdef lists, that it did not list when the expiries were
  // enumerated, and that none of them is known to have.
  std::vector<Strike> near = listing.strikes;
  if (const auto book = read_earlier_book(
          disk_, options_.cache, symbol.summary.symbol, date_, calendar_,
          options_.rotation_sessions + 1))
    near = select_strikes(near, book->reference.usd, options_.filters);
  return std::any_of(near.begin(), near.end(), [&](Strike strike) {
    return std::none_of(
        symbol.known.listings.begin(), symbol.known.listings.end(), [&](const auto& known) {
          return known.trading_class == listing.trading_class &&
                 (known.absent.contains(strike) || known.candidates.contains(strike) ||
                  std::any_of(known.contracts.begin(), known.contracts.end(), [&](const auto& c) {
                    return c.strike == strike;
                  }));
        });
  });
}

std::vector<Listing> Discovery::to_enumerate(SymbolDiscovery& symbol) const {
  std::vector<Listing> unknown;
  std::vector<Listing> stale;
  for (const Listing& listing : symbol.wanted) {
    const KnownListing* known = symbol.known.find(listing.expiry, listing.trading_class);
    if (known == nullptr || known->contracts.empty()) {
      unknown.push_back(listing);
    } else if (due(*known) || has_new_strike(symbol, listing)) {
      stale.push_back(listing);
    }
  }
  unknown.insert(unknown.end(), stale.begin(), stale.end());
  return unknown;
}

asio::awaitable<Result<void>> Discovery::enumerate_one(
    SymbolDiscovery& symbol, const Listing& listing) {
  ContractQuery query;
  query.underlying = symbol.summary.symbol;
  query.expiry = listing.expiry;
  query.trading_class = listing.trading_class;
  ++symbol.summary.wide_requests;
  ++wide_requests_;
  OPT_CO_TRY(std::vector<OptionContract> contracts, co_await gateway_.contracts(query));
  std::erase_if(contracts, [&](const OptionContract& contract) {
    return contract.expiry != listing.expiry || contract.trading_class != listing.trading_class;
  });
  KnownListing& known = symbol.known.at(listing.expiry, listing.trading_class);
  known.contracts = std::move(contracts);
  known.absent.clear();
  known.candidates = {listing.strikes.begin(), listing.strikes.end()};
  known.enumerated_on = in_new_york(clock_.now()).day;
  co_return write_listings(disk_, options_.cache, symbol.known);
}

asio::awaitable<Result<void>> Discovery::enumerate(SymbolDiscovery& symbol) {
  for (const Listing& listing : to_enumerate(symbol)) {
    const KnownListing* known = symbol.known.find(listing.expiry, listing.trading_class);
    const bool is_known = known != nullptr && !known->contracts.empty();
    // The first wide request is answered at once; each later one must end before the freeze.
    if (wide_requests_ > 0 && clock_.now() + options_.wide_cost > freeze_at_) {
      if (is_known) continue;
      co_return co_await probe(symbol);
    }
    if (auto done = co_await enumerate_one(symbol, listing); !done) {
      if (!is_known || !concerns_one_symbol(done.error())) co_return done;
      emit(
          Level::warning, "discovery_rotation_failed", symbol.summary.symbol,
          fmt::format(
              "{} {}: {}; the listing of {} stands", symbol.summary.symbol, iso(listing.expiry),
              done.error().message, iso(known->enumerated_on)));
    }
  }
  co_return Result<void>();
}

asio::awaitable<Result<bool>> Discovery::probe_one(
    SymbolDiscovery& symbol, KnownListing& listing, Strike strike, Right right) {
  ContractQuery query;
  query.underlying = symbol.summary.symbol;
  query.expiry = listing.expiry;
  query.trading_class = listing.trading_class;
  query.strike = strike;
  query.right = right;
  ++symbol.summary.probes;
  auto found = co_await gateway_.contracts(query);
  if (found) {
    for (OptionContract& contract : *found) listing.contracts.push_back(std::move(contract));
    co_return true;
  }
  if (found.error().code != 200) co_return fail(std::move(found).error());
  ++symbol.summary.probes_absent;
  listing.absent[strike] = in_new_york(clock_.now()).day;
  emit(
      Level::info, "discovery_probe", symbol.summary.symbol,
      fmt::format(
          "{} {} {} is not listed", symbol.summary.symbol, iso(listing.expiry), strike.usd()));
  co_return false;
}

asio::awaitable<Result<ReferencePrice>> Discovery::take_reference(SymbolDiscovery& symbol) {
  OPT_CO_TRY(auto watch, co_await gateway_.watch(symbol.underlying, true));
  // The previous close comes with the first ticks, but not always before the last trade.
  OPT_CO_TRY_VOID(co_await clock_.wait_for(first_ticks));
  co_return reference_price(
      symbol.summary.symbol, watch->quote(), date_, clock_.now(), calendar_, options_.actions);
}

asio::awaitable<Result<void>> Discovery::probe(SymbolDiscovery& symbol) {
  OPT_CO_TRY(const ReferencePrice price, co_await take_reference(symbol));
  const auto today = std::chrono::sys_days{in_new_york(clock_.now()).day};
  int unasked = 0;
  std::set<std::chrono::year_month_day> of;
  for (const Listing& listing : symbol.wanted) {
    KnownListing& known = symbol.known.at(listing.expiry, listing.trading_class);
    if (known.enumerated_on != std::chrono::year_month_day{std::chrono::sys_days{}}) continue;
    for (const Strike strike : select_strikes(listing.strikes, price.usd, options_.filters)) {
      const auto absent = known.absent.find(strike);
      if (absent != known.absent.end() &&
          today - std::chrono::sys_days{absent->second} < absence_believed)
        continue;
      const bool is_known = std::any_of(
          known.contracts.begin(), known.contracts.end(),
          [&](const OptionContract& contract) { return contract.strike == strike; });
      if (is_known) continue;
      if (symbol.summary.probes >= options_.probes_max || clock_.now() >= probe_until_) {
        ++unasked;
        of.insert(listing.expiry);
        continue;
      }
      OPT_CO_TRY(const bool listed, co_await probe_one(symbol, known, strike, Right::call));
      if (listed) {
        OPT_CO_TRY(const bool both, co_await probe_one(symbol, known, strike, Right::put));
        (void)both;
      }
    }
    std::sort(known.contracts.begin(), known.contracts.end(), in_file_order);
  }
  if (unasked > 0)
    emit(
        Level::warning, "discovery_incomplete", symbol.summary.symbol,
        fmt::format(
            "{}: there was no time to ask whether {} strikes of {} expiries are listed, the first "
            "{}; today's list does without them, and tomorrow's discovery asks on",
            symbol.summary.symbol, unasked, of.size(), iso(*of.begin())));
  co_return write_listings(disk_, options_.cache, symbol.known);
}

asio::awaitable<Result<void>> Discovery::freeze(SymbolDiscovery& symbol) {
  ContractBook book{date_, symbol.underlying, {}, options_.filters.fingerprint(), {}, {}};
  OPT_CO_TRY(book.reference, co_await take_reference(symbol));
  std::vector<OptionContract> listed;
  for (const Listing& listing : symbol.wanted)
    if (const KnownListing* known = symbol.known.find(listing.expiry, listing.trading_class))
      listed.insert(listed.end(), known->contracts.begin(), known->contracts.end());
  const auto [low, high] = std::minmax_element(
      listed.begin(), listed.end(),
      [](const auto& a, const auto& b) { return a.strike < b.strike; });
  if (!listed.empty() &&
      (book.reference.usd < low->strike.usd() || book.reference.usd > high->strike.usd()))
    co_return fail(
        ErrorKind::invalid_input,
        "{}: the reference price {} ({}) lies outside the listed strikes {} to {}: a split? Add it "
        "to corporate_actions and build again",
        symbol.summary.symbol, book.reference.usd, book.reference.source, low->strike.usd(),
        high->strike.usd());
  book.contracts = select_contracts(listed, date_, book.reference.usd, options_.filters);
  book.built_at = clock_.now();
  OPT_CO_TRY_VOID(write_book(disk_, options_.cache, book));
  count(book, symbol.summary);
  co_return Result<void>();
}

asio::awaitable<Result<DiscoverySummary>> Discovery::run(std::vector<Underlying> symbols) {
  std::vector<SymbolDiscovery> all;
  for (Underlying& symbol : symbols) {
    all.emplace_back();
    all.back().summary.symbol = std::move(symbol);
  }
  using Step = asio::awaitable<Result<void>> (Discovery::*)(SymbolDiscovery&);
  for (const Step step : {&Discovery::ask_listed, &Discovery::enumerate, &Discovery::freeze}) {
    if (step == &Discovery::freeze && !options_.freeze_at_once)
      OPT_CO_TRY_VOID(co_await clock_.wait_until(freeze_at_));
    for (SymbolDiscovery& symbol : all) {
      if (!symbol.summary.error.empty()) continue;
      if (auto done = co_await (this->*step)(symbol); !done) {
        if (!concerns_one_symbol(done.error())) co_return fail(std::move(done).error());
        fail_symbol(symbol, done.error());
      }
    }
  }
  DiscoverySummary summary;
  for (SymbolDiscovery& symbol : all) summary.symbols.push_back(std::move(symbol.summary));
  co_return summary;
}

}  // namespace

bool DiscoverySummary::complete() const {
  return std::all_of(
      symbols.begin(), symbols.end(), [](const auto& symbol) { return symbol.error.empty(); });
}

Result<ReferencePrice> reference_price(
    const Underlying& underlying, const Quote& quote, TradeDate date, Instant now,
    const Calendar& calendar, const std::vector<CorporateAction>& actions) {
  if (quote.close) {
    OPT_TRY(const TradeDate previous, calendar.previous(date));
    const double ratio = split_ratio_between(actions, underlying, previous.day(), date.day());
    return ReferencePrice{
        underlying, *quote.close / ratio, "previous_close", calendar.session(previous).close};
  }
  if (quote.last)
    return ReferencePrice{underlying, *quote.last, "last_trade", quote.last_trade_at.value_or(now)};
  return fail(
      ErrorKind::not_found,
      "{}: the gateway sent neither a previous close nor a last trade, so there is no reference "
      "price to centre the strikes on",
      underlying);
}

DiscoverySummary standing_books(
    TradeDate date, const std::vector<Underlying>& symbols, Instant now,
    const DiscoveryOptions& options, store::Disk& disk) {
  const bool past = date.day() < in_new_york(now).day;
  DiscoverySummary standing;
  if (options.force && !past) return standing;
  for (const Underlying& symbol : symbols) {
    auto book = read_book(disk, options.cache, symbol, date);
    if (!book && book.error().kind == ErrorKind::not_found) continue;
    if (book && !past && book->filters != options.filters.fingerprint()) continue;
    DiscoveredSymbol summary;
    summary.symbol = symbol;
    summary.already = true;
    if (book) {
      count(*book, summary);
    } else {
      summary.error = book.error().message;
    }
    standing.symbols.push_back(std::move(summary));
  }
  return standing;
}

asio::awaitable<Result<DiscoverySummary>> discover(
    TradeDate date, std::vector<Underlying> symbols, Instant freeze_at, DiscoveryOptions options,
    const Calendar& calendar, gateway::Gateway& gateway, Clock& clock, store::Disk& disk,
    observe::EventSink& events) {
  Discovery discovery(date, freeze_at, std::move(options), calendar, gateway, clock, disk, events);
  co_return co_await discovery.run(std::move(symbols));
}

}  // namespace opt_data::collect
