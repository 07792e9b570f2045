// Decodes a burst of contracts; what callgrind counts between begin and end of count_decode() is
// what its messages cost.
//
//   count_decode ROUNDS      prints how many messages there were
#include <fmt/format.h>

#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "burst.h"
#include "tws/codec.h"
#include "tws/server_layouts.h"

namespace opt_data::bench {

// What a session does with a chunk of bytes, but for whom a message concerns.
[[gnu::noinline]] std::size_t count_decode(tws::FrameBuffer& buffer) {
  std::size_t good = 0;
  double sum = 0;
  const auto look = [&sum](const auto& message) {
    if constexpr (requires { message.price; }) sum += message.price.value_or(0);
  };
  for (auto frame = buffer.next(); frame && *frame; frame = buffer.next())
    if (tws::read_server(**frame, tws::version_max, look)) ++good;
  OPT_CHECK(sum > 0);
  return good;
}

}  // namespace opt_data::bench

int main(int argc, char** argv) {
  using namespace opt_data;
  const auto rounds = argc > 1 ? parse_int(argv[1]) : std::nullopt;
  const std::string stream = bench::contract_burst(static_cast<std::size_t>(rounds.value_or(10)));
  tws::FrameBuffer buffer;
  std::memcpy(buffer.prepare(stream.size()).data(), stream.data(), stream.size());
  buffer.commit(stream.size());
  fmt::print("{}\n", bench::count_decode(buffer));
}
