// The rows of a collected day, as the checks of a simulated one compare them with what was sent.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar/instant.h"
#include "market/contract.h"
#include "sim/witness.h"
#include "store/database.h"

namespace opt_data::app {

// The columns that hold what was sent, as they are called and as the witness calls them.
constexpr std::array<std::pair<std::string_view, sim::Told>, 21> sent_columns = {
    {{"bid", sim::Told::bid},
     {"ask", sim::Told::ask},
     {"last", sim::Told::last},
     {"bid_size", sim::Told::bid_size},
     {"ask_size", sim::Told::ask_size},
     {"last_size", sim::Told::last_size},
     {"volume", sim::Told::volume},
     {"open", sim::Told::open},
     {"high", sim::Told::high},
     {"low", sim::Told::low},
     {"close", sim::Told::close},
     {"bid_iv", sim::Told::bid_iv},
     {"ask_iv", sim::Told::ask_iv},
     {"last_iv", sim::Told::last_iv},
     {"iv", sim::Told::iv},
     {"delta", sim::Told::delta},
     {"gamma", sim::Told::gamma},
     {"theta", sim::Told::theta},
     {"vega", sim::Told::vega},
     {"model_underlying", sim::Told::model_underlying},
     {"open_interest", sim::Told::open_interest}}};
// Places in it.
constexpr std::size_t bid = 0, ask = 1, last = 2, iv = 14, delta = 15, gamma = 16, theta = 17,
                      vega = 18, interest = 20;

struct Row {
  ContractId id = 0;
  std::string symbol;
  std::array<std::optional<double>, sent_columns.size()> sent;
  std::array<std::optional<double>, 3> underlying;
  std::int64_t type = 0;
  std::optional<Instant> received;
  std::set<std::string> flags;
  std::string oi_state;
  std::string error;

  bool priced() const { return sent[bid] || sent[ask] || sent[last]; }
  bool usable() const { return type != 0 && error.empty() && priced(); }
};
using SlotRows = std::vector<Row>;

// The intraday view by slot, and within a slot by conid. Errors: as the database says.
Result<std::map<int, SlotRows>> load_rows(store::Database& database);

// A cell as a number, or as words; what it is not is empty.
std::optional<double> number(const store::Value& cell);
std::string words(const store::Value& cell);

}  // namespace opt_data::app
