#include "collect/question_queue.h"

namespace opt_data::collect {

void QuestionQueue::put_back(Question question) {
  (question.attempt == 0 ? first_ : again_).push_front(question);
}

void QuestionQueue::again(Question question) {
  if (++question.attempt < options_.attempts_max) again_.push_back(question);
}

// The first questions go on as fast as they went so far, whichever limit it is that holds them up.
bool QuestionQueue::again_is_due(Instant now) const {
  if (again_.empty()) return false;
  if (first_.empty()) return true;
  const int attempts_left = options_.attempts_max - again_.front().attempt;
  const double elapsed = std::chrono::duration<double>(now - *begun_).count();
  const double needed = elapsed / static_cast<double>(taken_) * static_cast<double>(first_.size());
  const auto left = std::chrono::microseconds{static_cast<std::int64_t>(needed * 1e6)};
  return left <= attempts_left * options_.attempt_time &&
         now + left + options_.attempt_time <= options_.end;
}

std::optional<Question> QuestionQueue::next(Instant now) {
  if (!begun_) begun_ = now;
  if (now + options_.attempt_time > options_.end) again_.clear();
  const bool repeats = again_is_due(now);
  std::deque<Question>& from = repeats ? again_ : first_;
  if (from.empty()) return std::nullopt;
  const Question question = from.front();
  from.pop_front();
  if (!repeats) ++taken_;
  return question;
}

}  // namespace opt_data::collect
