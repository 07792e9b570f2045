// How fast ticks become values: a burst of contracts through FrameBuffer and read_server, beside
// two things nobody can beat in the same run: copying the same bytes, and finding the end of every
// field in them. And the same through a socket, from a process that writes as fast as it is read.
// "items" are messages.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "base/check.h"
#include "burst.h"
#include "tws/codec.h"
#include "tws/server_layouts.h"

namespace opt_data::tws {
namespace {

constexpr std::size_t rounds = 100;
constexpr std::size_t messages = 100 * rounds * bench::messages_per_contract;
constexpr std::size_t chunk_bytes = 65536;  // What one read of a session brings at most.

const std::string& stream() {
  static const std::string made = bench::contract_burst(rounds);
  return made;
}

void count(benchmark::State& state) {
  const auto iterations = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(iterations * static_cast<std::int64_t>(messages));
  state.SetBytesProcessed(iterations * static_cast<std::int64_t>(stream().size()));
}

// Hands every chunk that "arrives" to `each`, as a session does.
template <typename Each>
void arrive(FrameBuffer& buffer, Each each) {
  for (std::size_t at = 0; at < stream().size(); at += chunk_bytes) {
    const std::size_t size = std::min(chunk_bytes, stream().size() - at);
    std::memcpy(buffer.prepare(size).data(), stream().data() + at, size);
    buffer.commit(size);
    each();
  }
}

// Every whole message that is in the buffer; how many.
std::size_t decode_all(FrameBuffer& buffer) {
  std::size_t good = 0;
  for (auto frame = buffer.next(); frame && *frame; frame = buffer.next()) {
    const auto done = read_server(
        **frame, version_max, [](const auto& message) { benchmark::DoNotOptimize(&message); });
    if (done) ++good;
  }
  return good;
}

void bound_copy(benchmark::State& state) {
  std::string target(chunk_bytes, '\0');
  for (auto _ : state)
    for (std::size_t at = 0; at < stream().size(); at += chunk_bytes) {
      std::memcpy(target.data(), stream().data() + at, std::min(chunk_bytes, stream().size() - at));
      benchmark::ClobberMemory();
    }
  count(state);
}
BENCHMARK(bound_copy);

// Copy, cut into frames, and look for each NUL: what any reader of this format has to do.
void bound_find_fields(benchmark::State& state) {
  for (auto _ : state) {
    FrameBuffer buffer;
    std::size_t fields = 0;
    arrive(buffer, [&] {
      for (auto frame = buffer.next(); frame && *frame; frame = buffer.next()) {
        const char* at = (*frame)->data();
        const char* const end = at + (*frame)->size();
        for (; at != end; ++fields)
          at = static_cast<const char*>(std::memchr(at, 0, static_cast<std::size_t>(end - at))) + 1;
      }
    });
    benchmark::DoNotOptimize(fields);
  }
  count(state);
}
BENCHMARK(bound_find_fields);

void decode_ticks(benchmark::State& state) {
  for (auto _ : state) {
    FrameBuffer buffer;
    std::size_t good = 0;
    arrive(buffer, [&] { good += decode_all(buffer); });
    if (good != messages) state.SkipWithError("a message was not read");
  }
  count(state);
}
BENCHMARK(decode_ticks);

// A process that writes the burst to a socket of loopback, over and over, until it is ended.
class Writer {
 public:
  Writer() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    OPT_CHECK(::bind(listener, any, size) == 0 && ::listen(listener, 1) == 0);
    OPT_CHECK(::getsockname(listener, any, &size) == 0);
    stream();  // Made before there are two of us.
    child_ = ::fork();
    OPT_CHECK(child_ >= 0);
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (child_ == 0) write_for_ever(any, size);
    ::close(socket_);
    socket_ = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    OPT_CHECK(socket_ >= 0);
  }
  ~Writer() {
    ::close(socket_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void read_into(FrameBuffer& buffer) const {
    const auto room = buffer.prepare(chunk_bytes);
    const ssize_t got = ::read(socket_, room.data(), room.size());
    OPT_CHECK(got > 0);
    buffer.commit(static_cast<std::size_t>(got));
  }

 private:
  [[noreturn]] void write_for_ever(const sockaddr* to, socklen_t size) const {
    OPT_CHECK(::connect(socket_, to, size) == 0);
    for (;;)
      for (std::size_t at = 0; at < stream().size();) {
        const ssize_t sent =
            ::send(socket_, stream().data() + at, stream().size() - at, MSG_NOSIGNAL);
        if (sent <= 0) std::_Exit(0);
        at += static_cast<std::size_t>(sent);
      }
  }

  pid_t child_ = -1;
  int socket_ = -1;
};

void loopback_to_values(benchmark::State& state) {
  const Writer writer;
  FrameBuffer buffer;
  std::size_t good = 0;
  for (auto _ : state)
    for (const std::size_t wanted = good + messages; good < wanted; good += decode_all(buffer))
      writer.read_into(buffer);
  count(state);
}
BENCHMARK(loopback_to_values);

void encode_ticks(benchmark::State& state) {
  std::vector<ServerMessage> ticks;
  FrameBuffer buffer;
  std::memcpy(buffer.prepare(stream().size()).data(), stream().data(), stream().size());
  buffer.commit(stream().size());
  for (auto frame = buffer.next(); frame && *frame; frame = buffer.next())
    ticks.push_back(decode_server(**frame, version_max).value());
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const ServerMessage& tick : ticks) encode(out, tick, version_max);
    benchmark::DoNotOptimize(out.data());
  }
  count(state);
}
BENCHMARK(encode_ticks);

}  // namespace
}  // namespace opt_data::tws

BENCHMARK_MAIN();
