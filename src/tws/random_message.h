// Messages of every kind grown from a seed, for tests and for the first inputs of the fuzzers:
// absent values, empty texts and numbers of every size among them, but no value that the wire
// cannot carry (a delta of -2 says that there is none).
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/random.h"
#include "tws/messages.h"

namespace opt_data::tws {

class RandomMessages {
 public:
  explicit RandomMessages(std::uint64_t seed) : random_(seed) {}

  // The alternative with this index. Its texts live as long as this object.
  ClientMessage client(std::size_t index);
  ServerMessage server(std::size_t index);

 private:
  ServerMessage market_data(std::size_t index);
  bool chance(double share) { return random_.uniform() < share; }
  Text text();
  Text word();  // Without blank and '-'.
  Text right();
  std::int32_t whole();
  std::int64_t big();
  std::int64_t moment();
  double real();
  Tick tick();
  std::optional<double> above(double bound, bool included);  // Or absent.
  std::optional<double> other_than(double sentinel);         // Or absent.
  std::optional<double> price(Tick tick);
  std::optional<double> size() { return above(0, true); }
  std::optional<std::int64_t> tally();
  Contract contract();
  ContractData contract_data();
  TickOptionComputation computation();
  HistoricalBar bar();
  SymbolSample sample();
  std::size_t few() { return random_.below(4); }

  Random random_;
  std::deque<std::string> texts_;
};

}  // namespace opt_data::tws
