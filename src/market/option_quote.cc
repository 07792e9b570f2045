#include "market/option_quote.h"

#include <array>

namespace opt_data {
namespace {

constexpr std::array<std::string_view, 4> source_words = {
    "IBKR", "IBKR_HISTORICAL", "RECORDING", "SIMULATED"};

}  // namespace

std::string_view to_text(DataSource source) {
  return source_words[static_cast<std::size_t>(source)];
}

Result<DataSource> parse_data_source(std::string_view text) {
  for (std::size_t i = 0; i < source_words.size(); ++i)
    if (source_words[i] == text) return static_cast<DataSource>(i);
  return fail(ErrorKind::corrupt, "'{}' is not a data source of this version", text);
}

}  // namespace opt_data
