// Historical bars: one message with all of them, or an error that says why there are none.
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "gateway/session_core.h"

namespace opt_data::gateway {
namespace {

using observe::Level;

constexpr std::chrono::seconds identical_after{15};  // The same request, no sooner.
constexpr int tries_max = 3;

class HistoryListener : public Listener {
 public:
  using Listener::Listener;

  using Listener::on;
  void on(const tws::HistoricalData& data, Instant) override {
    for (const tws::HistoricalBar& bar : data.bars) {
      const auto seconds = parse_int(bar.date);
      if (!seconds) unreadable = std::string(bar.date);
      bars.push_back(
          {Instant{std::chrono::seconds{seconds.value_or(0)}}, bar.open, bar.high, bar.low,
           bar.close, bar.volume});
    }
    std::ranges::sort(bars, {}, &HistoryBar::start);
    ended = true;
    changed.notify_all();
  }

  void on_error(const tws::ErrorNotice& notice, CodeClass kind) override {
    if (kind == CodeClass::rate_exceeded || kind == CodeClass::restored_lost) {
      repeat = true;
    } else if (ends_request(kind)) {
      error = Error{
          ErrorKind::refused, fmt::format("{} (code {})", notice.text, notice.code), notice.code};
      if (notice.code == 162) problem = classify_history(notice.text);
      if (kind == CodeClass::not_entitled) problem = HistoryProblem::not_entitled;
    } else {
      return;
    }
    changed.notify_all();
  }

  std::vector<HistoryBar> bars;
  std::string unreadable;
  bool ended = false;
  bool repeat = false;
  std::optional<Error> error;
  HistoryProblem problem = HistoryProblem::other;
};

std::string utc_text(Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format(
      "{}-{:02}:{:02}:{:02}", compact(std::chrono::year_month_day{day}), time.hours().count(),
      time.minutes().count(), time.seconds().count());
}

// The same request again has to wait; nobody else may take its turn meanwhile.
asio::awaitable<Result<void>> wait_for_turn(
    std::shared_ptr<TwsSession::Core> core, std::string identity) {
  auto& asked = core->budgets.history_asked;
  for (;;) {
    const Instant now = core->clock.now();
    std::erase_if(asked, [now](const auto& each) { return each.second + identical_after <= now; });
    const auto same = asked.find(identity);
    if (same == asked.end()) break;
    OPT_CO_TRY_VOID(co_await core->clock.wait_until(same->second + identical_after));
  }
  asked[identity] = core->clock.now();
  co_return Result<void>();
}

// A permit, unless it comes at `until` or later.
asio::awaitable<Result<Permit>> permit_before(
    PacingBudget& budget, Clock& clock, Instant until, int weight) {
  if (until == Instant::max()) co_return co_await budget.acquire(Urgency::normal, weight);
  auto permit = co_await before(clock, until, budget.acquire(Urgency::normal, weight));
  if (!permit)
    co_return fail(
        ErrorKind::unavailable, "not asked: the limit on historical requests left no time for it");
  co_return std::move(*permit);
}

enum class HistoryEnd : std::uint8_t { answered, again, later, silent };

asio::awaitable<Result<HistoryEnd>> listen(
    std::shared_ptr<TwsSession::Core> core, HistoryListener& listener, Instant deadline) {
  while (!listener.ended && !listener.error && !listener.repeat) {
    auto news = co_await core->wait(listener, deadline);
    if (news) continue;
    if (news.error().kind != ErrorKind::not_found) co_return fail(std::move(news).error());
    co_return HistoryEnd::silent;
  }
  if (listener.repeat) co_return HistoryEnd::again;
  if (!listener.error || listener.problem == HistoryProblem::no_data ||
      listener.problem == HistoryProblem::not_entitled)
    co_return HistoryEnd::answered;
  if (listener.problem == HistoryProblem::pacing) co_return HistoryEnd::later;
  if (listener.problem == HistoryProblem::elsewhere ||
      listener.problem == HistoryProblem::cancelled)
    co_return fail(Error{ErrorKind::unavailable, listener.error->message, listener.error->code});
  co_return fail(*listener.error);
}

}  // namespace

asio::awaitable<Result<HistoryAnswer>> TwsSession::historical_bars(HistoryRequest request) {
  const auto core = core_;
  const std::string expiry = compact(request.contract.expiry);
  const std::string multiplier = fmt::format("{}", request.contract.multiplier);
  const std::string end_text = utc_text(request.end);
  const std::string duration = fmt::format("{} S", request.duration.count());
  const bool quotes = request.what == BarContent::bid_ask;
  const std::string identity = fmt::format(
      "{}|{}|{}|{}|{}", request.contract.id, request.exchange, quotes, end_text, duration);
  for (int tries = 0; tries < tries_max; ++tries) {
    const Instant patience = core->clock.now() + core->options.request_timeout;
    OPT_CO_TRY_VOID(
        co_await core->admitted(&Core::history_hold, std::min(request.until, patience)));
    OPT_CO_TRY(
        const Permit permit,
        co_await permit_before(core->budgets.history, core->clock, request.until, quotes ? 2 : 1));
    OPT_CO_TRY_VOID(co_await wait_for_turn(core, identity));
    if (core->lost) co_return fail(core->lost_error());
    HistoryListener listener(*core);
    tws::RequestHistoricalData message;
    message.request = listener.id();
    message.contract = option_fields(request.contract, request.exchange, expiry, multiplier);
    message.end = end_text;
    message.bar_size = "30 mins";
    message.duration = duration;
    message.what_to_show = quotes ? "BID_ASK" : "TRADES";
    OPT_CO_TRY(const bool in_time, co_await core->send_before(request.until, message));
    if (!in_time) co_return fail(ErrorKind::unavailable, "not asked: the time for it was over");
    HistoryAnswer answer;
    answer.asked_at = core->clock.now();
    const Instant deadline =
        std::min(request.until, answer.asked_at + core->options.history_timeout);
    OPT_CO_TRY(const HistoryEnd end, co_await listen(core, listener, deadline));
    answer.answered_at = core->clock.now();
    if (end == HistoryEnd::silent) {
      const tws::ClientMessage cancel = tws::CancelHistoricalData{listener.id()};
      OPT_CO_TRY_VOID(co_await core->send(cancel, Urgency::can_wait));
      co_return fail(
          ErrorKind::unavailable, "the gateway sent no bars within {} s",
          std::chrono::duration_cast<std::chrono::seconds>(answer.answered_at - answer.asked_at)
              .count());
    }
    if (end == HistoryEnd::answered) {
      if (!listener.unreadable.empty())
        co_return fail(
            ErrorKind::protocol, "a historical bar is dated '{}', no number of seconds",
            listener.unreadable);
      answer.bars = std::move(listener.bars);
      if (listener.problem == HistoryProblem::not_entitled)
        answer.not_entitled = listener.error->message;
      co_return answer;
    }
    if (end == HistoryEnd::later) {
      ++core->state.pacing_violations;
      core->emit(Level::warning, "pacing_violation", listener.error->message, 162);
    }
    OPT_CO_TRY_VOID(co_await core->clock.wait_for(
        end == HistoryEnd::later ? core->options.history_pause : std::chrono::seconds{1}));
  }
  co_return fail(ErrorKind::unavailable, "the gateway kept refusing the request's rate");
}

}  // namespace opt_data::gateway
