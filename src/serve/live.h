// What changes while somebody looks, as server-sent events.
//
//   event: status        the body of /api/v1/status, whenever it says something new
//   event: day           {"date":"2025-10-06"}: of that day something was published or judged
//   event: ping          now and then, so that each side notices that the other is gone
//
// The ledger is looked at twice a second for all readers together, and only while there are any. A
// reader who is slow misses states in between, never the last one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/http.h"
#include "serve/desk.h"

namespace opt_data::serve {

struct LiveTimes {
  std::chrono::milliseconds period{500};
  std::chrono::milliseconds heartbeat{15'000};
  std::chrono::minutes age_max{60};  // Then the browser connects anew.
};

class Live {
 public:
  static constexpr std::size_t readers_max = 64;

  Live(Desks& desks, asio::any_io_executor executor, LiveTimes times = {});
  ~Live();

  // Errors: unavailable, when there are too many readers.
  Result<net::HttpResponse> subscribe();
  std::size_t readers() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace opt_data::serve
