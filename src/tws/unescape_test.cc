#include <gtest/gtest.h>

#include "tws/codec.h"

namespace opt_data::tws {
namespace {

TEST(Unescape, plain_text_stays) { EXPECT_EQ(unescape("APPLE INC"), "APPLE INC"); }

TEST(Unescape, code_units_become_utf_8) {
  EXPECT_EQ(unescape("Soci\\u00e9t\\u00E9"), "Soci\xC3\xA9t\xC3\xA9");
  EXPECT_EQ(unescape("\\u20ac 5"), "\xE2\x82\xAC 5");
  EXPECT_EQ(unescape("\\u0041"), "A");
}

TEST(Unescape, surrogates_are_a_pair_or_nothing) {
  EXPECT_EQ(unescape("\\ud83d\\ude00!"), "\xF0\x9F\x98\x80!");
  EXPECT_EQ(unescape("\\ud83dx"), "\xEF\xBF\xBDx");
  EXPECT_EQ(unescape("\\ude00\\ud83d"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(unescape("\\u0041\\ude00"), "A\xEF\xBF\xBD");
}

TEST(Unescape, what_is_no_escape_stays) {
  for (const char* text : {"\\", "\\u", "\\u00e", "\\u00eg", "\\n", "a\\u-123b", "C:\\users"})
    EXPECT_EQ(unescape(text), text);
}

}  // namespace
}  // namespace opt_data::tws
