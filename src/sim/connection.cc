#include "sim/connection.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <span>
#include <utility>
#include <variant>

#include "base/text.h"
#include "sim/notices.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t read_bytes = 64U << 10U;
constexpr auto farm_connects = 15ms;

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

std::size_t counter_of(std::string_view payload) {
  const auto id = parse_int(payload.substr(0, payload.find('\0')));
  const bool counted = id && *id >= 0 && *id < static_cast<std::int64_t>(SimCounters::ids);
  return counted ? static_cast<std::size_t>(*id) : SimCounters::ids - 1;
}

}  // namespace

Connection::Connection(
    std::shared_ptr<GatewayState> state, std::unique_ptr<net::Transport> transport)
    : state_(std::move(state)),
      transport_(std::move(transport)),
      contracts_(*this),
      market_data_(*this),
      history_(*this) {
  state_->connections.insert(this);
  ++state_->counters.connections;
}

Connection::~Connection() {
  market_data_.forget_all();
  if (client_id_) {
    state_->client_ids.erase(*client_id_);
    state_->lingering_ids[*client_id_] = now() + state_->options.faults.id_lingers;
  }
  state_->connections.erase(this);
  transport_->close();
}

asio::awaitable<void> Connection::run() {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: how Asio spells the race
  const SimFaults& faults = state_->options.faults;
  for (const auto* windows : {&faults.refuse, &faults.down})
    for (const Window& window : *windows)
      if (window.contains(now())) co_return;
  schedule_faults();
  co_await (read_requests() || send_queued() || follow_timeline());
}

void Connection::drop() {
  dropped_ = true;
  transport_->close();
  outbox_changed_.notify_all();
  timeline_changed_.notify_all();
}

// ---- the three that run side by side

asio::awaitable<bool> Connection::read_more(tws::FrameBuffer& in) {
  const std::span<std::byte> room = in.prepare(read_bytes);
  const auto size = co_await transport_->read_some(room);
  if (!size || *size == 0) co_return false;
  in.commit(*size);
  co_return true;
}

asio::awaitable<bool> Connection::shake_hands(tws::FrameBuffer& in) {
  for (;;) {
    const auto offer = in.next_hello();
    if (!offer) co_return false;
    if (!*offer) {
      if (!co_await read_more(in)) co_return false;
      continue;
    }
    const auto hello = tws::decode_client_hello(**offer);
    if (!hello) co_return false;
    const SimOptions& options = state_->options;
    const std::int32_t low = std::max(options.server_version_min, tws::version_min);
    const std::int32_t high = std::min(options.server_version_max, tws::version_max);
    version_ = std::min(hello->version_max, high);
    if (version_ < hello->version_min || version_ < low) co_return false;
    const std::string time = gateway_time(now() + options.faults.clock_skew);
    queue(tws::encode_hello(tws::ServerHello{version_, time}));
    co_return true;
  }
}

asio::awaitable<void> Connection::read_requests() {
  tws::FrameBuffer in;
  if (!co_await shake_hands(in)) co_return;
  while (!dropped_) {
    const auto frame = in.next();
    if (!frame) co_return;
    if (*frame) {
      on_frame(**frame);
      if (closing_) break;
      continue;
    }
    if (!co_await read_more(in)) co_return;
  }
  // What is queued is sent before the connection ends.
  Signal never;
  (void)co_await never.wait();
}

asio::awaitable<bool> Connection::write_pieces(const std::string& bytes) {
  const auto all = std::as_bytes(std::span(bytes));
  if (!state_->options.faults.split_frames)
    co_return (co_await transport_->write_all(all)).has_value();
  Random random = state_->random(Draw::pieces, bytes.size(), now());
  for (std::size_t from = 0; from < all.size();) {
    const std::size_t size = std::min<std::size_t>(1 + random.below(7), all.size() - from);
    const auto written = co_await transport_->write_all(all.subspan(from, size));
    if (!written) co_return false;
    from += size;
    // Lets the reader see the piece before the next one joins it.
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  }
  co_return true;
}

asio::awaitable<void> Connection::send_queued() {
  while (!dropped_) {
    if (!outbox_.empty()) {
      const std::string bytes = std::exchange(outbox_, {});
      if (!co_await write_pieces(bytes)) co_return;
      continue;
    }
    if (closing_) co_return;
    const auto woken = co_await outbox_changed_.wait();
    if (!woken) co_return;
  }
}

