// What is made of a finished day, and read of it, beside the least that such a thing can cost.
//
//   day_bench [contracts [underlyings [turns]]]      default: 100000 200 3
//
// The bound of every derivation is the sorted re-encode of the closing slot: a daily view has as
// many rows as it, they have to be in order, and they have to be written. Each is done in a process
// of its own, in turn with its bound, on one thread with the same memory for DuckDB.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "base/text.h"
#include "bench_day.h"
#include "check/gates.h"
#include "derive/rollup.h"
#include "measure.h"
#include "observe/tee.h"
#include "row.h"
#include "store/day_files.h"
#include "store/duckdb_handles.h"
#include "store/parquet_file.h"

namespace opt_data::bench {
namespace {

using store::Layer;
using store::Partition;
using store::Value;
using store::View;
namespace fs = std::filesystem;

constexpr const char* run_id = "0123456789abcdef0123456789abcdef";

std::string daily_copy(Session& session, const std::string& select, const fs::path& to) {
  const Partition daily{Layer::clean, View::daily_clean, bench_date(), std::nullopt};
  return store::copy_to(*session.database->handles().schema, select, to, daily, store::Codec{});
}

class DayBench {
 public:
  DayBench(const UniverseOptions& universe, int turns)
      : day_(universe), rows_(static_cast<double>(universe.contracts)), turns_(turns) {}

  void run() {
    day_.publish_slots();
    derive();
    judge();
    read_and_compact();
  }

 private:
  std::string name(std::string_view what) const {
    return fmt::format("day.{}.{:.0f}", what, rows_);
  }

  // CPU of the work in a child of its own, in turns with the re-encode.
  struct Taken {
    double contract_s = 0;  // CPU.
    std::int64_t peak_kb = 0;
  };
  Taken against_reencode(
      std::string_view what, std::optional<Goal> goal, const std::function<void(Session&)>& work,
      const std::string& note = {}) {
    Taken most;
    const Turns turns = take_turns(
        turns_,
        [&] {
          return in_child([&] {
                   Session session(day_.folder());
                   return cpu_seconds_of([&] { reencode(session); });
                 })
              .seconds;
        },
        [&] {
          const InChild done = in_child([&] {
            Session session(day_.folder());
            return cpu_seconds_of([&] { work(session); });
          });
          most.peak_kb = std::max(most.peak_kb, done.peak_kb);
          return done.seconds;
        });
    most.contract_s = turns.b / rows_;
    print(
        {.name = name(what),
         .value = turns.b / rows_ * 1e6,
         .unit = "us of CPU a contract",
         .against = "sorted re-encode of the closing slot",
         .ratio = turns.ratio,
         .goal = goal,
         .note = note});
    return most;
  }

  void reencode(Session& session) {
    const std::string closing = store::sql_text(day_.file(day_.grid().close().index).string());
    session.run(daily_copy(
        session,
        fmt::format(
            "SELECT * FROM read_parquet({}) ORDER BY underlying, expiry, strike, \"right\", conid",
            closing),
        day_.folder() / "reencoded.parquet"));
  }

  void rollup_statement(Session& session, const std::string& sql) {
    OPT_CHECK(session.reader->open_views(bench_date()));
    const auto rows = session.run(
        daily_copy(session, sql, day_.folder() / "rolled.parquet"), {Value(std::string(run_id))});
    OPT_CHECK(static_cast<double>(rows) == rows_);
  }

  void rollup_job(Session& session) {
    observe::Counters events;
    const auto ledger = day_.ledger();
    const auto done = derive::roll_up(
        bench_date(), day_.grid(), {}, run_id, *ledger, *session.reader, *session.writer,
        day_.grid().close().at, events);
    if (!done) fmt::print(stderr, "{}\n", done.error().message);
    OPT_CHECK(done && static_cast<double>(done->rows) == rows_);
  }

  void print_peak(std::string_view what, std::int64_t peak_kb) {
    constexpr double mb_max = 1024;
    const double mb = static_cast<double>(peak_kb) / 1024;
    print(
        {.name = name(what),
         .value = mb,
         .unit = "MB at most in memory",
         .against = fmt::format("{:g} MB", mb_max),
         .ratio = mb / mb_max,
         .goal = at_most(1)});
  }

