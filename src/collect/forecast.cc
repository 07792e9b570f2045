#include "collect/forecast.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <queue>
#include <tuple>

#include "collect/question_queue.h"

namespace opt_data::collect {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// A row is committed with its group: 100 ms after the first of it. Until then its question counts
// as under way.
constexpr microseconds commit_after = 100ms;

// Permits of a sliding window.
class Window {
 public:
  Window(int permits, microseconds span) : permits_(permits), span_(span) {}
  // When the next one is to be had.
  Instant free_at(Instant now) {
    while (!given_.empty() && given_.front() + span_ <= now) given_.pop_front();
    return given_.size() < static_cast<std::size_t>(permits_) ? now : given_.front() + span_;
  }
  void take(Instant now) { given_.push_back(now); }

 private:
  int permits_;
  microseconds span_;
  std::deque<Instant> given_;
};

struct Session {
  Session(const CaptureLimits& limits, int watches)
      : messages(limits.messages_per_second, 1s),
        subscriptions(limits.subscriptions_per_minute, 60s),
        lines(std::max(1, limits.lines - watches)),
        idle(limits.in_flight_max) {}
  Window messages, subscriptions;
  int lines;
  int idle;  // Questions that may still be under way.
  int cancels = 0;
  std::deque<Question> waiting;  // For a line and for permits.
};

struct Event {
  Instant at;
  std::uint64_t order;
  std::size_t session;
  Question question;
  bool in_time;    // The window did not cut it off.
  bool committed;  // Else: answered.
  bool operator>(const Event& other) const {
    return std::tie(at, order) > std::tie(other.at, other.order);
  }
};

class Play {
 public:
  Play(
      std::span<const OptionContract> ask, std::size_t underlyings, const CaptureLimits& limits,
      const AttemptLimits& attempts, const AnswerTimes& times, milliseconds window)
      : ask_(ask),
        attempts_(attempts),
        times_(times),
        end_(start_ + window),
        queue_({attempts.attempts_max, attempts.in_vain(), end_}) {
    const auto sessions = static_cast<std::size_t>(std::max(1, limits.sessions));
    const std::size_t at_once = std::min(underlyings, static_cast<std::size_t>(limits.watches_max));
    for (std::size_t i = 0; i < sessions; ++i) {
      const std::size_t watches = (at_once + sessions - 1 - i) / sessions;
      Session session(limits, static_cast<int>(watches));
      for (std::size_t k = 0; k < watches; ++k) session.messages.take(start_);
      sessions_.push_back(std::move(session));
    }
    for (const OptionContract& contract : ask) queue_.add(contract);
    // Later groups of underlyings cost a subscription and a cancel each, some time in the slot.
    if (!ask.empty())
      watch_messages_ =
          2.0 * static_cast<double>(underlyings - at_once) / static_cast<double>(ask.size());
  }

  Forecast run() {
    Instant now = start_ + times_.at(0);  // Underlyings are watched before anything is asked.
    for (;;) {
      for (std::size_t i = 0; i < sessions_.size(); ++i)
        while (step(i, now)) {
        }
      std::optional<Instant> next;
      if (!events_.empty()) next = events_.top().at;
      for (Session& session : sessions_)
        if (const auto at = wakes(session, now)) next = std::min(next.value_or(*at), *at);
      if (!next) break;
      now = *next;
      while (!events_.empty() && events_.top().at <= now) happen(now);
    }
    result_.duration = std::chrono::ceil<milliseconds>(last_ - start_);
    return result_;
  }

 private:
  // Does one thing that can be done now; false when there is none.
  bool step(std::size_t index, Instant now) {
    Session& session = sessions_[index];
    if (session.idle > 0 && now < end_) {
      if (const auto question = queue_.next(now)) {
        --session.idle;
        session.waiting.push_back(*question);
        return true;
      }
    }
    if (session.messages.free_at(now) > now) return false;
    if (now < end_ && !session.waiting.empty() && session.lines > 0 &&
        session.subscriptions.free_at(now) <= now) {
      subscribe(index, now);
      return true;
    }
    if (session.cancels == 0) return false;
    session.messages.take(now);
    --session.cancels;
    ++session.lines;
    return true;
  }

