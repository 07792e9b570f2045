// Market-data lines: one contract's conversation from subscription to cancel, and open watches.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "gateway/quote_line.h"
#include "gateway/session_core.h"

namespace opt_data::gateway {
namespace {

using observe::Level;

// What a line waits for; the waiter is woken only when one of these has changed for good.
class LineListener : public Listener {
 public:
  LineListener(TwsSession::Core& core, std::optional<Right> right, QuoteRequest wanted)
      : Listener(core), line(right), wanted_(std::move(wanted)) {
    ++core.lines_open;
    if (!core.unanswered_since) core.unanswered_since = core.clock.now();
  }
  ~LineListener() override { --core().lines_open; }

  using Listener::on;
  void on(const tws::MarketDataTypeNotice& notice, Instant) override {
    line.on(notice);
    look();
  }
  void on(const tws::TickPrice& tick, Instant now) override { take(tick, now); }
  void on(const tws::TickSize& tick, Instant now) override { take(tick, now); }
  void on(const tws::TickGeneric& tick, Instant now) override { take(tick, now); }
  void on(const tws::TickString& tick, Instant now) override { take(tick, now); }
  void on(const tws::TickOptionComputation& tick, Instant now) override { take(tick, now); }

  void on_error(const tws::ErrorNotice& notice, CodeClass kind) override {
    if (kind == CodeClass::rate_exceeded || kind == CodeClass::restored_lost) {
      repeat = true;
    } else if (ends_request(kind)) {
      refusal = Error{
          kind == CodeClass::line_limit ? ErrorKind::unavailable : ErrorKind::refused,
          fmt::format("{} (code {})", notice.text, notice.code), notice.code};
      refusal_class = kind;
    } else {
      return;
    }
    changed.notify_all();
  }

  bool priced() const { return line.quote().has_price(); }
  bool complete() const {
    const Quote& quote = line.quote();
    return quote.type != MarketDataType::unknown && (!wanted_.price || quote.has_price()) &&
           (!wanted_.greeks || quote.greeks.complete()) &&
           (!wanted_.open_interest || line.open_interest());
  }

  QuoteLine line;
  bool repeat = false;
  std::optional<Error> refusal;
  CodeClass refusal_class = CodeClass::notice;

 private:
  void take(const auto& tick, Instant now) {
    line.on(tick, now);
    look();
  }
  // The waiter is told when there comes to be a price, and when there comes to be all; of a line
  // that was refused every tick may be the one that says it lives.
  void look() {
    const bool now_priced = priced(), now_complete = complete();
    const bool news = now_priced > was_priced_ || now_complete > was_complete_ || refusal;
    was_priced_ = now_priced;
    was_complete_ = now_complete;
    if (news) changed.notify_all();
  }

  QuoteRequest wanted_;
  bool was_priced_ = false;
  bool was_complete_ = false;
};

// Live data is not to be had: ask for delayed data from now on. Says so once.
asio::awaitable<Result<void>> ask_for_delayed(
    std::shared_ptr<TwsSession::Core> core, std::string reason) {
  if (!core->delayed_asked) {
    core->delayed_asked = true;
    core->emit(
        Level::warning, "delayed_data",
        fmt::format(
            "the account has no live market data here ({}); asking for delayed data from now on",
            reason));
    OPT_CO_TRY_VOID(co_await core->send(tws::RequestMarketDataType{3}));
  }
  co_return Result<void>();
}

// Whether the line that failed is worth subscribing again, now that the session asks for delayed.
bool can_fall_back(const TwsSession::Core& core, const LineListener& line, bool allow_delayed) {
  return line.refusal_class == CodeClass::not_entitled && allow_delayed &&
         core.options.market_data_type == MarketDataType::live && !line.line.alive();
}

enum class LineEnd : std::uint8_t { complete, timed_out, no_price, refused, again };

// Waits until the line has said what was wanted, or cannot.
asio::awaitable<Result<LineEnd>> listen(
    std::shared_ptr<TwsSession::Core> core, LineListener& listener, Instant deadline,
    Instant price_deadline) {
  std::optional<Instant> dead_at;  // A refusal that may revive.
  for (;;) {
    if (listener.repeat) co_return LineEnd::again;
    if (listener.complete()) co_return LineEnd::complete;
    if (listener.refusal) {
      const bool may_revive =
          listener.refusal_class == CodeClass::not_entitled && core->delayed_asked;
      if (!may_revive) co_return LineEnd::refused;
      if (!dead_at) dead_at = core->clock.now() + core->options.revival;
      if (listener.line.alive()) {
        listener.refusal.reset();
        dead_at.reset();
        continue;
      }
      if (core->clock.now() >= *dead_at) co_return LineEnd::refused;
    }
    Instant until = deadline;
    if (!listener.priced()) until = std::min(until, price_deadline);
    if (dead_at) until = std::min(until, *dead_at);
    if (core->clock.now() >= until)
      co_return listener.priced() || until == deadline ? LineEnd::timed_out : LineEnd::no_price;
    if (auto news = co_await core->wait(listener, until);
        !news && news.error().kind != ErrorKind::not_found)
      co_return fail(std::move(news).error());
  }
}

tws::RequestMarketData watch_message(tws::RequestId id, const UnderlyingContract& underlying) {
  tws::RequestMarketData message;
  message.request = id;
  message.contract.con_id = underlying.id;
  message.contract.symbol = underlying.symbol;
  message.contract.sec_type = "STK";
  message.contract.exchange = "SMART";
  message.contract.primary_exchange = underlying.primary_exchange;
  message.contract.currency = "USD";
  return message;
}

QuoteRequest prices_only() {
  QuoteRequest wanted;
  wanted.greeks = false;
  wanted.open_interest = false;
  return wanted;
}

// The line of an open watch, shared with the coroutine that subscribes again after 1101.
struct WatchedLine {
  std::shared_ptr<TwsSession::Core> core;
  UnderlyingContract underlying;
  std::unique_ptr<LineListener> listener;
  Permit permit;
  bool closed = false;
};

// Ends a line in the background, once it has been held for long enough, and gives its place back
// when the cancel has gone out: the answer waits for neither.
asio::awaitable<void> end_line(
    std::shared_ptr<TwsSession::Core> core, tws::RequestId id, Permit line, Instant not_before) {
  // Each step is a statement of its own: g++ 12 spoils the frame when it stands in a condition.
  (void)co_await core->clock.wait_until(not_before);
  const tws::ClientMessage cancel = tws::CancelMarketData{id};
  (void)co_await core->send(cancel, Urgency::can_wait);
  line.give_back();
}

class LineWatch : public Watch {
 public:
  LineWatch(std::shared_ptr<WatchedLine> line, asio::any_io_executor executor)
      : line_(std::move(line)), executor_(std::move(executor)) {
    line_->permit.keep();
    asio::co_spawn(executor_, keep(line_), asio::detached);
  }

