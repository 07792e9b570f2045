// What decode_server and decode_client have to do with any bytes at all: give a message or a
// sentence, and read back what they write of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tws/codec.h"

namespace opt_data::tws {

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

template <typename Decode>
void check_message(std::string_view payload, Decode decode) {
  for (std::int32_t version = version_min; version <= version_max; ++version) {
    std::size_t surplus = 0;
    const auto message = decode(payload, version, &surplus);
    if (!message) {
      expect(message.error().kind == ErrorKind::protocol, "a refusal is of kind protocol");
      expect(message.error().message.size() < 300, "a refusal is short");
      continue;
    }
    expect(surplus <= payload.size(), "surplus fields are fields of the payload");
    std::string frame;
    encode(frame, *message, version);
    const auto again = decode(std::string_view(frame).substr(4), version, &surplus);
    expect(again.has_value(), "what was written can be read");
    expect(*again == *message, "what was written reads back the same");
  }
}

}  // namespace opt_data::tws
