// Two accounts, each with a gateway of its own: they share the questions of a slot, and the slot
// does without one that is away.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dataset.h"
#include "program.h"
#include "served.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* config = R"(
[universe]
symbols = ["TWX"]
[gateway]
port = {}
others = ["127.0.0.1:{}:105"]
[filters]
max_expiries = 1
strikes_per_side = 10
[pacing]
per_minute = 600
[snapshot]
timeout_s = 5.0
price_timeout_s = 4.0
start_grace_s = 1700
[simulation]
source = "RECORDING"
clock = "2014-06-05 10:30:05"
)";

class SeveralGateways : public testing::Test {
 protected:
  static std::vector<std::string> serve() { return {"--at", "10:30"}; }
  void configure(int first, int second) {
    fs::create_directories(dir_.path() / "config");
    std::ofstream(dir_.path() / "config" / "opt-data.toml") << fmt::format(config, first, second);
  }
  Finished run(std::vector<std::string> verb) {
    Finished finished = run_verb(dir_.path(), std::move(verb));
    EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
    return finished;
  }
  std::int64_t usable() {
    return Dataset(dir_.path())
        .count(
            "SELECT count(*) FROM intraday WHERE slot_30m = 2 AND error_type IS NULL AND "
            "ask IS NOT NULL AND underlying_last IS NOT NULL");
  }

  TemporaryDirectory dir_;
};

int subscriptions(const Finished& served) {
  int connections = 0, subscriptions = 0;
  EXPECT_EQ(
      std::sscanf(
          served.err.c_str(), "%d connections, %d subscriptions", &connections, &subscriptions),
      2)
      << served.err;
  return subscriptions;
}

TEST_F(SeveralGateways, share_the_questions_of_a_slot) {
  Served first(serve()), second(serve());
  configure(first.port(), second.port());
  const Finished connection = run({"inspect", "connection"});
  EXPECT_NE(
      connection.out.find(fmt::format("127.0.0.1:{} answers", first.port())), std::string::npos)
      << connection.out;
  EXPECT_NE(
      connection.out.find(fmt::format("127.0.0.1:{} answers", second.port())), std::string::npos)
      << connection.out;
  run({"contracts", "build", "--date", "2014-06-05"});
  run({"snapshot", "--date", "2014-06-05", "--slot", "now"});
  const std::int64_t rows = usable();
  EXPECT_GE(rows, 20);
  const int asked_first = subscriptions(first.stop()), asked_second = subscriptions(second.stop());
  fmt::print("{} rows: {} and {} subscriptions\n", rows, asked_first, asked_second);
  EXPECT_GT(asked_first, rows / 4);
  EXPECT_GT(asked_second, rows / 4);
}

TEST_F(SeveralGateways, one_that_is_away_is_done_without) {
  Served first(serve()), second(serve());
  const int gone = first.port();
  first.stop();
  configure(second.port(), gone);
  run({"contracts", "build", "--date", "2014-06-05"});
  configure(gone, second.port());  // The first of the list is the one that is away now.
  run({"snapshot", "--date", "2014-06-05", "--slot", "now"});
  EXPECT_GE(usable(), 20);
}

}  // namespace
}  // namespace opt_data::e2e
