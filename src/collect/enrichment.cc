#include "collect/enrichment.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "collect/open_interest_pass.h"

namespace opt_data::collect {
namespace {

using observe::Level;
using store::JobKey;
using store::JobKind;
using store::JobOutcome;
using store::Layer;
using store::Partition;
using store::Value;

// One row of the enrichment view.
struct Enriched {
  OpenInterestState state = OpenInterestState::missing;
  std::optional<std::int64_t> open_interest;
  std::optional<std::chrono::year_month_day> as_of;
  Underlying underlying;
  std::string exchange;
  std::optional<double> close;  // Only on the row of an underlying.
  std::optional<Instant> close_at;
  Instant updated_at{};
  std::string source;
  std::string ingest_id;
};

void emit(Workshop& shop, Level level, std::string code, std::string symbol, std::string message) {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "collect";
  event.symbol = std::move(symbol);
  event.message = std::move(message);
  shop.events.on(event);
}

// Everything one run of the job holds.
class Enrichment {
 public:
  Enrichment(
      TradeDate date, std::vector<Underlying> symbols, EnrichmentSettings settings, Workshop& shop)
      : date_(date),
        symbols_(symbols.begin(), symbols.end()),
        settings_(std::move(settings)),
        shop_(shop),
        where_{Layer::clean, store::View::enrichment, date, std::nullopt} {}

  Result<void> load();  // Books, what is known, what the day saw.
  Result<void> load_seen();
  asio::awaitable<Result<EnrichmentReport>> run(
      std::string ingest_id, Connect connect, Replay replay);

 private:
  asio::awaitable<Result<Readings>> pass(
      int number, const std::vector<OptionContract>& contracts, gateway::Gateway& gateway,
      const Replay& replay);
  asio::awaitable<Result<void>> read_twice(
      std::vector<OptionContract> contracts, std::chrono::year_month_day today,
      gateway::Gateway& gateway, const Replay& replay);
  asio::awaitable<Result<void>> read_closes(
      gateway::Gateway& gateway, std::chrono::year_month_day today);
  void accept(const Readings& first, const Readings& second);
  void withhold_unpublished();
  Result<void> publish();
  void count();
  bool settled(ContractId id) const;

