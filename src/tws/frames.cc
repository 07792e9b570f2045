#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "tws/codec.h"
#include "tws/fields.h"

namespace opt_data::tws {
namespace {

constexpr std::string_view hello_prefix("API\0", 4);
constexpr std::size_t length_bytes = 4;
// An offer is a dozen characters and perhaps an option; a stranger's bytes are not waited for.
constexpr std::size_t hello_bytes_max = 1024;

// Requires: four bytes. Written out, because a compiler makes one instruction of it, and a loop of
// a loop.
std::size_t big_endian(std::string_view bytes) {
  const auto at = [&](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(bytes[i])};
  };
  return at(0) << 24 | at(1) << 16 | at(2) << 8 | at(3);
}

bool is_length(std::size_t length, std::size_t max) { return length > 0 && length <= max; }

// Shows the bytes, because "HTTP" where a length should be tells the person what is wrong.
tl::unexpected<Error> no_length(std::string_view bytes, std::size_t max) {
  return fail(
      ErrorKind::protocol,
      "cannot read a frame: its length is {}, not 1 to {}; the stream has {} there",
      big_endian(bytes), max, quoted(bytes.substr(0, 16)));
}

}  // namespace

std::span<std::byte> FrameBuffer::prepare(std::size_t bytes_min) {
  if (bytes_.size() - end_ < bytes_min && begin_ > 0) {
    // Move what is left of a frame to the front, once; it is nearly always short.
    std::memmove(bytes_.data(), bytes_.data() + begin_, buffered());
    end_ -= begin_;
    begin_ = 0;
  }
  if (bytes_.size() - end_ < bytes_min)
    bytes_.resize(std::max(bytes_.size() * 2, end_ + bytes_min));
  return std::span(bytes_).subspan(end_);
}

void FrameBuffer::commit(std::size_t bytes) {
  OPT_CHECK(bytes <= bytes_.size() - end_);
  end_ += bytes;
}

std::string_view FrameBuffer::rest() const {
  return {reinterpret_cast<const char*>(bytes_.data()) + begin_, buffered()};
}

Result<std::optional<std::string_view>> FrameBuffer::next() {
  const std::string_view waiting = rest();
  if (waiting.size() < length_bytes) return std::nullopt;
  const std::size_t length = big_endian(waiting);
  if (!is_length(length, payload_max_)) return no_length(waiting, payload_max_);
  if (waiting.size() - length_bytes < length) return std::nullopt;
  begin_ += length_bytes + length;
  return std::optional(waiting.substr(length_bytes, length));
}

Result<std::optional<std::string_view>> FrameBuffer::next_hello() {
  std::string_view waiting = rest();
  const std::size_t seen = std::min(waiting.size(), hello_prefix.size());
  if (waiting.substr(0, seen) != hello_prefix.substr(0, seen))
    return fail(
        ErrorKind::protocol,
        "cannot read the client's first bytes: they are {}, not \"API\" and NUL",
        quoted(waiting.substr(0, 16)));
  waiting.remove_prefix(seen);
  if (waiting.size() < length_bytes) return std::nullopt;
  const std::size_t length_max = std::min(hello_bytes_max, payload_max_);
  const std::size_t length = big_endian(waiting);
  if (!is_length(length, length_max)) return no_length(waiting, length_max);
  if (waiting.size() - length_bytes < length) return std::nullopt;
  begin_ += hello_prefix.size() + length_bytes + length;
  return std::optional(waiting.substr(length_bytes, length));
}

void append_frame(std::string& out, std::string_view payload) {
  OPT_CHECK(!payload.empty() && payload.size() <= payload_bytes_max);
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<unsigned char>(payload.size() >> shift));
  out.append(payload);
}

}  // namespace opt_data::tws
