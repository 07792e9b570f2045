#include "program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string text = *each;
    // A setting of whoever runs the tests is none of theirs.
    if (text.rfind("OPT_DATA_", 0) != 0) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

// Waits at most so long for the process, without sleeping past its end.
void kill_later(pid_t process, std::chrono::microseconds after) {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (handle >= 0) {
    pollfd ended{handle, POLLIN, 0};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(after);
    const timespec limit{seconds.count(), std::chrono::nanoseconds(after - seconds).count()};
    ::ppoll(&ended, 1, &limit, nullptr);
    ::close(handle);
  }
  // It is not waited for yet, so its number is still its own.
  ::kill(process, SIGKILL);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (fs::temp_directory_path() / "opt-data-e2e-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  if (testing::Test::HasFailure()) {
    std::cerr << "kept: " << path_.string() << "\n";
    return;
  }
  std::error_code error;
  fs::remove_all(path_, error);
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

nlohmann::json Finished::json() const { return nlohmann::json::parse(out, nullptr, false); }

Finished run_program(const Invocation& invocation) {
  const TemporaryDirectory streams;
  std::vector<std::string> words{
      invocation.program.empty() ? OPT_DATA_PROGRAM : invocation.program};
  words.insert(words.end(), invocation.arguments.begin(), invocation.arguments.end());
  std::vector<std::string> settings = environment_with(invocation.environment);
  const std::vector<char*> arguments = pointers(words);
  const std::vector<char*> environment = pointers(settings);
  const std::string out = (streams.path() / "out").string();
  const std::string err = (streams.path() / "err").string();

  const auto started = std::chrono::steady_clock::now();
  const pid_t process = ::fork();
  if (process == 0) {
    // Only what a signal handler may call: another thread may have held a lock at the fork.
    const int to_out = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int to_err = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (to_out < 0 || to_err < 0 || ::dup2(to_out, STDOUT_FILENO) < 0 ||
        ::dup2(to_err, STDERR_FILENO) < 0)
      ::_exit(126);
    ::execve(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
  }
  Finished finished;
  if (process < 0) {
    ADD_FAILURE() << "no process could be made";
    return finished;
  }
  if (invocation.kill_after) kill_later(process, *invocation.kill_after);
  int status = 0;
  rusage usage{};
  while (::wait4(process, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  finished.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  finished.rss_megabytes = static_cast<double>(usage.ru_maxrss) / 1024;
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  finished.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  finished.out = read_file(out);
  finished.err = read_file(err);
  return finished;
}

Finished run_demo(
    const fs::path& dir, std::vector<std::string> arguments,
    std::map<std::string, std::string> environment) {
  Invocation invocation;
  invocation.arguments = {"--json", "demo", "--dir", dir.string()};
  for (std::string& argument : arguments) invocation.arguments.push_back(std::move(argument));
  invocation.environment = std::move(environment);
  return run_program(invocation);
}

Finished run_verb(const fs::path& dir, std::vector<std::string> arguments) {
  Invocation invocation;
  invocation.arguments = {"--config", (dir / "config" / "opt-data.toml").string()};
  for (std::string& argument : arguments) invocation.arguments.push_back(std::move(argument));
  return run_program(invocation);
}

}  // namespace opt_data::e2e
