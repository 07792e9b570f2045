#include "store/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "store/disk.h"
#include "store/ledger_fixture.h"
#include "store/ledger_schema.h"
#include "store/ledger_sqlite.h"

namespace opt_data::store {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const TradeDate monday = trade_date(2025, 10, 6);
const Slot ten{monday, 1, new_york(monday.day(), hours{10})};
const JobKey snapshot{JobKind::snapshot, monday, 1};
const JobKey rollup{JobKind::rollup, monday, -1};

class LedgerTest : public testing::Test {
 protected:
  std::unique_ptr<Ledger> open() const { return Ledger::open(file).value(); }
  std::unique_ptr<Ledger> read() const { return Ledger::open_read_only(file).value(); }

  JournalEntry answer(ContractId id, int attempt = 0) {
    OptionQuote row = AnyRow(random)();
    row.contract.id = id;
    return {id, attempt, ten.at, ten.at + milliseconds{100}, std::move(row)};
  }
  // SQL beside the ledger, as somebody with the sqlite3 program would.
  void meddle(const std::string& sql) const {
    ASSERT_TRUE(SqliteFile::open(file, SqliteFile::Access::write).value()->run(sql));
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "ledger.sqlite";
  Random random{test_seed()};
};

std::vector<ContractId> ids(const std::vector<JournalEntry>& entries) {
  std::vector<ContractId> ids;
  for (const JournalEntry& entry : entries) ids.push_back(entry.id);
  return ids;
}

TEST(JobKey, text_names_kind_date_and_slot) {
  EXPECT_EQ(snapshot.text(), "snapshot/2025-10-06/01");
  EXPECT_EQ(rollup.text(), "rollup/2025-10-06");
}

TEST_F(LedgerTest, commits_survive_the_process_that_made_them) {
  const JournalEntry entry = answer(42, 3);
  {
    auto ledger = open();
    ASSERT_TRUE(ledger->start_job(snapshot, "run-1", ten.at));
    ASSERT_TRUE(ledger->expect(ten, {{42, "AAPL"}}));
    ASSERT_TRUE(ledger->journal(snapshot, entry, ten.at));
    ASSERT_TRUE(ledger->commit());
  }
  auto ledger = open();
  EXPECT_EQ(ledger->job(snapshot).value()->ingest_id, "run-1");
  EXPECT_THAT(ledger->expected(monday, 1).value(), ElementsAre(ExpectedContract{42, "AAPL"}));
  const auto kept = ledger->journal_of(snapshot).value();
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].id, 42);
  EXPECT_EQ(kept[0].attempt, 3);
  EXPECT_EQ(kept[0].asked_at, entry.asked_at);
  EXPECT_EQ(kept[0].answered_at, entry.answered_at);
  EXPECT_EQ(kept[0].row, entry.row);
}

TEST_F(LedgerTest, each_commit_is_synced_to_the_disk) {
  auto sqlite = SqliteFile::open(file, SqliteFile::Access::write).value();
  ASSERT_TRUE(prepare_ledger(*sqlite, Durability::power_loss));
  SqliteQuery pragmas(
      *sqlite, "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous");
  ASSERT_TRUE(pragmas.step().value());
  EXPECT_EQ(pragmas.text(0), "wal");
  EXPECT_EQ(pragmas.integer(1), 2);  // FULL
}

// Jobs

TEST_F(LedgerTest, a_job_that_was_running_resumes_with_its_first_start) {
  auto ledger = open();
  ASSERT_TRUE(ledger->start_job(snapshot, "run-1", ten.at));
  const JobRecord again = ledger->start_job(snapshot, "run-2", ten.at + hours{1}).value();
  EXPECT_EQ(again.ingest_id, "run-1");
  EXPECT_EQ(again.started_at, ten.at);
  EXPECT_EQ(again.starts, 2);
  EXPECT_EQ(again.outcome, JobOutcome::running);
}

