#include "app/soak.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/simulated_day.h"

namespace opt_data::app {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t violations_kept = 5;

bool is_large(const SoakOptions& options, std::uint64_t seed) {
  return options.large_every > 0 && seed % static_cast<std::uint64_t>(options.large_every) == 0;
}

// ---- in the child

void tell(int pipe, const nlohmann::json& line) {
  std::string text = line.dump() + "\n";
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t put = ::write(pipe, rest.data(), rest.size());
    if (put < 0 && errno != EINTR) ::_exit(1);
    if (put > 0) rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

void live_through(const SoakOptions& options, std::uint64_t seed, int pipe) {
  tell(pipe, {{"begin", seed}});
  const sim::Scenario scenario = sim::draw_scenario(
      seed, is_large(options, seed) ? sim::UniverseSize::large : sim::UniverseSize::small);
  SimulatedDayOptions day_options;
  day_options.bug = options.bug;
  const auto day = simulate_day(scenario, day_options);
  nlohmann::json line = {{"end", seed}};
  if (day) {
    line["passed"] = day->verdict == "PASS";
    line["violations"] = day->violations;
  } else {
    line["violations"] = std::vector<std::string>{day.error().message};
  }
  tell(pipe, line);
}

// ---- in the parent

struct Worker {
  pid_t child = -1;
  int pipe = -1;
  std::uint64_t next = 0;               // The seed that a new child begins with.
  std::optional<std::uint64_t> living;  // The seed of the day under way.
  std::string heard;
};

class Soak {
 public:
  Soak(const SoakOptions& options, const std::function<void(const std::string&)>& progress)
      : options_(options), progress_(progress), began_(std::chrono::steady_clock::now()) {}
  Result<SoakResult> run();

 private:
  Result<void> start(Worker& job);
  void hear(Worker& job);
  void on_line(Worker& job, const nlohmann::json& line);
  void on_end(Worker& job);
  static void abandon(Worker& job);
  void find(std::uint64_t seed, std::vector<std::string> violations);
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  std::uint64_t seed_end() const {
    return options_.first_seed + static_cast<std::uint64_t>(options_.days);
  }
  bool over() const {
    return (options_.seconds_max > 0 && seconds() > static_cast<double>(options_.seconds_max)) ||
           (options_.stop_at_first && !result_.findings.empty());
  }

  const SoakOptions& options_;
  const std::function<void(const std::string&)>& progress_;
  SteadyTime began_;
  std::vector<Worker> jobs_;
  SoakResult result_;
  double told_ = 0;
};

Result<void> Soak::start(Worker& job) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(ErrorKind::storage, "no pipe can be made for a job");
  job.child = ::fork();
  if (job.child < 0) return fail(ErrorKind::storage, "no process can be started for a job");
  if (job.child == 0) {
    ::close(ends[0]);
    // A child that still held another's end of hearing would keep it talking to nobody.
    for (const Worker& other : jobs_)
      if (other.pipe >= 0) ::close(other.pipe);
    for (std::uint64_t seed = job.next; seed < seed_end() && !over();
         seed += static_cast<std::uint64_t>(options_.jobs))
      live_through(options_, seed, ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  job.pipe = ends[0];
  return {};
}

void Soak::find(std::uint64_t seed, std::vector<std::string> violations) {
  progress_(fmt::format("seed {}: {}", seed, violations.front()));
  if (violations.size() > violations_kept) violations.resize(violations_kept);
  result_.findings.push_back({seed, is_large(options_, seed), std::move(violations)});
}

void Soak::on_line(Worker& job, const nlohmann::json& line) {
  if (line.contains("begin")) {
    job.living = line["begin"].get<std::uint64_t>();
    job.next = *job.living + static_cast<std::uint64_t>(options_.jobs);
    return;
  }
  job.living.reset();
  ++result_.days;
  result_.passed += line.value("passed", false) ? 1 : 0;
  auto violations = line["violations"].get<std::vector<std::string>>();
  if (!violations.empty()) find(line["end"].get<std::uint64_t>(), std::move(violations));
  if (seconds() - told_ < 10) return;
  told_ = seconds();
  progress_(fmt::format(
      "{} days, {:.1f} a second, {} with findings", result_.days,
      static_cast<double>(result_.days) / told_, result_.findings.size()));
}

// The child is done, or died of a day; then another one goes on behind it.
void Soak::on_end(Worker& job) {
  int status = 0;
  ::close(job.pipe);
  ::waitpid(job.child, &status, 0);
  job.child = job.pipe = -1;
  if (!job.living) return;
  ++result_.days;
  find(
      *job.living,
      {WIFSIGNALED(status) ? fmt::format("the process died of signal {}", WTERMSIG(status))
                           : fmt::format("the process ended with {}", WEXITSTATUS(status))});
  job.living.reset();
  if (job.next < seed_end() && !over()) static_cast<void>(start(job));
}

// Its day is lived through, so that nothing of it is left behind; nobody listens to what it says.
void Soak::abandon(Worker& job) {
  ::close(job.pipe);
  ::waitpid(job.child, nullptr, 0);
  job.child = job.pipe = -1;
}

void Soak::hear(Worker& job) {
  char buffer[1 << 14];
  const ssize_t got = ::read(job.pipe, buffer, sizeof buffer);
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) return on_end(job);
  job.heard.append(buffer, static_cast<std::size_t>(got));
  for (std::size_t end = job.heard.find('\n'); end != std::string::npos;
       end = job.heard.find('\n')) {
    const auto line = nlohmann::json::parse(job.heard.substr(0, end), nullptr, false);
    job.heard.erase(0, end + 1);
    if (line.is_object()) on_line(job, line);
  }
}

Result<SoakResult> Soak::run() {
  jobs_.resize(static_cast<std::size_t>(options_.jobs));
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    jobs_[i].next = options_.first_seed + i;
    if (jobs_[i].next < seed_end()) OPT_TRY_VOID(start(jobs_[i]));
  }
  for (;;) {
    std::vector<pollfd> waiting;
    std::vector<Worker*> of;
    for (Worker& job : jobs_) {
      if (job.pipe < 0) continue;
      waiting.push_back({job.pipe, POLLIN, 0});
      of.push_back(&job);
    }
    if (waiting.empty()) break;
    if (options_.stop_at_first && !result_.findings.empty()) {
      for (Worker* job : of) abandon(*job);
      break;
    }
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    for (std::size_t i = 0; i < waiting.size(); ++i)
      if (waiting[i].revents != 0) hear(*of[i]);
  }
  result_.seconds = seconds();
  std::ranges::sort(result_.findings, {}, &SoakFinding::seed);
  return std::move(result_);
}

}  // namespace

Result<SoakResult> soak(
    const SoakOptions& options, const std::function<void(const std::string&)>& progress) {
  return Soak(options, progress).run();
}

}  // namespace opt_data::app
