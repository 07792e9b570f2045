// What an answer means for its row.
#include <cmath>
#include <utility>

#include "collect/capture.h"

namespace opt_data::collect {
namespace {

void flag_quality(
    OptionQuote& row, const gateway::QuoteAnswer& answer, const CaptureOptions& options) {
  const Quote& quote = row.quote;
  if (is_delayed(quote.type)) row.flags.set(QualityFlag::delayed_fallback);
  if (quote.type == MarketDataType::frozen || quote.type == MarketDataType::delayed_frozen)
    row.flags.set(QualityFlag::frozen_quote);
  if (row.open_interest.state == OpenInterestState::missing) row.flags.set(QualityFlag::missing_oi);
  if (!quote.has_price()) row.flags.set(QualityFlag::missing_price);
  if (options.require_greeks && !quote.greeks.complete())
    row.flags.set(QualityFlag::missing_greeks);
  if (!answer.complete) row.flags.set(QualityFlag::snapshot_timeout);
  if (quote.two_sided() && *quote.bid > *quote.ask) row.flags.set(QualityFlag::crossed_market);
  if (quote.greeks.iv && *quote.greeks.iv > 5) row.flags.set(QualityFlag::extreme_iv);
  if (quote.greeks.delta && std::abs(*quote.greeks.delta) > 1.05)
    row.flags.set(QualityFlag::invalid_delta);
}

}  // namespace

OptionQuote make_row(
    const OptionContract& contract, const Slot& slot, const gateway::QuoteAnswer& answer,
    const UnderlyingQuote& underlying, const ReferencePrice& reference, Instant session_close,
    const CaptureOptions& options) {
  OptionQuote row{contract, slot,           answer.quote,     {}, underlying, reference, {},
                  {},       options.source, options.ingest_id};
  if (answer.open_interest)
    row.open_interest = OpenInterest{OpenInterestState::value, *answer.open_interest};
  flag_quality(row, answer, options);
  if (answer.answered_at > session_close) row.flags.set(QualityFlag::after_close);
  if (answer.quote.type == MarketDataType::unknown && !answer.quote.received)
    row.error = RowError{
        "timeout", fmt::format(
                       "no answer within {} s",
                       static_cast<double>((answer.answered_at - answer.asked_at).count()) / 1e6)};
  return row;
}

OptionQuote unanswered_row(
    const OptionContract& contract, const Slot& slot, const UnderlyingQuote& underlying,
    const ReferencePrice& reference, RowError error, const CaptureOptions& options) {
  OptionQuote row{
      contract,         slot, {}, {}, underlying, reference, {}, std::move(error), options.source,
      options.ingest_id};
  row.flags.set(QualityFlag::missing_price);
  row.flags.set(QualityFlag::missing_oi);
  if (options.require_greeks) row.flags.set(QualityFlag::missing_greeks);
  return row;
}

bool is_final(const OptionQuote& row) {
  return row.error.type == "refused" || row.error.type == "disconnected" ||
         row.error.type == "not_asked";
}

void close_row(OptionQuote& row, const CaptureOptions& options) {
  row.ingest_id = options.ingest_id;
  if (!row.error.type.empty() && row.error.type != "refused")
    row.flags.set(QualityFlag::slot_retry_exceeded);
}

std::optional<std::chrono::milliseconds> answer_time(const store::JournalEntry& entry) {
  if (!entry.row.usable() || entry.row.flags.has(QualityFlag::snapshot_timeout))
    return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(entry.answered_at - entry.asked_at);
}

}  // namespace opt_data::collect
