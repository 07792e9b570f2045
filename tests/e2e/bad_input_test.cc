// What people and machines do wrong: each has its own clear message, and nothing is lost.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "program.h"
#include "served.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;

// A listening socket on a free port of loopback.
struct Listener {
  Listener() {
    socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(socket, 8);
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Listener() { ::close(socket); }
  int socket = -1;
  int port = 0;
};

int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return socket;
}

// A directory with a configuration of a few lines.
class BadInput : public testing::Test {
 protected:
  Finished run(std::vector<std::string> arguments, const std::string& config) {
    fs::create_directories(folder_.path() / "config");
    std::ofstream(folder_.path() / "config" / "opt-data.toml") << config;
    return run_verb(folder_.path(), std::move(arguments));
  }
  TemporaryDirectory folder_;
};

void expect_told(const Finished& finished, int exit_code, const std::string& words) {
  EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
  const std::string said = finished.out + finished.err;
  EXPECT_NE(said.find(words), std::string::npos) << said;
}

std::string at_port(int port, const std::string& more = "") {
  return "[gateway]\nport = " + std::to_string(port) + "\nhandshake_timeout_s = 5\n" + more;
}

TEST_F(BadInput, no_gateway_there) {
  int port = 0;
  {
    const Listener gone;
    port = gone.port;
  }
  expect_told(run({"inspect", "connection"}, at_port(port)), 1, "start TWS or IB Gateway");
}

TEST_F(BadInput, client_id_in_use) {
  const Served served({"--at", "10:30"});
  const int other = connect_to(served.port());
  const std::string offer = std::string("API\0", 4) + std::string("\0\0\0\x0a", 4) + "v176..178 ";
  const std::string start = std::string("\0\0\0\x0a", 4) + std::string("71\0002\000101\0\0", 10);
  ASSERT_GT(::write(other, offer.data(), offer.size()), 0);
  std::array<char, 512> room{};
  ASSERT_GT(::read(other, room.data(), room.size()), 0);  // The server's greeting.
  ASSERT_GT(::write(other, start.data(), start.size()), 0);
  ASSERT_GT(::read(other, room.data(), room.size()), 0);  // It has our id now.
  expect_told(
      run({"inspect", "connection"}, at_port(served.port(), "client_id_tries = 1\n")), 1, "in use");
  const Finished next = run({"inspect", "connection"}, at_port(served.port()));
  EXPECT_NE(next.out.find("101 is in use; this session has 102"), std::string::npos) << next.out;
  ::close(other);
}

TEST_F(BadInput, an_http_server_answers_on_the_port) {
  const Listener listener;
  std::thread server([&listener] {
    const int peer = ::accept(listener.socket, nullptr, nullptr);
    std::array<char, 64> room{};
    (void)!::read(peer, room.data(), room.size());
    const std::string answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    (void)!::write(peer, answer.data(), answer.size());
    ::close(peer);
  });
  expect_told(
      run({"inspect", "connection"}, at_port(listener.port)), 1, "does not speak the TWS API");
  ::shutdown(listener.socket, SHUT_RDWR);  // Should nobody have come, nobody waits for him.
  server.join();
}

TEST_F(BadInput, a_closed_market_day) {
  const Finished saturday = run({"snapshot", "--date", "2025-11-29"}, "");
  expect_told(
      saturday, 1, "is a Saturday; options do not trade. The next trade date is 2025-12-01");
  expect_told(run({"rollup", "--date", "2037-01-05"}, ""), 2, "2035");
}

// Nothing that was not measured is a pass.
TEST_F(BadInput, a_day_on_which_nothing_ran) {
  for (const char* judge : {"qa", "selfcheck", "logscan"}) {
    const Finished told = run({judge, "--date", "2025-11-21"}, "");
    expect_told(told, 1, "nothing was collected");
    EXPECT_EQ(told.out, "") << judge;
  }
}

