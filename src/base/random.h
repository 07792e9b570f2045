// Chance, handed in: every random thing of the program grows from a seed that can be printed.
//
// SplitMix64 (Steele, Lea, Flood 2014). `keyed` draws from (seed, words) alone and not from what
// was drawn before, so that a part of a simulated day can be grown again without the rest of it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace opt_data {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  static Random keyed(std::uint64_t seed, std::initializer_list<std::uint64_t> words);

  std::uint64_t next();
  double uniform();                          // [0, 1)
  double uniform(double low, double high);   // [low, high)
  std::uint64_t below(std::uint64_t bound);  // [0, bound); bound > 0
  double normal();                           // mean 0, deviation 1

 private:
  std::uint64_t state_;
};

// A stable 64-bit number for a word (FNV-1a), to use as a key.
std::uint64_t key_of(std::string_view word);

// 32 lower-case hexadecimal digits: the form of an ingest id.
std::string hex_id(Random& random);

}  // namespace opt_data
