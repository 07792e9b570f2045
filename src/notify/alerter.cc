#include "notify/alerter.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace opt_data::notify {
namespace {

using observe::Event;
using observe::Level;

constexpr std::string_view own = "notify";

// Slack takes one message a second.
constexpr std::chrono::seconds between{1};

bool begins_outage(const Event& event) {
  return event.code == "gateway_lost" || event.code == "gateway_away" ||
         event.code == "broker_offline";
}

bool ends_outage(const Event& event) {
  return event.code == "gateway_back" || event.code == "broker_restored" ||
         event.code == "broker_restored_data_lost" || event.code == "data_back";
}

}  // namespace

bool AlertRules::raises(const Event& event) const {
  if (event.component == own || ignored.contains(event.code)) return false;
  return codes.contains(event.code) || (level_min && event.level >= *level_min);
}

struct Alerter::State {
  State(
      AlertRules the_rules, std::unique_ptr<AlertQueue> the_queue,
      std::vector<std::unique_ptr<Channel>> the_channels, const observe::Run& the_run,
      Clock& the_clock, observe::EventSink& the_events, observe::Metrics& the_metrics)
      : rules(std::move(the_rules)),
        queue(std::move(the_queue)),
        channels(std::move(the_channels)),
        run(the_run),
        clock(the_clock),
        events(the_events),
        metrics(the_metrics) {
    for (const auto& channel : channels) names.push_back(channel->name());
  }

  void raise(const Event& event);
  void say(Level level, std::string code, std::string message);
  void lost_queue(const Error& error);
  void count_waiting();
  Instant next_attempt(const Waiting& waiting, const Delivery& delivery) const;
  asio::awaitable<void> wait(std::optional<Instant> until);
  // A coroutine begins after whoever made it has gone on, and may find the alerter gone.
  static asio::awaitable<void> deliver(std::shared_ptr<State> self, Channel& channel);
  asio::awaitable<void> attempt(Channel& channel, Waiting waiting);
  static asio::awaitable<void> watch_outage(std::shared_ptr<State> self);

  AlertRules rules;
  std::unique_ptr<AlertQueue> queue;
  std::vector<std::unique_ptr<Channel>> channels;
  std::vector<std::string> names;
  const observe::Run& run;
  Clock& clock;
  observe::EventSink& events;
  observe::Metrics& metrics;

  Signal changed;
  bool stopped = false;
  bool complained = false;            // That the queue cannot be written.
  std::set<std::string> failing;      // Channels.
  std::optional<Instant> away_since;  // The gateway.
  std::string away_why;
  bool away_told = false;
};

void Alerter::State::say(Level level, std::string code, std::string message) {
  Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = own;
  event.message = std::move(message);
  events.on(event);
}

// A disk that takes no alert has other troubles, which are told elsewhere; the caller goes on.
void Alerter::State::lost_queue(const Error& error) {
  if (std::exchange(complained, true)) return;
  say(Level::warning, "alerts_lost", error.message);
}

void Alerter::State::count_waiting() {
  for (const std::string& name : names)
    if (const auto waiting = queue->waiting(name))
      metrics.set("optdata_alerts_waiting", {name}, static_cast<double>(*waiting));
}

void Alerter::State::raise(const Event& given) {
  const Event event = run.redacted(given);
  const observe::RunContext context = run.get();
  Alert alert;
  alert.code = event.code;
  alert.level = event.level;
  alert.trade_date = context.trade_date;
  alert.job = context.job;
  alert.symbol = event.symbol;
  alert.slot = event.slot;
  alert.message = event.message;
  alert.at = clock.now();
  const auto raised = queue->raise(std::move(alert), names);
  if (!raised) return lost_queue(raised.error());
  complained = false;
  metrics.add(
      *raised == Raised::queued      ? "optdata_alerts_raised_total"
      : *raised == Raised::held_back ? "optdata_alerts_held_back_total"
                                     : "optdata_alerts_dropped_total");
  count_waiting();
  changed.notify_all();
}

asio::awaitable<void> Alerter::State::wait(std::optional<Instant> until) {
  if (until)
    (void)co_await before(clock, *until, changed.wait());
  else
    (void)co_await changed.wait();
}

