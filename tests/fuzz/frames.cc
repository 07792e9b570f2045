// A stream cut into pieces has to give the frames of the whole stream, and both hellos have to
// survive any bytes. The first byte says how the stream is cut.
#include <algorithm>
#include <cstring>
#include <vector>

#include "fuzz_messages.h"

namespace opt_data::tws {
namespace {

struct Outcome {
  std::string offer;
  std::vector<std::string> frames;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

// The hello first when the stream is a client's, then frames until one is refused.
Outcome read_stream(std::string_view stream, std::size_t piece, bool from_client) {
  FrameBuffer buffer(4096);
  Outcome out;
  bool greeted = !from_client;
  for (std::size_t at = 0; at < stream.size() && !out.refused; at += piece) {
    const std::size_t size = std::min(piece, stream.size() - at);
    std::memcpy(buffer.prepare(size).data(), stream.data() + at, size);
    buffer.commit(size);
    for (bool more = true; more;) {
      const auto part = greeted ? buffer.next() : buffer.next_hello();
      out.refused = !part;
      more = part && *part;
      if (!more) break;
      if (greeted)
        out.frames.emplace_back(**part);
      else
        out.offer = **part;
      greeted = true;
    }
  }
  return out;
}

void check_hellos(std::string_view bytes) {
  if (const auto client = decode_client_hello(bytes)) {
    const std::string again = encode_hello(*client);
    const auto read = decode_client_hello(std::string_view(again).substr(8));
    expect(read && *read == *client, "a client's hello reads back the same");
  }
  if (const auto server = decode_server_hello(bytes)) {
    const std::string again = encode_hello(*server);
    const auto read = decode_server_hello(std::string_view(again).substr(4));
    expect(read && *read == *server, "a gateway's hello reads back the same");
  }
}

}  // namespace
}  // namespace opt_data::tws

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace opt_data::tws;
  if (size == 0) return 0;
  const std::string_view stream = as_text(data + 1, size - 1);
  const std::size_t piece = data[0] / 2 + std::size_t{1};
  const bool from_client = data[0] % 2 == 1;
  const auto whole = read_stream(stream, std::max<std::size_t>(stream.size(), 1), from_client);
  expect(read_stream(stream, piece, from_client) == whole, "pieces give the frames of the whole");
  check_hellos(stream);
  return 0;
}
