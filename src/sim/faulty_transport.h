// A connection whose bytes meet what a network does: slow and bursty links, and a cut after any
// byte, as a reset or as silence that goes on for ever. At the server's end of the pipe.
//
// Delays are the clock's; a client's bytes are never delayed, so that its own pacing is what the
// server sees. A cut happens once: `done` is kept by whoever keeps the scenario, also across a
// restart of everything else.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "calendar/clock.h"
#include "net/transport.h"
#include "sim/sim_options.h"

namespace opt_data::sim {

struct LinkCut {
  Instant from{};           // The first connection that sends after this instant meets it,
  std::uint64_t bytes = 0;  // when so many more bytes have gone to the client.
  bool half_open = false;   // Silence in both directions instead of a reset.
};

struct LinkFaults {
  std::vector<LinkCut> cuts;
  std::vector<Window> slow;
  std::uint64_t slow_bytes_per_second = 20'000;
  std::vector<Window> bursty;  // What was sent in a burst arrives at its end, all frames at once.
  std::chrono::milliseconds burst{400};
};

// When each cut happened; empty: not yet.
using CutsDone = std::shared_ptr<std::vector<std::optional<Instant>>>;

class FaultyTransport : public net::Transport {
 public:
  // `faults` and `clock` outlive it.
  FaultyTransport(
      std::unique_ptr<net::Transport> transport, const LinkFaults& faults, CutsDone done,
      Clock& clock);

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  asio::awaitable<Result<void>> write_all(std::span<const std::byte> bytes) override;
  void close() override { transport_->close(); }

 private:
  // How many of the next bytes still go through, and the cut that comes then.
  struct Ahead {
    std::uint64_t bytes;
    std::size_t cut;
  };
  std::optional<Ahead> next_cut() const;
  asio::awaitable<Result<void>> pass(std::span<const std::byte> bytes);

  std::unique_ptr<net::Transport> transport_;
  const LinkFaults& faults_;
  CutsDone done_;
  Clock& clock_;
  std::vector<std::uint64_t> sent_;  // Since the start of each cut.
  bool silent_ = false;
};

}  // namespace opt_data::sim
