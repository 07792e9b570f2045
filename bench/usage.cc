// Runs a program and says what it took: what a shell's `time` says, and the peak of its memory.
//
//   usage PROGRAM ARGUMENT...      prints {"exit": 0, "wall_s": ..., "cpu_s": ..., "peak_kb": ...}
//
// The program's own output is thrown away.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "base/check.h"

int main(int argc, char** argv) {
  OPT_CHECK(argc > 1);
  const auto begun = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  OPT_CHECK(child >= 0);
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    if (nowhere < 0 || ::dup2(nowhere, 1) < 0 || ::dup2(nowhere, 2) < 0) ::_exit(127);
    ::execvp(argv[1], argv + 1);
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  OPT_CHECK(::wait4(child, &status, 0, &used) == child);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  fmt::print(
      "{{\"exit\": {}, \"wall_s\": {}, \"cpu_s\": {}, \"peak_kb\": {}}}\n",
      WIFEXITED(status) ? WEXITSTATUS(status) : -1, wall.count(),
      seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
}
