#include "serve/answers.h"

#include "serve/serve_fixture.h"

namespace opt_data::serve {
namespace {

using testing::HasSubstr;

TEST(Target, is_a_path_and_what_is_asked_of_it) {
  const auto target = parse_target("/api/v1/days/2025-10-06/chain?symbol=BRK%20B&slot=3&slot=4&&x");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/v1/days/2025-10-06/chain");
  EXPECT_EQ(*target->find("symbol"), "BRK B");
  EXPECT_EQ(*target->find("slot"), "4");
  EXPECT_EQ(target->find("x"), nullptr);
  EXPECT_EQ(target->find("y"), nullptr);
  EXPECT_EQ(*parse_target("/a?b=c+d%2B")->find("b"), "c d+");
}

TEST(Target, that_is_none_is_refused) {
  for (const char* text : {"", "api", "/%", "/%4", "/%zz", "/a%00b", "/a?b=%0", "//%-1"})
    EXPECT_FALSE(parse_target(text)) << text;
}

TEST(Answers, say_what_kind_of_failure_it_is) {
  const auto status = [](ErrorKind kind) { return problem(Error{kind, "why"}).status; };
  EXPECT_EQ(status(ErrorKind::invalid_input), 400);
  EXPECT_EQ(status(ErrorKind::not_found), 404);
  EXPECT_EQ(status(ErrorKind::refused), 422);
  EXPECT_EQ(status(ErrorKind::corrupt), 500);
  const auto busy = problem(Error{ErrorKind::unavailable, "later"});
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(header_of(busy, "Retry-After"), "2");
  EXPECT_THAT(busy.body, HasSubstr(R"({"kind":"unavailable","message":"later"})"));
}

// A symbol of the broker's may hold any byte; JSON may not.
TEST(Answers, are_text_whatever_is_in_them) {
  EXPECT_EQ(to_text({{"a", "\xff"}}), "{\"a\":\"\xef\xbf\xbd\"}\n");
}

}  // namespace
}  // namespace opt_data::serve