TEST_F(BadInput, a_demo_touches_no_directory_but_its_own) {
  std::ofstream(folder_.path() / "thesis.txt") << "years of work";
  for (const bool fresh : {false, true}) {
    std::vector<std::string> arguments{"--recording", "twx-2014-06-05"};
    if (fresh) arguments.push_back("--fresh");
    expect_told(run_demo(folder_.path(), arguments), 2, "is not a demo's directory");
  }
  EXPECT_TRUE(fs::exists(folder_.path() / "thesis.txt"));
}

TEST_F(BadInput, values_that_would_lose_the_day) {
  expect_told(run({"inspect", "config"}, "[universe]\nsymbols = [\"../x\"]\n"), 2, "not a symbol");
  expect_told(
      run({"inspect", "config"}, "[paths]\nclean = \"d\"\nraw = \"d\"\n"), 2, "a folder each");
  expect_told(run({"inspect", "config"}, "[storage]\nmemory_limit = \"lots\"\n"), 2, "1GB");
  expect_told(
      run({"inspect", "config"}, "[snapshot]\nslots = \"12:00-09:30\"\n"), 2, "09:30-12:00");
  expect_told(
      run({"rollup", "--date", "2025-11-21"},
          "[reference]\ncorporate_actions = \"config/splitz.csv\"\n"),
      1, "splitz.csv, which cannot be read");
}

TEST_F(BadInput, a_slot_that_is_yet_to_come_or_past) {
  const std::string clock =
      "[simulation]\nsource = \"SIMULATED\"\nclock = \"2025-11-21 11:00:30\"\n"
      "[universe]\nsymbols = [\"AAPL\"]\n";
  expect_told(
      run({"snapshot", "--date", "2025-11-21", "--slot", "15:30"}, clock), 1, "yet to come");
  expect_told(run({"snapshot", "--date", "2025-11-21", "--slot", "09:30"}, clock), 1, "is past");
  expect_told(run({"snapshot", "--date", "2025-11-21", "--slot", "10:07"}, clock), 2, "no slot");
  expect_told(
      run({"snapshot", "--date", "2025-11-21", "--slot", "11:00"}, clock), 1, "contracts build");
}

TEST_F(BadInput, an_unreadable_configuration) {
  const auto with_config = [this](const std::string& file) {
    return run_program({{"--config", file, "inspect", "config"}});
  };
  expect_told(with_config((folder_.path() / "none.toml").string()), 2, "opt-data init");
  expect_told(with_config(folder_.path().string()), 2, "is a directory");
  expect_told(run({"inspect", "config"}, "[gateway\nport = 1\n"), 2, "opt-data.toml:1");
  expect_told(run({"inspect", "config"}, "[gateway]\nprot = 1\n"), 2, "did you mean gateway.port");
  expect_told(run({"inspect", "config"}, "[gateway]\nport = \"x\"\n"), 2, "must be a whole number");
  const Finished two = run({"inspect", "config"}, "[pacing]\nin_flight = 0\n\nlines = 0\n");
  expect_told(two, 2, "opt-data.toml:2: pacing.in_flight is 0; use 1 to 1000");
  expect_told(two, 2, "opt-data.toml:4: pacing.lines is 0");
}

TEST_F(BadInput, a_symbol_nobody_knows) {
  const Served served({"--at", "10:30"});
  const Finished unknown =
      run({"contracts", "build", "--symbols", "ZZZZ", "--date", "2014-06-05"},
          at_port(
              served.port(),
              "[simulation]\nsource = \"RECORDING\"\nclock = \"2014-06-05 09:00:00\"\n"));
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_NE((unknown.out + unknown.err).find("ZZZZ"), std::string::npos) << unknown.err;
  EXPECT_NE((unknown.out + unknown.err).find("security definition"), std::string::npos);
}

TEST_F(BadInput, a_directory_that_cannot_be_written) {
  std::ofstream(folder_.path() / "a_file") << "not a directory";
  const std::string state = (folder_.path() / "a_file" / "state").string();
  const Finished finished =
      run({"snapshot", "--date", "2025-11-21"},
          "[paths]\nstate = \"" + state + "\"\n[universe]\nsymbols = [\"AAPL\"]\n");
  expect_told(finished, 1, "a_file");
}