  ~LineWatch() override {
    line_->closed = true;
    line_->listener->changed.notify_all();
    if (line_->core->lost || line_->listener->refusal) return;
    asio::co_spawn(
        executor_,
        end_line(
            line_->core, line_->listener->id(), std::move(line_->permit), line_->core->clock.now()),
        asio::detached);
  }

  Quote quote() const override {
    const LineListener& listener = *line_->listener;
    return line_->core->lost || listener.refusal || listener.repeat ? Quote{}
                                                                    : listener.line.quote();
  }

 private:
  // Each step is a statement of its own: see end_line().
  static asio::awaitable<void> keep(std::shared_ptr<WatchedLine> line) {
    while (!line->closed && !line->core->lost) {
      if (line->listener->repeat) {
        line->listener = std::make_unique<LineListener>(*line->core, std::nullopt, prices_only());
        const tws::ClientMessage message = watch_message(line->listener->id(), line->underlying);
        const auto sent = co_await line->core->send(message);
        if (!sent) break;
        continue;  // What was told while it waited for its turn is looked at before it waits again.
      }
      const auto woken = co_await line->listener->changed.wait();
      if (!woken) break;
    }
    // Its line died with the session: the next session's watch needs the place.
    if (line->core->lost) line->permit.give_back();
  }

