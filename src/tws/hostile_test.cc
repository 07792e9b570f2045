// Messages nobody should send: each is refused with a sentence, and none costs more than its bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tws/codec.h"
#include "tws/random_message.h"
#include "tws/wire_lines.h"

namespace opt_data::tws {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view text) {
  const std::string payload = wire(text);
  const auto message = decode_server(payload, version_max);
  if (message) return "accepted";
  EXPECT_EQ(message.error().kind, ErrorKind::protocol);
  return message.error().message;
}

// The payload in memory that ends where it ends, so that a sanitizer sees a read beyond it.
template <typename Decode>
auto decode_exactly(Decode decode, std::string_view payload) {
  const std::vector<char> bytes(payload.begin(), payload.end());
  const auto message = decode(std::string_view(bytes.data(), bytes.size()), version_max, nullptr);
  return message ? std::string() : message.error().message;
}

std::size_t fields_of(std::string_view payload) {
  return static_cast<std::size_t>(std::count(payload.begin(), payload.end(), '\0'));
}

template <typename Message, typename Decode>
void expect_truncation_refused(const Message& message, Decode decode) {
  std::string frame;
  encode(frame, message, version_max);
  const std::string_view payload = std::string_view(frame).substr(4);
  if (std::holds_alternative<UnknownMessage>(message)) return;  // All of it is its id.
  for (std::size_t size = 0; size < payload.size(); ++size) {
    const auto cut = payload.substr(0, size);
    EXPECT_NE(decode_exactly(decode, cut), "") << testing::PrintToString(std::string(cut));
  }
}

TEST(HostileMessage, cut_anywhere_is_refused) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    RandomMessages random(seed);
    for (std::size_t kind = 0; kind < std::variant_size_v<ServerMessage>; ++kind)
      expect_truncation_refused(random.server(kind), decode_server);
    for (std::size_t kind = 0; kind < std::variant_size_v<ClientMessage>; ++kind)
      expect_truncation_refused(random.client(kind), decode_client);
  }
}

TEST(HostileMessage, with_a_time_that_is_none_is_refused) {
  for (const char* time : {"253402300800", "1847537496640338450", "-1"}) {
    std::string payload = std::string("49") + '\0' + "1" + '\0' + time + '\0';
    const auto message = decode_server(payload, version_max);
    ASSERT_FALSE(message) << time;
    EXPECT_NE(message.error().message.find("no time"), std::string::npos)
        << message.error().message;
  }
}

// Any field may be replaced by anything; the message is then read or refused, never more.
TEST(HostileMessage, with_a_foreign_field_is_read_or_refused) {
  const std::string strangers[] = {
      "",
      "-",
      "x",
      "2147483647",
      "2147483648",
      "-2147483648",
      "9223372036854775808",
      "1e400",
      "-1e400",
      "0x10",
      " 1",
      "1 ",
      "+1",
      "\xFF\xFE",
      "\n",
      std::string(10000, '9'),
      "1e-400",
      "NaN",
      "-1",
      "--1",
      "1.5"};
  std::size_t refused = 0;
  std::size_t tried = 0;
  RandomMessages random(7);
  for (std::size_t kind = 0; kind < std::variant_size_v<ServerMessage>; ++kind) {
    std::string frame;
    encode(frame, random.server(kind), version_max);
    const std::string payload = frame.substr(4);
    for (std::size_t field = 0; field < fields_of(payload); ++field) {
      std::size_t from = 0;
      for (std::size_t i = 0; i < field; ++i) from = payload.find('\0', from) + 1;
      const std::size_t to = payload.find('\0', from);
      for (const std::string& stranger : strangers) {
        const std::string changed = payload.substr(0, from) + stranger + payload.substr(to);
        const std::string error = decode_exactly(decode_server, changed);
        ++tried;
        if (error.empty()) continue;
        ++refused;
        EXPECT_THAT(error, HasSubstr("cannot read "));
        EXPECT_LT(error.size(), 300u) << error;
        EXPECT_TRUE(std::all_of(error.begin(), error.end(), [](char c) {
          return c >= ' ' && c <= '~';
        })) << error;
      }
    }
  }
  EXPECT_GT(refused, tried / 5);
}

TEST(HostileMessage, of_random_bytes_is_read_or_refused) {
  const char* const given = std::getenv("OPT_DATA_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 99;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::string payload = std::to_string(random.below(112));
    payload += '\0';
    for (std::size_t n = random.below(80); n > 0; --n) {
      constexpr std::string_view likely(
          "\0\0\0\0"
          "0123456789.-eE,AZ",
          22);
      payload += random.below(10) == 0 ? static_cast<char>(random.below(256))
                                       : likely[random.below(likely.size())];
    }
    payload += '\0';
    decode_exactly(decode_server, payload);
    decode_exactly(decode_client, payload);
  }
}

