// What a transcript of a conversation with a gateway says about how to answer: for each recorded
// request, the frames that came back and how long after it.
//
// A frame belongs to the request whose id it carries; one that carries none (a notice, the
// accounts) and the end of a connection belong to the latest request before it. A request is
// recognised by its kind and its contract, never by its id: first by all its fields, else by its
// contract id, else by the contract's description. Asked several times, it is answered in the
// recorded order, and the last answer stands for every later one.
//
// Errors: corrupt, when the transcript holds no conversation that got beyond its greeting.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "calendar/instant.h"
#include "tws/messages.h"
#include "tws/transcript.h"

namespace opt_data::sim {

struct RecordedReply {
  std::chrono::microseconds after{0};
  std::string bytes;  // A payload; of a stray one, what was sent instead of a frame.
  bool stray = false;
  bool of_session = false;  // Sent once, whatever becomes of the request.
  std::size_t id_at = 0;    // Where the payload holds the request's id, and how long that is;
  std::size_t id_size = 0;  // zero: nowhere.

  std::string payload(tws::RequestId id) const;
};

struct RecordedExchange {
  std::string name;  // Of the request, for messages.
  std::vector<RecordedReply> replies;
  std::vector<RecordedReply> after_cancel;  // Counted from the cancel.
  std::optional<std::chrono::microseconds> closed_after;
  bool played = false;
};

// The request's kind and contract in words: "request 1 for TWX OPT 20140621 70 C, contract 17".
std::string describe(const tws::ClientMessage& message);

class ReplayScript {
 public:
  static Result<ReplayScript> read(const tws::Transcript& transcript);

  // The exchange that answers `request`; the same one for ever when there is no other left. Null:
  // it was never recorded.
  RecordedExchange* find(const tws::ClientMessage& request) const;

  std::int32_t server_version() const { return version_; }
  Instant opened() const { return opened_; }  // When the recorded client connected.
  std::size_t requests() const { return exchanges_.size(); }
  std::chrono::microseconds skew() const { return skew_; }  // Of the recorded gateway's clock.

 private:
  friend class ScriptReader;
  std::vector<std::unique_ptr<RecordedExchange>> exchanges_;
  std::map<std::string, std::vector<RecordedExchange*>, std::less<>> by_key_;
  std::int32_t version_ = 0;
  Instant opened_{};
  std::chrono::microseconds skew_{0};
};

}  // namespace opt_data::sim
