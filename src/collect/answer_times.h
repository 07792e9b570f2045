// How long contracts take to answer, as far as it is known: remembered from the slot before, from
// its published rows and its job's counts.
//
// Published rows say which contracts used up their time (no greeks, no open interest, no price),
// and nothing else needs to be remembered: the rest answers in a second or two, and how these
// spread is eleven numbers. Rows are also what a killed process finds again, so a resumed slot is
// asked in the order in which it began; a journal is gone when its slot is published.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "market/option_quote.h"

namespace opt_data::collect {

// What one attempt of a contract may take, and how many there are.
struct AttemptLimits {
  std::chrono::milliseconds timeout{12'000};
  std::chrono::milliseconds price_timeout{5'000};
  int attempts_max = 3;
  // What an attempt without any price takes.
  std::chrono::milliseconds in_vain() const { return std::min(timeout, price_timeout); }
};

// A contract that is not like the others.
struct KnownContract {
  std::chrono::milliseconds time{};  // Of each attempt but the last.
  std::chrono::milliseconds last{};  // Of the last attempt.
  int attempts = 1;
  bool usable = true;
};

struct AnswerTimes {
  std::string from;  // "slot 10:30 of 2025-11-21"; empty: nothing is known, and this is assumed:
  // Of those that answer in time: the least, the deciles, the most. At least one, ascending.
  std::vector<std::chrono::milliseconds> spread{
      std::chrono::milliseconds{300}, std::chrono::milliseconds{2'000}};
  std::unordered_map<ContractId, KnownContract> known;

  std::chrono::milliseconds at(double share) const;  // 0 the least, 1 the most; linear between.
  std::chrono::milliseconds mean() const;
  // Uses up its time; empty for the others.
  const KnownContract* slow(ContractId id) const;
};

// Of what was published. An empty `spread` (no contract answered in time) is the assumption.
AnswerTimes learn(
    std::string from, std::span<const OptionQuote> rows,
    std::vector<std::chrono::milliseconds> spread, const AttemptLimits& limits);

// The least, the deciles and the most of `times`; empty when that is.
std::vector<std::chrono::milliseconds> spread_of(std::vector<std::chrono::milliseconds> times);

}  // namespace opt_data::collect