TEST_F(LedgerTest, a_job_that_ended_starts_anew) {
  auto ledger = open();
  for (const JobOutcome outcome : {JobOutcome::done, JobOutcome::part, JobOutcome::failed}) {
    ASSERT_TRUE(ledger->start_job(rollup, "run-1", ten.at));
    ASSERT_TRUE(ledger->end_job(rollup, outcome, R"({"rows":7})", ten.at + hours{1}));
    const JobRecord ended = *ledger->job(rollup).value();
    EXPECT_EQ(ended.outcome, outcome);
    EXPECT_EQ(ended.counts, R"({"rows":7})");
    EXPECT_EQ(ended.ended_at, ten.at + hours{1});

    const JobRecord anew = ledger->start_job(rollup, "run-2", ten.at + hours{2}).value();
    EXPECT_EQ(anew.ingest_id, "run-2");
    EXPECT_EQ(anew.started_at, ten.at + hours{2});
    EXPECT_EQ(anew.starts, 1);
    EXPECT_EQ(anew.ended_at, std::nullopt);
    EXPECT_EQ(anew.counts, "");
    ASSERT_TRUE(ledger->end_job(rollup, JobOutcome::done, "", ten.at));
  }
}

TEST_F(LedgerTest, a_job_that_never_started_cannot_end) {
  const auto ended = open()->end_job(rollup, JobOutcome::done, "", ten.at);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::not_found);
  EXPECT_EQ(ended.error().message, "job rollup/2025-10-06 cannot end: it was never started");
}

TEST_F(LedgerTest, jobs_are_told_by_day_in_order_and_latest_first) {
  auto ledger = open();
  const TradeDate tuesday = trade_date(2025, 10, 7);
  ASSERT_TRUE(ledger->start_job(rollup, "b", ten.at + hours{7}));
  ASSERT_TRUE(ledger->start_job(snapshot, "a", ten.at));
  ASSERT_TRUE(ledger->start_job({JobKind::discovery, tuesday}, "c", ten.at + hours{22}));
  const auto texts = [](const std::vector<JobRecord>& records) {
    std::vector<std::string> found;
    for (const JobRecord& record : records) found.push_back(record.key.text());
    return found;
  };
  const auto day = texts(ledger->jobs(monday).value());
  const auto recent = texts(ledger->recent_jobs(2).value());
  EXPECT_THAT(day, ElementsAre("snapshot/2025-10-06/01", "rollup/2025-10-06"));
  EXPECT_THAT(recent, ElementsAre("discovery/2025-10-07", "rollup/2025-10-06"));
  EXPECT_EQ(ledger->job({JobKind::qa, monday}).value(), std::nullopt);
}

// The expected set

TEST_F(LedgerTest, an_expected_set_replaces_the_one_before_and_is_durable_at_once) {
  auto ledger = open();
  ASSERT_TRUE(ledger->expect(ten, {{3, "AAPL"}, {1, "AAPL"}, {2, "MSFT"}}));
  ASSERT_TRUE(ledger->expect(ten, {{9, "SPY"}, {4, "QQQ"}}));
  EXPECT_THAT(
      read()->expected(monday, 1).value(),
      ElementsAre(ExpectedContract{4, "QQQ"}, ExpectedContract{9, "SPY"}));
  EXPECT_EQ(ledger->commits(), 2);
}

TEST_F(LedgerTest, a_slot_that_expects_nothing_is_not_a_slot_without_a_set) {
  auto ledger = open();
  ASSERT_TRUE(ledger->expect(ten, {}));
  ASSERT_TRUE(ledger->expect({monday, 3, ten.at + hours{1}}, {{1, "AAPL"}}));
  const auto sets = ledger->expected(monday).value();
  ASSERT_THAT(sets, SizeIs(2));
  EXPECT_THAT(sets.at(1), SizeIs(0));
  EXPECT_THAT(sets.at(3), ElementsAre(ExpectedContract{1, "AAPL"}));
  EXPECT_THAT(ledger->expected(trade_date(2025, 10, 7)).value(), SizeIs(0));
}

