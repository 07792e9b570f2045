#include "collect/contract_book.h"

#include <algorithm>

#include "collect/contract_json.h"

namespace opt_data::collect {

using nlohmann::ordered_json;

store::Path book_path(const store::Path& cache, const Underlying& underlying, TradeDate date) {
  return cache / fmt::format("{}_{}.json", underlying, date.text());
}

Result<void> write_book(store::Disk& disk, const store::Path& cache, const ContractBook& book) {
  if (book.contracts.empty())
    return fail(
        ErrorKind::invalid_input, "{} has no contract left after the filters ({}); widen [filters]",
        book.underlying.symbol, book.filters);
  ordered_json contracts = ordered_json::array();
  for (const OptionContract& contract : book.contracts)
    contracts.push_back(contract_json(contract));
  const ordered_json document = {
      {"trade_date", book.date.text()},
      {"underlying",
       {{"symbol", book.underlying.symbol},
        {"conid", book.underlying.id},
        {"name", book.underlying.long_name},
        {"primary_exchange", book.underlying.primary_exchange},
        {"time_zone", book.underlying.time_zone},
        {"trading_hours", book.underlying.trading_hours},
        {"liquid_hours", book.underlying.liquid_hours}}},
      {"reference_price",
       {{"usd", book.reference.usd},
        {"source", book.reference.source},
        {"at", iso_utc(book.reference.at)}}},
      {"filters", book.filters},
      {"built_at", iso_utc(book.built_at)},
      {"contracts", std::move(contracts)}};
  return write_checked(
      disk, book_path(cache, book.underlying.symbol, book.date), document, "contracts");
}

namespace {

Result<ContractBook> book_of(
    const ordered_json& document, const Underlying& underlying, TradeDate date) {
  try {
    ContractBook book{date, {}, {}, {}, {}, {}};
    const ordered_json& of = document.at("underlying");
    book.underlying = {
        of.at("conid").get<ContractId>(),
        of.at("symbol"),
        of.at("name"),
        of.at("primary_exchange"),
        of.at("time_zone"),
        of.at("trading_hours"),
        of.at("liquid_hours")};
    const ordered_json& price = document.at("reference_price");
    book.reference.underlying = underlying;
    book.reference.usd = price.at("usd").get<double>();
    book.reference.source = price.at("source");
    OPT_TRY(book.reference.at, parse_utc(price.at("at").get<std::string>()));
    book.filters = document.at("filters");
    OPT_TRY(book.built_at, parse_utc(document.at("built_at").get<std::string>()));
    for (const ordered_json& json : document.at("contracts")) {
      OPT_TRY(OptionContract contract, contract_of(json));
      book.contracts.push_back(std::move(contract));
    }
    if (document.at("trade_date") != date.text() || book.underlying.symbol != underlying)
      return fail(ErrorKind::corrupt, "it is the book of another day or symbol");
    if (book.contracts.empty()) return fail(ErrorKind::corrupt, "it holds no contract");
    return book;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorKind::corrupt, "{}", error.what());
  }
}

}  // namespace

Result<ContractBook> read_book(
    store::Disk& disk, const store::Path& cache, const Underlying& underlying, TradeDate date) {
  const store::Path file = book_path(cache, underlying, date);
  OPT_TRY(const ordered_json document, read_checked(disk, file, "contracts"));
  auto book = book_of(document, underlying, date);
  if (!book)
    return fail(ErrorKind::corrupt, "{} cannot be read: {}", file.string(), book.error().message);
  return book;
}

Result<ContractBook> read_earlier_book(
    store::Disk& disk, const store::Path& cache, const Underlying& underlying, TradeDate date,
    const Calendar& calendar, int sessions_back_max) {
  TradeDate day = date;
  for (int back = 0; back < sessions_back_max; ++back) {
    OPT_TRY(day, calendar.previous(day));
    auto book = read_book(disk, cache, underlying, day);
    if (!book && book.error().kind == ErrorKind::not_found) continue;
    if (!book) return book;
    std::erase_if(book->contracts, [&](const OptionContract& contract) {
      return contract.expiry < date.day();
    });
    if (!book->contracts.empty()) return book;
  }
  return fail(
      ErrorKind::not_found, "{} has no contract list of {} or the {} sessions before", underlying,
      date.text(), sessions_back_max);
}

}  // namespace opt_data::collect
