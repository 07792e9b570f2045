// Who stands beside the simulated gateway and writes down what goes over the wire, in both
// directions: so that afterwards it can be told which value was sent for which contract and when,
// whether the client kept its limits, and whether two days were the same.
//
// It knows the wire's words and nothing of how the gateway made them. A limit is overstepped when
// its window holds more than it allows, over all connections of one process of the client. The hash
// is over every frame with its instant; of computed volatilities and greeks only the first six
// decimals count, which every mathematical library agrees on.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "calendar/clock.h"
#include "market/contract.h"
#include "net/transport.h"
#include "tws/codec.h"

namespace opt_data::sim {

struct ClientLimits {
  std::size_t messages_per_second = 45;
  std::size_t subscriptions_per_minute = 1'000'000;
  std::size_t lines = 95;
  std::size_t in_flight = 95;  // Options asked about at once.
};

// What can be stored of a contract.
enum class Told : std::uint8_t {
  type,
  bid,
  ask,
  last,
  bid_size,
  ask_size,
  last_size,
  volume,
  open,
  high,
  low,
  close,
  bid_iv,
  ask_iv,
  last_iv,
  iv,
  delta,
  gamma,
  theta,
  vega,
  model_underlying,
  open_interest,
};
std::string_view to_text(Told told);

class Witness {
 public:
  struct Line {
    Instant at;
    bool to_client;
    std::string_view payload;
  };

  explicit Witness(const ClientLimits& limits) : limits_(limits) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  // Listens to the server's end of a connection. The witness and `clock` outlive it.
  std::unique_ptr<net::Transport> beside(std::unique_ptr<net::Transport> server, Clock& clock);
  void process_ended();  // The client's; its counts begin anew.

  // Whether the gateway sent this value for the contract in [from, to].
  bool was_told(ContractId id, Told what, double value, Instant from, Instant to) const;
  bool was_told_price(ContractId id, Told side, Instant from, Instant to) const;
  std::string hash() const;  // 16 hexadecimal digits
  std::uint64_t frames() const { return frames_; }
  const std::vector<std::string>& violations() const { return violations_; }
  const ClientLimits& peaks() const { return peaks_; }  // The most of each that was seen.

  std::function<void(const Line&)> trace;  // Hears every frame.

 private:
  friend class WitnessedTransport;
  struct Heard {
    Instant at;
    Told what;
    double value;
  };
  struct Subscribed {
    ContractId id = 0;
    bool option = false;
    Right right = Right::call;
    bool open = true;                         // Holds a line.
    std::optional<Instant> unanswered_since;  // An option that was told nothing yet.
  };
  using Subscriptions = std::map<std::int32_t, Subscribed>;

  void frame(Instant at, bool to_client, std::string_view payload);
  void asked(Subscriptions& of, const tws::ClientMessage& message, Instant at);
  void answered(Subscriptions& of, const tws::ServerMessage& message, Instant at);
  void on_error(Subscriptions& of, const tws::ErrorNotice& notice);
  void hear(const Subscribed& of, Told what, std::optional<double> value, Instant at);
  void hear_price(const Subscribed& of, const tws::TickPrice& tick, Instant at);
  void hear_size(const Subscribed& of, tws::Tick kind, std::optional<double> value, Instant at);
  void hear_model(const Subscribed& of, const tws::TickOptionComputation& tick, Instant at);
  void open_line(Subscribed& subscribed, Instant at);
  void no_question_any_more(Subscribed& subscribed);
  void close_line(Subscribed& subscribed);
  void close_all(Subscriptions& of);
  void count(
      std::deque<Instant>& window, std::chrono::microseconds length, std::size_t limit,
      std::size_t& peak, std::string_view what, Instant at);
  void violate(std::string sentence);

  ClientLimits limits_;
  std::unordered_map<ContractId, std::vector<Heard>> heard_;  // Ascending.
  std::deque<Instant> messages_, subscriptions_;
  std::size_t lines_ = 0;
  ClientLimits peaks_{0, 0, 0, 0};
  std::deque<Instant> unanswered_;  // Options asked about and told nothing, by when.
  std::uint64_t process_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  std::uint64_t frames_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace opt_data::sim
