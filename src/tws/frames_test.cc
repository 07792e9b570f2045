#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tws/codec.h"

namespace opt_data::tws {
namespace {

using testing::HasSubstr;

void feed(FrameBuffer& buffer, std::string_view bytes) {
  const auto room = buffer.prepare(bytes.size());
  ASSERT_GE(room.size(), bytes.size());
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(room.data()));
  buffer.commit(bytes.size());
}

std::vector<std::string> drain(FrameBuffer& buffer) {
  std::vector<std::string> out;
  for (;;) {
    auto frame = buffer.next();
    if (!frame || !*frame) return out;
    out.emplace_back(**frame);
  }
}

std::string three_frames() {
  std::string bytes;
  append_frame(bytes, std::string("9\0001\0001\0", 6));
  append_frame(bytes, std::string(700, 'x'));
  append_frame(bytes, std::string("49\0001\0007\0", 7));
  return bytes;
}

TEST(FrameBuffer, gives_the_same_frames_wherever_the_stream_is_cut) {
  const std::string bytes = three_frames();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    FrameBuffer buffer;
    feed(buffer, std::string_view(bytes).substr(0, cut));
    auto frames = drain(buffer);
    feed(buffer, std::string_view(bytes).substr(cut));
    for (auto& frame : drain(buffer)) frames.push_back(frame);
    ASSERT_EQ(frames.size(), 3u) << "cut at " << cut;
    EXPECT_EQ(frames[0], std::string("9\0001\0001\0", 6));
    EXPECT_EQ(frames[1].size(), 700u);
    EXPECT_EQ(buffer.buffered(), 0u);
  }
}

TEST(FrameBuffer, gives_the_same_frames_byte_by_byte) {
  FrameBuffer buffer;
  std::vector<std::string> frames;
  for (const char c : three_frames()) {
    feed(buffer, std::string_view(&c, 1));
    for (auto& frame : drain(buffer)) frames.push_back(frame);
  }
  EXPECT_EQ(frames.size(), 3u);
}

TEST(FrameBuffer, keeps_its_room_when_frames_keep_coming) {
  FrameBuffer buffer;
  const std::string bytes = three_frames();
  std::size_t frames = 0;
  for (int i = 0; i < 1000; ++i) {
    feed(buffer, bytes.substr(0, 500));
    frames += drain(buffer).size();
    feed(buffer, bytes.substr(500));
    frames += drain(buffer).size();
  }
  EXPECT_EQ(frames, 3000u);
  EXPECT_LT(buffer.prepare(1).size(), 8 * bytes.size());
}

TEST(FrameBuffer, refuses_a_length_of_zero) {
  FrameBuffer buffer;
  feed(buffer, std::string_view("\0\0\0\0abc", 7));
  const auto frame = buffer.next();
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().kind, ErrorKind::protocol);
  EXPECT_THAT(frame.error().message, HasSubstr("its length is 0, not 1 to 16777215"));
}

// A web server at the gateway's port answers with text; its first bytes are then the length.
TEST(FrameBuffer, refuses_a_length_above_the_maximum_and_shows_what_came) {
  FrameBuffer buffer;
  feed(buffer, "HTTP/1.1 400 Bad Request\r\n");
  const auto frame = buffer.next();
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().kind, ErrorKind::protocol);
  EXPECT_THAT(frame.error().message, HasSubstr("1213486160"));
  EXPECT_THAT(frame.error().message, HasSubstr("'HTTP/1.1 400 Bad'"));
}

TEST(FrameBuffer, a_promised_length_takes_no_memory) {
  FrameBuffer buffer;
  feed(
      buffer, std::string_view(
                  "\x00\xFF\xFF\xFF"
                  "1",
                  5));
  const auto frame = buffer.next();
  ASSERT_TRUE(frame);
  EXPECT_FALSE(*frame);
  EXPECT_LT(buffer.prepare(16).size(), 1024u);
}

TEST(FrameBuffer, keeps_to_the_maximum_it_was_given) {
  FrameBuffer buffer(10);
  std::string bytes;
  append_frame(bytes, "0123456789");
  feed(buffer, bytes);
  EXPECT_EQ(drain(buffer).size(), 1u);
  bytes.clear();
  append_frame(bytes, "0123456789a");
  feed(buffer, bytes);
  EXPECT_FALSE(buffer.next());
}

TEST(FrameBuffer, gives_the_clients_first_bytes_once_they_are_whole) {
  const std::string hello = encode_hello(ClientHello{176, 178, ""});
  for (std::size_t cut = 0; cut < hello.size(); ++cut) {
    FrameBuffer buffer;
    feed(buffer, std::string_view(hello).substr(0, cut));
    const auto early = buffer.next_hello();
    ASSERT_TRUE(early) << early.error().message;
    EXPECT_FALSE(*early);
    feed(buffer, std::string_view(hello).substr(cut));
    const auto offer = buffer.next_hello();
    ASSERT_TRUE(offer);
    EXPECT_EQ(*offer, "v176..178");
    EXPECT_EQ(buffer.buffered(), 0u);
  }
}

TEST(FrameBuffer, refuses_other_first_bytes_at_the_first_that_differs) {
  FrameBuffer buffer;
  feed(buffer, "AG");
  const auto offer = buffer.next_hello();
  ASSERT_FALSE(offer);
  EXPECT_EQ(offer.error().kind, ErrorKind::protocol);
  EXPECT_THAT(offer.error().message, HasSubstr("'AG'"));
}

TEST(FrameBuffer, refuses_an_offer_longer_than_any_offer) {
  FrameBuffer buffer;
  feed(buffer, std::string_view("API\0\0\0\x10\0v", 9));
  EXPECT_FALSE(buffer.next_hello());
}

}  // namespace
}  // namespace opt_data::tws
