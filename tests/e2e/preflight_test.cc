// What is looked at before a day, and the scheduler as a program: two of them on one tree, and
// simulated days beside real ones.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "program.h"
#include "served.h"
#include "store/ledger.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;

class Preflight : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    fs::create_directories(folder_.path() / "config");
    std::ofstream(folder_.path() / "config" / name) << text;
  }
  void configure(int port) {
    write(
        "opt-data.toml", "[gateway]\nport = " + std::to_string(port) +
                             "\n[universe]\nsymbols = [\"TWX\"]\n[simulation]\nsource = "
                             "\"RECORDING\"\nclock = \"2014-06-05 10:29:58\"\n");
  }
  Finished run(std::vector<std::string> arguments) {
    return run_verb(folder_.path(), std::move(arguments));
  }
  // The check of this name, as --json has it.
  static nlohmann::json check(const nlohmann::json& all, const std::string& name) {
    for (const auto& one : all)
      if (one["check"] == name) return one;
    return {};
  }
  TemporaryDirectory folder_;
};

TEST_F(Preflight, sessions_that_the_broker_has_too_agree) {
  const Served served({"--at", "10:30"});
  configure(served.port());
  const Finished told = run({"calendar", "check"});
  EXPECT_EQ(told.exit_code, 0) << told.out << told.err;
  EXPECT_NE(told.out.find("TWX: 7 days agree"), std::string::npos) << told.out;
}

TEST_F(Preflight, another_close_stops_it_with_both_values_and_the_remedy) {
  const Served served({"--at", "10:30"});
  configure(served.port());
  write(
      "closures.toml",
      "[[closure]]\nday = \"2014-06-06\"\nclose = \"13:00\"\nreason = \"a test\"\nexpires = "
      "\"2014-12-31\"\n");
  for (const std::string verb : {"calendar", "inspect"}) {
    const Finished told = run({verb, verb == "calendar" ? "check" : "connection"});
    EXPECT_EQ(told.exit_code, 1) << told.out;
    EXPECT_NE(
        told.out.find("2014-06-06: the broker says 09:30-16:00, opt-data says 09:30-13:00"),
        std::string::npos)
        << told.out;
    EXPECT_NE(told.out.find("add the day to reference.closures"), std::string::npos) << told.out;
  }
  const Finished shown = run({"calendar", "show", "--date", "2014-06-06", "--days", "1"});
  EXPECT_NE(shown.out.find("a test"), std::string::npos) << shown.out;
}

TEST_F(Preflight, an_account_with_delayed_data_is_told_before_the_day) {
  const Served served({"--at", "10:30", "--delayed-account"});
  configure(served.port());
  const Finished told = run({"--json", "inspect", "connection"});
  EXPECT_EQ(told.exit_code, 1) << told.err;
  const auto data = check(told.json(), "market_data");
  EXPECT_EQ(data["state"], "failed") << told.out;
  EXPECT_EQ(data["found"], "TWX is sent delayed data");
  EXPECT_NE(data["remedy"].get<std::string>().find("OPRA"), std::string::npos);
}

TEST_F(Preflight, a_closure_that_cannot_be_is_refused_with_its_line) {
  configure(1);
  write(
      "closures.toml",
      "[[closure]]\nday = \"2014-06-07\"\nreason = \"x\"\nexpires = \"2014-06-08\"\n");
  EXPECT_NE(run({"calendar", "show"}).err.find("is a Saturday"), std::string::npos);
  write("closures.toml", "[[closure]]\nday = \"2014-06-06\"\nexpires = \"2014-06-08\"\n");
  const Finished told = run({"calendar", "show"});
  EXPECT_NE(
      told.err.find("closures.toml:1: the closure of 2014-06-06 has no reason"), std::string::npos)
      << told.err;
}

TEST_F(Preflight, a_simulated_day_is_put_beside_nothing_real) {
  write("opt-data.toml", "[universe]\nsymbols = [\"AAPL\"]\n");
  const std::vector<std::string> simulate{"schedule", "--simulate", "--date", "2025-11-28"};
  const Finished first = run(simulate);
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_NE(first.out.find("2025-11-28 final    PASS"), std::string::npos) << first.out;
  EXPECT_NE(first.out.find("0 pacing events, 0 times Error 200"), std::string::npos) << first.out;
  const Finished live = run({"schedule", "--live"});
  EXPECT_EQ(live.exit_code, 1);
  EXPECT_NE(live.err.find("the days in this tree were simulated"), std::string::npos) << live.err;
  fs::remove(folder_.path() / "state" / "SIMULATED");
  const Finished again = run(simulate);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_NE(again.err.find("holds what was really collected"), std::string::npos) << again.err;
}

// The first one is this process, which holds what a scheduler holds from its start to its end.
TEST_F(Preflight, a_second_scheduler_is_told_who_holds_the_lock_and_since_when) {
  const Served served({"--at", "10:30"});
  configure(served.port());
  fs::create_directories(folder_.path() / "state");
  const auto first = store::Ledger::open(folder_.path() / "state/ledger.sqlite");
  ASSERT_TRUE(first) << first.error().message;
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"schedule", "--live"}, {"schedule", "--live", "--continuous"}}) {
    const Finished second = run(verb);
    EXPECT_EQ(second.exit_code, 1) << second.out << second.err;
    EXPECT_NE(
        second.err.find("is being written by process " + std::to_string(::getpid()) + " on "),
        std::string::npos)
        << second.err;
    EXPECT_NE(second.err.find(" since 20"), std::string::npos) << second.err;
  }
}

}  // namespace
}  // namespace opt_data::e2e
