#include "app/observation.h"

#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "observe/heartbeat.h"
#include "schedule/agenda.h"

namespace opt_data::app {
namespace {

using observe::Level;
using store::JobKind;

constexpr int jobs_recalled = 400;  // About a month.
constexpr std::chrono::seconds last_words{15};

double seconds_of(Instant at) { return static_cast<double>(micros(at)) / 1e6; }

double seconds_of(std::chrono::year_month_day day) {
  return static_cast<double>(std::chrono::sys_days(day).time_since_epoch().count()) * 86400.0;
}

// Which check of the day a selfcheck job made.
std::string phase_text(const store::JobKey& key) {
  const check::Phase phase = key.slot == schedule::intraday ? check::Phase::intraday
                             : key.slot == schedule::eod    ? check::Phase::eod
                                                            : check::Phase::final;
  return std::string(check::to_text(phase));
}

std::filesystem::path marker_of(const Settings& settings) {
  return settings.state / "scheduler.running";
}

net::HttpResponse serve_metrics(const net::HttpRequest& request, const observe::Metrics& metrics) {
  net::HttpResponse response;
  if (request.target != "/metrics" && !request.target.starts_with("/metrics?")) {
    response.status = 404;
    response.body = "ask for /metrics\n";
  } else if (request.method != "GET" && request.method != "HEAD") {
    response.status = 405;
    response.headers = {{"Allow", "GET, HEAD"}};
    response.body = "ask with GET\n";
  } else {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.text();
  }
  return response;
}

}  // namespace

Observation::Observation(Wiring& wiring) : wiring_(wiring), sink_(metrics_) {}

Observation::~Observation() {
  *alive_ = false;
  wiring_.unlisten(sink_);
  if (alerter_) wiring_.unlisten(*alerter_);
}

Result<std::unique_ptr<Observation>> Observation::make(Wiring& wiring, ObservationOptions options) {
  std::unique_ptr<Observation> made(new Observation(wiring));
  OPT_TRY_VOID(made->open(std::move(options)));
  return made;
}

Result<void> Observation::open(ObservationOptions options) {
  const Settings& settings = wiring_.settings();
  const notify::ChannelOptions& addresses = settings.alert_channels;
  for (const std::string* url :
       {&addresses.slack_url, &addresses.discord_url, &addresses.webhook_url})
    wiring_.run().hide(*url);
  if (options.alerts && options.channels.empty()) {
    OPT_TRY(options.channels, notify::make_channels(addresses));
  }
  if (!options.channels.empty()) {
    OPT_TRY(
        auto queue,
        notify::AlertQueue::open(settings.state / "alerts.sqlite", settings.alert_queue));
    alerter_ = std::make_unique<notify::Alerter>(
        settings.alert_rules, std::move(queue), std::move(options.channels), wiring_.run(),
        wiring_.clock(), wiring_.events(), metrics_);
  }
  wiring_.listen(sink_);
  if (alerter_) wiring_.listen(*alerter_);
  if (options.serve && settings.metrics_port != 0) serve(settings.metrics_port);
  return {};
}

// A port that is taken costs the day nothing.
void Observation::serve(std::uint16_t port) {
  auto bound = net::HttpServer::bind(wiring_.io().get_executor(), "127.0.0.1", port);
  if (bound)
    server_ = *std::move(bound);
  else
    say(Level::warning, "metrics_failed", "metrics.port: " + bound.error().message);
}

void Observation::say(Level level, std::string code, std::string message) {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "app";
  event.message = std::move(message);
  wiring_.events().on(event);
}

// A marker that is still there was left by a scheduler that did not end as it should. It is removed
// by the one that wrote it; whoever holds the ledger's lock is alone with it.
void Observation::begun() {
  store::Disk& disk = wiring_.disk();
  const auto marker = marker_of(wiring_.settings());
  if (const auto left = disk.read(marker))
    say(Level::info, "started_after_crash",
        fmt::format(
            "the scheduler before this one ({}) was killed, crashed, or lost its power; this one "
            "goes on where it was",
            trim(*left)));
  const std::string text =
      fmt::format("process {} since {}\n", ::getpid(), new_york_text(wiring_.clock().now()));
  if (auto written = store::write_atomically(disk, marker, text); !written)
    say(Level::info, "marker_failed", written.error().message);
  metrics_.set("optdata_build_info", {OPT_DATA_VERSION}, 1);
  metrics_.set("optdata_process_start_time_seconds", {}, seconds_of(wiring_.clock().now()));
  recall();
  measure_disk();
  write_file();
}

// What an earlier process found out, as far as gauges tell it; nothing is counted twice.
void Observation::recall() {
  const auto ledger = wiring_.ledger();
  if (!ledger) return;
  const auto jobs = (*ledger)->recent_jobs(jobs_recalled);
  if (!jobs) return;
  std::vector<store::JobRecord> oldest_first(jobs->rbegin(), jobs->rend());
  std::ranges::stable_sort(oldest_first, {}, &store::JobRecord::started_at);
  for (const store::JobRecord& job : oldest_first)
    if (job.ended_at) measure(job);
}

void Observation::measure(const store::JobRecord& record) {
  const std::string job(store::to_text(record.key.kind));
  const std::string outcome(store::to_text(record.outcome));
  metrics_.set(
      "optdata_job_last_end_timestamp_seconds", {job, outcome}, seconds_of(*record.ended_at));
  metrics_.set(
      "optdata_job_last_duration_seconds", {job},
      seconds_of(*record.ended_at) - seconds_of(record.started_at));
  const auto counts = nlohmann::json::parse(record.counts, nullptr, false);
  if (!counts.is_object()) return;
  if (record.key.kind == JobKind::snapshot && counts.contains("rows")) {
    metrics_.set("optdata_slot_expected_contracts", {}, counts.value("rows", 0.0));
    metrics_.set("optdata_slot_usable_contracts", {}, counts.value("usable", 0.0));
    metrics_.set("optdata_slot_last_end_timestamp_seconds", {}, seconds_of(*record.ended_at));
  }
  if (record.key.kind == JobKind::selfcheck && counts.contains("status")) {
    const std::string phase = phase_text(record.key);
    metrics_.set("optdata_day_passed", {phase}, counts.value("status", "") == "PASS" ? 1 : 0);
    metrics_.set(
        "optdata_day_trade_date_timestamp_seconds", {phase}, seconds_of(record.key.date.day()));
  }
}

void Observation::job_ended(const store::JobRecord& record) {
  metrics_.add(
      "optdata_job_runs_total",
      {std::string(store::to_text(record.key.kind)), std::string(store::to_text(record.outcome))});
  if (record.ended_at) measure(record);
  const auto counts = nlohmann::json::parse(record.counts, nullptr, false);
  if (record.key.kind == JobKind::snapshot && counts.is_object()) {
    metrics_.add("optdata_contracts_asked_total", {}, counts.value("rows", 0.0));
    metrics_.add("optdata_contracts_usable_total", {}, counts.value("usable", 0.0));
  }
  const gateway::PacingBudgets& budgets = wiring_.budgets();
  for (const auto& [name, budget] :
       {std::pair{"lines", &budgets.lines}, {"history", &budgets.history}}) {
    metrics_.set("optdata_pacing_in_flight_peak", {name}, budget->in_flight_peak());
    metrics_.set("optdata_pacing_in_flight_limit", {name}, budget->limit().in_flight_max);
  }
  if (alerter_) alerter_->job_ended();
  measure_disk();
  write_file();
}

void Observation::measure_disk() {
  const Settings& settings = wiring_.settings();
  const auto free = wiring_.disk().free_bytes(settings.clean);
  if (!free) return;
  metrics_.set("optdata_disk_free_bytes", {}, static_cast<double>(*free));
  const double free_gb = static_cast<double>(*free) / 1e9;
  if (free_gb >= settings.disk_free_gb) return;
  say(Level::warning, "disk_low",
      fmt::format(
          "{:.1f} GB are free under {}, and preflight.disk_free_gb is {}; make room before the "
          "disk "
          "is full",
          free_gb, settings.clean.string(), settings.disk_free_gb));
}

void Observation::checked(const std::vector<PreflightCheck>& checks) {
  std::vector<std::string> failed;
  for (const PreflightCheck& one : checks)
    if (one.fitness == Fitness::failed)
      failed.push_back(fmt::format("{}: {}; {}", one.name, one.found, one.remedy));
  if (!failed.empty()) say(Level::info, "preflight_failed", join(failed, " | "));
}

void Observation::judged(const check::SelfcheckReport& report) {
  const check::DayReport& day = report.day;
  for (const char* family :
       {"optdata_day_gate_ratio", "optdata_day_gate_threshold_ratio", "optdata_day_gate_passed",
        "optdata_day_quote_lag_seconds"})
    metrics_.forget(family);
  for (const check::GateResult& gate : day.gates) {
    if (gate.value) metrics_.set("optdata_day_gate_ratio", {gate.name}, *gate.value);
    metrics_.set("optdata_day_gate_threshold_ratio", {gate.name}, gate.threshold);
    metrics_.set(
        "optdata_day_gate_passed", {gate.name}, gate.verdict == check::Verdict::pass ? 1 : 0);
  }
  metrics_.set("optdata_day_rows", {"intraday"}, static_cast<double>(day.intraday_rows));
  metrics_.set("optdata_day_rows", {"daily"}, static_cast<double>(day.daily_rows));
  metrics_.set("optdata_day_rows", {"filled"}, static_cast<double>(day.filled_rows));
  if (day.quote_lag_p50_s)
    metrics_.set("optdata_day_quote_lag_seconds", {"p50"}, *day.quote_lag_p50_s);
  if (day.quote_lag_p95_s)
    metrics_.set("optdata_day_quote_lag_seconds", {"p95"}, *day.quote_lag_p95_s);
  metrics_.set("optdata_day_log_events", {"error"}, static_cast<double>(report.log.errors));
  metrics_.set("optdata_day_log_events", {"warning"}, static_cast<double>(report.log.warnings));
  if (!report.passed())
    say(Level::info, "verdict_failed",
        fmt::format(
            "{} ({}): FAIL, {}", day.trade_date, check::to_text(day.phase),
            join(report.reasons(), ", ")));
}

void Observation::write_file() {
  const auto& file = wiring_.settings().metrics_file;
  if (file.empty()) return;
  store::RealDisk disk;
  const auto written = store::write_atomically(disk, file, metrics_.text());
  if (!written && !std::exchange(file_failed_, true))
    say(Level::info, "metrics_failed", written.error().message);
  if (written) file_failed_ = false;
}

asio::awaitable<void> Observation::write_each_minute() {
  for (;;) {
    const auto woken = co_await wiring_.clock().wait_for(std::chrono::minutes{1});
    if (!woken) co_return;
    measure_disk();
    write_file();
  }
}

observe::Heartbeat heartbeat_of(Wiring& wiring, Instant since) {
  observe::Heartbeat life;
  life.pid = ::getpid();
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0) life.host = name.data();
  life.since = since;
  life.at = wiring.clock().now();
  life.machine =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  const auto limit = [](int most) {
    return most == gateway::PacingLimit::unlimited ? std::nullopt : std::optional(most);
  };
  const auto given = [&](const gateway::PacingBudget& budget) {
    return observe::Use{
        budget.used(), limit(budget.limit().permits),
        std::chrono::duration_cast<std::chrono::seconds>(budget.limit().window)};
  };
  constexpr std::array<const char*, 4> phases = {"idle", "connecting", "up", "waiting"};
  for (std::size_t i = 0; i < wiring.gateways(); ++i) {
    const gateway::PacingBudgets& budgets = wiring.budgets(i);
    life.gateways.push_back(
        {wiring.address(i).text(), phases[static_cast<std::size_t>(wiring.link(i).phase())],
         observe::Use{budgets.lines.in_flight(), limit(budgets.lines.limit().in_flight_max), {}},
         given(budgets.subscriptions), given(budgets.messages)});
  }
  return life;
}

