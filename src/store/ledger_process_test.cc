// What the ledger holds after crashes, beside other processes, on a full disk and in foreign files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>

#include "store/ledger.h"
#include "store/ledger_fixture.h"
#include "store/ledger_schema.h"
#include "store/ledger_sqlite.h"

namespace opt_data::store {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

const TradeDate monday = trade_date(2025, 10, 6);
const Slot ten{monday, 1, new_york(monday.day(), std::chrono::hours{10})};
const JobKey snapshot{JobKind::snapshot, monday, 1};

JournalEntry answer(ContractId id) {
  OptionQuote row{{}, ten, {}, {}, {}, {}, {}, {}, DataSource::simulated, "run"};
  row.contract.id = id;
  row.contract.expiry = std::chrono::year{2025} / 12 / 19;
  row.quote.bid = static_cast<double>(id) / 100;
  return {id, 0, ten.at, ten.at, std::move(row)};
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

// A process of its own that tells this one things, until it is killed.
class Child {
 public:
  struct Word {
    char tag;
    std::int64_t count;
  };
  using Tell = std::function<void(Word)>;

  explicit Child(const std::function<void(const Tell&)>& work) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      work([&](Word word) {
        if (::write(ends[1], &word, sizeof word) != sizeof word) ::_exit(3);
      });
      ::_exit(0);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  ~Child() {
    kill();
    ::close(from_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  std::optional<Word> hear() const {
    Word word{};
    if (::read(from_, &word, sizeof word) != sizeof word) return std::nullopt;
    return word;
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  int from_ = -1;
};

// Journals without end, in groups of any size; 'a' tells what may be on disk next, 'c' what must
// be.
void journal_until_killed(
    const std::filesystem::path& file, const JobKey& job, std::uint64_t seed,
    const Child::Tell& tell) {
  auto ledger = Ledger::open(file);
  if (!ledger) ::_exit(4);
  Random random(seed);
  for (std::int64_t count = 1;; ++count) {
    const std::int64_t before = (*ledger)->commits();
    tell({'a', count});
    if (!(*ledger)->journal(job, answer(count), ten.at)) ::_exit(5);
    if (random.below(20) == 0 && !(*ledger)->commit()) ::_exit(6);
    if ((*ledger)->commits() > before) tell({'c', count});
  }
}

TEST(LedgerCrash, what_was_committed_is_there_and_nothing_else) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  for (int round = 0; round < 40; ++round) {
    const JobKey job{JobKind::snapshot, monday, round};
    std::int64_t told = 0, committed = 0;
    const auto note = [&](Child::Word word) { (word.tag == 'a' ? told : committed) = word.count; };
    {
      Child child([&](const Child::Tell& tell) {
        journal_until_killed(file, job, seed + static_cast<std::uint64_t>(round), tell);
      });
      for (std::uint64_t words = 1 + random.below(600); words > 0; --words)
        note(child.hear().value());
      child.kill();
      while (const auto word = child.hear()) note(*word);
    }
    // A reader can look before the next writer has cleaned up.
    const auto entries = Ledger::open_read_only(file).value()->journal_of(job).value();
    const auto kept = static_cast<std::int64_t>(entries.size());
    EXPECT_TRUE(kept == committed || kept == told)
        << "round " << round << ": kept " << kept << ", committed " << committed << ", told "
        << told;
    for (std::int64_t i = 0; i < kept; ++i) {
      const JournalEntry& entry = entries[static_cast<std::size_t>(i)];
      ASSERT_EQ(entry.row, answer(i + 1).row);
    }
    ASSERT_EQ(Ledger::open(file).value()->journal_of(job).value().size(), entries.size());
    auto sqlite = SqliteFile::open(file, SqliteFile::Access::read).value();
    SqliteQuery check(*sqlite, "PRAGMA integrity_check");
    ASSERT_TRUE(check.step().value());
    ASSERT_EQ(check.text(0), "ok");
  }
}

TEST(LedgerLock, a_second_process_is_told_who_writes_and_since_when) {
  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  Child child([&](const Child::Tell& tell) {
    auto ledger = Ledger::open(file);
    if (!ledger || !(*ledger)->expect(ten, {{1, "AAPL"}})) ::_exit(4);
    tell({'r', 0});
    for (;;) ::pause();
  });
  ASSERT_TRUE(child.hear());

  const auto second = Ledger::open(file);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  EXPECT_THAT(
      second.error().message,
      HasSubstr(
          fmt::format("is being written by process {} on {} since 20", child.pid(), host.data())));
  // A reader needs no lock.
  EXPECT_EQ(Ledger::open_read_only(file).value()->expected(monday, 1).value().size(), 1u);

  child.kill();
  EXPECT_THAT(contents(folder / "ledger.sqlite.lock"), HasSubstr("\"pid\":"));  // Stale.
  const auto third = Ledger::open(file);
  ASSERT_TRUE(third) << third.error().message;
  EXPECT_THAT(
      contents(folder / "ledger.sqlite.lock"), HasSubstr(fmt::format("\"pid\":{},", ::getpid())));
}

TEST(LedgerLock, one_process_cannot_write_twice_and_another_lock_file_does_no_harm) {
  const TemporaryFolder folder;
  std::ofstream(folder / "ledger.sqlite.lock") << std::string(5000, 'x') << "not a lock at all";
  {
    auto ledger = Ledger::open(folder / "ledger.sqlite").value();
    EXPECT_EQ(Ledger::open(folder / "ledger.sqlite").error().kind, ErrorKind::unavailable);
    // Between taking the lock and writing its name a process is anonymous.
    std::ofstream(folder / "ledger.sqlite.lock", std::ios::trunc) << "{\"pid\": 12";
    EXPECT_THAT(
        Ledger::open(folder / "ledger.sqlite").error().message, HasSubstr("another process"));
  }
  EXPECT_TRUE(Ledger::open(folder / "ledger.sqlite"));
}

TEST(LedgerReader, sees_each_commit_of_a_live_writer) {
  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  EXPECT_EQ(Ledger::open_read_only(file).error().kind, ErrorKind::not_found);
  auto writer = Ledger::open(file).value();
  auto reader = Ledger::open_read_only(file).value();
  for (std::size_t count = 1; count <= 5; ++count) {
    ASSERT_TRUE(writer->journal(snapshot, answer(1), ten.at));
    EXPECT_EQ(reader->journal_of(snapshot).value().size(), count - 1);
    ASSERT_TRUE(writer->commit());
    EXPECT_EQ(reader->journal_of(snapshot).value().size(), count);
  }
}

TEST(LedgerReader, works_after_the_writer_has_gone) {
  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  ASSERT_TRUE(Ledger::open(file).value()->expect(ten, {{1, "AAPL"}}));
  EXPECT_EQ(Ledger::open_read_only(file).value()->expected(monday, 1).value().size(), 1u);
}

TEST(LedgerDeathTest, writing_through_a_reader_is_a_bug) {
  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  ASSERT_TRUE(Ledger::open(file));
  auto reader = Ledger::open_read_only(file).value();
  EXPECT_DEATH(static_cast<void>(reader->expect(ten, {})), "bug");
}

// A disk that is full while `full` is set.
bool full = false;
ssize_t full_pwrite(int file, const void* bytes, std::size_t size, off_t at) {
  if (!full) return ::pwrite(file, bytes, size, at);
  errno = ENOSPC;
  return -1;
}

TEST(LedgerDisk, a_full_disk_keeps_what_was_committed_and_loses_no_answer) {
  sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  ASSERT_NE(vfs, nullptr);
  const auto replacement = reinterpret_cast<sqlite3_syscall_ptr>(full_pwrite);
  for (const char* name : {"pwrite", "pwrite64"}) vfs->xSetSystemCall(vfs, name, replacement);

  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  {
    auto ledger = Ledger::open(file).value();
    ASSERT_TRUE(ledger->journal(snapshot, answer(1), ten.at));
    ASSERT_TRUE(ledger->commit());
    full = true;
    ASSERT_TRUE(ledger->journal(snapshot, answer(2), ten.at));
    const auto refused = ledger->commit();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::storage);
    EXPECT_THAT(refused.error().message, HasSubstr(file.string()));
    EXPECT_THAT(refused.error().message, HasSubstr("full"));
    EXPECT_THAT(refused.error().message, HasSubstr("what was committed stands"));
    EXPECT_EQ(ledger->journal_of(snapshot).value().size(), 1u);
    full = false;
    EXPECT_TRUE(ledger->commit());
    EXPECT_EQ(ledger->commits(), 2);
  }
  EXPECT_EQ(Ledger::open(file).value()->journal_of(snapshot).value().size(), 2u);
  for (const char* name : {"pwrite", "pwrite64"}) vfs->xSetSystemCall(vfs, name, nullptr);
}

TEST(LedgerFile, of_a_newer_schema_is_refused_with_both_numbers) {
  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  ASSERT_TRUE(Ledger::open(file));
  ASSERT_TRUE(SqliteFile::open(file, SqliteFile::Access::write)
                  .value()
                  ->run("UPDATE meta SET value = '7' WHERE name = 'schema_version'"));
  const std::string refusal = fmt::format(
      "ledger {} has schema_version 7, and this opt-data knows {}; use the newer opt-data that "
      "wrote it. Nothing was changed",
      file.string(), ledger_version);
  for (const auto& opened : {Ledger::open(file), Ledger::open_read_only(file)}) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::invalid_input);
    EXPECT_EQ(opened.error().message, refusal);
  }
}

TEST(LedgerFile, that_is_no_ledger_is_corrupt_and_left_as_it_is) {
  const TemporaryFolder folder;
  const auto text = folder / "text.sqlite";
  std::ofstream(text) << std::string(4096, 'x');
  const auto alien = folder / "alien.sqlite";
  ASSERT_TRUE(SqliteFile::open(alien, SqliteFile::Access::write)
                  .value()
                  ->run("CREATE TABLE songs (title); INSERT INTO songs VALUES ('So What')"));
  const auto lookalike = folder / "lookalike.sqlite";
  ASSERT_TRUE(SqliteFile::open(lookalike, SqliteFile::Access::write)
                  .value()
                  ->run("CREATE TABLE meta (other)"));
  for (const auto& file : {text, alien, lookalike}) {
    const std::string before = contents(file);
    EXPECT_EQ(Ledger::open(file).error().kind, ErrorKind::corrupt) << file;
    EXPECT_EQ(Ledger::open_read_only(file).error().kind, ErrorKind::corrupt) << file;
    EXPECT_THAT(Ledger::open(file).error().message, HasSubstr(file.string()));
    EXPECT_EQ(contents(file), before) << file;
  }
}

TEST(LedgerFile, that_is_empty_becomes_a_ledger) {
  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  std::ofstream{file};
  EXPECT_EQ(Ledger::open_read_only(file).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(Ledger::open(file));
  EXPECT_TRUE(Ledger::open_read_only(file));
}

TEST(LedgerFile, damaged_in_the_middle_gives_errors_never_a_crash) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  const TemporaryFolder folder;
  const auto file = folder / "ledger.sqlite";
  {
    auto ledger = Ledger::open(file).value();
    ASSERT_TRUE(ledger->start_job(snapshot, "run", ten.at));
    ASSERT_TRUE(ledger->expect(ten, {{1, "AAPL"}, {2, "AAPL"}}));
    for (ContractId id = 1; id <= 200; ++id)
      ASSERT_TRUE(ledger->journal(snapshot, answer(id), ten.at));
    ASSERT_TRUE(ledger->commit());
  }
  const std::string whole = contents(file);
  for (int i = 0; i < 200; ++i) {
    std::string damaged = whole;
    const std::uint64_t from = random.below(damaged.size());
    for (std::uint64_t at = from; at < std::min(from + 512, damaged.size()); ++at)
      damaged[at] = static_cast<char>(random.below(256));
    std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
    const auto ledger = Ledger::open_read_only(file);
    if (!ledger) continue;
    static_cast<void>((*ledger)->jobs(monday));
    static_cast<void>((*ledger)->expected(monday));
    const auto entries = (*ledger)->journal_of(snapshot);
    if (!entries) continue;
    for (const JournalEntry& entry : *entries)
      ASSERT_EQ(entry.row, answer(entry.row.contract.id).row) << "damage at " << from;
  }
}

TEST(LedgerFile, in_a_place_that_cannot_be_written_is_a_storage_failure) {
  const TemporaryFolder folder;
  std::ofstream{folder / "file"};
  const auto opened = Ledger::open(folder / "file" / "ledger.sqlite");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::storage);
  EXPECT_THAT(opened.error().message, HasSubstr((folder / "file").string()));
  // Where the ledger should be there is a folder.
  std::filesystem::create_directory(folder / "folder");
  EXPECT_EQ(Ledger::open(folder / "folder").error().kind, ErrorKind::storage);
}

}  // namespace
}  // namespace opt_data::store
