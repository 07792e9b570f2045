#include "app/observation.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "notify/notify_fixture.h"
#include "sim/sim_clock.h"

namespace opt_data::app {
namespace {

using namespace std::chrono_literals;
using std::chrono::year;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Instant evening = new_york(year{2025} / 11 / 21, 17h + 30min);

class ObservationTest : public testing::Test {
 protected:
  ObservationTest() { std::filesystem::create_directories(folder / "config"); }

  Config config() {
    store::RealDisk disk;
    EXPECT_TRUE(disk.write(folder / "config/opt-data.toml", config_template(values, "A test.")));
    ConfigRequest request;
    request.file = folder / "config/opt-data.toml";
    request.environment = [](const char*) -> const char* { return nullptr; };
    auto loaded = load_config(request);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? *loaded : Config{};
  }
  // One process on a clock that jumps.
  struct Process {
    Process(ObservationTest& test, Instant start) : clock(io, start) {
      World world;
      world.clock = &clock;
      world.quiet = true;
      world.durability = store::Durability::process_crash;
      wiring = Wiring::make(test.config(), io, world).value();
      ObservationOptions options;
      options.alerts = true;
      options.channels.push_back(std::make_unique<notify::MemoryChannel>("memory", test.receiver));
      auto made = Observation::make(*wiring, std::move(options));
      EXPECT_TRUE(made) << made.error().message;
      observation = *std::move(made);
      EXPECT_TRUE(wiring->workshop());
      observation->begun();
      observation->start();
    }
    void settle() { clock.run_until(clock.now() + 10s); }

    asio::io_context io;
    sim::SimClock clock;
    std::unique_ptr<Wiring> wiring;
    std::unique_ptr<Observation> observation;
  };
  std::vector<std::string> codes() const {
    std::vector<std::string> all;
    for (const notify::Alert& alert : receiver.accepted) all.push_back(alert.code);
    return all;
  }
  std::string contents(const std::filesystem::path& file) {
    auto bytes = store::RealDisk{}.read(file);
    return bytes ? *bytes : "";
  }