  void derive() {
    const std::string sql = derive::daily_select(day_.grid().close().index);
    const auto statement = [&](Session& session) { rollup_statement(session, sql); };
    const auto job = [&](Session& session) {
      day_.remove_daily_views();
      rollup_job(session);
    };
    const Taken rollup = against_reencode("rollup.statement", at_most(2.2), statement);
    print_peak("rollup.peak", rollup.peak_kb);
    against_pandas(rollup.contract_s);
    const std::string of_job = "two views, read back, with the day's expected sets";
    print_peak("rollup.job.peak", against_reencode("rollup.job", {}, job, of_job).peak_kb);
    day_.publish_interest();
    against_reencode("interest.statement", at_most(2.2), statement);
    against_reencode("interest.job", {}, job, of_job);
    if (rows_ > 200'000) return;  // It sorts every column of every row.
    against_reencode(
        "rollup.window", {}, [&](Session& session) { rollup_statement(session, naive_rollup); },
        "a peer: a window over every column of the day");
  }

  // The largest underlying and the one in the middle: each contract costs pandas about the same.
  void against_pandas(double ours) {
    const char* const python = std::getenv("OPT_DATA_PYTHON");
    const fs::path script = fs::path(OPT_DATA_SOURCE_DIR) / "bench" / "peers" / "pandas_rollup.py";
    const std::string command = fmt::format(
        "{} '{}' '{}' {} {} 2>/dev/null", python == nullptr ? "python3" : python, script.string(),
        day_.file(0).parent_path().string(), day_.symbols().front(), day_.symbols().back());
    double cpu = 0, contracts = 0;
    std::FILE* const answer = ::popen(command.c_str(), "r");
    const bool told =
        answer != nullptr &&
        std::fscanf(answer, "{\"cpu_s\": %lf, \"contracts\": %lf}", &cpu, &contracts) == 2;
    if (answer != nullptr) ::pclose(answer);
    if (!told)
      return print_skipped(name("rollup.pandas"), "python3 has no pandas with pyarrow here");
    print(
        {.name = name("rollup.pandas"),
         .value = cpu / contracts * 1e6,
         .unit = "us of CPU a contract",
         .against = "the rollup's statement",
         .ratio = cpu / contracts / ours,
         .goal = at_least(300),
         .note = "a peer: pandas, a selection for each contract"});
  }

  void judge() {
    const Taken judged = against_reencode("qa", at_most(1.0), [&](Session& session) {
      const auto ledger = day_.ledger();
      OPT_CHECK(check::measure_day(
          bench_date(), day_.grid(), day_.symbols(), check::Phase::final, {}, *ledger,
          *session.reader));
    });
    print_peak("qa.peak", judged.peak_kb);
    against_reencode("keys", at_most(1.5), [&](Session& session) {
      OPT_CHECK(session.reader->open_views(bench_date()));
      const auto twins = session.database->query(
          "SELECT count(*) FROM (SELECT conid FROM intraday GROUP BY conid, sample_time "
          "HAVING count(*) > 1)");
      OPT_CHECK(twins && std::get<std::int64_t>(twins->rows[0][0]) == 0);
    });
    against_reencode(
        "verify.slot", {},
        [&](Session& session) {
          const int closing = day_.grid().close().index;
          const Partition where{
              Layer::clean, View::intraday, bench_date(), static_cast<std::uint8_t>(closing)};
          OPT_CHECK(store::read_through(
              *session.database, day_.file(closing), session.disk.stamp(day_.file(closing)), where,
              store::Origin::found));
        },
        "keys and every cell of one slot, read as `opt-data verify` reads it");
  }

  // The same question, answered again and again by one session that has seen the files.
  double ask(const std::string& sql, const Value& parameter) {
    return in_child([&] {
             Session session(day_.folder());
             OPT_CHECK(session.reader->open_views(bench_date()));
             std::vector<double> times;
             for (int i = 0; i < 2 * turns_ + 1; ++i)
               times.push_back(cpu_seconds_of([&] {
                 const auto rows = session.database->query(sql, {parameter});
                 OPT_CHECK(rows && !rows->rows.empty());
               }));
             return median(times);
           })
        .seconds;
  }

  void read_and_compact() {
    const std::string of_underlying =
        "SELECT count(*), sum(hash(COLUMNS(*))) FROM intraday WHERE underlying = $1";
    const Value symbol(day_.symbols()[day_.symbols().size() / 2]);
    const ContractId id = some_contract(std::get<std::string>(symbol));
    const std::string contract_sql = fmt::format(
        "SELECT * FROM intraday WHERE underlying = $1 AND conid = {} ORDER BY sample_time", id);
    const double before = ask(of_underlying, symbol);
    const double contract_before = ask(contract_sql, symbol);
    const auto rows = rows_ * static_cast<double>(day_.grid().size());
    const double bytes_before = static_cast<double>(day_.bytes());
    const double reencode_s = in_child([&] {
                                Session session(day_.folder());
                                return cpu_seconds_of([&] { reencode(session); });
                              }).seconds;
    const InChild compacted = in_child([&] { return cpu_seconds_of([&] { day_.compact(); }); });
    print(
        {.name = name("compact"),
         .value = compacted.seconds / rows * 1e6,
         .unit = "us of CPU a row",
         .against = "sorted re-encode of the closing slot, for every slot",
         .ratio = compacted.seconds / reencode_s / static_cast<double>(day_.grid().size())});
    print_peak("compact.peak", compacted.peak_kb);
    print_bytes("bytes.slots", bytes_before / rows, slot_bytes_goal);
    print_bytes("bytes.compacted", static_cast<double>(day_.bytes()) / rows, compacted_bytes_goal);
    const double after = ask(of_underlying, symbol);
    const double contract_after = ask(contract_sql, symbol);
    print(
        {.name = name("read.underlying"),
         .value = after * 1e3,
         .unit = "ms of CPU",
         .against = "the same before compaction",
         .ratio = after / before,
         .goal = at_most(0.4)});
    print(
        {.name = name("read.contract"),
         .value = contract_after * 1e3,
         .unit = "ms of CPU",
         .against = "50 ms",
         .ratio = contract_after * 1e3 / 50,
         .goal = at_most(1),
         .note = fmt::format("before compaction {:.1f} ms", contract_before * 1e3)});
  }

  ContractId some_contract(const std::string& symbol) {
    return static_cast<ContractId>(in_child([&] {
                                     Session session(day_.folder());
                                     OPT_CHECK(session.reader->open_views(bench_date()));
                                     const auto table = session.database->query(
                                         "SELECT median(conid)::BIGINT FROM (SELECT DISTINCT conid "
                                         "FROM intraday WHERE underlying = $1 LIMIT 101)",
                                         {Value(symbol)});
                                     OPT_CHECK(table);
                                     return static_cast<double>(
                                         std::get<std::int64_t>(table->rows[0][0]));
                                   }).seconds);
  }

  void print_bytes(std::string_view what, double bytes, double goal) {
    print(
        {.name = name(what),
         .value = bytes,
         .unit = "bytes a row",
         .against = fmt::format("{:g} bytes", goal),
         .ratio = bytes / goal,
         .goal = at_most(1)});
  }

  // What a window function would do: every column of every row of the day goes through a sort.
  static constexpr const char* naive_rollup =
      "SELECT * EXCLUDE (usable) FROM (SELECT *, is_usable(market_data_type, snapshot_error, bid, "
      "ask, last) AS usable FROM intraday WHERE $1 <> '') QUALIFY row_number() OVER "
      "(PARTITION BY conid ORDER BY usable DESC, slot_30m DESC) = 1 "
      "ORDER BY underlying, expiry, strike, \"right\", conid";

  BenchDay day_;
  double rows_;
  int turns_;
};

std::size_t number(int argc, char** argv, int at, std::size_t otherwise) {
  if (at >= argc) return otherwise;
  const auto value = parse_int(argv[at]);
  return value && *value > 0 ? static_cast<std::size_t>(*value) : otherwise;
}

}  // namespace
}  // namespace opt_data::bench

int main(int argc, char** argv) {
  using namespace opt_data::bench;
  const UniverseOptions universe{
      .contracts = number(argc, argv, 1, 100'000), .underlyings = number(argc, argv, 2, 200)};
  DayBench(universe, static_cast<int>(number(argc, argv, 3, 3))).run();
}
