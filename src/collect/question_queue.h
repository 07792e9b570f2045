// Which question is next: those not asked yet in the plan's order, then those asked in vain, again.
//
// A contract without a usable answer is asked again as late as can be, because time may bring a
// price, and early enough that its last attempt does not lengthen the slot. While what is left of
// the first questions needs all of the window, nothing is asked twice; and a repetition that could
// not end inside the window is dropped.
#pragma once

#include <chrono>
#include <deque>
#include <optional>

#include "calendar/instant.h"
#include "market/contract.h"

namespace opt_data::collect {

struct Question {
  const OptionContract* contract = nullptr;
  int attempt = 0;
};

struct QueueOptions {
  int attempts_max = 3;                           // Of one contract.
  std::chrono::milliseconds attempt_time{5'000};  // What an attempt in vain takes.
  Instant end = Instant::max();                   // Of the window.
};

class QuestionQueue {
 public:
  explicit QuestionQueue(const QueueOptions& options) : options_(options) {}

  void add(const OptionContract& contract) { first_.push_back({&contract, 0}); }
  void put_back(Question question);  // It was not asked after all.
  void again(Question question);     // Asked in vain; where it has attempts left.
  // Empty: there is nothing to ask, unless what is under way comes back.
  std::optional<Question> next(Instant now);
  std::size_t first_left() const { return first_.size(); }
  bool empty() const { return first_.empty() && again_.empty(); }

 private:
  bool again_is_due(Instant now) const;

  QueueOptions options_;
  std::deque<Question> first_;
  std::deque<Question> again_;
  std::optional<Instant> begun_;
  std::size_t taken_ = 0;  // Of the first questions.
};

}  // namespace opt_data::collect
