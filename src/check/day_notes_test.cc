#include "check/day_notes.h"

#include <gtest/gtest.h>

#include "calendar/calendar.h"
#include "store/dataset_fixture.h"

namespace opt_data::check {
namespace {

class DayNotes : public testing::Test {
 protected:
  std::vector<std::string> texts() {
    const auto notes = read_notes(disk_, folder_ / "logs", date_);
    EXPECT_TRUE(notes) << notes.error().message;
    std::vector<std::string> out;
    if (notes)
      for (const DayNote& note : *notes) out.push_back(note.text());
    return out;
  }
  Result<void> add(bool waives, const std::string& reason) {
    return add_note(disk_, folder_ / "logs", date_, {waives, reason, "2025-11-21T22:00:00Z"});
  }

  store::TemporaryFolder folder_;
  store::RealDisk disk_;
  TradeDate date_ =
      Calendar().trade_date(std::chrono::year{2025} / std::chrono::November / 21).value();
};

TEST_F(DayNotes, stand_in_their_order_and_once) {
  EXPECT_TRUE(texts().empty());
  ASSERT_TRUE(add(false, "the exchange opened at 10:05"));
  ASSERT_TRUE(add(true, " halted from 14:02 on "));
  ASSERT_TRUE(add(false, "the exchange opened at 10:05"));
  EXPECT_EQ(
      texts(), (std::vector<std::string>{
                   "note: the exchange opened at 10:05", "waived: halted from 14:02 on"}));
}

TEST_F(DayNotes, without_a_reason_are_refused) {
  const auto done = add(true, "  ");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::invalid_input);
  EXPECT_TRUE(texts().empty());
}

TEST_F(DayNotes, that_cannot_be_read_are_not_overwritten) {
  ASSERT_TRUE(disk_.make_directories(folder_ / "logs/notes"));
  ASSERT_TRUE(disk_.write(folder_ / "logs/notes/notes_20251121.json", "{"));
  const auto done = add(false, "late");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(disk_.read(folder_ / "logs/notes/notes_20251121.json").value(), "{");
}

}  // namespace
}  // namespace opt_data::check
