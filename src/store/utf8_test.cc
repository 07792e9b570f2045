#include "store/utf8.h"

#include <gtest/gtest.h>

namespace opt_data::store {
namespace {

TEST(Utf8, keeps_what_is_and_marks_what_is_not) {
  for (const std::string_view good : {"", "plain", "é", "延迟", "\xF0\x9F\x98\x80", "\x7f"})
    EXPECT_EQ(as_utf8(good), good);
  EXPECT_EQ(as_utf8("caf\xe9"), "caf?");
  EXPECT_EQ(as_utf8("\xC0\xAF"), "??") << "overlong";
  EXPECT_EQ(as_utf8("\xE0\x80\xAF"), "???") << "overlong";
  EXPECT_EQ(as_utf8("\xED\xA0\x80"), "???") << "half of a surrogate pair";
  EXPECT_EQ(as_utf8("\xF4\x90\x80\x80"), "????") << "beyond the last code point";
  EXPECT_EQ(as_utf8("a\xE5\xBB"), "a??") << "cut short";
  EXPECT_EQ(as_utf8("\xFF延"), "?延");
}

}  // namespace
}  // namespace opt_data::store
