#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tws/codec.h"

namespace opt_data::tws {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

ClientHello offered(std::string_view text) {
  const auto hello = decode_client_hello(text);
  EXPECT_TRUE(hello) << text;
  return hello.value_or(ClientHello{});
}

TEST(Handshake, one_version_is_a_range_of_one) {
  EXPECT_EQ(offered("v178"), (ClientHello{178, 178, ""}));
  EXPECT_EQ(offered("v178..178"), (ClientHello{178, 178, ""}));
}

TEST(Handshake, options_and_blanks_follow_the_range) {
  EXPECT_EQ(offered("v100..193"), (ClientHello{100, 193, ""}));
  EXPECT_EQ(offered("v176..176 "), (ClientHello{176, 176, ""}));
  EXPECT_EQ(offered("v176..178 +PACEAPI"), (ClientHello{176, 178, "+PACEAPI"}));
  const std::string bytes = encode_hello(ClientHello{176, 178, "+PACEAPI"});
  EXPECT_EQ(bytes.substr(8), "v176..178 +PACEAPI");
}

TEST(Handshake, an_offer_that_is_none_is_refused_with_its_text) {
  for (const auto& text :
       {""s, "176"s, "v"s, "v.."s, "v176.."s, "v..178"s, "v178..176"s, "vabc"s, "v176...178"s,
        "v-5"s, "v0"s, "v1761761761761"s, "v176\0..178"s}) {
    const auto hello = decode_client_hello(text);
    ASSERT_FALSE(hello) << text;
    EXPECT_EQ(hello.error().kind, ErrorKind::protocol);
    EXPECT_THAT(hello.error().message, HasSubstr("expected 'v176..178'"));
  }
}

TEST(Handshake, the_gateways_zone_may_be_several_words) {
  const auto payload = "176\00020260302 09:12:44 Central Standard Time\0"s;
  const auto hello = decode_server_hello(payload);
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->version, 176);
  EXPECT_EQ(hello->time, "20260302 09:12:44 Central Standard Time");
}

TEST(Handshake, a_redirect_is_not_followed) {
  const auto payload = "-1\000gw.example.com:4001\0"s;
  const auto hello = decode_server_hello(payload);
  ASSERT_FALSE(hello);
  EXPECT_THAT(hello.error().message, HasSubstr("redirects to 'gw.example.com:4001'"));
}

TEST(Handshake, a_hello_that_is_none_is_refused) {
  const auto whole = "178\00020261001 10:15:00 EST\0"s;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_server_hello(whole.substr(0, size))) << size;
  EXPECT_FALSE(decode_server_hello("\000x\0"s));
  EXPECT_FALSE(decode_server_hello("abc\000x\0"s));
  EXPECT_FALSE(decode_server_hello("99999999999\000x\0"s));
}

}  // namespace
}  // namespace opt_data::tws
