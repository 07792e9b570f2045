// Any text at all is a transcript or a sentence; one that can be read is written the same again,
// and a gateway that plays it survives being asked every recorded question.
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>

#include "fuzz_messages.h"
#include "net/memory_pipe.h"
#include "sim/replay_gateway.h"
#include "sim/sim_clock.h"
#include "tws/transcript.h"

namespace opt_data::sim {
namespace {

using tws::expect;

void check_lines(const tws::Transcript& transcript) {
  std::string text(tws::transcript_heading);
  for (const tws::TranscriptLine& line : transcript.lines) tws::append_line(text, line);
  const auto again = tws::parse_transcript(text);
  expect(again.has_value(), "what was written can be read");
  expect(again->lines == transcript.lines, "what was written reads back the same");
  expect(again->whole_bytes == text.size(), "what was written is whole");
}

asio::awaitable<void> ask(std::shared_ptr<net::MemoryPipe> end, std::string bytes) {
  (void)co_await end->write_all(std::as_bytes(std::span<const char>(bytes)));
}

asio::awaitable<void> swallow(std::shared_ptr<net::MemoryPipe> end) {
  std::array<std::byte, 4096> room;
  for (;;) {
    const auto size = co_await end->read_some(room);
    if (!size || *size == 0) co_return;
  }
}

void play(const tws::Transcript& transcript) {
  auto script = ReplayScript::read(transcript);
  if (!script) return expect(!script.error().message.empty(), "a refusal has a sentence");
  std::string questions = tws::encode_hello(tws::ClientHello{176, 178, ""});
  for (const tws::TranscriptLine& line : transcript.lines)
    if (line.mark == tws::Mark::asked) tws::append_frame(questions, line.bytes);
  asio::io_context io;
  SimClock clock(io, script->opened());
  ReplayGateway gateway(*std::move(script), clock, {});
  auto [near, far] = net::MemoryPipe::make();
  asio::co_spawn(io, gateway.serve(std::move(far)), asio::detached);
  const std::shared_ptr<net::MemoryPipe> end = std::move(near);
  asio::co_spawn(io, ask(end, questions), asio::detached);
  asio::co_spawn(io, swallow(end), asio::detached);
  clock.run_until(clock.now() + std::chrono::hours{24});
  end->close();
  clock.run_until(clock.now() + std::chrono::hours{24});
  expect(
      gateway.counters().unmatched <= gateway.counters().requests, "only requests are unmatched");
}

}  // namespace
}  // namespace opt_data::sim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace opt_data;
  const auto transcript = tws::parse_transcript(tws::as_text(data, size));
  if (!transcript) {
    tws::expect(transcript.error().kind == ErrorKind::corrupt, "a refusal is of kind corrupt");
    return 0;
  }
  sim::check_lines(*transcript);
  sim::play(*transcript);
  return 0;
}
