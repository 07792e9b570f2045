#include "observe/event_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "observe/observe_fixture.h"

namespace opt_data::observe {
namespace {

using testing::HasSubstr;

TEST(EventLine, has_the_documented_fields_in_order) {
  Event event = event_of(Level::error, "refused", "no security definition");
  event.symbol = "AAPL";
  event.slot = "12:00";
  event.conid = 731'512'345;
  event.broker_code = 200;
  event.file = "contracts.json";
  EXPECT_EQ(
      to_line(event, monday, noon),
      R"({"ts":"2025-10-06T16:00:00.250000Z","level":"error","code":"refused",)"
      R"("component":"collect","job":"snapshot/2025-10-06/05","ingest_id":"0123abcd",)"
      R"("trade_date":"2025-10-06","symbol":"AAPL","slot":"12:00","conid":731512345,)"
      R"("broker_code":200,"file":"contracts.json","message":"no security definition"})");
}

TEST(EventLine, leaves_out_what_the_event_does_not_say) {
  EXPECT_EQ(
      to_line(event_of(Level::info, "started"), {}, noon),
      R"({"ts":"2025-10-06T16:00:00.250000Z","level":"info","code":"started",)"
      R"("component":"collect","job":"","ingest_id":"","trade_date":"",)"
      R"("message":"something happened"})");
}

TEST(EventLine, comes_back_as_it_was) {
  for (const Level level :
       {Level::debug, Level::info, Level::warning, Level::error, Level::critical}) {
    Event event = event_of(level, "odd", "a\nline, a \"quote\", a \x01 and \xC3\xA9");
    event.symbol = "AAPL";
    event.slot = "12:00";
    event.conid = std::numeric_limits<ContractId>::max();
    event.broker_code = -1;
    event.file = "/a/b c";
    const std::string line = to_line(event, monday, noon);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const LoggedEvent back = from_line(line).value();
    EXPECT_EQ(back.event.level, level);
    EXPECT_EQ(back.event.code, event.code);
    EXPECT_EQ(back.event.component, event.component);
    EXPECT_EQ(back.event.message, event.message);
    EXPECT_EQ(back.event.symbol, event.symbol);
    EXPECT_EQ(back.event.slot, event.slot);
    EXPECT_EQ(back.event.conid, event.conid);
    EXPECT_EQ(back.event.broker_code, event.broker_code);
    EXPECT_EQ(back.event.file, event.file);
    EXPECT_EQ(back.run.trade_date, monday.trade_date);
    EXPECT_EQ(back.run.job, monday.job);
    EXPECT_EQ(back.run.ingest_id, monday.ingest_id);
    EXPECT_EQ(back.at, noon);
    EXPECT_FALSE(back.broken);
  }
}

TEST(EventLine, bytes_that_are_not_text_do_not_lose_the_event) {
  const std::string line = to_line(event_of(Level::error, "x", "caf\xE9"), monday, noon);
  EXPECT_EQ(from_line(line).value().event.message, "caf\xEF\xBF\xBD");
}

TEST(EventLine, says_what_is_wrong_with_a_line) {
  const std::string good = to_line(event_of(Level::error, "x"), monday, noon);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    line.replace(line.find(from), from.size(), to);
    return from_line(line).error().message;
  };
  EXPECT_EQ(with(R"("level":"error")", R"("level":"loud")"), "its level is unknown");
  EXPECT_EQ(with(R"("level":"error")", R"("level":3)"), "its level is not text");
  EXPECT_EQ(with(R"("code":"x",)", ""), "its code is missing");
  EXPECT_EQ(with("2025-10-06T16", "2025-10-36T16"), "its ts is not a moment");
  EXPECT_EQ(
      with(R"("code")", R"("conid":1.5,"code")"), "its conid is not a whole number of its size");
  EXPECT_EQ(
      with(R"("code")", R"("broker_code":99999999999,"code")"),
      "its broker_code is not a whole number of its size");
  EXPECT_EQ(
      with(R"("code")", R"("conid":18446744073709551615,"code")"),
      "its conid is not a whole number of its size");
  for (const char* line : {"", "null", "[]", "7", "{", "half a li", "\xFF\xFE"})
    EXPECT_EQ(from_line(line).error().message, "it is not a JSON object") << line;
}

TEST(EventLine, damaged_anywhere_gives_an_error_or_an_event_never_a_crash) {
  const std::string good = to_line(event_of(Level::error, "x"), monday, noon);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(from_line(good.substr(0, size)).error().kind, ErrorKind::corrupt);
  Random random(20251006);
  for (int i = 0; i < 5'000; ++i) {
    std::string line = good;
    line[random.below(line.size())] = static_cast<char>(random.below(256));
    const auto read = from_line(line);
    ASSERT_TRUE(read || read.error().kind == ErrorKind::corrupt);
  }
  EXPECT_FALSE(from_line(std::string(200'000, '[')));
}

}  // namespace
}  // namespace opt_data::observe
