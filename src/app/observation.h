// What the outside hears of a scheduler: metrics in a file and at a port, alerts on their channels.
//
//   auto observation = Observation::make(wiring, {.alerts = true});
//   scheduler.watched_by(**observation);
//   (*observation)->start();
//
// None of it costs a job anything: what cannot be told is told to the log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/scheduler.h"
#include "net/http.h"
#include "notify/alerter.h"
#include "observe/metrics.h"

namespace opt_data::app {

struct ObservationOptions {
  bool alerts = false;                                          // A simulated day wakes nobody.
  bool serve = false;                                           // At metrics.port.
  std::vector<std::unique_ptr<notify::Channel>> channels = {};  // Tests; else the configuration's.
};

class Observation : public JobWatcher {
 public:
  // `wiring` outlives it, and tells it every event from now on. Whatever waits on wiring.io() is
  // not resumed after its end. Errors: as AlertQueue.
  static Result<std::unique_ptr<Observation>> make(Wiring& wiring, ObservationOptions options);
  ~Observation() override;

  void begun() override;
  void job_ended(const store::JobRecord& record) override;
  void checked(const std::vector<PreflightCheck>& checks) override;
  void judged(const check::SelfcheckReport& report) override;

  void start();  // Deliveries, the port, a sign of life each second, the file once a minute.
  // The scheduler ends as it should: what was raised is tried once, for a quarter of a minute.
  asio::awaitable<void> leave();
  void ended();  // Without waiting for anybody.

  observe::Metrics& metrics() { return metrics_; }
  std::uint16_t port() const { return server_ ? server_->port() : 0; }

 private:
  explicit Observation(Wiring& wiring);
  Result<void> open(ObservationOptions options);
  void serve(std::uint16_t port);
  asio::awaitable<void> write_each_minute();
  asio::awaitable<void> beat();
  void recall();
  void measure(const store::JobRecord& record);
  void measure_disk();
  void write_file();
  void say(observe::Level level, std::string code, std::string message);

  Wiring& wiring_;
  observe::Metrics metrics_;
  observe::MetricsSink sink_;
  std::unique_ptr<notify::Alerter> alerter_;
  std::unique_ptr<net::HttpServer> server_;
  bool file_failed_ = false;
  Instant begun_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // False: no sign of life any more.
};

}  // namespace opt_data::app
