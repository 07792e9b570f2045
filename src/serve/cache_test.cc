#include "serve/cache.h"

#include <boost/asio/detached.hpp>

#include "serve/serve_fixture.h"

namespace opt_data::serve {
namespace {

using namespace std::chrono_literals;

class AnswerCacheTest : public testing::Test {
 protected:
  net::HttpResponse get(const std::string& question, std::string_view known = {}) {
    return wait(io, cache.get(question, known, version(), make()));
  }
  AnswerCache::Version version() {
    return [this](Desk&) -> Result<std::string> {
      ++looked;
      return stored;
    };
  }
  AnswerCache::Make make() {
    return [this](Desk&) -> Result<nlohmann::ordered_json> {
      ++made;
      if (broken) return fail(ErrorKind::corrupt, "unreadable");
      return nlohmann::ordered_json{{"stored", stored}};
    };
  }

  Machine machine;
  asio::io_context io;
  Desks desks{machine.sources, 2};
  AnswerCache::Time now{1h};
  AnswerCache cache{desks, [this] { return now; }};
  int looked = 0, made = 0;
  std::string stored = "one";
  bool broken = false;
};

TEST_F(AnswerCacheTest, an_answer_is_made_again_only_when_another_one_would_come_out) {
  EXPECT_EQ(*get("/a").shared_body, "{\"stored\":\"one\"}\n");
  get("/a");
  EXPECT_EQ(looked, 1) << "nobody looks twice within a moment";
  now += AnswerCache::fresh_for;
  get("/a");
  EXPECT_EQ(looked, 2);
  EXPECT_EQ(made, 1);
  stored = "two";
  now += AnswerCache::fresh_for;
  EXPECT_EQ(*get("/a").shared_body, "{\"stored\":\"two\"}\n");
  EXPECT_EQ(made, 2);
}

TEST_F(AnswerCacheTest, who_has_it_already_is_told_so) {
  const std::string tag = header_of(get("/a"), "ETag");
  const auto again = get("/a", tag);
  EXPECT_EQ(again.status, 304);
  EXPECT_FALSE(again.shared_body);
  EXPECT_EQ(header_of(again, "ETag"), tag);
  stored = "two";
  now += AnswerCache::fresh_for;
  EXPECT_EQ(get("/a", tag).status, 200);
}

TEST_F(AnswerCacheTest, a_failure_is_not_kept) {
  broken = true;
  EXPECT_EQ(get("/a").status, 500);
  broken = false;
  EXPECT_EQ(get("/a").status, 200);
}

TEST_F(AnswerCacheTest, many_who_ask_at_once_are_answered_by_one_look) {
  constexpr int readers = 100;
  int answered = 0;
  for (int i = 0; i < readers; ++i)
    asio::co_spawn(
        io, cache.get("/a", {}, version(), make()),
        [&](std::exception_ptr error, const net::HttpResponse& response) {
          EXPECT_FALSE(error);
          EXPECT_EQ(*response.shared_body, "{\"stored\":\"one\"}\n");
          if (++answered == readers) io.stop();
        });
  io.run();
  EXPECT_EQ(answered, readers);
  EXPECT_EQ(looked, 1);
  EXPECT_EQ(made, 1);
}

TEST_F(AnswerCacheTest, does_not_grow_without_end) {
  for (std::size_t i = 0; i < AnswerCache::entries_max + 50; ++i) {
    now += 1ms;
    get("/" + std::to_string(i));
  }
  EXPECT_EQ(cache.size(), AnswerCache::entries_max);
  const int before = made;
  get("/" + std::to_string(AnswerCache::entries_max + 49));
  EXPECT_EQ(made, before) << "the newest are kept";
}

}  // namespace
}  // namespace opt_data::serve
