#include "base/random.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace opt_data {
namespace {

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace

Random Random::keyed(std::uint64_t seed, std::initializer_list<std::uint64_t> words) {
  std::uint64_t state = mix(seed + 0x9E3779B97F4A7C15ULL);
  for (const std::uint64_t word : words) state = mix(state ^ mix(word + 0x9E3779B97F4A7C15ULL));
  return Random(state);
}

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  return mix(state_);
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::uint64_t Random::below(std::uint64_t bound) {
  OPT_CHECK(bound > 0);
  return next() % bound;
}

double Random::normal() {
  const double u = 1.0 - uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t key_of(std::string_view word) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : word) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
  }
  return hash;
}

std::string hex_id(Random& random) {
  return fmt::format("{:016x}{:016x}", random.next(), random.next());
}

}  // namespace opt_data
