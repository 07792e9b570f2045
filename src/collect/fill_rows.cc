#include "collect/fill_rows.h"

#include <algorithm>

namespace opt_data::collect {

using gateway::bar_length;
using gateway::HistoryBar;

bool is_filled(const OptionQuote& row) { return row.flags.has(QualityFlag::historical_fill); }

bool is_missed(const OptionQuote& row) {
  return !row.usable() && !row.quote.received && !is_filled(row);
}

bool has_bar(const Slot& slot, const TradingSession& session) {
  const auto since = slot.at - session.open;
  return since >= bar_length && since % bar_length == std::chrono::microseconds{0};
}

OptionQuote never_asked(
    const OptionContract& contract, const Slot& slot, const ReferencePrice& reference,
    bool require_greeks, DataSource source, const std::string& ingest_id) {
  OptionQuote row{contract, slot,      {}, {},
                  {},       reference, {}, RowError{"slot_missed", "the slot was not collected"},
                  source,   ingest_id};
  row.flags.set(QualityFlag::missing_price);
  row.flags.set(QualityFlag::missing_oi);
  if (require_greeks) row.flags.set(QualityFlag::missing_greeks);
  row.flags.set(QualityFlag::slot_retry_exceeded);
  return row;
}

OptionQuote filled_row(
    OptionQuote missed, const SessionBars& bars, const TradingSession& session,
    const std::string& ingest_id) {
  Quote quote;
  const auto own = std::ranges::find(bars.quotes, missed.slot.at - bar_length, &HistoryBar::start);
  if (own != bars.quotes.end()) {
    quote.bid = own->open;
    quote.ask = own->close;
  }
  for (const HistoryBar& bar : bars.trades) {
    if (bar.start < session.open || bar.start + bar_length > missed.slot.at) continue;
    if (!quote.open) quote.open = bar.open;
    if (bar.high) quote.high = std::max(quote.high.value_or(*bar.high), *bar.high);
    if (bar.low) quote.low = std::min(quote.low.value_or(*bar.low), *bar.low);
    if (bar.close) quote.last = bar.close;
    if (bar.volume) quote.volume = quote.volume.value_or(0) + *bar.volume;
  }
  if (!quote.has_price()) return missed;
  quote.as_of = missed.slot.at;
  quote.received = bars.received;
  missed.quote = std::move(quote);
  if (missed.error.type.empty()) missed.error = {"timeout", "nothing was sent in time"};
  missed.source = DataSource::ibkr_historical;
  missed.ingest_id = ingest_id;
  missed.flags.clear(QualityFlag::missing_price);
  missed.flags.set(QualityFlag::historical_fill);
  if (missed.quote.two_sided() && *missed.quote.bid > *missed.quote.ask)
    missed.flags.set(QualityFlag::crossed_market);
  return missed;
}

}  // namespace opt_data::collect
