#include "market/contract.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/text.h"

namespace opt_data {

Strike Strike::from_usd(double usd) { return Strike{std::llround(usd * 1000.0)}; }

Result<Underlying> parse_underlying(std::string_view text) {
  const Underlying symbol = upper(trim(text));
  const auto alphanumeric = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  const bool sound = !symbol.empty() && symbol.size() <= 12 && alphanumeric(symbol.front()) &&
                     alphanumeric(symbol.back()) && std::ranges::all_of(symbol, [&](char c) {
                       return alphanumeric(c) || c == '.' || c == '-' || c == ' ';
                     });
  if (!sound)
    return fail(
        ErrorKind::invalid_input, "'{}' is not a symbol; write for example AAPL or BRK B", text);
  return symbol;
}

Result<std::vector<Underlying>> parse_underlyings(const std::vector<std::string>& texts) {
  std::vector<Underlying> symbols;
  for (const std::string& text : texts) {
    OPT_TRY(Underlying symbol, parse_underlying(text));
    if (std::ranges::find(symbols, symbol) == symbols.end()) symbols.push_back(std::move(symbol));
  }
  return symbols;
}

Result<Right> parse_right(std::string_view text) {
  const std::string word = upper(text);
  if (word == "C" || word == "CALL") return Right::call;
  if (word == "P" || word == "PUT") return Right::put;
  return fail(ErrorKind::invalid_input, "'{}' is not an option right; write C or P", text);
}

std::string occ_symbol(const OptionContract& contract) {
  // Digit by digit: it is written for every row of a slot, and cost a tenth of publishing it.
  const auto& day = contract.expiry;
  std::string symbol = contract.trading_class;
  if (symbol.size() < 6) symbol.resize(6, ' ');
  const auto append = [&symbol](std::int64_t number, std::size_t digits) {
    const std::size_t begin = symbol.size();
    symbol.append(digits, '0');
    for (std::size_t i = symbol.size(); i-- > begin; number /= 10)
      symbol[i] = static_cast<char>('0' + number % 10);
  };
  append(static_cast<int>(day.year()) % 100, 2);
  append(static_cast<unsigned>(day.month()), 2);
  append(static_cast<unsigned>(day.day()), 2);
  symbol += letter(contract.right);
  if (contract.strike.mills < 0 || contract.strike.mills > 99'999'999)
    return symbol + fmt::format("{:08}", contract.strike.mills);
  append(contract.strike.mills, 8);
  return symbol;
}

bool in_file_order(const OptionContract& a, const OptionContract& b) {
  return std::tie(a.underlying, a.expiry, a.strike, a.right, a.id) <
         std::tie(b.underlying, b.expiry, b.strike, b.right, b.id);
}

std::string_view to_text(ExpiryType type) {
  switch (type) {
    case ExpiryType::monthly:
      return "monthly";
    case ExpiryType::quarterly:
      return "quarterly";
    case ExpiryType::weekly:
      return "weekly";
  }
  return "weekly";
}

Result<ExpiryType> parse_expiry_type(std::string_view text) {
  if (text == "monthly") return ExpiryType::monthly;
  if (text == "quarterly") return ExpiryType::quarterly;
  if (text == "weekly") return ExpiryType::weekly;
  return fail(
      ErrorKind::invalid_input, "'{}' is not an expiry type; write monthly, quarterly or weekly",
      text);
}

bool is_monthly_expiry(std::chrono::year_month_day expiry) {
  using namespace std::chrono;
  const local_days third_friday{expiry.year() / expiry.month() / Friday[3]};
  const local_days day{expiry};
  if (day == third_friday) return true;
  if (day == third_friday - days{1}) return true;  // The exchanges are closed that Friday.
  return day == third_friday + days{1} && expiry < year{2015} / February / 1;
}

}  // namespace opt_data