  std::shared_ptr<WatchedLine> line_;
  asio::any_io_executor executor_;
};

QuoteAnswer never_asked(Instant now) {
  QuoteAnswer answer;
  answer.asked_at = answer.answered_at = now;
  return answer;
}

}  // namespace

tws::Contract option_fields(
    const OptionContract& contract, const std::string& exchange, const std::string& expiry,
    const std::string& multiplier) {
  tws::Contract fields;
  fields.con_id = contract.id;
  fields.symbol = contract.underlying;
  fields.sec_type = "OPT";
  fields.last_trade_date = expiry;
  fields.strike = contract.strike.usd();
  fields.right = contract.right == Right::call ? "C" : "P";
  fields.multiplier = multiplier;
  fields.exchange = exchange;
  fields.currency = contract.currency;
  fields.trading_class = contract.trading_class;
  return fields;
}

// Subscribes and returns what came; the line, where it still lives at the gateway, is then
// cancelled.
asio::awaitable<Result<QuoteAnswer>> TwsSession::quote(QuoteRequest request) {
  const auto core = core_;
  const auto executor = co_await asio::this_coro::executor;
  const std::string expiry = compact(request.contract.expiry);
  const std::string multiplier = fmt::format("{}", request.contract.multiplier);
  for (int tries = 0; tries < 4; ++tries) {
    OPT_CO_TRY_VOID(co_await core->admitted(
        &Core::data_hold,
        std::min(request.until, core->clock.now() + core->options.request_timeout)));
    OPT_CO_TRY(Permit line_permit, co_await core->budgets.lines.acquire());
    const int lines_held = core->budgets.lines.in_flight();
    OPT_CO_TRY(Permit subscription, co_await core->budgets.subscriptions.acquire());
    if (!request.allow_delayed && core->delayed_asked) {
      core->delayed_asked = false;
      OPT_CO_TRY_VOID(co_await core->send(tws::RequestMarketDataType{1}));
    }
    const bool was_delayed = core->delayed_asked;
    LineListener listener(*core, request.contract.right, request);
    tws::RequestMarketData message;
    message.request = listener.id();
    message.contract = option_fields(request.contract, request.exchange, expiry, multiplier);
    message.generic_ticks = request.generic_ticks;
    OPT_CO_TRY(const bool in_time, co_await core->send_before(request.until, message));
    const Instant asked_at = core->clock.now();
    subscription.used(asked_at);
    if (!in_time) co_return never_asked(asked_at);
    OPT_CO_TRY(
        const LineEnd end, co_await listen(
                               core, listener, std::min(request.until, asked_at + request.timeout),
                               std::min(request.until, asked_at + request.price_timeout)));
    const Instant answered_at = core->clock.now();
    const bool gone = end == LineEnd::again ||
                      (end == LineEnd::refused && gone_at_gateway(listener.refusal->code));
    if (!gone)
      asio::co_spawn(
          executor,
          end_line(
              core, listener.id(), std::move(line_permit), asked_at + core->options.line_hold_min),
          asio::detached);
    // Nobody could have been answered: that says nothing about this contract.
    if ((end == LineEnd::no_price || end == LineEnd::timed_out) && !listener.line.alive() &&
        core->held(core->data_hold))
      co_return fail(core->held_error(core->data_hold));
    if (end == LineEnd::again) {
      line_permit.give_back();
      OPT_CO_TRY_VOID(co_await core->clock.wait_for(std::chrono::seconds{1}));
      continue;
    }
    if (end == LineEnd::refused) {
      if (listener.refusal_class == CodeClass::line_limit)
        // As many as were held when it was sent, less this one: of a burst that went too far each
        // refusal says the same.
        core->budgets.lines.shrink_in_flight(lines_held - 1);
      if (!can_fall_back(*core, listener, request.allow_delayed)) co_return fail(*listener.refusal);
      // A line that was sent before the session asked for delayed data is simply asked again.
      if (was_delayed) co_return fail(*listener.refusal);
      OPT_CO_TRY_VOID(co_await ask_for_delayed(core, listener.refusal->message));
      continue;
    }
    QuoteAnswer answer;
    answer.quote = listener.line.quote();
    answer.open_interest = listener.line.open_interest();
    answer.complete = end == LineEnd::complete;
    answer.asked_at = asked_at;
    answer.answered_at = answered_at;
    co_return answer;
  }
  co_return fail(ErrorKind::unavailable, "the gateway kept refusing the request's rate");
}

asio::awaitable<Result<std::unique_ptr<Watch>>> TwsSession::watch(
    UnderlyingContract underlying, bool allow_delayed) {
  const auto core = core_;
  for (int tries = 0; tries < 3; ++tries) {
    const Instant until = core->clock.now() + core->options.request_timeout;
    OPT_CO_TRY_VOID(co_await core->admitted(&Core::data_hold, until));
    OPT_CO_TRY(Permit permit, co_await core->budgets.lines.acquire());
    OPT_CO_TRY(Permit subscription, co_await core->budgets.subscriptions.acquire());
    const bool was_delayed = core->delayed_asked;
    auto listener = std::make_unique<LineListener>(*core, std::nullopt, prices_only());
    const tws::RequestMarketData message = watch_message(listener->id(), underlying);
    OPT_CO_TRY_VOID(co_await core->send(message));
    subscription.used(core->clock.now());
    const Instant deadline = core->clock.now() + core->options.revival;
    OPT_CO_TRY(const LineEnd end, co_await listen(core, *listener, deadline, deadline));
    if (end == LineEnd::again) continue;
    if (end == LineEnd::refused) {
      if (!gone_at_gateway(listener->refusal->code))
        asio::co_spawn(
            co_await asio::this_coro::executor,
            end_line(core, listener->id(), std::move(permit), core->clock.now()), asio::detached);
      if (!can_fall_back(*core, *listener, allow_delayed) || was_delayed)
        co_return fail(*listener->refusal);
      OPT_CO_TRY_VOID(co_await ask_for_delayed(core, listener->refusal->message));
      continue;
    }
    const auto line = std::make_shared<WatchedLine>();
    line->core = core;
    line->underlying = std::move(underlying);
    line->listener = std::move(listener);
    line->permit = std::move(permit);
    co_return std::make_unique<LineWatch>(line, co_await asio::this_coro::executor);
  }
  co_return fail(
      ErrorKind::unavailable, "{}: no line on the underlying after three tries", underlying.symbol);
}

}  // namespace opt_data::gateway