asio::awaitable<void> Connection::follow_timeline() {
  while (!dropped_) {
    while (const auto action = timeline_.take(now())) {
      (*action)();
      if (dropped_) co_return;
    }
    if (const auto next = timeline_.next()) {
      const auto woken = co_await before(state_->clock, *next, timeline_changed_.wait());
      if (woken && !*woken) co_return;
    } else {
      const auto woken = co_await timeline_changed_.wait();
      if (!woken) co_return;
    }
  }
}

// ---- sending

void Connection::queue(std::string_view bytes) {
  if (dropped_ || half_open()) return;
  outbox_ += bytes;
  if (outbox_.size() > state_->options.outbox_bytes_max) {
    ++state_->counters.slow_readers_dropped;
    return drop();
  }
  outbox_changed_.notify_all();
}

void Connection::send(const tws::ServerMessage& message) {
  if (closing_) return;
  std::string frame;
  tws::encode(frame, message, version_);
  ++state_->counters.sent[counter_of(std::string_view(frame).substr(4))];
  queue(frame);
}

void Connection::error(tws::RequestId request, std::int32_t code, std::string_view text) {
  ++state_->counters.errors[code];
  send(tws::ErrorNotice{request, code, text, ""});
}

void Connection::at(Instant when, Timeline::Action action) {
  if (timeline_.add(when, std::move(action))) timeline_changed_.notify_all();
}

void Connection::close_when_sent() {
  closing_ = true;
  outbox_changed_.notify_all();
}

// ---- what goes wrong

bool Connection::half_open() const {
  for (const Window& window : state_->options.faults.half_open)
    if (window.contains(now())) return true;
  return false;
}

void Connection::schedule_faults() {
  const SimFaults& faults = state_->options.faults;
  for (const Instant when : faults.disconnect_at)
    if (when > now()) at(when, [this] { drop(); });
  for (const Window& window : faults.down)
    if (window.from > now()) at(window.from, [this] { drop(); });
  for (const Instant when : faults.garbage_at)
    if (when > now()) at(when, [this] { send_garbage(); });
  for (const EntitlementChange& change : faults.entitlement_changes)
    if (change.at > now()) at(change.at, [this] { market_data_.entitlement_changed(); });
  for (const Window& window : faults.farm_down) {
    if (window.to <= now()) continue;
    at(std::max(window.from, now()), [this] {
      if (client_id_) error(-1, 2103, notice_text(2103));
      market_data_.pause(0, "");
    });
    at(window.to, [this] {
      if (client_id_) error(-1, 2104, notice_text(2104));
      market_data_.resume();
    });
  }
  for (const Window& window : faults.competing) {
    if (window.to <= now()) continue;
    at(std::max(window.from, now()), [this] { market_data_.pause(10197, notice_text(10197)); });
    at(window.to, [this] { market_data_.resume(); });
  }
  for (const ScriptedNotice& notice : faults.notices)
    if (notice.at > now()) at(notice.at, [this, notice] { on_notice(notice); });
}

void Connection::on_notice(const ScriptedNotice& notice) {
  if (!client_id_) return;
  if (notice.code == 1100 && !offline_) market_data_.pause(0, "");
  const std::string_view text = notice.text.empty() ? notice_text(notice.code) : notice.text;
  error(-1, notice.code, text);
  const bool back = notice.code == 1101 || notice.code == 1102;
  if (notice.code == 1101) {
    market_data_.forget_all();
    history_.forget_all();
  }
  if (back && offline_) market_data_.resume();
  offline_ = notice.code == 1100 || (offline_ && !back);
  if (notice.code == 1300 || notice.code == 100) close_when_sent();
}

// A tick whose price is no number, or a length that no frame has.
void Connection::send_garbage() {
  if (!client_id_) return;
  Random random = state_->random(Draw::pieces, 0, now());
  std::string bytes;
  if (random.below(2) == 0) {
    using namespace std::string_view_literals;
    tws::append_frame(bytes, "1\0six\0\0what\0?\0\0"sv);
  } else {
    bytes.assign(4, static_cast<char>(0xff));
  }
  queue(bytes);
}

// ---- requests

bool Connection::admit_message() {
  const Instant second_ago = now() - 1s;
  while (!recent_.empty() && recent_.front() <= second_ago) recent_.pop_front();
  SimCounters& counters = state_->counters;
  counters.messages_in_a_second_high =
      std::max(counters.messages_in_a_second_high, recent_.size() + 1);
  if (recent_.size() < state_->options.messages_per_second) {
    recent_.push_back(now());
    return true;
  }
  ++counters.rate_rejected;
  ++rate_strikes_;
  error(
      -1, 100,
      fmt::format(
          "Max rate of messages per second has been exceeded:max={} rec={} ({})",
          state_->options.messages_per_second, recent_.size() + 1, rate_strikes_));
  if (rate_strikes_ >= state_->options.rate_strikes_max) close_when_sent();
  return false;
}

