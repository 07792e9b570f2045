#include "sim/witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "base/text.h"

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;
using tws::Tick;

constexpr std::size_t violations_max = 20;

constexpr std::array<std::string_view, 22> told_words = {
    "type",  "bid",   "ask",   "last",  "bid_size",         "ask_size",     "last_size", "volume",
    "open",  "high",  "low",   "close", "bid_iv",           "ask_iv",       "last_iv",   "iv",
    "delta", "gamma", "theta", "vega",  "model_underlying", "open_interest"};

// After these the request holds no line any more; a revived one says its data type again.
bool ends_line(std::int32_t code) {
  return code == 101 || code == 200 || code == 321 || code == 322 || code == 354 || code == 10168 ||
         code == 10186 || (code >= 400 && code < 600);
}

void mix(std::uint64_t& hash, std::string_view bytes) {
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
}

// A computed value as far as its sixth decimal; anything else as it stands.
std::string rounded(std::string_view payload) {
  std::string out;
  for (const std::string_view field : split(payload, '\0')) {
    const auto value =
        field.find('.') == std::string_view::npos ? std::nullopt : parse_double(field);
    out += value && std::abs(*value) < 1e12 ? fmt::format("{:.6f}", *value) : std::string(field);
    out += '\0';
  }
  return out;
}

}  // namespace

std::string_view to_text(Told told) { return told_words[static_cast<std::size_t>(told)]; }

// ---- the wire

class WitnessedTransport : public net::Transport {
 public:
  WitnessedTransport(std::unique_ptr<net::Transport> transport, Witness& witness, Clock& clock)
      : transport_(std::move(transport)),
        witness_(witness),
        clock_(clock),
        process_(witness.process_) {}
  ~WitnessedTransport() override {
    if (alive()) witness_.close_all(subscriptions_);
  }

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    auto size = co_await transport_->read_some(into);
    if (size && *size > 0 && alive()) {
      append(in_, into.first(*size));
      read();
    }
    co_return size;
  }

  asio::awaitable<Result<void>> write_all(std::span<const std::byte> bytes) override {
    if (alive()) {
      append(out_, bytes);
      written();
    }
    co_return co_await transport_->write_all(bytes);
  }

  void close() override { transport_->close(); }

 private:
  bool alive() const { return process_ == witness_.process_; }
  static void append(tws::FrameBuffer& buffer, std::span<const std::byte> bytes) {
    const std::span<std::byte> room = buffer.prepare(bytes.size());
    std::ranges::copy(bytes, room.begin());
    buffer.commit(bytes.size());
  }

  void read() {
    if (!greeted_) {
      const auto hello = in_.next_hello();
      if (!hello || !*hello) return;
      greeted_ = true;
      witness_.frame(clock_.now(), false, **hello);
    }
    for (auto frame = in_.next(); frame && *frame; frame = in_.next()) {
      witness_.frame(clock_.now(), false, **frame);
      if (const auto message = tws::decode_client(**frame, version_))
        witness_.asked(subscriptions_, *message, clock_.now());
    }
  }

  void written() {
    for (auto frame = out_.next(); frame && *frame; frame = out_.next()) {
      witness_.frame(clock_.now(), true, **frame);
      if (version_ == 0) {
        if (const auto hello = tws::decode_server_hello(**frame)) version_ = hello->version;
      } else if (const auto message = tws::decode_server(**frame, version_)) {
        witness_.answered(subscriptions_, *message, clock_.now());
      }
    }
  }

  std::unique_ptr<net::Transport> transport_;
  Witness& witness_;
  Clock& clock_;
  std::uint64_t process_;
  tws::FrameBuffer in_, out_;
  bool greeted_ = false;
  std::int32_t version_ = 0;
  Witness::Subscriptions subscriptions_;
};

std::unique_ptr<net::Transport> Witness::beside(
    std::unique_ptr<net::Transport> server, Clock& clock) {
  return std::make_unique<WitnessedTransport>(std::move(server), *this, clock);
}

void Witness::process_ended() {
  ++process_;
  messages_.clear();
  subscriptions_.clear();
  lines_ = 0;
  unanswered_.clear();
}

