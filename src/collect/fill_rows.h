// What a slot missed, and what half-hour bars can say of it: pure functions.
//
// A row is filled from the bar that ends at its slot's moment, never from one that goes on after
// it: nothing of the future may stand under that moment. Its bid and ask are the time averages of
// that half hour, because the broker's bars of bid and ask hold no closing quote; last, open, high,
// low and volume are those of the session's trades until then. What bars do not say (sizes, greeks,
// open interest, the market-data type) stays NULL. Without a type a row is not usable, by the one
// meaning that word has: no share counts it, no rollup takes it, and it keeps the error that says
// why the question was not answered in its time.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "gateway/gateway.h"
#include "market/option_quote.h"

namespace opt_data::collect {

// Nothing was sent for it in its slot, and nothing stands there from history.
bool is_missed(const OptionQuote& row);
bool is_filled(const OptionQuote& row);

// Whether a bar of half an hour ends at the slot's moment: not at the open, and not in between.
bool has_bar(const Slot& slot, const TradingSession& session);

// The row of a slot that was never asked.
OptionQuote never_asked(
    const OptionContract& contract, const Slot& slot, const ReferencePrice& reference,
    bool require_greeks, DataSource source, const std::string& ingest_id);

struct SessionBars {
  std::vector<gateway::HistoryBar> quotes, trades;
  Instant received{};
};

// `missed` with what the bars say; unchanged when they say no price.
OptionQuote filled_row(
    OptionQuote missed, const SessionBars& bars, const TradingSession& session,
    const std::string& ingest_id);

}  // namespace opt_data::collect
