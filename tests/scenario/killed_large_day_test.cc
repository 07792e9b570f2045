// SIGKILL at random instants of days with 3,000 contracts, many in one day, each of a real process;
// the next process goes on with the same files, twenty virtual seconds or ten minutes later. What
// was acknowledged is in the dataset, once; what could no longer be asked says so.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // mkdtemp
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <tuple>
#include <utility>

#include "app/simulated_day.h"
#include "base/text.h"
#include "calendar/calendar.h"
#include "killed_process.h"
#include "sim/synthetic_market.h"
#include "store/database.h"
#include "store/ledger.h"

namespace opt_data::scenario {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int processes_max = 1'000;  // Of one day.

std::uint64_t fresh_seed() {
  if (const char* given = std::getenv("OPT_DATA_TEST_SEED"))
    return static_cast<std::uint64_t>(parse_int(given).value_or(1));
  return std::random_device{}();
}

int kills_wanted() {
  const char* given = std::getenv("OPT_DATA_KILLS");
  return given != nullptr ? static_cast<int>(parse_int(given).value_or(1'000)) : 1'000;
}

// In memory where the machine has such a place; kept when something was wrong.
class Directory {
 public:
  Directory() {
    std::string pattern =
        fs::exists("/dev/shm") ? "/dev/shm/opt-data-killed-XXXXXX" : "/tmp/opt-data-killed-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Directory() {
    std::error_code error;
    if (!keep) fs::remove_all(path_, error);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const fs::path& path() const { return path_; }
  bool keep = false;

 private:
  fs::path path_;
};

// What the ledger had committed of an answer: it must be in the dataset.
struct Acknowledged {
  std::optional<double> bid, ask, last, iv;
  bool operator==(const Acknowledged&) const = default;
};
using Question = std::pair<int, ContractId>;  // Slot, contract.

using Identity = std::tuple<std::uint64_t, std::int64_t, std::int64_t>;  // inode, mtime, size

struct Tally {
  int days = 0;
  int kills = 0;
  std::map<std::string_view, int> by_phase;
  std::int64_t rows = 0;
  std::int64_t acknowledged = 0;
  std::int64_t not_asked = 0;
  std::int64_t contracts = 0;
  int missed_slots = 0;
  int processes = 0;
};

// The scenario of a large day of that seed, without any fault of its own.
sim::Scenario calm_scenario(std::uint64_t seed) {
  const sim::Scenario drawn = sim::draw_scenario(seed, sim::UniverseSize::large);
  sim::Scenario scenario;
  scenario.title = "killed";
  scenario.seed = seed;
  scenario.date = drawn.date;
  scenario.universe = drawn.universe;
  scenario.gateway.wide = drawn.gateway.wide;
  return scenario;
}

class KilledDay {
 public:
  KilledDay(std::uint64_t seed, std::chrono::seconds outage, Tally& tally)
      : scenario_(calm_scenario(seed)),
        outage_(outage),
        tally_(tally),
        random_(seed),
        date_(*calendar_.trade_date(scenario_.date)) {
    sim::SyntheticOptions wanted;
    wanted.symbols = scenario_.universe.symbols;
    wanted.first = date_.day();
    wanted.last = calendar_.next(date_)->day();
    market_ = *sim::SyntheticMarket::make(wanted, seed);
    process_.emplace(scenario_, *market_, date_, directory_.path());
  }

  // Kills at most so often; from then on the process may live.
  void live(int kills_max, std::chrono::microseconds life_max);
  std::vector<std::string> judge();

 private:
  Kill draw_kill(std::chrono::microseconds life_max);
  void remember();
  void check_rows(store::Database& database);
  void check_daily(store::Database& database);
  void check_files();
  std::string published(std::string_view layer, std::string_view view) const {
    return fmt::format(
        "read_parquet('{}/data/{}/ib/chain/view={}/date=*/*.parquet', hive_partitioning = false)",
        directory_.path().string(), layer, view);
  }
  template <typename... Parts>
  void complain(fmt::format_string<Parts...> sentence, Parts&&... parts) {
    if (complaints_.size() < 20)
      complaints_.push_back(fmt::format(sentence, std::forward<Parts>(parts)...));
  }

  sim::Scenario scenario_;
  std::chrono::seconds outage_;
  Tally& tally_;
  std::mt19937_64 random_;
  Calendar calendar_;
  TradeDate date_;
  Directory directory_;
  std::unique_ptr<sim::SyntheticMarket> market_;
  std::optional<KilledProcess> process_;

  std::map<Question, Acknowledged> acknowledged_;
  std::map<fs::path, Identity> slots_;                // Published files, as first seen.
  std::vector<std::pair<Instant, Instant>> outages_;  // Nobody could ask.
  std::vector<std::string> complaints_;
};

// Most come somewhere; where there is little time to be met, some are aimed.
Kill KilledDay::draw_kill(std::chrono::microseconds life_max) {
  const auto up_to = [this](std::chrono::microseconds most) {
    return std::chrono::microseconds{
        std::uniform_int_distribution<std::int64_t>(0, most.count())(random_)};
  };
  constexpr Phase rare[] = {
      Phase::discovery, Phase::publish, Phase::rollup, Phase::enrichment, Phase::selfcheck};
  switch (random_() % 8) {
    case 0:
      return {Phase::starting, 0us, up_to(200ms)};
    case 1:
    case 2:
      return {rare[random_() % std::size(rare)], up_to(25ms), 2 * life_max};
    default:
      return {Phase::starting, up_to(life_max), 60s};
  }
}

void KilledDay::live(int kills_max, std::chrono::microseconds life_max) {
  Instant start = new_york(date_.day(), 7h) - 1min;
  int kills = 0;
  for (int processes = 1; processes <= processes_max; ++processes) {
    std::optional<Kill> kill;
    if (kills < kills_max) kill = draw_kill(life_max);
    const Ending ending = process_->run(start, kill);
    ++tally_.processes;
    if (!ending.error.empty())
      return complain("{}: ended by itself: {}", new_york_text(ending.at), ending.error);
    if (ending.done) return;
    ++kills;
    ++tally_.kills;
    ++tally_.by_phase[to_text(ending.phase)];
    start = ending.at + outage_;
    outages_.emplace_back(ending.at, start);
    remember();
  }
  complain("the day was not over after {} processes", processes_max);
}

// What stands at this moment, and has to stand at the end.
void KilledDay::remember() {
  const fs::path file = directory_.path() / "state" / "ledger.sqlite";
  std::error_code error;
  const fs::path folder = directory_.path() / "data" / "clean" / "ib" / "chain" / "view=intraday" /
                          ("date=" + date_.text());
  for (fs::directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    struct stat status {};
    if (each->path().filename().string().starts_with(".")) continue;
    if (::stat(each->path().c_str(), &status) != 0) continue;
    const Identity identity{
        status.st_ino, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
        status.st_size};
    slots_.try_emplace(each->path(), identity);
  }
  if (!fs::exists(file, error)) return;
  auto ledger = store::Ledger::open_read_only(file);
  // Killed before its first commit.
  if (!ledger && ledger.error().kind == ErrorKind::not_found) return;
  if (!ledger) return complain("the ledger cannot be read: {}", ledger.error().message);
  const auto jobs = (*ledger)->jobs(date_);
  if (!jobs) return complain("the ledger cannot be read: {}", jobs.error().message);
  for (const store::JobRecord& job : *jobs) {
    if (job.key.kind != store::JobKind::snapshot || job.outcome != store::JobOutcome::running)
      continue;
    const auto journal = (*ledger)->journal_of(job.key);
    if (!journal) return complain("the journal cannot be read: {}", journal.error().message);
    for (const store::JournalEntry& entry : *journal) {
      if (!entry.row.usable()) continue;
      const Quote& quote = entry.row.quote;
      acknowledged_[{job.key.slot, entry.id}] = {quote.bid, quote.ask, quote.last, quote.greeks.iv};
    }
  }
}

std::optional<double> number(const store::Value& cell) {
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
  return std::nullopt;
}

void KilledDay::check_rows(store::Database& database) {
  auto ledger = store::Ledger::open_read_only(directory_.path() / "state" / "ledger.sqlite");
  if (!ledger) return complain("the ledger cannot be read: {}", ledger.error().message);
  const auto expected = (*ledger)->expected(date_);
  if (!expected) return complain("the ledger cannot be read: {}", expected.error().message);
  std::map<int, std::set<ContractId>> seen;
  auto left = acknowledged_;
  const auto read = database.each(
      fmt::format(
          "SELECT slot_30m, conid, bid, ask, \"last\", iv, error_type, "
          "list_contains(data_quality_flag, 'slot_retry_exceeded') FROM {}",
          published("clean", "intraday")),
      {}, [&](const std::vector<store::Value>& cells) {
        const int slot = static_cast<int>(number(cells[0]).value_or(-1));
        const auto id = static_cast<ContractId>(number(cells[1]).value_or(0));
        ++tally_.rows;
        if (!seen[slot].insert(id).second) complain("slot {}: contract {} twice", slot, id);
        const auto* error = std::get_if<std::string>(&cells[6]);
        const auto* flagged = std::get_if<bool>(&cells[7]);
        const bool failed = error != nullptr && !error->empty();
        if (failed && *error != "refused" && (flagged == nullptr || !*flagged))
          complain("slot {}: contract {} has \"{}\" and no flag", slot, id, *error);
        if (failed && (*error == "not_asked" || *error == "disconnected")) ++tally_.not_asked;
        const auto known = left.find({slot, id});
        if (known == left.end()) return true;
        const Acknowledged row{
            number(cells[2]), number(cells[3]), number(cells[4]), number(cells[5])};
        if (failed || !(row == known->second))
          complain("slot {}: contract {} has another answer than was acknowledged", slot, id);
        left.erase(known);
        return true;
      });
  if (!read) return complain("the slots cannot be read: {}", read.error().message);
  for (const auto& [question, answer] : left)
    complain(
        "slot {}: contract {} was acknowledged and has no row", question.first, question.second);
  tally_.acknowledged += static_cast<std::int64_t>(acknowledged_.size());
  const SlotGrid grid(calendar_.session(date_), 30min);
  for (const Slot& slot : grid.slots()) {
    std::set<ContractId> wanted;
    if (const auto set = expected->find(slot.index); set != expected->end())
      for (const auto& contract : set->second) wanted.insert(contract.id);
    tally_.contracts = std::max(tally_.contracts, static_cast<std::int64_t>(wanted.size()));
    if (seen.contains(slot.index)) {
      if (seen[slot.index] != wanted)
        complain(
            "slot {}: {} rows, {} contracts were expected", slot.label(), seen[slot.index].size(),
            wanted.size());
      continue;
    }
    // Nobody was there while it could be started.
    ++tally_.missed_slots;
    if (std::ranges::none_of(outages_, [&](const auto& outage) {
          return outage.first <= slot.at + 2min && outage.second >= slot.at;
        }))
      complain("slot {} was missed, and nothing was wrong around it", slot.label());
  }
}

void KilledDay::check_daily(store::Database& database) {
  const auto count = [&](const std::string& sql) {
    const auto table = database.query(sql);
    if (!table) complain("{}", table.error().message);
    return table ? number(table->rows.at(0).at(0)).value_or(-1) : -1;
  };
  for (const bool enriched : {false, true}) {
    // An expired contract has no open interest any more.
    const std::string_view view = enriched ? "enrichment" : "daily_clean";
    const std::string of_slots = fmt::format(
        "(SELECT DISTINCT conid FROM {} {})", published("clean", "intraday"),
        enriched ? "WHERE expiry > trade_date" : "");
    const std::string rows = fmt::format(
        "(SELECT conid FROM {} {})", published("clean", view),
        enriched ? "WHERE list_contains(fields_updated, 'open_interest')" : "");
    if (const double differ = count(fmt::format(
            "SELECT count(*) FROM ((FROM {} EXCEPT ALL FROM {}) UNION ALL (FROM {} EXCEPT ALL "
            "FROM {}))",
            of_slots, rows, rows, of_slots));
        differ != 0)
      complain("{}: {} contracts too many or too few", view, differ);
  }
  const std::string columns = "(SELECT conid, slot_30m, bid, ask FROM ";
  if (const double differ = count(fmt::format(
          "SELECT count(*) FROM ({0}{1}) EXCEPT ALL {0}{2}))", columns,
          published("clean", "intraday"), published("raw", "intraday")));
      differ != 0)
    complain("{} rows are in the clean slots and not in the raw ones", differ);
}

void KilledDay::check_files() {
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && (name.starts_with(".") || name.ends_with(".tmp")))
      complain("{} was left behind", entry.path().string());
  }
  for (const auto& [file, identity] : slots_) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      complain("{} was published, and is gone", file.string());
    } else if (
        identity != Identity{
                        status.st_ino,
                        status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
                        status.st_size}) {
      complain("{} was published twice", file.string());
    }
  }
}

