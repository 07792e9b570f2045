#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "collect/contract_book.h"
#include "collect/contract_json.h"

namespace opt_data::collect {
namespace {

using nlohmann::ordered_json;

store::Path listings_path(const store::Path& cache, const Underlying& underlying) {
  return cache / "listings" / (underlying + ".json");
}

Result<KnownListing> listing_of(const ordered_json& json) {
  KnownListing listing;
  OPT_TRY(listing.expiry, parse_day(json.at("expiry").get<std::string>()));
  listing.trading_class = json.at("tradingClass");
  OPT_TRY(listing.enumerated_on, parse_day(json.at("enumerated_on").get<std::string>()));
  for (const ordered_json& row : json.at("contracts")) {
    OPT_TRY(OptionContract contract, contract_of(row));
    listing.contracts.push_back(std::move(contract));
  }
  for (const auto& [mills, day] : json.at("absent").items()) {
    const auto strike = parse_int(mills);
    if (!strike) return fail(ErrorKind::corrupt, "'{}' is not a strike", mills);
    OPT_TRY(listing.absent[Strike{*strike}], parse_day(day.get<std::string>()));
  }
  for (const ordered_json& mills : json.at("candidate_mills"))
    listing.candidates.insert(Strike{mills.get<std::int64_t>()});
  return listing;
}

}  // namespace

KnownListing* KnownListings::find(
    std::chrono::year_month_day expiry, const std::string& trading_class) {
  for (KnownListing& listing : listings)
    if (listing.expiry == expiry && listing.trading_class == trading_class) return &listing;
  return nullptr;
}

KnownListing& KnownListings::at(
    std::chrono::year_month_day expiry, const std::string& trading_class) {
  if (KnownListing* known = find(expiry, trading_class)) return *known;
  const auto place = std::find_if(listings.begin(), listings.end(), [&](const auto& other) {
    return std::tie(expiry, trading_class) < std::tie(other.expiry, other.trading_class);
  });
  KnownListing listing;
  listing.expiry = expiry;
  listing.trading_class = trading_class;
  listing.enumerated_on = std::chrono::year_month_day{std::chrono::sys_days{}};
  return *listings.insert(place, std::move(listing));
}

Result<void> write_listings(
    store::Disk& disk, const store::Path& cache, const KnownListings& known) {
  ordered_json listings = ordered_json::array();
  for (const KnownListing& listing : known.listings) {
    ordered_json contracts = ordered_json::array();
    for (const OptionContract& contract : listing.contracts)
      contracts.push_back(contract_json(contract));
    ordered_json absent = ordered_json::object();
    for (const auto& [strike, day] : listing.absent)
      absent[std::to_string(strike.mills)] = iso(day);
    ordered_json candidates = ordered_json::array();
    for (const Strike strike : listing.candidates) candidates.push_back(strike.mills);
    listings.push_back(
        {{"expiry", iso(listing.expiry)},
         {"tradingClass", listing.trading_class},
         {"enumerated_on", iso(listing.enumerated_on)},
         {"absent", std::move(absent)},
         {"candidate_mills", std::move(candidates)},
         {"contracts", std::move(contracts)}});
  }
  const ordered_json document = {
      {"underlying", known.underlying},
      {"adjusted_classes", known.adjusted_classes},
      {"listings", std::move(listings)}};
  return write_checked(disk, listings_path(cache, known.underlying), document, "listings");
}

Result<KnownListings> read_listings(
    store::Disk& disk, const store::Path& cache, const Underlying& underlying) {
  KnownListings known{underlying, {}};
  const store::Path file = listings_path(cache, underlying);
  if (!disk.exists(file)) return known;
  OPT_TRY(const ordered_json document, read_checked(disk, file, "listings"));
  try {
    if (const auto classes = document.find("adjusted_classes"); classes != document.end())
      known.adjusted_classes = classes->get<std::set<std::string>>();
    for (const ordered_json& json : document.at("listings")) {
      OPT_TRY(KnownListing listing, listing_of(json));
      known.listings.push_back(std::move(listing));
    }
  } catch (const std::exception& error) {
    return fail(ErrorKind::corrupt, "{} cannot be read: {}", file.string(), error.what());
  }
  return known;
}

}  // namespace opt_data::collect
