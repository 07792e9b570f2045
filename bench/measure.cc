#include "measure.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/check.h"

namespace opt_data::bench {
namespace {

using Wall = std::chrono::steady_clock;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::int64_t status_kb(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (std::int64_t kb = 0; word == key && status >> kb) return kb;
  return 0;
}

// What this process is told about itself, as a child.
InChild self;
Wall::time_point begun;

}  // namespace

double cpu_seconds() {
  rusage usage{};
  OPT_CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double cpu_seconds_of(const std::function<void()>& work) {
  const double before = cpu_seconds();
  work();
  return cpu_seconds() - before;
}

double wall_seconds_of(const std::function<void()>& work) {
  const auto before = Wall::now();
  work();
  return std::chrono::duration<double>(Wall::now() - before).count();
}

double median(std::vector<double> figures) {
  OPT_CHECK(!figures.empty());
  std::ranges::sort(figures);
  const std::size_t middle = figures.size() / 2;
  return figures.size() % 2 == 1 ? figures[middle] : (figures[middle - 1] + figures[middle]) / 2;
}

Turns take_turns(int turns, const std::function<double()>& a, const std::function<double()>& b) {
  std::vector<double> of_a, of_b, ratios;
  for (int i = 0; i < turns; ++i) {
    of_a.push_back(a());
    of_b.push_back(b());
    ratios.push_back(of_b.back() / of_a.back());
  }
  return {median(of_a), median(of_b), median(ratios)};
}

void mark_held() {
  self.held_kb = status_kb("VmRSS:");
  std::ofstream("/proc/self/clear_refs") << 5;  // The peak begins anew, where the system can.
  begun = Wall::now();
}

InChild in_child(const std::function<double()>& work) {
  int answer[2];
  OPT_CHECK(::pipe(answer) == 0);
  std::fflush(stdout);
  const pid_t child = ::fork();
  OPT_CHECK(child >= 0);
  if (child == 0) {
    mark_held();
    self.seconds = work();
    self.wall = std::chrono::duration<double>(Wall::now() - begun).count();
    self.peak_kb = status_kb("VmHWM:");
    const bool sent = ::write(answer[1], &self, sizeof self) == sizeof self;
    std::_Exit(sent ? 0 : 1);
  }
  ::close(answer[1]);
  InChild done;
  OPT_CHECK(::read(answer[0], &done, sizeof done) == sizeof done);
  ::close(answer[0]);
  int status = 0;
  OPT_CHECK(::waitpid(child, &status, 0) == child && WIFEXITED(status));
  OPT_CHECK(WEXITSTATUS(status) == 0);
  return done;
}

}  // namespace opt_data::bench
