#include "gateway/link.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>
#include <vector>

#include "base/signal.h"

namespace opt_data::gateway {
namespace {

using observe::Level;

// A watch that outlives sessions: `line` is the one on the session that stands.
struct Watched {
  UnderlyingContract underlying;
  bool allow_delayed = false;
  std::unique_ptr<Watch> line;
};

class LinkWatch : public Watch {
 public:
  explicit LinkWatch(std::shared_ptr<Watched> watched) : watched_(std::move(watched)) {}
  Quote quote() const override { return watched_->line ? watched_->line->quote() : Quote{}; }

 private:
  std::shared_ptr<Watched> watched_;
};

}  // namespace

struct Link::State : std::enable_shared_from_this<Link::State> {
  State(
      OpenSession how, const LinkOptions& wanted, Clock& time, observe::EventSink& sink,
      Random chance)
      : open(std::move(how)), options(wanted), clock(time), events(sink), random(chance) {}

  // One step of the machine, to `up` or to `waiting`.
  asio::awaitable<void> connect();
  void note_loss();
  void back_off();
  void forget_closed_watches();
  void reopen_watches(const asio::any_io_executor& executor);
  static asio::awaitable<void> reopen(
      std::shared_ptr<TwsSession> session, std::shared_ptr<Watched> watched);
  void emit(Level level, std::string code, std::string message);
  Error away() const;
  // What never was a gateway will not become one.
  bool hopeless() const { return !ever_up && why && why->kind == ErrorKind::protocol; }

  OpenSession open;
  LinkOptions options;
  Clock& clock;
  observe::EventSink& events;
  Random random;

