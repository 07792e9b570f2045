// Bytes to messages and back, at server versions 176 to 178 (text), both directions. No sockets.
//
//   FrameBuffer in;                       // read big, parse in place
//   in.prepare(65536) -> span to read into; in.commit(n);
//   while (auto frame = in.next()) ...    // Result<std::optional<std::string_view>>
//   decode_server(payload, version)       // -> Result<ServerMessage>
//
// Errors: protocol, for a frame or message that cannot be read; the session ends with it and the
// payload is kept for a bug report. Unknown ids become UnknownMessage; fields after the last known
// one of a known message are counted in `surplus`, not refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tws/messages.h"

namespace opt_data::tws {

constexpr std::int32_t version_min = 176;
constexpr std::int32_t version_max = 178;
constexpr std::size_t payload_bytes_max = 0xFFFFFF;

// ---- frames

class FrameBuffer {
 public:
  explicit FrameBuffer(std::size_t payload_max = payload_bytes_max) : payload_max_(payload_max) {}

  std::span<std::byte> prepare(std::size_t bytes_min);  // Room to read into.
  void commit(std::size_t bytes);                       // So many arrived.
  // The payload of the next whole frame, valid until the next prepare(); empty when more bytes are
  // needed. Errors: protocol, for a length of zero or above the maximum.
  Result<std::optional<std::string_view>> next();
  // The client's first bytes: "API\0" and the version offer. Only a server calls this, once.
  Result<std::optional<std::string_view>> next_hello();
  std::size_t buffered() const { return end_ - begin_; }
  std::string_view rest() const;  // What is buffered and was not given out yet.

 private:
  std::size_t payload_max_;
  std::vector<std::byte> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

void append_frame(std::string& out, std::string_view payload);  // length + payload

// ---- handshake

struct ClientHello {
  std::int32_t version_min = 0;
  std::int32_t version_max = 0;
  std::string_view options;
  bool operator==(const ClientHello&) const = default;
};
struct ServerHello {
  std::int32_t version = 0;
  std::string_view time;  // "20261001 10:15:00 EST"
  bool operator==(const ServerHello&) const = default;
};
std::string encode_hello(const ClientHello& hello);               // with "API\0" and its length
Result<ClientHello> decode_client_hello(std::string_view offer);  // "v176..178"
std::string encode_hello(const ServerHello& hello);               // a whole frame
Result<ServerHello> decode_server_hello(std::string_view payload);

// ---- messages; encode() appends one whole frame to `out`

void encode(std::string& out, const ClientMessage& message, std::int32_t version);
void encode(std::string& out, const ServerMessage& message, std::int32_t version);
Result<ClientMessage> decode_client(
    std::string_view payload, std::int32_t version, std::size_t* surplus = nullptr);
Result<ServerMessage> decode_server(
    std::string_view payload, std::int32_t version, std::size_t* surplus = nullptr);

// Names and error texts arrive as ASCII with \uXXXX for the rest; this gives UTF-8. What is no
// escape stays as it came; half a surrogate pair becomes U+FFFD.
std::string unescape(Text text);

}  // namespace opt_data::tws
