#include "collect/contract_json.h"

#include "base/text.h"
#include "calendar/instant.h"
#include "collect/contract_book.h"

namespace opt_data::collect {

using nlohmann::ordered_json;

ordered_json contract_json(const OptionContract& contract) {
  return {
      {"conid", contract.id},
      {"symbol", occ_symbol(contract)},
      {"underlying", contract.underlying},
      {"expiry", iso(contract.expiry)},
      {"right", std::string(1, letter(contract.right))},
      {"strike_mills", contract.strike.mills},
      {"multiplier", contract.multiplier},
      {"exchange", contract.exchange},
      {"tradingClass", contract.trading_class},
      {"currency", contract.currency}};
}

Result<OptionContract> contract_of(const ordered_json& json) {
  try {
    OptionContract contract;
    contract.id = json.at("conid").get<ContractId>();
    contract.underlying = json.at("underlying").get<std::string>();
    OPT_TRY(contract.expiry, parse_day(json.at("expiry").get<std::string>()));
    OPT_TRY(contract.right, parse_right(json.at("right").get<std::string>()));
    contract.strike = Strike{json.at("strike_mills").get<std::int64_t>()};
    contract.multiplier = json.at("multiplier").get<double>();
    contract.exchange = json.at("exchange").get<std::string>();
    contract.trading_class = json.at("tradingClass").get<std::string>();
    contract.currency = json.at("currency").get<std::string>();
    if (contract.id <= 0) return fail(ErrorKind::corrupt, "conid {} is not positive", contract.id);
    return contract;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorKind::corrupt, "{}", error.what());
  }
}

Result<ordered_json> read_checked(
    store::Disk& disk, const store::Path& file, std::string_view body) {
  OPT_TRY(const std::string bytes, disk.read(file));
  const ordered_json document = ordered_json::parse(bytes, nullptr, false);
  const auto broken = [&](std::string_view why) {
    return fail(
        ErrorKind::corrupt,
        "{} {}; it is left as it is: look at it, then build it anew with `opt-data contracts build "
        "--force`",
        file.string(), why);
  };
  if (!document.is_object()) return broken("is not a whole JSON document");
  if (!document.contains("schema_version") || !document["schema_version"].is_number_integer())
    return broken("has no schema_version");
  const int version = document["schema_version"].get<int>();
  if (version > book_schema_version)
    return fail(
        ErrorKind::invalid_input,
        "{} has schema version {}; this opt-data reads up to {}: use the newer opt-data",
        file.string(), version, book_schema_version);
  if (!document.contains(body) || !document[std::string(body)].is_array())
    return broken(fmt::format("has no '{}'", body));
  const std::string sum = sha256_hex(document[std::string(body)].dump());
  if (!document.contains("sha256") || document["sha256"] != sum)
    return broken("does not match its checksum");
  return document;
}

Result<void> write_checked(
    store::Disk& disk, const store::Path& file, ordered_json document, std::string_view body) {
  ordered_json whole = {
      {"schema_version", book_schema_version},
      {"sha256", sha256_hex(document[std::string(body)].dump())}};
  whole.update(document);
  OPT_TRY_VOID(disk.make_directories(file.parent_path()));
  return store::write_atomically(disk, file, whole.dump(1) + "\n");
}

}  // namespace opt_data::collect
