// Tables for others: any view, or the answer of a SELECT, as JSON, CSV or Parquet. They are made
// while they are sent, and end with the time that is left for them.
//
//   {"columns":["underlying",...],"types":["VARCHAR",...],"rows":[["AAPL",...],...],
//    "truncated":false,"seconds":0.012}
//
// Errors: invalid_input, with what to write; unavailable when all places are taken.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "net/http.h"
#include "serve/desk.h"
#include "serve/sandbox.h"

namespace opt_data::serve {

enum class Format : std::uint8_t { json, csv, parquet };
Result<Format> parse_format(std::string_view text);

struct TableLimits {
  std::chrono::seconds query{30};      // Of a person's SQL,
  std::chrono::seconds download{600};  // and of a whole view.
  std::int64_t rows_max = 100'000;     // Of JSON; the others are not cut.
  std::string memory = "256MB";
  int at_once = 2;
  std::chrono::seconds wait{10};  // For a place.
};

struct TableOrder {
  std::string sql;
  store::TradeDates days;
  Format format = Format::json;
  std::int64_t rows_max = 0;
  std::chrono::seconds time{0};
  std::string name;  // Of the file: "daily_clean_2025-10-06"
};

class TablePieces;

class Tables {
 public:
  // Errors: storage, when no folder can be made for what is spooled.
  static Result<std::unique_ptr<Tables>> make(const Sources& sources, TableLimits limits);
  ~Tables();

  asio::awaitable<Result<net::HttpResponse>> serve(TableOrder order);
  const TableLimits& limits() const { return limits_; }

 private:
  friend class TablePieces;
  struct Shop;
  Tables(const Sources& sources, TableLimits limits, std::filesystem::path spool);
  std::shared_ptr<Shop> shop_;
  TableLimits limits_;
};

// "SELECT * FROM view WHERE ..." of a whole view. Errors: not_found for a name that is no view.
Result<std::string> select_of_view(
    const std::string& view, const std::vector<std::string>& symbols, std::optional<int> slot);

nlohmann::ordered_json list_of_tables();

}  // namespace opt_data::serve
