#include "sim/replay_script.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "tws/codec.h"

namespace opt_data::sim {
namespace {

using tws::Mark;

template <typename T>
concept HasRequest = requires(T& message) { message.request; };
template <typename T>
concept HasContract = requires(T& message) { message.contract; };

template <typename... Kinds, typename Variant>
bool is_one_of(const Variant& message) {
  return (std::holds_alternative<Kinds>(message) || ...);
}

bool is_cancel(const tws::ClientMessage& message) {
  return is_one_of<
      tws::CancelMarketData, tws::CancelHistoricalData, tws::CancelRealTimeBars,
      tws::CancelHeadTimestamp>(message);
}

// Whether the gateway answers it with something that was recorded.
bool is_answered(const tws::ClientMessage& message) {
  return !is_cancel(message) && !is_one_of<
                                    tws::SetServerLogLevel, tws::RequestMarketDataType,
                                    tws::RequestCurrentTime, tws::UnknownMessage>(message);
}

template <typename Variant>
std::optional<tws::RequestId> request_of(const Variant& message) {
  return std::visit(
      [](const auto& known) -> std::optional<tws::RequestId> {
        if constexpr (HasRequest<decltype(known)>) {
          return known.request;
        } else {
          return std::nullopt;
        }
      },
      message);
}

template <typename Variant>
std::string with_request(Variant message, tws::RequestId id) {
  std::visit(
      [id](auto& known) {
        if constexpr (HasRequest<decltype(known)>) known.request = id;
      },
      message);
  std::string frame;
  tws::encode(frame, message, tws::version_max);
  return frame.substr(4);
}

std::string contract_text(const tws::Contract& contract) {
  std::string text(contract.symbol);
  const auto add = [&text](std::string_view word) {
    if (!word.empty()) text += fmt::format(" {}", word);
  };
  add(contract.sec_type);
  add(contract.last_trade_date);
  if (contract.strike && *contract.strike > 0) add(fmt::format("{}", *contract.strike));
  add(contract.right);
  add(contract.trading_class);
  return text;
}

// The most particular first.
std::vector<std::string> keys_of(const tws::ClientMessage& message) {
  if (std::holds_alternative<tws::StartApi>(message)) return {"startApi"};
  std::vector<std::string> keys{with_request(message, 0)};
  std::visit(
      [&](const auto& known) {
        if constexpr (HasContract<decltype(known)>) {
          const tws::Contract& contract = known.contract;
          if (contract.con_id > 0)
            keys.push_back(fmt::format("{} id {}", message.index(), contract.con_id));
          if (!contract.symbol.empty())
            keys.push_back(fmt::format("{} {}", message.index(), contract_text(contract)));
        } else if constexpr (std::is_same_v<
                                 std::decay_t<decltype(known)>, tws::RequestSecDefOptParams>) {
          keys.push_back(fmt::format("{} {}", message.index(), known.symbol));
        }
      },
      message);
  return keys;
}

// The field of a message that holds its request's id: the one in which two messages differ that
// differ in nothing else. So no second table of layouts has to be kept.
std::size_t request_field(const tws::ServerMessage& message) {
  const std::string one = with_request(message, 1);
  const std::string two = with_request(message, 2);
  const auto differ = std::mismatch(one.begin(), one.end(), two.begin(), two.end()).first;
  return static_cast<std::size_t>(std::count(one.begin(), differ, '\0'));
}

void point_at_field(RecordedReply& reply, std::size_t field) {
  std::size_t at = 0;
  for (; field > 0 && at < reply.bytes.size(); ++at)
    if (reply.bytes[at] == '\0') --field;
  const std::size_t end = reply.bytes.find('\0', at);
  if (field > 0 || end == reply.bytes.npos) return;
  reply.id_at = at;
  reply.id_size = end - at;
}

}  // namespace

std::string RecordedReply::payload(tws::RequestId id) const {
  std::string text = bytes;
  if (id_size > 0) text.replace(id_at, id_size, std::to_string(id));
  return text;
}

std::string describe(const tws::ClientMessage& message) {
  const std::string payload = with_request(message, 0);
  std::string text = "request " + payload.substr(0, payload.find('\0'));
  std::visit(
      [&](const auto& known) {
        if constexpr (HasContract<decltype(known)>) {
          text += " for " + contract_text(known.contract);
          if (known.contract.con_id > 0)
            text += fmt::format(", contract {}", known.contract.con_id);
        } else if constexpr (requires { known.symbol; }) {
          text += fmt::format(" for {}", known.symbol);
        }
      },
      message);
  return text;
}

// Goes through the lines once and hands every frame of the gateway to the request it answers.
class ScriptReader {
 public:
  Result<ReplayScript> read(const tws::Transcript& transcript) {
    for (const tws::TranscriptLine& line : transcript.lines) {
      if (auto done = take(talks_[line.connection], line); !done)
        return fail_within(
            std::move(done).error(), "connection {} at {} us", line.connection, line.at.count());
    }
    if (script_.exchanges_.empty())
      return fail(ErrorKind::corrupt, "the transcript holds no conversation beyond a greeting");
    return std::move(script_);
  }

