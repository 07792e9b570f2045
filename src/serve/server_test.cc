#include "serve/server.h"

#include <boost/asio/detached.hpp>

#include "base/text.h"
#include "serve/serve_fixture.h"

namespace opt_data::serve {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    server = Server::make(io.get_executor(), options, machine.sources).value();
    server->start();
  }
  std::string get(const std::string& target) {
    return wait(io, ask(server->port(), "GET " + target, {}));
  }
  std::string sql(const std::string& text) {
    return wait(
        io, ask(server->port(), "POST /api/v1/query",
                nlohmann::json{{"sql", text}, {"from", "2025-10-06"}}.dump()));
  }

  Machine machine;
  asio::io_context io;
  std::unique_ptr<Server> server;
};

TEST_F(ServerTest, beyond_loopback_it_needs_a_token) {
  for (const char* host : {"0.0.0.0", "::", "127.example"}) {
    ServerOptions options;
    options.host = host;
    const auto refused = Server::make(io.get_executor(), options, machine.sources);
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(refused.error().message, HasSubstr("there is no token"));
  }
}

TEST_F(ServerTest, a_machine_on_which_nothing_ran_is_shown_as_that) {
  start();
  EXPECT_THAT(get("/healthz"), HasSubstr("200 OK"));
  EXPECT_THAT(get("/api/v1/status"), HasSubstr(R"("state":"stopped")"));
  EXPECT_THAT(get("/api/v1/days"), HasSubstr("200 OK"));
  EXPECT_THAT(get("/api/v1/runs"), HasSubstr("200 OK"));
  EXPECT_THAT(get("/api/v1/storage"), HasSubstr("200 OK"));
  EXPECT_THAT(get("/api/v1/days/2025-10-06"), StartsWith("HTTP/1.0 404"));
  EXPECT_THAT(get("/"), HasSubstr("<!doctype html>"));
}

TEST_F(ServerTest, a_day_that_is_none_is_told_from_one_without_data) {
  start();
  EXPECT_THAT(get("/api/v1/days/2025-10-05"), HasSubstr("Sunday"));
  EXPECT_THAT(get("/api/v1/days/tomorrow"), StartsWith("HTTP/1.0 400"));
  EXPECT_THAT(
      get("/api/v1/tables/option_quotes?from=2025-10-04&to=2025-10-05"),
      HasSubstr("there is no trade date from 2025-10-04 to 2025-10-05"));
  EXPECT_THAT(get("/api/v2/status"), HasSubstr("there is one version of this API"));
}

// What several threads work on at once; the thread sanitizer watches this one.
TEST_F(ServerTest, questions_of_every_kind_at_once_are_all_answered) {
  ServerOptions options;
  options.desks = 4;
  start(options);
  const auto ledger = machine.ledger();
  const Slot slot = machine.sources.grid(machine.date).slots().front();
  ASSERT_TRUE(ledger->expect(slot, {{1, "AAPL"}, {2, "AAPL"}}));
  const std::vector<std::string> targets{
      "/api/v1/status",
      "/api/v1/days",
      "/api/v1/runs",
      "/api/v1/storage",
      "/metrics",
      "/healthz",
      "/",
      "/api/v1/days/2025-10-06/events",
      "/nothing",
      "/api/v1/tables"};
  constexpr int rounds = 20;
  std::map<std::string, int> answers;
  int left = rounds * static_cast<int>(targets.size() + 1);
  const auto done = [&](std::exception_ptr error, const std::string& answer) {
    EXPECT_FALSE(error);
    ++answers[answer.substr(0, 12)];
    if (--left == 0) io.stop();
  };
  const std::string select =
      nlohmann::json{{"sql", "SELECT sum(i) FROM range(1000) t(i)"}, {"from", "2025-10-06"}}.dump();
  for (int round = 0; round < rounds; ++round) {
    for (const std::string& target : targets)
      asio::co_spawn(io, ask(server->port(), fmt::format("GET {}?n={}", target, round), {}), done);
    asio::co_spawn(io, ask(server->port(), "POST /api/v1/query", select), done);
  }
  io.restart();
  io.run();
  EXPECT_EQ(left, 0);
  EXPECT_EQ(answers["HTTP/1.0 404"], rounds);
  EXPECT_EQ(answers["HTTP/1.0 200"], rounds * static_cast<int>(targets.size()))
      << testing::PrintToString(answers);
}

TEST_F(ServerTest, sql_is_one_select_and_reads_nothing_else) {
  start();
  EXPECT_THAT(sql("SELECT 1 AS one"), HasSubstr(R"("columns":["one"])"));
  for (const char* text :
       {"SELECT * FROM read_text('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/x'",
        "SELECT 1; SELECT 2", "ATTACH '/tmp/x.db'", "INSTALL httpfs", "SET memory_limit = '1TB'",
        "", "SELEC"}) {
    const std::string answer = sql(text);
    EXPECT_THAT(answer, StartsWith("HTTP/1.0 4")) << text;
  }
}

}  // namespace
}  // namespace opt_data::serve