  void subscribe(std::size_t index, Instant now) {
    Session& session = sessions_[index];
    const Question question = session.waiting.front();
    session.waiting.pop_front();
    session.messages.take(now);
    session.subscriptions.take(now);
    for (owed_ += watch_messages_; owed_ >= 1; --owed_) session.messages.take(now);
    --session.lines;
    ++result_.questions;
    const Instant answered = now + time_of(question);
    const bool in_time = answered <= end_;
    events_.push({std::min(end_, answered), ++order_, index, question, in_time, false});
  }

  std::optional<Instant> wakes(Session& session, Instant now) {
    const bool asks = now < end_ && !session.waiting.empty() && session.lines > 0;
    if (!asks && session.cancels == 0) return std::nullopt;
    Instant at = session.messages.free_at(now);
    if (asks && session.cancels == 0) at = std::max(at, session.subscriptions.free_at(now));
    if (at > now) return at;
    return asks ? std::optional(session.subscriptions.free_at(now)) : std::nullopt;
  }

  void happen(Instant now) {
    const Event event = events_.top();
    events_.pop();
    Session& session = sessions_[event.session];
    if (!event.committed) {
      ++session.cancels;
      if (now > commits_at_) commits_at_ = now + commit_after;
      last_ = now;
      events_.push({commits_at_, ++order_, event.session, event.question, event.in_time, true});
      return;
    }
    ++session.idle;
    const auto known = times_.known.find(event.question.contract->id);
    const KnownContract contract = known == times_.known.end() ? KnownContract{} : known->second;
    if (event.question.attempt + 1 < contract.attempts) return queue_.again(event.question);
    if (!event.in_time) return;
    ++result_.answered;
    result_.usable += contract.usable ? 1 : 0;
  }

  microseconds time_of(const Question& question) const {
    const auto known = times_.known.find(question.contract->id);
    if (known == times_.known.end()) {
      // Spread evenly and in no order: the fractions of multiples of the golden ratio.
      const auto index = static_cast<double>(question.contract - ask_.data());
      const double place = (index + 1) * 0.6180339887498949;
      return times_.at(place - std::floor(place));
    }
    const KnownContract& contract = known->second;
    return question.attempt + 1 < contract.attempts ? contract.time : contract.last;
  }

  std::span<const OptionContract> ask_;
  const AttemptLimits& attempts_;
  const AnswerTimes& times_;
  Instant start_{};
  Instant end_;
  QuestionQueue queue_;
  std::vector<Session> sessions_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0;
  Instant commits_at_ = Instant::min();
  Instant last_{};
  double watch_messages_ = 0;  // For each question.
  double owed_ = 0;
  Forecast result_;
};

}  // namespace

std::chrono::duration<double> makespan_bound(
    double messages_per_second, double lines, std::span<const microseconds> times) {
  using Seconds = std::chrono::duration<double>;
  if (times.empty()) return Seconds{0};
  const auto n = static_cast<double>(times.size());
  const Seconds sum = std::accumulate(times.begin(), times.end(), microseconds{0});
  const double by_asking = n / messages_per_second;
  const double by_cancelling = (2 * n - std::min(n, lines)) / messages_per_second;
  const double by_lines = sum.count() / lines;
  return Seconds{std::max({by_asking, by_cancelling, by_lines})} +
         Seconds{*std::min_element(times.begin(), times.end())};
}

Forecast forecast(
    std::span<const OptionContract> ask, std::size_t underlyings, const CaptureLimits& limits,
    const AttemptLimits& attempts, const AnswerTimes& times, milliseconds window) {
  if (ask.empty()) return {};
  return Play(ask, underlyings, limits, attempts, times, window).run();
}

}  // namespace opt_data::collect