 private:
  using microseconds = std::chrono::microseconds;
  struct Asked {
    RecordedExchange* exchange = nullptr;
    microseconds at{0};
    bool cancelled = false;
  };
  struct Talk {
    Instant opened{};
    std::int32_t version = 0;
    std::map<tws::RequestId, Asked> asked;
    Asked latest;
  };

  Result<void> take(Talk& talk, const tws::TranscriptLine& line) {
    switch (line.mark) {
      case Mark::open: {
        OPT_TRY(talk.opened, parse_utc(line.bytes));
        if (script_.opened_ == Instant{}) script_.opened_ = talk.opened;
        break;
      }
      case Mark::asked:
        if (talk.version > 0) asked(talk, line);
        break;
      case Mark::told:
        if (talk.version == 0) return greeted(talk, line);
        if (talk.version > 0) told(talk, line);
        break;
      case Mark::stray_told: {
        RecordedReply reply = reply_to(talk.latest, line);
        reply.stray = true;
        add_to_session(talk, std::move(reply));
        break;
      }
      case Mark::gateway_closed:
        if (talk.latest.exchange != nullptr)
          talk.latest.exchange->closed_after = line.at - talk.latest.at;
        break;
      case Mark::hello:
      case Mark::stray_asked:
      case Mark::client_closed:
        break;
    }
    return {};
  }

  Result<void> greeted(Talk& talk, const tws::TranscriptLine& line) {
    OPT_TRY(const tws::ServerHello hello, tws::decode_server_hello(line.bytes));
    const bool spoken = hello.version >= tws::version_min && hello.version <= tws::version_max;
    talk.version = spoken ? hello.version : -1;  // Nothing was said in words that we know.
    if (spoken && script_.version_ == 0) script_.version_ = hello.version;
    return {};
  }

  void asked(Talk& talk, const tws::TranscriptLine& line) {
    const auto message = tws::decode_client(line.bytes, talk.version);
    if (!message) return;
    const auto id = request_of(*message);
    if (is_cancel(*message)) {
      const auto found = talk.asked.find(*id);
      if (found != talk.asked.end()) found->second = {found->second.exchange, line.at, true};
    } else if (is_answered(*message)) {
      auto made = std::make_unique<RecordedExchange>();
      made->name = describe(*message);
      talk.latest = {made.get(), line.at, false};
      if (id) talk.asked[*id] = talk.latest;
      for (const std::string& key : keys_of(*message)) script_.by_key_[key].push_back(made.get());
      script_.exchanges_.push_back(std::move(made));
    }
  }

  void told(Talk& talk, const tws::TranscriptLine& line) {
    const auto message = tws::decode_server(line.bytes, talk.version);
    if (message) {
      if (const auto* time = std::get_if<tws::CurrentTime>(&*message)) {
        const Instant said{std::chrono::seconds{time->epoch_seconds}};
        if (!std::exchange(timed_, true)) script_.skew_ = said - (talk.opened + line.at);
        return;
      }
      const auto found = talk.asked.find(request_of(*message).value_or(-1));
      if (found != talk.asked.end()) {
        const Asked& of = found->second;
        RecordedReply reply = reply_to(of, line);
        point_at_field(reply, request_field(*message));
        auto& list = of.cancelled ? of.exchange->after_cancel : of.exchange->replies;
        list.push_back(std::move(reply));
        return;
      }
    }
    add_to_session(talk, reply_to(talk.latest, line));
  }

  static RecordedReply reply_to(const Asked& asked, const tws::TranscriptLine& line) {
    RecordedReply reply;
    reply.after = std::max(line.at - asked.at, microseconds::zero());
    reply.bytes = line.bytes;
    return reply;
  }

  static void add_to_session(Talk& talk, RecordedReply reply) {
    if (talk.latest.exchange == nullptr) return;
    reply.of_session = true;
    talk.latest.exchange->replies.push_back(std::move(reply));
  }

  ReplayScript script_;
  std::map<std::int32_t, Talk> talks_;
  bool timed_ = false;
};

Result<ReplayScript> ReplayScript::read(const tws::Transcript& transcript) {
  return ScriptReader().read(transcript);
}

RecordedExchange* ReplayScript::find(const tws::ClientMessage& request) const {
  for (const std::string& key : keys_of(request)) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) continue;
    for (RecordedExchange* exchange : found->second)
      if (!exchange->played) return exchange;
    return found->second.back();
  }
  return nullptr;
}

}  // namespace opt_data::sim