void Witness::frame(Instant at, bool to_client, std::string_view payload) {
  ++frames_;
  const std::int64_t instant = micros(at);
  const std::string_view direction = to_client ? ">" : "<";
  mix(hash_, direction);
  mix(hash_, {reinterpret_cast<const char*>(&instant), sizeof instant});
  using namespace std::string_view_literals;
  if (to_client && payload.starts_with("21\0"sv))
    mix(hash_, rounded(payload));
  else
    mix(hash_, payload);
  if (trace) trace({at, to_client, payload});
}

std::string Witness::hash() const { return fmt::format("{:016x}", hash_); }

// ---- limits

void Witness::violate(std::string sentence) {
  if (violations_.size() < violations_max) violations_.push_back(std::move(sentence));
}

void Witness::count(
    std::deque<Instant>& window, std::chrono::microseconds length, std::size_t limit,
    std::size_t& peak, std::string_view what, Instant at) {
  window.push_back(at);
  while (at - window.front() >= length) window.pop_front();
  peak = std::max(peak, window.size());
  if (window.size() > limit)
    violate(fmt::format("{}: more than {} {}", new_york_text(at), limit, what));
}

void Witness::open_line(Subscribed& subscribed, Instant at) {
  subscribed.open = true;
  ++lines_;
  peaks_.lines = std::max(peaks_.lines, lines_);
  if (lines_ > limits_.lines)
    violate(
        fmt::format("{}: {} lines open, {} are allowed", new_york_text(at), lines_, limits_.lines));
  if (!subscribed.option) return;
  // A line whose answer has come waits for its cancel and is no question any more; without a tick
  // a question is given up after some seconds.
  subscribed.unanswered_since = at;
  unanswered_.push_back(at);
  while (at - unanswered_.front() >= 5s) unanswered_.pop_front();
  peaks_.in_flight = std::max(peaks_.in_flight, unanswered_.size());
  if (unanswered_.size() > limits_.in_flight)
    violate(fmt::format(
        "{}: {} options asked about at once, {} are allowed", new_york_text(at), unanswered_.size(),
        limits_.in_flight));
}

void Witness::no_question_any_more(Subscribed& subscribed) {
  const auto since = std::exchange(subscribed.unanswered_since, std::nullopt);
  if (!since) return;
  const auto found = std::ranges::find(unanswered_, *since);
  if (found != unanswered_.end()) unanswered_.erase(found);
}

void Witness::close_line(Subscribed& subscribed) {
  if (!std::exchange(subscribed.open, false)) return;
  --lines_;
  no_question_any_more(subscribed);
}

void Witness::close_all(Subscriptions& of) {
  for (auto& [request, subscribed] : of) close_line(subscribed);
  of.clear();
}

void Witness::asked(Subscriptions& of, const tws::ClientMessage& message, Instant at) {
  count(
      messages_, 1s, limits_.messages_per_second, peaks_.messages_per_second,
      "messages in a second", at);
  if (const auto* wanted = std::get_if<tws::RequestMarketData>(&message)) {
    count(
        subscriptions_, 1min, limits_.subscriptions_per_minute, peaks_.subscriptions_per_minute,
        "subscriptions in a minute", at);
    Subscribed subscribed;
    subscribed.id = wanted->contract.con_id;
    subscribed.option = wanted->contract.sec_type == "OPT";
    subscribed.right = wanted->contract.right == "P" ? Right::put : Right::call;
    subscribed.open = false;
    const auto [place, fresh] = of.emplace(wanted->request, subscribed);
    if (!fresh)
      violate(fmt::format(
          "{}: request id {} is used a second time", new_york_text(at), wanted->request));
    else
      open_line(place->second, at);
  } else if (const auto* cancel = std::get_if<tws::CancelMarketData>(&message)) {
    // What is on its way is still heard, so the subscription itself is kept.
    if (const auto found = of.find(cancel->request); found != of.end()) close_line(found->second);
  }
}

// ---- values

void Witness::hear(const Subscribed& of, Told what, std::optional<double> value, Instant at) {
  if (value) heard_[of.id].push_back({at, what, *value});
}

void Witness::hear_size(const Subscribed& of, Tick kind, std::optional<double> value, Instant at) {
  switch (kind) {
    case Tick::bid_size:
      return hear(of, Told::bid_size, value, at);
    case Tick::ask_size:
      return hear(of, Told::ask_size, value, at);
    case Tick::last_size:
      return hear(of, Told::last_size, value, at);
    case Tick::volume:
      return hear(of, Told::volume, value, at);
    case Tick::call_open_interest:
      if (of.right == Right::call) hear(of, Told::open_interest, value, at);
      return;
    case Tick::put_open_interest:
      if (of.right == Right::put) hear(of, Told::open_interest, value, at);
      return;
    default:
      return;
  }
}