  store::TemporaryFolder folder;
  std::map<std::string, ConfigValue> values{
      {"universe.symbols", std::vector<std::string>{"AAPL"}},
      {"preflight.disk_free_gb", 0.0},
      {"simulation.source", std::string("SIMULATED")}};
  notify::Receiver receiver;
  TradeDate date = Calendar{}.trade_date(year{2025} / 11 / 21).value();
};

check::SelfcheckReport failed_day() {
  check::SelfcheckReport report;
  report.day.trade_date = "2025-11-21";
  report.day.phase = check::Phase::eod;
  check::GateResult gate;
  gate.name = "slot_coverage_min";
  gate.verdict = check::Verdict::fail;
  gate.value = 0.75;
  gate.threshold = 0.9;
  report.day.gates = {gate};
  report.day.intraday_rows = 100;
  return report;
}

TEST_F(ObservationTest, a_failed_verdict_is_an_alert_and_a_metric_and_costs_the_log_no_error) {
  Process process(*this, evening);
  process.observation->judged(failed_day());
  process.settle();
  ASSERT_THAT(codes(), ElementsAre("verdict_failed"));
  EXPECT_THAT(receiver.accepted[0].message, HasSubstr("FAIL, qa:slot_coverage_min"));
  const observe::Metrics& metrics = process.observation->metrics();
  EXPECT_EQ(metrics.value("optdata_day_gate_ratio", {"slot_coverage_min"}), 0.75);
  EXPECT_EQ(metrics.value("optdata_day_gate_passed", {"slot_coverage_min"}), 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "state/run_logs/errors/errors_20251121.log"));
}

TEST_F(ObservationTest, what_fails_in_preflight_is_one_alert_with_every_remedy) {
  Process process(*this, evening);
  process.observation->checked(
      {{"gateway", Fitness::failed, "nobody answers", "start it"},
       {"contracts", Fitness::warning, "none yet", ""},
       {"calendar", Fitness::failed, "differs", "list the closure"}});
  process.settle();
  ASSERT_THAT(codes(), ElementsAre("preflight_failed"));
  EXPECT_THAT(receiver.accepted[0].message, HasSubstr("gateway: nobody answers; start it"));
  EXPECT_THAT(receiver.accepted[0].message, HasSubstr("calendar: differs"));
  EXPECT_THAT(receiver.accepted[0].message, Not(HasSubstr("contracts")));
}

TEST_F(ObservationTest, a_start_after_a_crash_is_told_and_one_after_an_end_is_not) {
  {
    Process killed(*this, evening);
    killed.settle();
  }
  EXPECT_THAT(codes(), IsEmpty()) << "the first start ever follows no crash";
  {
    Process next(*this, evening + 1h);
    next.settle();
    ASSERT_THAT(codes(), ElementsAre("started_after_crash"));
    EXPECT_THAT(receiver.accepted[0].message, HasSubstr("since 2025-11-21 17:30:00 EST"));
    next.observation->ended();
  }
  Process last(*this, evening + 12h);
  last.settle();
  EXPECT_THAT(codes(), ElementsAre("started_after_crash"));
}

TEST_F(ObservationTest, jobs_are_counted_and_what_they_left_is_recalled_by_the_next_process) {
  values["metrics.file"] = (folder / "optdata.prom").string();
  const store::JobKey slot{store::JobKind::snapshot, date, 2};
  const store::JobKey verdict{store::JobKind::selfcheck, date, -1};
  {
    Process process(*this, evening);
    store::Ledger& ledger = **process.wiring->ledger();
    ASSERT_TRUE(ledger.start_job(slot, "id", evening));
    ASSERT_TRUE(ledger.end_job(
        slot, store::JobOutcome::part, R"({"rows":200,"usable":190})", evening + 40s));
    ASSERT_TRUE(ledger.start_job(verdict, "id", evening + 1min));
    ASSERT_TRUE(
        ledger.end_job(verdict, store::JobOutcome::done, R"({"status":"PASS"})", evening + 2min));
    for (const auto& key : {slot, verdict})
      process.observation->job_ended(*ledger.job(key).value());
    const observe::Metrics& metrics = process.observation->metrics();
    EXPECT_EQ(metrics.value("optdata_job_runs_total", {"snapshot", "part"}), 1);
    EXPECT_EQ(metrics.value("optdata_contracts_usable_total"), 190);
    EXPECT_EQ(metrics.value("optdata_job_last_duration_seconds", {"snapshot"}), 40);
    EXPECT_THAT(
        contents(folder / "optdata.prom"), HasSubstr("optdata_slot_usable_contracts 190\n"));
  }
  Process next(*this, evening + 1h);
  const observe::Metrics& metrics = next.observation->metrics();
  EXPECT_EQ(metrics.value("optdata_slot_expected_contracts"), 200);
  EXPECT_EQ(metrics.value("optdata_contracts_asked_total"), 0) << "counted by whoever asked";
  EXPECT_EQ(metrics.value("optdata_day_passed", {"final"}), 1);
  EXPECT_EQ(metrics.value("optdata_day_trade_date_timestamp_seconds", {"final"}), 1'763'683'200.0);
}

TEST_F(ObservationTest, a_disk_that_fills_up_is_told_once_a_day) {
  values["preflight.disk_free_gb"] = 100'000.0;
  Process process(*this, evening);
  process.wiring->run().set({"2025-11-21", "", ""});
  const store::JobRecord record{{store::JobKind::logscan, date, -1},
                                "id",
                                evening,
                                evening,
                                store::JobOutcome::done,
                                1,
                                "{}"};
  for (int i = 0; i < 20; ++i) process.observation->job_ended(record);
  process.settle();
  EXPECT_THAT(codes(), testing::Contains("disk_low"));
  EXPECT_LE(
      process.observation->metrics().value("optdata_events_total", {"warning", "disk_low"}), 2);
}

TEST_F(ObservationTest, no_address_of_a_webhook_reaches_a_log) {
  values["alerts.slack_url"] = std::string("https://hooks.example.com/services/T0/secret");
  Process process(*this, evening);
  observe::Event event = notify::event_of(
      "job_failed", observe::Level::error, "to https://hooks.example.com/services/T0/secret");
  process.wiring->events().on(event);
  process.settle();
  EXPECT_THAT(contents(folder / "state/run_logs/opt-data.jsonl"), HasSubstr("[hidden]"));
  EXPECT_THAT(contents(folder / "state/run_logs/opt-data.jsonl"), Not(HasSubstr("T0/secret")));
  ASSERT_THAT(codes(), ElementsAre("job_failed"));
  EXPECT_THAT(receiver.accepted[0].message, Not(HasSubstr("secret")));
}

// ---- the port

asio::awaitable<std::string> ask(std::uint16_t port, std::string request) {
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  const asio::ip::tcp::endpoint there(asio::ip::address_v4::loopback(), port);
  (void)co_await socket.async_connect(there, asio::use_awaitable);
  request += " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
  std::string answer;
  try {
    co_await asio::async_read(socket, asio::dynamic_buffer(answer), asio::use_awaitable);
  } catch (const std::exception&) {
    co_return answer;  // All of it: the server has closed.
  }
  co_return answer;
}

TEST_F(ObservationTest, the_port_serves_metrics_and_nothing_else) {
  asio::io_context io;
  {
    auto free = net::HttpServer::bind(io.get_executor(), "127.0.0.1", 0).value();
    values["metrics.port"] = std::int64_t{free->port()};
  }
  World world;
  world.quiet = true;
  auto wiring = Wiring::make(config(), io, world).value();
  ObservationOptions options;
  options.serve = true;
  auto observation = Observation::make(*wiring, std::move(options)).value();
  observation->begun();
  observation->start();
  const std::uint16_t port = observation->port();
  const std::string metrics = wiring->wait(ask(port, "GET /metrics"));
  EXPECT_THAT(metrics, HasSubstr("200 OK"));
  EXPECT_THAT(metrics, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(metrics, HasSubstr("# TYPE optdata_disk_free_bytes gauge\n"));
  EXPECT_THAT(wiring->wait(ask(port, "GET /config")), HasSubstr("404"));
  EXPECT_THAT(wiring->wait(ask(port, "POST /metrics")), HasSubstr("405"));

  // Somebody else has the port now; that is told, and costs nothing.
  ObservationOptions again;
  again.serve = true;
  const auto second = Observation::make(*wiring, std::move(again)).value();
  EXPECT_EQ(second->port(), 0);
  EXPECT_THAT(
      contents(folder / "state/run_logs/opt-data.jsonl"), HasSubstr("metrics.port: cannot listen"));
}

}  // namespace
}  // namespace opt_data::app
