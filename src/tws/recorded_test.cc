// Frames that a real gateway sent and received, from tests/golden/wire (see the NOTICE there).
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "tws/codec.h"

namespace opt_data::tws {
namespace {

TEST(RecordedFrames, read_and_write_the_same_bytes) {
  std::ifstream file(OPT_DATA_SOURCE_DIR "/tests/golden/wire/rust_ibapi_2025-07-15.txt");
  ASSERT_TRUE(file);
  int frames = 0;
  int unknown = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::string direction = line.substr(0, 4);
    std::string payload = line.substr(4);
    std::replace(payload.begin(), payload.end(), '|', '\0');
    std::string expected;
    append_frame(expected, payload);
    std::string written;
    if (direction == "C>S ") {
      const auto message = decode_client(payload, version_max);
      ASSERT_TRUE(message) << message.error().message;
      if (std::holds_alternative<UnknownMessage>(*message)) {
        ++unknown;
        continue;
      }
      encode(written, *message, version_max);
    } else {
      ASSERT_EQ(direction, "S>C ");
      const auto message = decode_server(payload, version_max);
      ASSERT_TRUE(message) << message.error().message;
      if (std::holds_alternative<UnknownMessage>(*message)) {
        ++unknown;
        continue;
      }
      encode(written, *message, version_max);
    }
    EXPECT_EQ(written, expected) << line;
    ++frames;
  }
  EXPECT_EQ(frames, 4);
  EXPECT_EQ(unknown, 3);
}

TEST(RecordedFrames, current_time_and_accounts_mean_what_the_recorder_noted) {
  const std::string time("49\0001\0001752606307\0", 16);
  const auto now = decode_server(time, version_max);
  ASSERT_TRUE(now);
  EXPECT_TRUE(*now == ServerMessage(CurrentTime{1752606307}));
  const std::string list("15\0001\000ACCOUNT_ID\0", 16);
  const auto accounts = decode_server(list, version_max);
  ASSERT_TRUE(accounts);
  EXPECT_TRUE(*accounts == ServerMessage(ManagedAccounts{"ACCOUNT_ID"}));
}

}  // namespace
}  // namespace opt_data::tws