// Twice in the time after which it would be missed. Nobody's day depends on it, so it is not
// synced.
asio::awaitable<void> Observation::beat() {
  const std::shared_ptr<bool> alive = alive_;
  asio::steady_timer pause(co_await asio::this_coro::executor);
  store::RealDisk disk;
  const store::Path file = wiring_.settings().state / "collector.json";
  store::Path staged = file;
  staged += ".new";
  while (*alive) {
    const std::string life = observe::to_json(heartbeat_of(wiring_, begun_));
    if (disk.write(staged, life)) static_cast<void>(disk.rename(staged, file));
    pause.expires_after(std::chrono::seconds{1});
    const auto [cut] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    if (cut) co_return;
  }
}

void Observation::start() {
  begun_ = wiring_.clock().now();
  asio::co_spawn(wiring_.io(), beat(), asio::detached);
  if (alerter_) alerter_->start(wiring_.io().get_executor());
  if (server_)
    server_->start(
        [this](const net::HttpRequest& request) { return serve_metrics(request, metrics_); });
  if (!wiring_.settings().metrics_file.empty())
    asio::co_spawn(wiring_.io(), write_each_minute(), asio::detached);
}

void Observation::ended() {
  *alive_ = false;
  store::RealDisk disk;
  static_cast<void>(disk.remove(wiring_.settings().state / "collector.json"));
  write_file();
  (void)wiring_.disk().remove(marker_of(wiring_.settings()));
}

asio::awaitable<void> Observation::leave() {
  if (alerter_) co_await alerter_->tried(wiring_.clock().now() + last_words);
  ended();
}

}  // namespace opt_data::app
