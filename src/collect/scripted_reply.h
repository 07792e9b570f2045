// What a ScriptedGateway can be told to answer.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "gateway/gateway.h"

namespace opt_data::collect {

struct Reply {
  gateway::QuoteAnswer answer;
  std::optional<Error> error;
  std::chrono::milliseconds after{200};  // From the subscription on; a silent one waits in vain.
  std::chrono::seconds queued{0};        // Before the subscription goes out.
  bool silent = false;
};

inline Reply silence() {
  Reply reply;
  reply.silent = true;
  return reply;
}

inline Reply failure(ErrorKind kind, int code, std::string message) {
  Reply reply;
  reply.error = Error{kind, std::move(message), code};
  return reply;
}

inline Reply not_listed() {
  return failure(ErrorKind::refused, 200, "No security definition has been found (code 200)");
}

// Everything that was asked for, at 1.00 to 1.20.
inline Reply quoted(MarketDataType type = MarketDataType::live) {
  Reply reply;
  Quote& quote = reply.answer.quote;
  quote.bid = 1.0;
  quote.ask = 1.2;
  quote.last = 1.1;
  quote.greeks = {0.25, 0.5, 0.01, -0.02, 0.1};
  quote.type = type;
  reply.answer.open_interest = 40;
  reply.answer.complete = true;
  return reply;
}

// Averages 1.02 and 1.18; trades at 1.10, five contracts in each bar.
inline gateway::HistoryAnswer bars(const gateway::HistoryRequest& request) {
  gateway::HistoryAnswer answer;
  for (Instant start = request.end - request.duration; start < request.end;
       start += gateway::bar_length)
    answer.bars.push_back(
        request.what == gateway::BarContent::bid_ask
            ? gateway::HistoryBar{start, 1.02, 1.25, 0.95, 1.18, {}}
            : gateway::HistoryBar{start, 1.05, 1.15, 1.00, 1.10, 5});
  return answer;
}

}  // namespace opt_data::collect
