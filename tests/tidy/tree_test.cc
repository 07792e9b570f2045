#include "tree.h"

#include <gtest/gtest.h>

namespace opt_data::tidy {
namespace {

TEST(CodeOnly, comments_and_literals_are_blank) {
  EXPECT_EQ(code_only("a; // co_await x\nb;"), "a;              \nb;");
  EXPECT_EQ(code_only("f(\"co_await\");"), "f(          );");
  EXPECT_EQ(code_only("f('\"', \"\\\"\", 2);"), "f(   ,     , 2);");
}

TEST(CodeOnly, raw_strings_end_at_their_own_mark) {
  EXPECT_EQ(code_only("R\"x(a)\" b)x\" c"), "             c");
}

TEST(CodeOnly, grouped_digits_are_not_a_literal) {
  EXPECT_EQ(code_only("1'000 + g();"), "1'000 + g();");
}

TEST(Project, holds_what_people_wrote) {
  EXPECT_FALSE(file("CMakeLists.txt").lines.empty());
  for (const File& each : project()) {
    EXPECT_FALSE(each.under("build/") || each.under("node_modules/")) << each.path;
  }
}

}  // namespace
}  // namespace opt_data::tidy
