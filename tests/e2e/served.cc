#include "served.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace opt_data::e2e {

Served::Served(std::vector<std::string> arguments) {
  // It ends by itself, should the test end without it.
  std::vector<std::string> words{OPT_DATA_PROGRAM, "sim", "serve", "--port", "0",
                                 "--seconds",      "90"};
  for (std::string& argument : arguments) words.push_back(std::move(argument));
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const std::string err = (streams_.path() / "err").string();
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  process_ = ::fork();
  if (process_ == 0) {
    const int to_err = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (to_err < 0 || ::dup2(pipe[1], STDOUT_FILENO) < 0 || ::dup2(to_err, STDERR_FILENO) < 0)
      ::_exit(126);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  ::close(pipe[1]);
  std::string text;
  std::array<char, 256> room{};
  while (text.find('\n') == std::string::npos) {
    const ssize_t size = ::read(pipe[0], room.data(), room.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(room.data(), static_cast<std::size_t>(size));
  }
  ::close(pipe[0]);
  const std::size_t at = text.find("127.0.0.1:");
  EXPECT_NE(at, std::string::npos) << text << read_file(err);
  if (at != std::string::npos) port_ = std::stoi(text.substr(at + 10));
}

Served::~Served() { stop(); }

Finished Served::stop() {
  Finished finished;
  if (process_ <= 0) return finished;
  ::kill(process_, SIGINT);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  finished.err = read_file(streams_.path() / "err");
  return finished;
}

}  // namespace opt_data::e2e
