// Turns events into alerts, and sees to it that they arrive.
//
// An alert goes to every channel exactly once, as long as the receiver's answers arrive: what was
// raised is on disk before it is sent, and marked after the receiver said yes. Where that yes is
// lost, or the process ends before it is marked, the alert is sent again with the same key.
//
// A channel that fails is asked again after half a minute, then after twice as long each time, up
// to ten minutes; meanwhile its alerts wait in their order. Other channels do not wait for it.
//
// One thread. What it reports itself has the component "notify", and never raises an alert.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/signal.h"
#include "calendar/clock.h"
#include "notify/alert_queue.h"
#include "notify/channel.h"
#include "observe/metrics.h"
#include "observe/run.h"

namespace opt_data::notify {

class Alerter : public observe::EventSink {
 public:
  static constexpr std::chrono::seconds retry_first{30};
  static constexpr std::chrono::seconds retry_most{600};

  // `run`, `clock`, `events` and `metrics` outlive it. `events` may lead back to it.
  Alerter(
      AlertRules rules, std::unique_ptr<AlertQueue> queue,
      std::vector<std::unique_ptr<Channel>> channels, const observe::Run& run, Clock& clock,
      observe::EventSink& events, observe::Metrics& metrics);
  ~Alerter() override;

  void on(const observe::Event& event) override;
  // A job that is over waits for no gateway.
  void job_ended();

  // Delivers, from now on, what waits and what is raised, until stop().
  void start(const asio::any_io_executor& executor);
  void stop();
  // Whether everything that was raised has been tried once. For whoever is about to leave.
  asio::awaitable<void> tried(Instant until);

 private:
  struct State;
  std::shared_ptr<State> state_;  // Shared with what still delivers.
};

}  // namespace opt_data::notify
