#include "burst.h"

#include <numeric>
#include <vector>

#include "base/random.h"
#include "tws/codec.h"

namespace opt_data::bench {
namespace {

using tws::RequestId;
using tws::Tick;

double cents(Random& random, double low, double high) {
  return static_cast<double>(static_cast<std::int64_t>(random.uniform(low, high) * 100)) / 100;
}

class Burst {
 public:
  explicit Burst(std::string& out) : out_(out) {}

  void contract(RequestId line) {
    send(tws::MarketDataTypeNotice{line, 1});
    send(tws::TickReqParams{line, 0.01, "9c0001", 3});
    const double bid = cents(random_, 0.05, 40);
    quote(line, Tick::bid, Tick::bid_size, bid);
    quote(line, Tick::ask, Tick::ask_size, bid + 0.05);
    quote(line, Tick::last, Tick::last_size, bid + 0.02);
    send(tws::TickString{line, Tick::last_timestamp, "1790864100"});
    for (const Tick kind : {Tick::high, Tick::low, Tick::close, Tick::open})
      send(tws::TickPrice{line, kind, cents(random_, 0.05, 40), 0, 0});
    for (const Tick kind : {Tick::volume, Tick::call_open_interest, Tick::put_open_interest})
      send(tws::TickSize{line, kind, static_cast<double>(random_.below(20'000))});
    send(tws::TickGeneric{line, Tick::halted, 0});
    for (const Tick kind :
         {Tick::bid_option, Tick::ask_option, Tick::last_option, Tick::model_option})
      computation(line, kind);
  }

 private:
  void send(const tws::ServerMessage& message) { tws::encode(out_, message, tws::version_max); }
  void quote(RequestId line, Tick price, Tick size, double usd) {
    const auto count = static_cast<double>(1 + random_.below(500));
    send(tws::TickPrice{line, price, usd, count, 1});
    send(tws::TickSize{line, size, count});
  }
  void computation(RequestId line, Tick kind) {
    send(tws::TickOptionComputation{
        line, kind, 0, random_.uniform(0.1, 0.9), random_.uniform(0, 1), random_.uniform(0.05, 40),
        random_.uniform(0, 1), random_.uniform(0, 0.05), random_.uniform(0, 1),
        -random_.uniform(0, 0.5), cents(random_, 100, 400)});
  }

  std::string& out_;
  Random random_{20261001};
};

}  // namespace

std::string contract_burst(std::span<const RequestId> lines, std::size_t rounds) {
  std::string out;
  Burst burst(out);
  for (std::size_t round = 0; round < rounds; ++round)
    for (const RequestId line : lines) burst.contract(line);
  return out;
}

std::string contract_burst(std::size_t rounds) {
  std::vector<RequestId> lines(100);
  std::iota(lines.begin(), lines.end(), 1000);
  return contract_burst(lines, rounds);
}

}  // namespace opt_data::bench
