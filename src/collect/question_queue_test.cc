#include "collect/question_queue.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

const Instant start = at(monday, 10h);

class QuestionQueueTest : public testing::Test {
 protected:
  QuestionQueue queue(int contracts, Instant end = start + 25min) {
    contracts_ = calls(contracts);
    QuestionQueue made({3, 5s, end});
    for (const OptionContract& contract : contracts_) made.add(contract);
    return made;
  }
  std::vector<OptionContract> contracts_;
};

TEST_F(QuestionQueueTest, first_questions_come_in_their_order) {
  QuestionQueue questions = queue(3);
  for (const ContractId id : {1, 2, 3}) EXPECT_EQ(questions.next(start)->contract->id, id);
  EXPECT_FALSE(questions.next(start));
}

TEST_F(QuestionQueueTest, a_contract_has_so_many_attempts) {
  QuestionQueue questions = queue(1);
  for (const int attempt : {0, 1, 2}) {
    const auto question = questions.next(start);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->attempt, attempt);
    questions.again(*question);
  }
  EXPECT_FALSE(questions.next(start));
}

// Ten questions a second, a thousand of them: a repetition may take ten seconds for two attempts.
TEST_F(QuestionQueueTest, a_repetition_comes_when_the_rest_takes_as_long_as_it_may) {
  QuestionQueue questions = queue(1'000);
  questions.again(*questions.next(start));
  for (int i = 1;; ++i) {
    const auto question = questions.next(start + i * 100ms);
    ASSERT_TRUE(question);
    if (question->attempt == 0) continue;
    EXPECT_NEAR(static_cast<double>(questions.first_left()), 100, 2);
    return;
  }
}

TEST_F(QuestionQueueTest, while_the_window_is_needed_nothing_is_asked_twice) {
  QuestionQueue questions = queue(200, start + 18s);
  questions.again(*questions.next(start));
  for (int i = 1; i < 180; ++i) {
    const auto question = questions.next(start + i * 100ms);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->attempt, 0) << "after " << i;
  }
}

TEST_F(QuestionQueueTest, a_repetition_that_could_not_end_in_the_window_is_dropped) {
  QuestionQueue questions = queue(1, start + 10s);
  questions.again(*questions.next(start));
  QuestionQueue late = questions;
  EXPECT_TRUE(questions.next(start + 5s));
  EXPECT_FALSE(late.next(start + 5s + 1us));
}

TEST_F(QuestionQueueTest, what_was_not_asked_after_all_comes_next) {
  QuestionQueue questions = queue(3);
  const auto first = questions.next(start);
  questions.put_back(*first);
  EXPECT_EQ(questions.next(start)->contract->id, 1);
}

}  // namespace
}  // namespace opt_data::collect