void Witness::hear_price(const Subscribed& of, const tws::TickPrice& tick, Instant at) {
  const Tick kind = tws::live_kind(tick.tick);
  constexpr std::array<std::pair<Tick, Told>, 7> prices = {
      {{Tick::bid, Told::bid},
       {Tick::ask, Told::ask},
       {Tick::last, Told::last},
       {Tick::open, Told::open},
       {Tick::high, Told::high},
       {Tick::low, Told::low},
       {Tick::close, Told::close}}};
  for (const auto& [priced, told] : prices)
    if (priced == kind) hear(of, told, tick.price, at);
  if (const auto size = tws::implied_size(kind)) hear_size(of, *size, tick.size, at);
}

void Witness::hear_model(const Subscribed& of, const tws::TickOptionComputation& tick, Instant at) {
  switch (tws::live_kind(tick.tick)) {
    case Tick::bid_option:
      return hear(of, Told::bid_iv, tick.implied_vol, at);
    case Tick::ask_option:
      return hear(of, Told::ask_iv, tick.implied_vol, at);
    case Tick::last_option:
      return hear(of, Told::last_iv, tick.implied_vol, at);
    case Tick::model_option:
      hear(of, Told::iv, tick.implied_vol, at);
      hear(of, Told::delta, tick.delta, at);
      hear(of, Told::gamma, tick.gamma, at);
      hear(of, Told::theta, tick.theta, at);
      hear(of, Told::vega, tick.vega, at);
      return hear(of, Told::model_underlying, tick.under_price, at);
    default:
      return;
  }
}

void Witness::on_error(Subscriptions& of, const tws::ErrorNotice& notice) {
  if (notice.code == 1101) return close_all(of);
  const auto found = of.find(notice.request);
  if (found == of.end()) return;
  no_question_any_more(found->second);  // A refusal is an answer, whatever becomes of the line.
  if (ends_line(notice.code)) close_line(found->second);
}

void Witness::answered(Subscriptions& of, const tws::ServerMessage& message, Instant at) {
  std::visit(
      [&](const auto& known) {
        using Kind = std::decay_t<decltype(known)>;
        if constexpr (std::is_same_v<Kind, tws::ErrorNotice>) {
          on_error(of, known);
        } else if constexpr (
            std::is_same_v<Kind, tws::MarketDataTypeNotice> ||
            std::is_same_v<Kind, tws::TickPrice> || std::is_same_v<Kind, tws::TickSize> ||
            std::is_same_v<Kind, tws::TickOptionComputation>) {
          const auto found = of.find(known.request);
          if (found == of.end()) return;
          Subscribed& subscribed = found->second;
          if constexpr (!std::is_same_v<Kind, tws::MarketDataTypeNotice>)
            no_question_any_more(subscribed);
          if constexpr (std::is_same_v<Kind, tws::MarketDataTypeNotice>)
            hear(subscribed, Told::type, known.type, at);
          else if constexpr (std::is_same_v<Kind, tws::TickPrice>)
            hear_price(subscribed, known, at);
          else if constexpr (std::is_same_v<Kind, tws::TickSize>)
            hear_size(subscribed, tws::live_kind(known.tick), known.size, at);
          else
            hear_model(subscribed, known, at);
        }
      },
      message);
}

bool Witness::was_told(ContractId id, Told what, double value, Instant from, Instant to) const {
  const auto of = heard_.find(id);
  if (of == heard_.end()) return false;
  const auto& all = of->second;
  const auto first = std::ranges::lower_bound(all, from, {}, &Heard::at);
  for (auto it = first; it != all.end() && it->at <= to; ++it)
    if (it->what == what && it->value == value) return true;
  return false;
}

bool Witness::was_told_price(ContractId id, Told side, Instant from, Instant to) const {
  const auto of = heard_.find(id);
  if (of == heard_.end()) return false;
  auto it = std::ranges::lower_bound(of->second, from, {}, &Heard::at);
  for (; it != of->second.end() && it->at <= to; ++it)
    if (it->what == side) return true;
  return false;
}

}  // namespace opt_data::sim
