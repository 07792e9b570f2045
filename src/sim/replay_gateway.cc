#include "sim/replay_gateway.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cmath>
#include <map>
#include <span>
#include <utility>
#include <variant>

#include "base/signal.h"
#include "sim/notices.h"
#include "sim/timeline.h"
#include "tws/codec.h"

namespace opt_data::sim {

struct ReplayGateway::State {
  ReplayScript script;
  Clock& clock;
  ReplayOptions options;
  ReplayCounters counters;
};

// One client. Reading, sending and the timeline run side by side; whoever ends first ends all.
class ReplayGateway::Client {
 public:
  Client(std::shared_ptr<State> state, std::unique_ptr<net::Transport> transport)
      : state_(std::move(state)), transport_(std::move(transport)) {}
  ~Client() { transport_->close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  asio::awaitable<void> run() {
    using namespace asio::experimental::awaitable_operators;  // NOLINT: how Asio spells the race
    co_await (read_requests() || send_queued() || follow_timeline());
  }

 private:
  static constexpr std::size_t outbox_bytes_max = 64U << 20U;

  // A request that is being answered. Asking again with its id ends it.
  struct Playing {
    RecordedExchange* exchange = nullptr;
    std::uint64_t number = 0;
  };

  asio::awaitable<bool> read_more(tws::FrameBuffer& in) {
    const std::span<std::byte> room = in.prepare(64U << 10U);
    const auto size = co_await transport_->read_some(room);
    if (!size || *size == 0) co_return false;
    in.commit(*size);
    co_return true;
  }

  asio::awaitable<bool> shake_hands(tws::FrameBuffer& in) {
    for (;;) {
      const auto offer = in.next_hello();
      if (!offer) co_return false;
      if (*offer) {
        const auto hello = tws::decode_client_hello(**offer);
        const std::int32_t version = state_->script.server_version();
        if (!hello || version < hello->version_min || version > hello->version_max) {
          tell(fmt::format(
              "a client that does not speak server version {} was turned away", version));
          co_return false;
        }
        const std::string time = gateway_time(now());
        queue(tws::encode_hello(tws::ServerHello{version, time}));
        co_return true;
      }
      if (!co_await read_more(in)) co_return false;
    }
  }

  asio::awaitable<void> read_requests() {
    tws::FrameBuffer in;
    if (!co_await shake_hands(in)) co_return;
    while (!closing_) {
      const auto frame = in.next();
      if (!frame) co_return;
      if (*frame) {
        on_frame(**frame);
      } else if (!co_await read_more(in)) {
        co_return;
      }
    }
    Signal never;  // What is queued is sent before the connection ends.
    (void)co_await never.wait();
  }

  asio::awaitable<void> send_queued() {
    for (;;) {
      if (!outbox_.empty()) {
        const std::string bytes = std::exchange(outbox_, {});
        const auto done = co_await transport_->write_all(std::as_bytes(std::span(bytes)));
        if (!done) co_return;
      } else if (closing_) {
        co_return;
      } else if (const auto woken = co_await outbox_changed_.wait(); !woken) {
        co_return;
      }
    }
  }

  asio::awaitable<void> follow_timeline() {
    for (;;) {
      while (const auto action = timeline_.take(now())) (*action)();
      if (const auto next = timeline_.next()) {
        const auto woken = co_await before(state_->clock, *next, timeline_changed_.wait());
        if (woken && !*woken) co_return;
      } else if (const auto woken = co_await timeline_changed_.wait(); !woken) {
        co_return;
      }
    }
  }

  Instant now() const { return state_->clock.now(); }
  void tell(const std::string& what) {
    if (state_->options.unmatched) state_->options.unmatched(what);
  }
  void queue(std::string_view bytes) {
    if (closing_) return;
    outbox_ += bytes;
    if (outbox_.size() > outbox_bytes_max) transport_->close();  // Nobody reads.
    outbox_changed_.notify_all();
  }
  void send(const tws::ServerMessage& message) {
    std::string frame;
    tws::encode(frame, message, state_->script.server_version());
    queue(frame);
  }

  void on_frame(std::string_view payload) {
    const auto message = tws::decode_client(payload, state_->script.server_version());
    if (!message) {
      send(tws::ErrorNotice{-1, 320, message.error().message, ""});
      return;
    }
    std::visit(
        [&](const auto& known) {
          using Kind = std::decay_t<decltype(known)>;
          if constexpr (std::is_same_v<Kind, tws::RequestCurrentTime>) {
            const Instant time = now() + state_->script.skew();
            send(tws::CurrentTime{micros(time) / 1'000'000});
          } else if constexpr (
              std::is_same_v<Kind, tws::CancelMarketData> ||
              std::is_same_v<Kind, tws::CancelHistoricalData> ||
              std::is_same_v<Kind, tws::CancelRealTimeBars> ||
              std::is_same_v<Kind, tws::CancelHeadTimestamp>) {
            on_cancel(known.request);
          } else if constexpr (
              !std::is_same_v<Kind, tws::SetServerLogLevel> &&
              !std::is_same_v<Kind, tws::RequestMarketDataType>) {
            tws::RequestId id = -1;
            if constexpr (requires { known.request; }) id = known.request;
            on_request(id, *message);
          }
        },
        *message);
  }

  void on_request(tws::RequestId id, const tws::ClientMessage& message) {
    ++state_->counters.requests;
    RecordedExchange* exchange = state_->script.find(message);
    if (exchange == nullptr) {
      ++state_->counters.unmatched;
      const std::string text =
          fmt::format("{} is not in the transcript that is replayed", describe(message));
      tell(text);
      const std::string sentence = "Error validating request.-'replay' : cause - " + text;
      send(tws::ErrorNotice{id, 321, sentence, ""});
      return;
    }
    const bool first = !std::exchange(exchange->played, true);
    const std::uint64_t number = ++requests_;
    if (id >= 0) playing_[id] = {exchange, number};
    for (const RecordedReply& reply : exchange->replies) {
      if (reply.of_session && !first) continue;
      later(reply.after, [this, id, number, &reply] {
        const auto found = playing_.find(id);
        const bool wanted = found != playing_.end() && found->second.number == number;
        if (reply.of_session || id < 0 || wanted) say(reply, id);
      });
    }
    if (exchange->closed_after && first)
      later(*exchange->closed_after, [this] {
        closing_ = true;
        outbox_changed_.notify_all();
      });
  }

  void on_cancel(tws::RequestId id) {
    const auto found = playing_.find(id);
    if (found == playing_.end()) return;
    const RecordedExchange* exchange = found->second.exchange;
    playing_.erase(found);
    for (const RecordedReply& reply : exchange->after_cancel)
      later(reply.after, [this, id, &reply] { say(reply, id); });
  }

  void say(const RecordedReply& reply, tws::RequestId id) {
    if (reply.stray) return queue(reply.bytes);
    std::string frame;
    tws::append_frame(frame, reply.payload(id));
    queue(frame);
  }

  void later(std::chrono::microseconds after, Timeline::Action action) {
    const double speed = state_->options.speed;
    const auto wait = speed > 0 ? std::chrono::microseconds{static_cast<std::int64_t>(
                                      std::llround(static_cast<double>(after.count()) / speed))}
                                : std::chrono::microseconds{0};
    if (timeline_.add(now() + wait, std::move(action))) timeline_changed_.notify_all();
  }

  std::shared_ptr<State> state_;
  std::unique_ptr<net::Transport> transport_;
  Timeline timeline_;
  Signal timeline_changed_;
  Signal outbox_changed_;
  std::string outbox_;
  std::map<tws::RequestId, Playing> playing_;
  std::uint64_t requests_ = 0;
  bool closing_ = false;  // Nothing is read any more; the queue is still sent.
};

ReplayGateway::ReplayGateway(ReplayScript script, Clock& clock, ReplayOptions options)
    : state_(std::make_shared<State>(
          State{std::move(script), clock, std::move(options), ReplayCounters{}})) {}

asio::awaitable<void> ReplayGateway::serve(std::unique_ptr<net::Transport> transport) {
  const auto state = state_;
  ++state->counters.connections;
  Client client(state, std::move(transport));
  co_await client.run();
}

const ReplayCounters& ReplayGateway::counters() const { return state_->counters; }

}  // namespace opt_data::sim