// A finished day, and what happens to its files.
class DamagedDay : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryDirectory>();
    const Finished demo = run_demo(folder_->path() / "day", {});
    ASSERT_EQ(demo.exit_code, 0) << demo.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  void SetUp() override {
    fs::copy(folder_->path() / "day", copy_.path() / "day", fs::copy_options::recursive);
  }
  fs::path day() const { return copy_.path() / "day"; }

  static std::unique_ptr<TemporaryDirectory> folder_;
  TemporaryDirectory copy_;
};
std::unique_ptr<TemporaryDirectory> DamagedDay::folder_;

TEST_F(DamagedDay, a_corrupt_contract_list_is_named_and_left_alone) {
  const fs::path file = day() / "state/contracts_cache/TWX_2014-06-05.json";
  fs::resize_file(file, 1000);
  const Finished verify = run_verb(day(), {"contracts", "verify", "--date", "2014-06-05"});
  EXPECT_EQ(verify.exit_code, 1);
  EXPECT_NE(verify.out.find("TWX_2014-06-05.json"), std::string::npos) << verify.out;
  const Finished build = run_verb(day(), {"contracts", "build", "--date", "2014-06-05"});
  EXPECT_EQ(build.exit_code, 1);
  EXPECT_NE(build.out.find("TWX_2014-06-05.json"), std::string::npos) << build.out;
  EXPECT_EQ(fs::file_size(file), 1000u);
}

TEST_F(DamagedDay, contracts_of_a_past_day_are_never_asked_again) {
  expect_told(
      run_verb(day(), {"contracts", "build", "--date", "2014-06-04"}), 1, "2014-06-04 is past");
  expect_told(
      run_verb(day(), {"contracts", "build", "--date", "2014-06-05", "--force"}), 1,
      "2014-06-05 is past");
  EXPECT_TRUE(fs::exists(day() / "state/contracts_cache/TWX_2014-06-05.json"));
}

TEST_F(DamagedDay, a_truncated_parquet_file_fails_the_day_with_its_path) {
  const fs::path file = day() / "data/clean/ib/chain/view=intraday/date=2014-06-05/slot-03.parquet";
  fs::resize_file(file, fs::file_size(file) / 2);
  const auto size = fs::file_size(file);
  expect_told(run_verb(day(), {"selfcheck", "--date", "2014-06-05"}), 1, "slot-03.parquet");
  expect_told(run_verb(day(), {"rollup", "--date", "2014-06-05"}), 1, "slot-03.parquet");
  EXPECT_EQ(fs::file_size(file), size);  // Nobody overwrote it.
}

TEST_F(DamagedDay, another_demo_does_not_move_into_its_directory) {
  const Finished other = run_demo(day(), {"--recording", "goog-2015-12-24"});
  expect_told(other, 2, "holds the demo \"twx-2014-06-05 of TWX\"");
  expect_told(
      run_demo(day(), {"--recording", "twx-2014-06-05", "--delayed-account"}), 2, "--fresh");
}

// The largest file a process may write stands for a disk that is full.
TEST_F(DamagedDay, a_full_disk_loses_nothing_that_was_published) {
  const TemporaryDirectory fresh;
  const std::string command = "ulimit -f 600; exec " OPT_DATA_PROGRAM " demo --dir " +
                              (fresh.path() / "day").string() + " 2>&1 >/dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string told;
  std::array<char, 512> room{};
  while (std::fgets(room.data(), static_cast<int>(room.size()), pipe) != nullptr)
    told += room.data();
  const int status = ::pclose(pipe);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1) << told;
  EXPECT_NE(told.find("opt-data: "), std::string::npos) << told;
  const Finished again = run_demo(fresh.path() / "day", {});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.json()["status"], "PASS");
}

}  // namespace
}  // namespace opt_data::e2e