void Connection::on_frame(std::string_view payload) {
  if (half_open()) return;
  ++state_->counters.received[counter_of(payload)];
  if (!admit_message()) return;
  const auto message = tws::decode_client(payload, version_);
  if (!message)
    return error(-1, 320, fmt::format("Error reading request. {}", message.error().message));
  if (const auto* start = std::get_if<tws::StartApi>(&*message)) return start_api(*start);
  if (client_id_) dispatch(*message);  // Before startApi requests are lost without a word.
}

bool Connection::take_client_id(std::int32_t id) {
  const auto lingers = state_->lingering_ids.find(id);
  if (lingers != state_->lingering_ids.end() && now() < lingers->second) return false;
  return state_->client_ids.insert(id).second;
}

void Connection::start_api(const tws::StartApi& request) {
  if (client_id_) return;
  if (!take_client_id(request.client_id)) {
    error(-1, 326, notice_text(326));
    return close_when_sent();
  }
  client_id_ = request.client_id;
  send(tws::ManagedAccounts{state_->options.accounts});
  send(tws::NextValidId{1});
  error(-1, 2104, "Market data farm connection is OK:usfarm");
  error(-1, 2106, "HMDS data farm connection is OK:ushmds");
  error(-1, 2158, "Sec-def data farm connection is OK:secdefil");
}

void Connection::connect_farm() {
  if (std::exchange(farm_up_, true)) return;
  error(-1, 2119, "Market data farm is connecting:usopt");
  at(now() + farm_connects, [this] { error(-1, 2104, "Market data farm connection is OK:usopt"); });
}

void Connection::on_unknown(std::int32_t id) {
  constexpr std::int32_t first_order_message = 3;
  if (id != first_order_message) {
    ++state_->counters.unknown_messages;
    return;
  }
  ++state_->counters.orders_refused;
  error(-1, 321, notice_text(321));
}

void Connection::dispatch(const tws::ClientMessage& message) {
  const auto no_query = [this](tws::RequestId request) {
    error(request, 366, fmt::format("No historical data query found for ticker id:{}", request));
  };
  const auto no_bars = [this](tws::RequestId request) {
    error(request, 420, "Invalid Real-time Query:the simulated gateway serves no real-time bars");
  };
  std::visit(
      Overloaded{
          [](const tws::StartApi&) {},
          [this](const tws::RequestIds&) { send(tws::NextValidId{1}); },
          [this](const tws::RequestManagedAccounts&) {
            send(tws::ManagedAccounts{state_->options.accounts});
          },
          [](const tws::SetServerLogLevel&) {},
          [this](const tws::RequestCurrentTime&) {
            const Instant shown = now() + state_->options.faults.clock_skew;
            send(tws::CurrentTime{micros(shown) / 1'000'000});
          },
          [this](const tws::RequestMarketDataType& it) { market_data_.set_type(it.type); },
          [this](const tws::RequestContractData& it) { contracts_.details(it); },
          [this](const tws::RequestSecDefOptParams& it) { contracts_.option_parameters(it); },
          [this](const tws::RequestMarketData& it) {
            connect_farm();
            market_data_.subscribe(it);
          },
          [this](const tws::CancelMarketData& it) { market_data_.cancel(it.request); },
          [this](const tws::RequestHistoricalData& it) { history_.ask(it); },
          [this](const tws::CancelHistoricalData& it) { history_.cancel(it.request); },
          [&](const tws::RequestRealTimeBars& it) { no_bars(it.request); },
          [this](const tws::CancelRealTimeBars& it) {
            error(it.request, 300, fmt::format("Can't find EId with tickerId:{}", it.request));
          },
          [this](const tws::RequestHeadTimestamp& it) {
            error(
                it.request, 162,
                "Historical Market Data Service error message:No head time stamp: the simulated "
                "gateway does not know when a contract's history begins");
          },
          [&](const tws::CancelHeadTimestamp& it) { no_query(it.request); },
          [this](const tws::RequestMarketRule& it) { contracts_.market_rule(it.rule); },
          [this](const tws::RequestSmartComponents& it) { contracts_.smart_components(it); },
          [this](const tws::RequestMatchingSymbols& it) { contracts_.matching_symbols(it); },
          [this](const tws::UnknownMessage& it) { on_unknown(it.id); },
      },
      message);
}

}  // namespace opt_data::sim