TEST_F(LedgerTest, a_contract_is_expected_once) {
  auto ledger = open();
  ASSERT_TRUE(ledger->expect(ten, {{1, "AAPL"}}));
  const auto twice = ledger->expect(ten, {{5, "AAPL"}, {5, "AAPL"}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "contract 5 is expected twice in the 10:00 slot of 2025-10-06");
  EXPECT_THAT(ledger->expected(monday, 1).value(), ElementsAre(ExpectedContract{1, "AAPL"}));
}

// The journal

TEST_F(LedgerTest, sixty_four_answers_are_one_commit) {
  auto ledger = open();
  for (ContractId id = 1; id <= 63; ++id)
    ASSERT_TRUE(ledger->journal(snapshot, answer(id), ten.at));
  EXPECT_EQ(ledger->commits(), 0);
  EXPECT_THAT(read()->journal_of(snapshot).value(), SizeIs(0));
  ASSERT_TRUE(ledger->journal(snapshot, answer(64), ten.at));
  EXPECT_EQ(ledger->commits(), 1);
  EXPECT_THAT(read()->journal_of(snapshot).value(), SizeIs(64));
  for (ContractId id = 65; id <= 200; ++id)
    ASSERT_TRUE(ledger->journal(snapshot, answer(id), ten.at));
  EXPECT_EQ(ledger->commits(), 3);
  ASSERT_TRUE(ledger->commit());
  ASSERT_TRUE(ledger->commit());  // Nothing is waiting, so there is nothing to commit.
  EXPECT_EQ(ledger->commits(), 4);
  EXPECT_THAT(ledger->journal_of(snapshot).value(), SizeIs(200));
}

TEST_F(LedgerTest, an_answer_waits_a_hundred_milliseconds_at_most) {
  auto ledger = open();
  ASSERT_TRUE(ledger->journal(snapshot, answer(1), ten.at));
  ASSERT_TRUE(ledger->journal(snapshot, answer(2), ten.at + milliseconds{99}));
  EXPECT_EQ(ledger->commits(), 0);
  ASSERT_TRUE(ledger->journal(snapshot, answer(3), ten.at + milliseconds{100}));
  EXPECT_EQ(ledger->commits(), 1);
  // The hundred milliseconds begin again with the first answer of the next group.
  ASSERT_TRUE(ledger->journal(snapshot, answer(4), ten.at + milliseconds{250}));
  EXPECT_EQ(ledger->commits(), 1);
  // A clock that was set back does not keep it waiting.
  ASSERT_TRUE(ledger->journal(snapshot, answer(5), ten.at));
  EXPECT_EQ(ledger->commits(), 2);
}

TEST_F(LedgerTest, whatever_else_is_written_takes_the_waiting_answers_along) {
  auto ledger = open();
  ASSERT_TRUE(ledger->journal(snapshot, answer(1), ten.at));
  ASSERT_TRUE(ledger->end_job(
      ledger->start_job(snapshot, "r", ten.at).value().key, JobOutcome::done, "", ten.at));
  EXPECT_EQ(ledger->commits(), 2);
  EXPECT_EQ(ids(read()->journal_of(snapshot).value()), std::vector<ContractId>{1});
}

TEST_F(LedgerTest, every_attempt_is_kept_in_order_until_the_journal_is_forgotten) {
  auto ledger = open();
  const JobKey other{JobKind::snapshot, monday, 2};
  for (const ContractId id : {7, 5, 7, 7})
    ASSERT_TRUE(ledger->journal(snapshot, answer(id), ten.at));
  ASSERT_TRUE(ledger->journal(other, answer(8), ten.at));
  ASSERT_TRUE(ledger->commit());
  EXPECT_THAT(ids(ledger->journal_of(snapshot).value()), ElementsAre(7, 5, 7, 7));
  ASSERT_TRUE(ledger->journal(snapshot, answer(9), ten.at));  // Still waiting when it is forgotten.
  ASSERT_TRUE(ledger->forget_journal(snapshot));
  EXPECT_THAT(ledger->journal_of(snapshot).value(), SizeIs(0));
  EXPECT_THAT(ids(ledger->journal_of(other).value()), ElementsAre(8));
}

TEST_F(LedgerTest, a_damaged_answer_is_corrupt_and_says_whose) {
  auto ledger = open();
  ASSERT_TRUE(ledger->journal(snapshot, answer(42), ten.at));
  ASSERT_TRUE(ledger->commit());
  meddle("UPDATE journal SET answer = substr(answer, 1, 40)");
  const auto read = ledger->journal_of(snapshot);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(read.error().message, HasSubstr(file.string()));
  EXPECT_THAT(read.error().message, HasSubstr("snapshot/2025-10-06/01, contract 42"));
}

double cpu_milliseconds() {
  std::timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

// A slot of 2,000 contracts, answered at once and at the broker's pace, 45 in a second, where most
// of the cost is the system's, for syncing.
TEST_F(LedgerTest, two_thousand_answers_cost_little) {
  auto ledger = open();
  std::vector<JournalEntry> entries;
  for (ContractId id = 1; id <= 2'000; ++id) entries.push_back(answer(id));
  for (const milliseconds pace : {milliseconds{0}, milliseconds{22}}) {
    double least = 1e9;  // Of three, because the machine has other things to do.
    for (int round = 0; round < 3; ++round) {
      const std::int64_t commits = ledger->commits();
      const double before = cpu_milliseconds();
      Instant now = ten.at;
      for (const JournalEntry& entry : entries)
        ASSERT_TRUE(ledger->journal(snapshot, entry, now += pace));
      ASSERT_TRUE(ledger->commit());
      least = std::min(least, cpu_milliseconds() - before);
      EXPECT_EQ(ledger->commits() - commits, pace == pace.zero() ? 32 : 334);
    }
    std::printf(
        "2,000 answers, one each %lld ms: %.1f ms of CPU\n", static_cast<long long>(pace.count()),
        least);
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(least, pace == pace.zero() ? 50 : 100);
#endif
  }
}

// What was published

TEST_F(LedgerTest, a_partition_is_recorded_once_with_its_latest_publication) {
  auto ledger = open();
  const std::string slot = "clean view=intraday/date=2025-10-06/slot-01";
  ASSERT_TRUE(ledger->record_published({slot, 10, "aa", ten.at}));
  ASSERT_TRUE(ledger->record_published({slot, 12, "bb", ten.at + hours{1}}));
  ASSERT_TRUE(ledger->record_published(
      {"clean view=daily_clean/date=2025-10-07", 3, "cc", ten.at + hours{2}}));
  const auto monday_files = ledger->published(monday).value();
  ASSERT_THAT(monday_files, SizeIs(1));
  EXPECT_EQ(monday_files[0].partition, slot);
  EXPECT_EQ(monday_files[0].rows, 12);
  EXPECT_EQ(monday_files[0].checksum, "bb");
  EXPECT_EQ(monday_files[0].at, ten.at + hours{1});
  EXPECT_FALSE(ledger->record_published({"somewhere", 1, "", ten.at}));
}

// What was removed

TEST_F(LedgerTest, what_was_removed_is_no_longer_published_and_stays_on_record) {
  auto ledger = open();
  const std::string partition = "clean view=intraday/date=2025-10-06/slot-01";
  ASSERT_TRUE(ledger->record_published({partition, 7, "sum", ten.at}));
  ASSERT_TRUE(ledger->record_removed({partition, "never/date=2025-10-06"}, "retention", ten.at));
  EXPECT_THAT(ledger->published(monday).value(), SizeIs(0));
  const auto removed = read()->removed(monday).value();
  ASSERT_THAT(removed, SizeIs(1));
  EXPECT_EQ(removed[0].was.partition, partition);
  EXPECT_EQ(removed[0].was.checksum, "sum");
  EXPECT_EQ(removed[0].why, "retention");
}

// A ledger as an earlier version left it
class EarlierLedger : public LedgerTest {
 protected:
  void SetUp() override { restore("v1.sql"); }
  void restore(const std::string& dump_name) {
    const auto dump = RealDisk{}.read(
        std::filesystem::path(OPT_DATA_SOURCE_DIR) / "tests/golden/ledger" / dump_name);
    ASSERT_TRUE(dump) << dump.error().message;
    meddle(*dump);
  }
  std::string version_of(const std::filesystem::path& path) const {
    auto sqlite = SqliteFile::open(path, SqliteFile::Access::read).value();
    SqliteQuery query(*sqlite, "SELECT value FROM meta WHERE name = 'schema_version'");
    EXPECT_TRUE(query.step().value_or(false));
    return query.text(0);
  }
  const TradeDate day = trade_date(2014, 6, 5);
};

TEST_F(EarlierLedger, is_brought_to_ours_and_kept_as_it_was) {
  ASSERT_EQ(version_of(file), "1");
  {
    auto ledger = open();
    EXPECT_EQ(ledger->published(day).value().size(), 5u);
    EXPECT_EQ(ledger->expected(day, 0).value().size(), 2u);
    EXPECT_FALSE(ledger->jobs(day).value().empty());
    ASSERT_TRUE(
        ledger->record_removed({ledger->published(day).value()[0].partition}, "retention", ten.at));
    EXPECT_THAT(ledger->removed(day).value(), SizeIs(1));
  }
  EXPECT_EQ(version_of(file), std::to_string(ledger_version));
  EXPECT_EQ(version_of(folder / "ledger.sqlite.v1"), "1");
  EXPECT_EQ(open()->published(day).value().size(), 4u);
}

TEST_F(EarlierLedger, is_read_without_being_changed) {
  EXPECT_EQ(read()->published(day).value().size(), 5u);
  EXPECT_THAT(read()->removed(day).value(), SizeIs(0));
  EXPECT_EQ(version_of(file), "1");
}

TEST_F(EarlierLedger, of_version_2_shares_lists_from_then_on) {
  restore("v2.sql");
  ASSERT_EQ(version_of(file), "2");
  const auto before = read()->expected(day).value();
  ASSERT_THAT(before, SizeIs(2));
  EXPECT_THAT(read()->expected_lists(day).value(), SizeIs(2));
  // Opened before the upgrade, and read after it.
  const auto reader = read();
  auto ledger = open();
  EXPECT_EQ(version_of(folder / "ledger.sqlite.v2"), "2");
  EXPECT_EQ(ledger->expected(day).value(), before);
  EXPECT_THAT(ledger->removed(day).value(), SizeIs(1));
  ASSERT_TRUE(ledger->expect(ten, {{7, "MSFT"}}));
  ASSERT_TRUE(ledger->expect({monday, 2, ten.at + minutes{30}}, {{7, "MSFT"}}));
  EXPECT_THAT(ledger->expected_lists(monday).value(), SizeIs(1));
  EXPECT_EQ(reader->expected(monday).value(), ledger->expected(monday).value());
}

TEST_F(EarlierLedger, is_left_alone_where_no_copy_can_be_made) {
  std::filesystem::create_directories(folder / "ledger.sqlite.v1.staged" / "in the way");
  const auto opened = Ledger::open(file);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("was left so, for want of a copy"));
  EXPECT_EQ(version_of(file), "1");
}

// A copy of what is committed, beside a writer.
TEST_F(LedgerTest, a_copy_is_whole_while_somebody_writes) {
  auto ledger = open();
  for (ContractId id = 1; id <= 200; ++id)
    ASSERT_TRUE(ledger->journal(snapshot, answer(id), ten.at));
  auto reading = SqliteFile::open(file, SqliteFile::Access::read).value();
  ASSERT_TRUE(reading->copy_to(folder / "copy.sqlite"));
  ASSERT_TRUE(ledger->commit());
  const auto copy = Ledger::open_read_only(folder / "copy.sqlite").value();
  EXPECT_THAT(copy->journal_of(snapshot).value(), SizeIs(192));
  EXPECT_FALSE(std::filesystem::exists(folder / "copy.sqlite-wal"));
}

}  // namespace
}  // namespace opt_data::store
