#include "observe/heartbeat.h"

#include <gtest/gtest.h>

namespace opt_data::observe {
namespace {

TEST(Heartbeat, is_read_as_it_was_written) {
  Heartbeat heartbeat;
  heartbeat.pid = 42;
  heartbeat.host = "desk";
  heartbeat.since = from_micros(1'000'000);
  heartbeat.at = from_micros(2'000'001);
  heartbeat.machine = from_micros(3'000'000);
  heartbeat.gateways = {
      {"gateway 1",
       "up",
       {7, 95, std::nullopt},
       {12, std::nullopt, std::chrono::seconds{60}},
       {3, 45, std::chrono::seconds{1}}}};
  const auto read = parse_heartbeat(to_json(heartbeat));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pid, 42);
  EXPECT_EQ(read->host, "desk");
  EXPECT_EQ(read->since, heartbeat.since);
  EXPECT_EQ(read->at, heartbeat.at);
  EXPECT_EQ(read->machine, heartbeat.machine);
  EXPECT_EQ(read->gateways, heartbeat.gateways);
}

TEST(Heartbeat, of_anything_else_is_none) {
  for (const char* text : {"", "{}", "[]", "null", "{\"pid\":\"x\"}", "{\"pid\":1}", "\xff"})
    EXPECT_EQ(parse_heartbeat(text).error().kind, ErrorKind::corrupt) << text;
}

}  // namespace
}  // namespace opt_data::observe
