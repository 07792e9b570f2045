// One reading of open interest: every contract asked once, every answer journalled.
//
// A pass is a job of its own, so that a crash in its middle asks nothing twice. Errors: what ended
// the session, or the disk; a contract the broker refuses is a reading without a value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collect/enrichment.h"

namespace opt_data::collect {

struct Reading {
  std::optional<std::int64_t> contracts;  // Empty: nothing was sent.
  Instant at{};
};
using Readings = std::map<ContractId, Reading>;

struct PassResult {
  Readings readings;
  std::int64_t requests = 0;
};

asio::awaitable<Result<PassResult>> read_open_interest(
    store::JobKey key, std::vector<OptionContract> contracts, const EnrichmentSettings& settings,
    std::string ingest_id, gateway::Gateway& gateway, Workshop& shop, const Replay& replay);

}  // namespace opt_data::collect