  TradeDate date_;
  std::set<Underlying> symbols_;
  EnrichmentSettings settings_;
  Workshop& shop_;
  Partition where_;
  std::string ingest_id_;
  std::vector<ContractBook> books_;
  std::map<ContractId, OptionContract> contracts_;  // Of the day.
  std::map<ContractId, Enriched> rows_;             // By conid, an underlying's own included.
  std::map<ContractId, std::int64_t> seen_;         // Open interest as it stood during the day.
  std::set<Underlying> traded_;
  std::optional<TradeDate> as_of_;
  EnrichmentReport report_;
};

// What the day itself saw: contracts of an earlier book, and open interest as of the session
// before.
Result<void> Enrichment::load_seen() {
  return shop_.reader.database().each(
      "SELECT conid, underlying, any_value(expiry), any_value(\"right\"), any_value(strike), "
      "any_value(multiplier), any_value(exchange), any_value(\"tradingClass\"), "
      "any_value(currency), arg_max(open_interest, slot_30m) FILTER (oi_state = 'value'), "
      "coalesce(max(volume), 0) > 0 FROM intraday GROUP BY conid, underlying",
      {}, [&](const std::vector<Value>& row) {
        const auto text = [&](std::size_t i) { return std::get<std::string>(row[i]); };
        OptionContract contract;
        contract.id = std::get<std::int64_t>(row[0]);
        contract.underlying = text(1);
        if (!symbols_.contains(contract.underlying)) return true;
        contract.expiry = std::get<std::chrono::year_month_day>(row[2]);
        contract.right = text(3) == "P" ? Right::put : Right::call;
        contract.strike = Strike::from_usd(std::get<double>(row[4]));
        contract.multiplier = std::get<double>(row[5]);
        contract.exchange = text(6);
        contract.trading_class = text(7);
        contract.currency = text(8);
        if (const auto* oi = std::get_if<std::int64_t>(&row[9])) seen_[contract.id] = *oi;
        if (std::get<bool>(row[10])) traded_.insert(contract.underlying);
        contracts_.try_emplace(contract.id, std::move(contract));
        return true;
      });
}

Result<void> Enrichment::load() {
  for (const Underlying& symbol : symbols_) {
    auto book = read_book(shop_.disk, settings_.contracts_cache, symbol, date_);
    if (!book && book.error().kind != ErrorKind::not_found) return fail(std::move(book).error());
    if (book) books_.push_back(*std::move(book));
  }
  OPT_TRY(const auto slots, shop_.ledger.expected(date_));
  std::set<ContractId> expected;
  for (const auto& [slot, contracts] : slots)
    for (const auto& contract : contracts)
      if (symbols_.contains(contract.underlying)) expected.insert(contract.id);
  for (const ContractBook& book : books_)
    for (const OptionContract& contract : book.contracts)
      if (expected.contains(contract.id)) contracts_.emplace(contract.id, contract);
  OPT_TRY_VOID(shop_.reader.open_views(date_));
  OPT_TRY_VOID(load_seen());
  if (contracts_.empty())
    return fail(
        ErrorKind::not_found, "{} has no expected contract; nothing was collected that day",
        date_.text());
  OPT_TRY(const auto published, shop_.reader.published(where_));
  if (!published) return {};
  OPT_TRY(
      const store::Table table,
      shop_.reader.database().query(
          "SELECT conid, underlying, exchange, open_interest, oi_asof_date, oi_state, "
          "underlying_close, underlying_close_asof, update_ts, source, ingest_id FROM enrichment"));
  for (const auto& cells : table.rows) {
    Enriched row;
    row.underlying = std::get<std::string>(cells[1]);
    row.exchange = std::get<std::string>(cells[2]);
    if (const auto* oi = std::get_if<std::int64_t>(&cells[3])) row.open_interest = *oi;
    if (const auto* day = std::get_if<std::chrono::year_month_day>(&cells[4])) row.as_of = *day;
    if (const auto* state = std::get_if<std::string>(&cells[5]))
      for (const auto known :
           {OpenInterestState::not_published, OpenInterestState::value, OpenInterestState::missing,
            OpenInterestState::expired})
        if (*state == to_text(known)) row.state = known;
    if (const auto* close = std::get_if<double>(&cells[6])) row.close = *close;
    if (const auto* at = std::get_if<Instant>(&cells[7])) row.close_at = *at;
    if (const auto* at = std::get_if<Instant>(&cells[8])) row.updated_at = *at;
    if (const auto* source = std::get_if<std::string>(&cells[9])) row.source = *source;
    if (const auto* id = std::get_if<std::string>(&cells[10])) row.ingest_id = *id;
    rows_[std::get<std::int64_t>(cells[0])] = std::move(row);
  }
  return {};
}

bool Enrichment::settled(ContractId id) const {
  const auto row = rows_.find(id);
  if (row == rows_.end()) return false;
  if (row->second.state == OpenInterestState::expired) return true;
  return row->second.state == OpenInterestState::value && row->second.as_of == date_.day();
}

asio::awaitable<Result<Readings>> Enrichment::pass(
    int number, const std::vector<OptionContract>& contracts, gateway::Gateway& gateway,
    const Replay& replay) {
  OPT_CO_TRY(
      PassResult result, co_await read_open_interest(
                             JobKey{JobKind::enrichment, date_, number}, contracts, settings_,
                             ingest_id_, gateway, shop_, replay));
  report_.requests += result.requests;
  co_return std::move(result.readings);
}

asio::awaitable<Result<void>> Enrichment::read_closes(
    gateway::Gateway& gateway, std::chrono::year_month_day today) {
  // The "previous close" of today is the official close of `date_` only on the next trading day.
  OPT_CO_TRY(const TradeDate next, shop_.calendar.next(date_));
  if (today != next.day()) co_return Result<void>();
  for (const ContractBook& book : books_) {
    if (rows_.contains(book.underlying.id)) continue;
    auto watch = co_await gateway.watch(book.underlying, settings_.allow_delayed);
    if (!watch) {
      emit(
          shop_, Level::warning, "underlying_missing", book.underlying.symbol,
          watch.error().message);
      continue;
    }
    OPT_CO_TRY_VOID(co_await shop_.clock.wait_for(std::chrono::seconds{2}));
    const Quote quote = (*watch)->quote();
    if (!quote.close) continue;
    Enriched row;
    row.state = OpenInterestState::missing;
    row.underlying = book.underlying.symbol;
    row.exchange =
        book.underlying.primary_exchange.empty() ? "SMART" : book.underlying.primary_exchange;
    row.close = *quote.close;
    row.close_at = shop_.calendar.session(date_).close;
    row.updated_at = shop_.clock.now();
    row.source = std::string(to_text(settings_.source));
    row.ingest_id = ingest_id_;
    rows_[book.underlying.id] = std::move(row);
    ++report_.closes;
  }
  co_return Result<void>();
}

// A value counts when two readings agree on it.
asio::awaitable<Result<void>> Enrichment::read_twice(
    std::vector<OptionContract> contracts, std::chrono::year_month_day today,
    gateway::Gateway& gateway, const Replay& replay) {
  OPT_CO_TRY(const Readings first, co_await pass(0, contracts, gateway, replay));
  OPT_CO_TRY_VOID(co_await read_closes(gateway, today));
  OPT_CO_TRY_VOID(co_await shop_.clock.wait_for(settings_.settle));
  std::erase_if(
      contracts, [&](const OptionContract& contract) { return !first.at(contract.id).contracts; });
  OPT_CO_TRY(const Readings second, co_await pass(1, contracts, gateway, replay));
  accept(first, second);
  co_return Result<void>();
}

void Enrichment::accept(const Readings& first, const Readings& second) {
  for (const auto& [id, reading] : first) {
    const OptionContract& contract = contracts_.at(id);
    Enriched row;
    row.underlying = contract.underlying;
    row.exchange = contract.exchange;
    row.updated_at = reading.at;
    row.source = std::string(to_text(settings_.source));
    row.ingest_id = ingest_id_;
    const auto again = second.find(id);
    if (reading.contracts && again != second.end() &&
        again->second.contracts == reading.contracts) {
      row.state = OpenInterestState::value;
      row.open_interest = reading.contracts;
      row.as_of = as_of_->day();
      row.updated_at = again->second.at;
    } else if (reading.contracts) {
      ++report_.unstable;
      emit(
          shop_, Level::warning, "oi_unstable", contract.underlying,
          fmt::format("{}: two readings of open interest differ", occ_symbol(contract)));
    }
    rows_[id] = std::move(row);
  }
}

void Enrichment::withhold_unpublished() {
  for (const Underlying& symbol : traded_) {
    std::vector<Enriched*> fresh;
    bool changed = false;
    for (auto& [id, row] : rows_) {
      const auto seen = seen_.find(id);
      if (row.underlying != symbol || row.ingest_id != ingest_id_ || seen == seen_.end() ||
          row.state != OpenInterestState::value)
        continue;
      fresh.push_back(&row);
      changed = changed || row.open_interest != seen->second;
    }
    if (changed || static_cast<int>(fresh.size()) < settings_.unchanged_min) continue;
    for (Enriched* row : fresh) {
      row->state = OpenInterestState::not_published;
      row->open_interest.reset();
      row->as_of.reset();
    }
    emit(
        shop_, Level::warning, "oi_not_published", symbol,
        fmt::format(
            "all {} values still equal those of the session before, though the chain traded: the "
            "new ones are not out yet; run enrichment again later",
            fresh.size()));
  }
}

void Enrichment::count() {
  report_.with_value = report_.missing = report_.expired = report_.not_published = 0;
  for (const auto& [id, contract] : contracts_) {
    const auto row = rows_.find(id);
    const bool ours = row != rows_.end() && row->second.as_of == date_.day();
    const OpenInterestState state =
        row == rows_.end() ? OpenInterestState::missing : row->second.state;
    if (state == OpenInterestState::value && ours) {
      ++report_.with_value;
      if (row->second.ingest_id == ingest_id_) ++report_.updated;
    } else if (state == OpenInterestState::expired) {
      ++report_.expired;
    } else if (state == OpenInterestState::not_published || state == OpenInterestState::value) {
      ++report_.not_published;
    } else {
      ++report_.missing;
    }
  }
}

Result<void> Enrichment::publish() {
  std::vector<std::vector<Value>> cells;
  for (const auto& [id, row] : rows_) {
    const auto optional_value = [](const auto& value) {
      return value ? Value(*value) : Value(std::monostate{});
    };
    store::TextList fields;
    if (row.open_interest) fields.push_back("open_interest");
    if (row.close) fields.push_back("underlying_close");
    cells.push_back(
        {Value(date_.day()), Value(row.underlying), Value(row.exchange), Value(id), Value(fields),
         optional_value(row.open_interest), optional_value(row.as_of),
         row.close ? Value(std::monostate{}) : Value(std::string(to_text(row.state))),
         optional_value(row.close), optional_value(row.close_at), Value(row.updated_at),
         Value(row.source), Value(row.ingest_id), Value(std::string("enrichment"))});
  }
  const std::vector<std::string> names = {"trade_date",       "underlying",
                                          "exchange",         "conid",
                                          "fields_updated",   "open_interest",
                                          "oi_asof_date",     "oi_state",
                                          "underlying_close", "underlying_close_asof",
                                          "update_ts",        "source",
                                          "ingest_id",        "ingest_run_type"};
  const std::vector<std::string> types = {"DATE",      "VARCHAR", "VARCHAR", "BIGINT", "VARCHAR[]",
                                          "BIGINT",    "DATE",    "VARCHAR", "DOUBLE", "TIMESTAMP",
                                          "TIMESTAMP", "VARCHAR", "VARCHAR", "VARCHAR"};
  OPT_TRY_VOID(shop_.reader.database().load("enrichment_rows", names, types, cells));
  OPT_TRY(
      const store::Published done,
      shop_.writer.publish(where_, store::Selection{"SELECT * FROM enrichment_rows", {}}));
  return shop_.ledger.record_published(
      {where_.text(), done.rows, done.checksum, shop_.clock.now()});
}

asio::awaitable<Result<EnrichmentReport>> Enrichment::run(
    std::string ingest_id, Connect connect, Replay replay) {
  const JobKey whole{JobKind::enrichment, date_, -1};
  OPT_CO_TRY(
      as_of_, open_interest_session(shop_.clock.now(), settings_.published_from, shop_.calendar));
  OPT_CO_TRY(
      const store::JobRecord job, shop_.ledger.start_job(whole, ingest_id, shop_.clock.now()));
  ingest_id_ = job.ingest_id;
  report_.ingest_id = ingest_id_;
  report_.oi_asof = as_of_->text();
  std::vector<OptionContract> asked;
  bool newly_expired = false;
  const auto today = in_new_york(shop_.clock.now()).day;
  for (const auto& [id, contract] : contracts_) {
    if (settled(id)) continue;
    if (contract.expiry < today) {
      Enriched row;
      row.state = OpenInterestState::expired;
      row.underlying = contract.underlying;
      row.exchange = contract.exchange;
      row.updated_at = shop_.clock.now();
      row.source = std::string(to_text(settings_.source));
      row.ingest_id = ingest_id_;
      rows_[id] = std::move(row);
      newly_expired = true;
      continue;
    }
    asked.push_back(contract);
  }
  report_.considered = static_cast<std::int64_t>(asked.size());
  if (asked.empty()) {
    if (newly_expired) OPT_CO_TRY_VOID(publish());
    count();
    report_.updated = 0;
    report_.already = !newly_expired;
    OPT_CO_TRY_VOID(
        shop_.ledger.end_job(whole, JobOutcome::done, to_json(report_), shop_.clock.now()));
    co_return report_;
  }
  auto gateway = co_await connect();
  if (gateway) {
    const Instant patience = shop_.clock.now() + settings_.reconnect_for;
    if (auto ready = co_await (*gateway)->ready(patience); !ready)
      gateway = fail(std::move(ready).error());
  }
  if (!gateway) {
    emit(shop_, Level::error, "gateway_unavailable", "", gateway.error().message);
    OPT_CO_TRY_VOID(shop_.ledger.end_job(whole, JobOutcome::failed, "{}", shop_.clock.now()));
    co_return fail(std::move(gateway).error());
  }
  if (auto done = co_await read_twice(asked, today, **gateway, replay); !done) {
    // The job is not ended: it goes on where its journal ends.
    emit(shop_, Level::error, "enrichment_interrupted", "", done.error().message);
    co_return fail(std::move(done).error());
  }
  if (*as_of_ == date_) withhold_unpublished();
  OPT_CO_TRY_VOID(publish());
  count();
  if (report_.missing > 0)
    emit(
        shop_, Level::info, "oi_missing", "",
        fmt::format(
            "{} of {} contracts were sent no open interest", report_.missing, contracts_.size()));
  const bool whole_day = report_.missing + report_.not_published == 0;
  OPT_CO_TRY_VOID(shop_.ledger.end_job(
      whole, whole_day ? JobOutcome::done : JobOutcome::part, to_json(report_), shop_.clock.now()));
  for (const int number : {0, 1})
    OPT_CO_TRY_VOID(shop_.ledger.forget_journal(JobKey{JobKind::enrichment, date_, number}));
  co_return report_;
}

}  // namespace

Result<TradeDate> open_interest_session(
    Instant now, std::chrono::minutes published_from, const Calendar& calendar) {
  const NewYorkTime local = in_new_york(now);
  OPT_TRY(TradeDate day, calendar.on_or_after(local.day));
  // Not a trading day, or before the publication: what is public is what the day before published.
  if (day.day() != local.day || local.time_of_day < published_from) {
    OPT_TRY(day, calendar.previous(day));
  }
  return calendar.previous(day);
}

asio::awaitable<Result<EnrichmentReport>> run_enrichment(
    TradeDate date, std::vector<Underlying> symbols, EnrichmentSettings settings,
    std::string ingest_id, Workshop& shop, Connect connect, Replay replay) {
  if (shop.clock.now() <= shop.calendar.session(date).close) {
    OPT_CO_TRY(const TradeDate next, shop.calendar.next(date));
    co_return fail(
        ErrorKind::refused,
        "open interest of {} is published in the morning of {}; run enrichment then", date.text(),
        next.text());
  }
  Enrichment enrichment(date, std::move(symbols), std::move(settings), shop);
  OPT_CO_TRY_VOID(enrichment.load());
  co_return co_await enrichment.run(std::move(ingest_id), std::move(connect), std::move(replay));
}

std::string to_json(const EnrichmentReport& report) {
  const nlohmann::ordered_json json = {
      {"considered", report.considered}, {"updated", report.updated},
      {"with_value", report.with_value}, {"missing", report.missing},
      {"expired", report.expired},       {"not_published", report.not_published},
      {"unstable", report.unstable},     {"oi_asof_date", report.oi_asof},
      {"closes", report.closes},         {"ingest_id", report.ingest_id}};
  return json.dump();
}

}  // namespace opt_data::collect
