#include "tws/transcript.h"

#include <gtest/gtest.h>

#include <string>

namespace opt_data::tws {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

std::string text_of(const TranscriptLine& line) {
  std::string text;
  append_line(text, line);
  return text;
}

TEST(Transcript, a_line_is_what_a_person_would_write) {
  EXPECT_EQ(text_of({1, 31902us, Mark::asked, "71\0002\000101\0\0"s}), "1 0.031902 > 71|2|101||\n");
  EXPECT_EQ(text_of({12, 61s, Mark::gateway_closed, ""}), "12 61.000000 <end \n");
}

TEST(Transcript, every_byte_comes_back) {
  TranscriptLine line{3, 7us, Mark::stray_told, ""};
  for (int byte = 0; byte < 256; ++byte) line.bytes += static_cast<char>(byte);
  const std::string text = text_of(line);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto read = parse_transcript_line(std::string_view(text).substr(0, text.size() - 1));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, line);
}

TEST(Transcript, a_line_that_a_crash_cut_off_is_left_out) {
  std::string text(transcript_heading);
  append_line(text, {1, 0us, Mark::hello, "v176..178"});
  const std::size_t whole = text.size();
  append_line(text, {1, 5us, Mark::told, "4\0002\000"s});
  for (std::size_t size = whole; size < text.size(); ++size) {
    const auto read = parse_transcript(std::string_view(text).substr(0, size));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->lines.size(), 1u);
    EXPECT_EQ(read->whole_bytes, whole);
  }
  EXPECT_EQ(parse_transcript(text)->lines.size(), 2u);
}

TEST(Transcript, what_is_damaged_inside_is_named_with_its_line) {
  const std::string heading(transcript_heading);
  for (const char* line :
       {"0 0.000000 > 49|1|", "x", "", "1 0.5 > 49|1|", "1 -1.000000 > 49|1|",
        "1 0.000000 >> 49|1|", "1 0.000000 > ", "1 0.000000 >", "1 0.000000 < \\x4",
        "1 0.000000 < \\n|", "99999999999 0.000000 > 49|"}) {
    const auto read = parse_transcript(heading + "1 0.000000 hello v178\n" + line + "\n");
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
    EXPECT_EQ(read.error().message.rfind("line 3: no ", 0), 0u) << read.error().message;
  }
}

TEST(Transcript, another_file_is_no_transcript) {
  for (const char* text : {"", "[gateway]\n", "opt-data-transcript 2\n", "opt-data-transcript 1"})
    EXPECT_EQ(parse_transcript(text).error().kind, ErrorKind::corrupt) << text;
}

}  // namespace
}  // namespace opt_data::tws