TEST(HostileMessage, refusal_names_message_field_and_value) {
  EXPECT_EQ(
      refusal("1|6|104|4|12,35|2|0|"),
      "cannot read tickPrice at server version 178: price is '12,35', no number");
  EXPECT_EQ(
      refusal("1|6|104|4|12.35|2|"),
      "cannot read tickPrice at server version 178: it ends before attrMask");
  EXPECT_EQ(
      refusal("2|6|1o4|5|2|"),
      "cannot read tickSize at server version 178: reqId is '1o4', no whole number of 32 bits");
  EXPECT_EQ(
      refusal("4|2|99999999999|200|x||"),
      "cannot read errMsg at server version 178: id is '99999999999', no whole number of 32 bits");
  EXPECT_EQ(
      refusal("one|6|"), "cannot read a message: its id is 'one', no whole number of 32 bits");
}

TEST(HostileMessage, refusal_shortens_and_escapes_the_value) {
  EXPECT_THAT(
      refusal(std::string("2|6|104|5|a\n\xFF'\\") + std::string(100, 'z') + "|"),
      HasSubstr("size is 'a\\x0a\\xff\\'\\\\" + std::string(35, 'z') + "'..., no number"));
}

TEST(HostileMessage, refusal_of_an_account_list_does_not_show_it) {
  EXPECT_THAT(refusal("15|DU1234567|1|"), testing::Not(HasSubstr("DU1234567")));
}

TEST(HostileMessage, counts_beyond_the_message_are_refused) {
  for (const char* count : {"2147483647", "-1", "-2147483648", "2147483648", "3", "1e1", "x"}) {
    const std::string n(count);
    EXPECT_THAT(refusal("75|1|SMART|2|A|100|" + n + "|20261016|1|"), HasSubstr("expirationsCount"));
    EXPECT_THAT(refusal("75|1|SMART|2|A|100|0|" + n + "|"), HasSubstr("strikesCount"));
    EXPECT_THAT(refusal("93|26|" + n + "|0|0.01|"), HasSubstr("priceIncrementsCount"));
    EXPECT_THAT(refusal("82|1|" + n + "|0|AMEX|A|"), HasSubstr("smartComponentsCount"));
    EXPECT_THAT(refusal("17|1|a|b|" + n + "|20261016|1|"), HasSubstr("barsCount"));
    EXPECT_THAT(refusal("106|1|a|b|c|" + n + "|x|y|z|"), HasSubstr("sessionsCount"));
    EXPECT_THAT(refusal("79|1|" + n + "|7|"), HasSubstr("contractDescriptionsCount"));
    EXPECT_THAT(refusal("79|1|1|7|A|STK|X|USD|" + n + "|"), HasSubstr("Count"));
  }
}

// A long text is no reason to believe a count: entries are fields, not bytes.
TEST(HostileMessage, counts_are_believed_entry_by_entry) {
  const std::string filler(100000, 'x');
  EXPECT_THAT(
      refusal("75|1|SMART|2|A|100|50000|" + filler + "|"),
      HasSubstr("expirationsCount is '50000', a count of more entries than follow"));
}

TEST(HostileMessage, without_last_nul_is_refused) {
  EXPECT_THAT(
      refusal("1|6|104|4|12.35|2|0"), HasSubstr("cannot read message '1': the last of its"));
  EXPECT_THAT(refusal("84|whatever"), HasSubstr("not NUL"));
  EXPECT_THAT(refusal(""), HasSubstr("no bytes"));
}

TEST(HostileMessage, strikes_have_to_be_numbers) {
  for (const char* strike : {"", "NaN", "1.7976931348623157E308", "Infinite", "3OO"})
    EXPECT_THAT(
        refusal(fmt::format("75|1|SMART|2|A|100|0|1|{}|", strike)),
        HasSubstr("strike is '" + std::string(strike)));
}

TEST(Message, of_an_unknown_kind_is_carried_by_its_id) {
  for (const std::int32_t id : {3, 5, 18, 84, 108, 4711, -3}) {
    const std::string payload = wire(fmt::format("{}|1|whatever|", id));
    const auto server = decode_server(payload, version_max);
    ASSERT_TRUE(server);
    EXPECT_TRUE(*server == ServerMessage(UnknownMessage{id}));
    const auto client = decode_client(wire(fmt::format("{}|x|", id)), version_max);
    ASSERT_TRUE(client);
    EXPECT_TRUE(*client == ClientMessage(UnknownMessage{id}));
  }
}

TEST(Message, with_more_fields_than_known_is_read_and_they_are_counted) {
  std::size_t surplus = 0;
  const std::string payload = wire("1|6|104|4|12.35|2|0|new|newer||");
  const auto message = decode_server(payload, version_max, &surplus);
  ASSERT_TRUE(message);
  EXPECT_TRUE(*message == ServerMessage(TickPrice{104, Tick::last, 12.35, 2, 0}));
  EXPECT_EQ(surplus, 3u);
}

TEST(Message, at_a_version_not_spoken_is_refused) {
  for (const std::int32_t version : {0, 175, 179, -178}) {
    const auto message = decode_server(wire("9|1|1|"), version);
    ASSERT_FALSE(message);
    EXPECT_THAT(message.error().message, HasSubstr("only 176 to 178 are spoken"));
  }
}

}  // namespace
}  // namespace opt_data::tws
