// Answers about the past: bars of the market this gateway replays, under the broker's rules for
// asking.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "calendar/trade_date.h"
#include "sim/contract_finder.h"
#include "sim/history_bars.h"
#include "tws/messages.h"

namespace opt_data::sim {

class Connection;

class HistoryDesk {
 public:
  explicit HistoryDesk(Connection& connection) : connection_(connection) {}
  ~HistoryDesk();
  HistoryDesk(const HistoryDesk&) = delete;
  HistoryDesk& operator=(const HistoryDesk&) = delete;

  void ask(const tws::RequestHistoricalData& request);
  void cancel(tws::RequestId request);
  void forget_all();

 private:
  struct Query {
    ContractId id = 0;
    std::string named;     // For the words of an error: "AAPL  261218C00150000@SMART Trades"
    std::string identity;  // All fields but the request id.
    std::string exchange;
    BarKind kind = BarKind::trades;
    std::chrono::seconds size{};
    Instant from{}, to{};
    bool epoch = true;  // Dates as seconds; else as text.
  };

  Result<Query> read(const tws::RequestHistoricalData& request);
  Result<Instant> read_end(const tws::RequestHistoricalData& request);
  Result<Instant> read_start(std::string_view duration, Instant end) const;
  Result<void> allow(const Query& query) const;
  bool pace(const Query& query);
  void answer(tws::RequestId id, const Query& query);
  std::vector<MarketBar> bars(const Query& query) const;
  void close(tws::RequestId id);

  Connection& connection_;
  std::map<tws::RequestId, std::uint64_t> open_;  // By serial: an id may be used again.
  std::uint64_t serials_ = 0;
};

}  // namespace opt_data::sim
