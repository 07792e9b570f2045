// How contracts are written in the cache files. Not for use outside contract_book.cc and
// listings.cc.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"
#include "market/contract.h"
#include "store/disk.h"

namespace opt_data::collect {

nlohmann::ordered_json contract_json(const OptionContract& contract);
Result<OptionContract> contract_of(const nlohmann::ordered_json& json);

// Reads a cache file and verifies its header: schema version and checksum of `body`.
Result<nlohmann::ordered_json> read_checked(
    store::Disk& disk, const store::Path& file, std::string_view body);
// Adds schema version and checksum of `body`, and writes atomically.
Result<void> write_checked(
    store::Disk& disk, const store::Path& file, nlohmann::ordered_json document,
    std::string_view body);

}  // namespace opt_data::collect
