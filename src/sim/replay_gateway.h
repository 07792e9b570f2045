// A gateway that says what another one said: it plays the gateway's side of a transcript to
// whatever TWS client connects.
//
//   OPT_TRY(ReplayScript script, ReplayScript::read(transcript));
//   ReplayGateway gateway(std::move(script), clock, {});
//   asio::co_spawn(io, gateway.serve(std::move(transport)), asio::detached);
//
// Each request gets the recorded frames of its like, with its own id in them, after the recorded
// delays. One that was never recorded gets error 321 with a sentence that names it. The time is
// told from the clock, which should stand at the recorded moment.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "calendar/clock.h"
#include "net/transport.h"
#include "sim/replay_script.h"

namespace opt_data::sim {

struct ReplayOptions {
  double speed = 1;                                 // 2: in half the time; 0: at once.
  std::function<void(std::string_view)> unmatched;  // A request that was never recorded.
};

struct ReplayCounters {
  std::size_t connections = 0;
  std::size_t requests = 0;   // That want an answer.
  std::size_t unmatched = 0;  // Of them, those that were never recorded.
};

class ReplayGateway {
 public:
  ReplayGateway(ReplayScript script, Clock& clock, ReplayOptions options);

  // Serves one connection until it ends.
  asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport);
  const ReplayCounters& counters() const;

 private:
  struct State;
  class Client;
  std::shared_ptr<State> state_;  // Shared with the connections.
};

}  // namespace opt_data::sim
