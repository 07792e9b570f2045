// Every number is the double that is nearest to what was written, whichever way it is read.
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <string>

#include "base/random.h"
#include "tws/fields.h"

namespace opt_data::tws {
namespace {

constexpr std::uint64_t seed = 20261001;

// Empty: it was refused.
std::optional<double> read(const std::string& text) {
  const std::string payload = text + '\0';
  FieldReader reader("test", 0, 178, payload);
  double value = 0;
  reader.decimal("number", value);
  if (reader.failed()) return std::nullopt;
  EXPECT_EQ(reader.rest(), 0U) << text;
  return value;
}

std::optional<double> nearest(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

void expect_same(const std::string& text) {
  const auto ours = read(text), right = nearest(text);
  ASSERT_EQ(ours.has_value(), right.has_value()) << "'" << text << "'";
  if (!right) return;
  EXPECT_EQ(std::bit_cast<std::uint64_t>(*ours), std::bit_cast<std::uint64_t>(*right))
      << "'" << text << "'";
}

TEST(NumberRead, of_any_length_is_the_nearest_double) {
  Random random(seed);
  for (int i = 0; i < 300'000; ++i) {
    std::string text;
    const auto size = 1 + random.below(20);
    for (std::uint64_t at = 0; at < size; ++at) text += static_cast<char>('0' + random.below(10));
    if (random.below(4) != 0) text.insert(random.below(size + 1), ".");
    if (random.below(4) == 0) text.insert(0, "-");
    if (random.below(16) == 0) text += fmt::format("E{}", static_cast<int>(random.below(40)) - 20);
    expect_same(text);
    if (HasFailure()) FAIL() << "seed " << seed << ", number " << i;
  }
}

TEST(NumberRead, written_oddly_is_what_it_was) {
  for (const char* const text :
       {"0",
        "-0",
        "0.0",
        "-0.0",
        ".5",
        "5.",
        "-.5",
        ".",
        "-",
        "-.",
        "1.2.3",
        "--1",
        "+1",
        " 1",
        "1 ",
        "1e5",
        "1E-5",
        "999999999999999",
        "9999999999999999",
        "0.000000000000001",
        "000000000000001",
        "123456789012345.",
        ".123456789012345",
        "-123456789.012345",
        "9007199254740993",
        "0x10",
        "1,5",

        "abc"})
    expect_same(text);
}

}  // namespace
}  // namespace opt_data::tws