  LinkPhase phase = LinkPhase::idle;
  std::shared_ptr<TwsSession> session;
  std::optional<Error> why;  // Of the last failure.
  Instant retry_at{};        // While waiting.
  Instant up_since{};
  bool ever_up = false;
  std::optional<Instant> away_since;
  int attempts = 0;    // In vain, since then.
  Instant patience{};  // Of the most patient waiter.
  std::chrono::milliseconds backoff{0};
  std::vector<std::weak_ptr<Watched>> watches;
  Signal changed;
};

void Link::State::emit(Level level, std::string code, std::string message) {
  observe::Event event;
  event.level = level;
  event.code = std::move(code);
  event.component = "gateway";
  event.message = std::move(message);
  if (why && why->code != 0) event.broker_code = why->code;
  events.on(event);
}

Error Link::State::away() const {
  return why ? *why : Error{ErrorKind::unavailable, "no gateway session is open", 0};
}

void Link::State::back_off() {
  backoff =
      backoff.count() == 0 ? options.backoff_first : std::min(backoff * 2, options.backoff_max);
  const double share = 1 + options.jitter * random.uniform(-1, 1);
  retry_at = clock.now() + std::chrono::microseconds(static_cast<std::int64_t>(
                               1000.0 * share * static_cast<double>(backoff.count())));
  phase = LinkPhase::waiting;
}

// The session told the world itself that it is gone, and why.
void Link::State::note_loss() {
  why = Error{ErrorKind::unavailable, session->loss(), 0};
  session.reset();
  away_since = clock.now();
  attempts = 0;
  if (clock.now() - up_since >= options.settled) backoff = std::chrono::milliseconds{0};
  back_off();
}

asio::awaitable<void> Link::State::connect() {
  const auto self = shared_from_this();
  phase = LinkPhase::connecting;
  auto opened = co_await open();
  if (phase != LinkPhase::connecting) co_return;  // Closed meanwhile.
  if (opened) {
    session = *std::move(opened);
    phase = LinkPhase::up;
    up_since = clock.now();
    ever_up = true;
    if (away_since) {
      const auto away = std::chrono::duration_cast<std::chrono::seconds>(up_since - *away_since);
      emit(
          Level::info, "gateway_back",
          fmt::format(
              "connected again after {} s and {} attempts in vain", away.count(), attempts));
    }
    away_since.reset();
    why.reset();
    reopen_watches(co_await asio::this_coro::executor);
  } else {
    why = std::move(opened).error();
    ++attempts;
    if (!away_since) away_since = clock.now();
    back_off();
    // Told once an outage, and only where there is another attempt: else the caller tells it.
    if (retry_at <= patience && !hopeless())
      emit(
          attempts == 1 ? Level::warning : Level::debug, "gateway_away",
          fmt::format("{}; trying again until {}", why->message, new_york_text(patience)));
  }
  changed.notify_all();
}

// Also while one session lasts for weeks.
void Link::State::forget_closed_watches() {
  std::erase_if(watches, [](const auto& watched) { return watched.expired(); });
}

void Link::State::reopen_watches(const asio::any_io_executor& executor) {
  forget_closed_watches();
  for (const auto& weak : watches)
    if (auto watched = weak.lock())
      asio::co_spawn(executor, reopen(session, std::move(watched)), asio::detached);
}

asio::awaitable<void> Link::State::reopen(
    std::shared_ptr<TwsSession> session, std::shared_ptr<Watched> watched) {
  watched->line.reset();
  auto line = co_await session->watch(watched->underlying, watched->allow_delayed);
  if (line) watched->line = *std::move(line);
}

Link::Link(
    OpenSession open, LinkOptions options, Clock& clock, observe::EventSink& events, Random random)
    : state_(std::make_shared<State>(std::move(open), options, clock, events, random)) {}

Link::~Link() { close(); }

void Link::close() {
  state_->session.reset();
  state_->phase = LinkPhase::idle;
  state_->why.reset();
  state_->away_since.reset();
  state_->backoff = std::chrono::milliseconds{0};
  state_->changed.notify_all();
}

LinkPhase Link::phase() const { return state_->phase; }

std::shared_ptr<TwsSession> Link::session() const {
  return state_->phase == LinkPhase::up && !state_->session->lost() ? state_->session : nullptr;
}

asio::awaitable<Result<void>> Link::ready(Instant until) {
  const auto state = state_;
  state->patience = std::max(state->patience, until);
  for (;;) {
    if (state->phase == LinkPhase::up && state->session->lost()) state->note_loss();
    switch (state->phase) {
      case LinkPhase::up: {
        const auto session = state->session;
        auto admitted = co_await session->ready(until);
        if (admitted || !session->lost()) co_return admitted;
        break;
      }
      case LinkPhase::idle:
        co_await state->connect();
        break;
      case LinkPhase::connecting: {
        const auto woken = co_await before(state->clock, until, state->changed.wait());
        if (!woken) co_return fail(state->away());
        if (!*woken) co_return *woken;
        break;
      }
      case LinkPhase::waiting:
        if (state->hopeless() || state->retry_at > until) co_return fail(state->away());
        if (state->clock.now() >= state->retry_at) {
          co_await state->connect();
        } else {
          // Every waiter wakes; the first one connects, the others wait for him.
          OPT_CO_TRY_VOID(co_await state->clock.wait_until(state->retry_at));
        }
        break;
    }
  }
}

asio::awaitable<Result<UnderlyingContract>> Link::underlying(Underlying symbol) {
  const auto standing = session();
  if (!standing) co_return fail(state_->away());
  co_return co_await standing->underlying(std::move(symbol));
}

asio::awaitable<Result<OptionChain>> Link::option_chain(UnderlyingContract underlying) {
  const auto standing = session();
  if (!standing) co_return fail(state_->away());
  co_return co_await standing->option_chain(std::move(underlying));
}

asio::awaitable<Result<std::vector<OptionContract>>> Link::contracts(ContractQuery query) {
  const auto standing = session();
  if (!standing) co_return fail(state_->away());
  co_return co_await standing->contracts(std::move(query));
}

asio::awaitable<Result<QuoteAnswer>> Link::quote(QuoteRequest request) {
  const auto standing = session();
  if (!standing) co_return fail(state_->away());
  co_return co_await standing->quote(std::move(request));
}

asio::awaitable<Result<HistoryAnswer>> Link::historical_bars(HistoryRequest request) {
  const auto standing = session();
  if (!standing) co_return fail(state_->away());
  co_return co_await standing->historical_bars(std::move(request));
}

asio::awaitable<Result<std::unique_ptr<Watch>>> Link::watch(
    UnderlyingContract underlying, bool allow_delayed) {
  const auto state = state_;
  const auto standing = session();
  if (!standing) co_return fail(state->away());
  const auto watched = std::make_shared<Watched>();
  watched->underlying = underlying;
  watched->allow_delayed = allow_delayed;
  OPT_CO_TRY(watched->line, co_await standing->watch(std::move(underlying), allow_delayed));
  state->forget_closed_watches();
  state->watches.push_back(watched);
  co_return std::make_unique<LinkWatch>(watched);
}

}  // namespace opt_data::gateway