Instant Alerter::State::next_attempt(const Waiting& waiting, const Delivery& delivery) const {
  std::chrono::seconds pause = retry_first * (std::int64_t{1} << std::min(waiting.attempts, 10));
  if (delivery.hopeless) pause = retry_most;
  if (delivery.retry_after) pause = *delivery.retry_after;
  return clock.now() + std::clamp<std::chrono::seconds>(pause, between, retry_most);
}

asio::awaitable<void> Alerter::State::attempt(Channel& channel, Waiting waiting) {
  const std::string name = channel.name();
  const Delivery delivery = co_await channel.send(waiting.alert);
  Result<void> noted;
  if (delivery.accepted) {
    noted = queue->delivered(name, waiting.id, clock.now());
    metrics.add("optdata_alerts_delivered_total", {name});
    if (failing.erase(name) > 0) say(Level::info, "alerts_flow", name + " takes alerts again");
  } else {
    noted = queue->failed(name, waiting.id, delivery.why, next_attempt(waiting, delivery));
    metrics.add("optdata_alert_attempts_failed_total", {name});
    if (failing.insert(name).second)
      say(Level::info, "alerts_wait",
          fmt::format("{} takes no alerts: {}; they are kept and sent again", name, delivery.why));
  }
  if (!noted) lost_queue(noted.error());
  count_waiting();
  changed.notify_all();
}

asio::awaitable<void> Alerter::State::deliver(std::shared_ptr<State> self, Channel& channel) {
  while (!self->stopped) {
    const Instant now = self->clock.now();
    const auto next = self->queue->next(channel.name(), now);
    if (!next) self->lost_queue(next.error());
    if (!next || !*next) {
      co_await self->wait(std::nullopt);
    } else if ((*next)->not_before > now) {
      co_await self->wait((*next)->not_before);
    } else {
      Waiting waiting = **next;
      co_await self->attempt(channel, std::move(waiting));
      const auto paused = co_await self->clock.wait_for(between);
      if (!paused) co_return;
    }
  }
}

asio::awaitable<void> Alerter::State::watch_outage(std::shared_ptr<State> self) {
  while (!self->stopped) {
    const Instant now = self->clock.now();
    if (!self->away_since || self->away_told || self->rules.gateway_away.count() == 0) {
      co_await self->wait(std::nullopt);
      continue;
    }
    if (now < *self->away_since + self->rules.gateway_away) {
      co_await self->wait(*self->away_since + self->rules.gateway_away);
      continue;
    }
    self->away_told = true;
    Event event;
    event.level = Level::error;
    event.code = "gateway_away_long";
    event.component = "gateway";
    event.message =
        fmt::format("no gateway since {}: {}", new_york_text(*self->away_since), self->away_why);
    if (!self->rules.ignored.contains(event.code)) self->raise(event);
  }
}

Alerter::Alerter(
    AlertRules rules, std::unique_ptr<AlertQueue> queue,
    std::vector<std::unique_ptr<Channel>> channels, const observe::Run& run, Clock& clock,
    observe::EventSink& events, observe::Metrics& metrics)
    : state_(std::make_shared<State>(
          std::move(rules), std::move(queue), std::move(channels), run, clock, events, metrics)) {}

Alerter::~Alerter() { stop(); }

void Alerter::on(const Event& event) {
  State& state = *state_;
  if (begins_outage(event) && !state.away_since) {
    state.away_since = state.clock.now();
    state.away_why = event.message;
    state.changed.notify_all();
  } else if (ends_outage(event)) {
    job_ended();
  }
  if (state.rules.raises(event)) state.raise(event);
}

void Alerter::job_ended() {
  state_->away_since.reset();
  state_->away_told = false;
}

void Alerter::start(const asio::any_io_executor& executor) {
  for (const auto& channel : state_->channels)
    asio::co_spawn(executor, State::deliver(state_, *channel), asio::detached);
  asio::co_spawn(executor, State::watch_outage(state_), asio::detached);
}

void Alerter::stop() {
  state_->stopped = true;
  state_->changed.notify_all();
}

asio::awaitable<void> Alerter::tried(Instant until) {
  const auto state = state_;
  const auto untried = [&state] {
    return std::ranges::any_of(state->names, [&state](const std::string& name) {
      const auto next = state->queue->next(name, state->clock.now());
      return next && *next && (*next)->not_before <= state->clock.now();
    });
  };
  while (state->clock.now() < until && untried()) co_await state->wait(until);
}

}  // namespace opt_data::notify
