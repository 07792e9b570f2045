// For tests: messages beside the text of their payloads, written by hand and independent of the
// layouts, so that an error cannot hide by being made in both directions.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tws/codec.h"

namespace opt_data::tws {

// '|' ends a field.
inline std::string wire(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '|', '\0');
  return out;
}

template <typename Message>
struct Line {
  std::size_t payload_bytes;  // 0: not written down.
  const char* text;
  Message message;
  // Where the sender writes numbers with more zeros than we do: the same message as we say it.
  const char* our_text = nullptr;
};

template <typename Message, typename Decode>
void expect_lines(const std::vector<Line<Message>>& lines, Decode decode) {
  for (const Line<Message>& line : lines) {
    const std::string payload = wire(line.text);
    if (line.payload_bytes != 0) {
      ASSERT_EQ(payload.size(), line.payload_bytes) << line.text;
    }
    std::size_t surplus = 99;
    const auto read = decode(payload, version_max, &surplus);
    ASSERT_TRUE(read) << line.text << ": " << read.error().message;
    EXPECT_TRUE(*read == line.message) << line.text;
    EXPECT_EQ(surplus, 0u) << line.text;

    std::string frame;
    encode(frame, line.message, version_max);
    std::string expected;
    append_frame(expected, line.our_text == nullptr ? payload : wire(line.our_text));
    EXPECT_EQ(frame, expected) << line.text;
  }
}

}  // namespace opt_data::tws
