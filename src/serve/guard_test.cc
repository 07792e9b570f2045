#include "serve/guard.h"

#include "serve/serve_fixture.h"

namespace opt_data::serve {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Guard::Time start{1'000h};

net::HttpRequest called(const std::string& host) {
  return {"GET", "/", "", {{"host", host}}, "127.0.0.1"};
}

net::HttpRequest from(const std::string& peer) {
  auto one = request("GET", "/api/v1/status");
  one.peer = peer;
  return one;
}

class GuardTest : public testing::Test {
 protected:
  Guard open{{}, [] { return std::string("s"); }};
  Guard shut{{.token = "correct horse", .hosts = {"quant.lan"}, .requests_per_second = 10}, [this] {
               return "secret" + std::to_string(made++);
             }};
  int made = 0;

  int status(const net::HttpRequest& asked, Guard::Time now = start) {
    const auto refused = shut.refuse_stranger(asked, now);
    return refused ? refused->status : 200;
  }
  std::string cookie(Guard::Time now) {
    const auto given =
        shut.session(request("POST", "/", {{"authorization", "Bearer correct horse"}}), now);
    const std::string text = header_of(given, "Set-Cookie");
    return text.substr(0, text.find(';'));
  }
};

TEST_F(GuardTest, answers_only_to_its_own_names) {
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:8390", "localhost:1", "LOCALHOST", "[::1]:8390", "127.8.9.10"})
    EXPECT_FALSE(open.refuse(called(host), start)) << host;
  for (const char* host :
       {"evil.example", "127.evil.example", "localhost.evil.example", "", "quant.lan",
        "127.0.0.1.evil.example:80", "10.0.0.7", "[::2]"}) {
    const auto refused = open.refuse(called(host), start);
    ASSERT_TRUE(refused) << host;
    EXPECT_EQ(refused->status, 421) << host;
  }
  EXPECT_FALSE(shut.refuse(called("Quant.LAN:8390"), start));
}

TEST_F(GuardTest, another_site_may_not_ask_through_the_browser) {
  const auto refused = [&](std::vector<std::pair<std::string, std::string>> headers) {
    return open.refuse(request("GET", "/api/v1/status", std::move(headers)), start).has_value();
  };
  EXPECT_TRUE(refused({{"sec-fetch-site", "cross-site"}}));
  EXPECT_TRUE(refused({{"sec-fetch-site", "same-site"}}));
  EXPECT_TRUE(refused({{"origin", "https://evil.example"}}));
  EXPECT_TRUE(refused({{"origin", "http://127.0.0.1:9999"}}));
  EXPECT_FALSE(refused({{"origin", "http://127.0.0.1:8390"}, {"sec-fetch-site", "same-origin"}}));
  EXPECT_FALSE(refused({{"sec-fetch-site", "none"}}));
  // A link that somebody follows.
  EXPECT_FALSE(refused({{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}}));
  EXPECT_TRUE(open.refuse(
      request("POST", "/", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}}),
      start));
}

TEST_F(GuardTest, needs_no_token_where_there_is_none) {
  EXPECT_FALSE(open.refuse_stranger(request("GET", "/api/v1/status"), start));
  EXPECT_EQ(header_of(open.session(request("POST", "/"), start), "Set-Cookie"), "");
}

TEST_F(GuardTest, a_token_is_whole_or_wrong) {
  const auto with = [&](const std::string& header) {
    return status(request("GET", "/api/v1/status", {{"authorization", header}}));
  };
  EXPECT_EQ(with("Bearer correct horse"), 200);
  EXPECT_EQ(with("Bearer correct"), 401);
  EXPECT_EQ(with("Bearer correct horses"), 401);
  EXPECT_EQ(with("Basic correct horse"), 401);
  EXPECT_EQ(with("Bearer "), 401);
  EXPECT_EQ(status(request("GET", "/api/v1/status?token=correct+horse")), 401);
}

TEST_F(GuardTest, who_guesses_has_to_wait_a_minute) {
  const auto wrong = request("GET", "/", {{"authorization", "Bearer guess"}});
  const auto right = request("GET", "/", {{"authorization", "Bearer correct horse"}});
  for (int i = 0; i < Guard::wrong_tokens_max; ++i) EXPECT_EQ(status(wrong), 401);
  EXPECT_EQ(status(wrong), 429);
  EXPECT_EQ(status(right), 429) << "the answer must not tell whether it was right";
  auto other = right;
  other.peer = "10.0.0.9";
  EXPECT_EQ(status(other), 200) << "only the one who guesses waits";
  EXPECT_EQ(status(right, start + 61s), 200);
}

TEST_F(GuardTest, a_browser_gets_a_cookie_that_scripts_cannot_read) {
  const auto given =
      shut.session(request("POST", "/", {{"authorization", "Bearer correct horse"}}), start);
  EXPECT_EQ(given.status, 204);
  EXPECT_THAT(
      header_of(given, "Set-Cookie"),
      AllOf(
          StartsWith("opt_data_session="), HasSubstr("HttpOnly"), HasSubstr("SameSite=Strict"),
          HasSubstr("Max-Age=43200"), Not(HasSubstr("correct"))));
  EXPECT_EQ(shut.session(request("POST", "/"), start).status, 401);
}

TEST_F(GuardTest, a_cookie_holds_until_it_is_old_or_given_back) {
  const std::string one = cookie(start), other = cookie(start);
  ASSERT_NE(one, other);
  const auto with = [&](const std::string& text, Guard::Time now) {
    return status(request("GET", "/", {{"cookie", "a=b; " + text + "; c=d"}}), now);
  };
  EXPECT_EQ(with(one, start + Guard::session_age - 1s), 200);
  EXPECT_EQ(with(one, start + Guard::session_age), 401);
  EXPECT_EQ(with(other, start), 200);
  EXPECT_EQ(shut.session(request("DELETE", "/", {{"cookie", other}}), start).status, 204);
  EXPECT_EQ(with(other, start), 401);
  EXPECT_EQ(with("opt_data_session=", start), 401);
  EXPECT_EQ(with("opt_data_session=guess", start), 401);
}

TEST_F(GuardTest, keeps_so_many_cookies_and_no_more) {
  const std::string first = cookie(start);
  for (std::size_t i = 0; i < Guard::sessions_max; ++i) cookie(start + std::chrono::seconds{i + 1});
  EXPECT_EQ(status(request("GET", "/", {{"cookie", first}})), 401);
}

TEST_F(GuardTest, slows_down_who_is_not_on_this_machine) {
  const auto asked = [&](const std::string& peer, Guard::Time now) {
    const auto refused = shut.refuse(from(peer), now);
    return refused ? refused->status : 200;
  };
  for (int i = 0; i < 20; ++i) ASSERT_EQ(asked("10.0.0.7", start), 200) << i;
  EXPECT_EQ(asked("10.0.0.7", start), 429);
  EXPECT_EQ(asked("10.0.0.8", start), 200);
  EXPECT_EQ(asked("10.0.0.7", start + 100ms), 200);
  EXPECT_EQ(asked("10.0.0.7", start + 100ms), 429);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(asked("127.0.0.1", start), 200);
}

TEST(Loopback, is_an_address_and_not_a_name_that_looks_like_one) {
  for (const char* address : {"127.0.0.1", "127.255.0.1", "::1", "localhost"})
    EXPECT_TRUE(is_loopback(address)) << address;
  for (const char* address :
       {"0.0.0.0", "::", "10.0.0.1", "127.evil.example", "1270.0.0.1", "", "localhost.example"})
    EXPECT_FALSE(is_loopback(address)) << address;
}

}  // namespace
}  // namespace opt_data::serve