std::vector<std::string> KilledDay::judge() {
  ++tally_.days;
  auto database = store::Database::open({});
  if (!database) {
    complain("{}", database.error().message);
  } else if (complaints_.empty()) {
    check_rows(**database);
    check_daily(**database);
    check_files();
  }
  if (!complaints_.empty()) {
    directory_.keep = true;
    complaints_.push_back("kept: " + directory_.path().string());
  }
  return std::move(complaints_);
}

void kill_days(int kills, std::chrono::seconds outage, std::chrono::microseconds life_max) {
  const std::uint64_t seed = fresh_seed();
  SCOPED_TRACE(fmt::format("OPT_DATA_TEST_SEED={}", seed));
  fmt::print("seed {}: {} kills\n", seed, kills);
  const auto began = std::chrono::steady_clock::now();
  Tally tally;
  while (tally.kills < kills && !testing::Test::HasFailure()) {
    const std::uint64_t day_seed = seed + static_cast<std::uint64_t>(tally.days);
    KilledDay day(day_seed, outage, tally);
    day.live(kills - tally.kills, life_max);
    for (const std::string& complaint : day.judge())
      ADD_FAILURE() << "day of seed " << day_seed << ": " << complaint;
    std::string phases;
    for (const auto& [phase, times] : tally.by_phase) phases += fmt::format(" {} {}", phase, times);
    fmt::print(
        "{:5.0f} s: {} days of {} contracts, {} kills:{}; {} answers acknowledged before a kill, "
        "{} of {} rows not asked, {} slots missed\n",
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(), tally.days,
        tally.contracts, tally.kills, phases, tally.acknowledged, tally.not_asked, tally.rows,
        tally.missed_slots);
    std::fflush(stdout);
  }
  EXPECT_GE(tally.contracts, 2'500);
}

TEST(KilledLargeDay, loses_no_acknowledged_answer) { kill_days(kills_wanted(), 20s, 700ms); }

// A fifth as many: each takes ten minutes of the session from the day.
TEST(KilledLargeDay, loses_no_acknowledged_answer_to_ten_minutes_without_anybody) {
  kill_days(kills_wanted() / 5, 10min, 900ms);
}

}  // namespace
}  // namespace opt_data::scenario
