// How fast ticks become values: a stream of tick messages, mixed as a gateway mixes them, through
// FrameBuffer and decode_server, beside two things nobody can beat in the same run: copying the
// same bytes, and finding the end of every field in them. "items" are messages.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/random.h"
#include "tws/codec.h"

namespace opt_data::tws {
namespace {

constexpr std::size_t messages = 200000;
constexpr std::size_t chunk_bytes = 65536;  // What one read of a socket brings at best.

double cents(Random& random, double low, double high) {
  return static_cast<double>(static_cast<std::int64_t>(random.uniform(low, high) * 100)) / 100;
}

// A volatility or a greek as a gateway prints it: seventeen digits where it has them.
ServerMessage computation(Random& random, RequestId request, Tick tick) {
  return TickOptionComputation{
      request,
      tick,
      0,
      random.uniform(0.1, 0.9),
      random.uniform(0, 1),
      cents(random, 0.05, 40),
      random.uniform(0, 1),
      random.uniform(0, 0.05),
      random.uniform(0, 1),
      -random.uniform(0, 0.5),
      cents(random, 100, 400)};
}

ServerMessage some_tick(Random& random, bool greeks) {
  const auto request = static_cast<RequestId>(1000 + random.below(100));
  const auto size = static_cast<double>(random.below(500));
  switch (random.below(10)) {
    case 0:
    case 1:
      return TickPrice{request, Tick::bid, cents(random, 0, 40), size, 1};
    case 2:
    case 3:
      return TickPrice{request, Tick::ask, cents(random, 0, 40), size, 1};
    case 4:
    case 5:
      return TickSize{request, Tick::bid_size, size};
    case 6:
    case 7:
      return TickSize{request, Tick::ask_size, size};
    case 8:
      if (greeks) return computation(random, request, Tick::model_option);
      return TickSize{request, Tick::volume, size * 10};
    default:
      return TickString{request, Tick::last_timestamp, "1790864100"};
  }
}

std::string tick_stream(bool greeks) {
  Random random(20261001);
  std::string stream;
  for (std::size_t i = 0; i < messages; ++i) encode(stream, some_tick(random, greeks), version_max);
  return stream;
}

// Every benchmark runs on both: quotes alone, and with one computation of greeks in ten messages.
const std::string& stream_of(const benchmark::State& state) {
  static const std::string quotes = tick_stream(false);
  static const std::string with_greeks = tick_stream(true);
  return state.range(0) == 0 ? quotes : with_greeks;
}

void count(benchmark::State& state) {
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(rounds * static_cast<std::int64_t>(messages));
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(stream_of(state).size()));
}

// Hands every chunk that "arrives" to `each`, as a session does.
template <typename Each>
void arrive(const std::string& stream, FrameBuffer& buffer, Each each) {
  for (std::size_t at = 0; at < stream.size(); at += chunk_bytes) {
    const std::size_t size = std::min(chunk_bytes, stream.size() - at);
    std::memcpy(buffer.prepare(size).data(), stream.data() + at, size);
    buffer.commit(size);
    each();
  }
}

void bound_copy(benchmark::State& state) {
  const std::string& stream = stream_of(state);
  std::string target(chunk_bytes, '\0');
  for (auto _ : state)
    for (std::size_t at = 0; at < stream.size(); at += chunk_bytes) {
      std::memcpy(target.data(), stream.data() + at, std::min(chunk_bytes, stream.size() - at));
      benchmark::ClobberMemory();
    }
  count(state);
}
BENCHMARK(bound_copy)->ArgName("greeks")->Arg(0)->Arg(1);

// Copy, cut into frames, and look for each NUL: what any reader of this format has to do.
void bound_find_fields(benchmark::State& state) {
  const std::string& stream = stream_of(state);
  for (auto _ : state) {
    FrameBuffer buffer;
    std::size_t fields = 0;
    arrive(stream, buffer, [&] {
      while (true) {
        const auto frame = buffer.next();
        if (!frame || !*frame) break;
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
BENCHMARK(bound_find_fields)->ArgName("greeks")->Arg(0)->Arg(1);

void decode_ticks(benchmark::State& state) {
  const std::string& stream = stream_of(state);
  for (auto _ : state) {
    FrameBuffer buffer;
    std::size_t good = 0;
    double sum = 0;
    arrive(stream, buffer, [&] {
      while (true) {
        const auto frame = buffer.next();
        if (!frame || !*frame) break;
        const auto message = decode_server(**frame, version_max);
        if (!message) continue;
        ++good;
        if (const auto* price = std::get_if<TickPrice>(&*message)) sum += price->price.value_or(0);
      }
    });
    benchmark::DoNotOptimize(sum);
    if (good != messages) state.SkipWithError("a message was not read");
  }
  count(state);
}
BENCHMARK(decode_ticks)->ArgName("greeks")->Arg(0)->Arg(1);

void encode_ticks(benchmark::State& state) {
  Random random(20261001);
  std::vector<ServerMessage> ticks;
  for (std::size_t i = 0; i < messages; ++i)
    ticks.push_back(some_tick(random, state.range(0) != 0));
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const ServerMessage& tick : ticks) encode(out, tick, version_max);
    benchmark::DoNotOptimize(out.data());
  }
  count(state);
}
BENCHMARK(encode_ticks)->ArgName("greeks")->Arg(0)->Arg(1);

}  // namespace
}  // namespace opt_data::tws

BENCHMARK_MAIN();
