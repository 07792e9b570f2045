#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tws/codec.h"
#include "tws/random_message.h"

namespace opt_data::tws {
namespace {

constexpr int rounds = 2000;
constexpr std::int32_t versions[] = {176, 177, 178};

std::uint64_t test_seed() {
  const char* const given = std::getenv("OPT_DATA_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20261001;
}

std::string_view payload_of(const std::string& frame) { return std::string_view(frame).substr(4); }

TEST(ServerMessage, of_every_kind_reads_back_as_it_was_written) {
  const std::uint64_t seed = test_seed();
  for (std::size_t kind = 0; kind < std::variant_size_v<ServerMessage>; ++kind) {
    RandomMessages random(seed + kind);
    for (int round = 0; round < rounds; ++round) {
      const ServerMessage message = random.server(kind);
      for (const std::int32_t version : versions) {
        std::string frame;
        encode(frame, message, version);
        std::size_t surplus = 99;
        const auto read = decode_server(payload_of(frame), version, &surplus);
        ASSERT_TRUE(read) << read.error().message << ", kind " << kind << " seed " << seed;
        ASSERT_TRUE(*read == message) << "kind " << kind << " round " << round << " seed " << seed
                                      << " bytes " << testing::PrintToString(frame);
        ASSERT_EQ(surplus, 0u) << "kind " << kind << " seed " << seed;
      }
    }
  }
}

TEST(ClientMessage, of_every_kind_reads_back_as_it_was_written) {
  const std::uint64_t seed = test_seed();
  for (std::size_t kind = 0; kind < std::variant_size_v<ClientMessage>; ++kind) {
    RandomMessages random(seed + kind);
    for (int round = 0; round < rounds; ++round) {
      const ClientMessage message = random.client(kind);
      for (const std::int32_t version : versions) {
        std::string frame;
        encode(frame, message, version);
        std::size_t surplus = 99;
        const auto read = decode_client(payload_of(frame), version, &surplus);
        ASSERT_TRUE(read) << read.error().message << ", kind " << kind << " seed " << seed;
        ASSERT_TRUE(*read == message) << "kind " << kind << " round " << round << " seed " << seed
                                      << " bytes " << testing::PrintToString(frame);
        ASSERT_EQ(surplus, 0u) << "kind " << kind << " seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace opt_data::tws
