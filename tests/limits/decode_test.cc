// What one message of a contract's burst may cost from the buffer to the value.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "base/text.h"
#include "burst.h"
#include "tws/codec.h"
#include "tws/server_layouts.h"

namespace {

bool counting = false;
std::size_t allocations = 0;

void* allocate(std::size_t bytes) {
  if (counting) ++allocations;
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Of this whole program; what is not listed here calls these.
void* operator new(std::size_t bytes) { return allocate(bytes); }
void* operator new[](std::size_t bytes) { return allocate(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace opt_data::tws {
namespace {

constexpr double instructions_max = 1'200;

TEST(DecodeLimits, a_message_allocates_nothing) {
  constexpr std::size_t rounds = 5;
  const std::string stream = bench::contract_burst(rounds);
  FrameBuffer buffer;
  std::memcpy(buffer.prepare(stream.size()).data(), stream.data(), stream.size());
  buffer.commit(stream.size());
  std::size_t messages = 0;
  counting = true;
  for (auto frame = buffer.next(); frame && *frame; frame = buffer.next())
    if (read_server(**frame, version_max, [](const auto&) {})) ++messages;
  counting = false;
  EXPECT_EQ(messages, 100 * rounds * bench::messages_per_contract);
  EXPECT_EQ(allocations, 0U);
}

TEST(DecodeLimits, an_allocation_is_counted) {
  allocations = 0;
  counting = true;
  const std::string text(100, 'x');
  counting = false;
  EXPECT_EQ(allocations, 1U) << text.size();
}

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const answer = ::popen(command.c_str(), "r");
  if (answer == nullptr) return text;
  char some[4096];
  while (const std::size_t got = std::fread(some, 1, sizeof some, answer)) text.append(some, got);
  ::pclose(answer);
  return text;
}

// "==123== Collected : 49098523", and a line with the number of messages.
TEST(DecodeLimits, a_message_takes_few_instructions) {
  if (output_of("command -v valgrind").empty())
    GTEST_SKIP() << "valgrind, which counts instructions, is not installed";
  constexpr std::size_t messages = 100 * bench::messages_per_contract * 5;
  const std::string told = output_of(
      "valgrind --tool=callgrind '--toggle-collect=opt_data::bench::count_decode*' "
      "--callgrind-out-file=/dev/null '" OPT_DATA_COUNT_DECODE "' 5 2>&1");
  EXPECT_NE(told.find("\n" + std::to_string(messages) + "\n"), told.npos) << told;
  const std::string mark = "Collected : ";
  const std::size_t at = told.find(mark);
  ASSERT_NE(at, told.npos) << told;
  const std::size_t begin = at + mark.size();
  const auto collected = parse_int(told.substr(begin, told.find('\n', begin) - begin));
  ASSERT_TRUE(collected) << told;
  const double each = static_cast<double>(*collected) / static_cast<double>(messages);
  std::printf("%.0f instructions a message\n", each);
  EXPECT_LE(each, instructions_max);
  EXPECT_GE(each, 100) << "that is not the decoder any more";
}

}  // namespace
}  // namespace opt_data::tws
